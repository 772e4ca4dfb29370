"""One click ends the mail about a known issue: looking changes nothing, a bare POST of a mail program does."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select, update
from starlette.testclient import TestClient

from helpdesk import db
from helpdesk.installation import Installation
from helpdesk.models import Event, MutedTicket, Ticket
from helpdesk.sign_in import links
from tests.web.conftest import Browser, Cast

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def path(installation: Installation, cast: Cast, ticket: Ticket, engine: Engine) -> str:
    """The link in mallory's mail about the known issue."""
    with db.transaction(engine) as session:
        session.execute(update(Ticket).values(is_public=True))
    url = links.unsubscribe_link(
        installation.keys, "https://help.test", 1, cast.people["mallory"].id, datetime(2020, 1, 1, tzinfo=UTC)
    )
    return url.removeprefix("https://help.test")


def muted(engine: Engine) -> list[int]:
    with db.transaction(engine) as session:
        return list(session.scalars(select(MutedTicket.person_id)))


def test_looking_shows_a_button_and_changes_nothing(client: TestClient, path: str, engine: Engine) -> None:
    answer = client.get(path)
    assert (answer.status_code, f'action="{path}"' in answer.text, "The printer is on fire" in answer.text) == (200, True, True)
    assert client.head(path).status_code in (200, 405)
    assert muted(engine) == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://mail.example.org", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "null", "Cookie": "__Host-helpdesk=nothing"},
    ],
)
def test_a_post_from_anywhere_ends_it_with_no_cookie_form_token_or_redirect(
    client: TestClient, path: str, engine: Engine, cast: Cast, headers: dict[str, str]
) -> None:
    for _ in range(2):
        answer = client.post(path, data=ONE_CLICK, headers=headers)
        assert (answer.status_code, "No more mail about it" in answer.text) == (200, True)
        assert "set-cookie" not in answer.headers
    assert muted(engine) == [cast.people["mallory"].id]
    with db.transaction(engine) as session:
        (event,) = session.scalars(select(Event).where(Event.kind == "unsubscribed"))
        assert (event.actor_id, event.ticket_number) == (cast.people["mallory"].id, 1)
    assert "stays counted" in client.get(path).text


def test_the_key_decides_and_not_who_is_signed_in(browser: Browser, path: str, engine: Engine, cast: Cast) -> None:
    assert browser("alice").post(path, data=ONE_CLICK).status_code == 200
    assert muted(engine) == [cast.people["mallory"].id]


def test_another_key_ends_nothing(client: TestClient, path: str, engine: Engine, installation: Installation, cast: Cast) -> None:
    now = datetime.now(UTC)
    other = links.ticket_link(installation.keys, "", "ELM", 1, cast.people["mallory"].id, now).partition("key=")[2]
    for bad in ("x", path.removeprefix("/unsubscribe/")[:-1] + "x", other, "%00"):
        assert client.post(f"/unsubscribe/{bad}").status_code in (400, 404)
    assert muted(engine) == []


def test_what_is_no_known_issue_any_more_is_not_named_but_can_be_left(client: TestClient, path: str, engine: Engine) -> None:
    with db.transaction(engine) as session:
        session.execute(update(Ticket).values(is_public=False))
    answer = client.post(path)
    assert (answer.status_code, "printer" in answer.text, len(muted(engine))) == (200, False, 1)


def test_no_other_form_is_excused(client: TestClient, browser: Browser) -> None:
    assert browser("alice").post("/known-issues/ELM-001/me-too", data={"on": "1"}).status_code == 403
    assert client.post("/theme", data={"theme": "dark"}, headers={"Origin": "https://mail.example.org"}).status_code == 403
