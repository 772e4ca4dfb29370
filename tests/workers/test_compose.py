from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from helpdesk import addressing
from helpdesk.addressing import Purpose, ReplyToken
from helpdesk.errors import Refused
from tests.workers.facts_of import BY_ALICE, BY_BOB, HOUSE, KINDS, MINT, NOW, TICKET, outgoing
from workers import kinds
from workers.compose import Composed, compose
from workers.outgoing import OutgoingFile, StatusFacts, ThreadFacts

EVERYTHING = "DR, RN, NRN, OOF, AutoReply"


def _parsed(mail: Composed) -> EmailMessage:
    message = message_from_bytes(mail.mime, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def _composed(kind: str, **changes: Any) -> EmailMessage:
    return _parsed(compose(outgoing(kind, **changes)))


def _text(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


# --- the header table


@pytest.mark.parametrize(
    ("kind", "auto_submitted", "suppress", "precedence", "null_sender", "listed"),
    [
        ("acknowledgement", "auto-replied", EVERYTHING, "auto_reply", False, False),
        ("status", "auto-generated", EVERYTHING, "auto_reply", False, False),
        ("stays_resolved", "auto-replied", EVERYTHING, "auto_reply", False, False),
        ("magic_link", "auto-generated", EVERYTHING, None, False, False),
        ("invitation", "auto-generated", EVERYTHING, None, False, False),
        ("password_reset", "auto-generated", EVERYTHING, None, False, False),
        ("me_too", "auto-generated", EVERYTHING, None, False, False),
        ("reply", None, "OOF, AutoReply", None, False, False),
        ("participant_comment", "auto-generated", EVERYTHING, None, False, False),
        ("comment", "auto-generated", EVERYTHING, None, False, True),
        ("new_ticket", "auto-generated", EVERYTHING, None, False, True),
        ("note", "auto-generated", EVERYTHING, None, False, True),
        ("assignment", "auto-generated", EVERYTHING, None, False, True),
        ("requester_status", "auto-generated", EVERYTHING, None, False, True),
        ("staff_unproven", "auto-generated", EVERYTHING, None, False, True),
        ("delivery_problem", "auto-generated", EVERYTHING, None, False, True),
        ("held_digest", "auto-generated", EVERYTHING, None, False, True),
        ("breaker", "auto-generated", EVERYTHING, None, False, True),
        ("webhook_off", "auto-generated", EVERYTHING, None, False, True),
        ("digest", "auto-generated", EVERYTHING, None, False, True),
        ("issue_update", "auto-generated", EVERYTHING, "bulk", False, True),
        ("command_error", "auto-replied", EVERYTHING, "auto_reply", True, False),
        ("receipt", "auto-replied", EVERYTHING, "auto_reply", True, False),
        ("newer_message", "auto-replied", EVERYTHING, "auto_reply", True, False),
        ("maybe_signature", "auto-replied", EVERYTHING, "auto_reply", True, False),
        ("confirm_commands", "auto-replied", EVERYTHING, "auto_reply", True, False),
        ("show", "auto-replied", EVERYTHING, "auto_reply", True, False),
        ("help_card", "auto-replied", EVERYTHING, "auto_reply", True, False),
        ("opened_for", "auto-replied", EVERYTHING, "auto_reply", True, False),
    ],
)
def test_each_kind_says_to_machines_what_the_table_says(
    kind: str, auto_submitted: str | None, suppress: str, precedence: str | None, null_sender: bool, listed: bool
) -> None:
    mail = compose(outgoing(kind))
    message = _parsed(mail)
    assert message["Auto-Submitted"] == auto_submitted
    assert message["X-Auto-Response-Suppress"] == suppress
    assert message["Precedence"] == precedence
    assert ("List-Id" in message) == listed
    if null_sender:
        assert mail.envelope_from == ""
    else:
        assert addressing.read_return_path(MINT, mail.envelope_from) == 10


def test_the_table_knows_every_kind_and_tests_know_them_all() -> None:
    assert set(KINDS) == set(kinds.KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_mail_has_what_every_mail_has(kind: str) -> None:
    facts = outgoing(kind)
    mail = compose(facts)
    message = _parsed(mail)
    assert message["To"].addresses[0].addr_spec == facts.recipient
    assert len(message["To"].addresses) == 1
    assert message["From"].addresses[0].addr_spec == "support@help.test"
    assert message["X-Helpdesk-Loop"] == addressing.loop_value(MINT)
    assert message["X-Helpdesk-Reason"] == f"{kind}: {facts.reason}"
    assert message["X-Helpdesk-Ticket"] == ("ELM-001" if facts.ticket else None)
    assert message["Message-ID"] == f"<{mail.message_id}>"
    minted = addressing.read_message_id(MINT, mail.message_id)
    assert minted is not None
    assert (minted.ticket, minted.outbox) == (1 if facts.ticket else 0, 10)
    assert parsedate_to_datetime(message["Date"]) == NOW
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert mail.subject == message["Subject"]
    assert mail.body_text.split() == _text(message).partition(str(facts.data.get("text") or "\0"))[0].split()
    assert mail.mime.isascii()
    assert max(map(len, mail.mime.split(b"\r\n"))) <= 998
    assert not {"Cc", "Bcc", "Sender", "Return-Path"} & set(message.keys())


@pytest.mark.parametrize("kind", KINDS)
def test_the_html_is_small_quiet_and_marked_for_the_day_it_comes_back_quoted(kind: str) -> None:
    html = _text(_composed(kind), "html")
    assert f'data-helpdesk-quote="{outgoing(kind).tag or "mail"}"' in html
    assert '<meta name="color-scheme" content="light dark">' in html
    for loud in ("<img", "<script", "<iframe", "url(", "@import", "<link", "src="):
        assert loud not in html
    assert len(html) < 12_000


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kinds.KINDS[kind].to_staff])
def test_staff_find_the_reason_below_the_signature_line_and_the_page_of_the_agent(kind: str) -> None:
    text = _text(_composed(kind))
    above, _, below = text.partition("\n-- \n")
    assert below.startswith(f"{kind}: ")
    assert "https://help.test/admin" in above


def test_the_news_of_a_known_issue_ends_by_one_click_and_carries_nothing_of_the_ticket() -> None:
    mail = compose(outgoing("issue_update"))
    message = _parsed(mail)
    assert message["List-Unsubscribe"] == "<https://help.test/unsubscribe/abc>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (message["Subject"], message["Reply-To"]) == ("[ELM-001] Printers burn", None)
    assert message["References"] == f"<{addressing.thread_root(MINT, 1)}>"
    for hidden in (b"Printer on fire", b"alice@example.com", b"Alice"):
        assert hidden not in mail.mime.replace(b"To: Alice <alice@example.com>", b""), hidden


@pytest.mark.parametrize(
    ("kind", "is_requester", "words"),
    [
        ("acknowledgement", True, "No more notices about it"),
        ("status", True, "No more notices about it"),
        ("participant_comment", False, "Leave this conversation"),
        ("reply", False, "Leave this conversation"),
        ("reply", True, None),
        ("magic_link", True, None),
        ("comment", False, None),
        ("issue_update", False, None),
    ],
)
def test_people_outside_are_told_where_to_write_for_no_more_mail(kind: str, is_requester: bool, words: str | None) -> None:
    facts = outgoing(kind, is_requester=is_requester)
    message = _composed(kind, is_requester=is_requester)
    assert facts.person is not None or words is None
    address = addressing.reply_address(MINT, ReplyToken(1, facts.person or 0, Purpose.UNSUBSCRIBE, facts.seen))
    assert (f"{words}: write to {address}" in _text(message)) == (words is not None)
    assert (address.replace("+", "%2B") in _text(message, "html")) == (words is not None)


# --- identifiers


@pytest.mark.parametrize(("kind", "purpose"), [("reply", "r"), ("comment", "r"), ("note", "n"), ("delivery_problem", "n"), ("command_error", "r")])  # fmt: skip
def test_the_answer_goes_to_an_address_that_says_who_where_and_what(kind: str, purpose: str) -> None:
    facts = outgoing(kind)
    assert facts.person is not None
    address = _composed(kind)["Reply-To"].addresses[0].addr_spec
    assert addressing.read_reply_address(MINT, address) == ReplyToken(1, facts.person, Purpose(purpose), 5)


def test_an_agent_is_asked_whether_a_mail_that_waits_on_a_ticket_was_theirs() -> None:
    data = {"subject": "close it", "received_at": "2026-03-01T11:00:00+00:00", "pending_on": "ELM-007"}
    message = _composed("staff_unproven", data=data)
    assert message["Subject"] == "Was this you? A mail in your name waits on ELM-007"
    for form in (_text(message), _text(message, "html")):
        assert "It waits on ELM-007, for agents only, until a colleague accepts it" in form
        assert "held" not in form


@pytest.mark.parametrize("kind", ["magic_link", "staff_unproven"])
def test_mail_about_no_ticket_has_no_reply_token_and_no_thread(kind: str) -> None:
    message = _composed(kind)
    assert not {"Reply-To", "References", "In-Reply-To", "List-Unsubscribe"} & set(message.keys())


def test_unsubscribing_mutes_this_ticket_for_this_agent() -> None:
    value = _composed("comment")["List-Unsubscribe"]
    assert value.startswith("<mailto:support%2B")
    address = value.removeprefix("<mailto:").partition("?")[0].replace("%2B", "+")
    assert addressing.read_reply_address(MINT, address) == ReplyToken(1, 8, Purpose.UNSUBSCRIBE)


def test_no_mail_holds_the_token_of_another_person() -> None:
    text = compose(outgoing("reply")).mime.decode()
    tokens = {addressing.read_reply_address(MINT, word.strip("<>")) for word in text.split() if "+" in word}
    assert {token.person for token in tokens if token} == {7}


# --- threads and subjects


def test_references_are_root_first_and_newest_oldest_first() -> None:
    thread = ThreadFacts("a1@example.com", ("a1@example.com", "b2@help.test", "a3@example.com"), "a3@example.com")
    message = _composed("reply", thread=thread)
    root = addressing.thread_root(MINT, 1)
    assert message["References"].split() == [f"<{root}>", "<a1@example.com>", "<b2@help.test>", "<a3@example.com>"]
    assert message["In-Reply-To"] == "<a3@example.com>"


def test_a_long_thread_keeps_root_first_and_the_newest_within_1500_octets() -> None:
    ids = tuple(f"{'x' * 120}{number:03}@example.com" for number in range(40))
    named = _composed("reply", thread=ThreadFacts(ids[0], ids, ids[-1]))["References"].split()
    assert named[:2] == [f"<{addressing.thread_root(MINT, 1)}>", f"<{ids[0]}>"]
    assert named[-1] == f"<{ids[-1]}>"
    assert sum(len(one) + 1 for one in named) <= 1500
    raw = compose(outgoing("reply", thread=ThreadFacts(ids[0], ids, ids[-1]))).mime
    assert f"<{ids[-1]}>".encode() in raw  # in one piece: an id in encoded words is no id


@pytest.mark.parametrize(
    "bad", ["a\r\nBcc: v@example.org", "a b@example.com", "x" * 300, "", "<>", "ü@example.com", "a>b@example.com"]
)
def test_an_id_that_could_harm_a_header_is_left_out(bad: str) -> None:
    message = _composed("reply", thread=ThreadFacts(bad, (bad,), bad))
    assert message["References"] == message["In-Reply-To"] == f"<{addressing.thread_root(MINT, 1)}>"


@pytest.mark.parametrize(
    ("changes", "subject"),
    [
        pytest.param({}, "Re: [ELM-001] Printer on fire", id="born by mail"),
        pytest.param({"born_by_mail": False}, "[ELM-001] Printer on fire", id="born on the web"),
        pytest.param({"subject": "Re: AW: [ELM-001] Printer [elm-1]"}, "Re: [ELM-001] Printer", id="the tag stands there once"),
        pytest.param({"born_by_mail": False, "verified": False}, "[ELM-001] Your request to Support", id="the web form of an unproven address"),
        pytest.param({"number": 12345}, "Re: [ELM-12345] Printer on fire", id="a long number"),
    ],
)  # fmt: skip
def test_subjects(changes: dict[str, Any], subject: str) -> None:
    assert compose(outgoing("acknowledgement", ticket=replace(TICKET, **changes))).subject == subject


@pytest.mark.parametrize("kind", ["acknowledgement", "status"])
def test_an_unproven_address_reads_nothing_that_the_form_said(kind: str) -> None:
    ticket = replace(TICKET, born_by_mail=False, verified=False, subject="Buy pills at https://example.org", requester="Buy pills")
    raw = compose(outgoing(kind, ticket=ticket, recipient_name="")).mime.decode()
    assert "pills" not in raw
    assert "https://help.test/ticket/ELM-001" in raw


# --- who speaks


@pytest.mark.parametrize(
    ("kind", "author", "name"),
    [
        ("reply", "Bob", "Bob (Support)"),
        ("reply", "", "Support"),
        ("comment", "Alice", "Alice via Support"),
        ("comment", "alice@example.com", "Support"),
        ("note", "Dora", "Dora (Support)"),
        ("acknowledgement", "", "Support"),
    ],
)
def test_from_is_our_address_under_the_name_of_who_speaks(kind: str, author: str, name: str) -> None:
    facts = outgoing(kind)
    message = replace(facts.message, author=author) if facts.message else None
    assert _composed(kind, message=message)["From"].addresses[0].display_name == name


def test_the_others_in_the_conversation_are_named_in_the_foot() -> None:
    message = _composed("reply", in_copy=("Charlie", "dora@example.org"))
    assert "Also in this conversation: Charlie, dora@example.org." in _text(message)
    assert [one.addr_spec for one in message["To"].addresses] == ["alice@example.com"]


# --- what it says


@pytest.mark.parametrize(
    ("kind", "second_line"),
    [
        ("comment", "Your reply goes to Alice as a public answer."),
        ("new_ticket", "Your reply goes to Alice as a public answer."),
        ("assignment", "Your reply goes to Alice as a public answer."),
        ("note", "Your reply becomes an internal note; Alice will not see it."),
        ("delivery_problem", "Your reply becomes an internal note; Alice will not see it."),
        ("command_error", "Fix: reply with the corrected lines only"),
        ("newer_message", "Reply #send alone and it is sent as it is, or #discard"),
        ("maybe_signature", "Reply #send alone and it goes without these lines, #send whole"),
        ("digest", "Answer on the ticket's page or to the address below it"),
        ("confirm_commands", "Yes: open the page below and press the button. No: reply #discard"),
        ("show", "Your reply becomes an internal note; Alice will not see it."),
        ("help_card", "Your reply goes to Alice as a public answer."),
        ("opened_for", "Your reply goes to Alice as a public answer."),
    ],
)
def test_the_second_line_says_what_a_reply_will_do(kind: str, second_line: str) -> None:
    lines = _text(_composed(kind)).splitlines()
    assert lines[1].startswith(second_line)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("acknowledgement", ["ELM-001", "https://help.test/ticket/ELM-001"]),
        ("status", ["Bob marked your request as resolved", "open again"]),
        ("reply", ["Use water.", "https://help.test/ticket/ELM-001"]),
        ("participant_comment", ["Alice wrote", "It burns."]),
        ("comment", ["Alice wrote", "Printer on fire", "It burns.", "#resolved", "Open · bug · high · with nobody"]),
        ("new_ticket", ["Printer on fire", "It burns."]),
        ("note", ["Dora left a note", "Use water."]),
        ("assignment", ["ELM-001 is yours now", "It burns."]),
        ("staff_unproven", ["in your name", "close it", "2026-03-01"]),
        ("delivery_problem", ["alice@example.com", "550 5.1.1 unknown", "Use water."]),
        ("command_error", ["#resovled", "there is no such command", "Did you mean #resolved?", "Use water."]),
        ("stays_resolved", ["ELM-001", "stays resolved", "reopen"]),
        ("receipt", ["Done", "status: resolved"]),
        ("newer_message", ["Alice", "Never mind!", "Use water.", "#send"]),
        ("maybe_signature", ["+49 30 123456", "Use water.", "#send whole"]),
        ("digest", ["ELM-001", "Printer on fire", "Alice wrote: It burns."]),
        ("confirm_commands", ["Was this you?", "#merge ELM-7", "https://help.test/confirm-mail/abc", "#discard"]),
        ("show", ["Dora (note)", "She pays.", "Status", "3 older messages"]),
        ("help_card", ["#resolved   sets the status to resolved"]),
        (
            "opened_for",
            ["Opened ELM-001 for Alice", "Wrong? Reply", "#requester other@example.com", "nothing of it yet"],
        ),
        ("magic_link", ["482915", "https://help.test/sign-in/abc", "15 minutes"]),
        ("invitation", ["Dora added you", "https://help.test/set-password/abc", "72 hours"]),
        ("password_reset", ["https://help.test/set-password/def", "for an hour", "If you did not ask for it"]),
        ("me_too", ["Printers", "https://help.test/known-issues/ELM-001/me-too?key=abc", "two days"]),
    ],
)
def test_both_forms_of_a_mail_say_what_it_is_for(kind: str, words: list[str]) -> None:
    message = _composed(kind)
    for word in words:
        assert word in _text(message)
        assert word in _text(message, "html")


