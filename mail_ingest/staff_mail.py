"""An agent's mail: a public reply or a note, and what its command lines ask for. All or nothing.

The token decides what a bare reply is (a notification of a requester's message: public; of a note: note); `#note` and `#reply` win.
Whatever cannot be done holds the whole mail and tells its agent why.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from helpdesk import addressing, attachments, canned, comments, outbox, participants, people, tickets
from helpdesk.addressing import Purpose
from helpdesk.errors import Refused
from helpdesk.installation import Installation
from helpdesk.models import CannedResponse, InboundState, MutedTicket, Person, Ticket
from helpdesk.permissions import Via, Viewer, viewer_of
from helpdesk.words import HeldReason
from mail_ingest import commands
from mail_ingest.act import Incoming, Result, held, new_comment, now, remember_addresses
from mail_ingest.command_table import COMMANDS
from mail_ingest.mail import Command, CommandBlock, CommandProblem, SenderVerdict
from mail_ingest.reply_text import NOTHING_LEFT

ERROR_ANSWERS_AN_HOUR = 5
# parts that mail programs add by themselves and that carry the agent's own address
PERSONAL = frozenset(
    {
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-signature",
        "application/pgp-keys",
        "text/vcard",
        "text/x-vcard",
        "text/directory",
    }
)
SPANS = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
DESTRUCTIVE = frozenset(rule.name for rule in COMMANDS if rule.destructive)


def act(session: Session, house: Installation, incoming: Incoming) -> Result:
    """Do what the agent wrote, in one step; a problem holds the mail, changes nothing and is answered line by line."""
    agent = session.get_one(Person, incoming.route.person)
    if incoming.route.purpose == Purpose.UNSUBSCRIBE:
        return _unsubscribed(session, incoming, agent)
    own_words = "" if incoming.text.cut_by == NOTHING_LEFT else incoming.text.visible
    block = commands.read(own_words)
    if block.problems:
        return _held(session, incoming, agent, block.problems)
    if not block.text and not block.commands and not incoming.files:
        return Result(InboundState.IGNORED, incoming.route.ticket, reason="the agent wrote nothing")
    try:
        with session.begin_nested():
            return _done(session, house, incoming, agent, block)
    except _LineRefused as refused:
        return _held(session, incoming, agent, (refused.problem,))


def _unsubscribed(session: Session, incoming: Incoming, agent: Person) -> Result:
    """A mail to the List-Unsubscribe address mutes the ticket; whatever a mail program wrote into it is nobody's answer."""
    ticket = tickets.find(session, viewer_of(agent, Via.EMAIL), incoming.route.ticket, lock=True)
    _mute(session, incoming, ticket, viewer_of(agent, Via.EMAIL), "")
    return Result(InboundState.COMMAND, ticket.number, commands=("#mute",))


class _LineRefused(Exception):
    def __init__(self, problem: CommandProblem) -> None:
        super().__init__(problem.reason)
        self.problem = problem


def _done(session: Session, house: Installation, incoming: Incoming, agent: Person, block: CommandBlock) -> Result:
    route = incoming.route
    by = viewer_of(agent, Via.EMAIL, address=incoming.sender.address)
    ticket = tickets.find(session, by, route.ticket, lock=True)
    text = _with_macros(session, house, block, ticket, by)
    comment = None
    if text.strip() or incoming.files:
        internal = _is_note(block, route.purpose)
        comment = comments.add_comment(
            session,
            ticket,
            new_comment(incoming, agent, content=text.strip(), internal=internal),
            by,
            already=() if internal else {one.address.lower() for one in (*incoming.mail.to, *incoming.mail.cc)},
        )
        files = incoming.files if internal else [one for one in incoming.files if one.content_type not in PERSONAL]
        attachments.attach(session, ticket.number, comment.id, files)
        remember_addresses(session, incoming)
    # a canned response acts first, so that what the agent wrote themselves wins
    for command in sorted(block.commands, key=lambda one: one.name != "macro"):
        _run(session, incoming, ticket, by, command)
    state = InboundState.COMMENT if comment is not None else InboundState.COMMAND
    done = tuple(_shown(command) for command in block.commands)
    return Result(state, ticket.number, comment.id if comment is not None else None, commands=done)


def _with_macros(session: Session, house: Installation, block: CommandBlock, ticket: Ticket, by: Viewer) -> str:
    """The text with each canned response where its command stood: above the text or below it."""
    above, below = list[str](), list[str]()
    for command in block.commands:
        if command.name == "macro":
            response = _canned(session, by, command)
            (below if command.below else above).append(canned.fill(response.content, _values(house, ticket, by)))
    return "\n\n".join(part for part in (*above, block.text.strip(), *below) if part)


def _canned(session: Session, by: Viewer, command: Command) -> CannedResponse:
    try:
        return canned.find(session, by, command.value)
    except Refused as error:
        raise _LineRefused(CommandProblem(command.line, _shown(command), str(error))) from error


def _values(house: Installation, ticket: Ticket, by: Viewer) -> canned.Values:
    tag = addressing.tag(house.mint.prefix, ticket.number)
    return canned.values_of(
        ticket,
        by,
        ticket_tag=tag,
        ticket_url=f"{house.settings.base_url}/ticket/{tag}",
        support_address=house.settings.support_address,
        helpdesk_name=house.settings.name,
    )


def _is_note(block: CommandBlock, purpose: Purpose) -> bool:
    said = [command.name for command in block.commands if command.name in ("note", "reply")]
    return said[-1] == "note" if said else purpose == Purpose.NOTE


