"""A helpdesk whose judge is a relay on loopback: a mail is proved when the relay says so."""

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
from tests.mail_ingest.staff.world import JUDGE, RELAY, World


@pytest.fixture
def world(settings: Settings, one_reader: Reader) -> Iterator[World]:
    """Bob is an agent, dora an administrator; nobody has written yet. An agent's token is enough, as where no judge is set."""
    house = opened(settings.model_copy(update={"sender_check": "off"}))
    yield World(Tools(house, one_reader, Judge("authserv", JUDGE, (ip_network(RELAY),)), SystemResolver()))
    house.engine.dispose()
