"""What an administrator makes of a held mail: of its real sender, without our own words, and never a way around the Ticket Trick."""

from __future__ import annotations

import pytest

from helpdesk import people
from helpdesk.errors import Refused
from helpdesk.models import InboundMail, Ticket
from helpdesk.permissions import SYSTEM
from helpdesk.words import HeldReason
from mail_ingest import held
from tests.mail_ingest.inbox import ALICE, BOB, CHARLIE, US, Inbox

GROUP = f"'Alice Doe' via Support <{US}>"
ROBOT = "noreply@example.net"
CODE = "Your code is 123456"


def settled(inbox: Inbox, row: InboundMail, onto: int | None = None) -> int:
    return held.settle(inbox.tools.house, inbox.tools.reader, row.id, SYSTEM, onto)


def too_many(inbox: Inbox, sender: str, text: str = "It burns.", **fields: str) -> InboundMail:
    """The eleventh mail of an hour, which is held."""
    row = [inbox.writes(sender, f"Verify {number}", text, **fields) for number in range(11)][-1]
    assert (row.state, row.held_number) == ("held", HeldReason.TOO_MANY_TICKETS)
    return row


def test_a_released_sign_up_code_is_for_administrators_only(inbox: Inbox) -> None:
    reply = inbox.writes(ROBOT, "Verify your account", CODE, auto_submitted="auto-replied")
    flood = too_many(inbox, ROBOT, CODE, auto_submitted="auto-generated")
    for row in (reply, flood):
        assert row.trace["admins_only"] == "a robot's mail with a sign-up code"
        assert inbox.ticket(settled(inbox, row)).restricted


@pytest.mark.parametrize("sender", [ROBOT, "Chat <robot@example.net>"])
def test_it_is_attached_to_no_ticket_that_agents_read(inbox: Inbox, sender: str) -> None:
    first = inbox.writes(ALICE, "Printer")
    row = inbox.writes(sender, "Verify your account", CODE, auto_submitted="auto-replied")
    with pytest.raises(Refused, match="agents read that ticket"):
        settled(inbox, row, first.ticket_number)
    apart = settled(inbox, inbox.writes(sender, "Verify it again", CODE, auto_submitted="auto-replied"))
    assert settled(inbox, row, apart) == apart
    assert [one.content for one in inbox.comments(apart)] == [CODE]


def test_a_held_mail_without_a_code_says_nothing_of_administrators(inbox: Inbox) -> None:
    assert "admins_only" not in inbox.writes(CHARLIE, "Out of office", "Away.", auto_submitted="auto-replied").trace


def test_a_rewritten_mail_is_released_to_its_real_sender(inbox: Inbox) -> None:
    row = too_many(inbox, GROUP, proof="pass", x_original_from="Alice Doe <alice@example.com>")
    ticket = inbox.ticket(settled(inbox, row))
    assert (ticket.requester.address, ticket.verified) == ("alice@example.com", False)


def test_a_rewritten_mail_is_attached_as_its_real_senders_without_what_we_wrote(inbox: Inbox) -> None:
    row = too_many(inbox, GROUP, proof="pass", x_original_from=ALICE)
    mine = inbox.writes(ALICE, "Printer", proof="pass")
    with inbox.session() as session:
        session.get_one(InboundMail, mine.id).sender = "alice@example.com"
    ours = next(one for one in inbox.sent("acknowledgement") if one.ticket_number == 1)
    assert ours.recipient == "alice@example.com"
    assert settled(inbox, row, mine.ticket_number) == mine.ticket_number
    (comment,) = inbox.comments(mine.ticket_number)
    assert (comment.author_address, comment.verified) == ("alice@example.com", False)


def test_a_mail_that_our_own_domain_disowns_stays_ours_and_is_not_released(inbox: Inbox) -> None:
    row = inbox.writes(US, "Printer", proof="fail", x_original_from=ALICE)
    assert (row.state, row.held_number, row.sender) == ("held", HeldReason.CLAIMS_TO_BE_US, US)
    with pytest.raises(Refused, match="an address of our own"):
        settled(inbox, row)


def test_a_rewritten_agents_mail_is_not_released(inbox: Inbox) -> None:
    with inbox.session() as session:
        people.add_user(session, "bob@help.test", "Bob", "agent")
    row = inbox.writes(GROUP, "Printer", proof="pass", x_original_from=BOB)
    assert (row.state, row.held_number) == ("held", HeldReason.STAFF_UNPROVEN)
    with pytest.raises(Refused, match="An agent's mail is not released"):
        settled(inbox, row)


def test_what_was_merged_leads_to_the_last_ticket(inbox: Inbox) -> None:
    one, two = (inbox.writes(ALICE, subject) for subject in ("Printer", "Again"))
    with inbox.session() as session:
        session.get_one(Ticket, one.ticket_number).merged_into = two.ticket_number
    row = inbox.writes(CHARLIE, "Out of office", "Away.", auto_submitted="auto-replied")
    assert settled(inbox, row, one.ticket_number) == two.ticket_number
