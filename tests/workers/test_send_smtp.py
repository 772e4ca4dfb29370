from __future__ import annotations

import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import smtp_sink
from tests.smtp_sink import Sink
from workers import send_smtp
from workers.send_smtp import Answer, Outcome, send

MAIL = b"From: support@help.test\r\nTo: alice@example.com\r\nSubject: hello\r\n\r\nHello Alice,\r\n.\r\n..and so on\r\n"
ALICE = "alice@example.com"
VERP = "bounce+abc@help.test"


@pytest.fixture
def sink() -> Iterator[Sink]:
    with smtp_sink.running() as sink:
        yield sink


def test_a_mail_arrives_octet_by_octet_with_its_envelope(sink: Sink) -> None:
    answer = send(sink.url, VERP, ALICE, MAIL)
    assert (answer.kind, answer.code) == (Outcome.OK, 250)
    (received,) = sink.received
    assert (received.mail_from, received.rcpt_to, received.content) == (VERP, (ALICE,), MAIL)


def test_the_null_sender_is_an_empty_reverse_path(sink: Sink) -> None:
    assert send(sink.url, "", ALICE, MAIL).kind == Outcome.OK
    assert sink.received[0].mail_from == ""


@pytest.mark.parametrize(
    ("step", "reply", "outcome"),
    [
        pytest.param("MAIL", "451 4.3.0 later", Outcome.LATER, id="the relay has trouble"),
        pytest.param("MAIL", "550 5.7.1 sender rejected", Outcome.LATER, id="the relay does not want us: a fault to be mended, no mail is given up"),
        pytest.param("MAIL", "530 5.7.0 sign in first", Outcome.LATER, id="the relay wants a password"),
        pytest.param("MAIL", "552 5.3.4 too big", Outcome.NEVER, id="the mail is too big for the relay"),
        pytest.param("RCPT", "450 4.2.1 greylisted", Outcome.LATER, id="greylisted"),
        pytest.param("RCPT", "421 4.7.0 too many connections", Outcome.LATER, id="421 at the recipient"),
        pytest.param("RCPT", "550 5.1.1 mailbox unknown", Outcome.NEVER, id="no such mailbox"),
        pytest.param("RCPT", "CLOSE", Outcome.LATER, id="closed before there was a mail"),
        pytest.param(".", "451 4.3.0 disk full", Outcome.LATER, id="the mail is not taken now"),
        pytest.param(".", "554 5.7.1 looks like spam", Outcome.NEVER, id="the mail is not taken ever"),
        pytest.param(".", "CLOSE", Outcome.AMBIGUOUS, id="the answer to the final dot is lost"),
    ],
)  # fmt: skip
def test_what_the_peer_says_decides_about_another_try(sink: Sink, step: str, reply: str, outcome: Outcome) -> None:
    sink.answer(step, reply)
    answer = send(sink.url, VERP, ALICE, MAIL)
    assert answer.kind == outcome
    if reply != "CLOSE":
        assert str(answer) == reply


