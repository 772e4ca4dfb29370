"""Concurrent mails share a commit: while one batch is being written, the mails that arrive wait and become the next batch.

A disk syncs a few hundred times a second, however much each sync carries. Nothing here knows SMTP or the database.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from helpdesk.errors import TryLater
from mail_ingest.intake import Accepted, Arrival

log = logging.getLogger("helpdesk.smtp")
MOST_MAILS = 64
MOST_BYTES = 8 * 1024 * 1024  # a larger mail is a batch of its own
LINGER = 0.0005  # seconds that a mail waits for company: a commit of ten costs little more than a commit of one
# seconds until a mail that is not committed is refused for now; should it be committed yet, the retry finds its row
PATIENCE = 4.0

AcceptMany = Callable[[Sequence[Arrival]], list[Accepted]]
Outcome = Accepted | TryLater


@dataclass(slots=True, eq=False)
class _Waiting:
    arrival: Arrival
    outcome: asyncio.Future[Accepted]


class GroupCommit:
    """Belongs to one event loop; `accept_many` runs in threads, `writers` at a time at most."""

    def __init__(self, accept_many: AcceptMany, *, writers: int = 2, patience: float = PATIENCE) -> None:
        self._accept_many = accept_many
        self._patience = patience
        self._loop = asyncio.get_running_loop()
        self._threads = ThreadPoolExecutor(writers, thread_name_prefix="commit")
        self.idle_writers = writers
        self._waiting: deque[_Waiting] = deque()
        self._soon: asyncio.TimerHandle | None = None

    async def accept(self, arrival: Arrival) -> Accepted:
        """Return once the mail is committed; TryLater when it is not, or not known to be, within the patience."""
        mine = _Waiting(arrival, self._loop.create_future())
        self._waiting.append(mine)
        if self._soon is None:
            self._soon = self._loop.call_later(LINGER, self._write_what_waits)
        late = self._loop.call_later(self._patience, _give_up, mine.outcome)
        try:
            return await mine.outcome
        finally:
            late.cancel()
            # a database that hangs must not fill our memory with mails that their clients were told to send again
            if mine in self._waiting:
                self._waiting.remove(mine)

    async def close(self) -> None:
        """Wait for the batches being written."""
        await self._loop.run_in_executor(None, self._threads.shutdown)

    def _write_what_waits(self) -> None:
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        while self.idle_writers and (batch := self._next_batch()):
            self.idle_writers -= 1
            self._threads.submit(self._write, batch)

    def _next_batch(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        size = 0
        while self._waiting and len(batch) < MOST_MAILS:
            one = self._waiting[0]
            size += len(one.arrival.raw)
            if batch and size > MOST_BYTES:
                break
            batch.append(self._waiting.popleft())
        return batch

    def _write(self, batch: list[_Waiting]) -> None:
        outcomes = self._store([one.arrival for one in batch])
        with suppress(RuntimeError):  # the loop was closed: nobody is waiting any more
            self._loop.call_soon_threadsafe(self._tell, batch, outcomes)

    def _store(self, arrivals: list[Arrival]) -> list[Outcome]:
        try:
            return list(self._accept_many(arrivals))
        except TryLater as error:
            return [error] * len(arrivals)
        except Exception as error:  # a row that the database refuses must not fail its neighbours
            if len(arrivals) > 1:
                return [self._store([one])[0] for one in arrivals]
            log.exception("a mail could not be stored", exc_info=error)
            return [TryLater("the mail could not be stored")]

    def _tell(self, batch: list[_Waiting], outcomes: list[Outcome]) -> None:
        self.idle_writers += 1
        for one, outcome in zip(batch, outcomes, strict=True):
            if one.outcome.done():
                continue
            if isinstance(outcome, TryLater):
                one.outcome.set_exception(outcome)
            else:
                one.outcome.set_result(outcome)
        self._write_what_waits()


def _give_up(outcome: asyncio.Future[Accepted]) -> None:
    if not outcome.done():
        outcome.set_exception(TryLater("the database is too slow"))
