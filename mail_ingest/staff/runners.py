"""What each command calls: the one table. A command of the grammar that is not here is refused by name, never ignored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy.dialects.postgresql import insert

from helpdesk import canned, participants, people, tickets
from helpdesk.errors import NotFound, Refused
from helpdesk.models import MutedTicket, Person, Ticket
from helpdesk.reshaping import merge
from mail_ingest.act import now
from mail_ingest.mail import Command
from mail_ingest.staff import answers
from mail_ingest.staff.desk import Desk, refused

SPANS = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
# a canned response acts first, so that what the agent wrote themselves wins; what closes or shows the ticket comes last
ORDER = {"macro": -1, "merge": 1, "spam": 1, "show": 2, "help": 2}
AUDIENCE = ("note", "reply")
# who takes part is settled before the message is posted: it goes to them
WHO = ("requester", "cc")

Runner = Callable[[Desk, Ticket, str], None]


def run(desk: Desk, ticket: Ticket, command: Command) -> None:
    """Do what one command asks for; raises LineRefused with the reason when it cannot be done."""
    if command.name in AUDIENCE:
        return
    runner = RUNNERS.get(command.name)
    if runner is None:
        raise refused(command, "this cannot be done by mail")
    try:
        runner(desk, ticket, command.value)
    except Refused as error:
        raise refused(command, str(error)) from error


def before_the_message(commands: tuple[Command, ...]) -> list[Command]:
    """The commands that say who gets the message."""
    return [one for one in commands if one.name in WHO]


def after_the_message(commands: tuple[Command, ...]) -> list[Command]:
    """All others, as they are run."""
    return sorted((one for one in commands if one.name not in WHO), key=lambda one: ORDER.get(one.name, 0))


def merge_target(desk: Desk, value: str) -> int | None:
    """The number of the ticket that `#merge` names, or None."""
    return tickets.number_of(desk.session, value, desk.house.mint.prefix)


def _status(desk: Desk, ticket: Ticket, value: str) -> None:
    tickets.change_status(desk.session, ticket, value, desk.by)


def _take(desk: Desk, ticket: Ticket, value: str) -> None:
    tickets.assign(desk.session, ticket, desk.session.get_one(Person, desk.agent.id), desk.by)


def _assign(desk: Desk, ticket: Ticket, value: str) -> None:
    wanted = None if value.lower() == "none" else people.agent_named(desk.session, value)
    tickets.assign(desk.session, ticket, wanted, desk.by)


def _field(name: str) -> Runner:
    def run(desk: Desk, ticket: Ticket, value: str) -> None:
        tickets.edit(desk.session, ticket, desk.by, **{name: value.lower()})

    return run


def _title(desk: Desk, ticket: Ticket, value: str) -> None:
    tickets.edit(desk.session, ticket, desk.by, title=value)


def _tag(desk: Desk, ticket: Ticket, value: str) -> None:
    words = value.replace(",", " ").split()
    gone = set(tickets.tags_from([word[1:] for word in words if word.startswith("-")]))
    added = tickets.tags_from([word for word in words if not word.startswith("-")])
    tickets.edit(desk.session, ticket, desk.by, tags=tickets.tags_from([*(set(ticket.tags) - gone), *added]))


def _known(desk: Desk, ticket: Ticket, value: str) -> None:
    tickets.edit(desk.session, ticket, desk.by, is_public=value.lower() == "on")


def _snooze(desk: Desk, ticket: Ticket, value: str) -> None:
    tickets.edit(desk.session, ticket, desk.by, snoozed_until=_until(value, now(desk.session)))


def _until(value: str, start: datetime) -> datetime:
    """The end of a snooze: "3d" from now, or the morning of a day (`command_table.duration` lets nothing else through)."""
    unit = value.lstrip("0123456789")
    if unit in SPANS:
        return start + int(value.removesuffix(unit)) * SPANS[unit]
    end = datetime.combine(date.fromisoformat(value), time(8), UTC)
    if end <= start:
        raise Refused("that day has begun or is over: name a later one")
    return end


def _cc(desk: Desk, ticket: Ticket, value: str) -> None:
    words = value.split()
    wanted = [people.find_or_make(desk.session, one) for one in words if not one.startswith("-")]
    staff = [one.address for one in wanted if one.is_staff]
    if staff:
        raise Refused(f"{', '.join(staff)}: agents are never in copy; name them in a note, or assign the ticket")
    participants.add_cc(desk.session, ticket, wanted, desk.by)
    for one in words:
        if one.startswith("-"):
            gone = people.person_at(desk.session, people.normal_address(one[1:]))
            if gone is None:
                raise Refused(f"{one[1:]} is not in copy.")
            participants.remove_cc(desk.session, ticket, gone, desk.by)


def _requester(desk: Desk, ticket: Ticket, value: str) -> None:
    participants.set_requester(desk.session, ticket, people.find_or_make(desk.session, value), desk.by)


def _merge(desk: Desk, ticket: Ticket, value: str) -> None:
    try:
        into = tickets.find(desk.session, desk.by, merge_target(desk, value), lock=True)
    except NotFound as error:
        raise Refused(f"There is no ticket {value}.") from error
    merge.merge(desk.session, ticket, into, desk.by, tag=desk.tag(into))


def _spam(desk: Desk, ticket: Ticket, value: str) -> None:
    tickets.mark_spam(desk.session, ticket, desk.by)


def _macro(desk: Desk, ticket: Ticket, value: str) -> None:
    response = canned.find(desk.session, desk.by, value)
    response.used += 1
    canned.act(desk.session, ticket, response.actions, desk.by)


def mute(desk: Desk, ticket: Ticket, value: str = "") -> None:
    """The agent gets no more mail about the ticket."""
    row = {"ticket_number": ticket.number, "person_id": desk.agent.id}
    desk.session.execute(insert(MutedTicket).values(row).on_conflict_do_nothing())


def _show(desk: Desk, ticket: Ticket, value: str) -> None:
    answers.show(desk, ticket)


def _help(desk: Desk, ticket: Ticket, value: str) -> None:
    answers.help_card(desk)


def _alone(desk: Desk, ticket: Ticket, value: str) -> None:
    raise Refused("this stands alone in a mail, without text or other commands")


RUNNERS: dict[str, Runner] = {
    "macro": _macro,
    "status": _status,
    "take": _take,
    "assign": _assign,
    "priority": _field("priority"),
    "type": _field("type"),
    "tag": _tag,
    "known": _known,
    "merge": _merge,
    "cc": _cc,
    "requester": _requester,
    "subject": _title,
    "snooze": _snooze,
    "spam": _spam,
    "mute": mute,
    "show": _show,
    "help": _help,
    "send": _alone,
    "discard": _alone,
    "undo": _alone,
}
