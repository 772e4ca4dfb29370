"""Who may do what, as a table: one function decides, one row scope lists."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk import participants, people, tickets
from helpdesk.errors import NotAllowed, NotFound
from helpdesk.models import Participant, ParticipantRole, Role, Source, Ticket
from helpdesk.permissions import (
    NOBODY,
    SYSTEM,
    Action,
    Via,
    Viewer,
    as_customer,
    may,
    public_tickets,
    require,
    viewer_of,
    visible_tickets,
)
from helpdesk.tickets import NewTicket

REQUESTER = "read reply close add_cc remove_cc"
CC = "read reply"
AGENT = f"{REQUESTER} read_notes edit accept use_canned see_queue"
ADMIN = f"{AGENT} release_held share_canned manage"
ALLOWED = {
    "nobody": "", "stranger": "", "removed": "", "somebody else's row": "", "requester": REQUESTER, "cc": CC, "link": CC,
    "agent's link": CC, "link to another ticket": "", "disabled agent": "", "agent": AGENT, "admin": ADMIN, "system": ADMIN,
}  # fmt: skip
RESTRICTED = {"admin": ADMIN, "system": ADMIN}  # a robot mailed a sign-up code: the same ticket, restricted


def row(person: int, role: str = "requester") -> Participant:
    return Participant(ticket_number=1, person_id=person, role=role, removed_at=None)


def asked_by(name: str) -> tuple[Viewer, Participant | None]:
    removed = row(1)
    removed.removed_at = object()  # type: ignore[assignment]
    customer, agent = Viewer(1, Role.CUSTOMER, Via.EMAIL), Viewer(2, Role.AGENT, Via.WEB)
    return {
        "nobody": (NOBODY, None),
        "stranger": (customer, None),
        "removed": (customer, removed),
        "somebody else's row": (customer, row(9)),
        "requester": (customer, row(1)),
        "cc": (customer, row(1, "cc")),
        "link": (Viewer(1, Role.CUSTOMER, Via.WEB, only_ticket=1), row(1)),
        "agent's link": (Viewer(2, Role.AGENT, Via.WEB, only_ticket=1), row(2)),
        "link to another ticket": (Viewer(1, Role.CUSTOMER, Via.WEB, only_ticket=7), row(1)),
        "disabled agent": (as_customer(agent), None),
        "agent": (agent, None),
        "admin": (Viewer(3, Role.ADMIN, Via.API), None),
        "system": (SYSTEM, None),
    }[name]


@pytest.mark.parametrize("name", ALLOWED)
@pytest.mark.parametrize("restricted", [False, True], ids=["", "restricted"])
def test_everybody_may_what_the_table_says_and_nothing_else(name: str, restricted: bool) -> None:
    viewer, own = asked_by(name)
    ticket = Ticket(number=1, restricted=restricted)
    allowed = {action.value for action in Action if may(viewer, action, own, ticket)}
    assert allowed == set((RESTRICTED.get(name, "") if restricted else ALLOWED[name]).split())
    for action in Action:
        if action.value not in allowed:
            with pytest.raises(NotAllowed):
                require(viewer, action, own, ticket)


def test_lists_show_exactly_what_may_be_read(session: Session) -> None:
    alice, carl, bob = (people.find_or_make(session, f"{name}@example.com") for name in ("alice", "carl", "bob"))
    people.add_user(session, "bob@example.com", "Bob", "agent")

    def opened(**options: object) -> int:
        return tickets.open_ticket(session, NewTicket("x", "x", alice, Source.WEB, **options), SYSTEM).number  # type: ignore[arg-type]

    own, shared, left, hidden, known = opened(), opened(), opened(), opened(restricted=True), opened()
    tickets.edit(session, session.get_one(Ticket, known), SYSTEM, is_public=True)
    for number in (shared, left):
        participants.join(session, number, carl, ParticipantRole.CC)
    participants.remove_cc(session, session.get_one(Ticket, left), carl, SYSTEM)

    def seen(viewer: Viewer) -> list[int]:
        return list(session.scalars(select(Ticket.number).where(visible_tickets(viewer)).order_by(Ticket.number)))

    assert seen(viewer_of(alice, Via.WEB)) == [own, shared, left, known]
    assert seen(viewer_of(alice, Via.WEB, only_ticket=shared)) == [shared]
    assert seen(viewer_of(carl, Via.WEB)) == [shared]
    assert seen(viewer_of(bob, Via.WEB)) == [own, shared, left, known]
    assert seen(viewer_of(bob, Via.WEB, only_ticket=own)) == []
    assert seen(SYSTEM) == [own, shared, left, hidden, known]
    assert seen(NOBODY) == []
    assert list(session.scalars(select(Ticket.number).where(public_tickets()))) == [known]
    absent: list[int | None] = [hidden, left, own, 999, None]
    for one in absent:
        with pytest.raises(NotFound):
            tickets.find(session, viewer_of(carl, Via.WEB), one)
    bob.active = False
    assert seen(viewer_of(bob, Via.WEB)) == []
