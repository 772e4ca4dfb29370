"""Tickets that an agent's mail opens: for the customer whose mail they hand over, for whom they name, else their own."""

from __future__ import annotations

from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.parser import BytesParser

import pytest
from sqlalchemy import select

from helpdesk import addressing, people
from helpdesk.models import Attachment, Comment, InboundMail, TicketLink
from helpdesk.words import HeldReason
from tests.letters import letter
from tests.mail_ingest.staff.world import ALICE, BOB, CHARLIE, JUDGE, US, World

PROVED = {"authentication_results": f"{JUDGE}; dkim=pass header.d=help.test"}
JANE = "Jane Doe <jane@example.org>"
TEXT = "The printer burns.\n\nWhat now?\nJane"

# --- what clients write when an agent forwards

BLOCKS = {
    "Gmail": "---------- Forwarded message ---------\nFrom: Jane Doe <jane@example.org>\nDate: Wed, May 3, 2023 at 10:00 AM\n"
    "Subject: Printer\nTo: <bob@help.test>\n\n\n{text}",
    "Outlook": "________________________________\nFrom: Jane Doe <jane@example.org>\nSent: Wednesday, May 3, 2023 10:00 AM\n"
    "To: Bob Builder <bob@help.test>\nSubject: Printer\n\n{text}",
    "Outlook in German": "Von: Jane Doe <jane@example.org>\nGesendet: Mittwoch, 3. Mai 2023 10:00\n"
    "An: Bob Builder <bob@help.test>\nBetreff: Printer\n\n{text}",
    "Outlook in French": "De : Jane Doe <jane@example.org>\nEnvoyé : mercredi 3 mai 2023 10:00\n"
    "À : Bob Builder <bob@help.test>\nObjet : Printer\n\n{text}",
    "Outlook in Spanish": "De: Jane Doe <jane@example.org>\nEnviado: miércoles, 3 de mayo de 2023 10:00\n"
    "Para: Bob Builder <bob@help.test>\nAsunto: Printer\n\n{text}",
    "Apple Mail": "Begin forwarded message:\n\nFrom: Jane Doe <jane@example.org>\nSubject: Printer\n"
    "Date: 3 May 2023 at 10:00:00 CEST\nTo: bob@help.test\n\n{text}",
    "iOS": "Begin forwarded message:\n\n> From: Jane Doe <jane@example.org>\n> Date: 3 May 2023 at 10:00:00 CEST\n"
    "> To: bob@help.test\n> Subject: Printer\n> \n{quoted}",
    "Thunderbird": "-------- Forwarded Message --------\nSubject: \tPrinter\nDate: \tWed, 3 May 2023 10:00:00 +0200\n"
    "From: \tJane Doe <jane@example.org>\nTo: \tbob@help.test\n\n\n\n{text}",
    "Thunderbird in German": "-------- Weitergeleitete Nachricht --------\nBetreff: \tPrinter\n"
    "Datum: \tWed, 3 May 2023 10:00:00 +0200\nVon: \tJane Doe <jane@example.org>\nAn: \tbob@help.test\n\n\n\n{text}",
}
SUBJECTS = {"Outlook in German": "WG: Printer", "Outlook in French": "TR: Printer", "Outlook in Spanish": "RV: Printer"}


def block(client: str, text: str = TEXT) -> str:
    return BLOCKS[client].format(text=text, quoted="\n".join(f"> {line}" for line in text.split("\n")))


def forward(
    client: str = "Gmail", words: str = "", *, text: str = TEXT, subject: str | None = None, to: str = US, **fields: str
) -> bytes:
    fields = {**PROVED, **fields}
    body = f"{words}\n\n{block(client, text)}" if words else block(client, text)
    return letter(fields.pop("sender", BOB), to, subject or SUBJECTS.get(client, "Fwd: Printer"), body, **fields)


