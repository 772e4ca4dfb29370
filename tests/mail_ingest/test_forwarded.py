"""Whose mail an agent forwarded: clients, languages, attached mails, and mail that is no forward."""

from __future__ import annotations

import pytest

from mail_ingest import forwarded
from mail_ingest.mail import Address, Attachment, ParsedMail

CAROL = Address("Carol Example", "carol@example.org")
INNER = b"From: Carol Example <carol@Example.ORG>\r\nTo: bob@help.test\r\nSubject: Printer\r\nDate: Wed, 3 May 2023 10:00:00 +0200\r\n\r\nIt is broken.\r\n"


def mail(text: str, subject: str = "Printer", attachments: tuple[Attachment, ...] = ()) -> ParsedMail:
    return ParsedMail(
        senders=(Address("Bob Smith", "bob@help.test"),), to=(), cc=(), reply_to=(), subject=subject, message_id="1@help.test", in_reply_to=(),
        references=(), date=None, text=text, html=None, attachments=attachments, headers=(), content_type="text/plain",
    )  # fmt: skip


FIELDS = {
    "Gmail": "---------- Forwarded message ---------\nFrom: Carol Example <carol@example.org>\nDate: Wed, May 3, 2023 at 10:00 AM\nSubject: Printer\nTo: <bob@help.test>\n\n",
    "Apple Mail": "Begin forwarded message:\n\nFrom: Carol Example <carol@example.org>\nSubject: Printer\nDate: 3 May 2023 at 10:00:00 CEST\nTo: bob@help.test\n\n",
    "Thunderbird": "-------- Forwarded Message --------\nSubject: \tPrinter\nDate: \tWed, 3 May 2023 10:00:00 +0200\nFrom: \tCarol Example <carol@example.org>\nTo: \tbob@help.test\n\n",
    "Gmail in German": "---------- Forwarded message ---------\nVon: Carol Example <carol@example.org>\nDate: Mi., 3. Mai 2023 um 10:00 Uhr\nSubject: Printer\nTo: <bob@help.test>\n\n",
    "Thunderbird in German": "-------- Weitergeleitete Nachricht --------\nBetreff: Printer\nDatum: Wed, 3 May 2023\nVon: Carol Example <carol@example.org>\nAn: bob@help.test\n\n",
    "Gmail in Swedish": "---------- Vidarebefordrat meddelande ----------\nFrån: Carol Example <carol@example.org>\nDatum: 3 maj 2023\nÄmne: Printer\nTill: bob@help.test\n\n",
    "mail.ru": "-------- Пересылаемое сообщение --------\nОт кого: Carol Example <carol@example.org>\nКому: bob@help.test\nТема: Printer\n\n",
    "Gmail in Chinese": "---------- 转发的邮件 ---------\n发件人： Carol Example <carol@example.org>\n主题： Printer\n收件人： bob@help.test\n\n",
    "a broken line": "---------- Forwarded message ----------\nFrom: Carol Example [mailto:\ncarol@example.org]\nSubject: Printer\n\n",
}

OUTLOOK = "________________________________\nFrom: Carol Example <carol@example.org>\nSent: 3 May 2023 10:00\nTo: Bob\nSubject: Printer\n\nIt is broken.\n"


@pytest.mark.parametrize("block", FIELDS.values(), ids=FIELDS.keys())
@pytest.mark.parametrize("mark", ["", "> "], ids=["plain", "quoted"])
def test_the_printed_sender_subject_and_text_are_found(block: str, mark: str) -> None:
    inner = "".join(f"{mark}{line}\n" for line in f"{block}It is broken.\nReally.".split("\n"))
    found = forwarded.original(mail(f"Please look.\n\n-- \nBob\n\n{inner}"))
    assert found is not None
    assert (found.sender, found.subject, found.found_by) == (CAROL, "Printer", "header block")
    assert (found.text, found.words) == ("It is broken.\nReally.", "Please look.")


