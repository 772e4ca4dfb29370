"""An agent's mail that opens a ticket: for the customer whose mail they hand over, for whom `#requester` names, else their own.

Who may: an agent whose address is proved (A=PASS), or who wrote to their own address for new tickets
(`addressing.opening_address`): it proves them as the token of a notification does, so it works on a telephone and where no judge is
set. From alone opens nothing: such a mail is held, and its owner told.

A forward is not acknowledged: its sender wrote to somebody else, and hears of the ticket when an agent answers, from this mail
(`#reply`, `#macro`) or later. In a forward commands stand first: nobody but the agent can have written there. Below their words
begins what the customer wrote, in whatever form a program prints that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from helpdesk import addressing, attachments, outbox, people, tickets
from helpdesk.addressing import Purpose
from helpdesk.attachments import StoredFile
from helpdesk.errors import Refused
from helpdesk.installation import Installation
from helpdesk.models import Comment, Event, InboundMail, InboundState, MailReference, OutboxMessage, Person, Source, Ticket
from helpdesk.sign_in import links
from helpdesk.tickets import NewTicket
from helpdesk.words import HeldReason
from mail_ingest import commands, forwarded, staff_mail
from mail_ingest.act import Incoming, Result, by_address, held, remember_addresses
from mail_ingest.acting import copies
from mail_ingest.mail import Command, CommandBlock, CommandProblem, Forwarded, ReplyText, SenderVerdict
from mail_ingest.parsing.mime_parts import BORROWED_TEXT
from mail_ingest.quotes import marks
from mail_ingest.quotes.marks import Mark
from mail_ingest.route import staff_forward
from mail_ingest.staff import answers, held_answers, leaks, own_files, quoting, receipts, runners
from mail_ingest.staff.desk import Desk, refused, shown

NOT_FIRST = "in a forward commands stand first, above your own words"
_OF_OTHERS = frozenset({Mark.QUOTED, Mark.INTRODUCTION, Mark.HEADER, Mark.BANNER, Mark.ANCHOR, Mark.FORWARD})
_NO_NEED_OF_PROOF = frozenset({"requester"})  # it changes no ticket that there is: it says for whom the new one is


def act(session: Session, house: Installation, incoming: Incoming) -> Result:
    """Open the ticket and do what the agent's commands say, in one step; a problem holds the mail and is answered line by line."""
    desk = Desk(session, house, incoming, session.get_one(Person, incoming.route.person))
    said = _said(incoming)
    block = _commands(incoming, said)
    try:
        settled = None if _is_forward(incoming) else held_answers.settled(desk, said, block)
        if settled is not None:
            return settled
        if block.commands and {one.name for one in block.commands} == {"help"} and not block.text.strip():
            answers.help_card(desk)
            return Result(InboundState.COMMAND, commands=("#help",))
        return staff_mail.tried(desk, said, block, _opened, free=_NO_NEED_OF_PROOF)
    except Refused as error:
        answers.command_error(desk, [CommandProblem(0, "", str(error))], said)
        return held(HeldReason.REFUSED, None, str(error))


def _is_forward(incoming: Incoming) -> bool:
    return incoming.route.matched_by == staff_forward.__name__


def _said(incoming: Incoming) -> str:
    """The agent's own words; a forward in which they cannot be told from the rest has none."""
    if "text" in incoming.row.amended:
        return str(incoming.row.amended["text"])
    if incoming.handed_over is not None:
        return incoming.handed_over.words
    return "" if _is_forward(incoming) else incoming.text.visible


def _commands(incoming: Incoming, said: str) -> CommandBlock:
    if BORROWED_TEXT in incoming.mail.defects and not _is_forward(incoming):
        return CommandBlock(said)
    block = commands.read(said)
    if not _is_forward(incoming) and not _holds_anothers_words(incoming, said):
        return block
    late = tuple(CommandProblem(one.line, shown(one), NOT_FIRST) for one in block.commands if one.below)
    return replace(block, commands=tuple(one for one in block.commands if not one.below), problems=(*block.problems, *late))


def _holds_anothers_words(incoming: Incoming, said: str) -> bool:
    """Whether somebody else may have written its end: its subject marks a forward that was not understood, or it quotes."""
    subject = incoming.mail.subject
    if incoming.text.trimmed or forwarded.bare_subject(subject) != subject.strip():
        return True
    return any(mark in _OF_OTHERS for mark in marks.mark(said.split("\n")))


@dataclass(frozen=True, slots=True)
class _Whom:
    """For whom the ticket is. `doubt`: why it is the agent's own, "" where it is not or was meant so. `named`: by `#requester`."""

    person: Person
    doubt: str = ""
    named: bool = False