def attached(words: str, inner: bytes, *, subject: str = "Fwd: Printer", to: str = US, extra: bytes | None = None) -> bytes:
    """As Thunderbird and Apple Mail forward as an attachment; without `words` there is no text at all."""
    outer = MIMEMultipart("mixed")
    outer["From"], outer["To"], outer["Subject"], outer["Message-ID"] = BOB, to, subject, "<fwd-1@bobs-laptop.example>"
    outer["Authentication-Results"] = PROVED["authentication_results"]
    if words:
        outer.attach(MIMEText(words, "plain", "utf-8"))
    message = MIMEMessage(BytesParser().parsebytes(inner))
    message.add_header("Content-Disposition", "attachment", filename="Printer.eml")
    outer.attach(message)
    if extra is not None:
        part = MIMEText(extra.decode(), "csv")
        part.add_header("Content-Disposition", "attachment", filename="our-list.csv")
        outer.attach(part)
    return outer.as_bytes()


def janes(text: str = TEXT, **fields: str) -> bytes:
    return letter(JANE, "bob@help.test", "Printer", text, message_id="jane-1@example.org", **fields)


def own_address(world: World, address: str = "bob@help.test") -> str:
    with world.session() as session:
        return addressing.opening_address(world.tools.house.mint, people.find_or_make(session, address).id)


def opened(world: World, mail: InboundMail) -> int:
    assert (mail.state, mail.held_reason) == ("ticket", None), mail.trace
    assert mail.ticket_number is not None
    return mail.ticket_number


# --- a forward is a ticket of the original customer


@pytest.mark.parametrize("client", BLOCKS)
def test_a_forward_is_a_ticket_of_the_original_sender(world: World, client: str) -> None:
    mail = world.arrives(forward(client, "Please look at this.\n\n-- \nBob Builder\n+49 555 0101"))
    number = opened(world, mail)
    ticket = world.ticket(number)
    assert (mail.matched_by, ticket.title, ticket.requester.address, ticket.requester.name) == (
        "staff_forward", "Printer", "jane@example.org", "Jane Doe",
    )  # fmt: skip
    assert ticket.description == TEXT
    assert not ticket.verified
    assert world.said(number) == [("note", "Please look at this.")]
    assert world.people_of(number) == {"jane@example.org": "requester"}


def test_the_customer_is_not_told_and_the_agent_is(world: World) -> None:
    number = opened(world, world.arrives(forward()))
    assert sorted(world.told()) == [("new_ticket", "dora@help.test"), ("opened_for", "bob@help.test")]
    told = world.last("opened_for")
    assert (told.ticket_number, told.purpose, told.data) == (
        number, "r", {"whom": "Jane Doe <jane@example.org>", "doubt": "", "answered": False},
    )  # fmt: skip


def test_an_attached_mail_is_the_first_message_with_its_files(world: World) -> None:
    inner = MIMEMultipart("mixed")
    inner["From"], inner["To"], inner["Cc"], inner["Subject"] = JANE, "bob@help.test", CHARLIE, "Printer"
    inner["Message-ID"] = "<jane-1@example.org>"
    inner.attach(MIMEText(TEXT, "plain"))
    picture = MIMEText("name,price", "csv")
    picture.add_header("Content-Disposition", "attachment", filename="prices.csv")
    inner.attach(picture)
    number = opened(world, world.arrives(attached("Please look.", inner.as_bytes(), extra=b"ours,only")))
    ticket = world.ticket(number)
    assert (ticket.requester.address, ticket.title, ticket.description.strip()) == ("jane@example.org", "Printer", TEXT)
    assert world.said(number) == [("note", "Please look.")]
    assert world.people_of(number) == {"jane@example.org": "requester"}, "those in copy of the original are not added"
    with world.session() as session:
        files = session.execute(
            select(Attachment.filename, Comment.internal)
            .outerjoin(Comment, Comment.id == Attachment.comment_id)
            .order_by(Attachment.filename)
        ).all()
    assert [tuple(one) for one in files] == [("our-list.csv", True), ("prices.csv", None)]


