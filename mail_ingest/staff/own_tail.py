"""What stands below an agent's public answer and is theirs, not the requester's: signature, telephone, address.

Cut without asking: the signature that the agent stored, a block that they said to cut, a tail that their last three mails share.
In doubt the agent is asked once. What `-- ` or a known form of signature delimits is cut before, with everybody's
(`quotes/signatures`). Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mail_ingest.quotes.signatures import is_contact

TAILS = 3  # mails whose tails are compared
LONGEST_TAIL = 15  # lines
_PARAGRAPHS = 3  # at the end of a text, in which a signature is looked for
_SHORT, _LONGEST_ROW = 60, 200  # characters of a line of a signature; of one whose pieces are divided
_PIECES = re.compile(r"\s*[|\u2022\u00b7\u2219\u2027]\s*")
_WEAK_PIECES = re.compile(r"\s*[,;]\s+|\s+[-\u2013\u2014/]\s+|\t+|\s{3,}")
_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}")
# a country code, a leading 0 or a bracket, or the North American form: a bare row of digits is more often an order's number
_PHONE = re.compile(r"(?<![\w.,/-])(?:\+\d|\(\+?\d|0\d|\d{3}[-. ]\d{3}[-. ]\d{4}\b)[\d\s()./\u2013-]{0,24}")
_MOST_WORDS_BESIDE = 3


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an agent: stored signature, the tails of their last mails, what they want sent or cut, own addresses."""

    signature: str = ""
    tails: tuple[str, ...] = ()
    wanted: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    cuts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parted:
    """The answer, and what was cut below it; `doubt` is a block of the answer that may be a signature, "" where there is none."""

    text: str
    cut: str = ""
    doubt: str = ""


def parted(text: str, known: Known, *, beside: bool = False) -> Parted:
    """The answer without its agent's signature; if nothing would be left above it, all of it stays.

    `beside`: the mail says something besides its text (a command, a canned response, a file), so a signature may be all of it.
    """
    certain = without_known(text, known)
    if certain.cut and (beside or certain.text.strip()):
        return certain
    lines = text.rstrip().split("\n")
    starts = [start for block in known.wanted if (start := _ends_with(lines, block)) is not None]
    start = None if starts else _shared(lines, known.tails)
    if start is not None and _says(lines[:start]):
        return Parted("\n".join(lines[:start]).rstrip(), "\n".join(lines[start:]))
    doubt = "" if starts else _last_contacts(lines, beside=beside)
    doubt = doubt or "\n".join(line for line in lines if any(_holds(line, one) for one in known.addresses))
    return Parted(text.rstrip(), doubt="" if normal(doubt) in known.wanted else doubt)


def without_known(text: str, known: Known, *others: str) -> Parted:
    """The text without the stored signature, or else one of the blocks that are agreed to be cut (or `others`), at its end."""
    lines = text.rstrip().split("\n")
    for block in (known.signature, *known.cuts, *others):
        start = _ends_with(lines, block)
        if start is not None:
            return Parted("\n".join(lines[:start]).rstrip(), "\n".join(lines[start:]))
    return Parted(text)


def tail(text: str) -> str:
    """What is remembered of a mail, to be compared with the next ones: its last lines."""
    return "\n".join([_plain(line) for line in text.rstrip().split("\n")][-LONGEST_TAIL:])


def normal(block: str) -> str:
    """A block as it is compared: white space at line ends and empty lines do not count."""
    return "\n".join(_plain(line) for line in block.split("\n") if line.strip())


def without(text: str, block: str) -> str:
    """The text without this block at its end, or with its lines gone where they stand."""
    if text.rstrip().endswith(block):
        return text.rstrip()[: -len(block)].rstrip()
    gone = {_plain(line) for line in block.split("\n") if line.strip()}
    return "\n".join(line for line in text.split("\n") if _plain(line) not in gone).strip("\n")


