"""One SMTP connection: aiosmtpd's command loop with our words, our limits and our way of reading DATA.

aiosmtpd reads DATA line by line, at one wake-up a line, and says 500 to a long one; here lines do not matter at all. What is
decided about a mail is in house.py.
"""

# ruff: noqa: N802 (the methods' names are aiosmtpd's)

from __future__ import annotations

import asyncio
import logging
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

from aiosmtpd.smtp import SMTP

from mail_ingest import replies
from mail_ingest.listener.house import House
from mail_ingest.listener.limits import IPAddress, client_address
from mail_ingest.replies import Reply

log = logging.getLogger("helpdesk.smtp")
COMMAND_BYTES = 2048
CALLS = {"VRFY": 100, "EXPN": 100, "HELP": 100, "NOOP": 1000, "*": 1_000_000}
NOT_OFFERED = ("AUTH", "STARTTLS")
END = b".\r\n"
# `<path>` or a bare path, then parameters; a quoted string may hold what a path may not (RFC 5321 section 4.1.2)
_PATH = re.compile(r'\s*(?:<((?:"(?:\\[ -~]|[^"\\\x00-\x1f\x7f])*"|[^<>"\s\x00-\x1f\x7f])*)>|([^<>"\s\x00-\x1f\x7f]+))(?:\s+(.*))?')


class _Commands(dict[str, Any]):
    """aiosmtpd ends a connection by 502 after five unknown commands; answered by a method of ours they count like all others."""

    def __init__(self, known: dict[str, Any], unknown: Callable[[str], Awaitable[None]]) -> None:
        super().__init__(known)
        self._unknown = unknown

    def get(self, name: str, _default: Any = None) -> Any:
        return super().get(name, self._unknown)


