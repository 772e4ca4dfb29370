"""The story of one mail: load, read, judge, route, cut, act; stages 3-5 before the transaction, the rest within it (T2).

All or nothing: T2 leaves the ticket, its outbox rows, the verdict and the trace, or nothing at all. A failed try is counted and
comes again after 10 s, 1, 5, 30 min and 2 h; then the mail is held with its error. The raw mail is never touched.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from helpdesk import addressing, attachments, db, raw_mail
from helpdesk.attachments import File, StoredFile
from helpdesk.errors import Refused, TryLater
from helpdesk.installation import Installation
from helpdesk.models import InboundMail, InboundState
from helpdesk.words import HELD_WORDS, HeldReason
from mail_ingest import act, authenticate, bounces, classify, intake, route, route_facts, sign_up_codes, staff_mail
from mail_ingest.authenticate import Judge, Judgement
from mail_ingest.mail import Envelope, Kind, ParsedMail, Reading
from mail_ingest.reader import Reader, ReaderFailed
from mail_ingest.sender.resolver import Resolver, SystemResolver

log = logging.getLogger("helpdesk.mail")
TRIES = tuple(timedelta(seconds=seconds) for seconds in (10, 60, 300, 1800, 7200))
STAFF_WAITS_FOR_DNS = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Work:
    """One mail with all that was found out before the transaction."""

    mail_id: int
    raw: bytes
    envelope: Envelope
    reading: Reading
    judgement: Judgement
    files: tuple[StoredFile, ...]

    @property
    def mail(self) -> ParsedMail:
        """What the bytes say."""
        return self.reading.mail


@dataclass(frozen=True, slots=True)
class Tools:
    """What a process that reads mail holds: the installation, the reader's children, the judge and its DNS."""

    house: Installation
    reader: Reader
    judge: Judge
    resolver: Resolver


@contextmanager
def opened(house: Installation, *, children: int = 2) -> Iterator[Tools]:
    """The tools that the settings describe, with `children` to read mail, for as long as the block lasts; raises BadSetting."""
    settings = house.settings
    judge = authenticate.judge_from_setting(settings.judge, settings.trusted_mtas)
    with Reader(children=children) as reader:
        yield Tools(house, reader, judge, SystemResolver())


def process(tools: Tools, mail_id: int) -> str | None:
    """Bring one mail to its end state and give that state; None when it is not (or no longer) ours to process.

    Raises TryLater when the database is away: the mail stays as it is and a timer finds it.
    """
    loaded = _load(tools.house, mail_id)
    if loaded is None:
        return None
    raw, envelope = loaded
    try:
        work = _find_out(tools, mail_id, raw, envelope)
        return _decide_and_act(tools, work)
    except TryLater:
        raise
    except Exception as error:  # noqa: BLE001  (whatever a stranger's mail sets off: one failed try, the mail stays)
        return _failed_try(tools.house, mail_id, error)


def due(session: Session, most: int) -> list[int]:
    """Mails that wait to be processed, oldest first: what a lost nudge or a failed try left behind."""
    wanted = (
        select(InboundMail.id)
        .where(InboundMail.state == InboundState.RECEIVED, InboundMail.due_at <= func.now())
        .order_by(InboundMail.due_at, InboundMail.id)
        .limit(most)
    )
    return list(session.scalars(wanted))


def dry_run(tools: Tools, mail_id: int) -> dict[str, Any]:
    """What processing this mail now would decide (`summary`); nothing is kept. Mails of any state can be tried."""
    house = tools.house
    with db.transaction(house.engine) as session:
        row = session.get_one(InboundMail, mail_id)
        envelope = intake.envelope_of(row)
    work = _find_out(tools, mail_id, raw_mail.content(house.engine, house.storage, mail_id), envelope, keep_files=False)
    with db.rehearsal(house.engine) as session:
        row = session.get_one(InboundMail, mail_id, with_for_update=True)
        # its own place must not count as a signal of where it belongs
        row.ticket_number = row.comment_id = None
        _decide(session, tools, work, row)
        return summary(row)


def is_own(mint: addressing.Mint, mail: ParsedMail) -> bool:
    """We wrote this mail and somebody sent it back: our loop header, or a Message-ID with our MAC."""
    value = addressing.loop_value(mint)
    return value in mail.all("x-helpdesk-loop") or (
        mail.message_id is not None and addressing.read_message_id(mint, mail.message_id) is not None
    )


def _load(house: Installation, mail_id: int) -> tuple[bytes, Envelope] | None:
    with db.transaction(house.engine) as session:
        row = session.get(InboundMail, mail_id)
        if row is None or row.state != InboundState.RECEIVED:
            return None
        envelope = intake.envelope_of(row)
    return raw_mail.content(house.engine, house.storage, mail_id), envelope


