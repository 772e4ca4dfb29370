"""Fills an empty helpdesk with a believable week of tickets: the same verbs as for real, then moved into the past."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from helpdesk import comments, db, people, tickets
from helpdesk.comments import NewComment
from helpdesk.demo.scene import AGENTS, CANNED, CUSTOMERS, FAQ, STORIES, Said, Story
from helpdesk.installation import Installation
from helpdesk.models import CannedResponse, Comment, Event, FaqEntry, OutboxMessage, Person, Source, Ticket, Upvote
from helpdesk.permissions import SYSTEM, Via, viewer_of
from helpdesk.tickets import NewTicket


def fill(house: Installation) -> str:
    """Play the scene once, in one transaction; a helpdesk that has tickets or agents is left alone. Gives what was done."""
    with db.transaction(house.engine) as session:
        db.in_turn(session, "demo")
        if session.scalar(select(Ticket.number).limit(1)) or people.staff(session):
            return "The helpdesk is not empty: nothing was added."
        agents = {address: people.add_user(session, address, name, role) for address, name, role in AGENTS}
        customers = {key: people.find_or_make(session, address, name) for key, (address, name) in CUSTOMERS.items()}
        for story in STORIES:
            _play(session, story, agents, customers)
        for title, shortcut, content, actions in CANNED:
            session.add(CannedResponse(title=title, shortcut=shortcut, content=content, actions=actions, shared=True))
        for position, (category, question, answer) in enumerate(FAQ):
            session.add(FaqEntry(category=category, question=question, answer=answer, position=position))
        # what the scene would have mailed was read long ago
        session.execute(delete(OutboxMessage))
        session.info.clear()
    return f"{len(STORIES)} tickets, {len(AGENTS)} agents, {len(CUSTOMERS)} customers."


def _play(session: Session, story: Story, agents: dict[str, Person], customers: dict[str, Person]) -> None:
    requester = customers[story.who]
    ticket = tickets.open_ticket(
        session,
        NewTicket(
            title=story.title,
            description=story.text,
            requester=requester,
            source=Source(story.source),
            type=story.type,
            priority=story.priority,
            acknowledge=False,
        ),
        viewer_of(requester, Via.EMAIL),
    )
    start = func.now() - timedelta(hours=story.hours_ago)
    _move_back(session, ticket, start)
    if story.assignee:
        tickets.assign(session, ticket, agents[story.assignee], SYSTEM)
    tickets.edit(session, ticket, SYSTEM, tags=list(story.tags), is_public=story.known)
    _move_back(session, ticket, start + timedelta(minutes=4))
    for said in story.said:
        _say(session, ticket, said, agents, customers)
        _move_back(session, ticket, start + timedelta(hours=said.hours))
    if story.status and ticket.status != story.status:
        tickets.change_status(session, ticket, story.status, SYSTEM)
        _move_back(session, ticket, start + timedelta(hours=min(story.hours_ago, 24.0)))
    for key in story.votes:
        session.add(Upvote(ticket_number=ticket.number, person_id=customers[key].id))
    ticket.upvotes = len(story.votes)
    session.flush()


def _say(session: Session, ticket: Ticket, said: Said, agents: dict[str, Person], customers: dict[str, Person]) -> None:
    author = agents.get(said.who) or customers[said.who]
    new = NewComment(
        content=said.text,
        source=Source.EMAIL,
        author=author,
        author_address=author.address,
        author_name=author.name,
        internal=said.note,
    )
    comments.add_comment(session, ticket, new, viewer_of(author, Via.EMAIL), status=said.status, reopens=not said.thanks)


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