def test_an_attached_mail_without_words_gives_no_commands_of_its_sender(world: World) -> None:
    mail = world.arrives(attached("", janes("#cc mallory@example.net\n#resolved\nIt burns.")))
    ticket = world.ticket(opened(world, mail))
    assert ticket.status == "open"
    assert world.said(ticket.number) == []
    assert "mallory@example.net" not in world.people_of(ticket.number)
    assert mail.trace["result"]["commands"] == []


def test_the_sender_gives_no_commands_in_a_forward_whose_form_nobody_knows(world: World) -> None:
    text = "Kutoka kwa: Jane\n\nHello\n\n#cc mallory@example.net\n\nFrom: Mallory <mallory@example.net>\nSent: 3 May 2023 10:00\nTo: Bob\nSubject: x\n\nHi"
    mail = world.arrives(letter(BOB, US, "Fwd: Printer", text, **PROVED))
    assert (mail.state, mail.held_number) == ("held", HeldReason.COMMAND_PROBLEM)
    assert world.last("command_error").data["problems"][0]["reason"].startswith("in a forward commands stand first")


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Fwd: Printer", "It burns.\n\n#closed\n#requester mallory@example.net"),
        ("Printer (fwd)", "It burns.\n\n#closed\n#requester mallory@example.net"),
        ("Printer", "Jane asks:\n\n> It burns.\n\nWhat shall we do?\n\n#closed\n#requester mallory@example.net"),
    ],
)
def test_last_lines_that_may_be_somebody_elses_are_no_commands(world: World, subject: str, text: str) -> None:
    mail = world.arrives(letter(BOB, US, subject, text, **PROVED))
    assert (mail.state, mail.held_number, mail.matched_by) == ("held", HeldReason.COMMAND_PROBLEM, "staff_new")
    assert world.last("command_error").data["problems"][0]["reason"].startswith("in a forward commands stand first")
    assert "mallory@example.net" not in {address for _, address in world.told()}


def test_what_is_cut_below_a_quote_is_no_command_either(world: World) -> None:
    text = "Look at this.\n\nOn Wed, 3 May 2023, Jane wrote:\n> It burns.\n\n#closed\n#requester mallory@example.net"
    ticket = world.ticket(opened(world, world.arrives(letter(BOB, US, "RE: Printer", text, **PROVED))))
    assert (ticket.status, ticket.requester.address) == ("open", "bob@help.test")


def test_in_copy_with_a_forward_is_told_of_the_answer(world: World) -> None:
    opened(world, world.arrives(forward(words="#cc charlie@example.org\n#reply\nUse water.")))
    assert ("reply", "charlie@example.org") in world.told()


def test_commands_above_the_words_run(world: World) -> None:
    mail = world.arrives(forward("Outlook", "#assign dora\n#priority high\n#tag hardware\nShe is upset."))
    ticket = world.ticket(opened(world, mail))
    assert ticket.assignee is not None
    assert (ticket.assignee.address, ticket.priority, ticket.tags) == ("dora@help.test", "high", ["hardware"])
    assert world.said(ticket.number) == [("note", "She is upset.")]
    assert mail.trace["result"]["commands"] == ["#assign dora", "#priority high", "#tag hardware"]


def test_requester_wins_over_the_sender_that_was_found(world: World) -> None:
    number = opened(world, world.arrives(forward(words="#requester alice@example.com")))
    assert world.people_of(number) == {"alice@example.com": "requester"}
    assert world.ticket(number).description == TEXT