def _opened(desk: Desk, block: CommandBlock) -> Result:
    incoming, forward = desk.incoming, _is_forward(desk.incoming)
    whom = _whom(desk, block)
    ticket = _ticket(desk, block, whom)
    remember_addresses(desk.session, incoming)
    if incoming.handed_over is not None and incoming.handed_over.message_id:
        named = {"message_id": incoming.handed_over.message_id[:998], "inbound_mail_id": incoming.row.id}
        desk.session.execute(insert(MailReference).values(named).on_conflict_do_nothing())
    for command in runners.before_the_message(block.commands):
        if command.name != "requester":
            runners.run(desk, ticket, command)
    answer = _forward_posted(desk, block, ticket) if forward else _letter_posted(desk, block, ticket, whom)
    if not forward and incoming.verdict == SenderVerdict.PASS:
        copies.join(desk.session, desk.house, ticket, incoming.mail, desk.by)
    for command in runners.after_the_message(block.commands):
        if command.name == "spam" and answer is not None:
            raise refused(command, "what you wrote would go to the sender of spam")
        runners.run(desk, ticket, command)
    if answer is None and whom.person.id != desk.agent.id:
        theirs = OutboxMessage.person_id == whom.person.id
        outbox.cancel(desk.session, ticket.number, theirs, "they did not write to us: an answer comes first")
    if forward or whom.named:
        _tell(desk, ticket, whom, answer)
    done = tuple(shown(command) for command in block.commands)
    return Result(InboundState.TICKET, ticket.number, answer.id if answer is not None else None, commands=done)


# --- for whom


def _whom(desk: Desk, block: CommandBlock) -> _Whom:
    """`#requester` wins over the sender that the forward names; where neither is anybody outside it is the agent's own."""
    wanted = [one for one in block.commands if one.name == "requester"]
    if wanted:
        return _Whom(_named(desk, wanted[-1]), named=True)
    if not _is_forward(desk.incoming):
        return _Whom(desk.agent)
    found = desk.incoming.handed_over
    if found is None:
        return _Whom(desk.agent, "no original sender could be found in your forward")
    if not found.sender.address:
        return _Whom(desk.agent, f"your forward names {people.clean_name(found.sender.name)}, but no address")
    try:
        _may_ask(desk, found.sender.address)
        return _Whom(people.find_or_make(desk.session, found.sender.address, found.sender.name))
    except Refused:
        return _Whom(desk.agent, f"your forward is of a mail from {found.sender.address}, which is nobody outside")


def _named(desk: Desk, command: Command) -> Person:
    try:
        _may_ask(desk, command.value)
        return people.find_or_make(desk.session, command.value)
    except Refused as error:
        raise refused(command, str(error)) from error


def _may_ask(desk: Desk, address: str) -> None:
    """Refused where the address is ours or a colleague's."""
    if addressing.is_ours(desk.house.mint, desk.house.settings.inbound_addresses, address):
        raise Refused("This is our own address.", "requester")
    known = people.person_at(desk.session, address)
    if known is not None and known.is_staff:
        raise Refused("An agent is no requester: assign the ticket instead.", "requester")


# --- the ticket and its messages


def _ticket(desk: Desk, block: CommandBlock, whom: _Whom) -> Ticket:
    """The ticket with its first message: the mail that was handed over, or nothing where an agent begins the conversation."""
    incoming, found = desk.incoming, desk.incoming.handed_over
    forward = _is_forward(incoming)
    text, html = _first_message(desk, block, whom)
    kind, priority = by_address(desk.house, incoming.row.rcpt_to)
    ticket = tickets.open_ticket(
        desk.session,
        NewTicket(
            type=kind,
            priority=priority,
            title=(found.subject if found is not None else "") or forwarded.bare_subject(incoming.mail.subject),
            description=text,
            html=html,
            requester=whom.person,
            source=Source.EMAIL,
            verified=not forward or whom.person.id == desk.agent.id,
            acknowledge=incoming.route.acknowledge and not forward,
            inbound_mail_id=incoming.row.id,
            may_belong_to=incoming.route.may_belong_to or _known_already(desk.session, found),
        ),
        desk.by,
        acknowledgements_an_hour=desk.house.settings.acknowledgements_an_hour,
    )
    attachments.attach(desk.session, ticket.number, None, _first_files(incoming) if not whom.named or forward else ())
    return ticket


