"""The commands that an agent can write in a mail, as one table; how a text is read for them is in `commands`.

A checker gets what stands after the name and answers its canonical form, or raises BadValue with the reason that the agent is told.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from helpdesk.words import Priority, Status, TicketType

STATUSES = tuple(status.value for status in Status)
PRIORITIES = tuple(priority.value for priority in Priority)
TYPES = tuple(kind.value for kind in TicketType)
MOST_ADDRESSES = 10
MOST_TAGS = 20
MOST_SNOOZE_DAYS = 366
LONGEST_TEXT = 200

_STATUS_WORDS = {
    **{status: status for status in STATUSES},
    "progress": "in_progress", "in progress": "in_progress", "in-progress": "in_progress", "solved": "resolved", "done": "resolved",
    "resolve": "resolved", "close": "closed", "reopen": "open", "reopened": "open",
}  # fmt: skip
_ENDS = " .,;!"
_TICKET = re.compile(r"\[?(?:#?(\d{1,9})|([A-Za-z][A-Za-z0-9]{1,9})[-# ]?0*(\d{1,9}))\]?")
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.){1,8}[A-Za-z0-9-]{1,62}")
_LINKED_ADDRESS = re.compile(r"([^\s<>]{3,254}@[^\s<>]{1,254}?) ?<mailto:[^<>\s]{3,254}>")
_LINK_TARGET = re.compile(r"<https?://[^<>\s]{3,500}>")
_SHOWN_TARGET = re.compile(r"<(?:mailto:)?[^<>\s]{3,254}>")
_DURATION = re.compile(r"(\d{1,5}) ?(min|minutes?|h|hours?|d|days?|w|weeks?)")
_TAG = re.compile(r"[^\W_](?:[\w.-]{0,38}\w)?")


class BadValue(ValueError):
    """What stands after the name is not a value of this command: the reason, and what was probably meant."""

    def __init__(self, reason: str, suggestion: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.suggestion = suggestion


@dataclass(frozen=True, slots=True)
class Rule:
    """One command: its names, the form of its value for the card ("" where it takes none), the checker, what it does in one line.

    `destructive` ones need an authenticated sender or a confirmed link.
    """

    name: str
    aliases: tuple[str, ...]
    usage: str
    check: Callable[[str], str]
    does: str
    destructive: bool = False


def nothing(value: str) -> str:
    """No value; punctuation and a link target that an editor added are ignored."""
    if _LINK_TARGET.sub("", value).strip(_ENDS):
        raise BadValue("this command takes no value and stands alone on its line")
    return ""


def one_of(command: str, choices: Sequence[str], words: dict[str, str] | None = None) -> Callable[[str], str]:
    """A checker for a closed set of words, any case; `words` adds other spellings."""
    known = {**{choice: choice for choice in choices}, **(words or {})}

    def check(value: str) -> str:
        word = " ".join(value.casefold().strip(_ENDS).split())
        found = known.get(word)
        if found is None:
            near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
            raise BadValue(f"the value is one of: {', '.join(choices)}", f"#{command} {known[near[0]]}" if near else None)
        return found

    return check


def free_text(what: str) -> Callable[[str], str]:
    """A checker for a line of text of at most 200 characters."""

    def check(value: str) -> str:
        # an address that was made a link has its target behind it
        text = " ".join(_LINKED_ADDRESS.sub(r"\1", value).split())
        if not text:
            raise BadValue(f"{what} is missing")
        if len(text) > LONGEST_TEXT:
            raise BadValue(f"{what} is longer than {LONGEST_TEXT} characters")
        return text

    return check


def tags(value: str) -> str:
    """Tags to add, and with "-" to remove, in lower case with one blank between them; commas and "#" are accepted."""
    found = [tag for tag in re.split(r"[\s,;]+", value.casefold().strip(_ENDS)) if tag]
    if not found:
        raise BadValue("a tag is missing")
    if len(found) > MOST_TAGS:
        raise BadValue(f"more than {MOST_TAGS} tags")
    plain = [("-" if tag.startswith("-") else "") + tag.lstrip("-+#") for tag in found]
    for tag in plain:
        if not _TAG.fullmatch(tag.removeprefix("-")):
            raise BadValue(f"{tag[:40]!r} is no tag: letters, digits, dots and dashes, at most 40")
    return " ".join(dict.fromkeys(plain))


def ticket(value: str) -> str:
    """A ticket by its tag or number: "ELM-7", "[ELM-007]", "#7" become "ELM-7" and "7"."""
    match = _TICKET.fullmatch(value.strip(_ENDS))
    if match is None:
        raise BadValue("a ticket is named like ELM-7")
    number, prefix, digits = match.groups()
    return f"{prefix.upper()}-{int(digits)}" if prefix else str(int(number))


def address(value: str) -> str:
    """One mail address, the domain in lower case."""
    found = _addresses(value)
    if len(found) != 1 or found[0].startswith("-"):
        raise BadValue("one mail address belongs here")
    return found[0]


def addresses(value: str) -> str:
    """At most ten mail addresses to add, and with "-" to remove, with one blank between them."""
    found = _addresses(value)
    if not found:
        raise BadValue("a mail address is missing")
    if len(found) > MOST_ADDRESSES:
        raise BadValue(f"more than {MOST_ADDRESSES} addresses")
    return " ".join(found)


def _addresses(value: str) -> list[str]:
    shown = _SHOWN_TARGET.sub(" ", value)
    words = re.split(r"[\s,;]+", (shown if "@" in shown else value.replace("mailto:", "")).strip(_ENDS))
    found = []
    for word in words:
        if not word:
            continue
        sign = "-" if word.startswith("-") else ""
        bare = word.lstrip("-+").strip("<>.")
        if not _ADDRESS.fullmatch(bare):
            raise BadValue(f"{word[:80]!r} is no mail address")
        local, _, domain = bare.rpartition("@")
        found.append(f"{sign}{local}@{domain.lower()}")
    return list(dict.fromkeys(found))


def duration(value: str) -> str:
    """How long to snooze: "30min", "4h", "3d", "2w" (or in words), or a day as 2031-05-03; at most a year."""
    word = value.casefold().strip(_ENDS)
    if match := _DURATION.fullmatch(word):
        number, unit = int(match.group(1)), match.group(2)
        short = "min" if unit.startswith("min") else unit[0]
        days = number * {"min": 1 / 1440, "h": 1 / 24, "d": 1, "w": 7}[short]
        if not 0 < days <= MOST_SNOOZE_DAYS:
            raise BadValue("a snooze lasts more than nothing and at most a year")
        return f"{number}{short}"
    try:
        return date.fromisoformat(word).isoformat()
    except ValueError:
        raise BadValue("how long? 30min, 4h, 3d, 2w, or a day like 2031-05-03") from None


def scope(value: str) -> str:
    """Nothing, "all", or "whole"."""
    word = value.casefold().strip(_ENDS)
    if word not in {"", "all", "whole"}:
        raise BadValue("write #send, #send all, or #send whole")
    return word


COMMANDS = (
    Rule("note", (), "", nothing, "this mail is an internal note"),
    Rule("reply", (), "", nothing, "this mail goes to the requester"),
    Rule("open", ("reopen",), "", nothing, "sets the status to open, after the message"),
    Rule("progress", ("in_progress", "inprogress"), "", nothing, "sets the status to in progress"),
    Rule("resolved", ("solved", "done", "resolve"), "", nothing, "sets the status to resolved"),
    Rule("closed", ("close",), "", nothing, "sets the status to closed"),
    Rule("status", (), "STATUS", one_of("status", STATUSES, _STATUS_WORDS), f"sets the status: {', '.join(STATUSES)}"),
    Rule("take", ("mine",), "", nothing, "assigns the ticket to you"),
    Rule("assign", (), "NAME|none", free_text("the name"), "assigns by address, login or unique name; none unassigns"),
    Rule("priority", (), "PRIORITY", one_of("priority", PRIORITIES), f"sets the priority: {', '.join(PRIORITIES)}"),
    Rule("type", (), "TYPE", one_of("type", TYPES), f"sets the type: {', '.join(TYPES)}"),
    Rule("tag", ("tags",), "a b -c", tags, "adds tags, removes those with a minus"),
    Rule("macro", ("canned", "m"), "NAME", free_text("the name"), "inserts the canned response here and runs its actions"),
    Rule("known", (), "on|off", one_of("known", ("on", "off")), "makes it a known issue, or no longer", destructive=True),
    Rule("merge", (), "ELM-7", ticket, "merges this ticket into that one", destructive=True),
    Rule("cc", (), "a@x -b@y", addresses, "adds people in copy, removes those with a minus", destructive=True),
    Rule("requester", (), "a@x", address, "sets who asked", destructive=True),
    Rule("subject", (), "TEXT", free_text("the text"), "renames the ticket"),
    Rule("snooze", (), "3d", duration, "hides the ticket for a while: 30min, 4h, 3d, 2w or a date"),
    Rule("spam", (), "", nothing, "marks the ticket as spam", destructive=True),
    Rule("mute", (), "", nothing, "sends you no more mail about this ticket"),
    Rule("show", (), "", nothing, "mails you the ticket; changes nothing"),
    Rule("help", (), "", nothing, "mails you this card; changes nothing"),
    Rule("send", (), "[all|whole]", scope, "sends the held mail; all of yours; with what may be your signature"),
    Rule("discard", (), "", nothing, "throws the held mail away"),
    Rule("undo", (), "", nothing, "takes the last mail back within the undo time"),
)
STATUS_NAMES = {"open": "open", "progress": "in_progress", "resolved": "resolved", "closed": "closed"}