def test_a_bad_command_holds_the_forward_and_the_corrected_line_opens_the_ticket(world: World) -> None:
    held = world.arrives(forward(words="#prioriti high\nShe is upset."))
    assert (held.state, held.held_number) == ("held", HeldReason.COMMAND_PROBLEM)
    assert world.said(1) == []
    error = world.last("command_error")
    assert error.ticket_number is None
    reply = letter(BOB, own_address(world), "Re: held", "#priority high", in_reply_to=f"<{world.message_id(error)}>")
    assert world.arrives(reply, to=own_address(world)).state == "command"
    again = world.again(held)
    ticket = world.ticket(opened(world, again))
    assert (ticket.requester.address, ticket.priority) == ("jane@example.org", "high")
    assert world.said(ticket.number) == [("note", "She is upset.")]


def test_send_opens_the_ticket_without_the_bad_line(world: World) -> None:
    held = world.arrives(forward(words="#prioriti high"))
    error = world.last("command_error")
    world.arrives(
        letter(BOB, own_address(world), "Re: held", "#send", in_reply_to=f"<{world.message_id(error)}>"), to=own_address(world)
    )
    assert world.ticket(opened(world, world.again(held))).requester.address == "jane@example.org"


def test_reply_answers_the_customer_with_the_forward(world: World) -> None:
    number = opened(world, world.arrives(forward(words="#reply\n#resolved\nUse water.")))
    assert world.said(number) == [("public", "Use water.")]
    assert world.ticket(number).status == "resolved"
    assert ("reply", "jane@example.org") in world.told()
    assert world.last("opened_for").data["answered"] is True


def test_resolved_alone_does_not_write_to_who_never_wrote_to_us(world: World) -> None:
    number = opened(world, world.arrives(forward(words="#resolved\nDone by telephone.")))
    assert world.ticket(number).status == "resolved"
    assert "jane@example.org" not in {address for _, address in world.told()}


# --- whose it is when that is not clear


@pytest.mark.parametrize(
    ("printed", "doubt"),
    [
        ("Jane Doe", "your forward names Jane Doe, but no address"),
        ("Dora <dora@help.test>", "your forward is of a mail from dora@help.test, which is nobody outside"),
        ("Support <support@help.test>", "your forward is of a mail from support@help.test, which is nobody outside"),
    ],
)
def test_without_anybody_outside_it_is_the_agents_own_and_they_are_told_why(world: World, printed: str, doubt: str) -> None:
    text = f"For you.\n\nFrom: {printed}\nSent: Wednesday, May 3, 2023 10:00 AM\nTo: Bob\nSubject: Printer\n\n{TEXT}"
    number = opened(world, world.arrives(letter(BOB, US, "FW: Printer", text, **PROVED)))
    assert world.ticket(number).requester.address == "bob@help.test"
    told = world.last("opened_for")
    assert (told.purpose, told.data["whom"], told.data["doubt"]) == ("n", "", doubt)
    assert ("acknowledgement", "bob@help.test") not in world.told()


def test_the_wrong_one_is_corrected_by_a_reply_and_hears_nothing_more(world: World) -> None:
    number = opened(world, world.arrives(forward()))
    world.bob_writes(number, "#requester alice@example.com", to=world.last("opened_for"))
    assert world.people_of(number) == {"alice@example.com": "requester"}
    world.bob_writes(number, "Use water.")
    assert [address for kind, address in world.told() if kind == "reply"] == ["alice@example.com"]


def test_the_right_one_gets_the_words_beside_the_correction(world: World) -> None:
    number = opened(world, world.arrives(forward()))
    world.bob_writes(number, "#requester alice@example.com\n\nUse water.", to=world.last("opened_for"))
    assert [address for kind, address in world.told() if kind == "reply"] == ["alice@example.com"]


def test_a_requester_who_wrote_stays_in_copy_when_another_one_is_named(world: World) -> None:
    number = world.alice_writes()
    world.bob_writes(number, "#requester charlie@example.org")
    assert world.people_of(number) == {"alice@example.com": "cc", "charlie@example.org": "requester"}


# --- proof


def test_a_forward_from_nothing_but_an_agents_address_is_held_and_its_owner_told(world: World) -> None:
    mail = world.arrives(letter(BOB, US, "Fwd: Printer", block("Gmail")))
    assert (mail.state, mail.held_number) == ("held", HeldReason.STAFF_UNPROVEN)
    assert world.told() == [("staff_unproven", "bob@help.test")]


