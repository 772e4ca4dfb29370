"""Whom a mail brings along: those in copy who take part from then on, and all who are remembered for answers of their own."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from helpdesk import addressing, participants, people
from helpdesk.errors import Refused
from helpdesk.installation import Installation
from helpdesk.models import MailMailbox, MailReference, Participant, ParticipantRole, Person, Ticket
from helpdesk.outbox import NO_AUTOMATIC_MAIL_TO
from helpdesk.permissions import Viewer
from mail_ingest.mail import Address, ParsedMail

MOST_MAILBOXES = 50


def join(session: Session, house: Installation, ticket: Ticket, mail: ParsedMail, by: Viewer) -> None:
    """Cc and To of a proved requester's mail take part from now on, as long as ten are not exceeded.

    Never an address of ours, a robot, staff, or somebody who was taken out of copy before: a header brings nobody back.
    """
    present = participants.of(session, ticket.number)
    room = participants.MOST_IN_COPY - sum(one.role == ParticipantRole.CC for one in present)
    wanted: list[Person] = []
    for one in (*mail.to, *mail.cc):
        if len(wanted) >= room:
            break
        person = _stranger_to(session, house, ticket, one)
        if person is not None and person not in wanted:
            wanted.append(person)
    if wanted:
        participants.add_cc(session, ticket, wanted, by)


def remember(session: Session, mail_id: int, sender: str, mail: ParsedMail) -> None:
    """Keep who stood in From, To and Cc, and which ids were named, for the answers of colleagues in copy and early answers."""
    mailboxes = _lower(mail.cc, "cc") | _lower(mail.to, "to")
    mailboxes = dict(list(mailboxes.items())[:MOST_MAILBOXES]) | {sender.lower(): "from"}
    rows = [{"inbound_mail_id": mail_id, "address": address, "field": field} for address, field in mailboxes.items()]
    session.execute(insert(MailMailbox).values(rows).on_conflict_do_nothing())
    named = list(dict.fromkeys((*mail.in_reply_to, *mail.references[-5:])))[:10]
    if named:
        ids = [{"message_id": one[:998], "inbound_mail_id": mail_id} for one in named]
        session.execute(insert(MailReference).values(ids).on_conflict_do_nothing())


def _stranger_to(session: Session, house: Installation, ticket: Ticket, one: Address) -> Person | None:
    """Whose mailbox this is, if they may join and never took part before."""
    if addressing.is_ours(house.mint, house.settings.inbound_addresses, one.address) or NO_AUTOMATIC_MAIL_TO.match(one.address):
        return None
    try:
        person = people.find_or_make(session, one.address, one.name)
    except Refused:
        return None
    known = session.get(Participant, (ticket.number, person.id))
    return None if person.is_staff or known is not None else person


def _lower(mailboxes: Iterable[Address], field: str) -> dict[str, str]:
    return {one.address.lower(): field for one in mailboxes}
