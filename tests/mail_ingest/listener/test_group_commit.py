"""Sharing a commit: which mails go together, and what each of them hears. The database is a function given by the test."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from helpdesk.errors import TryLater
from mail_ingest.intake import Accepted, Arrival
from mail_ingest.listener.group_commit import MOST_BYTES, MOST_MAILS, GroupCommit
from mail_ingest.mail import Envelope


class Table:
    """Takes mails while the gate is open; remembers what was written together."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.begun = threading.Event()
        self.batches: list[list[bytes]] = []

    def accept_many(self, arrivals: Sequence[Arrival]) -> list[Accepted]:
        self.begun.set()
        self.gate.wait()
        raws = [one.raw for one in arrivals]
        if b"poison" in raws:
            raise ValueError("a row that no database takes")
        if b"away" in raws:
            raise TryLater("away")
        self.batches.append(raws)
        return [Accepted(int(raw[:9]), again=False) for raw in raws]


def mail(raw: bytes) -> Arrival:
    return Arrival(raw, Envelope("", ("support@help.test",)), "smtp")


async def answers(table: Table, commit: GroupCommit, *raws: bytes) -> list[int | str]:
    """What each mail hears; the first is being written while the others arrive."""

    async def one(raw: bytes) -> int | str:
        try:
            return (await commit.accept(mail(raw))).mail_id
        except TryLater as error:
            return str(error)

    first = asyncio.create_task(one(raws[0]))
    await asyncio.to_thread(table.begun.wait)
    rest = [asyncio.create_task(one(raw)) for raw in raws[1:]]
    await asyncio.sleep(0)
    table.gate.set()
    return list(await asyncio.gather(first, *rest))


def heard(*raws: bytes) -> tuple[list[int | str], list[list[bytes]]]:
    async def main() -> tuple[list[int | str], list[list[bytes]]]:
        table = Table()
        commit = GroupCommit(table.accept_many, writers=1, patience=60)
        found = await answers(table, commit, *raws)
        await commit.close()
        return found, table.batches

    return asyncio.run(main())


def test_mails_that_arrive_during_a_commit_share_the_next_one() -> None:
    assert heard(b"1", b"2", b"3") == ([1, 2, 3], [[b"1"], [b"2", b"3"]])


def test_a_batch_has_a_largest_number_of_mails() -> None:
    raws = [b"%d" % number for number in range(MOST_MAILS + 11)]
    found, batches = heard(*raws)
    assert found == list(range(MOST_MAILS + 11))
    assert [len(batch) for batch in batches] == [1, MOST_MAILS, 10]


def test_a_batch_has_a_largest_size_and_a_larger_mail_goes_alone() -> None:
    half, whole = b" " * (MOST_BYTES // 2), b" " * (MOST_BYTES + 1)
    found, batches = heard(b"1", b"2" + half, b"3" + half[:-2], b"4" + whole, b"5")
    assert found == [1, 2, 3, 4, 5]
    assert [[batch[:1] for batch in batch_of] for batch_of in batches] == [[b"1"], [b"2", b"3"], [b"4"], [b"5"]]


def test_a_row_that_no_database_takes_does_not_fail_its_neighbours() -> None:
    found, batches = heard(b"1", b"2", b"poison", b"3")
    assert found == [1, 2, "the mail could not be stored", 3]
    assert batches == [[b"1"], [b"2"], [b"3"]]


def test_a_database_that_is_away_fails_the_whole_batch_once() -> None:
    assert heard(b"1", b"2", b"away", b"3") == ([1, "away", "away", "away"], [[b"1"]])


def test_who_waits_too_long_is_told_and_is_written_no_more() -> None:
    async def main() -> list[list[bytes]]:
        table = Table()
        commit = GroupCommit(table.accept_many, writers=1, patience=0.05)
        writing = asyncio.create_task(commit.accept(mail(b"1")))
        await asyncio.to_thread(table.begun.wait)
        with pytest.raises(TryLater, match="too slow"):
            await commit.accept(mail(b"2"))
        with pytest.raises(TryLater, match="too slow"):
            await writing
        table.gate.set()
        assert (await commit.accept(mail(b"3"))).mail_id == 3
        await commit.close()
        return table.batches

    assert asyncio.run(main()) == [[b"1"], [b"3"]]


def test_a_batch_that_takes_long_does_not_stop_the_next() -> None:
    async def main() -> list[list[bytes]]:
        slow = threading.Event()
        batches: list[list[bytes]] = []

        def accept_many(arrivals: Sequence[Arrival]) -> list[Accepted]:
            raws = [one.raw for one in arrivals]
            if raws == [b"1"]:
                slow.wait()
            batches.append(raws)
            return [Accepted(int(raw), again=False) for raw in raws]

        commit = GroupCommit(accept_many, writers=2, patience=60)
        first = asyncio.create_task(commit.accept(mail(b"1")))
        while commit.idle_writers == 2:
            await asyncio.sleep(0)
        assert (await commit.accept(mail(b"2"))).mail_id == 2
        slow.set()
        assert (await first).mail_id == 1
        await commit.close()
        return batches

    assert asyncio.run(main()) == [[b"2"], [b"1"]]


def test_a_client_that_has_gone_does_not_harm_the_others() -> None:
    async def main() -> list[list[bytes]]:
        table = Table()
        commit = GroupCommit(table.accept_many, writers=1, patience=60)
        writing = asyncio.create_task(commit.accept(mail(b"1")))
        await asyncio.to_thread(table.begun.wait)
        waiting = asyncio.create_task(commit.accept(mail(b"2")))
        staying = asyncio.create_task(commit.accept(mail(b"3")))
        await asyncio.sleep(0)
        writing.cancel()
        waiting.cancel()
        table.gate.set()
        assert (await staying).mail_id == 3
        await commit.close()
        return table.batches

    assert asyncio.run(main()) == [[b"1"], [b"3"]]
