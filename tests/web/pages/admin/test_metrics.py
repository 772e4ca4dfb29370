"""The page of figures: pictures with their tables, the choice of days, CSV, and what it costs."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, update

from helpdesk import comments, db, tickets
from helpdesk.comments import NewComment
from helpdesk.lists import charts
from helpdesk.models import Person, Source, Ticket
from helpdesk.permissions import SYSTEM, Via, viewer_of
from tests.web.conftest import Browser, Cast
from tests.web.pages.conftest import Counted, tree, words


@pytest.fixture
def answered(engine: Engine, cast: Cast, ticket: Ticket) -> Ticket:
    """alice's ticket, answered by bob."""
    with db.transaction(engine) as session:
        bob = session.get_one(Person, cast.people["bob"].id)
        new = NewComment(content="Pull the plug.", source=Source.WEB, author=bob, author_address=bob.address, author_name=bob.name)
        comments.add_comment(session, session.get_one(Ticket, ticket.number), new, viewer_of(bob, Via.WEB))
    return ticket


def test_every_picture_says_what_it_shows_and_has_its_table(browser: Browser, answered: Ticket) -> None:
    page = tree(browser("bob"), "/admin/metrics")
    pictures = page.css("svg[role=img]")
    assert len(pictures) == 3
    assert all(one.attributes["aria-label"] for one in pictures)
    assert len(page.css(".ch-table table")) == 3
    assert words(page, ".ch-said")[0] == "1 came in, 0 were resolved: 1 more came in than were settled."
    assert words(page, ".ch-agents tbody th") == ["Bob"]
    assert page.css_first(".as-of time") is not None


def test_snoozed_tickets_are_told_apart_and_a_few_tickets_have_no_busiest_hour(
    browser: Browser, engine: Engine, answered: Ticket
) -> None:
    with db.transaction(engine) as session:
        tickets.edit(session, session.get_one(Ticket, answered.number), SYSTEM, snoozed_until=datetime.now(UTC) + timedelta(days=1))
    page = tree(browser("bob"), "/admin/metrics")
    assert words(page, ".ch-cards li:last-child span") == ["1", "Open now", "1 of them snoozed"]
    assert words(page, "[aria-labelledby=busiest-hours] .ch-said") == ["Too few tickets to name a busiest hour."]


@pytest.mark.parametrize(("days", "periods"), [(7, 7), (30, 30), (90, 13)])
def test_the_days_can_be_chosen(browser: Browser, answered: Ticket, days: int, periods: int) -> None:
    page = tree(browser("bob"), f"/admin/metrics?days={days}")
    assert words(page, ".seg [aria-current]") == [f"{days} days"]
    assert len(page.css(".ch-card:has(#new-and-resolved) tbody tr")) == periods


def test_other_days_are_refused(browser: Browser, cast: Cast) -> None:
    tree(browser("bob"), "/admin/metrics?days=31", 422)


def test_a_new_helpdesk_says_what_will_be_here(browser: Browser, cast: Cast) -> None:
    page = tree(browser("bob"), "/admin/metrics")
    assert words(page, ".empty h2") == ["Nothing to count yet"]
    assert page.css("svg[role=img]") == []


def test_the_figures_can_be_saved_and_no_name_runs_as_a_formula(
    browser: Browser, engine: Engine, answered: Ticket, cast: Cast
) -> None:
    with db.transaction(engine) as session:
        session.execute(update(Ticket).values(tags=["=cmd()"]))
        session.execute(update(Person).where(Person.id == cast.people["bob"].id).values(name="@bob"))
    answer = browser("bob").get("/admin/metrics.csv?days=7")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == ["chart", "of", "figure", "value"]
    assert ["tags", "'=cmd()", "created", "1"] in rows
    assert ["agents", "'@bob", "answers", "1"] in rows
    assert "attachment" in answer.headers["content-disposition"]


def test_a_tag_leads_to_its_tickets_and_is_never_markup(browser: Browser, engine: Engine, answered: Ticket) -> None:
    with db.transaction(engine) as session:
        session.execute(update(Ticket).values(tags=["a&b"]))
    page = tree(browser("bob"), "/admin/metrics")
    link = page.css_first(".ch-kinds a")
    assert link is not None
    assert (link.text(), link.attributes["href"]) == ("a&b", "/admin?view=all&tag=a%26b")


def test_kept_figures_cost_few_queries_and_little_weight(
    browser: Browser, engine: Engine, answered: Ticket, queries: Counted
) -> None:
    with db.transaction(engine) as session:
        for number in range(12):
            asker = session.get_one(Person, answered.requester_id)
            new = tickets.NewTicket(title=f"{number}", description="", requester=asker, source=Source.EMAIL)
            made = tickets.open_ticket(session, new, viewer_of(asker, Via.EMAIL))
            made.tags = [f"tag-{number}"]
        charts.refresh(session)
    bob = browser("bob")
    bob.get("/admin/metrics?days=30")
    with queries() as said:
        answer = bob.get("/admin/metrics?days=30")
    assert len(said) <= 15
    assert len(answer.content) < 50_000