def test_a_reply_begins_with_what_the_agent_wrote() -> None:
    assert _text(_composed("reply")).startswith("Use water.\n")


@pytest.mark.parametrize(
    ("status", "line"),
    [
        ("resolved", "This ticket is now resolved. Reply to reopen it."),
        ("closed", "This ticket is now closed. Reply within 14 days to reopen it."),
        ("open", "This ticket is open again."),
    ],
)
def test_a_reply_that_also_changes_the_status_says_so(status: str, line: str) -> None:
    message = _composed("reply", status=StatusFacts(status, "Bob"))
    assert line in _text(message)
    assert line in _text(message, "html")


def test_a_ticket_that_closed_by_itself_says_why() -> None:
    assert "we heard nothing more" in _text(_composed("status", status=StatusFacts("closed")))


def test_another_agents_answer_is_no_message_of_the_requester() -> None:
    assert _text(_composed("comment", message=BY_BOB)).startswith("Bob answered Alice on ELM-001")


def test_staff_are_warned_of_an_unproved_sender() -> None:
    message = _composed("comment", message=replace(BY_ALICE, verified=False))
    assert "not verified" in _text(message)
    assert "not verified" in _text(message, "html")


# --- files


def test_small_files_of_a_reply_are_attached_and_others_are_named() -> None:
    files = (
        OutgoingFile("manual.pdf", "application/pdf", 4, "k", b"%PDF"),
        OutgoingFile("old mail.eml", "message/rfc822", 9, "k", b"From: x\r\n\r\nBcc: y"),
        OutgoingFile("video.mp4", "video/mp4", 20 * 1024 * 1024, "k"),
    )
    message = _composed("reply", message=replace(BY_BOB, files=files))
    attached = [(part.get_filename(), part.get_content_type(), part.get_content()) for part in message.iter_attachments()]
    assert attached == [
        ("manual.pdf", "application/pdf", b"%PDF"),
        ("old mail.eml", "application/octet-stream", b"From: x\r\n\r\nBcc: y"),
    ]
    assert "video.mp4 (20.0 MB)" in _text(message)


