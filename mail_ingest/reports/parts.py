"""A delivery report taken apart: what the mail system says, its machine-readable fields, and the mail it gives back.

Pure and linear: at most `MAX_OCTETS` in `MAX_LINES` of the mail are looked at, and of each line `MAX_LINE`; reports say what they
have to say before they quote. Not here: what the lines mean (status_fields, prose, complaint).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from mail_ingest.parse import message_of
from mail_ingest.parsing import charsets, html_text, part_octets

MAX_OCTETS = 256 * 1024
MAX_LINES = 4000
MAX_LINE = 1000

Fields = tuple[tuple[str, str], ...]

_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,60})[ \t]?:(.*)", re.DOTALL)
_MAIL_FIELDS = frozenset(
    ("received", "return-path", "from", "to", "cc", "subject", "date", "message-id", "mime-version", "reply-to", "sender",
     "content-type", "delivered-to", "user-agent", "x-mailer", "dkim-signature", "content-transfer-encoding", "references",
     "in-reply-to", "errors-to")
)  # fmt: skip
# A line of nothing but these words announces the quoted original ("--- Below this line is a copy of the message.").
_TELLING = frozenset(
    ("original", "returned", "unsent", "undelivered", "undeliverable", "bounced", "rejected", "copy", "header", "headers", "follow",
     "follows", "following")
)  # fmt: skip
_CARRIER = frozenset(("message", "mail", "email", "e", "text", "header", "headers"))
_ANNOUNCING = _TELLING | _CARRIER | frozenset(
    ("a", "all", "and", "are", "as", "at", "attached", "attachment", "be", "below", "body", "but", "complete", "content",
     "contents", "enclosed", "end", "first", "for", "from", "full", "here", "in", "included", "including", "is", "it",
     "its", "just", "line", "lines", "next", "no", "of", "on", "only", "part", "portion", "return", "section", "sent",
     "start", "that", "the", "this", "truncated", "was", "we", "what", "with", "you", "your")
)  # fmt: skip
_RETURNED = frozenset(
    ("message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers")
)


@dataclass(frozen=True, slots=True)
class BounceParts:
    """`notice`: lines of the mail system itself. `lines`: all text lines, quoted original included. `status`: lines of
    message/delivery-status, empty when there is none. `feedback`: fields of message/feedback-report. `original`: header fields
    (names in lower case) of the mail that came back, as far as the report gives them; `typed_original` tells that they came as a
    message part. `message`: the library's tree."""

    notice: tuple[str, ...]
    lines: tuple[str, ...]
    status: tuple[str, ...]
    feedback: Fields
    original: Fields
    typed_original: bool
    message: Message

    def of_original(self, name: str) -> tuple[str, ...]:
        """Every value of that field in the mail that came back."""
        return tuple(value for key, value in self.original if key == name)


def split(raw: bytes) -> BounceParts:
    """Notice, machine-readable fields and original are found by MIME type first, then by the first header block in the text."""
    bounded = b"\n".join(line[:MAX_LINE] for line in raw[:MAX_OCTETS].splitlines()[:MAX_LINES])
    message = message_of(bounded)
    texts: list[str] = []
    status: list[str] = []
    feedback: Fields = ()
    original: Fields = ()
    for part in _own_parts(message):
        kind = part.get_content_type()
        if kind.endswith(("/delivery-status", "/global-delivery-status")):
            status += [*_body_of_fields(part), ""]
        elif kind == "message/feedback-report":
            feedback = fields(_body_of_fields(part))
        elif kind in _RETURNED:
            original = original or _returned(part)
        elif part.get_content_maintype() == "text":
            texts.append(_text(part))
    lines = tuple(line.rstrip() for text in texts for line in [*text.splitlines(), ""])
    notice, quoted = _cut_at_original(lines)
    return BounceParts(notice, lines, tuple(status), feedback, original or fields(quoted), bool(original), message)


