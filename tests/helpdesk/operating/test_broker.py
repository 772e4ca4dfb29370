"""The broker: its name when it answers, nothing when it does not."""

from __future__ import annotations

import pytest

from helpdesk.operating import broker


def test_a_broker_that_answers_says_what_it_is(broker_url: str) -> None:
    assert (broker.version(broker_url) or "").startswith("valkey ")


@pytest.mark.parametrize("url", ["redis+socket:///nonexistent/valkey.sock", "redis://127.0.0.1:1/0", "nonsense://x"])
def test_a_broker_that_is_away_does_not_answer(url: str) -> None:
    assert broker.version(url) is None


@pytest.mark.parametrize("url", [None, ""])
def test_no_broker_is_nothing_to_ask(url: str | None) -> None:
    assert broker.version(url) == ""


@pytest.mark.parametrize(
    ("celery", "redis"),
    [
        ("redis+socket:///run/v.sock?virtual_host=3", "unix:///run/v.sock?db=3"),
        ("redis+socket:///run/v.sock", "unix:///run/v.sock"),
        ("rediss://x:6379/1", "rediss://x:6379/1"),
    ],
)
def test_celerys_words_for_a_socket_are_translated(celery: str, redis: str) -> None:
    assert broker.redis_url(celery) == redis
