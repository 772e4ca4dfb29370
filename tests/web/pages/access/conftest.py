"""What tests of the door share: applications with other settings, and agents with an app for codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pyotp
import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from helpdesk import db
from helpdesk.installation import Installation
from helpdesk.models import Person
from helpdesk.sign_in import second_factor
from tests.web.conftest import LOCAL, Cast
from web.app import create_app

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
AppWith = Callable[..., TestClient]


@pytest.fixture
def client_with(installation: Installation) -> Iterator[AppWith]:
    """`client_with(require_totp=True)`: a browser at an application with these settings; each call is another browser."""
    with ExitStack() as stack:

        def opened(**settings: Any) -> TestClient:
            changed = replace(installation, settings=installation.settings.model_copy(update=settings))
            app = create_app(changed)
            stack.callback(app.state.web.reader.close)
            return TestClient(app, base_url="https://help.test", client=LOCAL, follow_redirects=False)

        yield opened


@pytest.fixture
def phone(engine: Engine, cast: Cast) -> None:
    """bob and dora have an app for codes."""
    with db.transaction(engine) as session:
        for name in ("bob", "dora"):
            session.get_one(Person, cast.people[name].id).totp_secret = SECRET


def code(steps: int = 0) -> str:
    """What the app shows, so many steps from now."""
    return pyotp.TOTP(SECRET).generate_otp(int(datetime.now(UTC).timestamp()) // second_factor.STEP + steps)