def fields(lines: tuple[str, ...] | list[str]) -> Fields:
    """`Name: value` lines, unfolded, up to the first blank line after the first field."""
    found: list[tuple[str, str]] = []
    for line in lines:
        if not line.strip():
            if found:
                break
        elif line[0] in " \t" and found:
            found[-1] = (found[-1][0], f"{found[-1][1]} {line.strip()}")
        elif match := _FIELD.match(line):
            found.append((match[1].lower(), match[2].strip()))
    return tuple(found)


def _own_parts(part: Message) -> Iterator[Message]:
    """Leaf parts of the report itself; what is inside a returned message is not looked into."""
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        # A first part that a broken boundary pushed into the preamble, or all that follows a lost closing line.
        for outside in (part.preamble, part.epilogue):
            if isinstance(outside, str) and "@" in outside:
                yield _plain(outside)
        for child in _inner(part):
            yield from _own_parts(child)
    elif part.get_content_maintype() == "multipart":
        yield _plain(part_octets.as_written(part))
    else:
        yield part


def _plain(text: str) -> Message:
    part = Message()
    part.set_payload(text)
    return part


def _body_of_fields(part: Message) -> list[str]:
    """The lines of a message/* part whose body the library has already taken for header blocks."""
    text = "\n\n".join(_block(block) for block in _inner(part)) if part.is_multipart() else part_octets.as_written(part)
    if str(part.get("content-transfer-encoding", "")).strip().lower() in {"base64", "quoted-printable"}:
        encoded = _plain(text)
        encoded["Content-Transfer-Encoding"] = part["content-transfer-encoding"]
        return _text(encoded).splitlines()
    return charsets.clean_text(text).splitlines()


def _inner(part: Message) -> list[Message]:
    payload = part.get_payload() if part.is_multipart() else []
    return [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else []


def _block(block: Message) -> str:
    head = "\n".join(f"{name}: {_unread(value)}" for name, value in block.raw_items())
    body = "" if block.is_multipart() else part_octets.as_written(block)
    return f"{head}\n\n{body}" if body.strip() else head


def _unread(value: object) -> str:
    """A field as it stands in the mail, which may be in UTF-8 (RFC 6532); the library would replace what is not ASCII."""
    return charsets.decode(str(value).encode("utf-8", "surrogateescape"), None)[0]


def _returned(part: Message) -> Fields:
    inner = next(iter(_inner(part)), None)
    if inner is not None:
        found = tuple((name.lower(), charsets.clean_text(_unread(value))) for name, value in inner.raw_items())
        return found or fields(_text(inner).splitlines())
    return fields(_text(part).lstrip().splitlines())


def _text(part: Message) -> str:
    charset = part.get_param("charset")
    text, _ = charsets.decode(part_octets.payload_octets(part, []), charset if isinstance(charset, str) else None)
    return html_text.render(text) if part.get_content_subtype() == "html" else text


def _announces_original(line: str) -> bool:
    words = set(re.findall(r"[a-z0-9@]+", line.lower()))
    return len(line) < 100 and words <= _ANNOUNCING and bool(words & _TELLING) and bool(words & _CARRIER)


def _cut_at_original(lines: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The notice ends where a block of at least three header fields of a mail begins, or at a line that announces the original."""
    start, known = -1, set[str]()
    announced = -1
    for number, line in enumerate(lines):
        if start >= 0 and line[:1] in {" ", "\t"} and line.strip():
            continue
        match = _FIELD.match(line)
        if match is None:
            start, known = -1, set()
            if announced < 0 and _announces_original(line):
                announced = number
            continue
        if start < 0:
            start = number
        if match[1].lower() in _MAIL_FIELDS:
            known.add(match[1].lower())
        if len(known) >= 3:
            return lines[: announced if 0 <= announced < start else start], lines[start:]
    return (lines[:announced], lines[announced + 1 :]) if announced > 0 else (lines, ())
