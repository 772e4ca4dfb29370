"""What happened becomes a delivery for each active webhook that wants it, in the same transaction: all of it is there, or nothing.

`note` remembers an event of the audit trail, `write` runs before the commit: one statement, after a short one that asks whether any
webhook wants to know. What is told is frozen then, with the ticket as the transaction leaves it; links and tags are added when it
is sent (`messages.py`). Tickets and held mail that only administrators see are told to webhooks that ask for them, to no others.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    update,
)  # fmt: skip
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from helpdesk import wake
from helpdesk.models import (
    Comment,
    DeliveryState,
    Event,
    InboundMail,
    OutboxMessage,
    OutboxState,
    Person,
    PersonAddress,
    Ticket,
    Webhook,
    WebhookDelivery,
)

VERSION = 1
MOST_TEXT = 10_000  # characters of a description or a message that are told; the rest is read at its address
RESTRICTED = "restricted"  # stands among the events of a webhook that wants what only administrators see
TEST = "webhook.test"
EVENTS: Mapping[str, str] = {
    "ticket.created": "A ticket was opened",
    "ticket.assigned": "A ticket was given to an agent, or to nobody",
    "ticket.updated": "A field, a tag or the people of a ticket changed",
    "ticket.resolved": "A ticket was resolved",
    "ticket.closed": "A ticket was closed",
    "ticket.reopened": "A resolved or closed ticket was opened again",
    "ticket.merged": "A ticket became part of another one",
    "comment.created": "Somebody wrote a message that the requester sees",
    "note.created": "An agent wrote an internal note",
    "held.created": "A mail was held",
}
USUAL = tuple(one for one in EVENTS if one != "note.created")
_TYPES = {
    "created": "ticket.created",
    "assigned": "ticket.assigned",
    "merged": "ticket.merged",
    "replied": "comment.created",
    "commented": "comment.created",
    "note_added": "note.created",
    "held": "held.created",
} | dict.fromkeys(
    (
        "type_changed", "priority_changed", "title_changed", "tags_changed", "is_public_changed", "snoozed_until_changed",
        "requester_changed", "cc_added", "cc_removed", "merged_from", "split_off", "split_from", "address_verified",
        "undone",
    ),
    "ticket.updated",
)  # fmt: skip
_DONE = ("resolved", "closed")
# what tells people of an event and can still be taken back: no program learns of it earlier
_TAKEN_BACK = ("reply", "status", "participant_comment")
_KEY = "helpdesk.webhooks"
_WITHDRAWN = "comment_withdrawn"


def type_of(kind: str, data: Mapping[str, Any]) -> str | None:
    """The type of what is told about an event of the audit trail, or None: nobody outside is told."""
    if kind != "status_changed":
        return _TYPES.get(kind)
    if data.get("new") in _DONE:
        return f"ticket.{data['new']}"
    return "ticket.reopened" if data.get("old") in _DONE else "ticket.updated"


def test_body(by: str) -> dict[str, Any]:
    """What a test tells; it is about no ticket."""
    actor = {"email": None, "name": by, "role": "admin"}
    data = {"actor": actor, "via": "web", "test": "This is a test: nothing happened."}
    return {
        "id": f"msg_{uuid.uuid4().hex}",
        "type": TEST,
        "version": VERSION,
        "timestamp": datetime.now(UTC).isoformat(),
        "data": data,
    }


def note(session: Session, event: Event) -> None:
    """This event is told to webhooks when the session's transaction commits, if anybody wants to know."""
    told = event.kind if event.kind == _WITHDRAWN else type_of(event.kind, event.data)
    if told is not None:
        session.info.setdefault(_KEY, []).append((event.id, told))


