"""What is told: a webhook that wants everything, and what it was told so far."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, select

from helpdesk import db
from helpdesk.models import WebhookDelivery
from helpdesk.permissions import SYSTEM
from helpdesk.webhooks import events, hooks
from tests.workers.conftest import Scene

Make = Callable[..., int]
Told = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def scene(engine: Engine) -> Scene:
    """Nobody has done anything yet."""
    return Scene(engine)


@pytest.fixture
def make(engine: Engine) -> Make:
    """`make(wanted=[...])` makes a webhook, for everything unless said otherwise; gives its number."""

    def made(**more: Any) -> int:
        options = {"url": "https://hooks.example.com/x", "wanted": list(events.EVENTS)} | more
        with db.transaction(engine) as session:
            return hooks.create(session, SYSTEM, **options).id

    return made


@pytest.fixture
def told(engine: Engine) -> Told:
    """The messages so far, oldest first."""

    def messages() -> list[dict[str, Any]]:
        with db.transaction(engine) as session:
            return list(session.scalars(select(WebhookDelivery.body).order_by(WebhookDelivery.id)))

    return messages
