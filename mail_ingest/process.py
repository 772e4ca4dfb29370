"""The story of one mail: load, read, judge, route, cut, act; stages 3-5 before the transaction, the rest within it (T2).

All or nothing: T2 leaves the ticket, its outbox rows, the verdict and the trace, or nothing at all. A failed try is counted and
comes again after 10 s, 1, 5, 30 min and 2 h; then the mail is held with its error. The raw mail is never touched.
"""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk import db, held_mail, raw_mail
from helpdesk.errors import Refused, TryLater
from helpdesk.installation import Installation
from helpdesk.models import InboundMail, InboundState
from helpdesk.words import HeldReason
from mail_ingest import act, bounces, classify, intake, route, route_facts, staff_mail, tries
from mail_ingest.authenticate import NOT_ASKED
from mail_ingest.findings import Tools, Work, find_out, opened
from mail_ingest.mail import Envelope, Kind, ParsedMail, ReplyText, SenderVerdict
from mail_ingest.reader import PATIENCE
from mail_ingest.staff import forwards
from mail_ingest.tries import due

__all__ = ["Tools", "dry_run", "due", "opened", "process", "summary"]

log = logging.getLogger("helpdesk.mail")
STAFF_WAITS_FOR_DNS = timedelta(hours=48)
IN_A_TRANSACTION = 10.0  # seconds: the database ends one that is idle for 60
ACTS = {route.Outcome.STAFF_COMMENT: staff_mail.act, route.Outcome.STAFF_OPENS: forwards.act}


def process(tools: Tools, mail_id: int) -> str | None:
    """Bring one mail to its end state and give that state; None when it is not (or no longer) ours to process.

    Raises TryLater when the database is away: the mail stays as it is and a timer finds it.
    """
    envelope = _envelope(tools.house, mail_id)
    if envelope is None:
        return None
    try:
        raw = raw_mail.content(tools.house.engine, tools.house.storage, mail_id)
        work = find_out(tools, mail_id, raw, envelope)
        return _decide_and_act(tools, work)
    except TryLater:
        raise
    except Exception as error:  # noqa: BLE001  (whatever a stranger's mail sets off: one failed try, the mail stays)
        return tries.failed(tools.house, mail_id, error)


def dry_run(tools: Tools, mail_id: int) -> dict[str, Any]:
    """What processing this mail now would decide (`summary`); nothing is kept. Mails of any state can be tried."""
    house = tools.house
    with db.transaction(house.engine) as session:
        row = session.get_one(InboundMail, mail_id)
        envelope = intake.envelope_of(row)
    work = find_out(tools, mail_id, raw_mail.content(house.engine, house.storage, mail_id), envelope, keep_files=False)
    with db.rehearsal(house.engine) as session:
        row = session.get_one(InboundMail, mail_id, with_for_update=True)
        # its own place must not count as a signal of where it belongs
        row.ticket_number = row.comment_id = None
        _decide(session, tools, work, row)
        return summary(row)


def _envelope(house: Installation, mail_id: int) -> Envelope | None:
    """The envelope of a mail that waits to be processed, else None."""
    with db.transaction(house.engine) as session:
        row = session.get(InboundMail, mail_id)
        if row is None or row.state != InboundState.RECEIVED:
            return None
        return intake.envelope_of(row)