def _ends_with(lines: Sequence[str], block: str) -> int | None:
    """Where the block begins, if the text ends with it; empty lines between its lines do not matter."""
    wanted = [_plain(line) for line in block.split("\n") if line.strip()]
    i = len(lines)
    while wanted and i:
        i -= 1
        line = _plain(lines[i])
        if not line:
            continue
        if line != wanted[-1]:
            return None
        wanted.pop()
    return i if block.strip() and not wanted else None


def _shared(lines: Sequence[str], tails: Sequence[str]) -> int | None:
    """Where the tail begins that this mail and the last three share: after an empty line, and with contact data in it."""
    if len(tails) < TAILS:
        return None
    here = [_plain(line) for line in lines]
    length = min(_common(here, one.split("\n")) for one in tails[-TAILS:])
    start = len(here) - length
    # from the first line that follows an empty one: what the mails share above it is the end of a sentence by chance
    while start < len(here) and (start == 0 or here[start - 1]):
        start += 1
    return start if start < len(here) and any(is_contact(line) for line in here[start:]) else None


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    length = 0
    while length < min(len(one), len(other)) and one[-1 - length] == other[-1 - length]:
        length += 1
    return length


# --- what may be a signature


def _last_contacts(lines: Sequence[str], *, beside: bool) -> str:
    """The last paragraphs from the first on that holds contact data, if they are short lines below a text; "" where none does."""
    found = end = len(lines)
    for number in range(_PARAGRAPHS):
        while end and not lines[end - 1].strip():
            end -= 1
        start = end
        while start and lines[start - 1].strip():
            start -= 1
        block = [line.strip() for line in lines[start:end]]
        if not block or len(lines) - start > LONGEST_TAIL or not all(_may_sign(line) for line in block):
            break
        if (beside or _says(lines[:start])) and _is_contacts(block, last=number == 0):
            found = start
        end = start
    return "\n".join(lines[found:])


def _may_sign(line: str) -> bool:
    divided = len(_PIECES.split(line)) > 1 or _is_row(line)
    return len(line) <= (_LONGEST_ROW if divided else _SHORT) and not line.startswith((">", "#"))


def _is_contacts(block: Sequence[str], *, last: bool) -> bool:
    """Is this paragraph contact data? A link alone is an answer, and so is one with words below it."""
    if len(block) == 1:
        return _is_row(block[0])
    return any((last and is_contact(line)) or _reaches(line) or _is_row(line) for line in block)


def _is_row(line: str) -> bool:
    """Is this one line mostly contact data: `Bob | Builder Ltd | +49 30 1234567`, or a telephone number with next to no words?"""
    for divider, contact in ((_PIECES, is_contact), (_WEAK_PIECES, _reaches)):
        pieces = [piece for piece in divider.split(line) if piece.strip()]
        if len(pieces) > 1 and all(len(piece.split()) <= 5 for piece in pieces) and any(map(contact, pieces)):
            return True
    return _phones(line) and len(_words_beside(line)) <= _MOST_WORDS_BESIDE


def _reaches(text: str) -> bool:
    """Is it a telephone number or a mail address, with its label at most?"""
    return (is_contact(text) and "@" in text) or (_phones(text) and len(_words_beside(text)) <= 1)


def _phones(text: str) -> bool:
    return any(sum(sign.isdigit() for sign in found) >= 6 for found in _PHONE.findall(_DATE.sub(" ", text)))


def _words_beside(text: str) -> list[str]:
    return re.findall(r"\w+", _PHONE.sub(" ", text))


def _holds(line: str, address: str) -> bool:
    return re.search(rf"(?<![\w.+-]){re.escape(address)}(?!\.?[\w-])", line, re.IGNORECASE) is not None


def _says(lines: Iterable[str]) -> bool:
    return any(line.strip() for line in lines)


def _plain(line: str) -> str:
    return " ".join(line.replace("\u00a0", " ").split())
