"""What requesters ask for by mail: solved, reopen, no more mail, me too. Whatever else they write is a message, never a command."""

from __future__ import annotations

import pytest

from helpdesk import participants, people, tickets, upvotes
from helpdesk.addressing import Purpose
from helpdesk.issues import updates
from helpdesk.models import Person, Ticket
from helpdesk.permissions import SYSTEM, Via, viewer_of
from helpdesk.words import SOLVED_SENTENCE
from tests.letters import quoted
from tests.mail_ingest.inbox import ALICE, BOB, CHARLIE, Inbox
from workers import deliver

AN_IMAGE = """\
--frontier
Content-Type: text/plain; charset=utf-8

My problem is solved.

--frontier
Content-Type: image/png
Content-Disposition: {0}; filename="p.png"
Content-ID: <p>
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--frontier--"""


@pytest.fixture
def desk(inbox: Inbox) -> Inbox:
    """Alice's ticket 1, which is bob's, with charlie in copy."""
    with inbox.session() as session:
        bob = people.add_user(session, "bob@help.test", "Bob Builder", "agent")
    inbox.writes(ALICE, "Printer", proof="pass")
    with inbox.session() as session:
        ticket = tickets.locked(session, 1)
        assert ticket is not None
        tickets.assign(session, ticket, session.get_one(Person, bob.id), SYSTEM)
        participants.add_cc(session, ticket, [people.find_or_make(session, "charlie@example.org", "Charlie")], SYSTEM)
    return inbox


def seen(desk: Inbox) -> int:
    """The newest row of the outbox: what comes later has a higher number."""
    return max((one.id for one in desk.sent()), default=0)


def told_since(desk: Inbox, before: int) -> list[tuple[str, str]]:
    return [(one.kind, one.recipient) for one in desk.sent() if one.id > before]


# --- it is solved

SIGNED = [
    SOLVED_SENTENCE,
    "my problem is solved",
    "My problem is solved!",
    "My problem is solved.\n\nAlice",
    "My problem is solved.\n\nBest regards\nAlice",
    "My problem is solved.\n\n-- \nAlice Example\nExample Inc.\n+49 30 123456",
    "My problem is solved.\n\nSent from my iPhone",
    "-- \nAlice",
]


@pytest.mark.parametrize("text", SIGNED)
def test_the_prefilled_mail_resolves_the_ticket_and_is_no_message(desk: Inbox, text: str) -> None:
    before = seen(desk)
    row = desk.writes(ALICE, "Re: [ELM-001] Printer", text, to=desk.token(1, "alice@example.com", Purpose.RESOLVE))
    assert (row.state, row.matched_by, row.trace["result"]["reason"]) == (
        "command", "participant_token", "resolved by its requester",
    )  # fmt: skip
    assert (desk.ticket(1).status, desk.comments(1)) == ("resolved", [])
    (event,) = desk.events(1, "status_changed")
    assert (event.actor_id, event.via) == (desk.ticket(1).requester_id, "email")
    assert told_since(desk, before) == [("requester_status", "bob@help.test")]


def test_what_else_she_writes_is_a_message_and_then_the_ticket_is_resolved(desk: Inbox) -> None:
    before = seen(desk)
    text = "My problem is solved. The invoice still lacks a line.\n\nAnd the fan is loud."
    row = desk.writes(ALICE, "Re: Printer", text, to=desk.token(1, "alice@example.com", Purpose.RESOLVE))
    (comment,) = desk.comments(1)
    assert (row.state, comment.content) == ("comment", "The invoice still lacks a line.\n\nAnd the fan is loud.")
    assert desk.ticket(1).status == "resolved"
    assert told_since(desk, before) == [("participant_comment", "charlie@example.org"), ("comment", "bob@help.test")]


def test_her_thanks_beside_it_are_kept_and_bother_nobody(desk: Inbox) -> None:
    before = seen(desk)
    desk.writes(ALICE, "Re: Printer", "My problem is solved. Thanks a lot!", to=desk.token(1, "alice@example.com", Purpose.RESOLVE))
    assert ([one.content for one in desk.comments(1)], desk.ticket(1).status) == (["Thanks a lot!"], "resolved")
    assert told_since(desk, before) == [("requester_status", "bob@help.test")]


@pytest.mark.parametrize("text", ["It still burns.", "#resolved", "My problem is solved? No!", "Is my problem is solved."])
def test_an_address_that_was_kept_solves_nothing_without_the_sentence(desk: Inbox, text: str) -> None:
    row = desk.writes(ALICE, "Printer again", text, to=desk.token(1, "alice@example.com", Purpose.RESOLVE))
    assert (row.state, desk.ticket(1).status, [one.content for one in desk.comments(1)]) == ("comment", "open", [text])


