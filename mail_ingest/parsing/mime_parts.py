"""The parts of a mail: which are its text, which are attachments, and what their octets are (RFC 2045, 2046, 2183, 2231, 2387).

What is not here: charsets, HTML rendering, header fields of the whole mail.
"""

from __future__ import annotations

import binascii
import html as entities
import re
from dataclasses import dataclass, field
from email.errors import MessageError
from email.message import Message
from email.policy import Compat32

from mail_ingest.mail import Attachment
from mail_ingest.parsing import caps, charsets, header_fields, html_text, part_fields

MOST_TEXT = 8 * 1024 * 1024
_ENRICHED = ("text/enriched", "text/richtext")
_TEXTS = frozenset(("text/plain", "text/html", *_ENRICHED, "text/x-amp-html", "text/x-markdown", "text/markdown"))
_EXTENSIONS = {
    "text/plain": ".txt", "text/html": ".html", "text/calendar": ".ics", "text/csv": ".csv", "text/vcard": ".vcf", "text/x-vcard":
    ".vcf", "text/rfc822-headers": ".txt", "image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp",
    "image/tiff": ".tiff", "image/bmp": ".bmp", "application/pdf": ".pdf", "application/zip": ".zip", "application/ms-tnef":
    ".dat", "application/pkcs7-signature": ".p7s", "application/x-pkcs7-signature": ".p7s", "application/pkcs7-mime": ".p7m",
    "application/x-pkcs7-mime": ".p7m", "application/pgp-signature": ".asc", "application/pgp-encrypted": ".txt",
    "application/pgp-keys": ".asc", "application/ics": ".ics", "message/delivery-status": ".txt", "message/feedback-report":
    ".txt", "message/disposition-notification": ".txt", "audio/mpeg": ".mp3", "video/mp4": ".mp4",
}  # fmt: skip
_UU_BEGIN = re.compile(r"^begin [0-7]{3,4} (\S[^\r\n]{0,200})\r?\n", re.MULTILINE)


@dataclass(slots=True)
class Body:
    """What the parts amount to while they are walked."""

    texts: list[str] = field(default_factory=list)
    htmls: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    has_html: bool = False


def read(message: Message) -> Body:
    """Walk the parts: text and HTML that the reader is meant to see, and everything else as attachments.

    In multipart/alternative the plain text is the text and the HTML the html; elsewhere all texts follow each other. A text with a
    file name or the disposition "attachment" is an attachment. An attached mail is one attachment with an .eml name.
    """
    body = Body()
    _read(message, body, root=True)
    if not any(text.strip() for text in body.texts) and not body.has_html:
        inner = next((part.get_payload(0) for part in message.walk() if _holds_message(part)), None)
        if isinstance(inner, Message):
            nested = Body()
            _read(inner, nested, root=True)
            body.texts, body.htmls, body.has_html = nested.texts, nested.htmls, nested.has_html
    return body


def _read(part: Message, body: Body, *, root: bool = False) -> None:
    part_fields.decode_raw(part)
    kind = part.get_content_type()
    if part.is_multipart():
        if kind == "multipart/alternative":
            _alternative(part, body)
        elif kind == "multipart/related":
            _related(part, body)
        elif kind.startswith("message/"):
            _attach(part, kind, body)
        else:
            for child in _children(part):
                _read(child, body)
        return
    if kind.startswith("multipart/"):
        body.defects.append("multipart-without-parts")
        kind = "text/plain"
    if _is_text(part, kind, root=root):
        _text(part, kind, body)
    else:
        _attach(part, kind, body)


