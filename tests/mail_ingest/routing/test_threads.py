"""Which mail is answered: whom a reused id, an id of a relay's, or a place in copy that was taken away leads where."""

from __future__ import annotations

from sqlalchemy import update

from helpdesk import participants, people, tickets
from helpdesk.addressing import Purpose
from helpdesk.models import OutboxMessage, Role
from helpdesk.permissions import SYSTEM
from tests.mail_ingest.inbox import ALICE, BOB, CHARLIE, US, Inbox

DORA = "Dora <dora@example.com>"
PEER_ID = "0100018f2c3d4e5f-a1b2-000000"


def named_by_the_relay(inbox: Inbox, recipient: str, **values: object) -> None:
    """The mail to this recipient left through a service that gave it an id of its own."""
    with inbox.session() as session:
        wanted = update(OutboxMessage).where(OutboxMessage.recipient == recipient)
        session.execute(wanted.values(peer_message_id=PEER_ID, **values))


# --- a Message-ID that was used twice


def test_who_answers_their_own_mail_is_on_their_ticket_though_a_stranger_used_its_id_again(inbox: Inbox) -> None:
    first = inbox.writes(ALICE, "Contract", proof="pass", message_id="z@alice")
    other = inbox.writes(CHARLIE, "Hello", proof="pass", message_id="z@alice", to=f"{US}, alice@example.com")
    row = inbox.writes(ALICE, "Re: Contract", "A secret.", proof="pass", in_reply_to="<z@alice>")
    assert (other.ticket_number != first.ticket_number, row.ticket_number) == (True, first.ticket_number)
    assert inbox.comments(other.ticket_number) == []


def test_a_colleague_in_copy_is_not_led_to_a_strangers_ticket_either(inbox: Inbox) -> None:
    for proof_of_alice in ("pass", ""):
        identifier = f"z{proof_of_alice}@alice"
        first = inbox.writes(ALICE, "Contract", proof=proof_of_alice, message_id=identifier, cc="dora@example.com")
        other = inbox.writes(CHARLIE, "Hello", proof="pass", message_id=identifier, cc="dora@example.com")
        row = inbox.writes(DORA, "Re: Contract", "A secret.", proof="pass", in_reply_to=f"<{identifier}>")
        assert row.ticket_number == first.ticket_number
        assert inbox.comments(other.ticket_number) == []


def test_the_id_of_ones_own_later_mail_leads_to_that_one(inbox: Inbox) -> None:
    inbox.writes(CHARLIE, "Hello", message_id="z@shared")
    mine = inbox.writes(ALICE, "Contract", proof="pass", message_id="z@shared")
    row = inbox.writes(ALICE, "Re: Contract", proof="pass", in_reply_to="<z@shared>")
    assert row.ticket_number == mine.ticket_number


def test_the_oldest_of_two_answers_says_where_their_late_original_belongs(inbox: Inbox) -> None:
    words = {"proof": "pass", "in_reply_to": "<late@alice>", "cc": "alice@example.com"}
    first = inbox.writes(DORA, "Re: Contract", **words)
    inbox.writes(CHARLIE, "Re: Contract", **words)
    row = inbox.writes(ALICE, "Contract", proof="pass", message_id="late@alice", cc="dora@example.com, charlie@example.org")
    assert (row.matched_by, row.ticket_number) == ("early_answer", first.ticket_number)


# --- an id that a relay gave our mail (Amazon SES)


def test_an_answer_to_the_id_that_the_relay_gave_our_mail_is_on_the_ticket(inbox: Inbox) -> None:
    first = inbox.writes(ALICE, "Printer", proof="pass")
    named_by_the_relay(inbox, "alice@example.com")
    row = inbox.writes(ALICE, "Re: Printer", proof="pass", in_reply_to=f"<{PEER_ID}@email.amazonses.com>")
    assert (row.matched_by, row.ticket_number) == ("their_thread", first.ticket_number)


def test_whoever_is_not_its_recipient_has_a_ticket_of_their_own(inbox: Inbox) -> None:
    first = inbox.writes(ALICE, "Printer", proof="pass")
    named_by_the_relay(inbox, "alice@example.com")
    row = inbox.writes(CHARLIE, "Re: Printer", proof="pass", in_reply_to=f"<{PEER_ID}@email.amazonses.com>")
    assert (row.matched_by, row.ticket_number != first.ticket_number) == ("stranger", True)


def test_what_we_sent_is_known_by_the_relays_id(inbox: Inbox) -> None:
    inbox.writes(ALICE, "Printer", proof="pass")
    named_by_the_relay(inbox, "alice@example.com", body_text="The lamp is red since Tuesday and the tray is full.")
    text = "Yes, it is.\n\nThe lamp is red since Tuesday and the tray is full."
    row = inbox.writes(ALICE, "Re: Printer", text, proof="pass", in_reply_to=f"<{PEER_ID}@eu-west-1.amazonses.com>")
    (comment,) = inbox.comments(row.ticket_number)
    assert comment.content == "Yes, it is."


def test_an_agent_who_answers_a_note_by_the_relays_id_stays_inside(inbox: Inbox) -> None:
    first = inbox.writes(ALICE, "Printer", proof="pass")
    with inbox.session() as session:
        people.find_or_make(session, "bob@help.test", "Bob").role = Role.AGENT
    named_by_the_relay(inbox, "alice@example.com", purpose=Purpose.NOTE)
    row = inbox.writes(BOB, "Re: Printer", "Between us.", proof="pass", in_reply_to=f"<{PEER_ID}@email.amazonses.com>")
    (comment,) = inbox.comments(row.ticket_number)
    assert (row.ticket_number, comment.internal) == (first.ticket_number, True)


# --- who was taken out of copy


def test_who_was_removed_from_copy_is_not_back_by_answering_the_original(inbox: Inbox) -> None:
    first = inbox.writes(ALICE, "Printer", proof="pass", message_id="z@alice", to=f"{US}, charlie@example.org")
    with inbox.session() as session:
        ticket, charlie = tickets.locked(session, first.ticket_number or 0), people.person_at(session, "charlie@example.org")
        assert ticket is not None and charlie is not None
        participants.remove_cc(session, ticket, charlie, SYSTEM)
    row = inbox.writes(CHARLIE, "Re: Printer", "Still here.", proof="pass", in_reply_to="<z@alice>")
    assert (row.matched_by, row.ticket_number != first.ticket_number) == ("stranger", True)
    assert inbox.comments(first.ticket_number) == []
    assert inbox.links() == [(row.ticket_number, first.ticket_number, "may_belong_to")]


# --- several tokens


def test_the_first_token_decides_and_the_trace_names_the_tickets_of_the_others(inbox: Inbox) -> None:
    one, two = (inbox.writes(ALICE, subject).ticket_number for subject in ("Printer", "Window"))
    to = f"{inbox.token(one, 'alice@example.com')}, {inbox.token(two, 'alice@example.com')}"
    row = inbox.writes(ALICE, "Re: Printer", "Both.", to=to)
    assert (row.ticket_number, row.trace["routed"]["more_tokens_of"]) == (one, [two])
    assert "more_tokens_of" not in inbox.writes(ALICE, "Re: Printer", "One.", to=to.partition(", ")[0]).trace["routed"]


def test_an_id_without_a_local_part_names_no_mail_of_ours(inbox: Inbox) -> None:
    inbox.writes(ALICE, "Printer", proof="pass")
    row = inbox.writes(ALICE, "Re: Printer", proof="pass", in_reply_to="<@email.amazonses.com>, <none@x>")
    assert row.matched_by == "new"
