"""Charts as inline SVG, made here: across in percent, up in pixels, so that letters keep their size at every width.

No script and no style of its own: colours come from classes (static/charts.css). Every column says its values as its title.
Axes are HTML beside the drawing, since their steps are even.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

HEIGHT = 160  # pixels of the plot; below it stand the labels
LABELS = 22
LEAST = 2.0  # pixels of a column that is not zero: it can be seen
MOST_LABELS = 10
MOST_LINES = 4
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_STEPS_OF_TIME = tuple(
    [minutes * _MINUTE for minutes in (1, 2, 5, 10, 15, 30)]
    + [hours * _HOUR for hours in (1, 2, 3, 4, 6, 12)]
    + [days * _DAY for days in (1, 2, 3, 5, 7, 14, 30, 60, 90, 180, 365, 730, 1825)]
)

NOTHING = Markup()


@dataclass(frozen=True, slots=True)
class Column:
    """One place across: its label below, what it says when it is pointed at, and its values; None is nothing known."""

    label: str
    title: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Scale:
    """Even steps from 0 up to `top`, and their words from the top down."""

    top: float
    words: tuple[str, ...]


def columns(places: Sequence[Column], name: str) -> Markup:
    """Counts side by side; `name` is what the picture shows, for those who do not see it."""
    scale = _scale([value or 0 for place in places for value in place.values], _step_of_counts, _count)
    return _chart(places, scale, name, lambda place, left, width: _bars(place, scale, left, width))


def times(places: Sequence[Column], name: str) -> Markup:
    """Durations in seconds: of each place the median as a dot, joined by a line, and a stem up to where nine in ten are."""
    scale = _scale([value or 0 for place in places for value in place.values], _step_of_time, duration)
    middles = [_middle(number, len(places)) for number in range(len(places))]
    known = [(x, place.values[0]) for x, place in zip(middles, places, strict=True) if place.values and place.values[0] is not None]
    line = Markup().join(
        Markup('<line x1="{}%" y1="{}" x2="{}%" y2="{}"/>').format(x1, _y(y1, scale), x2, _y(y2, scale))
        for (x1, y1), (x2, y2) in pairwise(known)
    )
    return _chart(places, scale, name, lambda place, left, width: _dot(place, scale, left + width / 2), line)


def bar(*parts: tuple[float, str]) -> Markup:
    """One line across, as long as its parts (0 to 1 each) together; each has a class of charts.css."""
    drawn, at = Markup(), 0.0
    for part, tone in parts:
        if part > 0:
            start = Markup(' x="{}%"').format(_short(at)) if at else NOTHING
            drawn += Markup('<rect class="{}"{} width="{}%"/>').format(tone, start, _short(part * 100))
        at += part * 100
    return Markup('<svg class="ch-bar" aria-hidden="true">{}</svg>').format(drawn)


def duration(seconds: float | None) -> str:
    """ "45 s", "12 min", "3 h 20 min", "2 d 4 h", or a dash."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    for unit, word, smaller, its_word in ((_DAY, "d", _HOUR, "h"), (_HOUR, "h", _MINUTE, "min")):
        if whole >= unit:
            rest = whole % unit // smaller
            return f"{whole // unit} {word}" + (f" {rest} {its_word}" if rest else "")
    return f"{whole // _MINUTE} min" if whole >= _MINUTE else f"{whole} s"


def _chart(
    places: Sequence[Column],
    scale: Scale,
    name: str,
    draw: Callable[[Column, float, float], Markup],
    behind: Markup = NOTHING,
) -> Markup:
    width = 100 / max(1, len(places))
    drawn = Markup()
    for number, place in enumerate(places):
        left = number * width
        hit = Markup('<rect x="{}%" width="{}%"/>').format(_short(left), _short(width))
        drawn += Markup("<g><title>{}</title>{}{}</g>").format(place.title, hit, draw(place, left, width))
    lines = Markup().join(
        Markup('<line x2="100%" y1="{0}" y2="{0}"/>').format(_short(HEIGHT * number / (len(scale.words) - 1)))
        for number in range(len(scale.words))
    )
    lines = Markup('<g class="ch-grid">{}</g>').format(lines)
    axis = Markup().join(Markup("<li>{}</li>").format(word) for word in scale.words)
    return Markup(
        '<div class="ch-plot"><ol class="ch-axis" aria-hidden="true">{}</ol>'
        '<svg width="100%" height="{}" role="img" aria-label="{}">{}{}<g class="ch-line">{}</g>{}</svg></div>'
    ).format(axis, HEIGHT + LABELS, name, lines, drawn, behind, _labels(places))


def _labels(places: Sequence[Column]) -> Markup:
    """As many labels as there is room for; of these every second on a phone."""
    every = max(1, math.ceil(len(places) / MOST_LABELS))
    drawn = Markup()
    for number, place in enumerate(places):
        from_the_end = len(places) - 1 - number
        if from_the_end % every == 0:
            minor = " ch-minor" if from_the_end // every % 2 and len(places) > MOST_LABELS // 2 + 2 else ""
            drawn += Markup('<text class="ch-label{}" x="{}%" y="{}">{}</text>').format(
                minor, _middle(number, len(places)), HEIGHT + 16, place.label
            )
    return drawn


def _bars(place: Column, scale: Scale, left: float, width: float) -> Markup:
    room = width * 0.72
    each = room / len(place.values)
    drawn = Markup()
    for number, value in enumerate(place.values):
        if value:
            high = max(LEAST, HEIGHT * value / scale.top)
            x = left + (width - room) / 2 + number * each
            drawn += Markup('<rect class="ch-{}" x="{}%" y="{}" width="{}%" height="{}"/>').format(
                number, _short(x), f"{HEIGHT - high:.0f}", _short(each * 0.92), f"{high:.0f}"
            )
    return drawn


def _dot(place: Column, scale: Scale, x: float) -> Markup:
    median, most = place.values
    if median is None:
        return Markup()
    at, low, high = _short(x), _y(median, scale), _y(most, scale)
    dot = Markup('<circle cx="{}%" cy="{}" r="3.5"/>').format(at, low)
    return (Markup('<line x1="{0}%" y1="{1}" x2="{0}%" y2="{2}"/>').format(at, low, high) if low != high else NOTHING) + dot


def _scale(values: Sequence[float], step_for: Callable[[float], float], word: Callable[[float], str]) -> Scale:
    highest = max(values, default=0)
    step = step_for(highest)
    lines = max(1, math.ceil(highest / step))
    return Scale(step * lines, tuple(word(step * number) if number else "0" for number in range(lines, -1, -1)))


def _step_of_counts(highest: float) -> float:
    raw = max(1.0, highest / MOST_LINES)
    tens = 10.0 ** math.floor(math.log10(raw))
    return next((tens * one for one in (1, 2, 5) if tens * one >= raw), tens * 10)


def _step_of_time(highest: float) -> float:
    return next((step for step in _STEPS_OF_TIME if highest <= step * MOST_LINES), highest / MOST_LINES)


def _count(value: float) -> str:
    return f"{value:,.0f}".replace(",", "\u202f")


def _middle(number: int, places: int) -> str:
    return _short((number + 0.5) * 100 / places)


def _y(value: float | None, scale: Scale) -> str:
    return f"{HEIGHT * (1 - (value or 0) / scale.top):.0f}"


def _short(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
