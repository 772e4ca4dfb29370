"""One mail to one recipient through one SMTP relay (RFC 5321), and what its answer means for a second try.

A permanent answer to the recipient or the mail itself is final. One to us (greeting, TLS, sign-in) is a fault of ours that somebody
will mend, and no reason to give up people's mail. Not here: when the next try is (helpdesk/outbox.py).
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from helpdesk.errors import Refused
from workers.mail_headers import addr_spec

CONNECT, REPLY, DATA = 30.0, 60.0, 300.0  # seconds without an answer
WHOLE = 600.0  # seconds for all of it: a peer that gives one octet now and then must not hold a thread for hours
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Outcome(StrEnum):
    """What became of a try; `ambiguous`: the answer to the final dot was lost, so the peer may have the mail."""

    OK = "ok"
    LATER = "later"
    NEVER = "never"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class Answer:
    """The peer's last word: `code` is its reply code, 0 where there was none."""

    kind: Outcome
    code: int
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.text}" if self.code else self.text


class _Stop(Exception):
    """The dialogue is over; holds its answer."""

    def __init__(self, kind: Outcome, code: int = 0, text: str = "") -> None:
        super().__init__(text)
        self.answer = Answer(kind, code, text)


def send(url: str, envelope_from: str, recipient: str, mime: bytes, *, helo: str = "localhost") -> Answer:
    """Hand `mime` to the relay at `url` (smtp://user:pass@host:port; smtps:// is TLS at once); never raises for what a peer does.

    `envelope_from` is "" for the null sender. STARTTLS is used where it is offered; with a user the certificate must be valid, and
    a password never leaves in the clear (but on this machine).
    """
    try:
        _check_addresses(envelope_from, recipient)
    except Refused as refused:
        return Answer(Outcome.NEVER, 0, str(refused))
    try:
        with _connection(url, helo) as peer:
            return _mail_transaction(peer, envelope_from, recipient, _on_the_wire(mime))
    except _Stop as stop:
        return stop.answer
    except smtplib.SMTPResponseException as error:
        return Answer(Outcome.LATER, error.smtp_code, _words(error.smtp_error))
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return Answer(Outcome.LATER, 0, f"{type(error).__name__}: {error}"[:500])


def _check_addresses(envelope_from: str, recipient: str) -> None:
    addr_spec(recipient)
    if envelope_from:
        addr_spec(envelope_from)


@contextmanager
def _connection(url: str, helo: str) -> Iterator[smtplib.SMTP]:
    """A greeted, encrypted (where possible) and signed-in connection; it is shut after WHOLE seconds, whatever the peer does."""
    where = urlsplit(url)
    host, user = where.hostname or "", unquote(where.username or "")
    context = _tls(verify=bool(user) or where.scheme == "smtps")
    if where.scheme == "smtps":
        peer: smtplib.SMTP = smtplib.SMTP_SSL(local_hostname=helo, timeout=CONNECT, context=context)
    else:
        peer = smtplib.SMTP(local_hostname=helo, timeout=CONNECT)
    # smtplib compares certificates with the name it was made with; made with one it would connect before our clock runs
    peer._host = host  # type: ignore[attr-defined]
    try:
        with _at_most(WHOLE, peer):
            code, text = peer.connect(host, where.port or (465 if where.scheme == "smtps" else 25))
            if code != 220:
                raise _Stop(Outcome.LATER, code, _words(text))
            _socket(peer).settimeout(REPLY)
            peer.ehlo_or_helo_if_needed()
            if where.scheme == "smtp" and peer.has_extn("starttls"):
                peer.starttls(context=context)
                peer.ehlo_or_helo_if_needed()
            if user:
                if not isinstance(peer.sock, ssl.SSLSocket) and host not in _LOOPBACK:
                    raise _Stop(Outcome.LATER, 0, "the relay offers no TLS: the password was not sent")
                peer.login(user, unquote(where.password or ""))
            yield peer
    finally:
        peer.close()


