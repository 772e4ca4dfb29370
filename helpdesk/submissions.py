"""A ticket or a message written on the web or sent by the API: whose it is, what is believed, and how its text is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.orm import Session

from helpdesk import attachments, comments, notify, outbox, participants, people, tickets
from helpdesk.attachments import StoredFile
from helpdesk.comments import NewComment
from helpdesk.errors import Refused
from helpdesk.lifecycle import AfterReply
from helpdesk.models import Comment, Person, Priority, Source, Ticket, TicketType
from helpdesk.permissions import Action, Via, Viewer, require
from helpdesk.text import markdown
from helpdesk.tickets import NewTicket

MOST_FACTS = 20
LONGEST_FACT = 500
_SOURCES = {Via.WEB: Source.WEB, Via.API: Source.API}


@dataclass(frozen=True, slots=True)
class Submission:
    """A filled-in form. `email` is needed when nobody is signed in; staff may write for somebody else by naming their address."""

    title: str
    description: str
    type: str = TicketType.OTHER
    priority: str = Priority.MEDIUM
    email: str = ""
    name: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Sequence[StoredFile] = ()


def submit(
    session: Session,
    new: Submission,
    by: Viewer,
    person: Person | None,
    *,
    acknowledgements_an_hour: int = notify.ACKNOWLEDGEMENTS_AN_HOUR,
) -> Ticket:
    """Open the ticket of a form; `person` is who is signed in, or None.

    Without a sign-in the address is unproved: the ticket is active at once and marked so, its sender is acknowledged at most once a
    day, and the address gives no rights, whoever it belongs to.
    """
    if not tickets.one_line(new.title):
        raise Refused("A ticket needs a title.", "title")
    requester = _requester(session, new, by, person)
    proved = person is not None
    ticket = tickets.open_ticket(
        session,
        NewTicket(
            title=new.title,
            description=new.description,
            html=markdown.to_html(new.description) if new.description.strip() else None,
            requester=requester,
            source=_SOURCES[by.via],
            type=new.type,
            priority=new.priority,
            environment=_environment(new.environment),
            verified=proved,
            acknowledge=proved or not outbox.count_recent(session, requester.address, "acknowledgement", timedelta(days=1)),
        ),
        by,
        acknowledgements_an_hour=acknowledgements_an_hour,
    )
    attachments.attach(session, ticket.number, None, new.files)
    return ticket


def follow_up(
    session: Session,
    ticket: Ticket,
    content: str,
    by: Viewer,
    person: Person,
    *,
    reopen_days: int,
    files: Sequence[StoredFile] = (),
) -> Ticket | None:
    """The new ticket that a reply starts where the old one was closed too long ago, as by mail; None: it belongs on the old one.

    An agent's words belong there always. The new ticket has the old one's title, and whoever writes is its requester.
    """
    if by.is_staff or tickets.after_reply(session, ticket, reopen_days) != AfterReply.FOLLOW_UP:
        return None
    require(by, Action.REPLY, participants.one(session, ticket.number, person.id), ticket)
    if not content.strip() and not files:
        raise Refused("A message needs text.", "content")
    made = tickets.open_ticket(
        session,
        NewTicket(
            title=ticket.title,
            description=content,
            html=markdown.to_html(content) if content.strip() else None,
            requester=person,
            source=_SOURCES[by.via],
            type=ticket.type,
            follows=ticket.number,
        ),
        by,
    )
    attachments.attach(session, made.number, None, files)
    return made


def add_message(
    session: Session,
    ticket: Ticket,
    content: str,
    by: Viewer,
    person: Person,
    *,
    internal: bool = False,
    status: str | None = None,
    delay: timedelta = timedelta(0),
    files: Sequence[StoredFile] = (),
) -> Comment:
    """Add a message written on the web or sent by the API; Markdown makes its HTML. The ticket must be locked."""
    if not content.strip() and files:
        content = "(see the files)"
    comment = comments.add_comment(
        session,
        ticket,
        NewComment(
            content=content,
            html=markdown.to_html(content) if content.strip() else None,
            source=_SOURCES[by.via],
            author=person,
            author_address=by.address,
            author_name=person.name,
            internal=internal,
        ),
        by,
        status=status,
        delay=delay,
    )
    attachments.attach(session, ticket.number, comment.id, files)
    return comment


def _requester(session: Session, new: Submission, by: Viewer, person: Person | None) -> Person:
    wanted = people.normal_address(new.email) if new.email.strip() else ""
    if person is not None and (not wanted or any(one.address == wanted for one in person.addresses)):
        return person
    if not wanted:
        raise Refused("We need your e-mail address to answer you.", "email")
    if person is not None and not by.is_staff:
        raise Refused("You can write for yourself only: leave the address out.", "email")
    known = people.person_at(session, wanted)
    # a name typed by whoever it was is no name for somebody we know
    return known if known is not None else people.find_or_make(session, wanted, new.name)


def _environment(given: Mapping[str, str]) -> dict[str, str]:
    if len(given) > MOST_FACTS:
        raise Refused(f"At most {MOST_FACTS} facts about the environment.", "environment")
    return {tickets.one_line(name)[:50]: tickets.one_line(value)[:LONGEST_FACT] for name, value in given.items() if value.strip()}
