"""What an agent wants to be told, when, and how their own mail is taken; kept in `Person.prefs`, read and written here only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import object_session

from helpdesk.errors import Refused
from helpdesk.models import Person

MOST_UNDO_MINUTES = 10
TAILS, MOST_WANTED, MOST_CUTS = 3, 10, 10
LONGEST_SIGNATURE = 2_000


class When(StrEnum):
    """At once, or gathered into one mail."""

    AT_ONCE = "at_once"
    HOURLY = "hourly"
    DAILY = "daily"


class Receipts(StrEnum):
    """Which of an agent's mails are answered: only what cannot be done, all with commands, or all."""

    ERRORS = "errors"
    COMMANDS = "commands"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Preferences:
    """What holds until the agent says otherwise.

    `unassigned`: new tickets and messages on tickets that nobody has; `everything`: also those of colleagues; `mentions`: notes
    that name the agent. What is assigned to the agent is always told. `when` gathers all of it; an error answer is never gathered.
    `undo_minutes` (0 to 10): how long a public reply by mail waits. `signature`: the agent's own, as text, cut from their mails.
    """

    unassigned: bool = True
    everything: bool = False
    mentions: bool = True
    when: When = When.AT_ONCE
    receipts: Receipts = Receipts.ERRORS
    undo_minutes: int = 0
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Learned:
    """What an agent's mails taught us: how their last ones end; blocks that are to be sent (`wanted`) or cut (`cuts`).

    A block stands in one of the two: what its agent said last holds.
    """

    tails: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()
    cuts: tuple[str, ...] = ()


_NAMES = tuple(one.name for one in fields(Preferences))


def of(person: Person) -> Preferences:
    """This person's preferences; what they never set is as in `Preferences`."""
    kept = {name: value for name, value in person.prefs.items() if name in _NAMES}
    kept |= {"when": When(kept.get("when", When.AT_ONCE)), "receipts": Receipts(kept.get("receipts", Receipts.ERRORS))}
    return Preferences(**kept)


def keep(person: Person, wanted: Mapping[str, Any]) -> Preferences:
    """Change what `wanted` names and keep the rest; raises Refused with the field for a value that cannot be."""
    unknown = set(wanted) - set(_NAMES)
    if unknown:
        raise Refused(f"There is no such preference: {', '.join(sorted(unknown))}.", min(unknown))
    _read_again(person)
    try:
        values = {**asdict(of(person)), **wanted}
        values["when"] = When(values["when"])
    except ValueError as error:
        raise Refused(f"Mail comes {', '.join(When)}.", "when") from error
    try:
        values["receipts"] = Receipts(values["receipts"])
    except ValueError as error:
        raise Refused(f"Receipts come {', '.join(Receipts)}.", "receipts") from error
    if not 0 <= int(values["undo_minutes"]) <= MOST_UNDO_MINUTES:
        raise Refused(f"A reply waits 0 to {MOST_UNDO_MINUTES} minutes.", "undo_minutes")
    values["signature"] = str(values["signature"]).replace("\r\n", "\n").strip()
    if len(values["signature"]) > LONGEST_SIGNATURE:
        raise Refused(f"A signature has {LONGEST_SIGNATURE} characters at most.", "signature")
    chosen = Preferences(**values)
    person.prefs = {**person.prefs, **asdict(chosen)}
    return chosen


def learned(person: Person) -> Learned:
    """What is known of the mails of this agent."""
    return Learned(*(tuple(person.prefs.get(one.name, ())) for one in fields(Learned)))


def learn(person: Person, *, tail: str = "", wanted: str = "", cut: str = "") -> None:
    """Remember how their newest mail ends, a block that requesters may have, or one to be cut; the oldest is forgotten."""
    _read_again(person)
    before = learned(person)
    values = {
        "tails": [*before.tails, *filter(None, [tail])][-TAILS:],
        "wanted": _newest([one for one in before.wanted if one != cut], wanted)[-MOST_WANTED:],
        "cuts": _newest([one for one in before.cuts if one != wanted], cut)[-MOST_CUTS:],
    }
    person.prefs = {**person.prefs, **values}


def _newest(blocks: list[str], block: str) -> list[str]:
    return [*(one for one in blocks if one != block), block] if block else blocks


def _read_again(person: Person) -> None:
    """What is written now keeps what was saved meanwhile: a mail is long on its way, and the settings page writes here too."""
    session = object_session(person)
    if session is not None and inspect(person).persistent:
        # the lock that the UPDATE takes anyway: rows that only name this person do not wait for it
        session.flush()
        session.refresh(person, ["prefs"], with_for_update={"key_share": True})
