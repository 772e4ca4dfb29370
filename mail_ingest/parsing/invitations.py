"""What an invitation says, for mails that hold no other text: an iCalendar object as a few lines (RFC 5545, RFC 5546).

What is not here: keeping the file (`mime_parts`), time zones (a time is shown as the organizer's program wrote it, zone named).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

MOST_CHARACTERS = 256 * 1024
MOST_LINES = 2_000
MOST_EVENTS = 5

_LINE = re.compile(r"([A-Za-z0-9-]{1,60})((?:;[^\":;]{1,60}(?:\"[^\"]*+\"?|[^\":;]++)*+)*+):(.*)", re.DOTALL)
_PARAMETER = re.compile(r";([A-Za-z0-9-]{1,60})=(\"[^\"]*+\"?|[^;:]*+)")
_ESCAPE = re.compile(r"\\([nN\\;,])")
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?")
_EVENTS = frozenset(("VEVENT", "VTODO"))
_METHODS = {"REQUEST": "Invitation", "PUBLISH": "Event", "CANCEL": "Cancelled", "COUNTER": "Another time proposed",
            "DECLINECOUNTER": "Proposal declined", "ADD": "Further date", "REFRESH": "Asks for the current version"}  # fmt: skip
_ANSWERS = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "accepted tentatively", "DELEGATED": "delegated",
            "NEEDS-ACTION": "has not decided on", "COMPLETED": "completed", "IN-PROCESS": "began"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Property:
    """One content line: the unescaped value, parameters by name in upper case."""

    value: str
    parameters: dict[str, str] = field(default_factory=dict)


_Event = dict[str, list[_Property]]


def summary(calendar: str) -> str | None:
    """An invitation, cancellation or answer as lines to read (what, when, where, who), or None where no event can be read."""
    method, events = _events(calendar)
    blocks = [_block(method, event) for event in events[:MOST_EVENTS]]
    if len(events) > MOST_EVENTS:
        blocks.append(f"and {len(events) - MOST_EVENTS} more")
    return "\n\n".join(blocks) or None


def _events(calendar: str) -> tuple[str, list[_Event]]:
    """The METHOD, and the properties of every event by name; those of alarms and time zones inside are not the event's."""
    method = ""
    events: list[_Event] = []
    inside: list[str] = []
    for name, prop in _properties(calendar):
        if name == "BEGIN":
            inside.append(prop.value.strip().upper())
            if inside[-1] in _EVENTS and len(inside) <= 2:
                events.append({})
        elif name == "END":
            inside = inside[:-1]
        elif inside and inside[-1] in _EVENTS and len(inside) <= 2 and events:
            events[-1].setdefault(name, []).append(prop)
        elif name == "METHOD":
            method = prop.value.strip().upper()
    return method, [event for event in events if event]


def _properties(calendar: str) -> Iterator[tuple[str, _Property]]:
    """Content lines, unfolded (RFC 5545 section 3.1); lines that are none are passed over."""
    text = re.sub(r"\r\n?", "\n", calendar[:MOST_CHARACTERS])
    for line in re.sub(r"\n[ \t]", "", text).split("\n")[:MOST_LINES]:
        found = _LINE.fullmatch(line)
        if found is not None:
            parameters = {one[1].upper(): one[2].strip('"') for one in _PARAMETER.finditer(found[2])}
            value = _ESCAPE.sub(lambda escape: "\n" if escape[1] in "nN" else escape[1], found[3])
            yield found[1].upper(), _Property(value, parameters)


def _block(method: str, event: _Event) -> str:
    title = _first(event, "SUMMARY") or "(no title)"
    if method == "REPLY":
        lines = [_answer(event, title)]
    elif _first(event, "STATUS").upper() == "CANCELLED":
        lines = [f"{_METHODS['CANCEL']}: {title}"]
    else:
        lines = [f"{_METHODS.get(method, 'Event')}: {title}"]
    lines += [
        f"{label}: {value}"
        for label, value in (
            ("When", _when(event)),
            ("Repeats", _repeats(event)),
            ("Where", _first(event, "LOCATION")),
            ("Organizer", "" if method == "REPLY" else ", ".join(_person(one) for one in event.get("ORGANIZER", [])[:1])),
        )
        if value
    ]
    said = "\n".join(one.value.strip() for one in event.get("COMMENT", [])[:5]).strip()
    described = event.get("DESCRIPTION", [_Property("")])[0].value.strip() if method != "REPLY" else ""
    return "\n\n".join(filter(None, ("\n".join(lines), said, described)))


def _answer(event: _Event, title: str) -> str:
    """Who answered what: a REPLY names just the one who answers (RFC 5546 section 3.2.3)."""
    answers = [
        f"{_person(one)} {_ANSWERS.get(one.parameters.get('PARTSTAT', 'NEEDS-ACTION').upper(), 'answered')}"
        for one in event.get("ATTENDEE", [])[:10]
    ]
    return f"{'; '.join(answers) or 'Answer'}: {title}"


def _person(prop: _Property) -> str:
    address = re.sub(r"^mailto:", "", prop.value.strip(), flags=re.IGNORECASE)
    name = " ".join(prop.parameters.get("CN", "").split())
    return f"{name} <{address}>" if name and name != address else address


def _when(event: _Event) -> str:
    start, start_zone = _time(event, "DTSTART")
    end, end_zone = _time(event, "DTEND")
    if not end:
        end, end_zone = _time(event, "DUE")
    if " " not in start and " " not in end:
        end = _day_before(end)
    if not start or not end or start == end:
        one = start or end
        return f"{one} ({start_zone or end_zone})" if one and (start_zone or end_zone) else one
    day, _, clock = end.partition(" ")
    if start_zone != end_zone and start_zone and end_zone:
        return f"{start} ({start_zone}) - {end} ({end_zone})"
    shown = clock if clock and start.startswith(day) else end
    zone = start_zone or end_zone
    return f"{start} - {shown}" + (f" ({zone})" if zone else "")


def _time(event: _Event, name: str) -> tuple[str, str]:
    """("2026-03-03 10:00", zone), or ("2026-03-03", "") for a whole day, or ("", "")."""
    prop = event.get(name, [_Property("")])[0]
    found = _TIME.match(prop.value.strip())
    if found is None:
        return "", ""
    year, month, day, hour, minute, utc = found.groups()
    if hour is None:
        return f"{year}-{month}-{day}", ""
    return f"{year}-{month}-{day} {hour}:{minute}", "UTC" if utc else prop.parameters.get("TZID", "")[:80].lstrip("/")


def _day_before(day: str) -> str:
    """The last day of an event of whole days: DTEND is the day after it (RFC 5545 section 3.6.1)."""
    try:
        return (date.fromisoformat(day) - timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        return ""


def _repeats(event: _Event) -> str:
    rule = re.search(r"FREQ=([A-Za-z]{1,20})", event.get("RRULE", [_Property("")])[0].value)
    return rule[1].lower() if rule else ""


def _first(event: _Event, name: str) -> str:
    """The value as one line, "" where there is none."""
    return " ".join(event.get(name, [_Property("")])[0].value.split())
