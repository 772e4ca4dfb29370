"""A held mail is settled by its agent's reply to what we said of it: `#send`, `#send all`, `#discard`, or the corrected lines.

The held mail then goes back to its start and is processed again as amended. A reply with a text of its own is a mail of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from helpdesk.models import InboundMail, InboundState, OutboxMessage
from helpdesk.staff import own_held, preferences
from helpdesk.staff.preferences import Receipts
from helpdesk.words import HeldReason
from mail_ingest import commands
from mail_ingest.act import Result
from mail_ingest.mail import Command, CommandBlock, SenderVerdict
from mail_ingest.staff import answers, naming
from mail_ingest.staff.desk import Desk, shown

# commands that say nothing about a held mail, even in a reply to it
_ABOUT_THE_TICKET = frozenset({"show", "help", "undo"})
TOO_LATE = (
    "It is too late to settle this mail by a reply: more than 48 hours have passed.",
    "It waits among the held mails, where an administrator finds it. Nothing was posted.",
)


def settled(desk: Desk, said: str, block: CommandBlock) -> Result | None:
    """What the reply does to a held mail; None where it is about none."""
    if desk.incoming.row.amended or block.text.strip() or not said.strip():
        return None
    only = block.commands[0] if len(block.commands) == 1 and not block.problems else None
    named = _named(desk)
    if only is not None and only.name == "send" and only.value == "all":
        return _sent_all(desk, only)
    if only is not None and only.name in ("send", "discard"):
        return _decided(desk, named, only)
    return _corrected(desk, named, said, block) if named is not None else None


def still_waits(desk: Desk) -> InboundMail | None:
    """The held mail that a mail with a text of its own answers: nothing happened to it."""
    named = _named(desk)
    return own_held.one(desk.session, desk.agent, named.inbound_mail_id) if named is not None else None


def described(mail: InboundMail) -> str:
    """A held mail in a few words."""
    return f"“{(mail.subject or '(no subject)')[:80]}” of {moment(mail.received_at)}"


def moment(at: datetime) -> str:
    """A moment as it stands in a mail."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _named(desk: Desk) -> OutboxMessage | None:
    found = naming.answered(desk)
    return found if found is not None and found.kind in answers.HELD_KINDS and found.inbound_mail_id is not None else None


def _decided(desk: Desk, named: OutboxMessage | None, command: Command) -> Result:
    mail = _meant(desk, named)
    if mail is None:
        return _nothing(desk, command, _why_nothing(desk, named))
    if own_held.too_late(desk.session, mail):
        return _nothing(desk, command, TOO_LATE)
    if command.name == "discard":
        own_held.discard(desk.session, mail, desk.by)
        if preferences.of(desk.agent).receipts != Receipts.ERRORS:
            answers.receipt(desk, [f"Thrown away: your mail {described(mail)}. Nothing of it was posted."])
    else:
        _send(desk, mail, named, whole=command.value == "whole")
    return _did(desk, command, f"about held mail {mail.id}")


def _sent_all(desk: Desk, command: Command) -> Result:
    mails = own_held.waiting(desk.session, desk.agent)
    if not mails:
        return _nothing(desk, command, ["No held mail of yours waits."])
    for mail in mails:
        _send(desk, mail, None)
    return _did(desk, command, f"about held mails {', '.join(str(mail.id) for mail in mails)}")


def _corrected(desk: Desk, named: OutboxMessage, said: str, block: CommandBlock) -> Result | None:
    """The reply is nothing but command lines: they take the place of the bad ones, in order."""
    about_the_ticket = not block.problems and {one.name for one in block.commands} <= _ABOUT_THE_TICKET
    if about_the_ticket or [file for file in desk.incoming.files if not file.inline]:
        return None
    mail = own_held.one(desk.session, desk.agent, named.inbound_mail_id)
    if mail is None or not mail.amended.get("bad"):
        return None
    shown_lines = tuple(line.strip() for line in said.split("\n") if line.strip())
    if own_held.too_late(desk.session, mail):
        answers.receipt(desk, TOO_LATE, heading="Nothing was done")
        return Result(InboundState.COMMAND, desk.incoming.route.ticket, reason="too late for a held mail", commands=shown_lines)
    text = corrected(mail.amended["text"], mail.amended["bad"], shown_lines)
    # what was confirmed, or proved by the mail itself, were other lines
    proved = desk.incoming.verdict == SenderVerdict.PASS and mail.amended.get("lines_proved", True)
    own_held.process_again(desk.session, mail, desk.by, text=text, bad=[], confirmed=False, lines_proved=proved)
    return Result(InboundState.COMMAND, desk.incoming.route.ticket, reason=f"about held mail {mail.id}", commands=shown_lines)


