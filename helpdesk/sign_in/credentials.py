"""How people and programs prove who they are: passwords, browser sessions, API tokens, the setup token. Only hashes are kept."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from helpdesk import audit, db, people
from helpdesk.errors import NotFound, Refused
from helpdesk.models import ApiToken, Fact, Person, Role, SignInSession
from helpdesk.permissions import SYSTEM, Via, Viewer, viewer_of

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1024
SESSION_LIFE = timedelta(days=14)  # after the last visit
LONGEST_SESSION = timedelta(days=90)  # after signing in, however often one visits
SEEN_EVERY = timedelta(minutes=10)
SCOPES = ("read", "tickets")  # what they leave out: web/scopes.py
# how a browser was signed in; the words for people are in web/pages/access/words.py
METHODS = ("password", "password and code", "recovery code", "single sign-on", "link", "setup", "demo")
PASSWORD_ALONE = frozenset(("password", "setup"))
TOKEN_PREFIX = "hd_"  # noqa: S105  (lets scanners of repositories recognise a token of ours)
SETUP_FACT = "setup_token"
MOST_TOKENS = 50  # of one person, that still open something

_hasher = PasswordHasher()
_two_at_once = threading.BoundedSemaphore(2)
_NOBODYS = _hasher.hash(secrets.token_urlsafe(32))


# --- passwords


def hash_password(password: str) -> str:
    """The argon2id hash of a new password (RFC 9106), or Refused when it is too short or absurdly long."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Refused(f"A password has at least {SHORTEST_PASSWORD} characters.", "password")
    with _two_at_once:
        return _hasher.hash(password)


def password_matches(stored: str | None, password: str) -> bool:
    """Whether the password is the one behind `stored`; None costs the same time, so that nobody learns who has an account.

    At most two run at once (64 MiB each): call it outside of a transaction.
    """
    with _two_at_once:
        try:
            matched = _hasher.verify(stored or _NOBODYS, password[:LONGEST_PASSWORD])
        except (VerificationError, InvalidHashError):
            return False
    return matched and stored is not None


def set_password(session: Session, person: Person, password_hash: str, by: Viewer) -> None:
    """A new password ends every session of that person."""
    person.password_hash = password_hash
    session.execute(delete(SignInSession).where(SignInSession.person_id == person.id))
    audit.record(session, "password_changed", by, address=person.address)


def staff_password(session: Session, address: str) -> tuple[Person, str] | None:
    """The active agent at this address and the hash of their password, or None when there is no such agent or no password."""
    person = people.person_at(session, address.strip())
    if person is None or not person.is_staff or person.password_hash is None:
        return None
    return person, person.password_hash


# --- browser sessions


def start_session(session: Session, person: Person, user_agent: str, *, method: str = "password", network: str = "") -> str:
    """Sign a browser in; gives the 256-bit secret that its cookie holds. `method` is one of METHODS, `network` a /24 or /64."""
    secret = secrets.token_urlsafe(32)
    session.add(
        SignInSession(
            token_hash=digest(secret),
            person_id=person.id,
            expires_at=func.now() + SESSION_LIFE,
            user_agent=user_agent[:300],
            method=method,
            network=network,
        )
    )
    audit.record(session, "signed_in", viewer_of(person, Via.WEB), method=method, network=network)
    return secret


def session_owner(session: Session, secret: str, *, two_factors: bool = False) -> Person | None:
    """Whose browser this is, or None when the session is unknown, over, or its agent was disabled; its life starts anew.

    It never outlives LONGEST_SESSION. A mailed link is for customers: an agent's session that one opened counts for nothing.
    `two_factors`: nor does one that a password alone opened (the setting REQUIRE_TOTP).
    """
    row = session.execute(
        select(SignInSession, Person, SignInSession.seen_at < func.now() - SEEN_EVERY)
        .join(Person, Person.id == SignInSession.person_id)
        .where(SignInSession.token_hash == digest(secret), SignInSession.expires_at > func.now(), Person.active)
    ).one_or_none()
    if row is None:
        return None
    found, person, stale = row
    if person.is_staff and (found.method == "link" or (two_factors and found.method in PASSWORD_ALONE)):
        return None
    if stale:
        found.seen_at = func.now()
        found.expires_at = func.least(func.now() + SESSION_LIFE, SignInSession.created_at + LONGEST_SESSION)
    return person


