"""The parts of a mail: which are its text, which are attachments, and what is said where there is no text (RFC 2046, 2183, 2387).

What is not here: octets (`part_octets`), charsets, HTML rendering, header fields, and the formats that pack a text into a file.
"""

from __future__ import annotations

import html as entities
import re
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from enum import IntEnum

from mail_ingest.mail import Attachment
from mail_ingest.parsing import (
    caps,
    charsets,
    flowed,
    header_fields,
    html_text,
    invitations,
    part_fields,
    part_octets,
    sealed,
    tnef,
)

MOST_TEXT = 8 * 1024 * 1024
_ENRICHED = ("text/enriched", "text/richtext")
_CALENDARS = frozenset(("text/calendar", "application/ics"))
_S_MIME = frozenset(("application/pkcs7-mime", "application/x-pkcs7-mime"))
BORROWED_TEXT = "text-of-a-file"  # the mail itself says nothing
_MOST_SEALED = 3  # signed mails inside each other
_TEXTS = frozenset(("text/plain", "text/html", *_ENRICHED, "text/x-amp-html", "text/x-markdown", "text/markdown"))


class Rank(IntEnum):
    """Which of several stands in for a missing text: the first."""

    PACKED = 1
    CALENDAR = 2
    ATTACHED_MAIL = 3
    NOTE = 4


@dataclass(frozen=True, slots=True)
class Spare:
    """What a file says: it is the mail's text only where the mail has no other."""

    rank: Rank
    text: str
    html: str | None = None


@dataclass(slots=True)
class Body:
    """What the parts amount to while they are walked; `hints` are charsets for what declares none (`charsets.decode`)."""

    texts: list[str] = field(default_factory=list)
    htmls: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    has_html: bool = False
    spare: list[Spare] = field(default_factory=list)
    hints: tuple[str, ...] = ()
    sealed: int = 0


def read(message: Message, hints: tuple[str, ...] = ()) -> Body:
    """Walk the parts: text and HTML that the reader is meant to see, and everything else as attachments.

    In multipart/alternative the plain text is the text and the HTML the html; elsewhere all texts follow each other. A text with a
    file name or the disposition "attachment" is an attachment. An attached mail is one attachment with an .eml name. A mail without
    text says what its winmail.dat, its invitation or its attached mail says, or that it is encrypted.
    """
    body = Body(hints=hints)
    _read(message, body, root=True)
    if not _says_something(body):
        _fill(body, message)
        body.defects += [BORROWED_TEXT] if _says_something(body) else []
    return body


def _says_something(body: Body) -> bool:
    return any(text.strip() for text in body.texts) or any("<img" in html.lower() for html in body.htmls)


def _fill(body: Body, message: Message) -> None:
    """Give a body without text the best that its files say."""
    spare = sorted(body.spare, key=lambda one: one.rank)
    if not spare or spare[0].rank > Rank.ATTACHED_MAIL:
        inner = next((part.get_payload(0) for part in message.walk() if _holds_message(part)), None)
        if isinstance(inner, Message):
            nested = read(inner, body.hints)
            body.texts, body.htmls, body.has_html = nested.texts, nested.htmls, nested.has_html
            return
    if spare:
        text, html = spare[0].text, spare[0].html
        body.texts, body.htmls, body.has_html = [], [], False
        if html is not None:
            _html(html, body)
        if html is None or text.strip():
            body.texts = [text]
            body.htmls = body.htmls or [_as_html(text)]


def _read(part: Message, body: Body, *, root: bool = False) -> None:
    part_fields.decode_raw(part, body.hints)
    kind = part.get_content_type()
    if part.is_multipart():
        if kind == "multipart/alternative":
            _alternative(part, body)
        elif kind == "multipart/related":
            _related(part, body)
        elif kind.startswith("message/"):
            _attach(part, kind, body)
        else:
            for child in part_octets.children_of(part):
                _read(child, body)
            if kind == "multipart/encrypted" and body.attachments:
                body.spare.append(Spare(Rank.NOTE, sealed.PGP_ENCRYPTED.format(name=body.attachments[-1].filename)))
        return
    if kind.startswith("multipart/"):
        body.defects.append("multipart-without-parts")
        kind = "text/plain"
    if _is_text(part, kind, body, root=root):
        _text(part, kind, body)
    else:
        _attach(part, kind, body)
        _look_inside(part, body)


def _alternative(part: Message, body: Body) -> None:
    """One content in several forms: the first plain text that is not empty is the text, the last HTML the html (RFC 2046 5.1.4)."""
    plain: list[str] = []
    htmls: list[str] = []
    rendered: list[str] = []
    for child in part_octets.children_of(part):
        form = Body(hints=body.hints, sealed=body.sealed)
        _read(child, form)
        body.attachments += form.attachments
        body.defects += form.defects
        body.spare += form.spare
        if form.has_html:
            htmls, rendered = form.htmls, form.texts
            body.has_html = True
        elif not plain and any(text.strip() for text in form.texts):
            plain = form.texts
    texts = plain or rendered
    body.texts += texts
    body.htmls += htmls or [_as_html(text) for text in texts]


def _related(part: Message, body: Body) -> None:
    """The root is the part that `start` names, else the first; the others are shown inside it."""
    children = part_octets.children_of(part)
    start = part_fields.parameters(part, "content-type").get("start", "").strip("<> ")
    root = next((child for child in children if start and str(child.get("content-id", "")).strip("<> ") == start), None)
    root = root or next(iter(children), None)
    for child in children:
        _read(child, body, root=child is root)


