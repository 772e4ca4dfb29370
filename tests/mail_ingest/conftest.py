"""An inbox whose judge is a relay on loopback: a sender is proved or disowned when the relay says so."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

import pytest

from helpdesk.installation import opened
from helpdesk.settings import Settings
from mail_ingest.authenticate import Judge
from mail_ingest.process import Tools
from mail_ingest.reader import Reader
from mail_ingest.sender.resolver import SystemResolver
from tests.mail_ingest.inbox import JUDGE, RELAY, Inbox


@pytest.fixture(scope="package")
def one_reader() -> Iterator[Reader]:
    """One child that reads all mails."""
    with Reader(children=1) as reader:
        yield reader


@pytest.fixture
def inbox(settings: Settings, one_reader: Reader) -> Iterator[Inbox]:
    """Nobody has written yet, and there is no staff."""
    house = opened(settings.model_copy(update={"trusted_mtas": (RELAY,)}))
    yield Inbox(Tools(house, one_reader, Judge("authserv", JUDGE, (ip_network(RELAY),)), SystemResolver()))
    house.engine.dispose()
