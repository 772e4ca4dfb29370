"""When a snoozed ticket may wake up: on mornings of the desk's own time zone, and they are shown."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from web.pages.ticket_page import panel

SUNDAY, MONDAY = datetime(2026, 11, 22, 13, 5, tzinfo=UTC), datetime(2026, 11, 23, 13, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "now", "tomorrow", "hour", "moment"),
    [
        ("UTC", SUNDAY, "2026-11-23", "Mon 23 Nov, 08:00", datetime(2026, 11, 23, 8, tzinfo=UTC)),
        ("Europe/Berlin", SUNDAY, "2026-11-23", "Mon 23 Nov, 08:00", datetime(2026, 11, 23, 7, tzinfo=UTC)),
        # there it is Monday already
        ("Pacific/Auckland", SUNDAY, "2026-11-24", "Tue 24 Nov, 08:00", datetime(2026, 11, 23, 19, tzinfo=UTC)),
        # the clock is put forward in that night
        ("Europe/Berlin", datetime(2026, 3, 28, 12, tzinfo=UTC), "2026-03-29", "Sun 29 Mar, 08:00", datetime(2026, 3, 29, 6, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_tomorrow_begins_where_the_desk_is(zone: str, now: datetime, tomorrow: str, hour: str, moment: datetime) -> None:
    here = ZoneInfo(zone)
    day, _, shown = panel.mornings(now, here)[0]
    woken = panel.morning(datetime.fromisoformat(day).date(), here)
    assert (day, shown, woken) == (tomorrow, hour, moment)
    assert woken.utcoffset() == UTC.utcoffset(None), "events are compared with what the database gives back"


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (SUNDAY, ["Tomorrow", "In three days", "In a week", "In four weeks"]),
        (MONDAY, ["Tomorrow", "In three days", "Monday", "In four weeks"]),
    ],
)
def test_a_day_is_offered_once(now: datetime, words: list[str]) -> None:
    assert [said for _, said, _ in panel.mornings(now, UTC)] == words
