"""A listener in a thread of its own, and a client that says one line at a time."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, Self

from helpdesk.installation import Installation
from mail_ingest import smtp

MAIL = b"From: Alice <alice@example.com>\r\nTo: support@help.test\r\nSubject: printer\r\n\r\nIt burns.\r\n"


class Listener:
    """Open on `port` until `close`; `ask_to_close` only tells it, as SIGTERM does."""

    def __init__(self, installation: Installation, **options: Any) -> None:
        self._ready: Future[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._thread = threading.Thread(target=self._serve, args=(installation, options))
        self._thread.start()
        self.port, self._loop, self._told = self._ready.result()

    def ask_to_close(self) -> None:
        self._loop.call_soon_threadsafe(self._told.set)

    def close(self) -> None:
        if self._thread.is_alive():
            self.ask_to_close()
        self._thread.join()

    def _serve(self, installation: Installation, options: dict[str, Any]) -> None:
        async def main() -> None:
            told = asyncio.Event()
            async with smtp.listening(installation, **options) as addresses:
                self._ready.set_result((addresses[0][1], asyncio.get_running_loop(), told))
                await told.wait()

        try:
            asyncio.run(main())
        except BaseException as error:
            if self._ready.done():
                raise
            self._ready.set_exception(error)


@contextmanager
def listener(installation: Installation, **options: Any) -> Iterator[Listener]:
    """The listener is open inside the block; `options` are those of `smtp.listening`."""
    one = Listener(installation, **options)
    try:
        yield one
    finally:
        one.close()


class Client:
    """A raw SMTP client: `say` sends a line and gives the answer, `answer` waits for one that is owed."""

    def __init__(self, port: int, greeted: bool = True) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._file = self.socket.makefile("rb")
        if greeted:
            self.greeting = self.answer()
            self.say("EHLO client.example")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self) -> str:
        """One whole answer, lines joined; "" when the server has hung up."""
        lines: list[str] = []
        while not lines or re.match(r"\d{3}-", lines[-1]):
            try:
                line = self._file.readline()
            except ConnectionResetError:
                line = b""
            if not line:
                break
            lines.append(line.decode().rstrip("\r\n"))
        return "\n".join(lines)

    def say(self, line: str) -> str:
        self.send(line.encode("utf-8", "surrogateescape") + b"\r\n")
        return self.answer()

    def begin(self, *recipients: str, sender: str = "alice@example.com", options: str = "") -> str:
        """MAIL, RCPT, DATA; gives the answer to DATA."""
        self.say(f"MAIL FROM:<{sender}>{options}")
        for recipient in recipients or ("support@help.test",):
            self.say(f"RCPT TO:<{recipient}>")
        return self.say("DATA")

    def deliver(self, mail: bytes = MAIL, *recipients: str, sender: str = "alice@example.com") -> str:
        """A whole mail, as a client must send it; gives the last answer."""
        answer = self.begin(*recipients, sender=sender)
        if not answer.startswith("354"):
            return answer
        self.send((b"\r\n" + mail).replace(b"\r\n.", b"\r\n..")[2:] + (b".\r\n" if mail.endswith(b"\r\n") else b"\r\n.\r\n"))
        return self.answer()
