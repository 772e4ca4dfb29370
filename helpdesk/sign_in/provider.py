"""Single sign-on for staff: OpenID Connect, the code flow with PKCE, state and nonce, at the one provider that the settings name.

The provider says who somebody is; whether that is an agent of ours is decided here, and nobody becomes one by it. All requests to
the provider have time limits, and none is made with a transaction open. What it publishes about itself is kept for an hour.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk import audit, db, people
from helpdesk.errors import BadSetting, HelpdeskError, NotAllowed, Refused
from helpdesk.models import Person, PersonAddress
from helpdesk.permissions import Via, viewer_of
from helpdesk.settings import Settings
from helpdesk.sign_in import published

SCOPES = "openid email profile"
# signed by a key of the provider, never by a secret that others know too
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "ES512", "EdDSA")
LEEWAY = 60  # seconds that its clock may differ from ours
LONGEST_SUBJECT = 255  # OpenID Connect Core 1.0 section 2
log = logging.getLogger("helpdesk.security")


class ProviderAway(HelpdeskError):
    """The provider does not answer, or answers nonsense: somebody must look there, our own door stays open."""


@dataclass(frozen=True, slots=True)
class Provider:
    """Who vouches for staff, as the settings name it."""

    issuer: str
    client_id: str
    client_secret: str
    name: str


@dataclass(frozen=True, slots=True)
class Journey:
    """Somebody is sent to `url`; the rest is kept in their browser until they come back."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the provider says that somebody is; `address` is "" unless the provider has verified it."""

    subject: str
    address: str


def of(settings: Settings) -> Provider | None:
    """The provider of these settings, or None where there is none; raises BadSetting when half of it is missing."""
    if settings.oidc_issuer is None:
        return None
    if not settings.oidc_client_id:
        raise BadSetting("HELPDESK_OIDC_ISSUER is set, which needs HELPDESK_OIDC_CLIENT_ID.")
    if not published.may_be_asked(settings.oidc_issuer):
        raise BadSetting("HELPDESK_OIDC_ISSUER is wrong: is not an https address.")
    secret = settings.oidc_client_secret.get_secret_value() if settings.oidc_client_secret is not None else ""
    return Provider(settings.oidc_issuer, settings.oidc_client_id, secret, settings.oidc_name)


def set_out(provider: Provider, redirect_uri: str) -> Journey:
    """Where to send the browser, with a fresh state, nonce and PKCE verifier. Raises ProviderAway."""
    endpoint = _endpoint(_metadata(provider), "authorization_endpoint")
    nonce, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
    with _client(provider, redirect_uri) as client:
        url, state = client.create_authorization_url(endpoint, code_verifier=verifier, nonce=nonce)
    return Journey(url, state, nonce, verifier)


def come_back(
    provider: Provider, redirect_uri: str, *, code: str, nonce: str, verifier: str, issuer: str | None = None
) -> Identity:
    """Who the code of a returning browser stands for. Raises ProviderAway, or Refused when the provider's word does not hold.

    `issuer`: who sent the browser back (RFC 9207), or None where the provider does not say so.
    """
    metadata = _metadata(provider)
    if issuer not in (None, metadata["issuer"]):
        raise Refused("This answer is another provider's. Start once more.")
    token = _token(provider, redirect_uri, _endpoint(metadata, "token_endpoint"), code, verifier)
    claims = _claims(provider, metadata, str(token.get("id_token", "")), nonce)
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise Refused("The provider did not say who you are.")
    if "email" not in claims and "userinfo_endpoint" in metadata:
        told = _asked(provider, redirect_uri, _endpoint(metadata, "userinfo_endpoint"), token)
        claims |= told if told.get("sub") == subject else {}
    address = claims.get("email")
    verified = claims.get("email_verified") is True and isinstance(address, str)
    return Identity(subject, str(address) if verified else "")


def agent_of(session: Session, provider: Provider, identity: Identity) -> Person:
    """The active agent that this account belongs to: the linked one, or the first time the one with its verified address.

    Raises NotAllowed, whose sentence is for whoever tried.
    """
    linked = f"{provider.issuer} {identity.subject}"
    db.in_turn(session, f"provider {linked}")
    person = session.scalar(select(Person).where(Person.oidc_subject == linked))
    if person is not None:
        if not person.is_staff:
            raise NotAllowed("Your account here is disabled.")
        return person
    if not identity.address:
        raise NotAllowed(f"{provider.name} has not verified your e-mail address, so we cannot tell which account here is yours.")
    person = _owner(session, identity.address)
    if person is None:
        raise NotAllowed("Nobody on the team here has your e-mail address. Ask an administrator to add you.")
    if person.oidc_subject is not None:
        log.warning("another account has an agent's address", extra={"event": "provider_conflict", "person": person.id})
        raise NotAllowed("Another account is linked to yours here. Ask an administrator to unlink it.")
    person.oidc_subject = linked
    audit.record(session, "provider_linked", viewer_of(person, Via.WEB), address=person.address)
    return person