def write(session: Session) -> None:
    """The deliveries of all noted events, and a nudge for each webhook; what an agent took back is never told."""
    noted: list[tuple[int, str]] = session.info.pop(_KEY, [])
    for event_id, told in noted:
        if told == _WITHDRAWN:
            _cancel(session, event_id)
    noted = [one for one in noted if one[1] != _WITHDRAWN]
    if not noted:
        return
    numbers, types = (list(one) for one in zip(*noted, strict=True))
    # most transactions find nobody who wants to know, in a tenth of the time
    if not session.scalar(_WANTED, {"types": types}):
        return
    for webhook_id, waits in session.execute(_insert(), {"numbers": numbers, "types": types}):
        if not waits:
            wake.later(session, "post", webhook_id)


def _cancel(session: Session, event_id: int) -> None:
    """What was done in one go with a reply that was taken back, as `undo.withdraw` finds it."""
    back, about = aliased(Event), aliased(Event)
    together = (
        select(about.id)
        .join(back, and_(back.ticket_number == about.ticket_number, back.actor_id == about.actor_id))
        .join(Comment, Comment.id == back.comment_id)
        .where(back.id == event_id, about.created_at == Comment.created_at)
    )
    session.execute(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.event_id.in_(together),
            WebhookDelivery.state == DeliveryState.QUEUED,
            WebhookDelivery.lease_until.is_(None),
        )
        .values(state=DeliveryState.CANCELLED, last_answer="taken back before it was sent", done_at=func.now())
        .execution_options(synchronize_session=False)
    )


_actor = aliased(Person)
_numbers, _types = bindparam("numbers", type_=ARRAY(BigInteger)), bindparam("types", type_=ARRAY(Text))
_WANTED = select(exists(select(Webhook.id).where(Webhook.active, Webhook.events.op("&&")(_types))))


@cache  # it is long: made anew each time, it would cost more than its work
def _insert() -> Any:
    """A delivery for each of these events and each webhook that wants it; gives the webhook and whether it is to wait."""
    rows = insert(WebhookDelivery).from_select(["webhook_id", "event_id", "body", "due_at"], _deliveries())
    made = rows.returning(WebhookDelivery.webhook_id, WebhookDelivery.due_at).cte("made")
    return select(made.c.webhook_id, made.c.due_at > func.now())


def _deliveries() -> Any:
    """Webhook, event, what is told and when it may leave, for each event in `numbers` and its type in `types`."""
    told = func.unnest(_numbers, _types).table_valued("id", "type").render_derived()
    is_held = told.c.type == "held.created"
    secret = or_(func.coalesce(Ticket.restricted, False), Event.data["admins_only"].astext == "true")
    return (
        select(Webhook.id, Event.id, _body(told.c.type), _leaves_at())
        .select_from(told)
        .join(Webhook, and_(Webhook.active, told.c.type == func.any(Webhook.events)))
        .join(Event, Event.id == told.c.id)
        .outerjoin(Ticket, Ticket.number == Event.ticket_number)
        .outerjoin(Comment, and_(Comment.id == Event.comment_id, told.c.type.in_(("comment.created", "note.created"))))
        .outerjoin(InboundMail, and_(InboundMail.id == Event.inbound_mail_id, is_held))
        .outerjoin(_actor, _actor.id == Event.actor_id)
        .where(or_(literal(RESTRICTED) == func.any(Webhook.events), func.coalesce(secret, False).is_(False)))
        .order_by(Event.id, Webhook.id)
        # a webhook that is being deleted gets nothing, rather than that its foreign key fails what happened
        .with_for_update(of=Webhook, key_share=True, read=True, skip_locked=True)
    )


def _leaves_at() -> ColumnElement[Any]:
    mails = select(func.max(OutboxMessage.due_at)).where(
        OutboxMessage.ticket_number == Event.ticket_number,
        OutboxMessage.created_at == func.now(),
        OutboxMessage.kind.in_(_TAKEN_BACK),
        OutboxMessage.state == OutboxState.QUEUED,
    )
    return func.coalesce(mails.scalar_subquery(), func.now())