def _decide_and_act(tools: Tools, work: Work) -> str | None:
    cut = _cut_before(tools, work)
    with db.transaction(tools.house.engine) as session:
        row = session.scalar(
            select(InboundMail)
            .where(InboundMail.id == work.mail_id, InboundMail.state == InboundState.RECEIVED)
            .with_for_update(skip_locked=True)
        )
        if row is None:
            return None  # somebody else has it, or had it
        _decide(session, tools, work, row, cut)
    log.info("mail", extra=summary(row) | {"mail": row.id, "reason": row.trace["result"]["reason"] or None})
    return row.state


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a mail goes by the facts of one moment; its cut rests on `first` and `sent` (what it may quote of ours) alone."""

    seen: route_facts.Signals
    route: route.Route
    verdict: SenderVerdict
    first: bool
    sent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Cut:
    """What was cut before the transaction, and what it rests on."""

    first: bool
    sent: tuple[str, ...]
    text: ReplyText


def _cut_before(tools: Tools, work: Work) -> _Cut | None:
    """The words of the mail, cut with no transaction open as its place is now; None where it comes to no ladder."""
    if work.judgement == NOT_ASKED:
        return None
    with db.transaction(tools.house.engine) as session:
        row = session.get(InboundMail, work.mail_id)
        if row is None or row.state != InboundState.RECEIVED:
            return None
        place = _placed(session, tools.house, work, row)
    return _Cut(place.first, place.sent, _text(tools, work, place))


def _decide(session: Session, tools: Tools, work: Work, row: InboundMail, cut: _Cut | None = None) -> None:
    trace = _first_words(work)
    if work.reading.sign_up_code is not None:
        trace["admins_only"] = work.reading.sign_up_code
    row.message_id, row.sender, row.subject = _header(work.mail)
    row.kind, row.rule, row.matched_by = work.reading.verdict.kind, work.reading.verdict.rule, None
    row.sender_verdict = work.judgement.verdict
    _finish(row, _outcome(session, tools, work, row, trace, cut), trace)
    if row.state == InboundState.HELD:
        held_mail.was_held(session, row)
    session.flush()


def _outcome(session: Session, tools: Tools, work: Work, row: InboundMail, trace: dict[str, Any], cut: _Cut | None) -> act.Result:
    """Which of the end states, and its doing: loops, caps and reports first, then the ladder."""
    house, kind = tools.house, work.reading.verdict.kind
    if kind == Kind.OWN:
        return act.Result(InboundState.LOOP, reason="our own mail came back")
    if work.reading.over_cap is not None:
        return act.held(HeldReason.OVER_A_CAP, detail=f"over a cap: {work.reading.over_cap}")
    if kind in (Kind.BOUNCE, Kind.COMPLAINT):
        return bounces.apply(session, house.mint, work.reading, work.envelope, row.id)
    if act.claims_to_be_us(house, work.mail):
        return act.held(HeldReason.CLAIMS_TO_BE_US)
    if classify.hops(work.mail) > classify.MAX_HOPS:
        return act.held(HeldReason.TOO_MANY_RELAYS)
    bounces.heard_from(session, work.reading, work.judgement.verdict, row.received_at)
    place = _placed(session, house, work, row)
    chosen = place.route
    row.matched_by = chosen.matched_by
    trace["routed"] = {"rung": chosen.matched_by, "tried": list(chosen.tried), "ticket": chosen.ticket, "outcome": chosen.outcome}
    if place.seen.more_tokens:
        trace["routed"]["more_tokens_of"] = list(place.seen.more_tokens)
    if chosen.outcome == route.Outcome.LATER and row.received_at > act.now(session) - STAFF_WAITS_FOR_DNS:
        return act.Result(InboundState.RECEIVED, reason=chosen.reason)
    still = cut is not None and (cut.first, cut.sent) == (place.first, place.sent)
    text = cut.text if cut is not None and still else _text(tools, work, place, patience=IN_A_TRANSACTION)
    trace["cut"] = {"by": text.cut_by, "trimmed": len(text.trimmed), "signature": len(text.signature), "hidden": text.hidden_lines}
    incoming = act.Incoming(
        row, work.mail, work.reading.html, text, work.files, chosen, place.verdict, trace.get("admins_only"), work.handed_over,
        work.handed_files,
    )  # fmt: skip
    if chosen.outcome == route.Outcome.STAFF_OPENS and (found := work.handed_over) is not None:
        trace["handed_over"] = {"by": found.found_by, "from": found.sender.address, "message_id": found.message_id}
    try:
        with db.all_or_nothing(session):
            return ACTS.get(chosen.outcome, act.on)(session, house, incoming)
    except Refused as refused:
        return act.held(HeldReason.REFUSED, chosen.ticket, str(refused))


def _placed(session: Session, house: Installation, work: Work, row: InboundMail) -> _Place:
    """Where the mail goes by the facts as they are; nothing is written."""
    seen = route_facts.signals(house.mint, work.mail, work.envelope)
    confirmed = bool(row.amended.get("confirmed_sender"))
    verdict = SenderVerdict.PASS if confirmed else work.judgement.verdict
    facts = route_facts.gather(
        session,
        work.mail,
        seen,
        verdict,
        by_dkim=work.judgement.mechanism == "dkim",
        confirmed=confirmed,
        staff_must_pass=house.settings.staff_must_pass,
        forward=work.reading.forward or work.handed_over is not None,
        reopen_days=house.settings.reopen_days,
    )
    chosen = route.decide(facts, work.reading.verdict.kind)
    sent = route_facts.what_we_sent(session, seen, chosen.ticket or chosen.follows, facts.sender)
    return _Place(seen, chosen, verdict, _begins(chosen, seen), tuple(sent))


def _text(tools: Tools, work: Work, place: _Place, *, patience: float = PATIENCE) -> ReplyText:
    mail = work.mail
    name = mail.sender.name if mail.sender is not None else ""
    return tools.reader.cut(mail.text, mail.html, place.sent, first=place.first, sender_name=name, patience=patience)


def _begins(chosen: route.Route, seen: route_facts.Signals) -> bool:
    """Whether the mail is the first of a ticket: then no word of it is a quote, unless it answers a mail of ours."""
    if chosen.outcome == route.Outcome.STAFF_OPENS:
        return not seen.minted
    return chosen.outcome == route.Outcome.NEW and chosen.follows is None and not chosen.answers_update


def _finish(row: InboundMail, result: act.Result, trace: dict[str, Any]) -> None:
    row.state = result.state
    row.held_number = result.held if result.state == InboundState.HELD else None
    row.held_reason = result.reason if result.state == InboundState.HELD else None
    row.ticket_number, row.comment_id = result.ticket, result.comment
    row.error = None
    trace["result"] = asdict(result)
    row.trace = trace
    if result.state == InboundState.RECEIVED:
        row.due_at = func.now() + timedelta(minutes=15)
    else:
        row.processed_at = func.now()


def _header(mail: ParsedMail) -> tuple[str | None, str | None, str]:
    sender = mail.sender.address.lower() if mail.sender is not None else None
    return mail.message_id, sender, mail.subject[:998]


def _first_words(work: Work) -> dict[str, Any]:
    mail, verdict = work.mail, work.reading.verdict
    return {
        "parsed": {
            "from": [one.address for one in mail.senders],
            "defects": list(mail.defects),
            "attachments": len(mail.attachments),
        },
        "judged": {"verdict": work.judgement.verdict, "detail": work.judgement.detail},
        "classified": {"kind": verdict.kind, "rule": verdict.rule, "reason": verdict.reason},
    }


def summary(row: InboundMail) -> dict[str, Any]:
    """What was decided about a mail, and the names of the functions that decided it."""
    return {
        "state": row.state,
        "held": row.held_number,
        "kind": row.kind,
        "rule": row.rule,
        "rung": row.matched_by,
        "sender_verdict": row.sender_verdict,
        "ticket": row.ticket_number,
    }
