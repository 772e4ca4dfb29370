"""The queue as an agent sees it: views, filters, changes of many tickets, and how much it costs."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.orm import Session

from helpdesk import db, people, tickets
from helpdesk.lists import ticket_queue
from helpdesk.models import OutboxMessage, Source, Ticket
from helpdesk.permissions import SYSTEM, Via, viewer_of
from helpdesk.tickets import NewTicket
from tests.web.conftest import Browser, Cast
from tests.web.pages.conftest import Counted, flash, send, tree, undo, words


@pytest.fixture
def several(engine: Engine, cast: Cast) -> list[Ticket]:
    """Six tickets of six people: the even ones are bob's, the last two are resolved."""
    made = []
    with db.transaction(engine) as session:
        bob = session.merge(cast.people["bob"])
        for number in range(6):
            who = people.find_or_make(session, f"customer{number}@example.org", f"Customer {number}")
            kind, priority = ("bug", "high") if number % 3 == 0 else ("question", "medium")
            ticket = tickets.open_ticket(
                session,
                NewTicket(
                    title=f"Matter {number}",
                    description="It smokes.",
                    requester=who,
                    source=Source.EMAIL,
                    type=kind,
                    priority=priority,
                ),
                viewer_of(who, Via.EMAIL),
            )
            tickets.edit(session, ticket, SYSTEM, tags=["fire"] if number < 2 else [])
            if number % 2 == 0:
                tickets.assign(session, ticket, bob, SYSTEM)
            if number > 3:
                tickets.change_status(session, ticket, "resolved", SYSTEM)
            made.append(ticket)
        session.execute(update(OutboxMessage).values(state="sent"))
    return made


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/admin", [0, 1, 2, 3]),
        ("/admin?view=unassigned", [1, 3]),
        ("/admin?view=mine", [0, 2]),
        ("/admin?view=resolved", [4, 5]),
        ("/admin?view=all&status=resolved", [4, 5]),
        ("/admin?view=all&type=bug", [0, 3]),
        ("/admin?view=all&priority=high&assignee=bob@example.com", [0]),
        ("/admin?view=all&assignee=none&tag=fire", [1]),
        ("/admin?view=all&q=customer2", [2]),
    ],
)
def test_the_address_says_what_is_listed(address: str, expected: list[int], browser: Browser, several: list[Ticket]) -> None:
    page = tree(browser("bob"), address)
    assert sorted(words(page, ".t-title")) == [f"Matter {number}" for number in expected]


def test_the_views_on_the_left_have_their_counts(browser: Browser, several: list[Ticket]) -> None:
    page = tree(browser("bob"), "/admin")
    shown = dict(zip(words(page, ".side ul:first-of-type a span"), [""] * 20, strict=False))
    counts = {link.css_first("span").text(): link.css_first(".count") for link in page.css(".side li a")}  # type: ignore[union-attr]
    assert list(shown)[:3] == ["Unassigned", "Mine", "All open"]
    assert {name: one.text() for name, one in counts.items() if one is not None} == {
        "Unassigned": "2", "Mine": "2", "All open": "4", "Waiting on us": "4", "Recently resolved": "2",
    }  # fmt: skip


def test_an_empty_view_says_what_it_would_hold(browser: Browser, cast: Cast) -> None:
    assert words(tree(browser("bob"), "/admin?view=problems"), ".empty p")[0] == "Every mail arrived."


@pytest.mark.parametrize("typed", ["elm-2", "ELM-002", "%232", "2", " %23002 "])
def test_a_search_for_a_number_opens_that_ticket(typed: str, browser: Browser, several: list[Ticket]) -> None:
    answer = browser("bob").get(f"/admin?view=all&q={typed}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/ticket/ELM-002")


def test_a_number_that_no_ticket_has_is_searched_for(browser: Browser, several: list[Ticket]) -> None:
    assert words(tree(browser("bob"), "/admin?view=all&q=%2399"), ".empty h2") == ["No ticket matches these filters"]


def test_the_field_on_top_searches_all_tickets_from_any_view(browser: Browser, several: list[Ticket]) -> None:
    page = tree(browser("bob"), "/admin?view=mine&type=bug")
    sent = {one.attributes["name"]: one.attributes["value"] for one in page.css(".search input")}
    assert sent == {"view": "all", "q": ""}


def test_a_row_shows_words_without_the_marks_of_markdown(browser: Browser, engine: Engine, several: list[Ticket]) -> None:
    with db.transaction(engine) as session:
        session.execute(update(Ticket).values(description="# It **smokes**\n\n- see [the log](https://help.test/log)"))
    assert set(words(tree(browser("bob"), "/admin"), ".t-excerpt")) == {"It smokes see the log"}


