"""How often a mail is tried: what waits, when a failed try comes again, and what gives a held mail a new start."""

from __future__ import annotations

import logging
import traceback
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk import db, held_mail
from helpdesk.installation import Installation
from helpdesk.models import InboundMail, InboundState
from helpdesk.words import HELD_WORDS, HeldReason
from mail_ingest.reader import ReaderFailed

log = logging.getLogger("helpdesk.mail")
TRIES = tuple(timedelta(seconds=seconds) for seconds in (10, 60, 300, 1800, 7200))


def due(session: Session, most: int) -> list[int]:
    """Mails that wait to be processed, oldest first: what a lost nudge or a failed try left behind."""
    wanted = (
        select(InboundMail.id)
        .where(InboundMail.state == InboundState.RECEIVED, InboundMail.due_at <= func.now())
        .order_by(InboundMail.due_at, InboundMail.id)
        .limit(most)
    )
    return list(session.scalars(wanted))


def failed(house: Installation, mail_id: int, error: Exception) -> str | None:
    """Count the try and say when the next one is (10 s, 1, 5, 30 min, 2 h); after the last the mail is held with its traceback."""
    words = str(error) if isinstance(error, ReaderFailed) else "".join(traceback.format_exception(error))[-4000:]
    with db.transaction(house.engine) as session:
        row = session.scalar(select(InboundMail).where(InboundMail.id == mail_id).with_for_update(skip_locked=True))
        if row is None or row.state != InboundState.RECEIVED:
            return None
        row.attempts += 1
        row.error = words.replace("\x00", "").encode("utf-8", "replace").decode()
        if row.attempts > len(TRIES):
            why = HeldReason.NOT_PROCESSED
            row.state, row.held_number, row.held_reason = InboundState.HELD, why, HELD_WORDS[why]
            row.processed_at = func.now()
            held_mail.was_held(session, row)
        else:
            row.due_at = func.now() + TRIES[row.attempts - 1]
        state = row.state
    log.error("mail not processed", extra={"mail": mail_id, "error": type(error).__name__, "attempt": row.attempts, "state": state})
    return state
