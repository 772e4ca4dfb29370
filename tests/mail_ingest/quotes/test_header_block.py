"""Printed header fields: their kinds and values."""

from __future__ import annotations

import pytest

from mail_ingest.quotes import header_block as blocks


@pytest.mark.parametrize(
    ("line", "kind"),
    [("From: x", "sender"), ("*Von:* x", "sender"), ("De : x", "sender"), ("寄件者： x", "sender"), ("Envoyé : x", "sent"), ("Betreff: x", "subject"),
     ("> To: x", "to"), ("Fromage: x", None), ("From x", None), ("x" * 50 + ":", None)],
)  # fmt: skip
def test_labels_are_known_in_every_language(line: str, kind: str | None) -> None:
    assert blocks.label_of(line) == kind


def test_values_may_be_broken_and_stand_apart() -> None:
    lines = [
        "From: Bob <bob@help.test>",
        "",
        "Date: 3 May 2023",
        "To:",
        "alice@example.com",
        "",
        "Subject: A very",
        "long one",
        "",
        "text",
    ]
    block = blocks.header_block(lines, 0, [blocks.fields_of(line) for line in lines])
    assert block is not None
    assert block.values == {
        "sender": "Bob <bob@help.test>",
        "date": "3 May 2023",
        "to": "alice@example.com",
        "subject": "A very long one",
    }
    assert lines[block.last :] == ["", "text"] or lines[block.last :] == ["long one", "", "text"]
