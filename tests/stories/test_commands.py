"""An agent works by mail over real SMTP: each command, each refusal, each default; and nothing of the agent reaches a requester."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from selectolax.lexbor import LexborHTMLParser

from mail_ingest.command_table import COMMANDS
from tests.letters import letter
from tests.smtp_sink import Received
from tests.stories.commands_play import Played, filled, play, third
from tests.stories.commands_stories import DESTRUCTIVE, DONE, MERGED, REFUSED, Story
from tests.stories.commands_world import ASKED, DORA, TELEPHONE, Case, Office, actions, plain
from tests.stories.ladder_mails import judged, proved, spec
from tests.stories.ladder_world import BOB

AT_ONCE = 5  # as many error answers an agent gets in an hour


def test_every_command_of_the_table_has_a_story_that_does_it() -> None:
    told = "\n".join(f"{story.first}\n{story.text}" for story in DONE).replace("{other}", "ELM-1").replace("{third}", "c@x.example")
    done = {found[1].lower() for line in told.split("\n") if (found := re.match(r"[#/]([A-Za-z]+)", line))}
    assert [rule.name for rule in COMMANDS if not done & {rule.name, *rule.aliases}] == []
    assert {rule.name for rule in COMMANDS if rule.destructive} == {text.partition(" ")[0].strip("#") for text, _ in DESTRUCTIVE}


# --- what is done


@pytest.fixture(scope="module")
def done(office: Office) -> dict[str, Played]:
    """All stories of DONE, played."""
    played = play(office, [one.text for one in DONE], firsts=[one.first for one in DONE], proofs=[one.proof for one in DONE])
    return {story.name: one for story, one in zip(DONE, played, strict=True)}


@pytest.mark.parametrize("story", DONE, ids=[one.name.replace("\n", " / ") for one in DONE])
def test_an_agents_mail_does_what_it_says_and_tells_who_must_know(done: dict[str, Played], story: Story) -> None:
    played = done[story.name]
    case = played.case
    assert played.state == ("comment" if story.said and MERGED not in story.said[0] else "command")
    changed = {name: value for name, value in case.fields().items() if value != played.before[name]}
    assert changed == story.changes
    assert case.said() == [(audience, filled(text, case, played.other)) for audience, text in story.said]
    assert played.told == story.told


# --- what is not


@pytest.fixture(scope="module")
def held(office: Office) -> dict[str, Played]:
    """All mails of REFUSED, as many at a time as are answered within an hour; they leave their tickets as they were."""
    played, cases = dict[str, Played](), office.opens(*(f"Printer {n}" for n in range(AT_ONCE)))
    for start in range(0, len(REFUSED), AT_ONCE):
        texts = [text for text, *_ in REFUSED[start : start + AT_ONCE]]
        office.hours_pass()
        played |= zip(texts, play(office, [f"{text}\n\nPut it out." for text in texts], cases), strict=True)
    return played


@pytest.mark.parametrize(("text", "line", "why", "meant"), REFUSED, ids=[text.replace("\n", " / ") for text, *_ in REFUSED])
def test_a_mail_with_a_line_that_cannot_be_done_is_held_and_only_its_writer_is_told_which_and_why(
    held: dict[str, Played], text: str, line: str, why: str, meant: str | None
) -> None:
    played = held[text]
    case = played.case
    assert (played.state, case.fields(), case.said()) == ("held", played.before, [])
    assert played.told == {"bob": ["command_error"]}
    said = plain(played.mails[0])
    first, _, rest = said.partition("\n")
    assert first == f"Your mail on {case.tag} was held: nothing was posted and no command ran."
    assert rest.startswith("Fix: reply with the corrected lines only")
    shown = re.search(rf"^Line \d+: {re.escape(filled(line, case, played.other))}\n    (.*)$", said, re.MULTILINE)
    assert shown is not None, said
    assert why in shown[1]
    assert shown[1].endswith(f". Did you mean {meant}?") if meant else "Did you mean #" not in shown[1]
    assert "Put it out." in said, "the text comes back"


def test_all_bad_lines_of_a_mail_are_told_at_once(office: Office) -> None:
    office.hours_pass()
    case = office.case()
    assert office.answers(case, "#resovled\n#priority high\n#assign nobody-here\n\nHello.\n\n#take\n\nBye.") == "held"
    assert re.findall(r"^Line (\d+)", plain(case.newest(BOB, "command_error")), re.MULTILINE) == ["1", "3", "7"]


def test_the_sixth_mistake_of_an_hour_is_held_as_well_and_not_answered(office: Office) -> None:
    office.hours_pass()
    case = office.case()
    mark = office.mark
    states = office.posts([office.answer(case.notice, f"#resovled\n\nNumber {n}.") for n in range(AT_ONCE + 1)])
    assert [state for state, _ in states] == ["held"] * 6
    assert case.told(mark) == {"bob": ["command_error"] * AT_ONCE}


def test_an_agent_who_may_no_more_see_the_ticket_learns_nothing_of_it(office: Office) -> None:
    office.hours_pass()
    case, mark = office.case("Payroll"), office.mark
    office.ladder.rows.execute("update tickets set restricted = true, title = 'Payroll of all' where number = %s", (case.number,))
    assert office.answers(case, "#show") == "held"
    (told,) = office.ladder.sink.received[mark:]
    assert (told.rcpt_to, told.message["X-Helpdesk-Ticket"]) == ((spec(BOB),), None)
    assert "There is no such ticket." in plain(told)
    assert b"of all" not in told.content


def test_a_merge_into_a_ticket_that_the_agent_may_not_see_says_what_a_number_that_is_nobodys_says(office: Office) -> None:
    office.hours_pass()
    case, secret = office.opens("Printer", "Payroll")
    office.ladder.rows.execute("update tickets set restricted = true where number = %s", (secret.number,))
    assert office.answers(case, f"#merge {secret.tag}") == "held"
    assert f"There is no ticket {secret.tag.replace('-0', '-').replace('-0', '-')}." in plain(case.newest(BOB, "command_error"))


# --- what cannot be taken back


@pytest.fixture(scope="module")
def unproved(office: Office) -> dict[str, Played]:
    """What reaches further, asked for by mails that nothing but the reply address proves."""
    office.hours_pass()
    texts = [text for text, _ in DESTRUCTIVE]
    return dict(zip(texts, play(office, texts, proofs=[False] * len(texts)), strict=True))


@pytest.mark.parametrize(("text", "changes"), DESTRUCTIVE, ids=[text for text, _ in DESTRUCTIVE])
def test_what_cannot_be_taken_back_waits_for_its_agent_to_press_a_button(
    office: Office, unproved: dict[str, Played], text: str, changes: dict[str, Any]
) -> None:
    played = unproved[text]
    case = played.case
    assert (played.state, played.told) == ("held", {"bob": ["confirm_commands"]})
    link = re.search(r"https?://\S+/confirm-mail/\S+", plain(played.mails[0]))
    assert link is not None
    with httpx2.Client() as anybody:
        for _ in range(2):
            page = anybody.get(link[0])
            assert page.status_code == 200
        office.quiet()
        assert (case.fields(), case.said()) == (played.before, []), "to look at the link does nothing"
        tree = LexborHTMLParser(page.text)
        hidden = {one.attributes["name"] or "": one.attributes["value"] or "" for one in tree.css("main form input[type=hidden]")}
        assert anybody.post(link[0], data=hidden).status_code == 303
    office.quiet()
    assert {name: value for name, value in case.fields().items() if value != played.before[name]} == changes
    assert third(case) in str(case.ladder.page(case.tag).in_copy) or "cc" not in text


# --- what a bare reply is


NOTE = "BETWEENUS she never pays, and her boss knows."
DEFAULTS = [
    ("assignment", "Put it out.", "public", "Put it out."),
    ("comment", "Put it out.", "public", "Put it out."),
    ("comment", "#note\n\nBETWEENUS wait.", "note", "BETWEENUS wait."),
    ("note", "BETWEENUS wait.", "note", "BETWEENUS wait."),
    ("note", "#resolved\n\nBETWEENUS wait.", "note", "BETWEENUS wait."),
    ("note", "#reply\n\nPut it out.", "public", "Put it out."),
    ("note", f"#reply\n\n> @dora {NOTE}\n\nPut it out.", "public", "Put it out."),
    ("show", "BETWEENUS wait.", "note", "BETWEENUS wait."),
]


@dataclass(frozen=True)
class Replied:
    """Dora's reply to a notice, and what came of it."""

    case: Case
    notice: Received
    before: list[tuple[str, str]]
    mails: list[Received]


