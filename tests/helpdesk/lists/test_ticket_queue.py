"""The queue: views, filters, keyset pages, and the figures above it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event, func, text, update
from sqlalchemy.orm import Session

from helpdesk import people, tickets
from helpdesk.errors import NotAllowed, Refused
from helpdesk.lists import metrics, ticket_queue, view_counts
from helpdesk.lists.ticket_queue import Filters
from helpdesk.models import Comment, CommentState, OutboxMessage, Person, Source, Status, Ticket
from helpdesk.permissions import SYSTEM, Via, Viewer, viewer_of
from helpdesk.tickets import NewTicket

PREFIX = "ELM"


@pytest.fixture
def bob(session: Session) -> Person:
    return people.add_user(session, "bob@example.com", "Bob Builder", "agent")


@pytest.fixture
def viewer(bob: Person) -> Viewer:
    return viewer_of(bob, Via.WEB)


def opened(session: Session, title: str = "Help", *, hours_ago: int = 0, **options: object) -> Ticket:
    """A ticket of alice's that has waited for so many hours."""
    alice = people.find_or_make(session, "alice@example.org", "Alice Liddell")
    made = tickets.open_ticket(
        session, NewTicket(title=title, description=f"About {title}.", requester=alice, source=Source.EMAIL), SYSTEM
    )
    since = func.now() - timedelta(hours=hours_ago)
    session.execute(
        update(Ticket)
        .where(Ticket.number == made.number)
        .values(waiting_since=since, updated_at=since, created_at=since, **options)
    )
    session.refresh(made)
    return made


def numbers(session: Session, viewer: Viewer, filters: Filters) -> list[int]:
    return [row.number for row in ticket_queue.page(session, viewer, filters, PREFIX).rows]


