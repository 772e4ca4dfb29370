"""The system page: what to act on, what waits, what is set; no secret, and nothing for agents."""

from __future__ import annotations

from sqlalchemy import Engine

from helpdesk import db, outbox
from helpdesk.models import Ticket
from tests.web.conftest import Browser, Cast
from tests.web.pages.conftest import Counted, tree, words


def test_it_says_what_to_act_on_and_how(browser: Browser, cast: Cast) -> None:
    page = tree(browser("dora"), "/admin/system")
    assert words(page, "#nothing_is_sent b") == ["No relay is set: answers stay in the outbox and reach nobody."]
    assert words(page, "#no_second_factor b") == ["No administrator has a second factor: a stolen password is enough."]
    assert page.css_first("#schema_is_behind") is None
    assert page.css_first("#broker_is_away") is None


def test_queues_lead_to_what_waits(browser: Browser, engine: Engine, cast: Cast) -> None:
    with db.transaction(engine) as session:
        outbox.enqueue(session, "reply", "alice@example.com")
    page = tree(browser("dora"), "/admin/system")
    assert "Waiting to be sent 1" in " | ".join(words(page, "[aria-labelledby=queues] tbody tr"))
    links = {link.text(): link.attributes["href"] for link in page.css("[aria-labelledby=queues] a")}
    assert links["Waiting to be sent"] == "/admin/outbox?state=queued"


def test_few_tickets_are_counted_and_not_guessed(browser: Browser, ticket: Ticket) -> None:
    assert "1 ticket" in words(tree(browser("dora"), "/admin/system"), "[aria-labelledby=database] dd")[0].split(", ")


def test_settings_say_their_origin_and_secrets_are_masked(browser: Browser, cast: Cast) -> None:
    dora = browser("dora")
    text = dora.get("/admin/system").text
    assert "a key for tests only" not in text
    page = tree(dora, "/admin/system")
    shown = dict(line.split(" ", 1) for line in words(page, ".sys-settings dl > div"))
    assert "support@help.test" in shown["HELPDESK_SUPPORT_ADDRESS"]
    assert "default" in shown["HELPDESK_REOPEN_DAYS"]
    assert "••••" in shown["HELPDESK_SECRET_KEY"]


def test_it_costs_few_queries(browser: Browser, cast: Cast, queries: Counted) -> None:
    dora = browser("dora")
    with queries() as said:
        answer = dora.get("/admin/system")
    assert len(said) <= 15
    assert len(answer.content) < 45_000