def _children(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else []


def _alternative(part: Message, body: Body) -> None:
    """One content in several forms: the first plain text that is not empty is the text, the last HTML the html (RFC 2046 5.1.4)."""
    plain: list[str] = []
    htmls: list[str] = []
    rendered: list[str] = []
    for child in _children(part):
        form = Body()
        _read(child, form)
        body.attachments += form.attachments
        body.defects += form.defects
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
    children = _children(part)
    start = part_fields.parameters(part, "content-type").get("start", "").strip("<> ")
    root = next((child for child in children if start and str(child.get("content-id", "")).strip("<> ") == start), None)
    root = root or next(iter(children), None)
    for child in children:
        _read(child, body, root=child is root)


def _is_text(part: Message, kind: str, *, root: bool) -> bool:
    if kind not in _TEXTS and not (kind.startswith("text/") and root and kind not in _EXTENSIONS):
        return False
    disposition = str(part.get("content-disposition", "")).split(";", 1)[0].strip().lower()
    if disposition == "attachment":
        return False
    named = bool(part_fields.file_name(part))
    return not named or (root and disposition != "attachment")


def _text(part: Message, kind: str, body: Body) -> None:
    octets = payload_octets(part, body.defects)
    if b"\x00" in octets:
        body.defects.append("nul-octet")
    charset = part_fields.parameters(part, "content-type").get("charset")
    if kind == "text/html":
        charset = charset or _meta_charset(octets)
    if len(octets) > MOST_TEXT:
        body.defects.append("text-over-8-mib")
    text, defect = charsets.decode(octets[:MOST_TEXT], charset)
    if defect:
        body.defects.append(defect)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if kind in {"text/html", "text/x-amp-html"}:
        if kind == "text/html":
            if caps.html_exceeded(text):
                body.defects.append("html-over-cap")
            body.htmls.append(text)
            body.has_html = True
            body.texts.append(html_text.render(text))
        return
    if kind in _ENRICHED:
        text = html_text.stripped(text.replace("<<", "&lt;").replace("<nl>", "\n"))
    text = _without_uuencoded(text, body)
    body.texts.append(text)
    body.htmls.append(_as_html(text))


def _as_html(text: str) -> str:
    return "<div>" + entities.escape(text).replace("\n", "<br>\n") + "</div>" if text.strip() else ""


def _meta_charset(octets: bytes) -> str | None:
    found = re.search(rb"<meta[^>]{1,200}?charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{2,40})", octets[:4_096], re.IGNORECASE)
    return found[1].decode("ascii") if found and not found[1].lower().startswith((b"utf-16", b"utf-32")) else None


def _without_uuencoded(text: str, body: Body) -> str:
    """Files that stand uuencoded in the text become attachments."""
    out: list[str] = []
    position = 0
    for begin in _UU_BEGIN.finditer(text):
        if begin.start() < position:
            continue
        end = re.compile(r"^end[ \t]*$", re.MULTILINE).search(text, begin.end())
        if end is None:
            break
        try:
            content = b"".join(_uu_line(line) for line in text[begin.end() : end.start()].encode("ascii").splitlines())
        except (binascii.Error, UnicodeError):
            continue
        out.append(text[position : begin.start()])
        body.attachments.append(Attachment(part_fields.safe_filename(begin[1]), "application/octet-stream", content))
        position = end.end()
    return "".join(out) + text[position:] if position else text


def _uu_line(line: bytes) -> bytes:
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        count = (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0
        return binascii.a2b_uu(line[:count])


def _attach(part: Message, kind: str, body: Body) -> None:
    content = _message_octets(part) if kind.startswith("message/") and part.is_multipart() else payload_octets(part, body.defects)
    disposition = str(part.get("content-disposition", "")).split(";", 1)[0].strip().lower()
    content_id = re.split("[<>]", charsets.clean_line(str(part.get("content-id") or "")).strip("<> "))[0].strip() or None
    name = part_fields.safe_filename(part_fields.file_name(part))
    if not name:
        name = _made_up_name(part, kind, content_id, len(body.attachments) + 1)
    elif kind == "message/rfc822" and "." not in name[-6:]:
        name += ".eml"
    inline = disposition == "inline" or (content_id is not None and disposition != "attachment")
    body.attachments.append(Attachment(name, charsets.clean_line(kind), content, inline, content_id))


def _made_up_name(part: Message, kind: str, content_id: str | None, number: int) -> str:
    if kind == "message/rfc822":
        inner = part.get_payload(0) if part.is_multipart() else None
        subject = header_fields.one_line(str(inner.get("subject") or "")) if isinstance(inner, Message) else ""
        return part_fields.safe_filename(subject[:100] + ".eml") if subject else f"message-{number}.eml"
    extension = _EXTENSIONS.get(kind, "")
    stem = {"message/delivery-status": "delivery-status", "text/rfc822-headers": "headers", "text/calendar": "invite"}.get(kind)
    return f"{stem or 'attachment-' + str(number)}{extension}"


def _holds_message(part: Message) -> bool:
    return part.get_content_type() == "message/rfc822" and part.is_multipart()


class _AsSent(Compat32):
    """Fields go out as they came in: folding them again changes them, takes quadratic time, and refuses odd ones."""

    verify_generated_headers = False

    def fold_binary(self, name: str, value: str) -> bytes:
        return f"{name}: {value}\n".encode("utf-8", "surrogateescape")


_AS_SENT = _AsSent()


def _message_octets(part: Message) -> bytes:
    """The octets of an attached message as near to the wire as the standard library keeps them."""
    encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
    children = _children(part)
    try:
        if encoding in {"base64", "quoted-printable"} and len(children) == 1 and not children[0].keys():
            inner = as_written(children[0]).encode("utf-8", "surrogateescape")
            return header_fields.base64_octets(inner) if encoding == "base64" else binascii.a2b_qp(inner)
        return b"\n".join(child.as_bytes(policy=_AS_SENT) for child in children)
    except (MessageError, LookupError, ValueError, TypeError, AttributeError, RecursionError):
        return "\n".join(as_written(child) for child in children if not child.is_multipart()).encode("utf-8", "replace")


def as_written(part: Message) -> str:
    """The body of a leaf as it was sent, before its transfer encoding; "" where there is none.

    The library decodes raw 8-bit octets by the declared charset, and raises where that is none of text (idna, undefined, NUL).
    """
    try:
        payload = part.get_payload()
    except (ValueError, TypeError):
        part.replace_header("content-type", part.get_content_type())
        payload = part.get_payload()
    return payload if isinstance(payload, str) else ""


def payload_octets(part: Message, defects: list[str]) -> bytes:
    """The octets of a leaf after its transfer encoding; an unknown encoding is read as none (RFC 2045 section 6)."""
    encoding = re.sub(r"[^a-z0-9]", "", str(part.get("content-transfer-encoding", "")).lower())
    if encoding in {"base64", "xuuencode", "uuencode", "xuue"}:
        octets = as_written(part).encode("utf-8", "replace")
        return _base64(octets, defects) if encoding == "base64" else _uudecoded(octets)
    if encoding not in {"", "7bit", "8bit", "binary", "quotedprintable"}:
        defects.append("unknown-transfer-encoding")
        del part["content-transfer-encoding"]
    elif encoding == "quotedprintable":
        part.replace_header("content-transfer-encoding", "quoted-printable")
    decoded = part.get_payload(decode=True)
    return decoded if isinstance(decoded, bytes) else b""


def _base64(octets: bytes, defects: list[str]) -> bytes:
    try:
        return binascii.a2b_base64(octets.translate(None, b"\r\n \t"), strict_mode=True)
    except binascii.Error:
        defects.append("base64-malformed")
        # What list software appends to an encoded body is prose and rules, not base64.
        lines = (line.strip() for line in octets.splitlines())
        return header_fields.base64_octets(
            b"\n".join(line for line in lines if b" " not in line and line[:2] not in (b"--", b"__"))
        )


def _uudecoded(octets: bytes) -> bytes:
    inner = Body()
    _without_uuencoded(octets.decode("ascii", "replace"), inner)
    return inner.attachments[0].content if inner.attachments else octets
