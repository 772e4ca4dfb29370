"""The daily mail to administrators about what is held: what waits for their decision, and for how long."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from helpdesk import db, held_mail, outbox, people
from helpdesk.models import Fact, InboundMail
from helpdesk.permissions import SYSTEM
from workers.mail_headers import clean

FACT = "held_digest"
HOUR = 7  # UTC
MOST = 20
LONGEST = 120  # characters of what a stranger wrote


def write(engine: Engine, now: datetime) -> int:
    """Once a day, at 07:00 UTC or the first tick after, each active administrator is told what is held; nothing held, no mail.

    Gives the number of mails written. Of two ticks at once the second waits for the first one's word, and finds the day taken.
    """
    if now.hour < HOUR:
        return 0
    with db.transaction(engine) as session:
        if not _claimed(session, now.date().isoformat()):
            return 0
        waiting = held_mail.waiting(session, SYSTEM)
        count = sum(one.count for one in waiting)
        admins = [person for person in people.admins(session) if person.address]
        if not count or not admins:
            return 0
        rows = held_mail.listed(session, SYSTEM, most=MOST)
        data = {"count": count, "more": count - len(rows), "mails": [_line(row, now) for row in rows]}
        for person in admins:
            reason = "mail is held, and you are an administrator"
            outbox.enqueue(session, "held_digest", person.address, person_id=person.id, reason=reason, data=data)
        return len(admins)


def _claimed(session: Session, day: str) -> bool:
    """The row remembers the last day; whoever may move it on writes today's mails."""
    value = {"day": day}
    claim = insert(Fact).values(name=FACT, value=value)
    claim = claim.on_conflict_do_update(
        index_elements=["name"], set_={"value": value, "updated_at": func.now()}, where=Fact.value["day"].astext < day
    )
    return session.scalar(claim.returning(Fact.name)) is not None


def _line(row: InboundMail, now: datetime) -> dict[str, Any]:
    why = held_mail.why(row.held_number, row.held_reason)
    return {
        "id": row.id,
        "code": why.code,
        "reason": clean(why.reason, LONGEST),
        "sender": clean(row.sender or row.mail_from, LONGEST) or "nobody",
        "subject": clean(row.subject or "", LONGEST) or "(no subject)",
        "waits": _span(now - row.received_at),
    }


def _span(age: timedelta) -> str:
    minutes = max(0, int(age.total_seconds() // 60))
    for size, word in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            count = minutes // size
            return f"{count} {word}{'s' if count != 1 else ''}"
    return "a moment"