def test_each_view_holds_what_it_says(session: Session, viewer: Viewer, bob: Person) -> None:
    waiting, mine, answered, snoozed, done, old, merged = (opened(session, hours_ago=10 - n) for n in range(7))
    session.execute(update(Ticket).where(Ticket.number == mine.number).values(assignee_id=bob.id))
    session.execute(update(Ticket).where(Ticket.number == answered.number).values(waiting_on="customer", status=Status.IN_PROGRESS))
    session.execute(update(Ticket).where(Ticket.number == snoozed.number).values(snoozed_until=func.now() + timedelta(days=1)))
    session.execute(update(Ticket).where(Ticket.number == done.number).values(status="resolved", resolved_at=func.now()))
    long_ago = func.now() - timedelta(days=30)
    session.execute(update(Ticket).where(Ticket.number == old.number).values(status="resolved", resolved_at=long_ago))
    session.execute(update(Ticket).where(Ticket.number == merged.number).values(merged_into=waiting.number, status="closed"))
    session.add(
        Comment(ticket_number=done.number, author_address="x@example.com", source="email", content="?", state=CommentState.PENDING)
    )
    session.add(OutboxMessage(kind="reply", recipient="x@example.com", ticket_number=answered.number, state="failed"))
    session.flush()
    session.expire_all()
    expected = {
        "unassigned": [waiting, answered],
        "mine": [mine],
        "open": [waiting, mine, answered],
        "us": [waiting, mine],
        "held": [done],
        "problems": [answered],
        "snoozed": [snoozed],
        "resolved": [done],
        "all": [old, done, snoozed, answered, mine, waiting],
    }
    assert {key: numbers(session, viewer, Filters(view=key)) for key in ticket_queue.VIEWS} == {
        key: [one.number for one in rows] for key, rows in expected.items()
    }
    assert view_counts.now(session).of(viewer) == {key: len(rows) for key, rows in expected.items() if key != "all"}
    rows = ticket_queue.listing(session, viewer, Filters(), PREFIX).rows
    assert {row.number: (row.pending, row.lost) for row in rows if row.pending or row.lost} == {
        answered.number: (0, 1),
        done.number: (1, 0),
    }


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(status="in_progress"), ["two"]),
        (Filters(priority="critical"), ["one"]),
        (Filters(type="bug"), ["two"]),
        (Filters(tag="Printer"), ["one"]),
        (Filters(assignee="bob@example.com"), ["two"]),
        (Filters(assignee="me"), ["two"]),
        (Filters(assignee="none"), ["one"]),
        (Filters(assignee="nobody@example.com"), []),
        (Filters(q="about two"), ["two"]),
        (Filters(q="elm-1"), ["one"]),
        (Filters(q="2"), ["two"]),
        (Filters(q="alice@example.org"), ["one", "two"]),
        (Filters(q="liddell"), ["one", "two"]),
        (Filters(q="ali"), ["one", "two"]),
        (Filters(q="alice@"), ["one", "two"]),
        (Filters(q="example.org"), ["one", "two"]),
        (Filters(q="from:@example.org"), ["one", "two"]),
        (Filters(q="from:alice@example.org two"), ["two"]),
        (Filters(q="from:example.com"), []),
        (Filters(q="-from:liddell"), []),
        (Filters(q="status:in-progress"), ["two"]),
        (Filters(q="status:open,in_progress"), ["one", "two"]),
        (Filters(q="-status:open"), ["two"]),
        (Filters(q="assignee:me"), ["two"]),
        (Filters(q="assignee:builder"), ["two"]),
        (Filters(q="-assignee:bob@example.com"), ["one"]),
        (Filters(q="assignee:none -type:bug"), ["one"]),
        (Filters(q="assignee:nobody-we-know"), []),
        (Filters(q="tag:printer"), ["one"]),
        (Filters(q="-tag:printer two"), ["two"]),
        (Filters(q="priority:high,critical"), ["one"]),
        (Filters(q="is:open is:unassigned"), ["one"]),
        (Filters(q="-is:snoozed"), ["one", "two"]),
        (Filters(q="is:known"), []),
        (Filters(q="has:attachment"), []),
        (Filters(q="-has:attachment -two"), ["one"]),
        (Filters(q="after:1d"), ["one", "two"]),
        (Filters(q="before:1d"), []),
        (Filters(q="updated:today updated-after:2020-01"), ["one", "two"]),
        (Filters(created="7d"), ["one", "two"]),
        (Filters(created="2020-01"), []),
        (Filters(q='"about two"'), ["two"]),
        (Filters(q='"two one"'), []),
        (Filters(q="the"), []),
        (Filters(q="the two"), ["two"]),
        (Filters(q="#1"), ["one"]),
        (Filters(q="-#1"), ["two"]),
        (Filters(q="foo:bar"), []),
        (Filters(q="%"), []),
        (Filters(q="' or 1=1 --"), []),
        (Filters(q="a & | ! ( :* <->"), []),
    ],
    ids=lambda value: repr(value) if isinstance(value, Filters) else "",
)
def test_a_filter_leaves_what_it_names(session: Session, viewer: Viewer, bob: Person, filters: Filters, found: list[str]) -> None:
    opened(session, "one", priority="critical", tags=["printer"])
    opened(session, "two", type="bug", status="in_progress", assignee_id=bob.id)
    page = ticket_queue.page(session, viewer, filters, PREFIX)
    assert sorted(row.title for row in page.rows) == found
    assert ticket_queue.count(session, viewer, filters, PREFIX) == len(found)


