"""A program in a terminal of its own, with somebody who reads its screen and types."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

LINES, COLUMNS = 50, 120
# what moves the cursor or colours: nothing of it is text
_CONTROL = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][A-Z0-9]|[=>78cDEHM])|[\x00-\x08\x0b-\x1f\x7f]"
)


class Terminal:
    """The running program, and what it has written to its screen since the last key."""

    def __init__(self, process: subprocess.Popen[bytes], screen: int) -> None:
        self.process, self.screen = process, screen
        self.written = ""

    def shows(self, *words: str, seconds: float = 60) -> str:
        """Come back with what was written once all `words` are in it; what never comes is a failed test."""
        deadline = time.monotonic() + seconds
        while not all(word in self.text for word in words):
            left = deadline - time.monotonic()
            assert left > 0 and self._reads(left), f"the terminal never showed {words}:\n{self.text[-4000:]}"
        return self.text

    def press(self, keys: str) -> None:
        """Type; what was written so far is forgotten."""
        self.written = ""
        os.write(self.screen, keys.encode())

    def ended(self) -> int:
        """The exit status, once the program has ended."""
        while self._reads(60):
            pass
        return self.process.wait(60)

    @property
    def text(self) -> str:
        """What was written, without what is not text."""
        return _CONTROL.sub("", self.written)

    def _reads(self, seconds: float) -> bool:
        ready, _, _ = select.select([self.screen], [], [], seconds)
        if not ready:
            return False
        try:
            octets = os.read(self.screen, 65536)
        except OSError:  # EIO: the program has closed its side
            return False
        self.written += octets.decode("utf-8", "replace")
        return bool(octets)


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[Terminal]:
    """`command` in a new pseudo terminal of 50 lines and 120 columns; it is ended with the block."""
    screen, inside = pty.openpty()
    fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    process = subprocess.Popen(
        command, stdin=inside, stdout=inside, stderr=inside, env={**environment, "TERM": "vt100"}, start_new_session=True
    )
    os.close(inside)
    try:
        yield Terminal(process, screen)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait(60)
        os.close(screen)
