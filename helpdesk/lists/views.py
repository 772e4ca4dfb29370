"""The views of the queue: which tickets each holds, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, func, literal_column, or_, select, union

from helpdesk.errors import Refused
from helpdesk.models import Comment, DeliveryProblem, OutboxMessage, Status, Ticket
from helpdesk.permissions import Viewer

RECENTLY = timedelta(days=7)


def word(column: SQLColumnExpression[str], value: str) -> ColumnElement[bool]:
    """The column holds this word of ours, spelled as in the partial indexes, and not as a parameter: no generic plan loses them."""
    return column == literal_column(f"'{value}'")


active: ColumnElement[bool] = and_(
    Ticket.status.in_([literal_column("'open'"), literal_column("'in_progress'")]), Ticket.merged_into.is_(None)
)
awake = or_(Ticket.snoozed_until.is_(None), Ticket.snoozed_until <= func.now())
asleep = Ticket.snoozed_until > func.now()
pending = Ticket.number.in_(select(Comment.ticket_number).where(Comment.state == literal_column("'pending'")))
undelivered = Ticket.number.in_(
    union(
        # the second condition is that of the index
        select(OutboxMessage.ticket_number).where(
            OutboxMessage.state == literal_column("'failed'"),
            OutboxMessage.state.in_([literal_column("'failed'"), literal_column("'suppressed'")]),
        ),
        select(OutboxMessage.ticket_number).join(DeliveryProblem).where(DeliveryProblem.action == literal_column("'failed'")),
    )
)
recently_resolved = word(Ticket.status, Status.RESOLVED) & (Ticket.resolved_at > func.now() - RECENTLY)


@dataclass(frozen=True, slots=True)
class View:
    """One view. `waiting` True: longest waiting first, else last updated first. `hint` is shown when it is empty."""

    key: str
    label: str
    hint: str
    where: Callable[[Viewer], ColumnElement[bool]]
    waiting: bool = True


VIEWS: Mapping[str, View] = {
    view.key: view
    for view in (
        View("unassigned", "Unassigned", "Every ticket has an owner.", lambda _: active & awake & Ticket.assignee_id.is_(None)),
        View("mine", "Mine", "Nothing is assigned to you.", lambda v: active & awake & (Ticket.assignee_id == v.person_id)),
        View("open", "All open", "No ticket is open.", lambda _: active & awake),
        View("us", "Waiting on us", "Everybody has an answer.", lambda _: active & awake & word(Ticket.waiting_on, "us")),
        View("held", "To accept", "No message waits to be accepted.", lambda _: pending, waiting=False),
        View("problems", "Delivery problems", "Every mail arrived.", lambda _: active & undelivered),
        View("snoozed", "Snoozed", "Nothing sleeps.", lambda _: active & asleep),
        View(
            "resolved", "Recently resolved", f"Nothing was resolved in the last {RECENTLY.days} days.",
            lambda _: recently_resolved, waiting=False,
        ),
        View("all", "All tickets", "There is no ticket yet.", lambda _: Ticket.merged_into.is_(None), waiting=False),
    )
}  # fmt: skip


def view_of(key: str) -> View:
    """The view of this key, all tickets for none; Refused for one that there is not."""
    view = VIEWS.get(key or "all")
    if view is None:
        raise Refused(f"There is no view “{key}”: {', '.join(VIEWS)}.", "view")
    return view
