"""What is signed in and what holds a token in somebody's name: listed for them, and ended one by one or all at once."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from helpdesk import audit
from helpdesk.errors import NotFound
from helpdesk.models import ApiToken, Person, SignInSession
from helpdesk.permissions import Viewer
from helpdesk.sign_in.credentials import digest

PAGE = 50  # sessions of a list


def sessions_of(session: Session, person: Person, *, page: int = 1) -> tuple[Sequence[SignInSession], int]:
    """One page of the browsers that are signed in as this person, the last used first; and how many there are in all."""
    live = (SignInSession.person_id == person.id) & (SignInSession.expires_at > func.now())
    wanted = select(SignInSession).where(live).order_by(SignInSession.seen_at.desc(), SignInSession.id)
    count = session.scalar(select(func.count()).select_from(SignInSession).where(live)) or 0
    return session.scalars(wanted.limit(PAGE).offset((page - 1) * PAGE)).all(), count


def is_of(row: SignInSession, secret: str) -> bool:
    """Whether this is the session of the browser that holds `secret`."""
    return row.token_hash == digest(secret)


def method_of(session: Session, secret: str) -> str:
    """How the browser that holds `secret` was signed in: one of `credentials.METHODS`."""
    row = session.get(SignInSession, digest(secret))
    return row.method if row is not None else "password"


def end_one(session: Session, by: Viewer, number: int) -> None:
    """End one of one's own sessions: that browser is out at its next request. NotFound for anybody else's."""
    mine = (SignInSession.id == number) & (SignInSession.person_id == by.person_id)
    ended = session.scalar(delete(SignInSession).where(mine).returning(SignInSession.user_agent))
    if ended is None:
        raise NotFound("There is no such session.")
    audit.record(session, "session_ended", by, browser=ended)


def end_all(session: Session, by: Viewer, person: Person, *, keep: str = "") -> int:
    """End every session of a person but the one that holds the secret `keep`; gives how many."""
    theirs = (SignInSession.person_id == person.id) & (SignInSession.token_hash != digest(keep))
    ended = len(session.scalars(delete(SignInSession).where(theirs).returning(SignInSession.id)).all())
    if ended:
        audit.record(session, "sessions_ended", by, address=person.address, count=ended)
    return ended


def renew(session: Session, secret: str, method: str) -> None:
    """The browser that holds `secret` has proved more: its session says so."""
    row = session.get(SignInSession, digest(secret))
    if row is not None:
        row.method = method


def tokens_of(session: Session, person: Person) -> Sequence[ApiToken]:
    """The person's tokens that still open something, the newest first."""
    live = (ApiToken.person_id == person.id) & ApiToken.revoked_at.is_(None)
    return session.scalars(select(ApiToken).where(live).order_by(ApiToken.id.desc())).all()


def revoke_token(session: Session, by: Viewer, number: int) -> str:
    """One of one's own tokens opens nothing any more; gives its name. NotFound for anybody else's."""
    row = session.get(ApiToken, number)
    if row is None or row.person_id != by.person_id or row.revoked_at is not None:
        raise NotFound("There is no such token.")
    row.revoked_at = func.now()
    audit.record(session, "token_revoked", by, name=row.name)
    return row.name
