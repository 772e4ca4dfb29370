"""What stands in a winmail.dat, whole or damaged."""

from __future__ import annotations

import pytest

from mail_ingest import parse
from mail_ingest.parsing import tnef
from tests.mail_ingest.mails import mail, multipart, part
from tests.mail_ingest.parsing import tnef_writer as outlook
from tests.mail_ingest.parsing.tnef_writer import attribute, file, packed, properties, stream

HTML_IN_RTF = (
    rb"{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl{\f0\fswiss Arial;}}{\*\generator x;}"
    rb"{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 The {\*\htmltag84 <b>}\htmlrtf {\b \htmlrtf0 red\htmlrtf }\htmlrtf0 {\*\htmltag92 </b>}"
    rb" light & gr\'fcn \u8364?\htmlrtf\par}\htmlrtf0{\*\htmltag72 </p>}}"
)


@pytest.mark.parametrize(
    ("attributes", "text", "html"),
    [
        ((attribute(outlook.BODY, b"The light is red.\r\nStill.\x00"),), "The light is red.\nStill.", None),
        ((properties(outlook.MESSAGE, (outlook.P_BODY, outlook.UNICODE, "Grüße €"), named=True),), "Grüße €", None),
        ((properties(outlook.MESSAGE, (outlook.P_BODY, outlook.STRING8, "Grüße")),), "Grüße", None),
        (
            (
                attribute(outlook.CODE_PAGE, (1251).to_bytes(4, "little") + bytes(4)),
                attribute(outlook.BODY, "Привет".encode("cp1251")),
            ),
            "Привет",
            None,
        ),
        (
            (
                properties(
                    outlook.MESSAGE,
                    (outlook.P_CPID, outlook.LONG, 65001),
                    (outlook.P_HTML, outlook.BINARY, "<p>Grüße</p>".encode()),
                ),
            ),
            "",
            "<p>Grüße</p>",
        ),
        ((properties(outlook.MESSAGE, (outlook.P_RTF, outlook.BINARY, packed(rb"{\rtf1\ansi\pard plain\par words}"))),), "plain\nwords", None),
        (
            (properties(outlook.MESSAGE, (outlook.P_RTF, outlook.BINARY, packed(HTML_IN_RTF))),),
            "",
            "<p>The <b>red</b> light & grün €</p>",
        ),
        ((properties(outlook.MESSAGE, (outlook.P_RTF, outlook.BINARY, b"no rtf at all, none of it")),), "", None),
    ],
    ids=["body", "unicode property", "8-bit property", "code page", "HTML", "RTF", "HTML in RTF", "broken RTF"],
)  # fmt: skip
def test_the_text_is_found_in_whatever_form_it_was_packed(attributes: tuple[bytes, ...], text: str, html: str | None) -> None:
    opened = tnef.read(stream(*attributes))
    assert (opened.text, opened.html, opened.damaged) == (text, html, False)


def test_files_come_out_with_their_long_names_types_and_content_ids() -> None:
    opened = tnef.read(
        stream(
            file("LIGHT~1.PNG", b"\x89PNG\x00\x00", (outlook.P_LONG_NAME, outlook.UNICODE, "the light.png")),
            file("../log.txt", b"on\x00", (outlook.P_CONTENT_ID, outlook.STRING8, "<log@example.com>")),
            file("report", b"x", (outlook.P_TYPE, outlook.STRING8, "Application/PDF")),
            attribute(outlook.FILE_BEGINS, bytes(14)),
        )
    )
    assert [(one.filename, one.content_type, one.content, one.content_id) for one in opened.attachments] == [
        ("the light.png", "image/png", b"\x89PNG\x00\x00", None),
        ("log.txt", "text/plain", b"on\x00", "log@example.com"),
        ("report", "application/pdf", b"x", None),
        ("file-4.dat", "application/octet-stream", b"", None),
    ]


def test_a_message_inside_gives_its_text_and_its_files() -> None:
    inner = stream(
        properties(
            outlook.MESSAGE, (outlook.P_SUBJECT, outlook.UNICODE, "Old"), (outlook.P_BODY, outlook.UNICODE, "Earlier words")
        ),
        file("a.pdf", b"pdf"),
    )
    opened = tnef.read(stream(file("Old.msg", b"", (outlook.P_DATA, outlook.OBJECT, outlook.MESSAGE_INTERFACE + inner))))
    assert [(one.filename, one.content) for one in opened.attachments] == [
        ("Old.txt", b"Old\n\nEarlier words"),
        ("a.pdf", b"pdf"),
    ]


def test_messages_inside_messages_end_somewhere() -> None:
    octets = stream(attribute(outlook.BODY, b"innermost"))
    for _ in range(10):
        octets = stream(file("m", b"", (outlook.P_DATA, outlook.OBJECT, outlook.MESSAGE_INTERFACE + octets)))
    assert len(tnef.read(octets).attachments) == tnef.MOST_DEPTH + 1


def test_what_stands_before_a_damage_is_kept() -> None:
    whole = stream(attribute(outlook.BODY, b"The light is red."), file("a.txt", b"a" * 100))
    assert not tnef.read(whole).damaged
    opened = tnef.read(whole[:-80])
    assert (opened.text, opened.damaged) == ("The light is red.", True)
    for size in range(len(whole)):
        assert tnef.read(whole[:size]).text in {"", "The light is red."}
    assert tnef.read(b"").damaged


WINMAIL = stream(attribute(outlook.BODY, b"Packed words"), file("a.pdf", b"pdf"))


@pytest.mark.parametrize("kind", ["application/ms-tnef", "application/octet-stream", "application/vnd.ms-tnef"])
def test_a_mail_without_text_says_what_its_winmail_dat_says(kind: str) -> None:
    read = parse.parse(multipart("mixed", part("text/plain", "\r\n"), part(f'{kind}; name="winmail.dat"', WINMAIL)))
    assert (read.text, read.html) == ("Packed words", None)
    assert [one.filename for one in read.attachments] == ["winmail.dat", "a.pdf"]
    assert read.attachments[0].content == WINMAIL


def test_packed_html_is_the_mails_html() -> None:
    packed_html = stream(properties(outlook.MESSAGE, (outlook.P_HTML, outlook.BINARY, b"<p>Packed <b>words</b></p>")))
    read = parse.parse(mail('Content-Type: application/ms-tnef; name="winmail.dat"', body=packed_html))
    assert (read.text, read.html) == ("Packed words", "<p>Packed <b>words</b></p>")


def test_a_mail_with_text_keeps_it_and_gets_the_packed_files() -> None:
    read = parse.parse(multipart("mixed", part("text/plain", "My words"), part("application/ms-tnef", WINMAIL)))
    assert read.text == "My words"
    assert [one.filename for one in read.attachments] == ["attachment-1.dat", "a.pdf"]


def test_another_file_called_winmail_dat_is_an_attachment_like_any() -> None:
    read = parse.parse(multipart("mixed", part('application/ms-tnef; name="winmail.dat"', b"no such format")))
    assert (read.text, [one.filename for one in read.attachments], read.defects) == ("", ["winmail.dat"], ("date-missing",))


def test_a_damaged_one_is_told() -> None:
    read = parse.parse(multipart("mixed", part("application/ms-tnef", stream(file("a.pdf", b"pdf" * 50))[:-60])))
    assert "winmail-damaged" in read.defects
