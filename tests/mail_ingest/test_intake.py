"""Accepting: durable, idempotent, and each mail on its own merits, whatever came with it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, text

from helpdesk.errors import TryLater
from mail_ingest import intake
from mail_ingest.intake import Arrival, accept, accept_many, fingerprint
from mail_ingest.mail import Envelope

MAIL = b"From: alice@example.com\r\nTo: support@help.test\r\nMessage-ID: <1@example.com>\r\n\r\nIt burns.\r\n"
ALICE_TO_US = Envelope("alice@example.com", ("support@help.test",), "198.51.100.1", "client.example")


def arrival(raw: bytes = MAIL, envelope: Envelope = ALICE_TO_US, source: str = "smtp") -> Arrival:
    return Arrival(raw, envelope, source)


def found(engine: Engine, question: str) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(text(question)).mappings()]


def test_a_mail_is_stored_with_its_envelope_and_its_bytes(engine: Engine) -> None:
    accepted = accept(engine, arrival())
    row = found(engine, "select * from inbound_mail")[0]
    assert (accepted.mail_id, accepted.again) == (row["id"], False)
    assert (row["source"], row["mail_from"], row["rcpt_to"]) == ("smtp", "alice@example.com", ["support@help.test"])
    assert (row["client_ip"], row["helo"], row["size"]) == ("198.51.100.1", "client.example", len(MAIL))
    assert (row["state"], row["attempts"]) == ("received", 0)
    raw = found(engine, "select * from inbound_raw")[0]
    assert (raw["inbound_mail_id"], raw["received_on"], bytes(raw["content"])) == (row["id"], row["raw_on"], MAIL)


def test_a_mail_that_came_before_adds_an_arrival_and_changes_nothing_else(engine: Engine) -> None:
    first = accept(engine, arrival())
    before = found(engine, "select * from inbound_mail")
    again = accept(engine, arrival(envelope=Envelope("", ("bugs@example.org",)), source="pipe"))
    assert (again.mail_id, again.again) == (first.mail_id, True)
    assert found(engine, "select * from inbound_mail") == before
    assert found(engine, "select inbound_mail_id, source, rcpt_to, client_ip from inbound_arrivals") == [
        {"inbound_mail_id": first.mail_id, "source": "pipe", "rcpt_to": ["bugs@example.org"], "client_ip": None}
    ]
    assert len(found(engine, "select 1 from inbound_raw")) == 1


def test_duplicates_in_one_batch_share_the_row_of_the_first(engine: Engine) -> None:
    other = MAIL + b"another\r\n"
    batch = [arrival(), arrival(other), arrival(envelope=Envelope("", ("second@help.test",))), arrival()]
    accepted = accept_many(engine, batch)
    assert [one.again for one in accepted] == [False, False, True, True]
    assert accepted[0].mail_id == accepted[2].mail_id == accepted[3].mail_id != accepted[1].mail_id
    rows = found(engine, "select rcpt_to, size from inbound_mail order by size")
    assert rows == [{"rcpt_to": ["support@help.test"], "size": size} for size in (len(MAIL), len(other))]
    assert len(found(engine, "select 1 from inbound_arrivals")) == 2


def test_a_batch_may_hold_old_and_new_mails(engine: Engine) -> None:
    old = accept(engine, arrival())
    accepted = accept_many(engine, [arrival(MAIL + b"new\r\n"), arrival()])
    assert [one.again for one in accepted] == [False, True]
    assert accepted[1].mail_id == old.mail_id


def test_two_batches_with_the_same_mails_at_once_make_one_row_each(engine: Engine) -> None:
    batch = [arrival(MAIL + b"%d\r\n" % number) for number in range(20)]
    start = threading.Barrier(2)

    def accept_all(mails: list[Arrival]) -> list[intake.Accepted]:
        start.wait()
        return accept_many(engine, mails)

    with ThreadPoolExecutor(2) as threads:
        forth, back = threads.map(accept_all, [batch, batch[::-1]])
    assert [one.mail_id for one in forth] == [one.mail_id for one in reversed(back)]
    assert all(one.again != other.again for one, other in zip(forth, reversed(back), strict=True))
    assert len(found(engine, "select 1 from inbound_mail")) == len(found(engine, "select 1 from inbound_raw")) == 20
    assert len(found(engine, "select 1 from inbound_arrivals")) == 20


@pytest.mark.parametrize("raw", [b"", b"\x00\xff", b"\r\n", b"no fields, no end", b"x" * 3_000_000])
def test_any_bytes_are_a_mail(engine: Engine, raw: bytes) -> None:
    accept(engine, arrival(raw))
    assert bytes(found(engine, "select content from inbound_raw")[0]["content"]) == raw


@pytest.mark.parametrize(
    ("said", "kept"), [("ali\x00ce@example.com", "alice@example.com"), ("\udce9@example.com", "?@example.com"), ("é@x", "é@x")]
)
def test_an_envelope_that_postgresql_would_refuse_is_cleaned(engine: Engine, said: str, kept: str) -> None:
    accept_many(engine, [arrival(envelope=Envelope(said, (said,), "198.51.100.1", said)) for _ in range(2)])
    assert found(engine, "select mail_from, rcpt_to, helo from inbound_mail") == [
        {"mail_from": kept, "rcpt_to": [kept], "helo": kept}
    ]
    assert found(engine, "select rcpt_to from inbound_arrivals") == [{"rcpt_to": [kept]}]


def test_many_recipients_and_none_are_kept_as_they_are(engine: Engine) -> None:
    recipients = (("support@help.test", '"a, {b}"@help.test', "bugs@example.org"), ())
    accept_many(engine, [arrival(MAIL + b"%d" % number, Envelope("", to)) for number, to in enumerate(recipients)])
    assert [tuple(row["rcpt_to"]) for row in found(engine, "select rcpt_to from inbound_mail order by size, rcpt_to desc")] == list(
        recipients
    )


def test_a_database_that_is_away_is_try_later_and_nothing_is_stored(engine: Engine, administer: Callable[[str], None]) -> None:
    name = engine.url.database
    administer(f"alter database {name} with allow_connections false")
    with pytest.raises(TryLater):
        accept(engine, arrival())
    administer(f"alter database {name} with allow_connections true")
    assert not accept(engine, arrival()).again


HEAD = b"From: alice@example.com\r\nSubject: hello\r\n"


@pytest.mark.parametrize(
    "copy",
    [
        HEAD.replace(b"\r\n", b"\n") + b"\nbody\n",
        b"Received: from a\r\n\tby b; today\r\nRECEIVED: from c\r\n" + HEAD + b"\r\nbody\r\n",
        b"Return-Path: <x@example.com>\r\nDelivered-To: support@help.test\r\nX-Original-To: a@help.test\r\n"
        + HEAD
        + b"\r\nbody\r\n",
        HEAD + b"Authentication-Results: mx.example; spf=pass\r\n smtp.mailfrom=x\r\nARC-Seal: i=1;\r\n a=b\r\n\r\nbody\r\n",
        HEAD + b"X-SES-Spam-Verdict: PASS\r\nDKIM-Signature : v=1;\r\n\tb=xyz\r\n\r\nbody\r\n",
    ],
)
def test_copies_that_differ_in_what_relays_add_are_one_mail(copy: bytes) -> None:
    assert fingerprint(copy) == fingerprint(HEAD + b"\r\nbody\r\n")


@pytest.mark.parametrize(
    "other",
    [
        HEAD + b"\r\nBody\r\n",
        HEAD + b"\r\nbody",
        HEAD.replace(b"hello", b"Hello") + b"\r\nbody\r\n",
        HEAD + b"\r\nReceived: in the body\r\nbody\r\n",
        HEAD + b"Receivedness: x\r\n\r\nbody\r\n",
        HEAD + b"body\r\n",
        b"",
    ],
)
def test_what_people_wrote_makes_another_mail(other: bytes) -> None:
    assert fingerprint(other) != fingerprint(HEAD + b"\r\nbody\r\n")
