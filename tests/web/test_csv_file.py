"""CSV: quoted, in UTF-8, and no cell runs as a formula."""

from __future__ import annotations

import csv
import io

import pytest

from web import csv_file


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"), ("+49 30", "'+49 30"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"), ("\r=1", "'\r=1"),
        ("  =cmd|' /C calc'!A0", "'  =cmd|' /C calc'!A0"), ("Alice", "Alice"),
        ("＝1+1", "'＝1+1"), ("－1", "'－1"), ("﹢1", "'﹢1"), ("＠SUM(A1)", "'＠SUM(A1)"), ("\u00a0=1", "'\u00a0=1"),
        ("\u200b=1", "'\u200b=1"), ("\ufeff \u3000＋1", "'\ufeff \u3000＋1"), ("\x01=1", "'\x01=1"), ("\u00a0\u200b", "\u00a0\u200b"),
        ("1=1", "1=1"), ("⑴", "⑴"), ("", ""), (-1, -1), (1.5, 1.5), (None, None),
    ],
)  # fmt: skip
def test_text_that_begins_like_a_formula_is_marked_and_numbers_are_not(cell: csv_file.Cell, written: csv_file.Cell) -> None:
    assert csv_file.guarded(cell) == written


def test_what_is_written_is_read_back() -> None:
    rows: list[tuple[csv_file.Cell, ...]] = [("a", "b"), ('say "hi", 田中', 3)]
    answer = csv_file.response(rows, "two words.csv")
    assert list(csv.reader(io.StringIO(bytes(answer.body).decode("utf-8-sig")))) == [["a", "b"], ['say "hi", 田中', "3"]]
    assert 'filename="two words.csv"' in answer.headers["content-disposition"]
