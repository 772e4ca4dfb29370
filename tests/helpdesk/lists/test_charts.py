"""The figures behind the charts: what counts for which day, medians and not means, and how they are kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from helpdesk import comments, people, tickets
from helpdesk.comments import NewComment
from helpdesk.lists import charts
from helpdesk.lists.chart_counts import Age, Spread
from helpdesk.models import Comment, Fact, Person, Source, Ticket
from helpdesk.permissions import SYSTEM, Via, viewer_of
from helpdesk.tickets import NewTicket

NOW = datetime(2026, 3, 18, 15, 30, tzinfo=UTC)  # a Wednesday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def bob(session: Session) -> Person:
    return people.add_user(session, "bob@example.com", "Bob Builder", "agent")


def opened(
    session: Session, at: datetime, *, answered: timedelta | None = None, resolved: timedelta | None = None, **values: Any
) -> Ticket:
    """A ticket opened at a moment, first answered and resolved so long after it."""
    alice = people.find_or_make(session, "alice@example.org", "Alice")
    made = tickets.open_ticket(session, NewTicket(title="Help", description="", requester=alice, source=Source.EMAIL), SYSTEM)
    values |= {"created_at": at, "updated_at": at + (resolved or answered or timedelta())}
    if answered is not None:
        values["first_response_at"] = at + answered
    if resolved is not None:
        values |= {"status": "resolved", "resolved_at": at + resolved}
    session.execute(update(Ticket).where(Ticket.number == made.number).values(**values))
    session.refresh(made)
    return made


def test_a_ticket_counts_for_the_day_it_was_opened_and_for_the_day_it_was_resolved(session: Session) -> None:
    opened(session, NOW - 2 * DAY, answered=HOUR, resolved=DAY)
    opened(session, NOW - 2 * DAY)
    report = charts.compute(session, 7, NOW)
    assert [(one.created, one.resolved) for one in report.periods] == [(0, 0)] * 4 + [(2, 0), (0, 1), (0, 0)]
    assert (report.total.created, report.total.resolved, report.unanswered) == (2, 1, 1)


def test_the_first_day_begins_at_midnight_and_what_came_earlier_is_what_it_is_compared_with(session: Session) -> None:
    first = NOW.replace(hour=0, minute=0) - 6 * DAY
    opened(session, first, answered=HOUR)
    opened(session, first - timedelta(seconds=1), answered=3 * HOUR, resolved=4 * HOUR)
    opened(session, first - 7 * DAY)
    opened(session, first - 7 * DAY - timedelta(seconds=1))
    report = charts.compute(session, 7, NOW)
    assert (report.total.created, report.total.response.median) == (1, 3600)
    assert (report.before.created, report.before.response.median, report.before.resolved) == (2, 3 * 3600, 0)
    assert report.periods[0].resolved == 1  # resolved three hours after midnight


def test_half_and_nine_in_ten_are_told_and_never_the_mean(session: Session) -> None:
    for minutes in (*range(1, 10), 100_000):
        opened(session, NOW - DAY, answered=timedelta(minutes=minutes))
    spread = charts.compute(session, 30, NOW).total.response
    assert (spread.count, spread.median) == (10, 330)
    assert spread.most == pytest.approx(9 * 60 + 0.1 * (100_000 - 9) * 60)


def test_a_ticket_that_was_closed_at_once_is_settled_and_a_merged_one_counts_for_nothing(session: Session) -> None:
    into = opened(session, NOW - DAY)
    opened(session, NOW - DAY, status="closed", closed_at=NOW - 2 * HOUR)
    opened(session, NOW - DAY, status="closed", closed_at=NOW, merged_into=into.number)
    report = charts.compute(session, 7, NOW)
    assert (report.total.created, report.total.resolved) == (2, 1)
    assert report.total.resolution == Spread(1, 22 * 3600, 22 * 3600)


def test_bars_hold_what_lies_below_their_limit(session: Session) -> None:
    for answered in (timedelta(0), timedelta(minutes=14, seconds=59), timedelta(minutes=15), 23 * HOUR, 3 * DAY):
        opened(session, NOW - 4 * DAY, answered=answered)
    assert charts.compute(session, 7, NOW).response_bars == [2, 1, 0, 0, 1, 0, 1]


def test_the_backlog_is_what_is_open_now_by_age_and_by_whose_turn_it_is(session: Session) -> None:
    opened(session, NOW - HOUR)
    opened(session, NOW - 40 * DAY, waiting_on="customer")
    opened(session, NOW - 40 * DAY)
    opened(session, NOW - HOUR, resolved=timedelta(minutes=1))
    backlog = charts.compute(session, 7, NOW).backlog
    assert backlog == [Age(1, 0), *[Age(0, 0)] * 4, Age(1, 1)]


def test_ninety_days_are_told_by_week_and_hours_by_day_of_the_week(session: Session) -> None:
    opened(session, NOW)
    opened(session, NOW - 89 * DAY)
    opened(session, NOW - 90 * DAY)
    report = charts.compute(session, 90, NOW)
    assert [one.created for one in report.periods] == [1, *[0] * 11, 1]
    assert report.hours[2][15] == 1
    assert sum(map(sum, report.hours)) == 2


def test_kinds_are_counted_and_so_are_tags(session: Session) -> None:
    opened(session, NOW, answered=HOUR, type="bug", priority="high", tags=["billing", "vip"])
    opened(session, NOW, type="bug", tags=["billing"])
    report = charts.compute(session, 7, NOW)
    assert [(one.key, one.created, one.response.median) for one in report.types] == [("bug", 2, 3600)]
    assert {one.key: one.created for one in report.priorities} == {"high": 1, "medium": 1}
    assert [(one.key, one.created) for one in report.tags] == [("billing", 2), ("vip", 1)]
    assert [one.key for one in report.sources] == ["email"]


def test_a_restricted_ticket_counts_and_its_tags_are_told_to_nobody(session: Session) -> None:
    opened(session, NOW, tags=["breach"], restricted=True)
    opened(session, NOW, tags=["billing"])
    report = charts.compute(session, 7, NOW)
    assert (report.total.created, [one.key for one in report.tags]) == (2, ["billing"])


def test_an_agent_has_their_answers_and_the_first_one_is_theirs_who_wrote_it(session: Session, bob: Person) -> None:
    dora = people.add_user(session, "dora@example.com", "Dora", "admin")
    ticket = opened(session, NOW - 5 * HOUR, assignee_id=dora.id)
    for author, content, internal in ((bob, "Hello", False), (bob, "More", False), (bob, "Hm", True), (dora, "Done", False)):
        new = NewComment(
            content=content,
            source=Source.WEB,
            author=author,
            author_address=author.address,
            author_name=author.name,
            internal=internal,
        )
        comments.add_comment(session, ticket, new, viewer_of(author, Via.WEB))
    said = list(session.scalars(select(Comment).order_by(Comment.id)))
    for comment, hours in zip(said, (3, 2, 2, 1), strict=True):
        comment.created_at = NOW - hours * HOUR
    ticket.first_response_at = NOW - 3 * HOUR
    session.flush()
    agents = charts.compute(session, 7, NOW).agents
    assert [(one.name, one.answers, one.response) for one in agents] == [
        ("Bob Builder", 2, Spread(1, 7200, 7200)),
        ("Dora", 1, Spread()),
    ]


def test_an_empty_helpdesk_has_empty_charts(session: Session) -> None:
    report = charts.compute(session, 30, NOW)
    assert (report.total.created, report.total.response, report.agents, report.tags) == (0, Spread(), [], [])
    assert len(report.periods) == 30


def test_figures_are_kept_as_they_were_and_counted_anew_when_due(session: Session) -> None:
    opened(session, datetime.now(UTC) - HOUR, answered=HOUR)
    assert charts.refresh(session)
    assert not charts.refresh(session)
    kept = charts.latest(session, 30)
    assert kept.total.created == 1
    opened(session, datetime.now(UTC))
    assert charts.latest(session, 30) == kept
    assert charts.refresh(session, datetime.now(UTC) + charts.REFRESHED_EVERY)
    session.expire_all()
    assert charts.latest(session, 30).total.created == 2


def test_figures_of_another_version_are_counted_anew(session: Session) -> None:
    charts.refresh(session)
    session.execute(update(Fact).where(Fact.name == "charts_7").values(value={"days": 7}))
    assert charts.latest(session, 7).days == 7
