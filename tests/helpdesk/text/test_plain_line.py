"""The beginning of a text in one line: the marks of Markdown are gone, what only looks like them stays."""

from __future__ import annotations

import pytest

from helpdesk.text.plain_line import plain_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("**Bold**, _slanted_ and `code`", "Bold, slanted and code"),
        ("***both*** and ~~gone~~ and **half**way", "both and gone and halfway"),
        ("**bold with _slanted_ inside**", "bold with slanted inside"),
        ("# Steps\n\n1. Open it\n2. Press **Save**\n\n- one\n* two", "Steps 1. Open it 2. Press Save one two"),
        ("> quoted\n> > twice\nanswer", "quoted twice answer"),
        ("```python\nprint(1)\n```\nIt fails", "print(1) It fails"),
        ("Before\n\n---\nAfter", "Before After"),
        ("See [the page](https://help.test/a_b_c) and <https://help.test>", "See the page and https://help.test"),
        ("![a picture](cid:1) shows it", "a picture shows it"),
        (r"Not \*bold\*", "Not *bold*"),
        ("2 * 3 * 4 and snake_case_name and _private", "2 * 3 * 4 and snake_case_name and _private"),
        ("a < b, C:\\Program Files, 5 > 3", "a < b, C:\\Program Files, 5 > 3"),
        ("one\ttwo\n\n\x00three", "one two three"),
        ("", ""),
    ],
)
def test_marks_are_taken_out_and_words_stay(text: str, line: str) -> None:
    assert plain_line(text, 100) == line


def test_a_long_text_ends_where_its_line_does() -> None:
    assert plain_line("word " * 100, 12) == "word word w…"
    assert plain_line("see [a page](https://help.te", 60) == "see a page", "the text itself was cut there"
    assert plain_line(f"[{'a' * 20}](https://help.test/{'b' * 400})", 60) == "a" * 20


@pytest.mark.parametrize("mark", ["*", "**", "_", "`", "[", "![](", "> ", "\\", "~~ a", "<https://", "- ", "* * "])
def test_no_text_makes_it_slow(mark: str) -> None:
    assert len(plain_line(mark * 20_000, 200)) <= 200
