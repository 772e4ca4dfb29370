"""What the rules of routing come to in real rows: rewritten senders, forwards, late replies, caps, the Ticket Trick."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, update

from helpdesk import people
from helpdesk.models import InboundMail, Participant, Status
from helpdesk.words import HeldReason
from tests.letters import letter
from tests.mail_ingest.inbox import ALICE, BOB, CHARLIE, US, Inbox

GROUP = f"'Alice Doe' via Support <{US}>"
FORWARDED = "For you.\n\n---------- Forwarded message ---------\nFrom: Dave <dave@example.net>\nSubject: Invoice\nTo: <alice@example.com>\n\nPlease pay."


# --- From is an address of ours


def test_whom_a_trusted_relay_names_in_x_original_from_is_the_sender_and_proved_by_nothing(inbox: Inbox) -> None:
    row = inbox.writes(GROUP, "Printer", proof="pass", x_original_from="Alice Doe <alice@example.com>")
    ticket = inbox.ticket(row.ticket_number)
    assert (row.state, row.sender, row.sender_verdict) == ("ticket", "alice@example.com", "none")
    assert (ticket.requester.address, ticket.requester.name, ticket.verified) == ("alice@example.com", "Alice Doe", False)
    assert [one.recipient for one in inbox.sent("acknowledgement")] == ["alice@example.com"]
    assert row.trace["parsed"]["from"] == ["alice@example.com"]
    assert "alice@example.com" in row.trace["judged"]["detail"] and US in row.trace["judged"]["detail"]


def test_a_rewritten_senders_answer_is_their_message(inbox: Inbox) -> None:
    first = inbox.writes(ALICE, "Printer")
    row = inbox.writes(GROUP, "Re: Printer", "Still.", in_reply_to=f"<{inbox.ours(first.ticket_number)}>", x_original_from=ALICE)
    (comment,) = inbox.comments(first.ticket_number)
    assert (row.matched_by, comment.author_address, comment.verified) == ("our_thread", "alice@example.com", False)


@pytest.mark.parametrize(
    ("fields", "client_ip"),
    [
        ({"x_original_from": ALICE}, "198.51.100.1"),
        ({"x_original_from": ALICE}, None),
        ({"x_original_from": f"Us <{US}>"}, "127.0.0.1"),
        ({"x_original_from": "Alice, no address"}, "127.0.0.1"),
        ({}, "127.0.0.1"),
    ],
    ids=["no trusted relay", "no client at all", "one of our addresses again", "no address", "no such field"],
)
def test_any_other_mail_that_claims_to_be_us_is_held(inbox: Inbox, fields: dict[str, str], client_ip: str | None) -> None:
    row = inbox.arrives(letter(GROUP, US, "Printer", "x", **fields), client_ip=client_ip)
    assert (row.state, row.held_number, inbox.sent()) == ("held", HeldReason.CLAIMS_TO_BE_US, [])


def test_x_original_from_is_nothing_where_from_is_no_address_of_ours(inbox: Inbox) -> None:
    row = inbox.writes(CHARLIE, "Printer", x_original_from=ALICE)
    assert row.sender == "charlie@example.org"


@pytest.mark.parametrize(
    ("sender", "proof"),
    [(US, "fail"), (f"{US}, {CHARLIE}", "")],
    ids=["our domain disowns it", "From names two"],
)
def test_whoever_forges_our_address_names_nobody_else(inbox: Inbox, sender: str, proof: str) -> None:
    first = inbox.writes(ALICE, "Printer")
    row = inbox.writes(sender, "Re: [ELM-1] Printer", "spoof", proof=proof, x_original_from=ALICE)
    assert (row.state, row.held_number, inbox.comments(first.ticket_number)) == ("held", HeldReason.CLAIMS_TO_BE_US, [])


def test_a_rewritten_agents_address_is_as_unproved_as_any(inbox: Inbox) -> None:
    with inbox.session() as session:
        people.add_user(session, "bob@help.test", "Bob", "agent")
    first = inbox.writes(ALICE, "Printer")
    row = inbox.writes(GROUP, "[ELM-1]", "#closed", proof="pass", x_original_from=BOB)
    assert (row.state, row.matched_by, inbox.ticket(first.ticket_number).status) == ("held", "staff_unproven", "open")


# --- forwards


def test_a_customers_forward_is_their_new_ticket_even_if_it_quotes_our_tag(inbox: Inbox) -> None:
    first = inbox.writes(ALICE, "Printer", proof="pass")
    row = inbox.writes(ALICE, "Fwd: [ELM-001] Invoice", FORWARDED, proof="pass")
    ticket = inbox.ticket(row.ticket_number)
    assert (row.state, row.matched_by, ticket.requester.address) == ("ticket", "forward", "alice@example.com")
    assert "Please pay." in ticket.description
    assert inbox.links() == [(row.ticket_number, first.ticket_number, "may_belong_to")]


def test_the_token_beats_the_forward(inbox: Inbox) -> None:
    first = inbox.writes(ALICE, "Printer")
    row = inbox.writes(ALICE, "Fwd: Invoice", FORWARDED, to=inbox.token(first.ticket_number, "alice@example.com"))
    assert (row.state, row.matched_by, row.ticket_number) == ("comment", "participant_token", first.ticket_number)


def test_a_reply_with_a_mail_attached_is_no_forward(inbox: Inbox) -> None:
    first = inbox.writes(ALICE, "Printer")
    row = inbox.writes(ALICE, "Re: [ELM-001] Printer", FORWARDED)
    assert (row.matched_by, row.ticket_number) == ("subject_tag", first.ticket_number)


# --- closed long ago


def closed(inbox: Inbox, number: int | None, days: int) -> None:
    inbox.put(number, "closed")
    with inbox.session() as session:
        ticket = session.get_one(type(inbox.ticket(number)), number)
        ticket.closed_at = ticket.closed_at - timedelta(days=days)


def test_a_late_reply_is_cut_like_a_reply_and_linked_to_the_old_ticket(inbox: Inbox) -> None:
    first = inbox.writes(ALICE, "Printer")
    closed(inbox, first.ticket_number, 15)
    row = inbox.writes(
        ALICE,
        "Re: [ELM-001] Printer",
        "It burns again.\n\nOn Tue, 3 Mar 2026 at 10:00, Support <support@help.test> wrote:\n> We got it.",
    )
    ticket = inbox.ticket(row.ticket_number)
    assert (row.state, row.matched_by, ticket.description) == ("ticket", "subject_tag", "It burns again.")
    assert inbox.links() == [(row.ticket_number, first.ticket_number, "follows")]
    assert inbox.ticket(first.ticket_number).status == "closed"


def test_late_replies_are_held_when_there_are_too_many_new_tickets(inbox: Inbox) -> None:
    first = inbox.writes(ALICE, "Printer")
    closed(inbox, first.ticket_number, 15)
    rows = [inbox.writes(ALICE, "[ELM-001]", f"Again {n}.") for n in range(10)]
    assert [row.state for row in rows] == ["ticket"] * 9 + ["held"]
    assert (rows[-1].held_number, rows[-1].matched_by) == (HeldReason.TOO_MANY_TICKETS, "too_many_tickets")


def test_an_out_of_office_answer_to_a_ticket_closed_long_ago_opens_nothing(inbox: Inbox) -> None:
    first = inbox.writes(ALICE, "Printer")
    closed(inbox, first.ticket_number, 15)
    row = inbox.writes(ALICE, "[ELM-001]", "I am away.", auto_submitted="auto-replied")
    assert (row.state, row.ticket_number, inbox.ticket(first.ticket_number).status) == ("comment", first.ticket_number, "closed")


# --- caps


def test_mail_reopens_a_ticket_five_times_a_day_and_then_says_why_not(inbox: Inbox) -> None:
    with inbox.session() as session:
        people.add_user(session, "bob@help.test", "Bob", "agent")
    number = inbox.writes(ALICE, "Printer").ticket_number
    for n in range(5):
        inbox.put(number, "resolved")
        inbox.writes(ALICE, "[ELM-001]", f"No, it burns: {n}.")
        assert inbox.ticket(number).status == "open"
    inbox.put(number, "resolved", muted_until=None)
    row = inbox.writes(ALICE, "[ELM-001]", "No, it burns still.")
    assert (row.state, inbox.ticket(number).status, len(inbox.comments(number))) == ("comment", "resolved", 6)
    (why,) = inbox.events(number, "not_reopened")
    assert (why.comment_id, "5 times within a day" in why.data["reason"]) == (row.comment_id, True)
    with inbox.session() as session:
        session.execute(update(type(why)).values(created_at=func.now() - timedelta(days=1, minutes=1)))
    inbox.writes(ALICE, "[ELM-001]", "And the next day too.")
    assert inbox.ticket(number).status == "open"


def test_an_agent_who_accepts_a_message_reopens_whatever_mail_did_before(inbox: Inbox) -> None:
    from helpdesk import comments, tickets
    from helpdesk.permissions import Via, viewer_of

    with inbox.session() as session:
        bob = people.add_user(session, "bob@help.test", "Bob", "agent")
    number = inbox.writes(ALICE, "Printer").ticket_number
    for n in range(5):
        inbox.put(number, "resolved")
        inbox.writes(ALICE, "[ELM-001]", f"No: {n}.")
    inbox.put(number, "resolved")
    row = inbox.writes(ALICE, "[ELM-001]", "Is it me?", proof="fail")
    assert (row.matched_by, inbox.comments(number)[-1].state) == ("failed_sender", "pending")
    with inbox.session() as session:
        ticket = tickets.locked(session, number or 0)
        assert ticket is not None
        pending = session.get_one(type(inbox.comments(number)[-1]), row.comment_id)
        comments.accept(session, ticket, pending, viewer_of(session.merge(bob), Via.WEB))
    assert inbox.ticket(number).status == Status.OPEN


def many(inbox: Inbox, row: InboundMail, count: int, **changes: Any) -> None:
    """As if this mail had come so many times."""
    with inbox.session() as session:
        for n in range(count):
            copy = {column.key: getattr(row, column.key) for column in InboundMail.__table__.columns if column.key != "id"}
            session.add(InboundMail(**{**copy, "fingerprint": f"{n}".encode(), **changes}))


@pytest.mark.parametrize(
    ("count", "age", "state"),
    [(59, 0, "comment"), (60, 0, "held"), (199, 2, "comment"), (200, 2, "held"), (400, 25, "comment")],
    ids=["the sixtieth within an hour", "one more", "the two-hundredth within a day", "one more again", "all the day before"],
)
def test_messages_of_one_sender_are_capped_over_all_tickets(inbox: Inbox, count: int, age: int, state: str) -> None:
    inbox.writes(ALICE, "Printer")
    other = inbox.writes(ALICE, "Scanner")
    before = inbox.writes(ALICE, "[ELM-001]", "First.")
    with inbox.session() as session:
        session.execute(update(InboundMail).where(InboundMail.id == before.id).values(state="held"))
    many(inbox, before, count, received_at=func.now() - timedelta(hours=age))
    row = inbox.writes(ALICE, "[ELM-002]", "Once more.")
    assert (row.state, row.ticket_number) == (state, other.ticket_number)
    assert row.held_number == (HeldReason.TOO_MANY_COMMENTS if state == "held" else None)


def test_what_others_forge_in_a_proved_senders_name_does_not_count_against_them(inbox: Inbox) -> None:
    first = inbox.writes(ALICE, "Printer", proof="pass")
    forged = inbox.writes(ALICE, "[ELM-001]", "Forged.", proof="fail")
    many(inbox, forged, 60)
    assert inbox.writes(ALICE, "[ELM-001]", "It is me.", proof="pass").state == "comment"
    assert inbox.writes(ALICE, "[ELM-001]", "Is it?").state == "held"
    assert first.state == "ticket"


# --- tokens that do not count, and automatic mail


def test_a_removed_participants_token_counts_as_no_token(inbox: Inbox) -> None:
    first = inbox.writes(ALICE, "Printer", proof="pass", cc="charlie@example.org")
    token = inbox.token(first.ticket_number, "charlie@example.org")
    with inbox.session() as session:
        charlie = people.person_at(session, "charlie@example.org")
        assert charlie is not None
        session.get_one(Participant, (first.ticket_number, charlie.id)).removed_at = func.now()
    row = inbox.writes(CHARLIE, "Re: [ELM-001] Printer", "Let me in.", to=token)
    assert (row.state, row.matched_by, inbox.comments(first.ticket_number)) == ("ticket", "stranger", [])


def test_a_disabled_agents_token_counts_as_no_token_in_anybodys_hand(inbox: Inbox) -> None:
    with inbox.session() as session:
        people.add_user(session, "bob@help.test", "Bob", "agent")
    first = inbox.writes(ALICE, "Printer")
    token = inbox.token(first.ticket_number, "bob@help.test")
    with inbox.session() as session:
        bob = people.person_at(session, "bob@help.test")
        assert bob is not None
        bob.active = False
    assert inbox.writes(BOB, "Re: Printer", "#closed", to=token, proof="pass").matched_by == "disabled_agent"
    assert inbox.writes(CHARLIE, "Re: Printer", "#closed", to=token).matched_by == "new"
    assert inbox.ticket(first.ticket_number).status == "open"


@pytest.mark.parametrize("proof", ["", "pass"])
def test_a_robot_that_uses_a_customers_reply_address_is_pending(inbox: Inbox, proof: str) -> None:
    first = inbox.writes(ALICE, "Printer")
    token = inbox.token(first.ticket_number, "alice@example.com")
    row = inbox.writes(
        "Bot <bot@chat.example>", "Weekly report", "All is well.", to=token, proof=proof, auto_submitted="auto-generated"
    )
    (comment,) = inbox.comments(first.ticket_number)
    assert (row.state, comment.state, comment.automatic) == ("comment", "pending", True)


def test_a_sign_up_code_sent_to_a_customers_reply_address_is_for_administrators_only(inbox: Inbox) -> None:
    first = inbox.writes(ALICE, "Printer")
    token = inbox.token(first.ticket_number, "alice@example.com")
    row = inbox.writes("Chat <accounts@chat.example>", "Your code is 123456", "Verify your address.", to=token)
    assert (inbox.comments(first.ticket_number), inbox.ticket(row.ticket_number).restricted) == ([], True)
    assert inbox.links() == [(row.ticket_number, first.ticket_number, "may_belong_to")]
    assert [one.recipient for one in inbox.sent("acknowledgement")] == ["alice@example.com"]


def test_a_participant_whose_address_sounds_like_a_robots_may_write_of_codes(inbox: Inbox) -> None:
    first = inbox.writes("Accounts <accounts@example.com>", "Printer")
    row = inbox.writes("Accounts <accounts@example.com>", "[ELM-001]", "Please confirm that 123456 is the invoice.")
    assert (row.state, row.ticket_number) == ("comment", first.ticket_number)


def test_an_automatic_answer_to_a_web_forms_acknowledgement_proves_no_address(inbox: Inbox) -> None:
    first = inbox.writes(ALICE, "Printer")
    assert not inbox.ticket(first.ticket_number).verified
    token = inbox.token(first.ticket_number, "alice@example.com")
    inbox.writes(ALICE, "Out of office", "I am away.", to=token, auto_submitted="auto-replied")
    assert not inbox.ticket(first.ticket_number).verified
    inbox.writes(ALICE, "Re: Printer", "Thanks, and now?", to=token)
    assert inbox.ticket(first.ticket_number).verified


def test_a_participant_who_writes_through_a_list_reopens_and_is_told_of(inbox: Inbox) -> None:
    with inbox.session() as session:
        people.add_user(session, "bob@help.test", "Bob", "agent")
    first = inbox.writes(ALICE, "Printer")
    inbox.put(first.ticket_number, "resolved")
    row = inbox.writes(ALICE, "[ELM-001]", "Still.", list_id="<team.example.com>")
    assert (row.kind, row.state, inbox.ticket(first.ticket_number).status) == ("list", "comment", "open")
    assert inbox.sent()[-1].kind == "comment"
