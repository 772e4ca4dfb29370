"""Reading what strangers send in a child process that may die: the parent keeps its threads, its memory and its secrets.

What is not here: the reading itself (`reader_child`) and the form of its answer (`reading_codec`).
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

from helpdesk.errors import HelpdeskError
from mail_ingest import reading_codec
from mail_ingest.mail import Envelope, Forwarded, Reading, ReplyText

_MOST_ANSWER = 160 * 1024 * 1024
PATIENCE = 30.0  # seconds to wait for a child that is free
_START_SECONDS = 20.0
_SECONDS_PER_OCTET = 0.4 / (1024 * 1024)
_WALL_PER_CPU = 10  # a child that waits for its turn on a busy machine has done nothing wrong


class ReaderFailed(HelpdeskError):
    """The child died, ran out of time or answered nonsense: one failed try of this mail, and nothing else is harmed."""


class _JobFailed(Exception):
    """The child is well, but its work raised: the text is the end of its traceback."""


class Reader:
    """A small pool of children, started when needed and replaced when they die; for the threads of one process, not for its forks.

    A job waits 30 s for a free child, or as its caller has `patience`; then that is a failed try, and who waits for it goes on.
    `seconds` of CPU time are what one job may take, plus 0.4 s per MiB of mail; ten times that on the wall. `command` starts a
    child; its last argument will be the number of an inherited socket.
    """

    def __init__(self, *, children: int = 2, seconds: float = 2.0, command: Sequence[str] | None = None) -> None:
        self._command = tuple(command or (sys.executable, "-m", "mail_ingest.reader_child"))
        self._seconds = seconds
        self._places: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        self._closed = threading.Event()
        for _ in range(children):
            self._places.put(None)

    def read(self, raw: bytes, envelope: Envelope) -> Reading:
        """The Reading of one mail; ReaderFailed is one failed try."""
        octets = self._job("read", raw, envelope, size=len(raw))
        try:
            return reading_codec.decode_reading(octets)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ReaderFailed(f"the answer cannot be read: {error}") from error

    def handed_over(self, raw: bytes) -> Forwarded | None:
        """The mail that an agent hands over with this one (`forwarded.handed_over`); ReaderFailed is one failed try."""
        octets = self._job("handed_over", raw, size=len(raw))
        try:
            return reading_codec.decode_forwarded(octets)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ReaderFailed(f"the answer cannot be read: {error}") from error

    def cut(
        self,
        text: str,
        html: str | None,
        sent: Sequence[str] = (),
        *,
        first: bool = False,
        sender_name: str = "",
        patience: float = PATIENCE,
    ) -> ReplyText:
        """What the person wrote (`reply_text.visible`); ReaderFailed is one failed try."""
        size = len(text) + len(html or "")
        octets = self._job("cut", text, html, tuple(sent), first, sender_name, size=size, patience=patience)
        try:
            return reading_codec.decode_reply(octets)
        except (ValueError, TypeError, RecursionError) as error:
            raise ReaderFailed(f"the answer cannot be read: {error}") from error

    def close(self) -> None:
        """End all idle children; jobs that are running end theirs when they are done."""
        self._closed.set()
        idle = []
        while not self._places.empty():
            try:
                idle.append(self._places.get_nowait())
            except queue.Empty:
                break
        for child in idle:
            if child is not None:
                child.end()
            self._places.put(None)

    def __enter__(self) -> Reader:
        self._closed.clear()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _job(self, *arguments: object, size: int, patience: float = PATIENCE) -> bytes:
        try:
            child = self._places.get(timeout=patience)
        except queue.Empty as error:
            raise ReaderFailed(f"no reader was free in {patience:.0f} s") from error
        try:
            if child is not None and not child.alive():
                child.end()
                child = None
            child = child or _Child(self._command)
            octets = child.ask(arguments, self._seconds + size * _SECONDS_PER_OCTET)
        except _JobFailed as error:
            raise ReaderFailed(str(error)) from error
        except (OSError, ReaderFailed) as error:
            if child is not None:
                child.end()
            child = None
            raise ReaderFailed(str(error) or type(error).__name__) from error
        finally:
            if self._closed.is_set() and child is not None:
                child.end()
                child = None
            self._places.put(child)
        return octets


class _Child:
    """One child process and our end of its socket."""

    def __init__(self, command: Sequence[str]) -> None:
        ours, theirs = socket.socketpair()
        # No variable but these: the child handles hostile octets and must not find a secret in its environment.
        environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "random"}
        try:
            self._process = subprocess.Popen(
                [*command, str(theirs.fileno())], pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, env=environment
            )
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        self._socket = ours
        self._fresh = True

    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, arguments: tuple[object, ...], seconds: float) -> bytes:
        """Send one job and wait for its answer; the first one may take as long as the imports take."""
        job = pickle.dumps((seconds, arguments), protocol=pickle.HIGHEST_PROTOCOL)
        # The child's own alarm counts CPU time and ends what is busy; ours is for one that sleeps, is stopped or cannot start.
        deadline = time.monotonic() + seconds * _WALL_PER_CPU + (_START_SECONDS if self._fresh else 0.0)
        self._socket.settimeout(max(0.01, deadline - time.monotonic()))
        try:
            self._socket.sendall(len(job).to_bytes(8, "big") + job)
            size = int.from_bytes(self._receive(8, deadline), "big")
            if size > _MOST_ANSWER:
                raise ReaderFailed("the answer is too large")
            answer = self._receive(size, deadline)
            failed = self._receive(1, deadline) != b"\x00"
        except TimeoutError as error:
            raise ReaderFailed(f"no answer in {seconds * _WALL_PER_CPU:.0f} s") from error
        self._fresh = False
        if failed:
            raise _JobFailed(answer.decode("utf-8", "replace").replace("\x00", ""))
        return answer

    def end(self) -> None:
        self._socket.close()
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def _receive(self, size: int, deadline: float) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            self._socket.settimeout(max(0.01, deadline - time.monotonic()))
            part = self._socket.recv(min(size - len(parts), 1024 * 1024))
            if not part:
                code = self._process.wait()
                raise ReaderFailed("out of CPU time" if code == -signal.SIGPROF else f"the child ended with {code}")
            parts += part
        return bytes(parts)
