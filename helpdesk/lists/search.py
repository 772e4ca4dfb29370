"""Full-text search: what is indexed, and how a query finds tickets."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, func, insert, literal_column, select
from sqlalchemy.orm import Session

from helpdesk.models import SearchDocument, Ticket

SIMPLE: ColumnElement[str] = literal_column("'simple'")
ENGLISH: ColumnElement[str] = literal_column("'english'")
INDEXED_OCTETS = 250_000  # words that all differ: a tsvector over 1 MiB fails the INSERT, and one of hyphens is four times its text


def index(
    session: Session, ticket_number: int, title: str, body: str, *, comment_id: int | None = None, internal: bool = False
) -> None:
    """Add the words of a ticket, or of one comment; title words weigh more."""
    words = func.setweight(func.to_tsvector(SIMPLE, title), literal_column("'A'")).op("||")(
        func.setweight(func.to_tsvector(ENGLISH, body.encode()[:INDEXED_OCTETS].decode(errors="ignore")), literal_column("'B'"))
    )
    session.execute(
        insert(SearchDocument).values(ticket_number=ticket_number, comment_id=comment_id, internal=internal, words=words)
    )


def reindex_ticket(session: Session, ticket: Ticket) -> None:
    """The title was changed: replace the ticket's own document."""
    session.query(SearchDocument).where(SearchDocument.ticket_number == ticket.number, SearchDocument.comment_id.is_(None)).delete(
        synchronize_session=False
    )
    index(session, ticket.number, ticket.title, ticket.description)


def matching(query: str, *, with_notes: bool) -> Select[int]:
    """Numbers of the tickets whose words match `query` (web search syntax: words, "phrases", -without)."""
    wanted: ColumnElement[bool] = SearchDocument.words.op("@@")(
        func.websearch_to_tsquery(ENGLISH, query).op("||")(func.websearch_to_tsquery(SIMPLE, query))
    )
    found = select(SearchDocument.ticket_number).where(wanted)
    return found if with_notes else found.where(SearchDocument.internal.is_(False))