@pytest.mark.parametrize("status", ["resolved", "closed"])
def test_on_a_ticket_that_is_done_it_changes_nothing_and_tells_nobody(desk: Inbox, status: str) -> None:
    desk.put(1, status)
    before = seen(desk)
    for _ in range(3):
        row = desk.writes(ALICE, "Re: Printer", SOLVED_SENTENCE, to=desk.token(1, "alice@example.com", Purpose.RESOLVE))
        assert (row.state, row.trace["result"]["reason"]) == ("command", "it was resolved already")
    assert (desk.ticket(1).status, desk.comments(1), told_since(desk, before)) == (status, [], [])


@pytest.mark.parametrize("status", ["resolved", "closed"])
def test_words_beside_it_on_a_ticket_that_is_done_are_told_and_reopen_nothing(desk: Inbox, status: str) -> None:
    desk.put(1, status)
    before = seen(desk)
    text = "My problem is solved.\nThe invoice lacks a line."
    desk.writes(ALICE, "Re: Printer", text, to=desk.token(1, "alice@example.com", Purpose.RESOLVE))
    assert (desk.ticket(1).status, [one.content for one in desk.comments(1)]) == (status, ["The invoice lacks a line."])
    assert ("comment", "bob@help.test") in told_since(desk, before)


def test_it_opens_no_new_ticket_when_the_old_one_is_closed_for_good(desk: Inbox) -> None:
    desk.put(1, "closed")
    with desk.session() as session:
        ticket = session.get_one(Ticket, 1)
        ticket.closed_at = ticket.created_at.replace(year=2020)
    row = desk.writes(ALICE, "Re: Printer", SOLVED_SENTENCE, to=desk.token(1, "alice@example.com", Purpose.RESOLVE))
    assert (row.state, row.ticket_number) == ("command", 1)
    row = desk.writes(ALICE, "Re: Printer", "It burns again.", to=desk.token(1, "alice@example.com", Purpose.RESOLVE))
    assert (row.state, row.ticket_number, desk.ticket(1).status) == ("ticket", 2, "closed")


def test_somebody_in_copy_resolves_nothing(desk: Inbox) -> None:
    for to in (desk.token(1, "charlie@example.org", Purpose.RESOLVE), desk.token(1, "alice@example.com", Purpose.RESOLVE)):
        row = desk.writes(CHARLIE, "Re: Printer", SOLVED_SENTENCE, to=to)
        assert row.state == "comment"
    assert desk.ticket(1).status == "open"
    assert [one.content for one in desk.comments(1)] == [SOLVED_SENTENCE] * 2


def test_a_stranger_with_her_link_and_a_disowned_sender_resolve_nothing(desk: Inbox) -> None:
    hers = desk.token(1, "alice@example.com", Purpose.RESOLVE)
    assert desk.writes("Mallory <mallory@example.net>", "x", SOLVED_SENTENCE, to=hers).matched_by == "forwarded_token"
    assert desk.writes(ALICE, "x", SOLVED_SENTENCE, to=hers, proof="fail").matched_by == "failed_sender"
    assert desk.ticket(1).status == "open"
    assert {one.state for one in desk.comments(1)} == {"pending"}


@pytest.mark.parametrize("mark", [{"auto_submitted": "auto-replied"}, {"auto_submitted": "auto-generated"}, {"precedence": "bulk"}])
@pytest.mark.parametrize("purpose", [Purpose.RESOLVE, Purpose.UNSUBSCRIBE])
def test_a_machine_asks_for_nothing(desk: Inbox, mark: dict[str, str], purpose: Purpose) -> None:
    desk.writes(ALICE, "Re: Printer", SOLVED_SENTENCE, to=desk.token(1, "alice@example.com", purpose), **mark)
    assert (desk.ticket(1).status, desk.events(1, "unsubscribed")) == ("open", [])


def test_an_agent_who_uses_the_link_resolves_as_an_agent_and_the_sentence_is_not_posted(desk: Inbox) -> None:
    row = desk.writes(BOB, "Re: Printer", SOLVED_SENTENCE, to=desk.token(1, "bob@help.test", Purpose.RESOLVE), proof="pass")
    assert (row.matched_by, row.state, desk.ticket(1).status) == ("staff_token", "command", "resolved")
    assert desk.comments(1) == []