@pytest.mark.parametrize(
    ("filename", "shown"),
    [
        ('a"b.txt', 'a"b.txt'),
        ("ü" * 60 + ".txt", "ü" * 60 + ".txt"),
        ("x.txt\r\nBcc: mallory@example.org", "x.txt Bcc: mallory@example.org"),
        ("=?utf-8?q?x=0D=0ABcc:_mallory@example.org?=", "= ?utf-8?q?x=0D=0ABcc:_mallory@example.org?="),
        ("", "file"),
    ],
)
def test_the_name_of_a_file_stays_a_name(filename: str, shown: str) -> None:
    file = OutgoingFile(filename, "text/plain", 1, "k", b"x")
    (part,) = _composed("reply", message=replace(BY_BOB, files=(file,))).iter_attachments()
    assert part.get_filename() == shown
    assert {name.lower() for name in part} <= {
        "content-type",
        "content-transfer-encoding",
        "content-disposition",
        "mime-version",
    }


# --- header injection (A51-A53)

INJECTIONS = [
    "x\r\nBcc: mallory@example.org",
    "x\nBcc: mallory@example.org",
    "x\r\n\r\nbody",
    "=?utf-8?q?x=0ABcc:_mallory=40example.org?=",
    "=?utf-8?b?eA0KQmNjOiBtYWxsb3J5QGV4YW1wbGUub3Jn?=",
    "x\x00y\x0bz\x0cBcc: mallory@example.org",
    "x\u2028Bcc: mallory@example.org",
    "x\x85Bcc: mallory@example.org",
    "x, mallory@example.org",
    'x" <mallory@example.org>, "y',
    "a=?=?utf-8?q?=0ABcc:_m?=?=",
    "\ud800x",
]