class Guest(SMTP):
    """One connection. `waiting_since` is set while it is the client's turn, and `received` counts what came in that turn."""

    # only how much is read at once: a longer line comes in several pieces
    line_length_limit = 64 * 1024
    command_size_limit = COMMAND_BYTES

    def __init__(self, house: House) -> None:
        super().__init__(
            house,
            data_size_limit=None,
            enable_SMTPUTF8=True,
            hostname=house.mint.mail_domain,
            ident="ESMTP",
            timeout=house.counters.limits.idle_seconds,
            command_call_limit=CALLS,
            loop=asyncio.get_running_loop(),
        )
        # aiosmtpd's own is shared by all connections, and each EHLO of anybody changes it
        self.command_size_limits = defaultdict(lambda: COMMAND_BYTES)
        known = {name: method for name, method in self._smtp_methods.items() if name not in NOT_OFFERED}
        self._smtp_methods = _Commands(known, self._not_recognised)
        self.house = house
        self.client: IPAddress | None = None
        self.admitted = False
        self.in_data = False
        self.recipients_asked = 0
        self.bad_commands = 0
        self.received = 0
        self.held = 0
        self.waiting_since: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let the client in, or tell it 421 and hang up."""
        house = self.house
        self.client = client_address(transport.get_extra_info("peername"))
        crowded = house.counters.crowds(self.client)
        if house.closing or crowded or (house.counters.is_full() and not house.give_way(self.loop.time())):
            reply = Reply.CLOSING if house.closing else Reply.TOO_MANY_CONNECTIONS
            self.note_refusal(reply, "connection")
            _end(transport, reply)
            return
        self.admitted = True
        house.counters.enter(self.client)
        house.guests.add(self)
        house.empty.clear()
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """The client has gone, or was asked to."""
        if not self.admitted:
            return
        self.house.counters.leave(self.client)
        self.house.guests.discard(self)
        if not self.house.guests:
            self.house.empty.set()
        super().connection_lost(error)

    def dismiss(self, reply: Reply) -> None:
        """Say 421 and hang up; what the client has sent of a mail is forgotten."""
        self.waiting_since = None
        if self.transport is not None:
            _end(self.transport, reply)

    def hang_up(self) -> None:
        """End the connection this moment."""
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    def note_refusal(self, reply: Reply, what: str) -> None:
        """One line in the log; what clients said is shown as ASCII."""
        log.info("refused by %s: %a by %s", reply, what, self.client)

    async def push(self, status: str | bytes) -> None:
        """Every answer goes through here: reworded, bad commands counted, and the turn passes to the client."""
        answer = replies.reworded(status if isinstance(status, str) else status.decode())
        if replies.is_bad_command(answer):
            self.bad_commands += 1
            if self.bad_commands > self.house.counters.limits.bad_commands:
                answer = Reply.TOO_MANY_ERRORS
                self.note_refusal(Reply.TOO_MANY_ERRORS, "connection")
        self.received, self.waiting_since = 0, self.loop.time()
        await super().push(answer)
        if answer.startswith("421") and self.transport is not None:
            self.transport.close()

    async def handle_exception(self, error: Exception) -> str:
        """Trouble of ours, and not a word more about it to the client."""
        log.error("an SMTP session failed", exc_info=error)
        return Reply.TRY_LATER

    async def smtp_VRFY(self, _arg: str) -> None:
        """Says nothing about who exists (RFC 5321 section 7.3)."""
        await self.push(Reply.VERIFY)

    async def smtp_EXPN(self, _arg: str) -> None:
        """Not here (RFC 5321 section 7.3)."""
        await self.push(Reply.NO_EXPANSION)

    async def smtp_HELP(self, _arg: str) -> None:
        """For people who type."""
        await self.push(Reply.HELP)

    async def smtp_DATA(self, arg: str | None) -> None:
        """Read the mail, have it committed, then answer."""
        if await self.check_helo_needed():
            return
        if arg or self.envelope is None or not self.envelope.rcpt_tos:
            await self.push(Reply.BAD_ARGUMENT if arg else Reply.NO_RECIPIENTS)
            return
        self.in_data = True
        await self.push(Reply.GO_AHEAD)
        self._reset_timeout(self.house.counters.limits.data_seconds)
        try:
            refusal, raw = await self._read_mail()
            self.waiting_since = None
            self._reset_timeout()
            if refusal:
                self.note_refusal(refusal, f"mail from {self.envelope.mail_from}")
            self.envelope.original_content = raw
            answer = refusal or await self._call_handler_hook("DATA")
        finally:
            self._let_go()
            self.in_data = False
            self.envelope = self._create_envelope()
        await self.push(answer)
        if self.house.closing:
            self.dismiss(Reply.CLOSING)

    async def _read_mail(self) -> tuple[Reply | None, bytes]:
        """Read up to the lone dot (RFC 5321 section 4.1.1.4); of a mail that is too much nothing is kept, but all is read.

        CRLF "." CRLF ends a mail and nothing else does: a bare CR or LF beside a dot is text of the mail.
        """
        refusal: Reply | None = None
        kept = bytearray(b"\r\n")  # a dot at the very beginning is at the beginning of a line, too
        while not kept.endswith(b"\r\n" + END):
            try:
                piece = await self._reader.readuntil(END)
            except asyncio.LimitOverrunError as error:
                piece = await self._reader.read(error.consumed)
            kept += piece
            self.received += len(piece)
            refusal = refusal or self._hold(len(piece))
            if refusal is not None:
                self._let_go()
                del kept[: -len(END) - 2]
        raw = _unstuffed(kept)
        if refusal is None and len(raw) > self.house.counters.limits.mail_bytes:
            refusal = Reply.TOO_BIG
        return (None, raw) if refusal is None else (refusal, b"")

    def _hold(self, size: int) -> Reply | None:
        counters = self.house.counters
        self.held += size
        counters.bytes_in_flight += size
        # some room for dots that are doubled on the wire only: the last word is spoken when all is read
        if self.held > counters.limits.mail_bytes + self.line_length_limit:
            return Reply.TOO_BIG
        return Reply.BUSY if counters.bytes_in_flight > counters.limits.bytes_in_flight else None

    def _let_go(self) -> None:
        self.house.counters.bytes_in_flight -= self.held
        self.held = 0

    async def _not_recognised(self, _arg: str) -> None:
        await self.push(Reply.NOT_RECOGNISED)

    def _timeout_cb(self) -> None:
        self.dismiss(Reply.TOO_SLOW)

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        # aiosmtpd drops a source route without a word, and its parser takes longer than all the rest
        found = _PATH.fullmatch(arg)
        if found is None:
            return None, None
        path, bare, rest = found.groups()
        return path or bare or "<>", rest or ""


def _unstuffed(kept: bytearray) -> bytes:
    """The mail between CRLF and the final dot, without the dots that were put before its own (RFC 5321 section 4.5.2)."""
    whole = kept.replace(b"\r\n.", b"\r\n")
    kept.clear()
    return bytes(memoryview(whole)[2:-2])


def _end(transport: asyncio.BaseTransport, reply: Reply) -> None:
    if isinstance(transport, asyncio.Transport) and not transport.is_closing():
        transport.write(f"{reply}\r\n".encode())
        transport.close()
