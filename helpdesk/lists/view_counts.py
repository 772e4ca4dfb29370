"""How many tickets each view holds. Small helpdesks are counted at once; larger ones by the worker every 30 s, kept in `facts`.

Counting costs what there is to count: with LIVE_UP_TO tickets a millisecond or two, with a million a quarter of a second. So the
pages of a large helpdesk show kept counts with their time, and a newcomer sees every change at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, literal_column, select
from sqlalchemy.dialects.postgresql import array, insert
from sqlalchemy.orm import Session

from helpdesk import held_mail
from helpdesk.lists.views import active, asleep, awake, pending, recently_resolved, undelivered, word
from helpdesk.models import Fact, InboundMail, OutboxMessage, Role, Ticket
from helpdesk.permissions import Via, Viewer

FACT = "view counts"
LIVE_UP_TO = 10_000  # tickets, of all times
TOO_OLD = timedelta(minutes=5)  # no worker has come by
FAILURES_COUNT_FOR = timedelta(days=7)
TAGS_OF_NEWEST = 500
MOST_TAGS = 100
_BY_OWNER = ("open", "us", "snoozed")


@dataclass(frozen=True, slots=True)
class Counts:
    """What an agent and what an administrator sees of each view, at `at`: restricted tickets count for administrators only.

    `views`: key -> (agent's, administrator's); `mine`: person's id as text -> the same; `mails` held; `outbox`: mails that wait or
    failed lately; `tags` of the newest tickets; `saved`: saved view's id as text -> tickets.
    """

    at: str
    views: Mapping[str, tuple[int, int]]
    mine: Mapping[str, tuple[int, int]]
    mails: tuple[int, int]
    outbox: int
    tags: list[str]
    saved: Mapping[str, int] = field(default_factory=dict)

    def of(self, viewer: Viewer) -> dict[str, int]:
        """The views' counts as this viewer sees them."""
        seen = {key: both[viewer.is_admin] for key, both in self.views.items()}
        return seen | {"mine": self.mine.get(str(viewer.person_id), (0, 0))[viewer.is_admin]}


def now(session: Session) -> Counts:
    """Count, in two queries."""
    views: dict[str, tuple[int, int]] = dict.fromkeys(("unassigned", *_BY_OWNER), (0, 0))
    mine: dict[str, tuple[int, int]] = {}
    for owner, restricted, *found in session.execute(_ACTIVE):
        counted = dict(zip(_BY_OWNER, found, strict=True))
        for key, number in counted.items():
            views[key] = _plus(views[key], number, restricted)
        if owner is None:
            views["unassigned"] = _plus(views["unassigned"], counted["open"], restricted)
        else:
            mine[str(owner)] = _plus(mine.get(str(owner), (0, 0)), counted["open"], restricted)
    row = session.execute(_REST).one()
    views |= {key: (seen[0], seen[1]) for key, seen in zip(("problems", "held", "resolved"), row, strict=False)}
    return Counts(row.at.isoformat(), views, mine, (row.for_agents, row.for_admins), row.outbox, list(row.tags or ()))


def refresh(session: Session, saved: Mapping[str, int] | None = None) -> Counts:
    """Count and keep; `saved` are the counts of saved views."""
    counts = now(session)
    value = asdict(counts) | {"saved": dict(saved or {})}
    session.execute(
        insert(Fact)
        .values(name=FACT, value=value)
        .on_conflict_do_update(index_elements=["name"], set_={"value": value, "updated_at": func.now()})
    )
    return read(value) or counts


def read(value: Mapping[str, Any] | None) -> Counts | None:
    """What was kept, or None where there is nothing or another version wrote it."""
    try:
        return Counts(**value) if value else None
    except TypeError:
        return None


def latest(session: Session, kept: Counts | None, newest: int, *, live_up_to: int = LIVE_UP_TO) -> Counts:
    """Counts of this moment with few tickets (`newest` is the highest number), else the kept ones unless they are too old."""
    if newest <= live_up_to:
        counts = now(session)
        return Counts(**{**asdict(counts), "saved": kept.saved}) if kept else counts
    fresh = kept is not None and datetime.now(UTC) - datetime.fromisoformat(kept.at) < TOO_OLD
    return kept if kept is not None and fresh else refresh(session)


def _plus(both: tuple[int, int], number: int, restricted: bool) -> tuple[int, int]:
    return both[0] + (0 if restricted else number), both[1] + number


def _both(where: ColumnElement[bool]) -> ScalarSelect[Any]:
    """How many an agent and how many an administrator sees."""
    agents = func.count().filter(Ticket.restricted.is_(False))
    return select(array([agents, func.count()])).select_from(Ticket).where(where).scalar_subquery()


def _held(role: Role) -> ScalarSelect[int]:
    seen = held_mail.held_for(Viewer(None, role, Via.WEB))
    return select(func.count()).select_from(InboundMail).where(seen).scalar_subquery()


def _leaving() -> ScalarSelect[int]:
    failed = word(OutboxMessage.state, "failed") & OutboxMessage.state.in_(
        [literal_column("'failed'"), literal_column("'suppressed'")]  # the index's own condition
    )
    lately = OutboxMessage.created_at > func.now() - FAILURES_COUNT_FOR
    wanted = word(OutboxMessage.state, "queued") | (failed & lately)
    return select(func.count()).select_from(OutboxMessage).where(wanted).scalar_subquery()


def _tags() -> ScalarSelect[Any]:
    newest = select(Ticket.tags).where(Ticket.restricted.is_(False)).order_by(Ticket.updated_at.desc(), Ticket.number.desc())
    of_newest = newest.limit(TAGS_OF_NEWEST).subquery()
    used = select(func.unnest(of_newest.c.tags).label("tag")).distinct().order_by("tag").limit(MOST_TAGS).subquery()
    return select(func.array_agg(used.c.tag)).scalar_subquery()


_ACTIVE = (
    select(
        Ticket.assignee_id,
        Ticket.restricted,
        func.count().filter(awake),
        func.count().filter(awake & word(Ticket.waiting_on, "us")),
        func.count().filter(asleep),
    )
    .where(active)
    .group_by(Ticket.assignee_id, Ticket.restricted)
)
_REST: Select[Any] = select(
    _both(active & undelivered),
    _both(pending),
    _both(recently_resolved),
    func.now().label("at"),
    _held(Role.AGENT).label("for_agents"),
    _held(Role.ADMIN).label("for_admins"),
    _leaving().label("outbox"),
    _tags().label("tags"),
)