def _shown(command: Command) -> str:
    return f"#{command.name} {command.value}".strip()


Runner = Callable[[Session, Incoming, Ticket, Viewer, str], None]


def _run(session: Session, incoming: Incoming, ticket: Ticket, by: Viewer, command: Command) -> None:
    if command.name in ("note", "reply"):
        return
    runner = RUNNERS.get(command.name)
    if runner is None:
        raise _LineRefused(CommandProblem(command.line, _shown(command), "this cannot be done by mail"))
    if command.name in DESTRUCTIVE and incoming.verdict != SenderVerdict.PASS:
        raise _LineRefused(CommandProblem(command.line, _shown(command), "this needs a mail whose sender is proved (DKIM or SPF)"))
    try:
        runner(session, incoming, ticket, by, command.value)
    except Refused as error:
        raise _LineRefused(CommandProblem(command.line, _shown(command), str(error))) from error


def _status(session: Session, incoming: Incoming, ticket: Ticket, by: Viewer, value: str) -> None:
    tickets.change_status(session, ticket, value, by)


def _take(session: Session, incoming: Incoming, ticket: Ticket, by: Viewer, value: str) -> None:
    tickets.assign(session, ticket, session.get_one(Person, by.person_id), by)


def _assign(session: Session, incoming: Incoming, ticket: Ticket, by: Viewer, value: str) -> None:
    tickets.assign(session, ticket, None if value.lower() == "none" else people.agent_named(session, value), by)


def _field(name: str) -> Runner:
    def run(session: Session, incoming: Incoming, ticket: Ticket, by: Viewer, value: str) -> None:
        tickets.edit(session, ticket, by, **{name: value.lower()})

    return run


def _title(session: Session, incoming: Incoming, ticket: Ticket, by: Viewer, value: str) -> None:
    tickets.edit(session, ticket, by, title=value)


def _tag(session: Session, incoming: Incoming, ticket: Ticket, by: Viewer, value: str) -> None:
    words = value.replace(",", " ").split()
    gone = set(tickets.tags_from([word[1:] for word in words if word.startswith("-")]))
    added = tickets.tags_from([word for word in words if not word.startswith("-")])
    tickets.edit(session, ticket, by, tags=tickets.tags_from([*(set(ticket.tags) - gone), *added]))


def _known(session: Session, incoming: Incoming, ticket: Ticket, by: Viewer, value: str) -> None:
    tickets.edit(session, ticket, by, is_public=value.lower() == "on")


def _snooze(session: Session, incoming: Incoming, ticket: Ticket, by: Viewer, value: str) -> None:
    tickets.edit(session, ticket, by, snoozed_until=_until(value, now(session)))


def _until(value: str, start: datetime) -> datetime:
    """The end of a snooze: "3d" from now, or the morning of a day (`command_table.duration` lets nothing else through)."""
    unit = value.lstrip("0123456789")
    if unit in SPANS:
        return start + int(value.removesuffix(unit)) * SPANS[unit]
    return datetime.combine(date.fromisoformat(value), time(8), UTC)


def _cc(session: Session, incoming: Incoming, ticket: Ticket, by: Viewer, value: str) -> None:
    words = value.split()
    participants.add_cc(session, ticket, [people.find_or_make(session, one) for one in words if not one.startswith("-")], by)
    for one in words:
        if one.startswith("-"):
            participants.remove_cc(session, ticket, people.find_or_make(session, one[1:]), by)


def _macro(session: Session, incoming: Incoming, ticket: Ticket, by: Viewer, value: str) -> None:
    response = canned.find(session, by, value)
    response.used += 1
    canned.act(session, ticket, response.actions, by)


def _mute(session: Session, incoming: Incoming, ticket: Ticket, by: Viewer, value: str) -> None:
    session.execute(insert(MutedTicket).values(ticket_number=ticket.number, person_id=by.person_id).on_conflict_do_nothing())


# what each command calls; a command of the grammar that is not here is refused by name, never ignored
RUNNERS: dict[str, Runner] = {
    "macro": _macro,
    "status": _status,
    "take": _take,
    "assign": _assign,
    "priority": _field("priority"),
    "type": _field("type"),
    "tag": _tag,
    "subject": _title,
    "known": _known,
    "cc": _cc,
    "snooze": _snooze,
    "mute": _mute,
}


def _held(session: Session, incoming: Incoming, agent: Person, problems: tuple[CommandProblem, ...]) -> Result:
    """Nothing is done; the agent gets each bad line with its reason and their text back, five such answers an hour at most."""
    recent = outbox.count_recent(session, agent.address, "command_error", timedelta(hours=1))
    if recent < ERROR_ANSWERS_AN_HOUR:
        lines = [{"line": one.line, "text": one.text, "reason": one.reason, "suggestion": one.suggestion} for one in problems]
        outbox.enqueue(
            session,
            "command_error",
            agent.address,
            ticket_number=incoming.route.ticket,
            person_id=agent.id,
            inbound_mail_id=incoming.row.id,
            seen_event_id=incoming.route.seen,
            purpose=incoming.route.purpose,
            reason="your mail was held",
            data={"problems": lines, "text": incoming.text.visible[:20_000]},
        )
    words = "; ".join(f"line {one.line}: {one.reason}" for one in problems[:5])
    return held(HeldReason.COMMAND_PROBLEM, incoming.route.ticket, f"commands: {words}")
