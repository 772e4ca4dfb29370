"""A real SMTP server on loopback that records what it is given, and answers as a test wants it to."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Condition
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass(frozen=True)
class Received:
    """One mail as it came over the wire."""

    mail_from: str
    rcpt_to: tuple[str, ...]
    mail_options: tuple[str, ...]
    content: bytes
    tls: bool
    user: str | None

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed."""
        parsed = message_from_bytes(self.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed


@dataclass
class Sink:
    """What came, and what to answer: `answers` maps a step ("MAIL", "RCPT", "DATA", ".") and maybe an address to a reply.

    The reply "CLOSE" cuts the connection instead; at "." the mail is recorded first, as by a peer whose answer gets lost.
    """

    host: str = "127.0.0.1"
    port: int = 0
    password: str | None = None
    received: list[Received] = field(default_factory=list)
    answers: dict[tuple[str, str], str] = field(default_factory=dict)
    arrived: Condition = field(default_factory=Condition)
    deliver: Callable[[Received], None] | None = None

    @property
    def url(self) -> str:
        """Where to send."""
        return f"smtp://{self.host}:{self.port}"

    def answer(self, step: str, reply: str, address: str = "") -> None:
        """Answer `reply` at `step` (for `address` only, if one is named) from now on."""
        self.answers[step, address] = reply

    def wait_for(self, count: int, seconds: float = 60) -> list[Received]:
        """What has come once it is `count` mails."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.received) >= count, seconds), (
                f"{len(self.received)} of {count} mails came"
            )
            return list(self.received)

    def wait_briefly(self) -> None:
        """Until another mail comes, a second at most."""
        with self.arrived:
            self.arrived.wait(1)

    def _reply(self, step: str, address: str) -> str | None:
        return self.answers.get((step, address)) or self.answers.get((step, ""))

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if reply := self._reply("MAIL", address):
            return _said(server, reply)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if reply := self._reply("RCPT", address):
            return _said(server, reply)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        reply = self._reply(".", envelope.rcpt_tos[0]) or "250 2.0.0 taken"
        if reply[0] == "2" or reply == "CLOSE":
            received = _received(server, session, envelope)
            if self.deliver is not None:
                self.deliver(received)
            with self.arrived:
                self.received.append(received)
                self.arrived.notify_all()
        return _said(server, reply)


def _received(server: SMTP, session: Session, envelope: Envelope) -> Received:
    content = envelope.content
    assert isinstance(content, bytes)
    login = session.auth_data
    return Received(
        mail_from=(envelope.mail_from or "").removeprefix("<").removesuffix(">"),
        rcpt_to=tuple(envelope.rcpt_tos),
        mail_options=tuple(envelope.mail_options),
        content=content,
        tls=server.transport is not None and server.transport.get_extra_info("ssl_object") is not None,
        user=login.login.decode() if isinstance(login, LoginPassword) else None,
    )


def _said(server: SMTP, reply: str) -> str:
    if reply == "CLOSE":
        assert isinstance(server.transport, asyncio.Transport)
        server.transport.abort()
    return reply


class _Controller(Controller):
    """It knocks on its own door to know that it runs: on the port that the system chose."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def running(
    *,
    tls: ssl.SSLContext | None = None,
    at_once: bool = False,
    password: str | None = None,
    deliver: Callable[[Received], None] | None = None,
    **options: Any,
) -> Iterator[Sink]:
    """A sink on a free port of 127.0.0.1; with `tls` it offers STARTTLS, or speaks TLS `at_once`; `deliver` gets each mail too."""
    sink = Sink(password=password, deliver=deliver)

    def authenticator(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(
            success=isinstance(data, LoginPassword) and data.password.decode() == password, handled=False, auth_data=data
        )

    controller = _Controller(
        sink,
        hostname=sink.host,
        port=0,
        ssl_context=tls if at_once else None,
        tls_context=None if at_once else tls,
        authenticator=authenticator if password else None,
        auth_require_tls=False,
        **{"enable_SMTPUTF8": True, "decode_data": False, **options},
    )
    controller.start()
    sink.port = controller.port
    try:
        yield sink
    finally:
        controller.stop()


@contextmanager
def scripted(*replies: bytes) -> Iterator[tuple[str, int]]:
    """A peer that says these words, one after each line or mail it hears, and then closes: for what no real server does."""
    loop = asyncio.new_event_loop()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for reply in replies:
            writer.write(reply)
            await writer.drain()
            if reply.startswith(b"354"):
                await reader.readuntil(b"\r\n.\r\n")
            else:
                await reader.readline()
        writer.close()

    import threading

    server = loop.run_until_complete(asyncio.start_server(talk, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[:2]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