def _owner(session: Session, address: str) -> Person | None:
    """The active agent whose proved address this is; locked, so that two accounts are not linked at once."""
    try:
        plain = people.normal_address(address)
    except Refused:
        return None
    owned = (PersonAddress.address == plain) & PersonAddress.verified_at.is_not(None)
    wanted = select(Person).join(PersonAddress).where(owned).with_for_update(of=Person).execution_options(populate_existing=True)
    person = session.scalar(wanted)
    return person if person is not None and person.is_staff else None


# --- what is said over the network


def _metadata(provider: Provider) -> dict[str, Any]:
    """What the provider publishes; its issuer is the settings' but for a slash at the end, and counts as it is written there."""
    try:
        found = published.document(f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    except published.Unreadable as error:
        raise ProviderAway(f"{provider.name} does not answer.") from error
    if str(found.get("issuer", "")).rstrip("/") != provider.issuer.rstrip("/"):
        log.warning("the provider names another issuer", extra={"event": "provider_wrong_issuer"})
        raise ProviderAway(f"{provider.name} is not set up as this helpdesk expects.")
    return found


def _endpoint(metadata: dict[str, Any], name: str) -> str:
    found = metadata.get(name)
    if not isinstance(found, str) or not published.may_be_asked(found):
        raise ProviderAway("The provider does not say where to go.")
    return found


def _client(provider: Provider, redirect_uri: str) -> Any:
    from authlib.integrations.httpx_client import OAuth2Client  # type: ignore[import-untyped]

    method = "client_secret_basic" if provider.client_secret else "none"
    return OAuth2Client(
        client_id=provider.client_id,
        client_secret=provider.client_secret or None,
        token_endpoint_auth_method=method,
        scope=SCOPES,
        redirect_uri=redirect_uri,
        code_challenge_method="S256",
        timeout=published.TIMEOUT,
        follow_redirects=False,
        trust_env=False,
    )


def _token(provider: Provider, redirect_uri: str, endpoint: str, code: str, verifier: str) -> dict[str, Any]:
    from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]
    from httpx2 import HTTPError

    try:
        with _client(provider, redirect_uri) as client:
            found: dict[str, Any] = client.fetch_token(endpoint, grant_type="authorization_code", code=code, code_verifier=verifier)
    except AuthlibBaseError as error:
        raise Refused("The provider did not accept this sign-in. Start once more.") from error
    except (HTTPError, ValueError) as error:
        raise ProviderAway(f"{provider.name} does not answer.") from error
    return found


def _asked(provider: Provider, redirect_uri: str, endpoint: str, token: dict[str, Any]) -> dict[str, Any]:
    from httpx2 import HTTPError

    try:
        with _client(provider, redirect_uri) as client:
            client.token = token
            answer = client.get(endpoint)
            answer.raise_for_status()
            found = answer.json()
    except (HTTPError, ValueError) as error:
        raise ProviderAway(f"{provider.name} does not answer.") from error
    return found if isinstance(found, dict) else {}


def _claims(provider: Provider, metadata: dict[str, Any], id_token: str, nonce: str) -> dict[str, Any]:
    """The claims of an ID token that is signed by the provider, for us, now, and for this journey (Core 1.0 section 3.1.3.7)."""
    keys, issuer = _endpoint(metadata, "jwks_uri"), str(metadata["issuer"])
    try:
        claims = published.verified(id_token, keys, ALGORITHMS, issuer=issuer, audience=provider.client_id, leeway=LEEWAY)
    except published.Unreadable as error:
        raise ProviderAway(f"{provider.name} does not answer.") from error
    if claims is None or not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        log.warning("an ID token does not hold", extra={"event": "provider_bad_token"})
        raise Refused("The provider's answer is not for this sign-in. Start once more.")
    if isinstance(claims.get("aud"), list) and len(claims["aud"]) > 1 and claims.get("azp") != provider.client_id:
        raise Refused("The provider's answer is for somebody else.")
    return claims
