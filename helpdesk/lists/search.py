"""Full-text search: what is indexed, and the SQL that finds words, people and addresses; an index answers each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, insert, literal_column, or_, select, update
from sqlalchemy.orm import Session

from helpdesk.models import Comment, Person, PersonAddress, SearchDocument, Ticket

SIMPLE: ColumnElement[str] = literal_column("'simple'")
ENGLISH: ColumnElement[str] = literal_column("'english'")
INDEXED_OCTETS = 250_000  # words that all differ: a tsvector over 1 MiB fails the INSERT, and one of hyphens is four times its text
SHORTEST_BEGINNING = 2  # a name is found by its first letters from here on

# spelled as in the indexes
_NAME_WORDS: ColumnElement[Any] = literal_column("to_tsvector('simple'::regconfig, people.name)")
_DOMAIN: ColumnElement[str] = literal_column("split_part(person_addresses.address, '@'::text, 2)")


def index(
    session: Session, ticket_number: int, title: str, body: str, *, comment_id: int | None = None, internal: bool = False
) -> None:
    """Add the words of a ticket, or of one comment; title words weigh more, and are found as typed and by their stems."""
    titled = func.to_tsvector(SIMPLE, title).op("||")(func.to_tsvector(ENGLISH, title))
    words = func.setweight(titled, literal_column("'A'")).op("||")(
        func.setweight(func.to_tsvector(ENGLISH, body.encode()[:INDEXED_OCTETS].decode(errors="ignore")), literal_column("'B'"))
    )
    session.execute(
        insert(SearchDocument).values(ticket_number=ticket_number, comment_id=comment_id, internal=internal, words=words)
    )


def reveal(session: Session, comment: Comment) -> None:
    """A message was accepted: the people of its ticket find it too, unless it is a note."""
    session.execute(
        update(SearchDocument).where(SearchDocument.comment_id == comment.id).values(internal=comment.internal),
        execution_options={"synchronize_session": False},
    )


def reindex_ticket(session: Session, ticket: Ticket) -> None:
    """The title was changed: replace the ticket's own document."""
    session.query(SearchDocument).where(SearchDocument.ticket_number == ticket.number, SearchDocument.comment_id.is_(None)).delete(
        synchronize_session=False
    )
    index(session, ticket.number, ticket.title, ticket.description)


def matching(query: str, *, with_notes: bool) -> Select[int]:
    """Numbers of the tickets whose words match `query` (web search syntax: words, "phrases", -without)."""
    found = having(func.websearch_to_tsquery(ENGLISH, query).op("||")(func.websearch_to_tsquery(SIMPLE, query)))
    return found if with_notes else found.where(SearchDocument.internal.is_(False))


def having(words: ColumnElement[Any]) -> Select[int]:
    """Numbers of the tickets with a message, a note or a beginning that matches this tsquery."""
    return select(SearchDocument.ticket_number).where(SearchDocument.words.op("@@")(words))


def expected(session: Session, found: Select[int]) -> int:
    """How many messages the planner expects to match; nothing is read but its statistics."""
    compiled = found.compile(dialect=session.connection().dialect)
    plan = session.connection().exec_driver_sql(f"explain (format json) {compiled}", compiled.params).scalar_one()
    return int(plan[0]["Plan"]["Plan Rows"])


def tsquery(texts: Sequence[tuple[str, bool]]) -> ColumnElement[Any]:
    """What all of these (text, whether it is a phrase) must be found as: each as typed or by its stem, in one message.

    Words that English texts are full of (the, is) are left out, unless there is no other.
    """
    parts = []
    for text, phrase in texts:
        make = func.phraseto_tsquery if phrase else func.plainto_tsquery
        stems: ColumnElement[Any] = make(ENGLISH, text)
        common = func.numnode(stems) == 0
        parts.append(case((common, literal_column("''::tsquery")), else_=stems.op("||")(make(SIMPLE, text))))
    wanted: ColumnElement[Any] = parts[0]
    for part in parts[1:]:
        wanted = wanted.op("&&")(part)
    plain = func.plainto_tsquery(SIMPLE, " ".join(text for text, _ in texts))
    return case((func.numnode(wanted) == 0, plain), else_=wanted)


def people_like(words: Sequence[str]) -> list[Select[int]]:
    """Ids of the people whose name has words that begin so, and, by one word, whose address is, is at or begins with it."""
    found: list[Select[int]] = []
    if len(words) == 1 and len(words[0]) >= SHORTEST_BEGINNING:
        found.append(select(PersonAddress.person_id).where(_at_address(words[0].lower())))
    by_name = None if found and any(sign in words[0] for sign in "@.") else _named(words)
    return found if by_name is None else [*found, select(Person.id).where(by_name)]


def _named(words: Sequence[str]) -> ColumnElement[bool] | None:
    begun = [part for word in words for part in re.findall(r"\w+", word.lower())]
    if not begun or any(len(part) < SHORTEST_BEGINNING for part in begun):
        return None
    beginnings = " & ".join(f"'{part}':*" for part in begun)
    return _NAME_WORDS.op("@@")(func.to_tsquery(SIMPLE, beginnings))


def _at_address(word: str) -> ColumnElement[bool]:
    local, at, domain = word.rpartition("@")
    if at and not local:
        return _DOMAIN.in_([domain])
    if at and "." in domain:
        return PersonAddress.address == word
    begins = PersonAddress.address.like(word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%")
    return or_(_DOMAIN.in_([word]), begins) if "." in word and not at else begins
