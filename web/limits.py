"""How often something may be tried: counted in the database where it must hold across processes, in memory for mere rates."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from fastapi import Request
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from helpdesk import db
from helpdesk.models import Attempt
from web.problems import TooMany

if TYPE_CHECKING:
    from web.deps import Desk

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
# what is tried -> at most so many in each span, per subject
LIMITS: Mapping[str, tuple[tuple[int, timedelta], ...]] = {
    "password": ((5, 15 * _MINUTE),),  # per account, whether it exists or not
    "password from network": ((20, 15 * _MINUTE),),
    "second factor": ((5, 15 * _MINUTE),),  # codes of an app and recovery codes, per person
    "form": ((5, _HOUR), (20, 24 * _HOUR)),  # tickets of people who are not signed in, per network
    "link": ((3, 15 * _MINUTE),),  # sign-in links, per address
    "link from network": ((10, _HOUR),),
    "code": ((5, 15 * _MINUTE),),  # six-digit codes, per address
}
# what is asked for -> at most so many a minute, per person, token or network
RATES: Mapping[str, int] = {"api": 600, "search": 30, "typing": 120}


def spend(session: Session, what: str, subject: str | None) -> int | None:
    """Count one try of `what` by `subject`, or raise TooMany; gives the try's number, for `forgive`.

    Tries of one subject wait for each other, so that a burst of parallel ones cannot pass. Without a subject (see `network`)
    nothing is counted.
    """
    if subject is None:
        return None
    db.in_turn(session, f"{what} {subject}")
    for most, span in LIMITS[what]:
        recent = session.execute(
            select(func.count(), func.extract("epoch", func.min(Attempt.at) + span - func.now())).where(
                Attempt.what == what, Attempt.subject == subject, Attempt.at > func.now() - span
            )
        ).one()
        if recent[0] >= most:
            raise TooMany("That was too often: please wait a little.", max(1, round(recent[1])))
    attempt = Attempt(what=what, subject=subject)
    session.add(attempt)
    session.flush()
    return attempt.id


def forgive(session: Session, *attempts: int | None) -> None:
    """These tries succeeded and do not count."""
    session.execute(delete(Attempt).where(Attempt.id.in_([one for one in attempts if one is not None])))


def network(request: Request) -> str | None:
    """The client's network (/24 or /64), or None on this machine: behind an unnamed proxy all the world would share one limit."""
    try:
        address = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.is_loopback:
        return None
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 64), strict=False))


def search(request: Request, desk: Desk, words: str) -> None:
    """Count one search of this person, or where nobody is signed in of their network; without words it is none."""
    subject = f"person {desk.person.id}" if desk.person is not None else network(request)
    if words.strip() and subject is not None:
        desk.web.rates.spend("search", subject)


class Rates:
    """Counts of this process: a window of one minute for each thing and subject."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._window = 0
        self._counts: dict[tuple[str, str], int] = {}

    def spend(self, what: str, subject: str) -> None:
        """Count one, or raise TooMany."""
        now = time.time()
        with self._lock:
            if int(now // 60) != self._window:
                self._window, self._counts = int(now // 60), {}
            count = self._counts.get((what, subject), 0) + 1
            self._counts[what, subject] = count
        if count > RATES[what]:
            raise TooMany(f"At most {RATES[what]} a minute.", 60 - int(now % 60))
