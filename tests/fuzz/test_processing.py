"""Whatever the octets are, the mail ends: the short form of what `make fuzz` runs on a real database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from helpdesk.installation import opened
from helpdesk.settings import Settings
from mail_ingest.authenticate import Judge
from mail_ingest.process import Tools
from mail_ingest.reader import Reader
from mail_ingest.sender.resolver import SystemResolver
from tests.fuzz.processing import broken, hire
from tests.fuzz.rounds import OURS, mails

SEED, ROUNDS = 2, 150


@pytest.fixture
def tools(settings: Settings) -> Iterator[Tools]:
    house = opened(settings)
    with Reader(children=1) as reader:
        yield Tools(house, reader, Judge("off"), SystemResolver())
    house.engine.dispose()


def test_every_mutant_ends_or_its_failed_try_is_counted(tools: Tools) -> None:
    corpus = mails((OURS,))
    hire(tools)
    wrong = [(number, found) for number in range(ROUNDS) if (found := broken(tools, SEED, number, corpus))]
    assert wrong == []