@pytest.mark.parametrize(("disposition", "messages"), [("attachment", ["(no text)"]), ("inline", [])])
def test_a_file_is_a_message_and_the_picture_of_a_signature_is_none(desk: Inbox, disposition: str, messages: list[str]) -> None:
    to = desk.token(1, "alice@example.com", Purpose.RESOLVE)
    desk.writes(ALICE, "Re: Printer", AN_IMAGE.format(disposition), to=to, content_type='multipart/related; boundary="frontier"')
    assert (desk.ticket(1).status, [one.content for one in desk.comments(1)]) == ("resolved", messages)


# --- reopen


@pytest.mark.parametrize("text", ["reopen", "Reopen", "REOPEN!", "“reopen”", "re-open.", "reopen\n\nAlice"])
@pytest.mark.parametrize("status", ["resolved", "closed"])
def test_the_word_reopens_and_is_an_event_only(desk: Inbox, text: str, status: str) -> None:
    desk.put(1, status)
    before = seen(desk)
    row = desk.writes(ALICE, "Re: Printer", text, to=desk.token(1, "alice@example.com"))
    assert (row.state, desk.ticket(1).status, desk.comments(1)) == ("command", "in_progress", [])
    assert desk.events(1, "status_changed")[-1].data["reopened"] is True
    assert told_since(desk, before) == [("requester_status", "bob@help.test")]


@pytest.mark.parametrize("text", ["Please reopen", "reopen, thanks", "It burns again, reopen it"])
def test_words_beside_it_make_it_a_message_that_reopens(desk: Inbox, text: str) -> None:
    desk.put(1, "resolved")
    desk.writes(ALICE, "Re: Printer", text, to=desk.token(1, "alice@example.com"))
    assert (desk.ticket(1).status, [one.content for one in desk.comments(1)]) == ("in_progress", [text])


def test_it_is_a_message_from_whom_only_a_guessed_number_speaks_for_and_from_somebody_in_copy(desk: Inbox) -> None:
    for sender, to in ((ALICE, "support@help.test"), (CHARLIE, desk.token(1, "charlie@example.org"))):
        desk.put(1, "resolved")
        desk.writes(sender, "Re: [ELM-001] Printer", "reopen", to=to)
        assert desk.ticket(1).status == "in_progress"
    assert [one.content for one in desk.comments(1)] == ["reopen", "reopen"]


def test_the_word_reopens_five_times_a_day_and_then_is_a_message_that_reopens_nothing(desk: Inbox) -> None:
    for _ in range(6):
        desk.put(1, "resolved")
        desk.writes(ALICE, "Re: Printer", "reopen", to=desk.token(1, "alice@example.com"))
    assert (desk.ticket(1).status, len(desk.comments(1)), len(desk.events(1, "not_reopened"))) == ("resolved", 1, 1)


def test_on_an_open_ticket_it_is_a_message(desk: Inbox) -> None:
    desk.writes(ALICE, "Re: Printer", "reopen", to=desk.token(1, "alice@example.com"))
    assert [one.content for one in desk.comments(1)] == ["reopen"]


@pytest.mark.parametrize("text", ["#resolved", "#close\n\nNow!", "/status closed", "#spam"])
def test_a_command_line_of_hers_is_plain_text(desk: Inbox, text: str) -> None:
    desk.writes(ALICE, "Re: Printer", text, to=desk.token(1, "alice@example.com"), proof="pass")
    assert (desk.ticket(1).status, [one.content for one in desk.comments(1)]) == ("open", [text])


# --- no more mail


@pytest.mark.parametrize("text", ["", "unsubscribe", "Leave", "\n-- \nCharlie"])
def test_somebody_in_copy_leaves(desk: Inbox, text: str) -> None:
    row = desk.writes(CHARLIE, "leave", text, to=desk.token(1, "charlie@example.org", Purpose.UNSUBSCRIBE))
    assert (row.state, desk.taking_part(1), desk.comments(1)) == ("command", {"alice"}, [])
    (event,) = desk.events(1, "cc_removed")
    assert event.data["address"] == "charlie@example.org"
    again = desk.writes(CHARLIE, "leave", "leave", to=desk.token(1, "charlie@example.org", Purpose.UNSUBSCRIBE))
    assert again.matched_by == "new", "a token of somebody who left is none"


def test_last_words_of_somebody_who_leaves_are_posted(desk: Inbox) -> None:
    desk.writes(CHARLIE, "leave", "Wrong Charlie, ask Carl.", to=desk.token(1, "charlie@example.org", Purpose.UNSUBSCRIBE))
    assert (desk.taking_part(1), [one.content for one in desk.comments(1)]) == ({"alice"}, ["Wrong Charlie, ask Carl."])