def test_an_agents_own_address_proves_the_forward_without_a_judge(world: World) -> None:
    to = own_address(world)
    mail = world.arrives(letter(BOB, to, "Fwd: Printer", f"#requester alice@example.com\n\n{block('iOS')}"), to=to)
    assert world.people_of(opened(world, mail)) == {"alice@example.com": "requester"}


def test_an_agents_own_address_is_worth_nothing_in_other_hands(world: World) -> None:
    to = own_address(world)
    mail = world.arrives(letter(CHARLIE, to, "Fwd: Printer", f"#requester alice@example.com\n\n{block('iOS')}"), to=to)
    assert world.people_of(opened(world, mail)) == {"charlie@example.org": "requester"}
    other = own_address(world, "dora@help.test")
    assert world.arrives(letter(BOB, other, "Fwd: Printer", block("iOS")), to=other).state == "held"


# --- what is no forward


@pytest.mark.parametrize("client", ["Outlook", "Outlook in German", "Gmail"])
def test_a_reply_that_quotes_a_mail_is_no_forward(world: World, client: str) -> None:
    mail = world.arrives(forward(client, "I answered her.", subject="RE: Printer"))
    assert mail.matched_by == "staff_new"
    assert world.ticket(opened(world, mail)).requester.address == "bob@help.test"


def test_a_customers_forward_is_a_ticket_of_the_customer(world: World) -> None:
    mail = world.arrives(forward(sender=CHARLIE, words="#requester alice@example.com\nHelp!"))
    assert world.people_of(opened(world, mail)) == {"charlie@example.org": "requester"}
    assert world.mails("opened_for") == []


def test_a_forward_to_a_reply_address_is_a_message_there(world: World) -> None:
    number = world.alice_writes()
    to = world.token(number)
    mail = world.arrives(forward(words="#note\nSee below.", to=to), to=to)
    assert (mail.state, mail.ticket_number, mail.matched_by) == ("comment", number, "staff_token")


# --- an agent's new mail


def test_an_agent_begins_a_conversation(world: World) -> None:
    mail = world.arrives(
        letter(BOB, US, "Your order", "#requester Jane@Example.org\nIt is delayed.\n\n-- \nBob\n+49 555 0101", **PROVED)
    )
    number = opened(world, mail)
    ticket = world.ticket(number)
    assert (ticket.title, ticket.description, ticket.status, ticket.waiting_on) == ("Your order", "", "in_progress", "customer")
    assert world.said(number) == [("public", "It is delayed.")]
    assert ("reply", "jane@example.org") in world.told()
    assert "acknowledgement" not in {kind for kind, _ in world.told()}
    assert world.last("opened_for").data["answered"] is True


@pytest.mark.parametrize("way", ["a new mail", "a forward"])
def test_the_agents_own_signature_never_reaches_the_customer(world: World, way: str) -> None:
    world.prefers(signature="Bob Builder\nWing B, room 7")
    text = "#requester jane@example.org\n#reply\nIt is delayed.\n\nBob Builder\nWing B, room 7"
    mail = world.arrives(letter(BOB, US, "Order", text, **PROVED) if way == "a new mail" else forward(words=text))
    assert world.said(opened(world, mail)) == [("public", "It is delayed.")]


def test_who_has_it_from_the_agent_gets_no_second_copy_and_their_answer_lands(world: World) -> None:
    raw = letter(BOB, JANE, "Your order", "#requester jane@example.org\nIt is delayed.", cc=US, message_id="b1@help.test", **PROVED)
    number = opened(world, world.arrives(raw))
    assert "jane@example.org" not in {address for _, address in world.told()}
    answer = world.arrives(letter(JANE, BOB, "Re: Your order", "How long?", cc=US, in_reply_to="<b1@help.test>"))
    assert (answer.state, answer.ticket_number, answer.matched_by) == ("comment", number, "their_thread")


