"""The machine-readable part of a delivery report (RFC 3464 section 2), wherever a mail system has put it.

Not here: prose (prose).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable

from mail_ingest.mail import FailedRecipient
from mail_ingest.reports.parts import Fields, fields

ACTIONS = frozenset({"failed", "delayed", "delivered", "relayed", "expanded"})

_RECIPIENT_FIELDS = ("final-recipient", "original-recipient", "x-actual-recipient")
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
_REPLY_CODE = re.compile(r"(?<![\d.])([45])[0-5]\d[ -]")
_ESCAPED = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
_DIALOGUE = re.compile(r"rcpt to|mail from:|smtp error|remote (?:host|server) (?:said|returned)|<<< ?[45]\d\d", re.IGNORECASE)


def recipients(lines: Iterable[str]) -> tuple[FailedRecipient, ...]:
    """One recipient per block of fields that names one and says what became of it (RFC 3464 section 2.3)."""
    found: dict[str, FailedRecipient] = {}
    for block in _blocks(lines):
        if (recipient := _recipient(block)) is not None:
            found.setdefault(recipient.address.lower(), recipient)
    return tuple(found.values())


def status_in(text: str) -> str | None:
    """The first enhanced status code in a text (RFC 3463), else an SMTP reply code as `5.0.0` or `4.0.0`, else None."""
    enhanced = [match[0] for match in _STATUS.finditer(text) if match[1] != "2"]
    if enhanced:
        # "5.0.0" only repeats "failed"; a later code that says why is worth more.
        return next((code for code in enhanced if not code.endswith(".0.0")), enhanced[0])
    reply = _REPLY_CODE.search(text)
    return f"{reply[1]}.0.0" if reply else None


def speaks_smtp(text: str) -> bool:
    """The text quotes SMTP: an enhanced status code of a failure, or words of its dialogue, as programs do and people seldom."""
    return any(match[1] != "2" for match in _STATUS.finditer(text)) or _DIALOGUE.search(text) is not None


def _blocks(lines: Iterable[str]) -> list[Fields]:
    blocks: list[list[str]] = [[]]
    for line in lines:
        if line.lower().startswith("final-recipient") and any(kept.lower().startswith("final-recipient") for kept in blocks[-1]):
            blocks.append([])
        if line.strip():
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    return [fields(block) for block in blocks if block]


def _recipient(block: Fields) -> FailedRecipient | None:
    values: dict[str, str] = {}
    for name, value in block:
        values.setdefault(name, value)
    if not values.keys() & {"action", "status", "diagnostic-code"}:
        return None
    named = [found for name in _RECIPIENT_FIELDS if (found := _address(values.get(name, "")))]
    if not named:
        return None
    # A final recipient without a real domain is a name inside the reporting system: the address we wrote to says more.
    address = next((found for found in named if "." in found.rpartition("@")[2]), named[0])
    diagnostic = values.get("diagnostic-code", "").partition(";")[2].strip() or values.get("diagnostic-code") or None
    status = _status(values.get("status", ""), diagnostic or "")
    return FailedRecipient(address, _action(values.get("action", ""), status), status, diagnostic)


def _address(value: str) -> str | None:
    """The address of `rfc822; x` or `utf-8; x`; the latter may write a character as `\\x{F6}` (RFC 6533 section 3)."""
    text = value.rpartition(";")[2] if ";" in value else value
    text = _ESCAPED.sub(lambda escape: char if (char := _character(escape[1])).isprintable() else escape[0], text)
    text = re.sub(r"\([^()]*\)", "", text).strip().strip("<>' ")
    return text if text.rpartition("@")[0] and " " not in text else None


def _character(digits: str) -> str:
    number = int(digits, 16)
    return chr(number) if number <= sys.maxunicode else "\0"


def _status(field: str, diagnostic: str) -> str | None:
    stated = _STATUS.search(field)
    if stated is None:
        return status_in(diagnostic)
    if stated[0].endswith(".0.0"):
        better = status_in(diagnostic)
        return better if better and better[0] == stated[0][0] else stated[0]
    return stated[0]


def _action(field: str, status: str | None) -> str:
    word = field.strip().split(" ")[0].split("(")[0].lower()
    if word in ACTIONS:
        return word
    return {"2": "delivered", "4": "delayed"}.get((status or "5")[0], "failed")