def _is_text(part: Message, kind: str, body: Body, *, root: bool) -> bool:
    if kind not in _TEXTS and not (kind.startswith("text/") and root and kind not in part_fields.EXTENSIONS):
        return False
    disposition = str(part.get("content-disposition", "")).split(";", 1)[0].strip().lower()
    if disposition == "attachment":
        return False
    named = bool(part_fields.file_name(part, body.hints))
    return not named or (root and disposition != "attachment")


def _text(part: Message, kind: str, body: Body) -> None:
    octets = part_octets.payload_octets(part, body.defects)
    if b"\x00" in octets:
        body.defects.append("nul-octet")
    parameters = part_fields.parameters(part, "content-type")
    charset = parameters.get("charset")
    if kind == "text/html":
        charset = charset or _meta_charset(octets)
    if len(octets) > MOST_TEXT:
        body.defects.append("text-over-8-mib")
    text, defect = charsets.decode(octets[:MOST_TEXT], charset)
    if defect:
        body.defects.append(defect)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if kind == "text/html":
        _html(text, body)
    elif kind == "text/x-amp-html":
        body.texts.append(html_text.render(text))
    else:
        if kind in _ENRICHED:
            text = html_text.stripped(text.replace("<<", "&lt;").replace("<nl>", "\n"))
        text = _without_files(text, body)
        if kind == "text/plain" and parameters.get("format", "").lower() == "flowed":
            text = flowed.unwrapped(text, delsp=parameters.get("delsp", "").lower() == "yes")
        body.texts.append(text)
        body.htmls.append(_as_html(text))


def _html(html: str, body: Body) -> None:
    if caps.html_exceeded(html):
        body.defects.append("html-over-cap")
    body.htmls.append(html)
    body.has_html = True
    body.texts.append(html_text.render(html))


def _without_files(text: str, body: Body) -> str:
    """The text without what is no text in it: uuencoded files and PGP blocks become attachments."""
    text, files = part_octets.without_uuencoded(text)
    for name, content in files:
        safe = part_fields.safe_filename(name) or "file"
        body.attachments.append(Attachment(safe, "application/octet-stream", content))
    text, blocks = sealed.without_pgp(text)
    for name, block in blocks:
        body.attachments.append(Attachment(name, "application/pgp", block.encode("utf-8", "replace")))
    return text


def _as_html(text: str) -> str:
    return "<div>" + entities.escape(text).replace("\n", "<br>\n") + "</div>" if text.strip() else ""


def _meta_charset(octets: bytes) -> str | None:
    found = re.search(rb"<meta[^>]{1,200}?charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{2,40})", octets[:4_096], re.IGNORECASE)
    return found[1].decode("ascii") if found and not found[1].lower().startswith((b"utf-16", b"utf-32")) else None


def _attach(part: Message, kind: str, body: Body) -> None:
    holds_message = kind.startswith("message/") and part.is_multipart()
    content = part_octets.message_octets(part) if holds_message else part_octets.payload_octets(part, body.defects)
    disposition = str(part.get("content-disposition", "")).split(";", 1)[0].strip().lower()
    content_id = part_fields.content_id_in(str(part.get("content-id") or ""))
    name = part_fields.safe_filename(part_fields.file_name(part, body.hints))
    if not name:
        name = _made_up_name(part, kind, content_id, len(body.attachments) + 1)
    elif kind == "message/rfc822" and "." not in name[-6:]:
        name += ".eml"
    inline = disposition == "inline" or (content_id is not None and disposition != "attachment")
    body.attachments.append(Attachment(name, charsets.clean_line(kind), content, inline, content_id))


def _look_inside(part: Message, body: Body) -> None:
    """The file that was just attached may hold the mail's words, or files of its own; it stays attached whatever it holds."""
    file = body.attachments[-1]
    if file.content.startswith(tnef.SIGNATURE):
        opened = tnef.read(file.content)
        body.attachments += opened.attachments
        body.defects += ["winmail-damaged"] if opened.damaged else []
        if opened.text.strip() or opened.html:
            body.spare.append(Spare(Rank.PACKED, opened.text, opened.html))
    elif file.content_type in _CALENDARS:
        charset = part_fields.parameters(part, "content-type").get("charset") or "utf-8"
        summary = invitations.summary(charsets.decode(file.content[: invitations.MOST_CHARACTERS], charset)[0])
        body.spare += [Spare(Rank.CALENDAR, summary)] if summary else []
    elif file.content_type in _S_MIME:
        _open_seal(file, body)


def _open_seal(file: Attachment, body: Body) -> None:
    """What is only signed is read as if it stood in the mail itself; the caps hold for it as for any mail."""
    inner = sealed.signed_content(file.content) if body.sealed < _MOST_SEALED else None
    if inner is None or caps.exceeded(inner):
        body.spare.append(Spare(Rank.NOTE, sealed.note_for(file.content, file.filename)))
        return
    body.sealed += 1
    _read(BytesParser(policy=compat32).parsebytes(header_fields.repaired(inner)[0]), body, root=True)
    body.sealed -= 1


def _made_up_name(part: Message, kind: str, content_id: str | None, number: int) -> str:
    if kind == "message/rfc822":
        inner = part.get_payload(0) if part.is_multipart() else None
        subject = header_fields.one_line(str(inner.get("subject") or "")) if isinstance(inner, Message) else ""
        return part_fields.safe_filename(subject[:100] + ".eml") if subject else f"message-{number}.eml"
    extension = part_fields.EXTENSIONS.get(kind, "")
    stem = {"message/delivery-status": "delivery-status", "text/rfc822-headers": "headers", "text/calendar": "invite"}.get(kind)
    return f"{stem or 'attachment-' + str(number)}{extension}"


def _holds_message(part: Message) -> bool:
    return part.get_content_type() == "message/rfc822" and part.is_multipart()
