"""Canned responses: found by name, filled from one fixed table of placeholders in one pass, and what they do besides.

Stored text is never a template language: what is not in the table stays as it is, and a value is never looked at again, so that
braces in a requester's text mean nothing.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from helpdesk import audit, people, tickets
from helpdesk.errors import NotFound, Refused
from helpdesk.lifecycle import WORDS
from helpdesk.models import CannedResponse, Person, Priority, Status, Ticket, TicketType
from helpdesk.permissions import Action, Viewer, require

LONGEST_CONTENT = 50_000
_PLACEHOLDER = re.compile(r"\{([A-Za-z_][\w.]*)(?:\|([^{}\n]{0,80}))?\}")
_SHORTCUT = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True)
class Values:
    """What the placeholders stand for on one ticket, for one agent."""

    ticket_id: str
    ticket_title: str
    ticket_url: str
    status: str
    user_name: str
    user_email: str
    agent_name: str
    support_address: str
    helpdesk_name: str


# placeholder -> its value; where that is "", the text after the bar stands in, or else the second function's value
PLACEHOLDERS: Mapping[str, tuple[Callable[[Values], str], Callable[[Values], str]]] = {
    "ticket_id": (lambda v: v.ticket_id, lambda _: ""),
    "ticket_title": (lambda v: v.ticket_title, lambda _: ""),
    "ticket_url": (lambda v: v.ticket_url, lambda _: ""),
    "status": (lambda v: v.status, lambda _: ""),
    "user_name": (lambda v: v.user_name, lambda v: v.user_email),
    "user_first_name": (lambda v: v.user_name.partition(" ")[0], lambda v: v.user_email),
    "user_email": (lambda v: v.user_email, lambda _: ""),
    "agent_name": (lambda v: v.agent_name, lambda v: v.helpdesk_name),
    "agent_first_name": (lambda v: v.agent_name.partition(" ")[0], lambda v: v.helpdesk_name),
    "support_address": (lambda v: v.support_address, lambda _: ""),
    "helpdesk_name": (lambda v: v.helpdesk_name, lambda _: ""),
}


def values_of(
    ticket: Ticket, agent: Viewer, *, ticket_tag: str, ticket_url: str, support_address: str, helpdesk_name: str
) -> Values:
    """The values for a ticket; its requester must be at hand."""
    return Values(
        ticket_id=ticket_tag,
        ticket_title=ticket.title,
        ticket_url=ticket_url,
        status=WORDS[Status(ticket.status)],
        user_name=ticket.requester.name,
        user_email=ticket.requester.address,
        agent_name=agent.name,
        support_address=support_address,
        helpdesk_name=helpdesk_name,
    )


def fill(content: str, values: Values) -> str:
    """The text with every known placeholder replaced, once; `{user_name|there}` says what stands for an empty value."""

    def value(found: re.Match[str]) -> str:
        known = PLACEHOLDERS.get(found[1])
        if known is None:
            return found[0]
        return known[0](values) or (known[1](values) if found[2] is None else found[2])

    return _PLACEHOLDER.sub(value, content)


def check(content: str) -> None:
    """Refused when the text is empty, too long, or names a placeholder that does not exist."""
    if not content.strip():
        raise Refused("A canned response needs text.", "content")
    if len(content) > LONGEST_CONTENT:
        raise Refused(f"A canned response has at most {LONGEST_CONTENT} characters.", "content")
    for name, _ in _PLACEHOLDER.findall(content):
        if name not in PLACEHOLDERS:
            meant = difflib.get_close_matches(name, PLACEHOLDERS, 1)
            hint = f"did you mean {{{meant[0]}}}?" if meant else f"there are {', '.join(f'{{{one}}}' for one in PLACEHOLDERS)}."
            raise Refused(f"There is no placeholder {{{name}}}: {hint}", "content")


# --- which there are


def visible(viewer: Viewer) -> ColumnElement[bool]:
    """The shared ones and one's own."""
    return CannedResponse.shared.is_(True) | (CannedResponse.created_by == viewer.person_id)


def listed(session: Session, viewer: Viewer) -> list[CannedResponse]:
    """What this agent may use, by title."""
    require(viewer, Action.USE_CANNED)
    wanted = select(CannedResponse).where(visible(viewer)).order_by(func.lower(CannedResponse.title), CannedResponse.id)
    return list(session.scalars(wanted))


def one(session: Session, viewer: Viewer, number: int) -> CannedResponse:
    """The canned response with this number, or NotFound when it is absent or another agent's own."""
    require(viewer, Action.USE_CANNED)
    found = session.scalar(select(CannedResponse).where(CannedResponse.id == number, visible(viewer)))
    if found is None:
        raise NotFound("There is no such canned response.")
    return found


def find(session: Session, viewer: Viewer, wanted: str) -> CannedResponse:
    """The one that `wanted` names: a shortcut, else a title, else what only one begins with; one's own go first.

    Raises Refused with "did you mean" where there is none or several.
    """
    name = wanted.strip().lstrip("#").casefold()
    everything = sorted(listed(session, viewer), key=lambda each: each.shared)
    exact = [each for each in everything if name and each.shortcut == name] or [
        each for each in everything if name and each.title.casefold() == name
    ]
    if exact:
        return exact[0]
    begins = [each for each in everything if name and name in (each.shortcut[: len(name)], each.title.casefold()[: len(name)])]
    if len(begins) == 1:
        return begins[0]
    names = {each.shortcut or each.title: None for each in begins or everything}
    close = list(names) if begins else difflib.get_close_matches(name, names, 3, 0.5)
    hint = f" Did you mean {' or '.join(f'“{each}”' for each in close[:3])}?" if close else ""
    raise Refused(f"There is no canned response “{wanted.strip()[:80]}”.{hint}", "canned")


