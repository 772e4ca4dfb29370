"""Webhooks on the page: made, tested, changed, switched, their log read and told again; the secret is seen once."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from helpdesk.models import Ticket, Webhook, WebhookDelivery
from helpdesk.permissions import SYSTEM
from helpdesk.webhooks import hooks, signing
from tests.web.conftest import Browser
from tests.web.pages.conftest import Counted, flash, send, tree, words

GOOD: dict[str, Any] = {
    "url": "https://hooks.example.com/x",
    "name": "Warehouse",
    "kind": "standard",
    "event": ["ticket.created", "held.created"],
}
PAGE = "/admin/webhooks"


@pytest.fixture
def hook(session: Session) -> int:
    """A webhook for new tickets."""
    made = hooks.create(session, SYSTEM, url="https://hooks.example.com/x", name="Warehouse", wanted=["ticket.created"])
    session.commit()
    return made.id


def test_without_any_the_page_says_what_they_are_and_how_to_begin(browser: Browser) -> None:
    page = tree(browser("dora"), PAGE)
    assert words(page, ".empty h2") == ["Nobody is told yet"]
    assert [one.attributes["href"] for one in page.css(".empty a")] == ["/admin/webhooks/new"]


def test_it_is_made_and_its_secret_is_seen_once(browser: Browser, session: Session) -> None:
    dora = browser("dora")
    page = send(dora, PAGE, **GOOD)
    made = session.scalars(select(Webhook)).one()
    shown = page.css_first("#secret")
    assert shown is not None
    assert (shown.attributes["value"], made.events) == (signing.current(made.secret), ["ticket.created", "held.created"])
    again = dora.get(f"{PAGE}/{made.id}").text
    assert (made.name in again, signing.current(made.secret) in again) == (True, False)


def test_a_chat_has_no_secret(browser: Browser) -> None:
    page = send(browser("dora"), PAGE, **(GOOD | {"kind": "slack"}))
    assert flash(page) == "“Warehouse” is told from now on. Send it a test."
    assert page.css_first("#secret") is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"url": "https://10.0.0.1/"}, "10.0.0.1 is no public address."),
        ({"url": "http://hooks.example.com/"}, "Only https:// addresses: what is sent names people."),
        ({"event": []}, "Choose at least one event."),
        ({"name": "x" * 81}, "A name has at most 80 characters."),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_what_was_typed_stays(
    wrong: dict[str, Any], said: str, browser: Browser, session: Session
) -> None:
    page = send(browser("dora"), PAGE, expected=422, **(GOOD | wrong))
    assert words(page, ".error") == [said]
    field = page.css_first("#url")
    assert field is not None
    assert field.attributes["value"] == (GOOD | wrong)["url"]
    assert session.scalars(select(Webhook)).all() == []


def test_it_is_changed_and_a_mistake_leaves_it_as_it_was(hook: int, browser: Browser, session: Session) -> None:
    dora = browser("dora")
    assert flash(send(dora, f"{PAGE}/{hook}", **(GOOD | {"name": "CRM", "restricted": "1"}))) == "“CRM” is saved."
    page = send(dora, f"{PAGE}/{hook}", expected=422, **(GOOD | {"name": "Other", "url": "https://127.0.0.1/"}))
    assert words(page, ".mail-head h2") == ["CRM"]
    kept = session.scalars(select(Webhook)).one()
    assert (kept.name, kept.url, kept.events) == ("CRM", GOOD["url"], ["ticket.created", "held.created", "restricted"])


def test_a_test_is_in_the_log_and_opened(hook: int, browser: Browser) -> None:
    page = send(browser("dora"), f"{PAGE}/{hook}/test")
    assert flash(page).startswith("A test is on its way")
    assert words(page, ".wh-log .r3") == ["Waiting"]
    assert words(page, "#opened h3") == ["webhook.test"]


def _told(dora: TestClient, hook: int, session: Session, **row: object) -> int:
    send(dora, f"{PAGE}/{hook}/test")
    number = session.scalars(select(WebhookDelivery.id)).one()
    session.execute(update(WebhookDelivery).values(**row))
    session.commit()
    return number


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ({"state": "taken", "attempts": 1, "status_code": 200}, "Taken, answered 200"),
        ({"state": "given_up", "attempts": 9, "last_answer": "no answer within 10 seconds"}, "Given up, no answer within 10 seconds, 9 tries"),
        ({"state": "cancelled"}, "Taken back"),
    ],
)  # fmt: skip
def test_the_log_says_what_became_of_it(row: dict[str, object], line: str, hook: int, browser: Browser, session: Session) -> None:
    dora = browser("dora")
    _told(dora, hook, session, **row)
    assert words(tree(dora, f"{PAGE}/{hook}"), ".wh-log .r3") == [line]


def test_it_is_told_again(hook: int, browser: Browser, session: Session) -> None:
    dora = browser("dora")
    number = _told(dora, hook, session, state="given_up", attempts=9, last_answer="<b>down</b>")
    page = tree(dora, f"{PAGE}/{hook}?delivery={number}")
    assert "<b>down</b>" in " ".join(words(page, "#opened dd"))
    again = send(dora, f"{PAGE}/{hook}/deliveries/{number}/replay")
    assert flash(again).startswith("It is sent again")
    assert session.scalars(select(WebhookDelivery.state)).all() == ["queued"]


def test_what_was_taken_back_is_not(hook: int, browser: Browser, session: Session) -> None:
    dora = browser("dora")
    number = _told(dora, hook, session, state="cancelled")
    assert tree(dora, f"{PAGE}/{hook}?delivery={number}").css("#opened form") == []
    assert flash(send(dora, f"{PAGE}/{hook}/deliveries/{number}/replay")).startswith("It was taken back")


def test_it_is_switched_off_and_on(hook: int, browser: Browser) -> None:
    dora = browser("dora")
    off = send(dora, f"{PAGE}/{hook}/active", on="0")
    assert words(off, ".mail-head .notice") == ["Switched off by Dora. Nothing is told to it until it is switched on."]
    assert words(off, ".split-list .badge") == ["Off"]
    assert words(send(dora, f"{PAGE}/{hook}/active", on="1"), ".split-list .badge") == ["On"]


def test_a_new_secret_is_seen_once_and_the_page_says_how_long_the_old_one_holds(
    hook: int, browser: Browser, session: Session
) -> None:
    dora = browser("dora")
    old = session.scalars(select(Webhook.secret)).one()
    page = send(dora, f"{PAGE}/{hook}/secret")
    shown = page.css_first("#secret")
    assert shown is not None
    assert shown.attributes["value"] != old
    assert "signs too until" in dora.get(f"{PAGE}/{hook}").text


def test_deleted_it_is_gone(hook: int, browser: Browser, session: Session) -> None:
    page = send(browser("dora"), f"{PAGE}/{hook}/delete")
    assert flash(page) == "“Warehouse” is gone, with its log."
    assert session.scalars(select(Webhook)).all() == []


def test_many_deliveries_cost_no_more_queries_nor_much_weight(
    hook: int, browser: Browser, session: Session, ticket: Ticket, queries: Counted
) -> None:
    row = session.scalars(select(WebhookDelivery)).one()
    long = row.body | {"data": row.body["data"] | {"comment": {"content": "x" * 10_000, "author": {"name": "A", "email": ""}}}}
    session.add_all(WebhookDelivery(webhook_id=hook, body=long) for _ in range(60))
    session.commit()
    dora = browser("dora")
    with queries() as said:
        answer = dora.get(f"{PAGE}/{hook}?delivery={row.id}")
    assert (answer.status_code, len(said) <= 15) == (200, True)
    assert len(answer.content) < 40_000
    assert 'rel="next"' in answer.text
