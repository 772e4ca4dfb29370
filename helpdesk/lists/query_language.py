"""The search language: what somebody typed -> what is asked for. Pure; its SQL is in conditions.py, its manual docs/searching.md.

    status:open assignee:me -tag:spam from:example.com after:7d "payment failed" invoice -refund

Nothing typed is an error: what is no operator of ours is searched for as words, and a hint says so.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from helpdesk import addressing
from helpdesk.words import Priority, Status, TicketType

LONGEST = 500  # characters that are read
MOST_TERMS = 30
MOST_HINTS = 3

IS = ("open", "closed", "known", "snoozed", "unassigned")
HAS = ("attachment",)
_ALIASES = {
    "state": "status", "owner": "assignee", "requester": "from", "label": "tag", "since": "after", "attachments": "attachment",
    "file": "attachment", "files": "attachment", "public": "known", "progress": "in_progress", "nobody": "none",
    "unassigned": "none", "urgent": "critical",
}  # fmt: skip
_DAYS = {"h": 1 / 24, "d": 1, "w": 7, "m": 30, "y": 365}
_TOKEN = re.compile(r'(-?)(?:([A-Za-z]+(?:-[A-Za-z]+)*):)?(?:"([^"]*)(?:"|$)|(\S+|(?<=:)))')
_SPAN = re.compile(r"(\d{1,4})([hdwmy])")
_DAY = re.compile(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?")


@dataclass(frozen=True, slots=True)
class Term:
    """One condition. `field`: word, phrase, number, status, type, priority, assignee, from, tag, is, has, created or updated.

    `values`: any of them fits; for created and updated it is empty, and the time lies in `since` <= time < `until` (None: open).
    `typed` is how it was written, several that were joined with spaces between.
    """

    field: str
    values: tuple[str, ...] = ()
    negated: bool = False
    since: datetime | None = None
    until: datetime | None = None
    typed: str = dataclasses.field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Query:
    """All `terms` must fit. `hints` are sentences about what was not understood."""

    terms: tuple[Term, ...]
    hints: tuple[str, ...] = ()

    @property
    def text(self) -> tuple[Term, ...]:
        """The words and phrases that must be there."""
        return tuple(term for term in self.terms if term.field in ("word", "phrase") and not term.negated)


class _Misread(Exception):
    """It is no operator of ours after all; the text is the hint."""


def parse(typed: str, *, now: datetime, prefix: str = "ELM") -> Query:
    """Every term is kept in its order; terms of one field that a ticket has only once are joined: any of them fits.

    `now` is aware; days are those of UTC. Whatever is longer than LONGEST or has more than MOST_TERMS terms is cut, with a hint.
    """
    clean = typed.replace("\0", " ").translate({0x201C: '"', 0x201D: '"', 0x201E: '"'})
    hints = [f"Only the first {LONGEST} characters were read."] if len(clean.strip()) > LONGEST else []
    terms: list[Term] = []
    for found in _TOKEN.finditer(clean.strip()[:LONGEST]):
        if len(terms) == MOST_TERMS:
            hints.append(f"Only the first {MOST_TERMS} terms were searched for.")
            break
        minus, name, quoted, plain = found.groups()
        value = " ".join((quoted if quoted is not None else plain).split())
        try:
            term = _term(minus == "-", (name or "").lower(), value, quoted is not None, now, prefix)
        except _Misread as misread:
            hints.append(str(misread))
            term = _text(minus == "-", f"{name}:{value}", quoted is not None)
        if term is not None:
            terms.append(replace(term, typed=found[0].strip()))
    return Query(_joined(terms), tuple(dict.fromkeys(hints))[:MOST_HINTS])


def _term(minus: bool, name: str, value: str, quoted: bool, now: datetime, prefix: str) -> Term | None:
    if not name:
        number = None if quoted else _number(value, prefix)
        return _text(minus, value, quoted) if number is None else Term("number", (number,), minus)
    name = _ALIASES.get(name, name)
    if not quoted and (value.startswith("//") or (not value and name not in OPERATORS)):  # https://..., "Note: ..."
        return _text(minus, f"{name}:{value}", quoted)
    if name in _TIMES:
        since, until = _TIMES[name][1](_moment(name, value, now))
        return Term(_TIMES[name][0], (), minus, since, until)
    if name not in _VALUES:
        raise _Misread(f"“{name}:” is no operator: it was searched for as words.")
    if not value:
        raise _Misread(f"“{name}:” needs a value, with no space before it.")
    return Term(name, _VALUES[name](name, value.lower()), minus)


def _text(minus: bool, value: str, quoted: bool) -> Term | None:
    """A word, or None where there is no letter in it that could be found."""
    if not any(sign.isalnum() for sign in value):
        return None
    return Term("phrase" if quoted and " " in value else "word", (value.replace('"', " ").strip(),), minus)


def _number(value: str, prefix: str) -> str | None:
    tagged = addressing.read_tag(prefix, f"{prefix}-{value[1:]}" if value.startswith("#") else value)
    return None if tagged is None else str(tagged)


def _listed(words: tuple[str, ...]) -> Callable[[str, str], tuple[str, ...]]:
    def read(name: str, value: str) -> tuple[str, ...]:
        given = [one.replace("-", "_") if one.replace("-", "_") in words else one for one in value.split(",") if one]
        given = [one if one in words else _ALIASES.get(one, one) for one in given]
        if wrong := [one for one in given if one not in words]:
            raise _Misread(f"“{name}:” knows no “{wrong[0]}”, only {', '.join(words)}.")
        if not given:
            raise _Misread(f"“{name}:” needs a value: {', '.join(words)}.")
        return tuple(dict.fromkeys(given))

    return read


def _people(_name: str, value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_ALIASES.get(one.strip(), one.strip()) for one in value.split(",") if one.strip())) or (value,)


_VALUES: Mapping[str, Callable[[str, str], tuple[str, ...]]] = {
    "status": _listed(tuple(Status)),
    "type": _listed(tuple(TicketType)),
    "priority": _listed(tuple(Priority)),
    "is": _listed(IS),
    "has": _listed(HAS),
    "assignee": _people,
    "from": _people,
    "tag": lambda _, value: (value,),
}

_Span = tuple[datetime | None, datetime | None]
_TIMES: Mapping[str, tuple[str, Callable[[_Span], _Span]]] = {
    "created": ("created", lambda span: span),
    "updated": ("updated", lambda span: span),
    "before": ("created", lambda span: (None, span[0])),
    "after": ("created", lambda span: (span[0], None)),
    "updated-before": ("updated", lambda span: (None, span[0])),
    "updated-after": ("updated", lambda span: (span[0], None)),
}
OPERATORS = (*_VALUES, *_TIMES)


def _moment(name: str, value: str, now: datetime) -> _Span:
    """A day, a month, or the time since so many hours, days, weeks, months or years ago."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    value = value.lower()
    if value in ("today", "yesterday"):
        start = today - timedelta(days=value == "yesterday")
        return start, start + timedelta(days=1)
    try:
        if span := _SPAN.fullmatch(value):
            return now - timedelta(days=int(span[1]) * _DAYS[span[2]]), None
        if day := _DAY.fullmatch(value):
            start = datetime(int(day[1]), int(day[2]), int(day[3] or 1), tzinfo=UTC)
            return start, start + timedelta(days=1) if day[3] else (start + timedelta(days=31)).replace(day=1)
    except (ValueError, OverflowError):  # the 31st of February, the year 0
        pass
    raise _Misread(f"“{name}:” takes a day (2026-10-01), a month (2026-10), or a time until now (12h, 7d, 2w, 3m, 1y).")


def _joined(terms: list[Term]) -> tuple[Term, ...]:
    """`status:open status:closed` is either of them: no ticket is both."""
    joined: dict[object, Term] = {}
    for place, term in enumerate(terms):
        once = term.field in ("status", "type", "priority", "assignee", "from", "number") and not term.negated
        key = term.field if once else place
        before = joined.get(key, Term(term.field))
        values = tuple(dict.fromkeys(before.values + term.values))
        joined[key] = replace(term, values=values, typed=f"{before.typed} {term.typed}".strip())
    return tuple(joined.values())