# --- what they do besides


def act(session: Session, ticket: Ticket, actions: Mapping[str, Any], by: Viewer) -> None:
    """Do what a canned response does besides its text; the ticket must be locked."""
    changes = {name: actions[name] for name in ("priority", "type") if name in actions}
    if actions.get("tags"):
        changes["tags"] = tickets.tags_from([*ticket.tags, *actions["tags"]])
    if changes:
        tickets.edit(session, ticket, by, **changes)
    if "assign" in actions:
        tickets.assign(session, ticket, _assignee(session, actions["assign"], by), by)
    if "status" in actions:
        tickets.change_status(session, ticket, actions["status"], by)


def _assignee(session: Session, wanted: str | None, by: Viewer) -> Person | None:
    if wanted == "me":
        return session.get(Person, by.person_id)
    return people.agent_named(session, wanted) if wanted else None


def _checked_actions(actions: Mapping[str, Any]) -> dict[str, Any]:
    words: dict[str, list[str]] = {"status": list(Status), "priority": list(Priority), "type": list(TicketType)}
    for name, value in actions.items():
        if name in words and value not in words[name]:
            raise Refused(f"“{value}” is none of {', '.join(words[name])}.", "actions")
        if name == "tags" and not (isinstance(value, list) and all(isinstance(each, str) for each in value)):
            raise Refused("`tags` is a list of words.", "actions")
        if name == "assign" and not (value is None or isinstance(value, str)):
            raise Refused("`assign` is an address, “me” or null.", "actions")
        if name not in (*words, "tags", "assign"):
            raise Refused(f"There is no action “{name}”: status, priority, type, tags, assign.", "actions")
    return dict(actions)


# --- made, changed, removed


def create(
    session: Session,
    by: Viewer,
    *,
    title: str,
    content: str,
    shortcut: str = "",
    actions: Mapping[str, Any] | None = None,
    shared: bool | None = None,
) -> CannedResponse:
    """Make one; shared ones are an administrator's to make, an agent's are their own unless said otherwise."""
    shared = by.is_admin if shared is None else shared
    require(by, Action.SHARE_CANNED if shared else Action.USE_CANNED)
    made = CannedResponse(shared=shared, created_by=by.person_id, title="", content="")
    _write(session, made, {"title": title, "content": content, "shortcut": shortcut, "actions": actions or {}})
    session.add(made)
    session.flush()
    session.refresh(made)
    audit.record(session, "canned_created", by, canned=made.id, title=made.title, shared=shared)
    return made


def change(session: Session, response: CannedResponse, by: Viewer, **fields: Any) -> None:
    """Change title, content, shortcut, actions or shared of one's own, or of a shared one as an administrator."""
    _require_owner(response, by)
    shared = fields.pop("shared", response.shared)
    if shared != response.shared:
        require(by, Action.SHARE_CANNED)
        response.shared = shared
    _write(session, response, fields)
    response.updated_at = func.now()
    session.flush()
    session.refresh(response)
    audit.record(session, "canned_changed", by, canned=response.id, title=response.title)


def remove(session: Session, response: CannedResponse, by: Viewer) -> None:
    """Remove one's own, or a shared one as an administrator."""
    _require_owner(response, by)
    audit.record(session, "canned_removed", by, canned=response.id, title=response.title)
    session.delete(response)
    session.flush()


def _require_owner(response: CannedResponse, by: Viewer) -> None:
    require(by, Action.SHARE_CANNED if response.shared else Action.USE_CANNED)


def _write(session: Session, response: CannedResponse, fields: Mapping[str, Any]) -> None:
    if "title" in fields:
        response.title = tickets.one_line(fields["title"])[:120]
        if not response.title:
            raise Refused("A canned response needs a title.", "title")
    if "content" in fields:
        check(fields["content"])
        response.content = fields["content"]
    if "actions" in fields:
        response.actions = _checked_actions(fields["actions"])
    if "shortcut" in fields:
        response.shortcut = _free_shortcut(session, response, fields["shortcut"])


def _free_shortcut(session: Session, response: CannedResponse, wanted: str) -> str:
    shortcut = wanted.strip().lstrip("#").lower()
    if not shortcut:
        return ""
    if not _SHORTCUT.fullmatch(shortcut):
        raise Refused("A shortcut is one word of letters, digits, - and _.", "shortcut")
    taken = select(CannedResponse.id).where(
        CannedResponse.shared.is_(response.shared),
        func.lower(CannedResponse.shortcut) == shortcut,
        CannedResponse.id != response.id,
    )
    if not response.shared:
        taken = taken.where(CannedResponse.created_by == response.created_by)
    with session.no_autoflush:
        if session.scalar(taken.limit(1)) is not None:
            raise Refused(f"The shortcut “{shortcut}” is taken.", "shortcut")
    return shortcut
