"""Who joins a ticket by standing in To or Cc: only what a proved requester does, and nobody against their will."""

from __future__ import annotations

import pytest

from helpdesk import participants, people, tickets
from helpdesk.permissions import SYSTEM
from tests.mail_ingest.inbox import ALICE, CHARLIE, US, Inbox


def test_those_in_copy_of_a_proved_requesters_first_mail_take_part(inbox: Inbox) -> None:
    row = inbox.writes(ALICE, "Printer", to=f"{US}, carl@example.org", cc="dave@example.org", proof="pass")
    assert inbox.taking_part(row.ticket_number) == {"alice", "carl", "dave"}


def test_those_in_copy_of_a_proved_requesters_later_mail_take_part_from_then_on(inbox: Inbox) -> None:
    number = inbox.writes(ALICE, "Printer", proof="pass").ticket_number
    inbox.writes(ALICE, "[ELM-001]", "Between us.", proof="pass")
    inbox.writes(ALICE, "[ELM-001]", "And with carl.", cc="carl@example.org", proof="pass")
    assert inbox.taking_part(number) == {"alice", "carl"}
    with inbox.session() as session:
        from helpdesk import conversation
        from helpdesk.permissions import Via, viewer_of

        carl = people.person_at(session, "carl@example.org")
        assert carl is not None
        read = conversation.read(session, viewer_of(carl, Via.WEB), tickets.find(session, SYSTEM, number))
        assert (read.opening, [one.content for one in read.messages]) == (False, ["And with carl."])


@pytest.mark.parametrize(
    ("sender", "fields"),
    [
        (ALICE, {}),
        (ALICE, {"proof": "fail"}),
        (CHARLIE, {"proof": "pass"}),
        (ALICE, {"proof": "pass", "auto_submitted": "auto-replied"}),
        (ALICE, {"proof": "pass", "list_id": "<team.example.com>"}),
    ],
    ids=["not proved", "disowned", "not the requester", "automatic", "through a list"],
)
def test_nobody_else_brings_anybody_along(inbox: Inbox, sender: str, fields: dict[str, str]) -> None:
    number = inbox.writes(ALICE, "Printer", cc="charlie@example.org", proof="pass").ticket_number
    row = inbox.writes(sender, "[ELM-001]", "With mallory.", cc="mallory@evil.example", **fields)
    assert row.state == "comment"
    assert inbox.taking_part(number) == {"alice", "charlie"}


def test_our_addresses_robots_and_agents_never_join(inbox: Inbox) -> None:
    with inbox.session() as session:
        people.add_user(session, "bob@help.test", "Bob", "agent")
    others = f"bob@help.test, no-reply@shop.example, support+x@help.test, {US}, carl@example.org"
    row = inbox.writes(ALICE, "Printer", cc=others, proof="pass")
    assert inbox.taking_part(row.ticket_number) == {"alice", "carl"}


def test_ten_in_copy_at_most_and_the_mail_is_taken_all_the_same(inbox: Inbox) -> None:
    many = ", ".join(f"p{n}@example.org" for n in range(8))
    number = inbox.writes(ALICE, "Printer", cc=many, proof="pass").ticket_number
    more = ", ".join(f"q{n}@example.org" for n in range(8))
    row = inbox.writes(ALICE, "[ELM-001]", "More of us.", cc=f"p1@example.org, {more}", proof="pass")
    assert row.state == "comment"
    assert inbox.taking_part(number) == {"alice", *(f"p{n}" for n in range(8)), "q0", "q1"}


def test_who_was_taken_out_of_copy_is_not_brought_back_by_a_header(inbox: Inbox) -> None:
    number = inbox.writes(ALICE, "Printer", cc="carl@example.org", proof="pass").ticket_number
    with inbox.session() as session:
        carl = people.person_at(session, "carl@example.org")
        assert carl is not None
        participants.remove_cc(session, tickets.find(session, SYSTEM, number), carl, SYSTEM)
    inbox.writes(ALICE, "[ELM-001]", "To all.", cc="carl@example.org", proof="pass")
    assert inbox.taking_part(number) == {"alice"}


def test_a_robots_sign_up_mail_for_administrators_brings_nobody_along(inbox: Inbox) -> None:
    row = inbox.writes(
        "Chat <no-reply@chat.example>", "Your code is 123456", "Verify your address.", cc="carl@example.org", proof="pass"
    )
    assert (row.state, inbox.ticket(row.ticket_number).restricted) == ("ticket", True)
    assert inbox.taking_part(row.ticket_number) == {"no-reply"}