def _body(kind: ColumnElement[str]) -> ColumnElement[Any]:
    changed = kind.in_([one for one in EVENTS if one.startswith("ticket.") and one != "ticket.created"])
    data = _object(actor=_actor_told(), via=Event.via)
    data = data.op("||")(
        _if(Ticket.number.is_not(None), ticket=_ticket().op("||")(_if(kind == "ticket.created", **_description())))
    )
    data = data.op("||")(_if(changed, change=_change()))
    data = data.op("||")(_if(Comment.id.is_not(None), comment=_comment()))
    data = data.op("||")(_if(InboundMail.id.is_not(None), mail=_mail()))
    fresh = literal("msg_").op("||")(func.replace(cast(func.gen_random_uuid(), Text), "-", ""))
    return _object(id=fresh, type=kind, version=VERSION, timestamp=Event.created_at, data=data)


def _ticket() -> ColumnElement[Any]:
    return _object(
        id=Ticket.id, number=Ticket.number, type=Ticket.type, status=Ticket.status, priority=Ticket.priority, title=Ticket.title,
        reporter=_person(Ticket.requester_id), assignee=_person(Ticket.assignee_id), tags=Ticket.tags, is_public=Ticket.is_public,
        restricted=Ticket.restricted, verified=Ticket.verified, upvotes=Ticket.upvotes, waiting_on=Ticket.waiting_on,
        snoozed_until=Ticket.snoozed_until, merged_into=Ticket.merged_into, created_at=Ticket.created_at,
        updated_at=Ticket.updated_at, resolved_at=Ticket.resolved_at, first_response_at=Ticket.first_response_at,
    )  # fmt: skip


def _description() -> dict[str, Any]:
    text = Ticket.description
    return {"description": func.left(text, MOST_TEXT), "description_is_cut": func.length(text) > MOST_TEXT}


def _change() -> ColumnElement[Any]:
    """What changed, from the event: it names new things in several ways."""
    new = func.coalesce(*(Event.data[name] for name in ("new", "address", "into", "ticket", "kinds")))
    return _object(what=Event.kind, old=Event.data["old"], new=new)


def _comment() -> ColumnElement[Any]:
    known = select(Person.name).where(Person.id == Comment.author_id).scalar_subquery()
    name = func.coalesce(func.nullif(Comment.author_name, ""), known, "")
    author = _object(email=Comment.author_address, name=name, role=case((Comment.by_staff, "agent"), else_=literal("customer")))
    return _object(
        id=Comment.id, author=author, content=func.left(Comment.content, MOST_TEXT),
        content_is_cut=func.length(Comment.content) > MOST_TEXT, is_internal=Comment.internal, source=Comment.source,
        verified=Comment.verified, automatic=Comment.automatic, created_at=Comment.created_at,
    )  # fmt: skip


def _mail() -> ColumnElement[Any]:
    return _object(
        id=InboundMail.id, number=InboundMail.held_number, reason=InboundMail.held_reason,
        sender=func.coalesce(InboundMail.sender, InboundMail.mail_from), subject=InboundMail.subject, size=InboundMail.size,
        received_at=InboundMail.received_at,
    )  # fmt: skip


def _actor_told() -> ColumnElement[Any]:
    told = _object(email=_address(_actor.id), name=_actor.name, role=_actor.role)
    return case((_actor.id.is_not(None), told), else_=literal_column("'null'::jsonb"))


def _person(number: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    somebody = aliased(Person)
    return select(_object(email=_address(somebody.id), name=somebody.name)).where(somebody.id == number).scalar_subquery()


def _address(number: InstrumentedAttribute[int]) -> ColumnElement[Any]:
    of = select(PersonAddress.address).where(PersonAddress.person_id == number)
    return of.order_by(PersonAddress.id).limit(1).scalar_subquery()


def _if(condition: ColumnElement[bool], **parts: Any) -> ColumnElement[Any]:
    return case((condition, _object(**parts)), else_=literal_column("'{}'::jsonb"))


def _object(**parts: Any) -> ColumnElement[Any]:
    flat = [one for name, value in parts.items() for one in (cast(literal(name), Text), value)]
    return func.jsonb_build_object(*flat, type_=JSONB)
