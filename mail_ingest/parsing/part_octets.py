"""The octets of one MIME part, as they were sent and after their transfer encoding (RFC 2045 section 6), uuencode included.

What is not here: what a part is good for (`mime_parts`) and its fields (`part_fields`).
"""

from __future__ import annotations

import binascii
import re
from email.errors import MessageError
from email.message import Message
from email.policy import Compat32

from mail_ingest.parsing import header_fields

_UU_BEGIN = re.compile(r"^begin [0-7]{3,4} (\S[^\r\n]{0,200})\r?\n", re.MULTILINE)
_MOST_SPOILED = 20  # each one costs a look at all that follows


def children_of(part: Message) -> list[Message]:
    """The parts inside a multipart or an attached message; none for a leaf."""
    payload = part.get_payload()
    return [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else []


class _AsSent(Compat32):
    """Fields go out as they came in: folding them again changes them, takes quadratic time, and refuses odd ones."""

    verify_generated_headers = False

    def fold_binary(self, name: str, value: str) -> bytes:
        return f"{name}: {value}\n".encode("utf-8", "surrogateescape")


_AS_SENT = _AsSent()


def message_octets(part: Message) -> bytes:
    """The octets of an attached message as near to the wire as the standard library keeps them."""
    encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
    children = children_of(part)
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
    files = without_uuencoded(octets.decode("ascii", "replace"))[1]
    return files[0][1] if files else octets


def without_uuencoded(text: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The text without the files that stand uuencoded in it, and these: (name as written, octets)."""
    out: list[str] = []
    files: list[tuple[str, bytes]] = []
    position = spoiled = 0
    for begin in _UU_BEGIN.finditer(text):
        if begin.start() < position:
            continue
        if spoiled > _MOST_SPOILED:
            break
        end = re.compile(r"^end[ \t]*$", re.MULTILINE).search(text, begin.end())
        if end is None:
            break
        try:
            content = b"".join(_uu_line(line) for line in text[begin.end() : end.start()].encode("ascii").splitlines())
        except (binascii.Error, UnicodeError):
            spoiled += 1
            continue
        out.append(text[position : begin.start()])
        files.append((begin[1], content))
        position = end.end()
    return ("".join(out) + text[position:] if position else text), files


def _uu_line(line: bytes) -> bytes:
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        count = (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0
        return binascii.a2b_uu(line[:count])