def test_an_administrator_of_an_empty_helpdesk_is_told_what_comes_next(browser: Browser, cast: Cast) -> None:
    page = tree(browser("dora"), "/admin")
    assert [one.attributes["href"] for one in page.css(".next-steps a")] == [
        "/admin/system", "/admin/security", "/admin/people", "/admin/faq/new",
    ]  # fmt: skip
    assert not tree(browser("bob"), "/admin").css(".next-steps"), "an agent cannot set it up"


def test_a_quiet_helpdesk_is_no_new_one(browser: Browser, several: list[Ticket]) -> None:
    assert not tree(browser("dora"), "/admin?view=problems").css(".next-steps")


def test_each_filter_is_a_chip_that_can_be_removed(browser: Browser, several: list[Ticket]) -> None:
    page = tree(browser("bob"), "/admin?view=all&type=bug&q=priority:high+-tag:wet+Matter")
    assert words(page, ".chip") == ["Type Bug", "Priority High", "Not tag wet", "Word Matter"]
    assert [one.attributes["href"] for one in page.css(".chip a")][:3] == [
        "/admin?view=all&q=priority%3Ahigh+-tag%3Awet+Matter",
        "/admin?view=all&type=bug&q=-tag%3Awet+Matter",
        "/admin?view=all&type=bug&q=priority%3Ahigh+Matter",
    ]
    assert sorted(words(page, ".t-title")) == ["Matter 0", "Matter 3"]


def test_what_is_no_operator_is_said(browser: Browser, several: list[Ticket]) -> None:
    page = tree(browser("bob"), "/admin?view=all&q=foo:bar")
    assert words(page, ".hint-line") == ["“foo:” is no operator: it was searched for as words."]
    assert words(page, ".empty h2") == ["No ticket matches these filters"]


@pytest.mark.parametrize("typed", ["x%20" * 4000, "%22" * 500, "%26%7C!%28%29%3A*", "-", "created:9999y"])
def test_no_search_breaks_the_page(typed: str, browser: Browser, several: list[Ticket]) -> None:
    tree(browser("bob"), f"/admin?view=all&q={typed}")