def test_the_requester_stays_and_gets_an_agents_own_words_only(desk: Inbox) -> None:
    for _ in range(2):
        row = desk.writes(ALICE, "leave", "", to=desk.token(1, "alice@example.com", Purpose.UNSUBSCRIBE))
        assert row.state == "command"
    assert (desk.taking_part(1), len(desk.events(1, "unsubscribed"))) == ({"alice", "charlie"}, 1)
    before = seen(desk)
    desk.writes(BOB, "Re: Printer", "Use water.", to=desk.token(1, "bob@help.test"), proof="pass")
    desk.put(1, "resolved")
    desk.writes(CHARLIE, "Re: Printer", "Mine burns too.", to=desk.token(1, "charlie@example.org"))
    desk.put(1, "resolved")
    desk.writes(ALICE, "Re: Printer", "Thank you!", to=desk.token(1, "alice@example.com"))
    assert [kind for kind, to in told_since(desk, before) if to == "alice@example.com"] == ["reply"]


# --- me too


def update_of(desk: Inbox) -> str:
    """Ticket 1 is a known issue that erin follows; it is resolved, and the Message-ID of her mail about it is given."""
    with desk.session() as session:
        ticket = tickets.locked(session, 1)
        assert ticket is not None
        tickets.edit(session, ticket, SYSTEM, is_public=True)
        erin = people.find_or_make(session, "erin@example.com", "Erin")
        upvotes.add(session, 1, erin, viewer_of(erin, Via.WEB))
        erin.addresses[0].verified_at = ticket.created_at
        tickets.change_status(session, ticket, "resolved", SYSTEM)
    with desk.session() as session:
        assert updates.write_due(session) == 1
    (mail,) = desk.sent("issue_update")
    deliver.one(desk.tools.house, mail.id)
    (mail,) = desk.sent("issue_update")
    assert mail.state == "captured" and b"alice" not in (mail.mime or b"").lower()
    return f"<{mail.message_id}>"


def votes(desk: Inbox) -> int:
    return desk.ticket(1).upvotes


DAVE = "Dave <dave@example.net>"


@pytest.mark.parametrize("text", ["+1", "+ 1", "me too", "Me too!", "+1\n\nDave", "+1\n\n" + quoted("Printer\n\nIt is solved.")])
def test_plus_one_to_the_mail_about_a_known_issue_is_a_me_too_of_its_sender_once(desk: Inbox, text: str) -> None:
    answers = update_of(desk)
    before = seen(desk)
    for reason in ("a “me too”, counted", "a “me too” that is counted already"):
        row = desk.writes(DAVE, "Re: [ELM-001] Printer", text, proof="pass", in_reply_to=answers)
        assert (row.state, row.ticket_number, row.trace["result"]["reason"]) == ("command", 1, reason)
    assert (votes(desk), desk.comments(1), desk.taking_part(1)) == (2, [], {"alice", "charlie"})
    assert told_since(desk, before) == []


def test_a_me_too_of_an_address_that_is_not_proved_is_not_counted(desk: Inbox) -> None:
    row = desk.writes(DAVE, "Re: [ELM-001] Printer", "+1", in_reply_to=update_of(desk))
    assert (row.state, row.trace["result"]["reason"]) == ("ignored", "a “me too” of an address that is not proved: not counted")
    assert votes(desk) == 1


@pytest.mark.parametrize("text", ["+1 for a fix", "+2", "me too, on Linux", "It still burns.", "#resolved"])
def test_anything_else_is_a_request_of_its_own_that_may_belong_there(desk: Inbox, text: str) -> None:
    written = text + "\n\n" + quoted("Printer\n\nIt is solved.")
    row = desk.writes(DAVE, "Re: [ELM-001] Printer", written, proof="pass", in_reply_to=update_of(desk))
    assert (row.state, row.matched_by, row.ticket_number, votes(desk)) == ("ticket", "stranger", 2, 1)
    assert desk.links() == [(2, 1, "may_belong_to")]
    assert desk.ticket(2).description.startswith(text) and "It is solved." in desk.ticket(2).description


def test_plus_one_to_anything_else_is_text(desk: Inbox) -> None:
    update_of(desk)
    row = desk.writes(DAVE, "Re: [ELM-001] Printer", "+1", proof="pass", in_reply_to=f"<{desk.ours(1)}>")
    assert (row.state, row.ticket_number, votes(desk)) == ("ticket", 2, 1)


def test_a_machine_has_no_me_too(desk: Inbox) -> None:
    answers = update_of(desk)
    desk.writes(DAVE, "Re: Printer", "+1", proof="pass", in_reply_to=answers, auto_submitted="auto-replied")
    assert votes(desk) == 1
