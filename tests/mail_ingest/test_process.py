"""One mail, from bytes to the domain: what each ends as, with a real database and the real reader child."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from helpdesk import addressing, db, held_mail, people, tickets
from helpdesk.addressing import Purpose, ReplyToken
from helpdesk.installation import Installation, opened
from helpdesk.models import (
    Attachment,
    Comment,
    Event,
    InboundMail,
    OutboxMessage,
    OutboxState,
    Participant,
    Suppression,
    Ticket,
    TicketLink,
)
from helpdesk.permissions import SYSTEM
from helpdesk.settings import Settings
from mail_ingest import intake, process
from mail_ingest.authenticate import Judge, judge_from_setting
from mail_ingest.intake import Arrival
from mail_ingest.mail import Envelope, ReplyText
from mail_ingest.process import Tools
from mail_ingest.reader import Reader
from mail_ingest.sender.resolver import SystemResolver
from tests.letters import letter, quoted

US = "support@help.test"
ALICE, BOB, CHARLIE = "Alice <alice@example.com>", "Bob Builder <bob@help.test>", "Charlie <charlie@example.org>"


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader(children=1) as reader:
        yield reader


@pytest.fixture
def tools(settings: Settings, reader: Reader) -> Iterator[Tools]:
    house = opened(settings)
    yield Tools(house, reader, Judge("off"), SystemResolver())
    house.engine.dispose()


@pytest.fixture
def bob(tools: Tools) -> int:
    with db.transaction(tools.house.engine) as session:
        return people.add_user(session, "bob@help.test", "Bob Builder", "agent").id


def taken_in(tools: Tools, raw: bytes, *, to: str = US, mail_from: str = "someone@example.com") -> InboundMail:
    """The row of one mail after it was accepted and processed."""
    accepted = intake.accept(tools.house.engine, Arrival(raw, Envelope(mail_from, (to,)), "test"))
    process.process(tools, accepted.mail_id)
    row = row_of(tools, accepted.mail_id)
    assert row.error is None, row.error
    return row


def row_of(tools: Tools, mail_id: int) -> InboundMail:
    with db.transaction(tools.house.engine) as session:
        return session.get_one(InboundMail, mail_id)


def ticket_of(tools: Tools, number: int | None) -> Ticket:
    with db.transaction(tools.house.engine) as session:
        ticket = session.get_one(Ticket, number)
        assert ticket.requester.addresses
        return ticket


def comments_of(tools: Tools, number: int | None) -> list[Comment]:
    with db.transaction(tools.house.engine) as session:
        return list(session.scalars(select(Comment).where(Comment.ticket_number == number).order_by(Comment.id)))


def told(tools: Tools) -> list[tuple[str, str]]:
    """(kind, recipient) of everything in the outbox, in order."""
    with db.transaction(tools.house.engine) as session:
        rows = session.execute(select(OutboxMessage.kind, OutboxMessage.recipient).order_by(OutboxMessage.id))
        return [(kind, recipient) for kind, recipient in rows]


def token_for(tools: Tools, ticket: int, address: str, purpose: Purpose = Purpose.REPLY) -> str:
    with db.transaction(tools.house.engine) as session:
        person = people.find_or_make(session, address)
        return addressing.reply_address(tools.house.mint, ReplyToken(ticket, person.id, purpose, 1))


def assign(tools: Tools, number: int | None, address: str) -> None:
    with db.transaction(tools.house.engine) as session:
        ticket = tickets.locked(session, number or 0)
        assert ticket is not None
        tickets.assign(session, ticket, people.agent_named(session, address), SYSTEM)


def test_a_first_mail_is_a_ticket_that_is_acknowledged_and_told_to_watching_agents(tools: Tools, bob: int) -> None:
    row = taken_in(tools, letter(ALICE, US, "Printer on fire", "It burns.\n-- \nAlice"))
    ticket = ticket_of(tools, row.ticket_number)
    assert (row.state, row.matched_by, row.rule) == ("ticket", "new", "no_mark_of_a_machine")
    assert (ticket.title, ticket.description, ticket.requester.address) == ("Printer on fire", "It burns.", "alice@example.com")
    assert told(tools) == [("acknowledgement", "alice@example.com"), ("new_ticket", "bob@help.test")]


def test_type_and_priority_come_from_the_address(tools: Tools) -> None:
    settings = tools.house.settings.model_copy(update={"inbound_addresses": {"bugs@help.test": "bug,high"}})
    tools = replace(tools, house=replace(tools.house, settings=settings))
    row = taken_in(tools, letter(ALICE, "bugs@help.test", "Crash", "It crashes."), to="bugs@help.test")
    ticket = ticket_of(tools, row.ticket_number)
    assert (ticket.type, ticket.priority) == ("bug", "high")


def test_a_reply_by_token_is_a_comment_without_the_quote(tools: Tools, bob: int) -> None:
    first = taken_in(tools, letter(ALICE, US, "Printer", "It burns."))
    to = token_for(tools, first.ticket_number or 0, "alice@example.com")
    text = "Still burning.\n\n" + quoted("We got your message.")
    row = taken_in(tools, letter(ALICE, to, "Re: whatever", text), to=to)
    (comment,) = comments_of(tools, first.ticket_number)
    assert (row.state, row.matched_by) == ("comment", "participant_token")
    assert (comment.content, comment.state, comment.by_staff) == ("Still burning.", "posted", False)
    assert "We got your message." in comment.trimmed
    assert ("comment", "bob@help.test") in told(tools)


def test_replies_find_their_ticket_by_our_id_by_their_id_and_by_the_tag(tools: Tools) -> None:
    first = taken_in(tools, letter(ALICE, US, "Printer", "It burns.", message_id="first@client.example"))
    ours = addressing.message_id(tools.house.mint, first.ticket_number, 1)
    by_ours = taken_in(tools, letter(ALICE, US, "Re: Printer", "one", in_reply_to=f"<{ours}>"))
    by_theirs = taken_in(tools, letter(ALICE, US, "Re: Printer", "two", references="<first@client.example>"))
    by_tag = taken_in(tools, letter(ALICE, US, "about [ELM-1]", "three"))
    assert [row.matched_by for row in (by_ours, by_theirs, by_tag)] == ["our_thread", "their_thread", "subject_tag"]
    assert [one.content for one in comments_of(tools, first.ticket_number)] == ["one", "two", "three"]


def test_a_stranger_with_the_tag_gets_a_ticket_of_their_own_and_learns_nothing(tools: Tools) -> None:
    first = taken_in(tools, letter(ALICE, US, "Printer", "It burns."))
    row = taken_in(tools, letter(CHARLIE, US, "Re: [ELM-001] Printer", "let me in"))
    assert (row.state, row.matched_by) == ("ticket", "stranger")
    assert row.ticket_number != first.ticket_number
    assert comments_of(tools, first.ticket_number) == []
    with db.transaction(tools.house.engine) as session:
        hint = session.scalars(select(TicketLink)).one()
    assert (hint.ticket_number, hint.other_number, hint.kind) == (row.ticket_number, first.ticket_number, "may_belong_to")


def test_the_colleague_in_copy_who_answers_the_original_lands_on_the_ticket(tools: Tools) -> None:
    first = taken_in(tools, letter(ALICE, US, "Printer", "It burns.", message_id="o@client.example", cc="charlie@example.org"))
    row = taken_in(tools, letter(CHARLIE, US, "Re: Printer", "Here too.", in_reply_to="<o@client.example>"))
    assert (row.state, row.matched_by, row.ticket_number) == ("comment", "their_thread", first.ticket_number)
    with db.transaction(tools.house.engine) as session:
        assert len(session.scalars(select(Participant)).all()) == 1, "answering adds nobody"


def test_a_reply_that_came_before_its_original_waits_for_it_on_one_ticket(tools: Tools) -> None:
    early = taken_in(tools, letter(CHARLIE, f"{US}, alice@example.com", "Re: Printer", "Yes.", in_reply_to="<o@client.example>"))
    late = taken_in(tools, letter(ALICE, f"{US}, charlie@example.org", "Printer", "It burns.", message_id="o@client.example"))
    assert (late.state, late.matched_by, late.ticket_number) == ("comment", "early_answer", early.ticket_number)


def test_an_agent_answers_by_token_and_their_address_stays_inside(tools: Tools, bob: int) -> None:
    first = taken_in(tools, letter(ALICE, US, "Printer", "It burns."))
    assign(tools, first.ticket_number, "bob")
    to = token_for(tools, first.ticket_number or 0, "bob@help.test")
    row = taken_in(tools, letter(BOB, to, "Re: Printer", "#resolved\n\nPut it out.\n\n" + quoted("It burns.")), to=to)
    (comment,) = comments_of(tools, first.ticket_number)
    ticket = ticket_of(tools, first.ticket_number)
    assert (row.state, row.matched_by) == ("comment", "staff_token")
    assert (comment.content, comment.by_staff, comment.internal, ticket.status) == ("Put it out.", True, False, "resolved")
    assert ticket.first_response_at is not None
    assert told(tools)[-1] == ("reply", "alice@example.com"), "text and status are one mail"


def test_a_reply_to_a_note_is_a_note_and_reaches_no_requester(tools: Tools, bob: int) -> None:
    first = taken_in(tools, letter(ALICE, US, "Printer", "It burns."))
    to = token_for(tools, first.ticket_number or 0, "bob@help.test", Purpose.NOTE)
    before = told(tools)
    taken_in(tools, letter(BOB, to, "Re: Printer", "She is our best customer."), to=to)
    assert comments_of(tools, first.ticket_number)[0].internal
    assert told(tools) == before


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#take", {"assignee": "bob@help.test"}),
        ("#assign none", {"assignee": None}),
        ("#priority high", {"priority": "high"}),
        ("#type bug", {"type": "bug"}),
        ("#tag fire water", {"tags": ["fire", "water"]}),
        ("#subject Printer is burning", {"title": "Printer is burning"}),
        ("#progress", {"status": "in_progress"}),
        ("#closed\n#tag done", {"status": "closed", "tags": ["done"]}),
    ],
)
def test_commands_alone_change_fields_and_post_nothing(tools: Tools, bob: int, text: str, expected: dict[str, object]) -> None:
    first = taken_in(tools, letter(ALICE, US, "Printer", "It burns."))
    to = token_for(tools, first.ticket_number or 0, "bob@help.test")
    row = taken_in(tools, letter(BOB, to, "Re: Printer", text), to=to)
    assert (row.state, comments_of(tools, first.ticket_number)) == ("command", [])
    with db.transaction(tools.house.engine) as session:
        ticket = session.get_one(Ticket, first.ticket_number)
        seen = {name: getattr(ticket, name) for name in expected if name != "assignee"}
        if "assignee" in expected:
            seen["assignee"] = ticket.assignee.address if ticket.assignee else None
    assert seen == expected


@pytest.mark.parametrize(
    "text", ["#resovled\nDone.", "#status broken\nDone.", "Done.\n#resolved\nReally.", "#assign nobody-here\nDone."]
)
def test_a_command_that_cannot_be_done_holds_the_mail_and_tells_its_agent_only(tools: Tools, bob: int, text: str) -> None:
    first = taken_in(tools, letter(ALICE, US, "Printer", "It burns."))
    to = token_for(tools, first.ticket_number or 0, "bob@help.test")
    row = taken_in(tools, letter(BOB, to, "Re: Printer", text), to=to)
    ticket = ticket_of(tools, first.ticket_number)
    assert (row.state, comments_of(tools, first.ticket_number), ticket.status) == ("held", [], "open")
    assert told(tools)[-1] == ("command_error", "bob@help.test")


def test_an_agents_address_without_proof_is_held_and_its_owner_told_once(tools: Tools, bob: int) -> None:
    first = taken_in(tools, letter(ALICE, US, "Printer", "It burns."))
    rows = [taken_in(tools, letter(BOB, US, "[ELM-1]", f"#closed {n}")) for n in range(2)]
    assert [(row.state, row.matched_by) for row in rows] == [("held", "staff_unproven")] * 2
    assert ticket_of(tools, first.ticket_number).status == "open"
    assert [one for one in told(tools) if one[0] == "staff_unproven"] == [("staff_unproven", "bob@help.test")]


def test_a_requesters_commands_are_text(tools: Tools) -> None:
    first = taken_in(tools, letter(ALICE, US, "Printer", "It burns."))
    to = token_for(tools, first.ticket_number or 0, "alice@example.com")
    taken_in(tools, letter(ALICE, to, "Re: Printer", "#closed\nthanks"), to=to)
    assert ticket_of(tools, first.ticket_number).status == "open"
    assert "#closed" in comments_of(tools, first.ticket_number)[0].content


def test_a_reply_reopens_a_resolved_ticket_and_a_closed_one_for_two_weeks(tools: Tools, engine: Engine) -> None:
    first = taken_in(tools, letter(ALICE, US, "Printer", "It burns."))
    number = first.ticket_number
    for status in ("resolved", "closed"):
        with db.transaction(engine) as session:
            ticket = tickets.locked(session, number or 0)
            assert ticket is not None
            tickets.change_status(session, ticket, status, SYSTEM)
        taken_in(tools, letter(ALICE, US, "[ELM-1]", f"Again after {status}."))
        assert ticket_of(tools, number).status == "open"
    with db.transaction(engine) as session:
        ticket = tickets.locked(session, number or 0)
        assert ticket is not None
        tickets.change_status(session, ticket, "closed", SYSTEM)
        session.flush()
        session.execute(update(Ticket).values(closed_at=Ticket.closed_at - timedelta(days=15)))
    late = taken_in(tools, letter(ALICE, US, "[ELM-1]", "Much later."))
    assert (late.state, late.ticket_number != number, ticket_of(tools, number).status) == ("ticket", True, "closed")
    with db.transaction(engine) as session:
        assert session.scalars(select(TicketLink.kind)).all() == ["follows"]


def resolve(tools: Tools, number: int | None) -> None:
    with db.transaction(tools.house.engine) as session:
        ticket = tickets.locked(session, number or 0)
        assert ticket is not None
        tickets.change_status(session, ticket, "resolved", SYSTEM)


def test_thanks_alone_leave_a_resolved_ticket_resolved_and_are_answered(tools: Tools, bob: int) -> None:
    first = taken_in(tools, letter(ALICE, US, "Printer", "It burns."))
    resolve(tools, first.ticket_number)
    before = told(tools)
    taken_in(tools, letter(ALICE, US, "[ELM-1]", "Thank you very much!\n\nAlice"))
    assert ticket_of(tools, first.ticket_number).status == "resolved"
    assert len(comments_of(tools, first.ticket_number)) == 1
    assert told(tools)[len(before) :] == [("stays_resolved", "alice@example.com")]
    taken_in(tools, letter(ALICE, US, "[ELM-1]", "reopen"))
    assert ticket_of(tools, first.ticket_number).status == "open"


def test_machines_that_thank_each_other_stop(tools: Tools) -> None:
    first = taken_in(tools, letter(ALICE, US, "Printer", "It burns."))
    resolve(tools, first.ticket_number)
    before = told(tools)
    for n in range(2):
        taken_in(tools, letter(ALICE, US, "[ELM-1]", "Thank you for your reply.", auto_submitted="auto-replied", x_count=str(n)))
    assert told(tools) == before
    for n in range(2):
        taken_in(tools, letter(ALICE, US, "[ELM-1]", "Thanks!", x_count=str(n)))
    assert told(tools)[len(before) :] == [("stays_resolved", "alice@example.com")]


def test_a_guessed_number_makes_no_way_for_those_whom_the_guesser_puts_in_copy(tools: Tools) -> None:
    first = taken_in(tools, letter(ALICE, US, "Printer", "It burns."))
    taken_in(tools, letter(ALICE, US, "[ELM-1]", "Forged.", message_id="forged@evil.example", cc="mallory@evil.example"))
    row = taken_in(tools, letter("mallory@evil.example", US, "Re: [ELM-1]", "Let me in.", in_reply_to="<forged@evil.example>"))
    assert (row.state, row.matched_by, row.ticket_number != first.ticket_number) == ("ticket", "stranger", True)
    assert [one.author_address for one in comments_of(tools, first.ticket_number)] == ["alice@example.com"]


def test_a_mail_to_the_unsubscribe_address_mutes_and_its_words_go_nowhere(tools: Tools, bob: int) -> None:
    first = taken_in(tools, letter(ALICE, US, "Printer", "It burns."))
    to = token_for(tools, first.ticket_number or 0, "bob@help.test", Purpose.UNSUBSCRIBE)
    row = taken_in(tools, letter(BOB, to, "unsubscribe", "unsubscribe"), to=to)
    before = told(tools)
    taken_in(tools, letter(ALICE, US, "[ELM-1]", "Hello?"))
    assert (row.state, len(comments_of(tools, first.ticket_number)), told(tools)) == ("command", 1, before)


def test_an_agents_card_and_signature_stay_inside(tools: Tools, bob: int) -> None:
    first = taken_in(tools, letter(ALICE, US, "Printer", "It burns."))
    to = token_for(tools, first.ticket_number or 0, "bob@help.test")
    head = letter(BOB, to, "Re: Printer", "x", content_type='multipart/mixed; boundary="b"').split(b"\r\n\r\n")[0]
    card = b'\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nPut it out.\r\n--b\r\nContent-Type: text/vcard; name="bob.vcf"\r\n\r\nBEGIN:VCARD\r\n--b--\r\n'
    taken_in(tools, head + card, to=to)
    with db.transaction(tools.house.engine) as session:
        assert session.scalars(select(Attachment)).all() == []


def test_a_robots_sign_up_code_is_for_admins_only_and_acknowledged_to_nobody(tools: Tools, bob: int) -> None:
    with db.transaction(tools.house.engine) as session:
        people.add_user(session, "ada@help.test", "Ada", "admin")
    row = taken_in(
        tools,
        letter("Chat <no-reply@chat.example>", US, "Your code is 123456", "Verify your address.", auto_submitted="auto-generated"),
    )
    assert ticket_of(tools, row.ticket_number).restricted
    assert told(tools) == [("new_ticket", "ada@help.test")]


def test_a_sender_who_writes_in_circles_gets_no_automatic_mail_for_a_day(tools: Tools, bob: int) -> None:
    first = taken_in(tools, letter(ALICE, US, "Printer", "It burns."))
    for n in range(3):
        taken_in(tools, letter(ALICE, US, "[ELM-1]", "The same again.", x_count=str(n)))
    before = told(tools)
    taken_in(tools, letter(ALICE, US, "[ELM-1]", "And again."))
    resolve(tools, first.ticket_number)
    assert told(tools) == before


def test_our_own_mail_that_comes_back_is_a_loop(tools: Tools) -> None:
    value = addressing.loop_value(tools.house.mint)
    row = taken_in(tools, letter("x@example.net", US, "Re: x", "hi", x_helpdesk_loop=value))
    assert (row.state, told(tools)) == ("loop", [])


def test_a_mail_that_claims_to_be_us_is_held(tools: Tools) -> None:
    row = taken_in(tools, letter(f"Form <{US}>", US, "Contact form", "hi"))
    assert (row.state, told(tools)) == ("held", [])


def test_an_out_of_office_answer_on_a_ticket_is_folded_and_wakes_nobody(tools: Tools, bob: int) -> None:
    first = taken_in(tools, letter(ALICE, US, "Printer", "It burns."))
    before = told(tools)
    to = token_for(tools, first.ticket_number or 0, "alice@example.com")
    row = taken_in(tools, letter(ALICE, to, "Out of office", "I am away.", auto_submitted="auto-replied"), to=to)
    (comment,) = comments_of(tools, first.ticket_number)
    assert (row.state, comment.automatic, told(tools)) == ("comment", True, before)


def test_a_guessed_return_path_changes_nothing_and_a_real_one_stops_the_address(tools: Tools, bob: int) -> None:
    taken_in(tools, letter(ALICE, US, "Printer", "It burns."))
    report = letter("Mailer-Daemon@mx.example", US, "Undelivered", "alice@example.com: 550 5.1.1 unknown user", content_type=(
        'multipart/report; report-type=delivery-status; boundary="b"'
    )).split(b"\r\n\r\n")[0] + (
        b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nfailed\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        b"Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; alice@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        b"Diagnostic-Code: smtp; 550 5.1.1 unknown user\r\n\r\n--b--\r\n"
    )  # fmt: skip
    guessed = taken_in(tools, report, to="bounce+aaaaaaaaaaaaaaaaaaaaaaaa@help.test", mail_from="")
    assert guessed.state == "bounce"
    with db.transaction(tools.house.engine) as session:
        assert session.scalars(select(Suppression)).all() == []
        outbox = session.scalars(select(OutboxMessage.id).where(OutboxMessage.recipient == "alice@example.com")).one()
    real = taken_in(tools, report + b"again\r\n", to=addressing.return_path(tools.house.mint, outbox), mail_from="")
    with db.transaction(tools.house.engine) as session:
        assert session.scalars(select(Suppression.address)).all() == ["alice@example.com"]
        assert session.get_one(OutboxMessage, outbox).state == "failed"
    assert (real.state, real.ticket_number) == ("bounce", 1)


def test_an_address_that_failed_is_answered_again_when_its_owner_writes_and_ses_vouches_for_them(tools: Tools) -> None:
    with db.transaction(tools.house.engine) as session:
        session.add(Suppression(address="alice@example.com", reason="550 5.1.1 unknown"))
    by_ses = replace(tools, judge=judge_from_setting("ses"))
    for word, state in (("FAIL", OutboxState.SUPPRESSED), ("PASS", OutboxState.QUEUED)):
        envelope = Envelope("alice@example.com", (US,), verdicts={"spf": word, "dkim": "GRAY", "dmarc": "GRAY"})
        raw = letter(ALICE, US, f"Printer {word}", "It burns.")
        accepted = intake.accept(tools.house.engine, Arrival(raw, envelope, "ses"))
        process.process(by_ses, accepted.mail_id)
        row = row_of(tools, accepted.mail_id)
        assert row.sender_verdict == ("pass" if word == "PASS" else "none")
        with db.transaction(tools.house.engine) as session:
            wanted = select(OutboxMessage.state).where(OutboxMessage.ticket_number == row.ticket_number)
            assert session.scalars(wanted.where(OutboxMessage.kind == "acknowledgement")).all() == [state]
            session.execute(update(OutboxMessage).values(created_at=func.now() - timedelta(hours=1)))


def test_the_same_bytes_twice_are_one_ticket(tools: Tools) -> None:
    raw = letter(ALICE, US, "Printer", "It burns.")
    assert taken_in(tools, raw).id == taken_in(tools, b"Received: from elsewhere\r\n" + raw).id
    with db.transaction(tools.house.engine) as session:
        assert len(session.scalars(select(Ticket)).all()) == 1


def test_attachments_are_kept_with_their_message(tools: Tools) -> None:
    raw = letter(ALICE, US, "Log", "x", content_type='multipart/mixed; boundary="b"').split(b"\r\n\r\n")[0] + (
        b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nsee the log\r\n--b\r\nContent-Type: application/octet-stream\r\n"
        b'Content-Disposition: attachment; filename="a.bin"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--b--\r\n'
    )
    row = taken_in(tools, raw)
    with db.transaction(tools.house.engine) as session:
        file = session.scalars(select(Attachment).where(Attachment.ticket_number == row.ticket_number)).one()
    assert (file.filename, file.size, tools.house.storage.get(file.storage_key)) == ("a.bin", 3, b"\x00\x01\x02")


def test_a_mail_without_sender_is_held_with_its_raw_text(tools: Tools) -> None:
    raw = b"Subject: hm\r\n\r\nwho am I\r\n"
    row = taken_in(tools, raw)
    assert (row.state, row.matched_by) == ("held", "no_sender")
    from helpdesk import raw_mail

    assert raw_mail.content(tools.house.engine, tools.house.storage, row.id) == raw


def test_a_mail_over_a_cap_is_held(tools: Tools) -> None:
    row = taken_in(tools, letter(ALICE, US, "x", "y", x_long="z" * 70_000))
    assert row.state == "held"
    assert "cap" in (row.held_reason or "")


class Broken(Reader):
    """A reader whose children cannot start: every mail fails."""

    def __init__(self) -> None:
        super().__init__(children=1, command=("/bin/false",))


def test_a_mail_that_cannot_be_processed_is_tried_five_times_more_and_then_held(tools: Tools) -> None:
    broken = replace(tools, reader=Broken())
    accepted = intake.accept(tools.house.engine, Arrival(letter(ALICE, US, "x", "y"), Envelope("alice@example.com", (US,)), "test"))
    states = [process.process(broken, accepted.mail_id) for _ in range(6)]
    assert states == ["received"] * 5 + ["held"]
    row = row_of(tools, accepted.mail_id)
    assert row.error
    assert process.process(tools, accepted.mail_id) is None
    with db.transaction(tools.house.engine) as session:
        held_mail.again(session, SYSTEM, row.id, nudge=False)
    assert process.process(tools, row.id) == "ticket"


def test_a_dry_run_says_what_would_change_and_changes_nothing(tools: Tools) -> None:
    first = taken_in(tools, letter(ALICE, US, "Printer", "It burns."))
    strict = replace(tools, judge=Judge("off"))
    again = process.dry_run(strict, first.id)
    assert (again["state"], again["rung"]) == ("ticket", "new")
    with db.transaction(tools.house.engine) as session:
        assert len(session.scalars(select(Ticket)).all()) == 1
        assert len(session.scalars(select(Event)).all()) == 1


def test_a_dry_run_knows_of_an_agents_file_and_stores_nothing(tools: Tools, bob: int) -> None:
    first = taken_in(tools, letter(ALICE, US, "Printer", "It burns."))
    raw = letter(BOB, US, "Re: Printer", "", content_type='multipart/mixed; boundary="b"').split(b"\r\n\r\n")[0] + (
        b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n\r\n--b\r\nContent-Type: image/png\r\n"
        b'Content-Disposition: attachment; filename="a.png"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--b--\r\n'
    )
    row = taken_in(tools, raw, to=token_for(tools, first.ticket_number or 0, "bob@help.test"))
    stored = sorted(tools.house.settings.data_dir.rglob("*"))
    assert (row.state, process.dry_run(tools, row.id)["state"]) == ("comment", "comment")
    assert sorted(tools.house.settings.data_dir.rglob("*")) == stored


class Watching(Reader):
    """Notes how many transactions were open while it cut."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(children=1)
        self.engine, self.open = engine, list[int]()

    def cut(self, *arguments: Any, **more: Any) -> ReplyText:
        idle = "select count(*) from pg_stat_activity where datname = current_database() and state = 'idle in transaction'"
        with self.engine.connect() as connection:
            self.open.append(connection.exec_driver_sql(idle).scalar_one())
        return super().cut(*arguments, **more)


