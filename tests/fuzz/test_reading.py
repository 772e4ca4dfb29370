"""Whatever the octets are, reading them gives a value that keeps its promises, or one failed try, and the next mail is read.

The short form of `make fuzz` (`python -m tests.fuzz`), and a property: any octets at all.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mail_ingest.reader import Reader
from tests.fuzz.invariants import broken, broken_reply
from tests.fuzz.mutation import MUTATIONS, mutant
from tests.fuzz.rounds import ENVELOPES, OURS, alive, mails, rounds

SEED, ROUNDS, CHILDREN = 1, 300, 2
HEADS = (
    b"",
    b"From: Alice <alice@example.com>\r\nSubject: Printer\r\n",
    b"Return-Path: <>\r\nFrom: postmaster@example.org\r\nSubject: Undeliverable\r\n",
)
FIELDS = ("From", "To", "Subject", "Date", "Message-ID", "References", "Content-Type", "Content-Disposition", "Content-Transfer-Encoding", "Content-ID")  # fmt: skip


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader(children=CHILDREN) as reader:
        yield reader


@pytest.fixture(scope="module")
def corpus() -> list[bytes]:
    """Our own mails alone, so that the same seed means the same mutants everywhere."""
    return mails((OURS,))


def test_no_mutant_breaks_a_promise(reader: Reader, corpus: list[bytes]) -> None:
    done = list(rounds(SEED, range(ROUNDS), corpus, reader, threads=CHILDREN))
    assert [one.number for one in done] == list(range(ROUNDS))
    assert [(one.number, one.wrong) for one in done if one.wrong] == []
    assert [(one.number, one.failed) for one in done if one.failed] == []
    assert alive(reader, CHILDREN)


def test_a_number_is_the_same_mutant_again(corpus: list[bytes]) -> None:
    assert [mutant(number, SEED, corpus) for number in range(50)] == [mutant(number, SEED, corpus) for number in range(50)]
    assert len({mutant(number, SEED, corpus) for number in range(50)}) > 40
    assert len(MUTATIONS) >= 6


@settings(max_examples=60, deadline=None)
@given(head=st.sampled_from(HEADS), octets=st.binary(max_size=600))
def test_any_octets_are_a_reading(reader: Reader, head: bytes, octets: bytes) -> None:
    _promises(reader, head + octets)


@settings(max_examples=60, deadline=None)
@given(head=st.sampled_from(HEADS[1:]), name=st.sampled_from(FIELDS), value=st.text(max_size=200), body=st.text(max_size=200))
def test_any_text_in_any_field_is_a_reading(reader: Reader, head: bytes, name: str, value: str, body: str) -> None:
    field = f"{name}: {value}\r\n".encode("utf-8", "surrogatepass")
    _promises(reader, field + head + b"\r\n" + body.encode("utf-8", "surrogatepass"))


def _promises(reader: Reader, raw: bytes) -> None:
    for envelope in ENVELOPES:
        reading = reader.read(raw, envelope)
        assert broken(reading) == []
    assert broken_reply(reader.cut(reading.mail.text, reading.mail.html), reading.mail) == []