@pytest.fixture(scope="module")
def replied(office: Office) -> list[Replied]:
    """All of DEFAULTS: Dora has each kind of notice, and replies to all of them."""
    cases = office.opens(*("Printer" for _ in DEFAULTS))
    pairs = [(case, how) for case, (how, *_) in zip(cases, DEFAULTS, strict=True)]
    office.posts([office.answer(case.notice, "#assign dora") for case, how in pairs if how != "note"])
    for case, how in pairs:
        if how in ("note", "show"):
            office.mentions(case, DORA, NOTE)
        if how == "comment":
            office.requester_writes(case, "It burns higher.")
    office.posts([office.answer(case.newest(DORA, "assignment"), "#show", sender=DORA) for case, how in pairs if how == "show"])
    notices, before, mark = [case.newest(DORA, how) for case, how in pairs], [case.said() for case in cases], office.mark
    office.posts([office.answer(ours, text, sender=DORA) for ours, (_, text, *_) in zip(notices, DEFAULTS, strict=True)])
    return [
        Replied(case, ours, said, case.mails(mark, to=case.requester))
        for case, ours, said in zip(cases, notices, before, strict=True)
    ]


@pytest.mark.parametrize("number", range(len(DEFAULTS)), ids=[f"{how} | {text}" for how, text, *_ in DEFAULTS])
def test_the_notice_says_what_a_reply_becomes_and_note_and_reply_turn_it_round(replied: list[Replied], number: int) -> None:
    how, text, audience, said = DEFAULTS[number]
    one = replied[number]
    promised = plain(one.notice).split("\n")[1]
    assert promised.startswith("Your reply becomes an internal note" if how in ("note", "show") else "Your reply goes to Alice")
    assert one.case.said() == [*one.before, (audience, said)]
    hers = [plain(mail) for mail in one.mails]
    resolved = "#resolved" in text
    assert len(hers) == (audience == "public") + resolved
    assert hers == [] or resolved or hers[0].startswith(f"{said}\n")
    assert "BETWEENUS" not in "".join(hers)


