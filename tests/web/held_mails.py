"""Held mails for tests of pages and API: accepted as every mail is, then held by hand."""

from __future__ import annotations

import itertools
from typing import Any

from sqlalchemy import update

from helpdesk import db
from helpdesk.installation import Installation
from helpdesk.models import InboundMail
from helpdesk.words import HELD_WORDS, HeldReason
from mail_ingest import intake
from mail_ingest.intake import Arrival
from mail_ingest.mail import Envelope
from tests.letters import letter

_numbers = itertools.count(1)


def hold(installation: Installation, raw: bytes | None = None, why: HeldReason = HeldReason.SENDER_DISOWNED, **more: Any) -> int:
    """A held mail of alice's (`raw` gives its bytes, `more` further columns); gives its number."""
    raw = raw or letter("Alice <alice@example.com>", "support@help.test", f"Fire {next(_numbers)}", "It burns.")
    accepted = intake.accept(installation.engine, Arrival(raw, Envelope("alice@example.com", ("support@help.test",)), "test"))
    values: dict[str, Any] = {
        "state": "held", "held_number": int(why), "held_reason": HELD_WORDS[why], "sender": "alice@example.com",
        "subject": "Re: <i>fire</i>", "kind": "person", "rule": "no_mark_of_a_machine", "matched_by": "failed_sender",
        "sender_verdict": "none", "trace": {"judged": {"verdict": "none", "detail": "no policy"}, "routed": {"tried": ["no_sender"]}},
    } | more  # fmt: skip
    with db.transaction(installation.engine) as session:
        session.execute(update(InboundMail).where(InboundMail.id == accepted.mail_id).values(**values))
    return accepted.mail_id
