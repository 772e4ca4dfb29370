"""Fills an empty helpdesk with a believable week of tickets and the weeks before: by the usual verbs, moved into the past."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from helpdesk import attachments, comments, db, participants, people, tickets
from helpdesk.attachments import File, StoredFile
from helpdesk.comments import NewComment
from helpdesk.demo import mails
from helpdesk.demo.past import PAST, Past
from helpdesk.demo.scene import AGENTS, CANNED, CUSTOMERS, FAQ, STORIES, UNREACHED, Said, Story
from helpdesk.installation import Installation
from helpdesk.issues import workaround
from helpdesk.models import CannedResponse, Comment, Event, FaqEntry, OutboxMessage, Person, Source, Ticket, Upvote
from helpdesk.permissions import SYSTEM, Via, viewer_of
from helpdesk.storage import Storage
from helpdesk.tickets import NewTicket

FILES = Path(__file__).parent / "files"


def fill(house: Installation) -> str:
    """Play the scene once, in one transaction; a helpdesk that has tickets or agents is left alone. Gives what was done."""
    with db.transaction(house.engine) as session:
        if not _is_empty(session):
            return "The helpdesk is not empty: nothing was added."
    support = house.settings.support_address
    held = mails.stored(house.storage, support)
    kept = {name: _stored(house.storage, name) for story in STORIES for name in story.files}
    with db.transaction(house.engine) as session:
        db.in_turn(session, "demo")
        if not _is_empty(session):
            return "The helpdesk is not empty: nothing was added."
        agents = {address: people.add_user(session, address, name, role) for address, name, role in AGENTS}
        customers = {key: people.find_or_make(session, address, name) for key, (address, name) in CUSTOMERS.items()}
        cast = _Cast(agents, customers, kept)
        for past in PAST:
            _play(session, _as_story(past), cast)
        for story in STORIES:
            _play(session, story, cast)
        for title, shortcut, content, actions in CANNED:
            session.add(CannedResponse(title=title, shortcut=shortcut, content=content, actions=actions, shared=True))
        for position, (category, question, answer) in enumerate(FAQ):
            session.add(FaqEntry(category=category, question=question, answer=answer, position=position))
        # what the scene would have mailed was read long ago
        session.execute(delete(OutboxMessage))
        session.info.clear()
        session.add_all(held)
        since = datetime.now(UTC) - timedelta(days=7)
        mails.sent(session, since, house.settings.ticket_prefix, support, customers[UNREACHED])
    return f"{len(PAST) + len(STORIES)} tickets, {len(AGENTS)} agents, {len(CUSTOMERS)} customers."


@dataclass(frozen=True, slots=True)
class _Cast:
    """Who plays, and the files that are in storage already: agents by address, customers by key, files by name."""

    agents: dict[str, Person]
    customers: dict[str, Person]
    files: dict[str, StoredFile]


def _is_empty(session: Session) -> bool:
    return session.scalar(select(Ticket.number).limit(1)) is None and not people.staff(session)


def _stored(storage: Storage, name: str) -> StoredFile:
    content = (FILES / name).read_bytes()
    return attachments.store(storage, [File(name, "image/png", content, content_id=name)])[0]


def _as_story(past: Past) -> Story:
    answer = Said(past.first, past.agent, f"{past.answer}\n\n{past.agent.partition('@')[0].capitalize()}")
    return Story(
        past.days_ago * 24, past.who, past.title, past.question, (answer,), type=past.type, tags=(past.tag,),
        assignee=past.agent, status="closed", settled=past.done,
    )  # fmt: skip


def _play(session: Session, story: Story, cast: _Cast) -> None:
    requester = cast.customers[story.who]
    ticket = tickets.open_ticket(
        session,
        NewTicket(
            title=story.title,
            description=story.text,
            html=story.html,
            requester=requester,
            source=Source(story.source),
            type=story.type,
            priority=story.priority,
            environment=dict(story.environment),
            acknowledge=False,
        ),
        viewer_of(requester, Via.EMAIL),
    )
    attachments.attach(
        session,
        ticket.number,
        None,
        [replace(cast.files[name], inline=f"cid:{name}" in (story.html or "")) for name in story.files],
    )
    start = func.now() - timedelta(hours=story.hours_ago)
    _move_back(session, ticket, start)
    participants.add_cc(session, ticket, [cast.customers[key] for key in story.cc], SYSTEM)
    if story.assignee:
        tickets.assign(session, ticket, cast.agents[story.assignee], SYSTEM)
    tickets.edit(session, ticket, SYSTEM, tags=list(story.tags), is_public=story.known)
    _move_back(session, ticket, start + timedelta(minutes=4))
    for said in story.said:
        _say(session, ticket, said, cast)
        _move_back(session, ticket, start + timedelta(hours=said.hours))
    if story.workaround and story.assignee:
        workaround.write(session, ticket.number, story.workaround, viewer_of(cast.agents[story.assignee], Via.WEB))
        _move_back(session, ticket, start + timedelta(hours=story.said[-1].hours))
    if story.status and ticket.status != story.status:
        tickets.change_status(session, ticket, story.status, SYSTEM)
        _move_back(session, ticket, start + timedelta(hours=min(story.hours_ago, story.settled)))
    if story.snoozed_days:
        tickets.edit(session, ticket, SYSTEM, snoozed_until=datetime.now(UTC) + timedelta(days=story.snoozed_days))
        _move_back(session, ticket, start + timedelta(hours=1))
    for key in story.votes:
        session.add(Upvote(ticket_number=ticket.number, person_id=cast.customers[key].id))
    ticket.upvotes = len(story.votes)
    session.flush()


def _say(session: Session, ticket: Ticket, said: Said, cast: _Cast) -> None:
    author = cast.agents.get(said.who) or cast.customers[said.who]
    new = NewComment(
        content=said.text,
        source=Source.EMAIL,
        author=author,
        author_address=author.address,
        author_name=author.name,
        internal=said.note,
        pending_because=said.pending,
        verified=said.pending is None,
    )
    by = SYSTEM if said.pending else viewer_of(author, Via.EMAIL)
    comments.add_comment(session, ticket, new, by, status=said.status, reopens=not said.thanks)


def _move_back(session: Session, ticket: Ticket, moment: object) -> None:
    """Everything of this ticket that says "now" says `moment` instead."""
    session.flush()
    for table in (Event, Comment):
        session.execute(
            update(table).where(table.ticket_number == ticket.number, table.created_at == func.now()).values(created_at=moment)
        )
    times = (
        Ticket.created_at, Ticket.updated_at, Ticket.waiting_since, Ticket.first_response_at, Ticket.resolved_at, Ticket.closed_at,
    )  # fmt: skip
    for column in times:
        session.execute(
            update(Ticket)
            .where(Ticket.number == ticket.number, column == func.now())
            .values({column.key: moment})
            .execution_options(synchronize_session=False)
        )
    session.refresh(ticket)