def corrected(text: str, bad: Sequence[int], lines: Sequence[str]) -> str:
    """The text with `lines` for its bad ones (numbers from 1), in order; what has no counterpart stays, or is added on top.

    A bad line in the middle of the text goes, and its correction stands on top, where commands stand.
    """
    rows = text.split("\n")
    on_top: list[str] = list(lines[len(bad) :])
    gone: list[int] = []
    for number, line in zip(sorted(bad), lines, strict=False):
        if _in_a_block(rows, number - 1):
            rows[number - 1] = line
        else:
            on_top.append(line)
            gone.append(number - 1)
    return "\n".join([*on_top, *(row for at, row in enumerate(rows) if at not in gone)])


def _in_a_block(rows: Sequence[str], at: int) -> bool:
    return not commands.read("\n".join(rows[: at + 1])).text.strip() or not commands.read("\n".join(rows[at:])).text.strip()


def _meant(desk: Desk, named: OutboxMessage | None) -> InboundMail | None:
    """The held mail that is meant: the one whose answer is answered, else the only one about this ticket."""
    if named is not None:
        return own_held.one(desk.session, desk.agent, named.inbound_mail_id)
    waiting = own_held.waiting(desk.session, desk.agent, desk.incoming.route.ticket)
    return waiting[0] if len(waiting) == 1 else None


def _why_nothing(desk: Desk, named: OutboxMessage | None) -> list[str]:
    if named is not None:
        return ["The mail that you mean waits no more: it was sent, thrown away, or settled by somebody else."]
    waiting = own_held.waiting(desk.session, desk.agent, desk.incoming.route.ticket)
    if not waiting:
        return ["No mail of yours about this ticket is held."]
    return ["Several mails of yours wait: reply to the answer that each of them got, or write #send all.", *map(described, waiting)]


def _send(desk: Desk, mail: InboundMail, named: OutboxMessage | None, *, whole: bool = False) -> None:
    """The mail goes out as far as it can: without its bad lines or its signature, or whatever came in between."""
    if mail.held_number == HeldReason.NEWER_MESSAGE:
        told = named if named is not None and named.kind == "newer_message" else _last_difference(desk, mail)
        own_held.process_again(desk.session, mail, desk.by, newer_seen=told.seen_event_id or 0 if told is not None else 0)
    elif mail.held_number == HeldReason.MAYBE_A_LEAK:
        own_held.process_again(desk.session, mail, desk.by, no_leak="whole" if whole else "cut")
    else:
        own_held.process_again(desk.session, mail, desk.by, send=True, **_without_bad_lines(mail))


def _without_bad_lines(mail: InboundMail) -> dict[str, Any]:
    """What was told to be wrong goes, wherever it stands: a command in the middle of the text would reach the requester."""
    bad = set(mail.amended.get("bad", ()))
    if not bad:
        return {}
    rows = str(mail.amended["text"]).split("\n")
    return {"text": "\n".join(row for number, row in enumerate(rows, 1) if number not in bad), "bad": []}


def _last_difference(desk: Desk, mail: InboundMail) -> OutboxMessage | None:
    wanted = select(OutboxMessage).where(OutboxMessage.kind == "newer_message", OutboxMessage.inbound_mail_id == mail.id)
    return desk.session.scalar(
        wanted.where(OutboxMessage.ticket_number == mail.ticket_number).order_by(OutboxMessage.id.desc()).limit(1)
    )


def _nothing(desk: Desk, command: Command, why: Sequence[str]) -> Result:
    answers.receipt(desk, why, heading="Nothing was done")
    return _did(desk, command, why[0])


def _did(desk: Desk, command: Command, reason: str) -> Result:
    return Result(InboundState.COMMAND, desk.incoming.route.ticket, reason=reason, commands=(shown(command),))
