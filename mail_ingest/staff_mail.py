"""An agent's mail: a public reply or a note, and what its command lines ask for. All or nothing.

The token decides what a bare reply is (a notification of a requester's message: public; of a note: note); `#note` and `#reply` win.
Whatever cannot be done holds the whole mail and tells its agent why; their reply settles it (`staff/held_answers`), and it comes
here again with what they said of it in `InboundMail.amended`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from helpdesk import addressing, attachments, canned, comments, db, tickets
from helpdesk.addressing import Purpose
from helpdesk.attachments import StoredFile
from helpdesk.errors import NotFound, Refused
from helpdesk.installation import Installation
from helpdesk.models import CannedResponse, Comment, InboundState, Person, Ticket
from helpdesk.words import HeldReason
from mail_ingest import commands
from mail_ingest.act import Incoming, Result, held, new_comment, remember_addresses
from mail_ingest.acting import requester
from mail_ingest.command_table import COMMANDS
from mail_ingest.mail import Command, CommandBlock, CommandProblem, Outcome, ReplyText, SenderVerdict
from mail_ingest.parsing.mime_parts import BORROWED_TEXT
from mail_ingest.reply_text import NOTHING_LEFT
from mail_ingest.staff import answers, held_answers, leaks, own_files, quoting, receipts, runners, stale, taking_back
from mail_ingest.staff.desk import Desk, LineRefused, refused, shown
from mail_ingest.staff.leaks import MaybeALeak
from mail_ingest.staff.stale import Stale

DESTRUCTIVE = frozenset(rule.name for rule in COMMANDS if rule.destructive)
ALL_QUOTED = "All of your mail is marked as a quotation. Write above the quoted mail, below it, or between its lines."
MOST_KEPT = 100_000  # characters of what was cut from a mail that is held


def act(session: Session, house: Installation, incoming: Incoming) -> Result:
    """Do what the agent wrote, in one step; a problem holds the mail, changes nothing and is answered line by line."""
    incoming = _as_amended(incoming)
    desk = Desk(session, house, incoming, session.get_one(Person, incoming.route.person))
    if incoming.route.purpose == Purpose.UNSUBSCRIBE:
        return _unsubscribed(desk)
    borrowed = BORROWED_TEXT in incoming.mail.defects
    said = "" if borrowed or incoming.text.cut_by == NOTHING_LEFT else incoming.text.visible
    desk, said = leaks.without_known_tail(desk, said)
    if incoming.route.purpose == Purpose.RESOLVE and not borrowed:
        said = _solved(said, desk.agent.name)
    block = commands.read(said)
    try:
        if incoming.text.cut_by == NOTHING_LEFT and not borrowed and not incoming.files:
            raise Refused(ALL_QUOTED)  # maybe typed into the quote: they must not believe that it was sent
        settled = held_answers.settled(desk, said, block) or taking_back.done(desk, block)
        if settled is not None:
            return settled
        if not block.text and not block.commands and not block.problems and not incoming.files:
            return Result(InboundState.IGNORED, incoming.route.ticket, reason="the agent wrote nothing")
        return tried(desk, said, block, _done)
    except Refused as error:
        known = not isinstance(error, NotFound)  # a ticket that the agent may not see is not quoted to them
        answers.command_error(desk, [CommandProblem(0, "", str(error))], said, about_ticket=known, final=True)
        return held(HeldReason.REFUSED, incoming.route.ticket, str(error))


def _solved(said: str, name: str) -> str:
    """What the link "It is solved" asks for, in the mail of an agent who is the requester: the command, and what else they say."""
    rest = requester.without_the_sentence(said, (name,))
    return said if rest is None else f"#resolved\n\n{rest}".strip()


def _as_amended(incoming: Incoming) -> Incoming:
    """The mail as it was read when it was held, with its lines corrected since: what we mailed about it is no quote in it."""
    kept = incoming.row.amended
    if "text" not in kept:
        return incoming
    return replace(incoming, text=ReplyText(kept["text"], kept.get("trimmed", ""), kept.get("signature", "")))


def _unsubscribed(desk: Desk) -> Result:
    """A mail to the List-Unsubscribe address mutes the ticket; whatever a mail program wrote into it is nobody's answer."""
    ticket = tickets.find(desk.session, desk.by, desk.incoming.route.ticket, lock=True)
    runners.mute(desk, ticket)
    return Result(InboundState.COMMAND, ticket.number, commands=("#mute",))


