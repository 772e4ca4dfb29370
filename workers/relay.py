"""A relay that does not answer gets one try at a time: it holds one thread, and not those that incoming mail needs as well."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from workers.send_smtp import Answer, Outcome


class Relay:
    """What this process knows of its relay: away after a try that got no answer, back with the next answer, whatever it says."""

    def __init__(self) -> None:
        self._away = threading.Event()
        self._probe = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """Whether to try now; while the relay is away, True for one at a time. The sweep finds what the others leave."""
        if not self._away.is_set():
            yield True
        elif self._probe.acquire(blocking=False):
            try:
                yield True
            finally:
                self._probe.release()
        else:
            yield False

    def said(self, answer: Answer) -> None:
        """Take note of how a try ended."""
        if answer.kind == Outcome.LATER and answer.code == 0:
            self._away.set()
        else:
            self._away.clear()
