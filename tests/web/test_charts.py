"""Charts: what a picture says to those who see it and to those who do not."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from web.charts import Column, bar, columns, duration, times


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"), (0, "0 s"), (59.4, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (5000, "1 h 23 min"),
        (86400, "1 d"), (90000, "1 d 1 h"), (86400 * 12.5, "12 d 12 h"),
    ],
)  # fmt: skip
def test_a_duration_is_said_in_its_two_largest_units(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("highest", "axis"),
    [(0, ["1", "0"]), (1, ["1", "0"]), (4, ["4", "3", "2", "1", "0"]), (7, ["8", "6", "4", "2", "0"]), (1100, ["1\u202f500", "1\u202f000", "500", "0"])],
)  # fmt: skip
def test_an_axis_of_counts_has_round_steps(highest: int, axis: list[str]) -> None:
    page = LexborHTMLParser(columns([Column("1 Mar", "one", (highest,))], "Tickets"))
    assert [one.text() for one in page.css(".ch-axis li")] == axis


@pytest.mark.parametrize(
    ("highest", "top"), [(0, "1 min"), (50, "1 min"), (5000, "1 h 30 min"), (86400 * 2.2, "3 d"), (86400 * 9000, "9000 d")]
)
def test_an_axis_of_times_has_the_steps_of_a_clock(highest: float, top: str) -> None:
    page = LexborHTMLParser(times([Column("1 Mar", "one", (highest, highest))], "Times"))
    assert page.css(".ch-axis li")[0].text() == top


def test_every_column_says_its_values_and_the_picture_its_name_and_none_of_it_is_markup() -> None:
    page = LexborHTMLParser(columns([Column("<b>", "<i>3</i> new", (3, 0))], 'A "picture"'))
    assert [one.text() for one in page.css("title")] == ["<i>3</i> new"]
    assert [one.attributes["aria-label"] for one in page.css("svg")] == ['A "picture"']
    assert page.css("svg b, svg i") == []
    assert len(page.css(".ch-0")) == 1
    assert page.css(".ch-1") == []


def test_a_gap_in_times_is_a_gap_and_the_line_goes_on_beyond_it() -> None:
    places = [Column("a", "a", (60, 120)), Column("b", "b", (None, None)), Column("c", "c", (60, 60))]
    page = LexborHTMLParser(times(places, "Times"))
    assert len(page.css("circle")) == 2
    assert len(page.css(".ch-line line")) == 1


def test_parts_of_a_bar_follow_each_other() -> None:
    page = LexborHTMLParser(bar((0.25, "a"), (0, "b"), (0.5, "c")))
    assert [(one.attributes["class"], one.attributes.get("x"), one.attributes["width"]) for one in page.css("rect")] == [
        ("a", None, "25%"),
        ("c", "25%", "50%"),
    ]


@pytest.mark.parametrize("days", [7, 13, 30, 90])
def test_labels_never_crowd_and_the_last_one_is_there(days: int) -> None:
    places = [Column(str(day), str(day), (day,)) for day in range(days)]
    labels = [one.text() for one in LexborHTMLParser(columns(places, "Days")).css(".ch-label")]
    assert len(labels) <= 10
    assert labels[-1] == str(days - 1)


def test_there_is_no_style_and_no_script_in_a_picture() -> None:
    drawn = columns([Column("a", "a", (1, 2))], "A") + times([Column("a", "a", (1, 2))], "B") + bar((0.5, "a"))
    assert "style" not in drawn
    assert "script" not in drawn
