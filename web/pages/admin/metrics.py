"""Page: what came in, how fast it was answered and settled, what is left, by whom and of what kind; and the same as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from markupsafe import Markup

from helpdesk.lists import charts, metrics
from helpdesk.lists.chart_counts import Share, Spread
from helpdesk.lists.charts import Period, Report
from web import csv_file, rendering
from web.charts import Column, bar, columns, duration, times
from web.csv_file import Cell
from web.deps import Staff
from web.pages import shell

router = APIRouter(include_in_schema=False)
RESPONSE_BARS = ("Under 15 min", "15 min to 1 h", "1 to 4 h", "4 to 8 h", "8 to 24 h", "1 to 3 days", "Over 3 days")
RESOLUTION_BARS = ("Under 1 h", "1 to 8 h", "8 to 24 h", "1 to 3 days", "3 to 7 days", "7 to 14 days", "Over 14 days")
AGE_BARS = ("Under 1 day", "1 to 3 days", "3 to 7 days", "7 to 14 days", "14 to 30 days", "Over 30 days")
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
KINDS = (("types", "Type"), ("priorities", "Priority"), ("sources", "Source"), ("tags", "Tag"))
WORDS = {"email": "E-mail", "api": "API"}
LEVELS = 5  # of the heat map
LITTLE = 0.05  # a change below this says "as before"
FEW = 20  # tickets: of fewer the busiest hour is chance

Days = Annotated[Literal["7", "30", "90"], Query()]


@router.get("/admin/metrics")
def show_metrics(request: Request, desk: Staff, days: Days = "30") -> Response:
    """The charts of the last days, with the time of their figures."""
    report, now = charts.latest(desk.session, int(days)), metrics.latest(desk.session)
    frame = shell.frame(desk, section="metrics")
    snoozed = next(one["count"] for one in frame["nav"]["views"] if one["key"] == "snoozed")
    return rendering.render(
        request,
        "portal/admin/metrics.html",
        **frame,
        report=report,
        every=int(charts.REFRESHED_EVERY.total_seconds()) // 60,
        spans=[
            {"label": f"{span} days", "url": f"/admin/metrics?days={span}", "current": span == report.days} for span in charts.SPANS
        ],
        cards=_cards(report, now.open, snoozed),
        volume=_volume(report),
        response=_response(report),
        response_bars=_bars([*zip(RESPONSE_BARS, report.response_bars, strict=True), ("No answer yet", report.unanswered)]),
        resolution=_resolution(report),
        resolution_bars=_bars(zip(RESOLUTION_BARS, report.resolution_bars, strict=True)),
        backlog=_backlog(report),
        hours=_hours(report),
        agents=_agents(report),
        kinds=[
            {"title": title, "rows": _shares(getattr(report, name), plain=name == "tags"), "find": "tag" if name == "tags" else ""}
            for name, title in KINDS
        ],
        empty=not (report.total.created or report.total.resolved or now.open),
    )


@router.get("/admin/metrics.csv")
def as_csv(desk: Staff, days: Days = "30") -> Response:
    """The figures of all charts in one table: one line a figure."""
    report = charts.latest(desk.session, int(days))
    return csv_file.response([("chart", "of", "figure", "value"), *_figures(report)], f"metrics-{report.days}-days.csv")


def _cards(report: Report, open_now: int, snoozed: int) -> list[dict[str, Any]]:
    """The five figures on top, and how they compare with the span before."""
    total, before = report.total, report.before
    span = f"the {report.days} days before"
    return [
        {"label": "New tickets", "value": total.created, "change": _change(total.created, before.created, span), "tone": ""},
        {"label": "Resolved", "value": total.resolved, "change": _change(total.resolved, before.resolved, span), "tone": ""},
        _timed("First response, median", total.response, before.response, span),
        _timed("Time to resolve, median", total.resolution, before.resolution, span),
        {
            "label": "Open now",
            "value": open_now,
            "change": f"{snoozed} of them snoozed" if snoozed else "see the queue",
            "tone": "",
            "url": "/admin?view=open",
        },
    ]


def _timed(label: str, now: Spread, before: Spread, span: str) -> dict[str, Any]:
    change = _change(now.median, before.median, span)
    slower = now.median is not None and before.median is not None and now.median > before.median * (1 + LITTLE)
    faster = now.median is not None and before.median is not None and now.median < before.median * (1 - LITTLE)
    return {"label": label, "value": duration(now.median), "change": change, "tone": "bad" if slower else "good" if faster else ""}


def _change(now: float | None, before: float | None, span: str) -> str:
    if now is None or not before:
        return f"nothing in {span}"
    part = (now - before) / before
    if abs(part) < LITTLE:
        return f"as in {span}"
    if part > 2:
        return f"{now / before:.1f} times {span}"
    return f"{abs(part):.0%} {'more' if part > 0 else 'less'} than {span}".replace("%", "\u202f%")


def _volume(report: Report) -> dict[str, Any]:
    left = report.total.created - report.total.resolved
    said = f"{report.total.created} came in, {report.total.resolved} were resolved: " + (
        f"{left} more came in than were settled." if left > 0 else f"{-left} more were settled than came in." if left else "even."
    )
    places = [
        Column(_label(one), f"{_span(one, report)}: {one.created} new, {one.resolved} resolved", (one.created, one.resolved))
        for one in report.periods
    ]
    return _chart(
        said,
        columns(places, f"New and resolved tickets {_per(report)}. {said}"),
        (_per(report).capitalize(), "New", "Resolved"),
        [(_span(one, report), one.created, one.resolved) for one in report.periods],
    )


def _response(report: Report) -> dict[str, Any]:
    whole = report.total.response
    said = (
        f"Half of those who wrote had an answer within {duration(whole.median)}, nine in ten within {duration(whole.most)}."
        if whole.count
        else "Nobody was answered yet."
    )
    return _spreads(report, said, "First response", [one.response for one in report.periods], "answered")


def _resolution(report: Report) -> dict[str, Any]:
    whole = report.total.resolution
    said = (
        f"Half of the tickets were resolved within {duration(whole.median)}, nine in ten within {duration(whole.most)}."
        if whole.count
        else "No ticket was resolved yet."
    )
    return _spreads(report, said, "Time to resolve", [one.resolution for one in report.periods], "resolved")


def _spreads(report: Report, said: str, name: str, spreads: Sequence[Spread], done: str) -> dict[str, Any]:
    places = [
        Column(
            _label(period),
            f"{_span(period, report)}: median {duration(one.median)}, nine in ten within {duration(one.most)}, {one.count} {done}",
            (one.median, one.most),
        )
        for period, one in zip(report.periods, spreads, strict=True)
    ]
    return _chart(
        said,
        times(places, f"{name} {_per(report)}. {said}"),
        (_per(report).capitalize(), "Median", "Nine in ten within", done.capitalize()),
        [
            (_span(period, report), duration(one.median), duration(one.most), one.count)
            for period, one in zip(report.periods, spreads, strict=True)
        ],
    )


def _backlog(report: Report) -> dict[str, Any]:
    total = sum(one.us + one.customer for one in report.backlog)
    old = sum(one.us + one.customer for one in report.backlog[3:])
    longest = max((one.us + one.customer for one in report.backlog), default=0) or 1
    said = f"{total} open, {old} of them older than a week." if total else "Nothing is open."
    return {
        "said": said,
        "rows": [
            {
                "label": label,
                "count": one.us + one.customer,
                "note": f"{one.us} on us",
                "bar": bar((one.us / longest, "ch-us"), (one.customer / longest, "ch-them")),
            }
            for label, one in zip(AGE_BARS, report.backlog, strict=True)
        ],
    }


def _hours(report: Report) -> dict[str, Any]:
    highest = max(max(day) for day in report.hours)
    day, hour = max(((day, hour) for day in range(7) for hour in range(24)), key=lambda at: report.hours[at[0]][at[1]])
    said = f"Most came on {DAY_NAMES[day]}s between {hour:02}:00 and {(hour + 1) % 24:02}:00."
    if sum(map(sum, report.hours)) < FEW:
        said = "Too few tickets to name a busiest hour." if highest else "Nothing came in."
    return {
        "said": said,
        "days": [
            {
                "name": DAY_NAMES[number],
                "cells": [{"count": count, "level": -(-count * LEVELS // highest) if highest else 0} for count in counts],
            }
            for number, counts in enumerate(report.hours)
        ],
    }


def _agents(report: Report) -> list[dict[str, Any]]:
    most = max((one.answers for one in report.agents), default=0) or 1
    return [
        {
            "name": one.name,
            "answers": one.answers,
            "bar": bar((one.answers / most, "ch-0")),
            "resolved": one.resolved,
            "firsts": one.response.count,
            "median": duration(one.response.median),
        }
        for one in report.agents
    ]


def _shares(shares: Sequence[Share], *, plain: bool) -> list[dict[str, Any]]:
    most = max((one.created for one in shares), default=0) or 1
    return [
        {
            "key": one.key,
            "label": one.key if plain else WORDS.get(one.key, one.key.capitalize()),
            "count": one.created,
            "note": duration(one.response.median),
            "bar": bar((one.created / most, "ch-0")),
        }
        for one in shares
    ]


def _bars(counted: Iterable[tuple[str, int]]) -> list[dict[str, Any]]:
    rows = list(counted)
    total = sum(count for _, count in rows) or 1
    most = max((count for _, count in rows), default=0) or 1
    return [
        {"label": label, "count": count, "note": f"{count / total:.0%}", "bar": bar((count / most, "ch-0"))}
        for label, count in rows
    ]


def _chart(said: str, picture: Markup, heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> dict[str, Any]:
    return {"said": said, "picture": picture, "heads": heads, "rows": rows}


def _per(report: Report) -> str:
    return "day" if report.step == 1 else "week"


def _label(period: Period) -> str:
    return f"{period.start:%-d %b}"


def _span(period: Period, report: Report) -> str:
    return f"{period.start:%a %-d %b}" if report.step == 1 else f"Week from {period.start:%-d %b}"


def _figures(report: Report) -> Iterator[tuple[Cell, ...]]:
    for one in report.periods:
        of = one.start.isoformat()
        yield from (("volume", of, "created", one.created), ("volume", of, "resolved", one.resolved))
        yield from _spread_figures("first response", of, one.response)
        yield from _spread_figures("time to resolve", of, one.resolution)
    for chart, labels, counts in (
        ("first response, distribution", RESPONSE_BARS, report.response_bars),
        ("time to resolve, distribution", RESOLUTION_BARS, report.resolution_bars),
    ):
        yield from ((chart, label, "tickets", count) for label, count in zip(labels, counts, strict=True))
    yield ("first response, distribution", "No answer yet", "tickets", report.unanswered)
    for label, age in zip(AGE_BARS, report.backlog, strict=True):
        yield from (("backlog", label, "waiting on us", age.us), ("backlog", label, "waiting on the requester", age.customer))
    for agent in report.agents:
        yield from (("agents", agent.name, "answers", agent.answers), ("agents", agent.name, "resolved", agent.resolved))
        yield from _spread_figures("agents", agent.name, agent.response)
    for name, _ in KINDS:
        for share in getattr(report, name):
            yield (name, share.key, "created", share.created)
            yield from _spread_figures(name, share.key, share.response)
    for day, counts in zip(DAY_NAMES, report.hours, strict=True):
        yield from (("hours", f"{day} {hour:02}:00", "created", count) for hour, count in enumerate(counts))


def _spread_figures(chart: str, of: str, spread: Spread) -> Iterator[tuple[Cell, ...]]:
    yield (chart, of, "median seconds", spread.median)
    yield (chart, of, "nine in ten within seconds", spread.most)
