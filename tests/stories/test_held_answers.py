"""An agent's mail that was held is settled by their reply to what we said of it; and what was sent is taken back by `#undo`."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from tests.letters import letter
from tests.smtp_sink import Received
from tests.stories.commands_world import EVE, TELEPHONE, Case, Office, plain
from tests.stories.ladder_mails import judged, proved, reply_to
from tests.stories.ladder_world import BOB

BAD = "#resovled\n#priority high\n\nPut it out."
PUT_OUT = [("public", "Put it out.")]


@pytest.fixture(autouse=True)
def _an_hour_later(office: Office) -> None:
    office.hours_pass()


def holds(office: Office, text: str = BAD, wanted: str = "command_error", case: Case | None = None) -> tuple[Case, Received]:
    """A ticket with a mail of Bob's that is held, and what he was told of it."""
    case = case or office.case()
    assert office.answers(case, text) == "held"
    return case, case.newest(BOB, wanted)


def settles(office: Office, ours: Received, text: str, sender: str = BOB) -> str:
    """An agent replies to what we said of a held mail; gives the state of the reply once the held one was processed again."""
    return office.posts([office.answer(ours, text, sender=sender)])[0][0]


# --- the corrected lines, #send, #send all, #discard

AN_HOUR = 5  # as many error answers an agent gets
SETTLED: list[tuple[str, str, str, str, list[tuple[str, str]]]] = [
    (BAD, "#resolved", "resolved", "high", PUT_OUT),
    (BAD, "#Resolved\n#tag fire", "resolved", "high", PUT_OUT),
    (BAD, "#send", "in_progress", "high", PUT_OUT),
    (BAD, "#discard", "open", "medium", []),
    ("Put it out.\n\n#closed\n\nReally.", "#closed", "closed", "medium", [("public", "Put it out.\n\n\nReally.")]),
    ("#assign nobody\n#macro nothing\n\nPut it out.", "#assign none\n#macro restart", "in_progress", "medium",
     [("public", "Restart it, Alice.\n\nPut it out.")]),
    ("Put it out.\n\n#closed\n\nReally.", "#send", "in_progress", "medium", [("public", "Put it out.\n\n\nReally.")]),
    ("#resovled", "#send", "open", "medium", []),
]  # fmt: skip


@dataclass(frozen=True)
class Settled:
    """A held mail that was settled: its ticket, what became of the reply, and what was mailed because of it."""

    case: Case
    state: str
    told: dict[str, list[str]]


@pytest.fixture(scope="module")
def settled(office: Office) -> list[Settled]:
    """All of SETTLED, at once."""
    cases = office.opens(*("Printer" for _ in SETTLED))
    for start in range(0, len(SETTLED), AN_HOUR):
        office.hours_pass()
        wave = slice(start, start + AN_HOUR)
        office.posts([office.answer(case.notice, text) for case, (text, *_) in zip(cases[wave], SETTLED[wave], strict=True)])
    told, mark = [case.newest(BOB, "command_error") for case in cases], office.mark
    states = office.posts([office.answer(ours, reply) for ours, (_, reply, *_) in zip(told, SETTLED, strict=True)])
    return [Settled(case, state, case.told(mark)) for case, (state, _) in zip(cases, states, strict=True)]


@pytest.mark.parametrize("number", range(len(SETTLED)), ids=[f"{text} | {reply}" for text, reply, *_ in SETTLED])
def test_a_reply_to_what_was_wrong_settles_the_mail(settled: list[Settled], number: int) -> None:
    *_, status, priority, said = SETTLED[number]
    one = settled[number]
    now = one.case.fields()
    assert (one.state, now["status"], now["priority"], one.case.said()) == ("command", status, priority, said)
    assert one.told == ({"alice": ["reply"]} if said else {})


def test_a_correction_that_is_wrong_too_is_asked_again(office: Office) -> None:
    case, told = holds(office)
    settles(office, told, "#reslovd")
    again = case.newest(BOB, "command_error")
    assert "Line 1: #reslovd" in plain(again)
    settles(office, again, "#resolved")
    assert (case.fields()["status"], case.said()) == ("resolved", PUT_OUT)


def test_a_reply_with_words_is_a_mail_of_its_own_and_its_writer_hears_that_the_held_one_waits(office: Office) -> None:
    case, told = holds(office)
    assert settles(office, told, "Use sand.") == "comment"
    assert case.said() == [("public", "Use sand.")]
    assert "still waits: reply #send or #discard" in plain(case.newest(BOB, "receipt"))
    settles(office, told, "#discard")