@pytest.mark.parametrize(
    ("replies", "outcome"),
    [
        pytest.param((b"554 no service\r\n",), Outcome.LATER, id="the greeting refuses: about us, not about the mail"),
        pytest.param((b"220 hi\r\n", b"550 no\r\n", b"550 no\r\n"), Outcome.LATER, id="neither EHLO nor HELO is taken"),
        pytest.param((b"what?\r\n",), Outcome.LATER, id="no SMTP at all"),
        pytest.param((b"220 hi\r\n", b"250 hi\r\n", b"250 ok\r\n", b"252 cannot say\r\n", b"354 go\r\n", b"250 ok\r\n"), Outcome.OK, id="a recipient it cannot verify"),
        pytest.param((b"220 hi\r\n", b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"554 no\r\n"), Outcome.NEVER, id="DATA is refused"),
        pytest.param((b"220 hi\r\n", b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", b"oops\r\n"), Outcome.AMBIGUOUS, id="an answer to the final dot that is none"),
        pytest.param((b"220 hi\r\n", b"250-hi\r\n250 SIZE 10\r\n"), Outcome.NEVER, id="the relay's own limit is smaller"),
    ],
)  # fmt: skip
def test_strange_peers(replies: tuple[bytes, ...], outcome: Outcome) -> None:
    with smtp_sink.scripted(*replies) as (host, port):
        assert send(f"smtp://{host}:{port}", VERP, ALICE, MAIL).kind == outcome


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    answer = send(f"smtp://127.0.0.1:{port}", VERP, ALICE, MAIL)
    assert (answer.kind, answer.code) == (Outcome.LATER, 0)


def test_a_peer_that_never_speaks_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send_smtp, "CONNECT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert send(f"smtp://127.0.0.1:{silent.getsockname()[1]}", VERP, ALICE, MAIL).kind == Outcome.LATER


def test_a_peer_that_only_drips_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send_smtp, "WHOLE", 0.3)
    with smtp_sink.scripted(b"220 hi\r\n", b"250-one\r\n") as (host, port):  # the answer never ends
        assert send(f"smtp://{host}:{port}", VERP, ALICE, MAIL).kind == Outcome.LATER


@pytest.mark.parametrize(
    "address",
    [
        "alice@example.com\r\nRCPT TO:<mallory@example.org>",
        "alice@example.com\nDATA",
        "alice@example.com\x00",
        "alice@example.com> <mallory@example.org",
        "alice@example.com,mallory@example.org",
        "alice",
        "",
        "@example.com",
        "alice@exam ple.com",
    ],
)
def test_what_is_no_single_address_is_refused_before_a_connection_is_made(sink: Sink, address: str) -> None:
    assert send(sink.url, VERP, address, MAIL).kind == Outcome.NEVER
    if address:
        assert send(sink.url, address, ALICE, MAIL).kind == Outcome.NEVER
    assert sink.received == []


@pytest.mark.parametrize("address", ["-oX/tmp/x@example.com", "$USER@example.com", "`id`@example.com", "o'alice@example.com"])
def test_an_address_is_only_ever_an_address(sink: Sink, address: str) -> None:
    assert send(sink.url, VERP, address, MAIL).kind == Outcome.OK
    assert sink.received[0].rcpt_to == (address,)


@pytest.mark.parametrize(
    "end",
    [b"\n.\n", b"\r\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\r\n", b"\r.\n"],
)
def test_no_line_of_a_mail_ends_it_early(sink: Sink, end: bytes) -> None:
    mail = (
        b"Subject: one\r\n\r\nfirst" + end + b"MAIL FROM:<mallory@example.org>\r\nRCPT TO:<alice@example.com>\r\nDATA\r\nsecond\r\n"
    )
    assert send(sink.url, VERP, ALICE, mail).kind == Outcome.OK
    (received,) = sink.received
    assert received.content.endswith(b"second\r\n")


def test_an_international_recipient_needs_a_relay_that_takes_one(sink: Sink) -> None:
    assert send(sink.url, VERP, "ålice@example.com", MAIL).kind == Outcome.OK
    assert sink.received[0].rcpt_to == ("ålice@example.com",)
    assert "SMTPUTF8" in sink.received[0].mail_options
    with smtp_sink.running(enable_SMTPUTF8=False) as old:
        answer = send(old.url, VERP, "ålice@example.com", MAIL)
        assert (answer.kind, answer.code, old.received) == (Outcome.NEVER, 550, [])


def test_a_mail_beyond_the_relays_size_is_not_even_tried() -> None:
    with smtp_sink.running(data_size_limit=50) as small:
        answer = send(small.url, VERP, ALICE, MAIL)
        assert (answer.kind, answer.code) == (Outcome.NEVER, 552)


# --- TLS and passwords


@pytest.fixture(scope="module")
def certificate(peer: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for `localhost` that nobody else vouches for, with its key."""
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    key = file.with_name("key.pem")
    subprocess.run(
        [
            peer("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(file),
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    file.write_bytes(file.read_bytes() + key.read_bytes())
    return file


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def _url(sink: Sink, scheme: str = "smtp", user: str = "") -> str:
    return f"{scheme}://{user}localhost:{sink.port}"


def test_starttls_is_used_where_it_is_offered_whoever_vouches_for_it(tls: ssl.SSLContext) -> None:
    with smtp_sink.running(tls=tls) as sink:
        assert send(_url(sink), VERP, ALICE, MAIL).kind == Outcome.OK
        assert sink.received[0].tls


def test_a_password_goes_only_to_a_relay_that_somebody_vouches_for(
    tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with smtp_sink.running(tls=tls, password="s3cret:/") as sink:
        url = _url(sink, user="bob:s3cret%3A%2F@")
        assert send(url, VERP, ALICE, MAIL).kind == Outcome.LATER
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert send(url, VERP, ALICE, MAIL).kind == Outcome.OK
        assert [(mail.user, mail.tls) for mail in sink.received] == [("bob", True)]


def test_a_wrong_password_is_no_reason_to_give_up_mail(
    tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with smtp_sink.running(tls=tls, password="right") as sink:
        answer = send(_url(sink, user="bob:wrong@"), VERP, ALICE, MAIL)
        assert (answer.kind, answer.code) == (Outcome.LATER, 535)


def test_smtps_speaks_tls_at_once_and_checks_the_certificate(
    tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with smtp_sink.running(tls=tls, at_once=True) as sink:
        assert send(_url(sink, "smtps"), VERP, ALICE, MAIL).kind == Outcome.LATER
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert send(_url(sink, "smtps"), VERP, ALICE, MAIL).kind == Outcome.OK
        assert [mail.tls for mail in sink.received] == [True]


def test_a_password_never_crosses_the_net_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send_smtp, "_LOOPBACK", ())
    with smtp_sink.running(password="s3cret") as sink:
        assert send(_url(sink, user="bob:s3cret@"), VERP, ALICE, MAIL).kind == Outcome.LATER
        assert sink.received == []


def test_an_answer_reads_as_the_peer_said_it() -> None:
    assert str(Answer(Outcome.NEVER, 550, "5.1.1 no")) == "550 5.1.1 no"
    assert str(Answer(Outcome.LATER, 0, "TimeoutError")) == "TimeoutError"