@pytest.mark.parametrize(
    ("line", "reason"),
    [("#requester dora@help.test", "An agent is no requester"), ("#requester support@help.test", "This is our own address")],
)
def test_nobody_inside_is_written_to_as_a_customer(world: World, line: str, reason: str) -> None:
    mail = world.arrives(letter(BOB, US, "Hello", f"{line}\nHello.", **PROVED))
    assert mail.state == "held"
    assert world.last("command_error").data["problems"][0]["reason"].startswith(reason)


def test_an_agents_own_request_is_theirs_and_acknowledged(world: World) -> None:
    mail = world.arrives(letter(BOB, US, "My chair", "#assign dora\nIt squeaks.", **PROVED))
    ticket = world.ticket(opened(world, mail))
    assert ticket.assignee is not None
    assert (ticket.requester.address, ticket.description, ticket.assignee.address) == (
        "bob@help.test",
        "It squeaks.",
        "dora@help.test",
    )
    assert ("acknowledgement", "bob@help.test") in world.told()
    assert world.mails("opened_for") == []


def test_help_alone_opens_nothing(world: World) -> None:
    assert world.arrives(letter(BOB, US, "?", "#help", **PROVED)).state == "command"
    assert world.told() == [("help_card", "bob@help.test")]


# --- an agent who answers the customer directly


def test_a_direct_answer_is_recorded_and_not_sent_twice(world: World) -> None:
    number = world.alice_writes(cc="bob@help.test", message_id="a1@example.com")
    raw = letter(BOB, ALICE, "Re: Printer", "Use water.\n#tag fire", cc=US, in_reply_to="<a1@example.com>", **PROVED)
    mail = world.arrives(raw)
    assert (mail.state, mail.ticket_number, mail.matched_by) == ("comment", number, "staff_without_token")
    assert world.said(number) == [("public", "Use water.")]
    ticket = world.ticket(number)
    assert (ticket.status, ticket.waiting_on, ticket.tags) == ("in_progress", "customer", ["fire"])
    assert ticket.first_response_at is not None
    assert "reply" not in {kind for kind, _ in world.told()}


@pytest.mark.parametrize("way", ["token", "tag", "our Message-ID"])
def test_a_direct_answer_with_us_in_copy_is_recorded_whichever_way_it_names_the_ticket(world: World, way: str) -> None:
    number = world.alice_writes()
    to = world.token(number) if way == "token" else US
    subject = f"Re: [ELM-{number:03d}] Printer" if way == "tag" else "Re: Printer"
    fields = {"in_reply_to": f"<{world.message_id(world.last('new_ticket'))}>"} if way == "our Message-ID" else {}
    mail = world.arrives(letter(BOB, ALICE, subject, "Use water.", cc=to, **fields, **PROVED), to=to)
    assert (mail.state, world.said(number)) == ("comment", [("public", "Use water.")])
    assert "reply" not in {kind for kind, _ in world.told()}
    assert world.ticket(number).status == "in_progress"


def test_words_to_a_colleague_below_the_customers_mail_are_a_note(world: World) -> None:
    number = world.alice_writes(message_id="a1@example.com")
    world.arrives(letter(BOB, "dora@help.test", "Re: Printer", "What a bore.", cc=US, in_reply_to="<a1@example.com>", **PROVED))
    assert world.said(number) == [("note", "What a bore.")]


def test_an_answer_to_a_colleagues_note_stays_a_note(world: World) -> None:
    number = world.alice_writes()
    to = world.token(number)
    world.arrives(letter(BOB, to, "Re: Printer", "#note\nWhat a bore.", message_id="n1@help.test", **PROVED), to=to)
    world.arrives(
        letter("Dora <dora@help.test>", BOB, "Re: Printer", "Indeed.", cc=f"{US}, {ALICE}", in_reply_to="<n1@help.test>", **PROVED)
    )
    assert [kind for kind, _ in world.said(number)] == ["note", "note"]