@pytest.mark.parametrize("poison", INJECTIONS)
@pytest.mark.parametrize("where", ["subject", "recipient_name", "author", "reason", "house"])
def test_no_value_makes_a_field_or_a_recipient(poison: str, where: str) -> None:
    facts = outgoing("comment")
    assert facts.message is not None
    poisoned: dict[str, dict[str, Any]] = {
        "subject": {"ticket": replace(TICKET, subject=poison)},
        "recipient_name": {"recipient_name": poison},
        "author": {"message": replace(facts.message, author=poison)},
        "reason": {"reason": poison},
        "house": {"house": replace(HOUSE, name=poison)},
    }
    message = _parsed(compose(replace(facts, **poisoned[where])))
    assert sorted(message.keys()) == sorted(_composed("comment").keys())
    assert "bcc" not in {name.lower() for name in message.keys()}  # noqa: SIM118
    for name in ("From", "To", "Reply-To"):
        assert len(message[name].addresses) == 1
        assert "mallory" not in message[name].addresses[0].addr_spec
    assert message["To"].addresses[0].addr_spec == "bob@help.test"


@pytest.mark.parametrize(
    "address", ["a@b.example\r\nRCPT TO:<v@example.org>", "a@b.example, v@example.org", "a@b.example\x00", "a"]
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(Refused):
        compose(outgoing("reply", recipient=address))


MARKUP = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'{{ 7*7 }}{% raw %}"


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_that_people_wrote_is_markup_or_template(kind: str) -> None:
    facts = outgoing(kind)
    message = (
        replace(facts.message, author=MARKUP, content=MARKUP, files=(OutgoingFile(MARKUP, "a/b", 1, "k"),))
        if facts.message
        else None
    )
    ticket = replace(TICKET, subject=MARKUP, requester=MARKUP, requester_address=MARKUP) if facts.ticket else None
    data = {
        "recipient": MARKUP, "answer": MARKUP, "an_hour": MARKUP, "lines": [MARKUP], "text": MARKUP, "code": MARKUP, "link": "https://help.test/",
        "subject": MARKUP, "received_at": MARKUP, "heading": MARKUP, "commands": [MARKUP], "block": MARKUP, "facts": [[MARKUP, MARKUP]],
        "messages": [{"author": MARKUP, "at": MARKUP, "what": MARKUP, "content": MARKUP, "by_staff": True}], "card": MARKUP, "by": MARKUP,
        "updates": [{"tag": MARKUP, "title": MARKUP, "what": MARKUP, "gist": MARKUP, "url": "https://help.test/", "address": "a@b.example", "actions": []}],
        "tickets": 1, "count": 1, "more": 0, "confirm_link": "https://help.test/", "title": MARKUP, "state": MARKUP,
        "page": "https://help.test/", "unsubscribe": "https://help.test/", "number": 2, "name": MARKUP, "reason": MARKUP,
        "mails": [{"id": 1, "code": "H6", "reason": MARKUP, "sender": MARKUP, "subject": MARKUP, "waits": "1 day"}], "problems": [{"line": 1, "text": MARKUP, "reason": MARKUP, "suggestion": MARKUP}],
    }  # fmt: skip
    status = StatusFacts("resolved", MARKUP) if facts.status else None
    changed = replace(
        facts, message=message, ticket=ticket, data=data, in_copy=(MARKUP,), status=status, house=replace(HOUSE, name=MARKUP)
    )
    html = _text(_parsed(compose(changed)), "html")
    assert "<script" not in html
    assert "<img" not in html
    assert "{{ 7*7 }}" in html  # as it was typed: no 49


def test_an_international_recipient_gets_an_international_header() -> None:
    mail = compose(outgoing("reply", recipient="ålice@example.com"))
    assert "ålice@example.com".encode() in mail.mime