@pytest.mark.parametrize("view", ["open", "all"])
def test_pages_forward_and_back_show_every_ticket_once(session: Session, viewer: Viewer, view: str) -> None:
    for number in range(7):
        opened(session, hours_ago=number // 2)  # several have waited equally long
    everything = numbers(session, viewer, Filters(view=view))
    forward, firsts, cursor = [], [], ""
    while True:
        page = ticket_queue.page(session, viewer, Filters(view=view), PREFIX, cursor=cursor, most=3)
        forward += [[row.number for row in page.rows]]
        firsts.append(page.first)
        last, cursor = page, page.next or ""
        if not cursor:
            break
    assert ([one for page in forward for one in page], firsts) == (everything, [1, 4, 7])
    assert last.previous
    back = ticket_queue.page(session, viewer, Filters(view=view), PREFIX, cursor=last.previous, most=3)
    assert ([row.number for row in back.rows], back.first) == (forward[1], 4)
    assert back.previous
    start = ticket_queue.page(session, viewer, Filters(view=view), PREFIX, cursor=back.previous, most=3)
    assert ([row.number for row in start.rows], start.first, start.previous) == (forward[0], 1, None)


def test_neighbours_are_the_rows_before_and_after_and_the_end_leads_to_the_top(session: Session, viewer: Viewer) -> None:
    rows = [opened(session, hours_ago=3 - n) for n in range(3)]
    first, middle, last = (ticket_queue.neighbours(session, viewer, Filters(view="open"), PREFIX, one) for one in rows)
    assert (first, middle, last) == (
        (None, rows[1].number), (rows[0].number, rows[2].number), (rows[1].number, rows[0].number),
    )  # fmt: skip


@pytest.mark.parametrize(
    "filters",
    [Filters(view="nothing"), Filters(status="gone"), Filters(priority="'"), Filters(type="none")],
    ids=["view", "status", "priority", "type"],
)
def test_a_word_that_does_not_exist_is_refused(session: Session, viewer: Viewer, filters: Filters) -> None:
    with pytest.raises(Refused):
        ticket_queue.page(session, viewer, filters, PREFIX)


@pytest.mark.parametrize("cursor", ["x", "e30", "W10", "WyJ4IiwxLDEsMF0", "é", "A" * 500])
def test_a_cursor_that_is_none_is_refused(session: Session, viewer: Viewer, cursor: str) -> None:
    with pytest.raises(Refused, match="cursor"):
        ticket_queue.page(session, viewer, Filters(), PREFIX, cursor=cursor)


def test_an_agent_does_not_see_restricted_tickets_and_a_customer_no_queue(session: Session, viewer: Viewer) -> None:
    opened(session, restricted=True)
    assert numbers(session, viewer, Filters()) == []
    with pytest.raises(NotAllowed):
        ticket_queue.page(session, viewer_of(people.find_or_make(session, "alice@example.org"), Via.WEB), Filters(), PREFIX)


def test_a_page_costs_few_queries_and_uses_the_partial_index(session: Session, viewer: Viewer) -> None:
    for number in range(30):
        opened(session, f"Ticket {number}", hours_ago=number)
    session.expire_all()
    statements: list[tuple[str, object]] = []

    def note(_c: object, _cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        statements.append((statement, parameters))

    event.listen(session.get_bind(), "before_cursor_execute", note)
    try:
        page = ticket_queue.listing(session, viewer, Filters(view="unassigned"), PREFIX, most=20)
        assert page.rows[0].requester.address == "alice@example.org"
    finally:
        event.remove(session.get_bind(), "before_cursor_execute", note)
    assert len(statements) == 1
    connection = session.connection()
    connection.execute(text("set local enable_seqscan = off"))
    connection.execute(text("set local enable_bitmapscan = off"))
    connection.execute(text("set local plan_cache_mode = force_generic_plan"))
    statement, parameters = statements[0]
    plan = connection.exec_driver_sql(f"explain {statement}", parameters).scalars().all()  # type: ignore[arg-type]
    assert any("_queue" in line for line in plan), "\n".join(plan)


def test_figures_count_what_is_open_and_how_fast_it_was_answered(session: Session) -> None:
    opened(session, hours_ago=4)
    opened(session, hours_ago=5, status="resolved", resolved_at=func.now(), first_response_at=func.now() - timedelta(hours=4))
    opened(session, hours_ago=5, status="in_progress", waiting_on="customer", first_response_at=func.now() - timedelta(hours=2))
    figures = metrics.refresh(session)
    assert (figures.open, figures.unassigned, figures.waiting_on_us, figures.delivery_problems) == (2, 2, 1, 0)
    assert (figures.median_first_response, figures.mean_first_response) == (7200.0, 7200.0)
    assert figures.resolution_rate == pytest.approx(1 / 3)
    assert metrics.latest(session) == figures


def test_figures_of_an_empty_helpdesk_are_unknown_and_not_zero(session: Session) -> None:
    figures = metrics.latest(session)
    assert (figures.open, figures.median_first_response, figures.resolution_rate) == (0, None, None)