def _mail_transaction(peer: smtplib.SMTP, envelope_from: str, recipient: str, octets: bytes) -> Answer:
    """MAIL, RCPT, DATA. A refused sender is about us, unless it is about the size."""
    _stop_unless(peer, 250, *peer.mail(envelope_from, _mail_options(peer, envelope_from, recipient, octets)), final=(552,))
    _stop_unless(peer, 250, *peer.rcpt(recipient))
    _stop_unless(peer, 354, *peer.docmd("DATA"))
    line = _socket(peer)
    line.settimeout(DATA)
    line.sendall(octets)
    try:
        line.sendall(b".\r\n")
        code, text = peer.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise _Stop(Outcome.AMBIGUOUS, 0, f"the answer to the final dot was lost ({type(error).__name__})") from error
    if code == -1:
        raise _Stop(Outcome.AMBIGUOUS, 0, f"the answer to the final dot makes no sense: {_words(text)}")
    _stop_unless(peer, 250, code, text)
    _say_goodbye(peer)
    return Answer(Outcome.OK, code, _words(text))


def _stop_unless(peer: smtplib.SMTP, good: int, code: int, text: bytes, *, final: tuple[int, ...] | None = None) -> None:
    """Stop at any answer but `good`; 5xx is final, or only those in `final`."""
    if code == good or (good == 250 and code in (251, 252)):
        return
    if code == -1:
        raise _Stop(Outcome.LATER, 0, f"the relay makes no sense: {_words(text)}")
    if code != 421:
        _say_goodbye(peer)
    is_final = code in final if final is not None else 500 <= code <= 599
    raise _Stop(Outcome.NEVER if is_final else Outcome.LATER, code, _words(text))


def _mail_options(peer: smtplib.SMTP, envelope_from: str, recipient: str, octets: bytes) -> list[str]:
    """What the mail asks of the relay (RFC 1870, 6152, 6531); what it cannot do is final."""
    options = []
    if peer.has_extn("size"):
        limit = peer.esmtp_features.get("size", "")
        if limit.isdigit() and 0 < int(limit) < len(octets):
            raise _Stop(Outcome.NEVER, 552, f"5.3.4 the mail has {len(octets)} octets, the relay takes {limit}")
        options.append(f"SIZE={len(octets)}")
    international = not (envelope_from + recipient).isascii()
    if international and not peer.has_extn("smtputf8"):
        raise _Stop(Outcome.NEVER, 550, "5.6.7 the relay takes no international addresses")
    if international:
        options.append("SMTPUTF8")
        peer.command_encoding = "utf-8"
    if not octets.isascii():
        if not peer.has_extn("8bitmime"):
            raise _Stop(Outcome.NEVER, 550, "5.6.3 the relay takes no 8-bit mail")
        options.append("BODY=8BITMIME")
    return options


def _on_the_wire(mime: bytes) -> bytes:
    """Lines end in CRLF and no line is a lone dot (RFC 5321 section 4.5.2): no octet of the mail can end it early."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", mime)
    if not lines.endswith(b"\r\n"):
        lines += b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", lines)


def _tls(*, verify: bool) -> ssl.SSLContext:
    """Without a password to protect, any encryption is better than none: relays inside a house rarely have a valid certificate."""
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


@contextmanager
def _at_most(seconds: float, peer: smtplib.SMTP) -> Iterator[None]:
    def shut() -> None:
        if peer.sock is not None:
            with suppress(OSError):
                peer.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, shut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _socket(peer: smtplib.SMTP) -> socket.socket:
    if peer.sock is None:
        raise smtplib.SMTPServerDisconnected("the relay closed the connection")
    return peer.sock


def _say_goodbye(peer: smtplib.SMTP) -> None:
    """The mail's fate is known: a peer that fails from here on changes nothing."""
    with suppress(OSError, smtplib.SMTPException):
        _socket(peer).settimeout(5)
        peer.quit()


def _words(text: bytes | str) -> str:
    plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return " ".join(plain.replace("\x00", " ").split())[:500]