def _first_message(desk: Desk, block: CommandBlock, whom: _Whom) -> tuple[str, str | None]:
    """Its text and HTML, without anybody's keys to tickets of ours."""
    incoming, found = desk.incoming, desk.incoming.handed_over
    if found is not None:
        return _without_keys(desk, found.text), _without_keys(desk, found.html) if found.html else None
    if _is_forward(incoming):
        return _without_keys(desk, incoming.text.visible), None
    if whom.named:
        return "", None
    return block.text, incoming.html if not block.commands and "text" not in incoming.row.amended else None


def _without_keys(desk: Desk, text: str) -> str:
    return links.without_keys(addressing.without_tokens(desk.house.mint, text), desk.house.settings.base_url)


def _known_already(session: Session, found: Forwarded | None) -> int | None:
    """The ticket that the very mail is on, where it came to us as well."""
    if found is None or not found.message_id:
        return None
    wanted = select(InboundMail.ticket_number).where(
        InboundMail.message_id == found.message_id, InboundMail.ticket_number.is_not(None)
    )
    return session.scalar(wanted.order_by(InboundMail.id).limit(1))


def _first_files(incoming: Incoming) -> tuple[StoredFile, ...]:
    """The files of the mail that was handed over: its own where it was attached, else all that is no mail program's addition."""
    if incoming.handed_over is not None and incoming.handed_over.place is not None:
        return incoming.handed_files
    return tuple(one for one in incoming.files if not own_files.is_personal(one))


def _forward_posted(desk: Desk, block: CommandBlock, ticket: Ticket) -> Comment | None:
    """The agent's words as a note (public with `#reply`); a canned response is for the requester unless `#note` says otherwise.

    Gives the public message, if there is one.
    """
    audience = [one.name for one in block.commands if one.name in runners.AUDIENCE]
    said = audience[-1] if audience else ""
    if said == "reply":
        note, public = "", staff_mail.with_macros(desk, leaks.without_own_tail(desk, block)[1], ticket)
    elif said == "note":
        note, public = staff_mail.with_macros(desk, block, ticket), ""
    else:
        note, public = block.text, staff_mail.with_macros(desk, replace(block, text=""), ticket)
    place = desk.incoming.handed_over.place if desk.incoming.handed_over is not None else None
    others = [one for at, one in enumerate(desk.incoming.files) if place is not None and at != place]
    files = [one for one in others if not one.inline and not own_files.is_personal(one)]
    if note.strip() or (files and not public):
        attachments.attach(desk.session, ticket.number, _posted(desk, ticket, note, internal=True).id, files)
    return _posted(desk, ticket, public, internal=False) if public.strip() else None


def _letter_posted(desk: Desk, block: CommandBlock, ticket: Ticket, whom: _Whom) -> Comment | None:
    """The agent's text as the first public message to whom `#requester` names (a note with `#note`); none on their own ticket."""
    internal = [one.name for one in block.commands if one.name in runners.AUDIENCE][-1:] == ["note"]
    if whom.named and not internal:
        block = leaks.without_own_tail(desk, block)[1]
    text = staff_mail.with_macros(desk, block, ticket)
    files = desk.incoming.files if internal or not whom.named else own_files.for_the_public(desk, block.text).files
    if not whom.named or not (text.strip() or files):
        return None
    comment = _posted(desk, ticket, text, internal=internal)
    attachments.attach(desk.session, ticket.number, comment.id, files)
    return None if internal else comment


def _posted(desk: Desk, ticket: Ticket, text: str, *, internal: bool) -> Comment:
    quoting.refuse_keys(desk, text, internal=internal)
    own = replace(desk, incoming=replace(desk.incoming, text=ReplyText(text.strip())))
    return staff_mail.post(own, ticket, text.strip(), internal=internal)


def _tell(desk: Desk, ticket: Ticket, whom: _Whom, answer: Comment | None) -> None:
    """The agent learns for whom it was opened, and corrects it by a reply; without a requester outside a reply is a note."""
    desk.session.flush()
    name, leaves = whom.person.name, receipts.leaves_at(desk, answer)
    outbox.enqueue(
        desk.session,
        "opened_for",
        desk.agent.address,
        ticket_number=ticket.number,
        person_id=desk.agent.id,
        inbound_mail_id=desk.incoming.row.id,
        seen_event_id=desk.session.scalar(select(func.max(Event.id)).where(Event.ticket_number == ticket.number)),
        purpose=Purpose.NOTE if whom.person.id == desk.agent.id else Purpose.REPLY,
        reason="you opened it by mail",
        data={
            "whom": "" if whom.person.id == desk.agent.id else f"{name} <{whom.person.address}>" if name else whom.person.address,
            "doubt": whom.doubt,
            "answered": answer is not None,
        }
        | ({"leaves": held_answers.moment(leaves)} if leaves is not None else {}),
    )
