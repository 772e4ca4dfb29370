"""Octets of parts: transfer encodings and files inside a text."""

from __future__ import annotations

import binascii

import pytest

from mail_ingest.parsing import part_octets

FILE = f"begin 644 a.txt\n{binascii.b2a_uu(b'content').decode()}`\nend"


@pytest.mark.parametrize(
    ("text", "rest", "files"),
    [
        (f"Hello\n{FILE}\nBye", "Hello\n\nBye", [("a.txt", b"content")]),
        (f"{FILE}\n{FILE}", "\n", [("a.txt", b"content")] * 2),
        (f"begin 644 things\nöß\nend\n{FILE}", "begin 644 things\nöß\nend\n", [("a.txt", b"content")]),
        ("begin 644 a.txt\nand it never ends", "begin 644 a.txt\nand it never ends", []),
        ("we begin 644 things\nend", "we begin 644 things\nend", []),
    ],
)
def test_uuencoded_files_are_taken_out_of_the_text(text: str, rest: str, files: list[tuple[str, bytes]]) -> None:
    assert part_octets.without_uuencoded(text) == (rest, files)


def test_a_text_full_of_beginnings_is_looked_at_a_few_times_only() -> None:
    text = "begin 644 a\nöß\n" * 200_000 + "end"
    assert part_octets.without_uuencoded(text) == (text, [])
