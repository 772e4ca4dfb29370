"""Nudges: sent by a thread of their own, many rows to a message, and never waited for."""

from __future__ import annotations

import socket

import pytest
import redis

from helpdesk import wake
from tests.served import until


@pytest.fixture
def queued(broker_url: str) -> redis.Redis:
    path, _, number = broker_url.removeprefix("redis+socket://").partition("?virtual_host=")
    return redis.Redis(unix_socket_path=path, db=int(number))


def test_nudges_of_one_transaction_become_few_messages(broker_url: str, queued: redis.Redis) -> None:
    wake.connect(wake.producer(broker_url))
    wake.ring([("process", number) for number in range(20)] + [("deliver", 7), ("deliver", 7)])
    until(lambda: queued.llen("ingest") and queued.llen("outbox") == 1)
    until(lambda: 3 <= int(queued.llen("ingest")) <= 20)
    wake.disconnect()
    queued.close()


def test_a_broker_that_answers_nothing_keeps_nobody_waiting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        wake.connect(wake.producer(f"redis://127.0.0.1:{deaf.getsockname()[1]}/0"))
        for number in range(20_000):
            wake.ring([("process", number)])
    wake.disconnect()


def test_a_process_that_is_not_connected_nudges_nobody() -> None:
    wake.disconnect()
    wake.ring([("process", 1)])
