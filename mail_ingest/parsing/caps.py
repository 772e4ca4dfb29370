"""How much of a mail is looked at: every cap is counted by one linear scan before anything is parsed.

Above a cap a mail is held with its raw bytes, never refused and never a crash. HTML has caps of its own (`helpdesk/html_limits`).
"""

from __future__ import annotations

import re

from helpdesk.text.html_limits import exceeded as html_exceeded

__all__ = ["exceeded", "html_exceeded"]

MIB = 1024 * 1024
MOST_MAIL = 25 * MIB
MOST_HEADER = 256 * 1024
MOST_FIELD = 64 * 1024
MOST_FIELDS = 1_000
MOST_ADDRESSES = 500
MOST_PARTS = 1_000
MOST_DEPTH = 50

_HEADER_END = re.compile(rb"\r?\n[ \t]*\r?\n|\r\r")
_FOLD = re.compile(rb"(?:\r?\n|\r(?!\n))(?![ \t])")
_ADDRESS_FIELD = re.compile(rb"(?:from|to|cc|bcc|reply-to|sender|resent-(?:from|to|cc|bcc|sender))[ \t]*:", re.IGNORECASE)
_BOUNDARY = re.compile(rb"boundary[ \t]*=[ \t]*(?:\"([^\"\r\n]{1,200})\"|([^\s;\"]{1,200}))", re.IGNORECASE)
_CONTAINER = re.compile(rb"content-type[ \t]*:\s*(?:multipart|message)/", re.IGNORECASE)
_DASHED = re.compile(
    rb"^--([^\r\n]{0,204})|" + _BOUNDARY.pattern + rb"|(content-type[ \t]*:\s*message/)", re.IGNORECASE | re.MULTILINE
)


def exceeded(raw: bytes) -> str | None:
    """The first cap that the mail exceeds, as text for the held queue, or None."""
    if len(raw) > MOST_MAIL:
        return "25 MiB in one mail"
    end = _HEADER_END.search(raw, 0, MOST_HEADER + 4)
    if end is None and len(raw) > MOST_HEADER:
        return "256 KiB in the header block"
    head = raw[: end.start()] if end else raw
    return _header(head) or _structure(raw)


def _header(head: bytes) -> str | None:
    if len(head) <= MOST_FIELD and head.count(b"\n") <= MOST_FIELDS and head.count(b"@") <= MOST_ADDRESSES:
        return None
    fields = _FOLD.split(head)
    if len(fields) > MOST_FIELDS:
        return "1,000 header fields"
    if any(len(field) > MOST_FIELD for field in fields):
        return "64 KiB in one field"
    if sum(field.count(b"@") for field in fields if _ADDRESS_FIELD.match(field)) > MOST_ADDRESSES:
        return "500 addresses"
    return None


def _structure(raw: bytes) -> str | None:
    """Depth and number of parts, exactly only where a cheap upper bound does not settle it."""
    if raw.count(b"\n--") + raw.count(b"\r--") <= MOST_PARTS and len(_CONTAINER.findall(raw)) < MOST_DEPTH:
        return None
    open_: list[bytes] = []
    messages = parts = 0
    known: set[bytes] = set()
    for mark in _DASHED.finditer(raw):
        dashed, quoted, plain, message = mark.groups()
        if message:
            messages += 1
        elif dashed is None:
            boundary = (quoted or plain).rstrip()
            known.add(boundary)
            open_.append(boundary)
        else:
            name = dashed.rstrip()
            closing = name not in known and name.endswith(b"--")
            name = name[:-2] if closing else name
            if name not in known:
                continue
            while open_ and open_[-1] != name:
                open_.pop()
            if closing:
                open_ = open_[:-1]
            else:
                parts += 1
                messages = 0
        if parts > MOST_PARTS:
            return "1,000 parts"
        if len(open_) + messages > MOST_DEPTH:
            return "50 levels of parts"
    return None