def test_no_transaction_is_open_while_the_words_of_a_mail_are_cut_and_they_are_cut_once(tools: Tools) -> None:
    first = taken_in(tools, letter(ALICE, US, "Printer", "It burns."))
    reader = Watching(tools.house.engine)
    with reader:
        row = taken_in(
            replace(tools, reader=reader), letter(ALICE, US, f"[ELM-{first.ticket_number}]", f"Yes\n\n{quoted('Hello')}")
        )
    assert (row.state, row.ticket_number, reader.open) == ("comment", first.ticket_number, [0])


def test_the_trace_names_every_decision(tools: Tools) -> None:
    row = taken_in(tools, letter(ALICE, US, "Printer", "It burns."))
    assert set(row.trace) == {"parsed", "judged", "classified", "routed", "cut", "result"}
    assert row.trace["routed"]["tried"][0] == "no_sender"


def test_two_workers_on_one_mail_make_one_ticket(tools: Tools) -> None:
    house: Installation = tools.house
    accepted = intake.accept(house.engine, Arrival(letter(ALICE, US, "x", "y"), Envelope("alice@example.com", (US,)), "test"))
    with db.transaction(house.engine) as session:
        session.scalar(select(InboundMail).where(InboundMail.id == accepted.mail_id).with_for_update())
        assert process.process(tools, accepted.mail_id) is None, "the other one has it"
    assert process.process(tools, accepted.mail_id) == "ticket"
    assert process.process(tools, accepted.mail_id) is None
