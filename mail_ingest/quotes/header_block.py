"""The printed fields of a quoted or forwarded mail (From, Sent, To, Subject) in the languages of `languages.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mail_ingest.quotes.evidence import LONGEST_LINE, TIME, YEAR, has_address
from mail_ingest.quotes.languages import LANGUAGES, fold, words


@dataclass(frozen=True, slots=True)
class HeaderBlock:
    """Lines `first` to `last` (excluded) print the fields of a mail; `values` by kind (sender, date, sent, to, cc, subject)."""

    first: int
    last: int
    values: dict[str, str]


Fields = tuple[tuple[str, str], ...]

_HEADER_KINDS = {
    **{word: "cc" for language in LANGUAGES for word in words(language.cc)},
    **{word: "to" for language in LANGUAGES for word in words(language.to)},
    **{word: "date" for language in LANGUAGES for word in words(language.date)},
    **{word: "sent" for language in LANGUAGES for word in words(language.sent)},
    **{word: "subject" for language in LANGUAGES for word in words(language.subject)},
    **{word: "sender" for language in LANGUAGES for word in words(language.sender)},
}
_BOLD = str.maketrans("", "", "*_")


def header_block(lines: Sequence[str], first: int, fields: Sequence[Fields]) -> HeaderBlock | None:
    """The block of printed header fields that begins in line `first`, or None; `fields` are those of every line (`fields_of`).

    It needs a sender and one more field, and something that only mail has: an address, a subject, a "Sent" label or a time of day
    (without a sender: the time, and an address in To).
    Fields may be broken over lines and stand apart by up to two empty ones; To and Cc may be long.
    """
    if not fields[first]:
        return None
    values: dict[str, str] = {}
    last, current, gap, empty = first, "", 0, 0
    for i in range(first, min(len(lines), first + 60)):
        if fields[i]:
            if any(kind in values and (kind not in {"cc", "to"} or kind == current) for kind, _ in fields[i]):
                break
            for kind, value in fields[i]:
                values[kind] = value
                current = kind
            last, gap, empty = i + 1, 0, 0
            continue
        if not lines[i].strip():
            empty += 1
            if empty > 2:
                break
            continue
        if _is_block(values) and empty:
            break
        gap += 0 if current in {"to", "cc"} and ("@" in lines[i] or ";" in lines[i]) else 1
        if gap > 3 or len(lines[i]) > LONGEST_LINE:
            break
        if (current and not empty) or not values.get(current, "x"):
            values[current] = f"{values[current]} {lines[i].strip()}".strip()
            if not empty:
                last = i + 1 if _is_block(values) and current != "subject" else last
    return HeaderBlock(first, last, values) if _is_block(values) else None


def label_of(line: str) -> str | None:
    """The kind of header field that this line prints (sender, date, sent, to, cc, subject), or None."""
    if len(line) > LONGEST_LINE:
        return None
    head, colon, _ = line.replace("：", ":", 1).partition(":")
    if not colon or len(head) > 40:
        return None
    return _HEADER_KINDS.get(" ".join(fold(head).translate(_BOLD).lstrip("> \t|").split()))


def fields_of(line: str) -> Fields:
    """The header fields that a line prints, as (kind, value): none, one, or two where a client put them on one line."""
    kind = label_of(line) if ":" in line or "：" in line else None
    if kind is None:
        return ()
    value = line.replace("：", ":", 1).partition(":")[2].strip().strip("*").strip()
    if kind == "sender":
        parts = value.split(" ")
        for i, part in enumerate(parts[1:], 1):
            other = _HEADER_KINDS.get(fold(part[:-1])) if part.endswith(":") and len(part) > 3 else None
            if other in {"date", "sent"}:
                return ((kind, " ".join(parts[:i])), (other, " ".join(parts[i + 1 :])))
    return ((kind, value),)


def _is_block(values: dict[str, str]) -> bool:
    if len(values) < 2:
        return False
    stamped = "date" in values and TIME.search(values["date"]) is not None and YEAR.search(values["date"]) is not None
    if "sender" not in values:
        return stamped and has_address(values.get("to", ""))
    if "sent" in values or ("subject" in values and ("date" in values or "to" in values or "cc" in values)):
        return True
    if "subject" in values or "date" in values or "to" in values:
        return has_address(values["sender"]) or (has_address(values.get("to", "")) and "date" in values) or (stamped)
    return False
