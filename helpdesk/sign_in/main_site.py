"""The main site's word: a signed token (JWT) says which of its users asks. It makes and links customers, never anybody on staff.

One algorithm is pinned. The token names its issuer, its audience, its end, its user, and an address that the main site verified.
"""

from __future__ import annotations

import hmac
import logging
from dataclasses import dataclass

from joserfc.jwk import OctKey
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from helpdesk import audit, db, people
from helpdesk.errors import BadSetting, Refused
from helpdesk.models import Person, PersonAddress
from helpdesk.permissions import Via, viewer_of
from helpdesk.settings import Settings
from helpdesk.sign_in import published

SHARED = {"HS256": 32, "HS384": 48, "HS512": 64}  # octets that the secret has at least (RFC 7518 section 3.2)
PUBLIC = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
LEEWAY = 30  # seconds
LONGEST_SUBJECT = 255
log = logging.getLogger("helpdesk.security")


@dataclass(frozen=True, slots=True)
class MainSite:
    """Whose tokens are believed: `keys` is the shared secret, or the address of the public keys."""

    keys: OctKey | str
    algorithm: str
    issuer: str
    audience: str
    cookie: str


@dataclass(frozen=True, slots=True)
class User:
    """Who the main site says that asks."""

    subject: str
    address: str
    name: str


def of(settings: Settings) -> MainSite | None:
    """The main site of these settings, or None where there is none; raises BadSetting for what cannot be safe."""
    secret, url = settings.jwt_secret, settings.jwt_jwks_url
    if secret is None and url is None:
        return None
    if secret is not None and url is not None:
        raise BadSetting("HELPDESK_JWT_SECRET and HELPDESK_JWT_JWKS_URL are both set: a token is signed by one of them.")
    if not settings.jwt_issuer or not settings.jwt_audience:
        raise BadSetting("HELPDESK_JWT_ISSUER and HELPDESK_JWT_AUDIENCE must be set: any token would do otherwise.")
    if url is not None:
        algorithm = settings.jwt_algorithm or "RS256"
        if algorithm not in PUBLIC:
            raise BadSetting(f"HELPDESK_JWT_ALGORITHM is wrong: with HELPDESK_JWT_JWKS_URL it is one of {', '.join(PUBLIC)}.")
        if not published.may_be_asked(url):
            raise BadSetting("HELPDESK_JWT_JWKS_URL is wrong: is not an https address.")
        return MainSite(url, algorithm, settings.jwt_issuer, settings.jwt_audience, settings.jwt_cookie)
    algorithm, shared = settings.jwt_algorithm or "HS256", secret.get_secret_value() if secret is not None else ""
    if algorithm not in SHARED:
        raise BadSetting(f"HELPDESK_JWT_ALGORITHM is wrong: with HELPDESK_JWT_SECRET it is one of {', '.join(SHARED)}.")
    if len(shared.encode()) < SHARED[algorithm]:
        raise BadSetting(f"HELPDESK_JWT_SECRET is wrong: {algorithm} needs {SHARED[algorithm]} characters at least.")
    return MainSite(OctKey.import_key(shared), algorithm, settings.jwt_issuer, settings.jwt_audience, settings.jwt_cookie)


def read(site: MainSite, token: str) -> User | None:
    """Who a token names, or None when it does not hold. Raises `published.Unreadable` when the keys cannot be had."""
    claims = published.verified(token, site.keys, (site.algorithm,), issuer=site.issuer, audience=site.audience, leeway=LEEWAY)
    if claims is None or claims.get("email_verified") is not True:
        return None
    subject, address, name = claims.get("sub"), claims.get("email"), claims.get("name")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        return None
    try:
        plain = people.normal_address(address) if isinstance(address, str) else ""
    except Refused:
        return None
    return User(subject, plain, name if isinstance(name, str) else "") if plain else None


def customer_of(session: Session, user: User) -> Person | None:
    """The active customer whom the main site's user is, made or linked the first time; None for staff and the disabled.

    An address that is linked to another user of the main site is not linked anew: mailboxes change hands.
    """
    person = session.scalar(select(Person).where(Person.external_id == user.subject))
    if person is None:
        person = _linked(session, user)
    if person is None or person.is_staff or not person.active:
        log.warning("the main site names somebody who cannot come in that way", extra={"event": "main_site_refused"})
        return None
    return person


def form_token(key: bytes, user: User) -> str:
    """What forms of a browser carry that is signed in by the main site's cookie: derived from its user, and guessed by nobody."""
    return hmac.digest(hmac.digest(key, b"forms of the main site's users", "sha256"), user.subject.encode(), "sha256").hex()


def _linked(session: Session, user: User) -> Person | None:
    db.in_turn(session, f"main site {user.subject}")
    found = people.person_at(session, user.address)
    if found is not None and (found.is_staff or not found.active):
        return None
    # locked and read anew: the first two requests of a page come at once
    number = (found or people.find_or_make(session, user.address, user.name)).id
    fresh = select(Person).where(Person.id == number).with_for_update().execution_options(populate_existing=True)
    person = session.scalars(fresh).one()
    if person.external_id == user.subject:
        return person
    if person.external_id is not None or person.role != "customer":
        return None
    person.external_id = user.subject
    session.execute(
        insert(PersonAddress)
        .values(person_id=person.id, address=user.address, verified_at=func.now())
        .on_conflict_do_update(index_elements=["address"], set_={"verified_at": func.now()})
    )
    audit.record(session, "main_site_linked", viewer_of(person, Via.WEB), address=person.address)
    return person