# --- one touch


def test_take_resolve_and_note_do_what_they_say_when_a_mail_program_sends_them_as_they_are(office: Office) -> None:
    case = office.case("Printer & scanner")
    offered = actions(case.notice)
    assert list(offered) == ["Take", "Resolve", "Note"]
    assert {subject for _, subject, _ in offered.values()} == {str(case.notice.message["Subject"])}
    done = []
    for label in ("Take", "Resolve", "Note"):
        to, subject, body = offered[label]
        written = body + ("BETWEENUS she never pays." if label == "Note" else "")
        mark = office.mark
        signed = f"{written}\n\n-- \nBob Builder, Wizard\nT {TELEPHONE}"
        office.posts([(judged(letter(BOB, to, subject, signed), proved(BOB)), to)])
        done.append((label, case.fields()["assignee"], case.fields()["status"], case.said(), case.told(mark)))
    note = ("note", "BETWEENUS she never pays.")
    assert done == [
        ("Take", "bob", "open", [], {}),
        ("Resolve", "bob", "resolved", [], {"alice": ["status"]}),
        ("Note", "bob", "resolved", [note], {}),
    ]


def test_what_else_stands_in_a_prefilled_mail_is_a_note(office: Office) -> None:
    case = office.case()
    to, subject, body = actions(case.notice)["Resolve"]
    written = letter(BOB, to, subject, f"{body}\nBETWEENUS at last. {TELEPHONE}")
    office.posts([(judged(written, proved(BOB)), to)])
    assert (case.fields()["status"], [audience for audience, _ in case.said()]) == ("resolved", ["note"])


def test_the_requester_resolves_by_the_prefilled_mail_of_an_answer(office: Office) -> None:
    case = office.case()
    office.answers(case, "Put it out.")
    to, subject, body = actions(case.newest(case.requester, "reply"))["It is solved"]
    office.posts([(letter(case.requester, to, subject, body), to)])
    assert case.fields()["status"] == "resolved"


# --- what follows


def test_a_muted_ticket_is_silent_for_its_agent_and_an_answer_to_a_merged_one_arrives_where_it_went(
    done: dict[str, Played], office: Office
) -> None:
    muted, merged = done["#mute"].case, done["#merge {other}"]
    mark = office.mark
    office.requester_writes(muted, "It burns higher.")
    office.requester_writes(merged.case, "Mine burns higher.")
    assert (muted.told(mark), merged.other.told(mark).get("bob")) == ({}, ["comment"])
    assert ("public", "Mine burns higher.") in merged.other.said()


def test_who_is_put_in_copy_or_asks_instead_hears_the_next_answer(done: dict[str, Played], office: Office) -> None:
    for name in ("#cc {third}", "#requester {third}"):
        case, mark = done[name].case, office.mark
        office.answers(case, "Put it out.")
        assert case.told(mark) == {"alice": ["reply"], "charlie": ["reply"]}


def test_show_and_help_say_all_and_change_nothing(done: dict[str, Played]) -> None:
    shown, card = (plain(done[name].mails[0]) for name in ("#show", "#help"))
    assert ASKED in shown
    assert "Status: Open" in shown
    assert [rule.name for rule in COMMANDS if f"\n#{rule.name}" not in card] == []


def test_nothing_of_the_agents_is_in_any_mailbox_of_a_customer(office: Office) -> None:
    assert office.leaks() == []