def _find_out(tools: Tools, mail_id: int, raw: bytes, envelope: Envelope, *, keep_files: bool = True) -> Work:
    reading = tools.reader.read(raw, envelope)
    if is_own(tools.house.mint, reading.mail):
        # the child has no keys; `classify.RULES` stays the one table that says what follows
        reading = replace(reading, verdict=classify.classify(reading.mail, envelope, report=reading.report, ours=lambda _: True))
    if reading.over_cap is not None or reading.verdict.kind in (Kind.OWN, Kind.BOUNCE, Kind.COMPLAINT):
        return Work(mail_id, raw, envelope, reading, authenticate.NOT_ASKED, ())
    judgement = authenticate.judge(reading.mail, raw, envelope, tools.judge, tools.resolver)
    came = reading.mail.attachments if keep_files else ()
    files = (File(one.filename, one.content_type, one.content, one.inline, one.content_id) for one in came)
    return Work(mail_id, raw, envelope, reading, judgement, tuple(attachments.store(tools.house.storage, files)))


def _decide_and_act(tools: Tools, work: Work) -> str | None:
    with db.transaction(tools.house.engine) as session:
        row = session.scalar(
            select(InboundMail)
            .where(InboundMail.id == work.mail_id, InboundMail.state == InboundState.RECEIVED)
            .with_for_update(skip_locked=True)
        )
        if row is None:
            return None  # somebody else has it, or had it
        _decide(session, tools, work, row)
    log.info("mail", extra=summary(row) | {"mail": row.id, "reason": row.trace["result"]["reason"] or None})
    return row.state


def _decide(session: Session, tools: Tools, work: Work, row: InboundMail) -> None:
    trace = _first_words(work)
    row.message_id, row.sender, row.subject = _header(work.mail)
    row.kind, row.rule, row.matched_by = work.reading.verdict.kind, work.reading.verdict.rule, None
    row.sender_verdict = work.judgement.verdict
    _finish(row, _outcome(session, tools, work, row, trace), trace)
    session.flush()


def _outcome(session: Session, tools: Tools, work: Work, row: InboundMail, trace: dict[str, Any]) -> act.Result:
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
    seen = route_facts.signals(house.mint, work.mail, work.envelope)
    facts = route_facts.gather(
        session,
        work.mail,
        seen,
        work.judgement.verdict,
        by_dkim=work.judgement.mechanism == "dkim",
        staff_must_pass=house.settings.staff_must_pass,
    )
    chosen = route.decide(facts, kind)
    row.matched_by = chosen.matched_by
    trace["routed"] = {"rung": chosen.matched_by, "tried": list(chosen.tried), "ticket": chosen.ticket, "outcome": chosen.outcome}
    if chosen.outcome == route.Outcome.LATER and row.received_at > act.now(session) - STAFF_WAITS_FOR_DNS:
        return act.Result(InboundState.RECEIVED, reason=chosen.reason)
    sent = route_facts.what_we_sent(session, seen, chosen.ticket, facts.sender)
    text = tools.reader.cut(
        work.mail.text,
        work.mail.html,
        sent,
        first=chosen.outcome == route.Outcome.NEW,
        sender_name=work.mail.sender.name if work.mail.sender else "",
    )
    trace["cut"] = {"by": text.cut_by, "trimmed": len(text.trimmed), "signature": len(text.signature), "hidden": text.hidden_lines}
    secret = sign_up_codes.carries_sign_up_code(work.mail, work.reading.verdict)
    incoming = act.Incoming(row, work.mail, work.reading.html, text, work.files, chosen, work.judgement.verdict, secret)
    try:
        with session.begin_nested():
            do = staff_mail.act if chosen.outcome == route.Outcome.STAFF_COMMENT else act.on
            return do(session, house, incoming)
    except Refused as refused:
        return act.held(HeldReason.REFUSED, chosen.ticket, str(refused))


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


def _failed_try(house: Installation, mail_id: int, error: Exception) -> str | None:
    """Count the try and say when the next one is; after the last the mail is held with its traceback."""
    words = str(error) if isinstance(error, ReaderFailed) else "".join(traceback.format_exception(error))[-4000:]
    with db.transaction(house.engine) as session:
        row = session.scalar(select(InboundMail).where(InboundMail.id == mail_id).with_for_update(skip_locked=True))
        if row is None or row.state != InboundState.RECEIVED:
            return None
        row.attempts += 1
        row.error = words.replace("\x00", "")
        if row.attempts > len(TRIES):
            why = HeldReason.NOT_PROCESSED
            row.state, row.held_number, row.held_reason = InboundState.HELD, why, HELD_WORDS[why]
            row.processed_at = func.now()
        else:
            row.due_at = func.now() + TRIES[row.attempts - 1]
        state = row.state
    log.error("mail not processed", extra={"mail": mail_id, "error": type(error).__name__, "attempt": row.attempts, "state": state})
    return state


def release(session: Session, mail_id: int) -> None:
    """A held mail is processed again from the start, at once (also how a repaired bug is made good)."""
    session.execute(
        update(InboundMail)
        .where(InboundMail.id == mail_id, InboundMail.state == InboundState.HELD)
        .values(state=InboundState.RECEIVED, attempts=0, due_at=func.now(), held_number=None, held_reason=None)
    )


def _header(mail: ParsedMail) -> tuple[str | None, str | None, str]:
    sender = mail.sender.address.lower() if mail.sender is not None else None
    return (mail.message_id[:998] if mail.message_id else None), sender, mail.subject[:998]


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
        "kind": row.kind,
        "rule": row.rule,
        "rung": row.matched_by,
        "sender_verdict": row.sender_verdict,
        "ticket": row.ticket_number,
    }
