"""Encoded words and the repairs of a header block, where `test_parse` does not show them."""

from __future__ import annotations

import pytest

from mail_ingest.parsing import header_fields


def test_a_good_block_is_handed_on_as_it_is() -> None:
    raw = b"From alice\r\nA: b\r\n c\r\nD:\r\n\r\nbody: x\r\n"
    assert header_fields.repaired(raw) == (raw, [])


def test_lines_after_the_last_known_field_are_text() -> None:
    repaired, defects = header_fields.repaired(b"From: a@x.test\nSubject: s\nDear all,\nthis is: text\n")
    assert repaired.split(b"\n\n", 1) == [b"From: a@x.test\nSubject: s", b"Dear all,\nthis is: text\n"]
    assert defects == ["header-end-missing"]


@pytest.mark.parametrize(
    ("value", "canonical"),
    [
        ("no words", "no words"),
        ("=?iso-8859-1?q?J=F6rg?= <j@x.test>", "=?utf-8?b?SsO2cmc=?= <j@x.test>"),
        ("=?utf-8?b?SsO2?= =?utf-8?b?cmc=?= x", "=?utf-8?b?SsO2cmc=?= x"),
    ],
)
def test_canonical_words_keep_the_structure_around_them(value: str, canonical: str) -> None:
    assert header_fields.canonical_words(value) == canonical


@pytest.mark.parametrize(
    ("written", "octets"),
    [
        (b"SGVsbG8=", b"Hello"),
        (b"SGVsbG8", b"Hello"),
        (b"SGVs\r\nbG8=", b"Hello"),
        (b"SGV!sbG8=", b"Hello"),
        (b"SGk=SGk=", b"HiHi"),
        (b"SGVsbG8=A", b"Hello"),
        (b"", b""),
        (b"====", b""),
    ],
)
def test_base64_is_read_as_mail_clients_read_it(written: bytes, octets: bytes) -> None:
    assert header_fields.base64_octets(written) == octets