class _NothingDone(Exception):
    """All of it is taken back, since a part could not be done."""


def tried(
    desk: Desk,
    said: str,
    block: CommandBlock,
    do: Callable[[Desk, CommandBlock], Result],
    *,
    free: Collection[str] = (),
) -> Result:
    """`do` all of it, or hold the mail with every line that stopped it; after `#send`, all that can be done.

    Commands in `free` need no proof here, though elsewhere they cannot be taken back.
    """
    amended = desk.incoming.row.amended
    problems, unproved = list(block.problems), [one for one in _unproved(desk, block) if one.name not in free]
    left_out = {one.line for one in problems}
    if amended.get("send"):
        left_out |= {one.line for one in unproved}
        unproved = []
    rest = _without(block, left_out)
    while True:
        empty = not rest.text.strip() and not rest.commands and not desk.incoming.files
        if empty and amended.get("send") and desk.incoming.route.outcome == Outcome.STAFF_COMMENT:
            return Result(InboundState.IGNORED, desk.incoming.route.ticket, reason="nothing was left of it without its bad lines")
        try:
            with db.all_or_nothing(desk.session):
                result = do(desk, rest)
                if unproved or (problems and not amended.get("send")):
                    raise _NothingDone
                return result
        except LineRefused as error:
            problems.append(error.problem)
            rest = _without(rest, {error.problem.line})
        except _NothingDone:
            return _held(desk, said, block, problems, unproved)
        except (Stale, MaybeALeak) as question:
            if problems and not amended.get("send"):
                return _held(desk, said, block, problems, unproved)
            return _asked(desk, said, block, question)


def _unproved(desk: Desk, block: CommandBlock) -> list[Command]:
    """Commands that cannot be taken back, where nothing but the token says that this agent wrote them."""
    amended = desk.incoming.row.amended
    proved = desk.incoming.verdict == SenderVerdict.PASS and amended.get("lines_proved", True)
    if proved or amended.get("confirmed"):
        return []
    return [one for one in block.commands if one.name in DESTRUCTIVE]


def _without(block: CommandBlock, lines: Collection[int]) -> CommandBlock:
    return replace(block, commands=tuple(one for one in block.commands if one.line not in lines), problems=())


def _done(desk: Desk, block: CommandBlock) -> Result:
    ticket = _locked(desk, block)
    for command in runners.before_the_message(block.commands):
        runners.run(desk, ticket, command)
    internal = _is_note(block, desk.incoming.route.purpose)
    block = quoting.answers_only(desk, ticket, block, internal=internal)
    if not internal:
        desk, block = leaks.without_own_tail(desk, block)
    chosen = own_files.Chosen(desk.incoming.files) if internal else own_files.for_the_public(desk, block.text)
    text = with_macros(desk, block, ticket)
    quoting.refuse_keys(desk, text, internal=internal)
    comment = None
    if text.strip() or chosen.files:
        comment = _posted(desk, block, ticket, text.strip(), chosen.files)
    for command in runners.after_the_message(block.commands):
        if command.name == "spam" and comment is not None and not comment.internal:
            raise refused(command, "what you wrote would go to the sender of spam: add #note, or leave the text out")
        runners.run(desk, ticket, command)
    desk.session.flush()
    done = tuple(shown(command) for command in block.commands)
    left_out = f"not sent on: {', '.join(chosen.left_out)}" if chosen.left_out else ""
    if comment is None and not done:
        return Result(InboundState.IGNORED, ticket.number, reason=left_out or "nothing was left of it without the signature")
    receipts.send(desk, ticket, comment, done, left_out=left_out, tell=chosen.unsure)
    state = InboundState.COMMENT if comment is not None else InboundState.COMMAND
    return Result(state, ticket.number, comment.id if comment is not None else None, left_out, commands=done)


def _locked(desk: Desk, block: CommandBlock) -> Ticket:
    """The ticket, locked; with the one it is merged into the lower number first: two merges never wait for each other."""
    number = desk.incoming.route.ticket or 0
    others = (runners.merge_target(desk, one.value) for one in block.commands if one.name == "merge")
    for other in sorted({number, *(one for one in others if one is not None)}):
        tickets.locked(desk.session, other)
    return tickets.find(desk.session, desk.by, number, lock=True)


