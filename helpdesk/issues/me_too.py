"""Whoever is not signed in says "me too" by mail: a link to their address, and one press of its button counts them in or out.

Nothing of an address is stored before its owner opens the link: the key in the link carries it (`links.me_too_link`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk import outbox, people, upvotes
from helpdesk.errors import NotFound
from helpdesk.models import Person, Ticket, Upvote
from helpdesk.permissions import Via, public_tickets, viewer_of
from helpdesk.sign_in import links

KIND = "me_too"
ONE_IN = timedelta(days=1)  # whoever types a stranger's address fills no mailbox


def ask(
    session: Session, keys: Sequence[bytes], base_url: str, prefix: str, number: int | None, address: str, now: datetime
) -> None:
    """Mail this address the link, unless it was mailed one within a day; NotFound when it is no known issue.

    `address` in normal form (see `people.normal_address`).
    """
    title = session.scalar(select(Ticket.title).where(Ticket.number == number, public_tickets()))
    if title is None or number is None:
        raise NotFound("There is no such known issue.")
    if outbox.count_recent(session, address, KIND, ONE_IN):
        return
    link = links.me_too_link(keys, base_url, prefix, number, address, now)
    outbox.enqueue(session, KIND, address, reason="you asked for it", data={"title": title, "link": link})


def is_said(session: Session, number: int, address: str) -> bool:
    """Whether the owner of this address is counted in."""
    person = people.person_at(session, address)
    return person is not None and session.get(Upvote, (number, person.id)) is not None


def say(session: Session, number: int, address: str, *, on: bool) -> int:
    """Count the owner of a mailbox in or out, whose link was opened: that proves the address. Gives how many there are."""
    person = people.find_or_make(session, address)
    if not person.active:
        raise NotFound("There is no such known issue.")
    _prove(person, address)
    viewer = viewer_of(person, Via.WEB, address=address, only_ticket=number)
    return (upvotes.add if on else upvotes.remove)(session, number, person, viewer)


def _prove(person: Person, address: str) -> None:
    for one in person.addresses:
        if one.address == address and one.verified_at is None:
            one.verified_at = func.now()
