"""What stands below an agent's public answer and is theirs, not the requester's: signature, telephone, address.

Cut without asking: the signature that the agent stored, and a tail that their last three mails share. In doubt the agent is asked
once. What `-- ` or a known form of signature delimits is cut before, with everybody's (`quotes/signatures`). Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mail_ingest.quotes.signatures import is_contact

TAILS = 3  # mails whose tails are compared
LONGEST_TAIL = 15  # lines


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an agent: stored signature, the tails of their last mails, blocks that they want sent, own addresses."""

    signature: str = ""
    tails: tuple[str, ...] = ()
    wanted: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Parted:
    """The answer, and what was cut below it; `doubt` is a block of the answer that may be a signature, "" where there is none."""

    text: str
    cut: str = ""
    doubt: str = ""


def parted(text: str, known: Known) -> Parted:
    """The answer without its agent's signature; if nothing would be left above it, all of it stays."""
    lines = text.rstrip().split("\n")
    start = _stored(lines, known.signature)
    if start is None:
        start = _shared(lines, known.tails)
    if start is not None and _says(lines[:start]):
        return Parted("\n".join(lines[:start]).rstrip(), "\n".join(lines[start:]))
    doubt = _doubtful(lines, known.addresses)
    return Parted(text.rstrip(), doubt="" if normal(doubt) in known.wanted else doubt)


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


def _stored(lines: Sequence[str], signature: str) -> int | None:
    """Where the stored signature begins, if the text ends with it; empty lines between its lines do not matter."""
    wanted = [_plain(line) for line in signature.split("\n") if line.strip()]
    i = len(lines)
    while wanted and i:
        i -= 1
        line = _plain(lines[i])
        if not line:
            continue
        if line != wanted[-1]:
            return None
        wanted.pop()
    return i if signature.strip() and not wanted else None


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


def _doubtful(lines: Sequence[str], addresses: frozenset[str]) -> str:
    """The last paragraph, if it is short lines with contact data below a text; else the lines that name the agent's address."""
    start = len(lines)
    while start and lines[start - 1].strip():
        start -= 1
    block = lines[start:]
    short = all(len(line.strip()) <= 60 and not line.lstrip().startswith(">") for line in block)
    contacts = sum(is_contact(line.strip()) for line in block)
    if _says(lines[:start]) and len(block) >= 2 and len(block) <= LONGEST_TAIL and short and contacts:
        return "\n".join(block)
    own = [line for line in lines if any(_holds(line, one) for one in addresses)]
    return "\n".join(own)


def _holds(line: str, address: str) -> bool:
    return re.search(rf"(?<![\w.+-]){re.escape(address)}(?!\.?[\w-])", line, re.IGNORECASE) is not None


def _says(lines: Sequence[str]) -> bool:
    return any(line.strip() for line in lines)


def _plain(line: str) -> str:
    return " ".join(line.replace("\u00a0", " ").split())