@pytest.mark.parametrize(("address", "status"), [("/admin?view=all&q=slow", 422), ("/admin?view=all&status=open", 422)])
def test_a_search_that_takes_too_long_says_what_to_do(
    address: str, status: int, browser: Browser, several: list[Ticket], monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = text("select set_config('statement_timeout', '20ms', true)")
    monkeypatch.setattr(ticket_queue, "_FOR_ITS_VALUES", at_once)
    monkeypatch.setattr(ticket_queue, "branches", lambda *_: [func.pg_sleep(30).is_not(None)])
    page = tree(browser("bob"), address, status)
    assert words(page, ".empty h2") == ["This search was stopped"]
    # a ticket that was opened from such a list is there without its neighbours
    tree(browser("bob"), "/admin/ticket/ELM-001?view=open&status=open")


def test_a_view_is_kept_under_a_name_and_stands_on_the_left(browser: Browser, several: list[Ticket]) -> None:
    bob = browser("bob")
    page = send(bob, "/admin/views", name="Fires", query="/admin?view=all&tag=fire&cursor=")
    assert flash(page) == "“Fires” is kept, on the left."
    assert words(page, "h1") == ["Fires 2"]
    assert words(page, ".side [aria-current]") == ["Fires"]
    assert not page.css(".keep"), "it is kept already"
    page = tree(bob, "/admin/views")
    assert words(page, ".what") == ["All tickets · Tag fire"]
    page = send(bob, "/admin/views/1", name="Smoke")
    assert flash(page) == "It is “Smoke” now."
    assert flash(send(bob, "/admin/views/1/delete")) == "“Smoke” is deleted. Its tickets stay as they are."
    assert words(tree(browser("dora"), "/admin/views"), ".empty h2") == ["No saved view yet"]


def test_a_name_that_is_taken_is_said_where_it_was_typed(browser: Browser, several: list[Ticket]) -> None:
    bob = browser("bob")
    send(bob, "/admin/views", name="Fires", query="/admin?view=all&tag=fire")
    assert flash(send(bob, "/admin/views", name="fires", query="/admin?view=all&tag=wet")) == "There is a view “fires” already."


def test_what_a_requester_wrote_is_text_in_the_list(browser: Browser, engine: Engine, several: list[Ticket]) -> None:
    with db.transaction(engine) as session:
        session.execute(update(Ticket).values(title="<script>alert(1)</script>", description="<img src=x onerror=alert(1)>"))
    page = tree(browser("bob"), "/admin")
    assert "<script>alert(1)</script>" in words(page, ".t-title")
    assert not page.css("main script") and not page.css("main img")


def test_many_are_changed_at_once_and_one_click_takes_it_back(browser: Browser, session: Session, several: list[Ticket]) -> None:
    bob = browser("bob")
    page = send(
        bob, "/admin/bulk", ticket=["ELM-001", "ELM-002"], do_status="resolved", do_assignee="me", do_priority="low", do_tag="Wet, fire",
        back="/admin?view=all",
    )  # fmt: skip
    assert flash(page) == "2 tickets are resolved, assigned to you, low priority, tagged fire, wet."
    changed = session.scalars(select(Ticket).where(Ticket.number.in_([1, 2])).order_by(Ticket.number)).all()
    assert [(one.status, one.priority, one.tags, one.assignee is not None) for one in changed] == [
        ("resolved", "low", ["fire", "wet"], True)
    ] * 2
    page = undo(bob, page)
    assert flash(page) == "Taken back on ELM-001, ELM-002."
    session.expire_all()
    assert [(one.status, one.priority, one.tags, one.assignee is not None) for one in changed] == [
        ("open", "high", ["fire"], True), ("open", "medium", ["fire"], False),
    ]  # fmt: skip


def test_undoing_stops_the_mails_that_wait(browser: Browser, session: Session, several: list[Ticket]) -> None:
    bob = browser("bob")
    page = send(bob, "/admin/bulk", ticket=["ELM-001"], do_status="resolved")
    wanted = select(OutboxMessage.state).where(OutboxMessage.kind == "status", OutboxMessage.ticket_number == 1)
    assert session.scalars(wanted).all() == ["queued"]
    session.rollback()
    undo(bob, page)
    assert session.scalars(wanted).all() == ["cancelled"]


def test_an_undo_takes_back_ones_own_changes_only(browser: Browser, session: Session, several: list[Ticket]) -> None:
    page = send(browser("bob"), "/admin/bulk", ticket=["ELM-001"], do_priority="low")
    action = page.css_first(".flash form").attributes["action"] or ""  # type: ignore[union-attr]
    assert flash(send(browser("dora"), action)) == "There is nothing to take back."
    assert session.get_one(Ticket, 1).priority == "low"


def test_a_form_with_nothing_chosen_says_so(browser: Browser, several: list[Ticket]) -> None:
    assert flash(send(browser("bob"), "/admin/bulk", do_priority="low")) == "Choose tickets, and what to change about them."


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/logout", "/ticket/ELM-001"])
def test_the_form_leads_to_staff_pages_only(back: str, browser: Browser, several: list[Ticket]) -> None:
    bob = browser("bob")
    from tests.web.conftest import csrf

    answer = bob.post("/admin/bulk", data={"ticket": "ELM-001", "do_priority": "low", "back": back}, headers=csrf(bob))
    assert answer.headers["location"] == "/admin"


@pytest.mark.parametrize("address", ["/admin", "/admin?view=all&type=bug&tag=fire", "/admin?view=all&q=smokes"])
def test_a_page_of_the_queue_costs_at_most_15_queries(
    address: str, browser: Browser, several: list[Ticket], queries: Counted
) -> None:
    bob = browser("bob")
    bob.get(address)
    with queries() as said:
        tree(bob, address)
    assert len(said) <= 15, "\n\n".join(said)


def test_a_long_list_is_paged_and_nothing_is_shown_twice(browser: Browser, session: Session, several: list[Ticket]) -> None:
    session.execute(
        text(
            "insert into tickets (title, subject, source, requester_id, waiting_since) "
            "select 'More ' || n, 's', 'email', 1, now() - n * interval '1 hour' from generate_series(1, 60) n"
        )
    )
    session.commit()
    bob, address, seen = browser("bob"), "/admin", list[str]()
    pages = []
    while address:
        page = tree(bob, address)
        seen += words(page, ".t-title")
        pages.append(words(page, ".pager .muted")[0])
        link = page.css_first("[rel=next]")
        address = (link.attributes["href"] or "") if link is not None else ""
    assert pages == ["1–30 of 64", "31–60 of 64", "61–64 of 64"]
    assert seen[:2] == ["More 60", "More 59"]
    assert len(set(seen)) == 64
    back = page.css_first("[rel=prev]")
    assert back is not None
    assert words(tree(bob, back.attributes["href"] or ""), ".pager .muted") == ["31–60 of 64"]