def test_send_all_sends_every_held_mail_of_the_agent(office: Office) -> None:
    with office.ladder.colleague(EVE):
        cases = office.opens("Printer", "Scanner", agent=EVE)
        held = office.posts([office.answer(case.notice, BAD, sender=EVE) for case in cases])
        assert [state for state, _ in held] == ["held", "held"]
        settles(office, cases[0].newest(EVE, "command_error"), "#send all", EVE)
        assert [case.said() for case in cases] == [PUT_OUT, PUT_OUT]


def test_what_was_settled_or_is_nobodys_waits_no_more(office: Office) -> None:
    case, told = holds(office)
    settles(office, told, "#discard")
    for text in ("#send", "#discard"):
        settles(office, told, text)
        assert "waits no more" in plain(case.newest(BOB, "receipt"))
    assert case.said() == []


def test_after_48_hours_it_is_too_late_to_settle_it_by_mail(office: Office) -> None:
    case, told = holds(office)
    office.ladder.rows.execute(
        "update inbound_mail set processed_at = processed_at - interval '49 hours' where state = 'held' and ticket_number = %s",
        (case.number,),
    )
    for text in ("#send", "#resolved", "#discard"):
        settles(office, told, text)
        said = plain(case.newest(BOB, "receipt"))
        assert said.startswith(f"Nothing was done on {case.tag}:")
        assert "more than 48 hours" in said
    assert (case.fields()["status"], case.said()) == ("open", [])


# --- somebody wrote meanwhile


@pytest.mark.parametrize(("reply", "said"), [("#send", PUT_OUT), ("#discard", [])])
def test_an_answer_waits_when_the_requester_wrote_meanwhile_and_its_agent_gets_the_difference(
    office: Office, reply: str, said: list[tuple[str, str]]
) -> None:
    case = office.case()
    office.requester_writes(case, "Never mind: it is out.")
    came, mark = case.said(), office.mark
    _, told = holds(office, "#resolved\n\nPut it out.", "newer_message", case)
    assert (case.told(mark), case.said()) == ({"bob": ["newer_message"]}, came)
    assert "Never mind: it is out." in plain(told)
    settles(office, told, reply)
    assert case.said() == [*came, *said]
    assert case.fields()["status"] == ("resolved" if said else "open")
    assert case.told(mark).get("alice") == (["reply"] if said else None)


def test_what_came_after_the_difference_is_asked_about_again_and_a_note_never_waits(office: Office) -> None:
    case = office.case()
    office.requester_writes(case, "It burns higher.")
    _, told = holds(office, "Put it out.", "newer_message", case)
    office.requester_writes(case, "Never mind: it is out.")
    settles(office, told, "#send")
    again = plain(case.newest(BOB, "newer_message"))
    assert ("It burns higher." in again.partition("Your answer that waits")[0], "Never mind" in again) == (False, True)
    assert office.answers(case, "#note\n\nBETWEENUS she is calm.") == "comment"
    settles(office, case.newest(BOB, "newer_message"), "#send")
    assert case.said()[-1] == PUT_OUT[0]


# --- is this your signature?

CARD = f"Bob Builder\nWizard of the Helpdesk\nTel. {TELEPHONE}"
WISHED = "Fire Department\nTel. +49 30 112\nMain Street 1"


@pytest.mark.parametrize(
    ("block", "reply", "said"),
    [(CARD, "#send", "Put it out."), (WISHED, "#send whole", f"Put it out.\n\n{WISHED}"), (CARD, "#discard", None)],
)
def test_what_may_be_a_signature_is_asked_about_once(office: Office, block: str, reply: str, said: str | None) -> None:
    with office.ladder.colleague(EVE):
        office.prefers(EVE, signature="")
        case = office.case(agent=EVE)
        unsigned = unsigned_answer(case, f"Put it out.\n\n{block}")
        assert office.posts([unsigned])[0][0] == "held"
        told = case.newest(EVE, "maybe_signature")
        assert (block in plain(told), case.said()) == (True, [])
        settles(office, told, reply, EVE)
        assert case.said() == ([("public", said)] if said else [])
        if said:
            # the second time it is known
            later = office.case(agent=EVE)
            assert office.posts([unsigned_answer(later, f"Put it out.\n\n{block}")])[0][0] == "comment"
            assert later.said() == [("public", said)]


