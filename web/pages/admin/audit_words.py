"""The audit trail in sentences: those of event_words, and of what happens beside tickets; one icon for each family of kinds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from helpdesk.models import Event
from web.pages import event_words
from web.pages.event_words import Names

Data = Mapping[str, Any]
_OWN: Mapping[str, Callable[[Data, Names], str | Markup]] = {
    "signed_in": lambda d, _: f"signed in{_by(d.get('method'))}{_and(' from ', d.get('network'))}",
    "sign_in_failed": lambda d, n: (
        f"let nobody in{_and(' as ', d.get('address') and n.person(d['address']))}{_by(d.get('method'))}"
        f"{_and(' from ', d.get('network'))}: the sign-in failed"
    ),
    "signed_out": lambda d, _: "signed out",
    "session_ended": lambda d, _: f"ended a session of theirs: {d.get('browser') or 'an unknown browser'}",
    "sessions_ended": lambda d, n: f"ended {_number(d.get('count'), 'session')} of {n.person(d.get('address'))}",
    "password_changed": lambda d, n: f"changed the password of {n.person(d.get('address'))}",
    "second_factor_on": lambda d, _: "switched the second factor on",
    "second_factor_off": lambda d, n: f"switched the second factor of {n.person(d.get('address'))} off",
    "second_factor_failed": lambda d, _: f"gave a wrong code for the second step{_and(' from ', d.get('network'))}",
    "recovery_code_used": lambda d, _: f"signed in with a recovery code, {d.get('left')} are left",
    "recovery_codes_renewed": lambda d, _: "renewed the recovery codes",
    "provider_linked": lambda d, _: "signed in through the identity provider for the first time",
    "provider_unlinked": lambda d, n: f"unlinked {n.person(d.get('address'))} from the identity provider",
    "main_site_linked": lambda d, _: "came from the main site for the first time",
    "token_created": lambda d, _: f"made an API token{_and(' ', _quoted(d.get('name')))}{_may_only(d.get('scopes'))}",
    "token_revoked": lambda d, _: f"revoked an API token{_and(' ', _quoted(d.get('name')))}",
    "set_up": lambda d, _: f"was set up, with {d.get('address')} as its first administrator",
    "invited": lambda d, n: f"invited {n.person(d.get('address'))}",
    "role_changed": lambda d, n: f"made {n.person(d.get('address'))} {_a_role(d.get('new'))}",
    "enabled": lambda d, n: f"let {n.person(d.get('address'))} in again",
    "disabled": lambda d, n: f"shut {n.person(d.get('address'))} out",
    "mail_resumed": lambda d, _: f"lets mail go to {d.get('address')} again; it had stopped: {d.get('reason')}",
    "canned_created": lambda d, _: f"wrote the canned response “{d.get('title')}”{', shared' if d.get('shared') else ''}",
    "canned_changed": lambda d, _: f"changed the canned response “{d.get('title')}”",
    "canned_removed": lambda d, _: f"removed the canned response “{d.get('title')}”",
    "faq_created": lambda d, _: f"wrote the answer to “{d.get('question')}”{'' if d.get('published') else ' as a draft'}",
    "faq_changed": lambda d, _: f"changed the answer to “{d.get('question')}”: {', '.join(d.get('changed') or ())}",
    "faq_moved": lambda d, _: f"moved the answer to “{d.get('question')}” {'up' if d.get('up') else 'down'}",
    "faq_removed": lambda d, _: f"removed the answer to “{d.get('question')}”",
    "faq_restored": lambda d, _: f"brought the answer to “{d.get('question')}” back",
    "held": lambda d, _: f"holds a mail back{_and(': H', d.get('number'))}",
    "held_dropped": lambda d, _: f"threw a held mail away{_and(': ', d.get('reason'))}",
    "held_drop_undone": lambda d, _: "took a dropped mail back",
    "held_retried": lambda d, _: "had a held mail processed again",
    "webhook_created": lambda d, _: f"made the webhook “{d.get('name')}” to {d.get('host')}",
    "webhook_changed": lambda d, _: f"changed the webhook “{d.get('name')}”{'' if d.get('active', True) else ', it is off'}",
    "webhook_removed": lambda d, _: f"removed the webhook “{d.get('name')}” to {d.get('host')}",
    "webhook_secret_turned": lambda d, _: f"gave the webhook “{d.get('name')}” a new secret",
    "webhook_replayed": lambda d, _: "sent a webhook's message again",
}  # fmt: skip
# the beginning of a kind -> the icon of its family
_ICONS = (
    ("sign", "user"), ("session", "user"), ("password", "lock"), ("second_factor", "lock"), ("recovery", "lock"),
    ("provider", "lock"), ("main_site", "lock"), ("token", "key"), ("set_up", "gear"), ("invited", "people"), ("role", "people"),
    ("enabled", "people"), ("disabled", "people"), ("mail_resumed", "send"), ("canned", "canned"), ("faq", "question"),
    ("held", "held"), ("webhook", "hook"),
)  # fmt: skip
# those of `credentials.METHODS`
_METHODS = {
    "password": " with a password", "password and code": " with a password and a code", "recovery code": " with a recovery code",
    "single sign-on": " through the identity provider", "link": " by a link",
    "setup": " with the setup token", "demo": " by one click",
}  # fmt: skip
_LABELS = {"faq": "FAQ", "cc": "CC"}


def told(event: Event, names: Names) -> tuple[str | Markup, str]:
    """The sentence of an event, and the name of its icon."""
    icon = next((icon for beginning, icon in _ICONS if event.kind.startswith(beginning)), "")
    says = _OWN.get(event.kind)
    if says is None:
        line = event_words.told(event, names)
        return line.text, icon or line.icon
    actor = (event.actor.name or event.actor.address) if event.actor is not None else "The helpdesk"
    return Markup("{} {}").format(actor, says(event.data, names)), icon or "log"


def label(kind: str) -> str:
    """A kind as a choice: "FAQ changed"."""
    first, _, rest = kind.partition("_")
    return f"{_LABELS.get(first, first.capitalize())} {rest.replace('_', ' ')}".strip()


def _and(before: str, value: object) -> str:
    return f"{before}{value}" if value else ""


def _quoted(name: object) -> str:
    return f"“{name}”" if name else ""


def _by(method: object) -> str:
    return _METHODS.get(str(method), f" by {method}" if method else "")


def _number(count: object, of: str) -> str:
    return f"{count} {of}{'' if count == 1 else 's'}"


def _may_only(scopes: object) -> str:
    return f", only for: {', '.join(map(str, scopes))}" if isinstance(scopes, list) and scopes else ""


def _a_role(role: object) -> str:
    return {"admin": "an administrator", "agent": "an agent", "customer": "a customer"}.get(str(role), str(role))