# --- agents' out-of-office


@pytest.mark.parametrize("proved", [True, False], ids=["proved", "not proved"])
@pytest.mark.parametrize("way", ["token", "no token", "tag", "own address", "as a forward"])
def test_an_agents_out_of_office_is_ignored_with_its_reason(world: World, way: str, proved: bool) -> None:
    number = world.alice_writes()
    to = world.token(number) if way == "token" else own_address(world) if way == "own address" else US
    subject = (
        "Automatic reply: [ELM-001] Printer"
        if way == "tag"
        else "Fwd: Printer"
        if way == "as a forward"
        else "Automatic reply: Printer"
    )
    text = block("Gmail") if way == "as a forward" else "#resolved\nI am away."
    before = world.told()
    mail = world.arrives(letter(BOB, to, subject, text, auto_submitted="auto-replied", **(PROVED if proved else {})), to=to)
    assert (mail.state, mail.trace["result"]["reason"]) == ("ignored", "an agent's automatic reply")
    assert world.told() == before
    assert (world.said(number), world.ticket(number).status) == ([], "open")


# --- the thread goes on, and nothing leaks


def test_what_the_customer_writes_in_their_own_thread_lands_on_the_ticket(world: World) -> None:
    number = opened(world, world.arrives(attached("", janes())))
    answer = world.arrives(letter(JANE, US, "Re: Printer", "Still burning.", references="<jane-1@example.org> <b2@help.test>"))
    assert (answer.state, answer.ticket_number, answer.matched_by) == ("comment", number, "their_thread")
    stranger = world.arrives(letter(CHARLIE, US, "Re: Printer", "Me too.", references="<jane-1@example.org>"))
    assert stranger.ticket_number != number


def test_a_printed_forward_names_the_original_as_clients_do(world: World) -> None:
    number = opened(world, world.arrives(forward(in_reply_to="<jane-1@example.org>")))
    answer = world.arrives(letter(JANE, US, "Re: Printer", "Still burning.", in_reply_to="<jane-1@example.org>"))
    assert answer.ticket_number == number


def test_a_forward_of_what_came_to_us_as_well_says_where_that_is(world: World) -> None:
    first = world.arrives(janes())
    number = opened(world, world.arrives(attached("", janes())))
    with world.session() as session:
        links = session.execute(select(TicketLink.kind, TicketLink.other_number).where(TicketLink.ticket_number == number)).all()
    assert [tuple(one) for one in links] == [("may_belong_to", first.ticket_number)]


@pytest.mark.parametrize("how", ["attached", "printed"])
def test_nobodys_keys_stand_in_the_description(world: World, how: str) -> None:
    other = world.alice_writes()
    token = world.token(other, "alice@example.com")
    text = (
        f"I wrote to {token.upper()} and to {token}.\nSee {world.tools.house.settings.base_url}/ticket/ELM-001?key=abcdefghij234567"
    )
    raw = attached("", janes(text)) if how == "attached" else forward(text=text)
    description = world.ticket(opened(world, world.arrives(raw))).description
    assert (
        description.strip()
        == f"I wrote to support@HELP.TEST and to {US}.\nSee {world.tools.house.settings.base_url}/ticket/ELM-001"
    )


@pytest.mark.parametrize(
    ("sent", "title"),
    [
        ("Fwd: WG: Hello", "Hello"),
        ("[Fwd: Hello]", "Hello"),
        ("TR : Hello", "Hello"),
        ("Hello (fwd)", "Hello"),
        ("转发：Hello", "Hello"),
        ("Re: Hello", "Re: Hello"),
    ],
)
def test_the_marks_of_a_forward_are_no_part_of_a_title(sent: str, title: str) -> None:
    from mail_ingest.forwarded import bare_subject

    assert bare_subject(sent) == title