def unsigned_answer(case: Case, text: str) -> tuple[bytes, str]:
    """An answer of Eve's in which nothing marks where the signature begins."""
    to, named = reply_to(case.notice), str(case.notice.message["Message-ID"])
    return judged(letter(EVE, to, f"Re: [{case.tag}]", text, in_reply_to=named), proved(EVE)), to


# --- taken back


def test_within_the_undo_minutes_undo_takes_the_answer_back_before_anybody_got_it(office: Office) -> None:
    with office.ladder.colleague(EVE):
        office.prefers(EVE, undo_minutes=5)
        case = office.case(agent=EVE)
        before, mark = case.fields(), office.mark
        assert office.answers(case, "#resolved\n#tag fire\n\nPut it out.", sender=EVE) == "comment"
        assert (case.told(mark), case.fields()["status"]) == ({"eve": ["receipt"]}, "resolved")
        receipt = plain(case.newest(EVE, "receipt"))
        assert re.search(r"Your answer goes to Alice\b.*It leaves at .*reply #undo to take it back", receipt, re.DOTALL), receipt
        settles(office, case.newest(EVE, "receipt"), "#undo", EVE)
        assert "nobody got it" in plain(case.newest(EVE, "receipt"))
        assert (case.fields(), case.said()) == (before, [])
        waiting = office.ladder.rows.execute("select 1 from outbox where state = 'queued' and ticket_number = %s", (case.number,))
        assert (case.told(mark), waiting.fetchall()) == ({"eve": ["receipt"] * 2}, [])
        settles(office, case.newest(EVE, "receipt"), "#undo", EVE)
        assert "Nothing was done" in plain(case.newest(EVE, "receipt"))
        office.prefers(EVE, undo_minutes=0)


def test_an_answer_that_left_stays_and_undo_takes_back_what_it_changed(office: Office) -> None:
    case = office.case()
    office.answers(case, "#resolved\n#tag fire\n\nPut it out.")
    mark = office.mark
    office.answers(case, "#undo")
    assert "The mail has left" in plain(case.newest(BOB, "receipt"))
    now = case.fields()
    assert (now["status"], now["tags"], case.said()) == ("open", [], PUT_OUT)
    assert case.told(mark) == {"bob": ["receipt"], "alice": ["status"]}


# --- receipts


@pytest.mark.parametrize(
    ("receipts", "told"),
    [
        ("errors", []),
        ("commands", ["#priority high"]),
        ("always", ["Your answer goes to Alice.", "#priority high", "Your note is"]),
    ],
)
def test_a_receipt_is_sent_as_its_agent_wants_it(office: Office, receipts: str, told: list[str]) -> None:
    with office.ladder.colleague(EVE):
        office.prefers(EVE, receipts=receipts)
        case = office.case(agent=EVE)
        mark = office.mark
        for text in ("Put it out.", "#priority high", "#note\n\nBETWEENUS she is calm."):
            office.answers(case, text, sender=EVE)
        came = [plain(one).split("\n")[1] for one in case.mails(mark, to=EVE)]
        assert len(came) == {"errors": 0, "commands": 2, "always": 3}[receipts]
        assert all(any(line in one for one in came) for line in told), came
        office.prefers(EVE, receipts="errors")


def test_only_the_agent_who_wrote_a_held_mail_settles_it(office: Office) -> None:
    case, told = holds(office)
    with office.ladder.colleague(EVE):
        notice = office.mentions(case, EVE, "BETWEENUS look.")
        named = str(told.message["Message-ID"])
        for text in ("#send", "#resolved", "#send all", "#discard"):
            raw, to = office.answer(notice, text, sender=EVE)
            office.posts([(raw.replace(str(notice.message["Message-ID"]).encode(), named.encode()), to)])
        assert [said for said in case.said() if said[0] == "public"] == []
    settles(office, told, "#send")
    assert case.said()[-1] == PUT_OUT[0]


def test_a_customer_commands_nothing(office: Office) -> None:
    case = office.case()
    before = case.fields()
    office.requester_writes(case, "#closed\n#priority high\n\nIt burns.\n\n#spam")
    assert case.fields() == before
    assert case.said() == [("public", "#closed\n#priority high\n\nIt burns.\n\n#spam")]


def test_nothing_of_the_agents_is_in_any_mailbox_of_a_customer(office: Office) -> None:
    assert office.leaks() == []