def _posted(desk: Desk, block: CommandBlock, ticket: Ticket, text: str, files: Sequence[StoredFile]) -> Comment:
    """The message of the mail; a public one waits when somebody wrote meanwhile, and leaves after the agent's undo time."""
    incoming = desk.incoming
    internal = _is_note(block, incoming.route.purpose)
    newer = [] if internal else stale.newer(desk, ticket)
    if newer:
        raise Stale(newer)
    comment = post(desk, ticket, text, internal=internal)
    attachments.attach(desk.session, ticket.number, comment.id, files)
    remember_addresses(desk.session, incoming)
    return comment


def post(desk: Desk, ticket: Ticket, text: str, *, internal: bool) -> Comment:
    """The agent's message; it leaves after their undo time, and not to whom they wrote themselves."""
    mail = desk.incoming.mail
    return comments.add_comment(
        desk.session,
        ticket,
        new_comment(desk.incoming, desk.agent, content=text, internal=internal),
        desk.by,
        delay=receipts.undo_time(desk),
        already=() if internal else {one.address.lower() for one in (*mail.to, *mail.cc)},
    )


def with_macros(desk: Desk, block: CommandBlock, ticket: Ticket) -> str:
    """The text with each canned response where its command stood: above the text or below it."""
    above, below = list[str](), list[str]()
    for command in block.commands:
        if command.name == "macro":
            response = _canned(desk, command)
            (below if command.below else above).append(canned.fill(response.content, _values(desk, ticket)))
    return "\n\n".join(part for part in (*above, block.text.strip(), *below) if part)


def _canned(desk: Desk, command: Command) -> CannedResponse:
    try:
        return canned.find(desk.session, desk.by, command.value)
    except Refused as error:
        raise refused(command, str(error)) from error


def _values(desk: Desk, ticket: Ticket) -> canned.Values:
    settings, tag = desk.house.settings, addressing.tag(desk.house.mint.prefix, ticket.number)
    return canned.values_of(
        ticket,
        desk.by,
        ticket_tag=tag,
        ticket_url=f"{settings.base_url}/ticket/{tag}",
        support_address=settings.support_address,
        helpdesk_name=settings.name,
    )


def _is_note(block: CommandBlock, purpose: Purpose) -> bool:
    said = [command.name for command in block.commands if command.name in runners.AUDIENCE]
    return said[-1] == "note" if said else purpose == Purpose.NOTE


def _held(desk: Desk, said: str, block: CommandBlock, problems: list[CommandProblem], unproved: list[Command]) -> Result:
    """Nothing is done; the agent gets each bad line with its reason, or else a link that confirms what cannot be taken back."""
    problems = sorted((_as_written(one, said) for one in problems), key=lambda one: one.line)
    _keep(desk, said, block, problems)
    if problems:
        answers.command_error(desk, problems, said)
        words = "; ".join(f"line {one.line}: {one.reason}" for one in problems[:5])
    else:
        answers.confirm(desk, [shown(one) for one in block.commands], said)
        words = f"{', '.join(shown(one) for one in unproved)} to be confirmed"
    return held(HeldReason.COMMAND_PROBLEM, desk.incoming.route.ticket, f"commands: {words}")


def _asked(desk: Desk, said: str, block: CommandBlock, question: Stale | MaybeALeak) -> Result:
    """Nothing is wrong with the mail, and yet its agent must say whether it goes."""
    _keep(desk, said, block, ())
    if isinstance(question, Stale):
        answers.newer_message(desk, question.newer, said)
        return held(HeldReason.NEWER_MESSAGE, desk.incoming.route.ticket)
    answers.maybe_signature(desk, question.block, said)
    return held(HeldReason.MAYBE_A_LEAK, desk.incoming.route.ticket)


def _as_written(problem: CommandProblem, said: str) -> CommandProblem:
    """The agent reads their own line, not the form in which it was understood."""
    lines = said.split("\n")
    return replace(problem, text=lines[problem.line - 1].strip()[:200]) if 0 < problem.line <= len(lines) else problem


def _keep(desk: Desk, said: str, block: CommandBlock, problems: Collection[CommandProblem]) -> None:
    """What the mail says is kept as it was read now: a correction names its lines."""
    text, row = desk.incoming.text, desk.incoming.row
    row.amended = {
        **row.amended,
        "text": said,
        "trimmed": text.trimmed[:MOST_KEPT],
        "signature": text.signature[:MOST_KEPT],
        "bad": sorted({one.line for one in problems}),
        "commands": [shown(one) for one in block.commands],
    }