def end_session(session: Session, secret: str) -> None:
    """Sign this browser out."""
    ended = delete(SignInSession).where(SignInSession.token_hash == digest(secret)).returning(SignInSession.person_id)
    person = session.get(Person, session.scalar(ended) or 0)
    if person is not None:
        audit.record(session, "signed_out", viewer_of(person, Via.WEB))


def csrf_token(secret: str) -> str:
    """What a form of this session carries: derived from its secret, so nothing is stored and another session's never fits."""
    return hmac.digest(secret.encode(), b"csrf", "sha256").hex()


# --- API tokens


def create_token(session: Session, person: Person, name: str = "", scopes: Sequence[str] = (), by: Viewer | None = None) -> str:
    """A token with the person's own rights, or less (`read`: no changes, `tickets`: nothing else); the only time it is seen.

    Refused for a scope that there is not, and for more than MOST_TOKENS: nobody looks after so many.
    """
    for scope in scopes:
        if scope not in SCOPES:
            raise Refused(f"There is no scope “{scope}”: {', '.join(SCOPES)}.", "scopes")
    db.in_turn(session, f"tokens of {person.id}")
    live = (ApiToken.person_id == person.id) & ApiToken.revoked_at.is_(None)
    if (session.scalar(select(func.count()).select_from(ApiToken).where(live)) or 0) >= MOST_TOKENS:
        raise Refused(f"There are {MOST_TOKENS} tokens already: revoke one that is not used any more.", "name")
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    session.add(ApiToken(person_id=person.id, token_hash=digest(token), name=name[:80], scopes=list(scopes)))
    audit.record(session, "token_created", by or viewer_of(person, Via.SYSTEM), name=name[:80], scopes=list(scopes))
    return token


def token_owner(session: Session, token: str) -> tuple[ApiToken, Person] | None:
    """The token's row and its person, or None when it is unknown, revoked, or the person was disabled."""
    row = session.execute(
        select(ApiToken, Person, ApiToken.used_at.is_(None) | (ApiToken.used_at < func.now() - SEEN_EVERY))
        .join(Person, Person.id == ApiToken.person_id)
        .where(ApiToken.token_hash == digest(token), ApiToken.revoked_at.is_(None), Person.active)
    ).one_or_none()
    if row is None:
        return None
    found, person, stale = row
    if stale:
        found.used_at = func.now()
    return found, person


# --- the first start


def setup_token(session: Session, data_dir: Path) -> str | None:
    """While there is no administrator: the token that makes the first one, kept in DATA_DIR/setup_token (0600); then None.

    The same one at every start, as long as its file is there.
    """
    path = data_dir / "setup_token"
    db.in_turn(session, "setup")
    if has_admin(session):
        session.execute(delete(Fact).where(Fact.name == SETUP_FACT))
        path.unlink(missing_ok=True)
        return None
    if path.exists():
        token = path.read_text(encoding="ascii").strip()
        if is_setup_token(session, token):
            return token
    token = secrets.token_urlsafe(24)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".setup_token.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(token + "\n", encoding="ascii")
    draft.replace(path)
    value = {"hash": digest(token).hex()}
    session.execute(
        insert(Fact)
        .values(name=SETUP_FACT, value=value)
        .on_conflict_do_update(index_elements=["name"], set_={"value": value, "updated_at": func.now()})
    )
    return token


def is_setup_token(session: Session, token: str) -> bool:
    """Whether this is the setup token of this installation."""
    fact = session.get(Fact, SETUP_FACT)
    return fact is not None and hmac.compare_digest(str(fact.value.get("hash")), digest(token).hex())


def has_admin(session: Session) -> bool:
    """Whether somebody can administer this helpdesk."""
    return session.scalar(select(Person.id).where(Person.role == Role.ADMIN, Person.active).limit(1)) is not None


def first_admin(session: Session, token: str, address: str, name: str, password_hash: str, data_dir: Path) -> Person:
    """Make the first administrator; the token is spent. NotFound when there is one already, Refused when the token is wrong."""
    db.in_turn(session, "setup")
    if has_admin(session):
        raise NotFound("This helpdesk is set up.")
    if not is_setup_token(session, token.strip()):
        raise Refused("This is not the setup token: it stands in the log and in DATA_DIR/setup_token.", "token")
    person = people.add_user(session, address, name, Role.ADMIN, password_hash)
    session.execute(delete(Fact).where(Fact.name == SETUP_FACT))
    audit.record(session, "set_up", SYSTEM, address=person.address)
    (data_dir / "setup_token").unlink(missing_ok=True)
    return person


def digest(secret: str) -> bytes:
    """What is kept of a secret: SHA-256, enough for 256 random bits."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()