@pytest.mark.parametrize(
    "subject",
    [
        "Fw: Printer",
        "FWD: Printer",
        "WG: Drucker",
        "TR : Imprimante",
        "RV: Impresora",
        "VS: x",
        "转发：打印机",
        "İLT: x",
        "[Fwd: x]",
    ],
)
def test_a_forward_without_banner_is_known_by_its_subject(subject: str) -> None:
    text = "For you.\n\n________________________________\nFrom: Carol Example <carol@example.org>\nSent: 3 May 2023 10:00\nTo: Bob\nSubject: Printer\n\nIt is broken."
    found = forwarded.original(mail(text, subject))
    assert found is not None
    assert (found.sender, found.text, found.words) == (CAROL, "It is broken.", "For you.")


def test_an_attached_mail_comes_before_what_is_printed() -> None:
    attachment = Attachment("printer.eml", "message/rfc822", INNER)
    found = forwarded.original(
        mail(f"Please look.\n\n{FIELDS['Gmail']}".replace("Carol Example <carol@", "Mallory <mallory@"), attachments=(attachment,))
    )
    assert found is not None
    assert (found.sender, found.subject, found.text.strip(), found.found_by) == (CAROL, "Printer", "It is broken.", "attached")


def test_a_printed_name_without_an_address_is_given_back_as_such() -> None:
    found = forwarded.original(
        mail("From: Carol Example\nSent: Wednesday, 3 May 2023 10:00\nTo: Bob\nSubject: Printer\n\nBroken.", "Fw: Printer")
    )
    assert found is not None
    assert found.sender == Address("Carol Example", "")


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Yes.\n\nFrom: Carol <carol@example.org>\nSent: 3 May 2023\nTo: Bob\nSubject: Printer\n\nBroken?", "Re: Printer"),
        ("Please look at this forward, it says From: carol@example.org", "Fw: Printer"),
        ("We forwarded message after message.", "Forwarded message"),
        ("", ""),
    ],
    ids=["a reply", "no block", "only words", "nothing"],
)
def test_other_mail_is_no_forward(text: str, subject: str) -> None:
    assert forwarded.original(mail(text, subject)) is None


def test_an_attached_picture_is_no_forward() -> None:
    assert forwarded.original(mail("Look.", attachments=(Attachment("a.png", "image/png", b"\x89PNG"),))) is None


PASSED_ON = [
    ("a banner below a forward's subject", "Fwd: [ELM-1] Printer", FIELDS["Gmail"], (), True),
    ("a header block below a forward's subject", "FW: [ELM-1] Printer", OUTLOOK, (), True),
    ("a quoted banner", "Fwd: Printer", "> " + FIELDS["Gmail"].replace("\n", "\n> "), (), True),
    ("an attached mail", "Fwd: Printer", "See there.", (Attachment("x", "message/rfc822", INNER),), True),
    ("an attached .eml", "WG: Drucker", "See there.", (Attachment("a.EML", "application/octet-stream", INNER),), True),
    ("the mark at the end", "Printer (fwd)", FIELDS["Gmail"], (), True),
    ("a Finnish forward", "VL: Tulostin", OUTLOOK, (), True),
    ("VS: with a banner", "VS: Printer", FIELDS["Gmail"], (), True),
    ("a Finnish reply", "VS: [ELM-1] Tulostin", OUTLOOK, (), False),
    ("a reply that quotes a header block", "Re: [ELM-1] Printer", OUTLOOK, (), False),
    ("a reply with a banner in it", "Re: [ELM-1] Printer", FIELDS["Gmail"], (), False),
    ("a reply with an attached mail", "Re: [ELM-1] Printer", "As asked.", (Attachment("a.eml", "message/rfc822", INNER),), False),
    ("a reply to what was once a forward", "Re: [ELM-1] Fwd: Printer", OUTLOOK, (), False),
    ("the subject of a forward and nothing in it", "Fwd: [ELM-1] Printer", "Still broken.", (), False),
    ("a tag typed by hand, with an attached mail", "[ELM-1] Printer", "See there.", (Attachment("a.eml", "message/rfc822", INNER),), False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("subject", "text", "files", "is_one"), [case[1:] for case in PASSED_ON], ids=[case[0] for case in PASSED_ON]
)
def test_what_passes_another_mail_on(subject: str, text: str, files: tuple[Attachment, ...], is_one: bool) -> None:
    assert forwarded.passes_on(mail(f"For you.\n\n{text}", subject, files)) is is_one
