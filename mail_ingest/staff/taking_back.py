"""`#undo`: the agent's last mail on the ticket is taken back whole while its answer has not left, later only what it changed."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import or_, select

from helpdesk import db, tickets, undo
from helpdesk.errors import Refused
from helpdesk.models import Comment, CommentState, InboundMail, InboundState, Ticket
from mail_ingest.act import Result
from mail_ingest.mail import CommandBlock
from mail_ingest.staff import answers, naming
from mail_ingest.staff.desk import Desk

CHANGES_WITHIN = timedelta(hours=48)
MOST_LOOKED_AT = 20
# mails that did nothing that could be taken back are no "last mail"
_CHANGE_NOTHING = frozenset({"#undo", "#send", "#send all", "#discard", "#show", "#help"})
_STAYS = ("#merge", "#requester", "#cc", "#mute")


def done(desk: Desk, block: CommandBlock) -> Result | None:
    """What `#undo` did; None where the mail is none. The agent is always told."""
    alone = len(block.commands) == 1 and not block.problems and not block.text.strip()
    if not alone or block.commands[0].name != "undo":
        return None
    ticket = tickets.find(desk.session, desk.by, desk.incoming.route.ticket, lock=True)
    mail = _meant(desk, ticket)
    if mail is None:
        answers.receipt(desk, ["There is no mail of yours on this ticket that could be taken back."], heading="Nothing was done")
    else:
        heading, lines = _taken_back(desk, ticket, mail)
        mail.amended = {**mail.amended, "undone": True}
        answers.receipt(desk, [*lines, *_what_stays(mail)], heading=heading, ticket=ticket.number)
    return Result(InboundState.COMMAND, ticket.number, commands=("#undo",))


def _meant(desk: Desk, ticket: Ticket) -> InboundMail | None:
    """The mail whose receipt is answered (or what told of its ticket), else the agent's last one on this ticket."""
    answered = naming.answered(desk)
    own = (
        select(InboundMail)
        .where(
            InboundMail.sender.in_([one.address for one in desk.agent.addresses]),
            InboundMail.ticket_number == ticket.number,
            or_(
                InboundMail.state.in_((InboundState.COMMENT, InboundState.COMMAND)),
                (InboundMail.state == InboundState.TICKET) & InboundMail.comment_id.is_not(None),
            ),
            InboundMail.id != desk.incoming.row.id,
        )
        .order_by(InboundMail.processed_at.desc(), InboundMail.id.desc())
        .limit(MOST_LOOKED_AT)
    )
    if answered is not None and answered.kind in ("receipt", "opened_for") and answered.inbound_mail_id is not None:
        named = desk.session.scalar(own.where(InboundMail.id == answered.inbound_mail_id))
        if named is not None and _changed_something(named):
            return named
    return next((one for one in desk.session.scalars(own) if _changed_something(one)), None)


def _changed_something(mail: InboundMail) -> bool:
    return mail.comment_id is not None or not set(_commands(mail)) <= _CHANGE_NOTHING


def _commands(mail: InboundMail) -> list[str]:
    return list((mail.trace.get("result") or {}).get("commands") or ())


def _taken_back(desk: Desk, ticket: Ticket, mail: InboundMail) -> tuple[str, list[str]]:
    """The heading and the lines of the answer; the ticket must be locked."""
    comment = desk.session.get(Comment, mail.comment_id) if mail.comment_id is not None else None
    if mail.amended.get("undone") or (comment is not None and comment.state == CommentState.WITHDRAWN):
        return "Nothing was done", ["That mail was taken back already."]
    if comment is not None and not comment.internal:
        try:
            with db.all_or_nothing(desk.session):
                undo.withdraw(desk.session, ticket, comment, desk.by)
        except Refused:
            pass
        else:
            return "Taken back", [
                "Your answer is taken back: nobody got it.",
                "What your mail changed on the ticket is as it was before.",
            ]
    at = comment.created_at if comment is not None else mail.processed_at
    try:
        with db.all_or_nothing(desk.session):
            restored = undo.take_back(desk.session, desk.by, at, within=CHANGES_WITHIN) if at is not None else []
    except Refused as error:
        return "Nothing was done", [str(error)]
    lines = [] if comment is None else ["Your note stays on the ticket." if comment.internal else _LEFT]
    lines.append(
        "What your mail changed on the ticket is as it was before." if restored else "It changed nothing that could be taken back."
    )
    return ("Taken back" if restored else "Nothing was done"), lines


_LEFT = "The mail has left: your answer cannot be taken back any more."


def _what_stays(mail: InboundMail) -> list[str]:
    stays = [one for one in _commands(mail) if one.partition(" ")[0] in _STAYS]
    opened = ["The ticket stays."] if mail.state == InboundState.TICKET else []
    return [*opened, *(f"Not taken back: {one}" for one in stays)]
