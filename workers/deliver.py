"""What is sent, retried and given up: one message of the outbox, from its claim to its record (T3).

The claim, the composed mail and the result are three short transactions; composing and sending happen with none open. Whoever dies
in between leaves a lease that runs out, so every message is tried again with the same octets and the same Message-ID.
"""

from __future__ import annotations

import logging
import re
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from helpdesk import db, outbox
from helpdesk.delivery import failures
from helpdesk.delivery.failures import Failure
from helpdesk.errors import NotFound, Refused, TryLater
from helpdesk.installation import Installation
from helpdesk.models import OutboxMessage
from workers import facts, send_smtp
from workers.compose import compose
from workers.outgoing import House, Outgoing
from workers.relay import Relay
from workers.send_smtp import Answer, Outcome

log = logging.getLogger("helpdesk.delivery")
MOST_ATTACHED = 10 * 1024 * 1024  # octets of files in one mail; beyond, they are linked to
RENEW_EVERY = 20.0  # seconds; a lease is renewed as long as its holder lives
RECORD_FOR = 600.0  # seconds in which a result is worth recording late: losing it would send the mail twice
TELL_AFTER = timedelta(hours=4)  # of trying, the author is told that it takes long
_relay = Relay()


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that is ours to deliver; `mime` is None before it was composed, and then `outgoing` has the facts."""

    number: int
    lease: uuid.UUID
    kind: str
    recipient: str
    envelope_from: str
    mime: bytes | None
    outgoing: Outgoing | None


def one(installation: Installation, number: int) -> Answer | None:
    """Deliver message `number` if it is due and nobody else has it; gives the answer, or None where there was nothing to do.

    Raises TryLater when the database is away: the message stays as it is and a timer finds it.
    """
    with _relay.turn() as ours:
        claimed = _claim(installation, number) if ours else None
        return _delivered(installation, claimed) if claimed is not None else None


def house_of(installation: Installation) -> House:
    """What every mail of this installation shares."""
    settings = installation.settings
    return House(settings.name, settings.base_url, installation.mint, settings.reopen_days)


def _delivered(installation: Installation, claimed: Claimed) -> Answer | None:
    with _kept(installation, claimed):
        try:
            ready = _composed(installation, claimed)
            answer = _sent(installation, ready) if ready is not None else None
        except TryLater as error:
            answer = Answer(Outcome.LATER, 0, str(error))
        except Refused as refused:
            answer = Answer(Outcome.NEVER, 0, str(refused))
        except Exception as error:  # a fault of ours: the message stays and shows in the outbox, the others go on
            log.exception("message %s was not composed", claimed.number)
            answer = Answer(Outcome.LATER, 0, f"could not be composed: {type(error).__name__}")
        if answer is not None:
            _record_patiently(installation, claimed, answer)
    return answer


def _claim(installation: Installation, number: int) -> Claimed | None:
    with db.transaction(installation.engine) as session:
        message = outbox.claim(session, number)
        if message is None or message.lease is None:
            return None
        outgoing = facts.gather(session, message, house_of(installation)) if message.mime is None else None
        return Claimed(
            message.id, message.lease, message.kind, message.recipient, message.envelope_from or "", message.mime, outgoing
        )


def _composed(installation: Installation, claimed: Claimed) -> Claimed | None:
    """The message with its octets, kept in the row before the first try; None when somebody else took it over meanwhile."""
    if claimed.outgoing is None:
        return claimed
    mail = compose(_with_files(installation, claimed.outgoing))
    values = {
        "mime": mail.mime,
        "message_id": mail.message_id,
        "subject": mail.subject,
        "body_text": mail.body_text,
        "envelope_from": mail.envelope_from,
    }
    with db.transaction(installation.engine) as session:
        if not outbox.composed(session, claimed.number, claimed.lease, values):
            return None
    return replace(claimed, mime=mail.mime, envelope_from=mail.envelope_from, outgoing=None)


def _with_files(installation: Installation, mail: Outgoing) -> Outgoing:
    """An agent's reply carries its files as long as they are small enough together; all other mail links to them."""
    if mail.message is None or mail.kind != "reply" or sum(file.size for file in mail.message.files) > MOST_ATTACHED:
        return mail
    files = []
    for file in mail.message.files:
        try:
            files.append(replace(file, content=installation.storage.get(file.key)))
        except NotFound:
            files.append(file)
    return replace(mail, message=replace(mail.message, files=tuple(files)))


def _sent(installation: Installation, ready: Claimed) -> Answer:
    settings = installation.settings
    if settings.outbound == "capture":
        return Answer(Outcome.OK, 0, "captured: no relay is set")
    answer = send_smtp.send(settings.outbound, ready.envelope_from, ready.recipient, ready.mime or b"", helo=settings.domain)
    _relay.said(answer)
    return answer


def _record_patiently(installation: Installation, claimed: Claimed, answer: Answer) -> None:
    """Record the result even if the database is away for a while."""
    deadline = time.monotonic() + RECORD_FOR
    pause = 0.5
    while True:
        try:
            with db.transaction(installation.engine) as session:
                _record(session, installation, claimed, answer)
            break
        except TryLater:
            if time.monotonic() > deadline:
                raise
            time.sleep(pause)
            pause = min(pause * 2, 10.0)
    log.info("delivery", extra={"outbox": claimed.number, "kind": claimed.kind, "outcome": answer.kind, "answer": str(answer)})


def _record(session: Session, installation: Installation, claimed: Claimed, answer: Answer) -> None:
    words = str(answer)
    if answer.kind == Outcome.OK:
        outbox.sent(session, claimed.number, claimed.lease, words, captured=installation.settings.outbound == "capture")
        return
    message = session.scalar(
        select(OutboxMessage).where(OutboxMessage.id == claimed.number, OutboxMessage.lease == claimed.lease).with_for_update()
    )
    if message is None:
        return
    if answer.kind == Outcome.NEVER:
        outbox.bury(session, claimed.number, claimed.lease, words)
        failures.happened(session, message, _failure(answer))
        return
    waited = session.execute(select(func.now())).scalar_one() - message.created_at
    outbox.retry_later(session, message, words, ambiguous=answer.kind == Outcome.AMBIGUOUS)
    if waited > outbox.GIVE_UP_AFTER:
        failures.happened(session, message, _failure(answer))
    elif waited > TELL_AFTER:
        failures.tell_author(session, message, words, delayed=True)


def _failure(answer: Answer) -> Failure:
    """Of a relay's answer only a code about the mailbox (RFC 3463: x.1.x, x.2.x) says something of the recipient.

    All else can be about us: "550 relaying denied" from a relay that is set up wrongly must not stop the mail of everybody.
    """
    stated = re.match(r"([45]\.[12]\.\d{1,3})\b", answer.text)
    return Failure("failed", stated[1] if stated else None, str(answer))


@contextmanager
def _kept(installation: Installation, claimed: Claimed) -> Iterator[None]:
    """Our lease is renewed while the block runs, however slow the peer is: only the dead lose one."""
    done = threading.Event()

    def renew() -> None:
        while not done.wait(RENEW_EVERY):
            try:
                with db.transaction(installation.engine) as session:
                    session.execute(
                        update(OutboxMessage)
                        .where(OutboxMessage.id == claimed.number, OutboxMessage.lease == claimed.lease)
                        .values(lease_until=func.now() + outbox.LEASE)
                    )
            except TryLater:
                continue

    renewer = threading.Thread(target=renew, name=f"lease-{claimed.number}", daemon=True)
    renewer.start()
    try:
        yield
    finally:
        done.set()
        renewer.join()
