"""The caps of a mail, each by its smallest breach and its largest obedience."""

from __future__ import annotations

import pytest

from mail_ingest.parsing import caps
from tests.mail_ingest.mails import HEAD, mail, multipart, part


def _nested(depth: int) -> bytes:
    levels = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(depth))
    return HEAD + levels + b"Content-Type: text/plain\r\n\r\nhi\r\n"


@pytest.mark.parametrize(
    ("raw", "cap"),
    [
        (mail(body=b"a" * (25 * caps.MIB)), "25 MiB in one mail"),
        (mail("X-A: " + "a" * 300_000), "256 KiB in the header block"),
        (b"a" * 300_000, "256 KiB in the header block"),
        (mail("X-A: " + "a" * 66_000), "64 KiB in one field"),
        (mail("X-A: " + "a\r\n " * 22_000), "64 KiB in one field"),
        (mail(*["X-A: b"] * 1_001), "1,000 header fields"),
        (mail("Cc: " + ", ".join(f"a{n}@x.test" for n in range(501))), "500 addresses"),
        (multipart("mixed", *[b"\r\nx"] * 1_001), "1,000 parts"),
        (_nested(60), "50 levels of parts"),
        (HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 60, "50 levels of parts"),
    ],
)
def test_a_cap_is_named(raw: bytes, cap: str) -> None:
    assert caps.exceeded(raw) == cap


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        mail(),
        mail(body=b"a" * (24 * caps.MIB)),
        mail("X-A: " + "a" * 60_000),
        mail(*["X-A: b"] * 900),
        mail("Cc: " + ", ".join(f"a{n}@x.test" for n in range(490))),
        mail(body="--\r\n" * 5_000),
        mail(body="someone@example.com\r\n" * 5_000),
        multipart("mixed", *[b"\r\nx"] * 900),
        multipart("mixed", *[part("message/rfc822", multipart("alternative", b"\r\nx", b"\r\ny"))] * 40),
        multipart("digest", *[part("message/rfc822", HEAD)] * 200),
        _nested(40),
    ],
)
def test_large_but_honest_mail_passes(raw: bytes) -> None:
    assert caps.exceeded(raw) is None
