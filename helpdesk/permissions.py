"""May this viewer do this? One function decides (`may`), one row scope lists (`visible_tickets`), for web, API and mail alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import ColumnElement, exists, false, select, true

from helpdesk.errors import NotAllowed
from helpdesk.models import STAFF, Participant, Person, Role, Ticket


class Via(StrEnum):
    """The door somebody came through."""

    WEB = "web"
    API = "api"
    EMAIL = "email"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whoever asks: a person, nobody (`person_id` None), or the helpdesk itself (`SYSTEM`).

    `only_ticket`: a signed link opens that ticket and no other, whoever the person is; it never carries staff rights.
    """

    person_id: int | None
    role: str | None
    via: Via
    address: str = ""
    name: str = ""
    only_ticket: int | None = None

    @property
    def is_staff(self) -> bool:
        """Agent or admin, not through a link."""
        return self.role in STAFF and self.only_ticket is None

    @property
    def is_admin(self) -> bool:
        """Admin, not through a link."""
        return self.role == Role.ADMIN and self.only_ticket is None


NOBODY = Viewer(None, None, Via.WEB)
SYSTEM = Viewer(None, None, Via.SYSTEM)


def viewer_of(person: Person, via: Via, *, address: str = "", only_ticket: int | None = None) -> Viewer:
    """The viewer that a proven person is; a disabled agent is a customer."""
    role = person.role if person.active else Role.CUSTOMER
    return Viewer(person.id, role, via, address or person.address, person.name, only_ticket)


def as_customer(viewer: Viewer) -> Viewer:
    """The same person without staff rights."""
    return replace(viewer, role=Role.CUSTOMER)


class Action(StrEnum):
    """Everything that can be asked for; R requester, C cc, A agent, D admin."""

    READ = "read"  # R C A D
    REPLY = "reply"  # R C A D
    CLOSE = "close"  # R A D: resolve, close, reopen
    READ_NOTES = "read_notes"  # A D: notes, raw mail, events, their files
    EDIT = "edit"  # A D: fields, tags, assign, merge, split, requester, known issue
    ADD_CC = "add_cc"  # R A D
    REMOVE_CC = "remove_cc"  # R A D
    ACCEPT = "accept"  # A D: pending comments
    USE_CANNED = "use_canned"  # A D
    SEE_QUEUE = "see_queue"  # A D
    RELEASE_HELD = "release_held"  # D
    SHARE_CANNED = "share_canned"  # D
    MANAGE = "manage"  # D: people, webhooks, settings, FAQ, audit, export all, redact


_REQUESTER = frozenset({Action.READ, Action.REPLY, Action.CLOSE, Action.ADD_CC, Action.REMOVE_CC})
_CC = frozenset({Action.READ, Action.REPLY})
_ADMIN_ONLY = frozenset({Action.RELEASE_HELD, Action.SHARE_CANNED, Action.MANAGE})
_BY_LINK = frozenset({Action.READ, Action.REPLY})


def may(viewer: Viewer, action: Action, participant: Participant | None = None, ticket: Ticket | None = None) -> bool:
    """Whether `viewer` may do `action`; `participant` is the viewer's own row on the ticket, if there is one.

    Restricted tickets (a robot mailed a sign-up code) are for admins only.
    """
    if viewer.via == Via.SYSTEM:
        return True
    if ticket is not None and ticket.restricted and not viewer.is_admin:
        return False
    if viewer.is_staff:
        return viewer.is_admin or action not in _ADMIN_ONLY
    if participant is None or participant.removed_at is not None or participant.person_id != viewer.person_id:
        return False
    if viewer.only_ticket is not None and (participant.ticket_number != viewer.only_ticket or action not in _BY_LINK):
        return False
    return action in (_REQUESTER if participant.role == "requester" else _CC)


def require(viewer: Viewer, action: Action, participant: Participant | None = None, ticket: Ticket | None = None) -> None:
    """Raise NotAllowed unless `viewer` may do `action`."""
    if not may(viewer, action, participant, ticket):
        raise NotAllowed("You may not do this.")


def visible_tickets(viewer: Viewer) -> ColumnElement[bool]:
    """The one row scope: a condition on `Ticket` that every list and look-up adds."""
    if viewer.via == Via.SYSTEM or viewer.is_admin:
        return true()
    if viewer.is_staff:
        return Ticket.restricted.is_(False)
    if viewer.person_id is None:
        return false()
    taking_part = exists(
        select(Participant.ticket_number).where(
            Participant.ticket_number == Ticket.number, Participant.person_id == viewer.person_id, Participant.removed_at.is_(None)
        )
    )
    scope = taking_part & Ticket.restricted.is_(False)
    return scope & (Ticket.number == viewer.only_ticket) if viewer.only_ticket is not None else scope


def public_tickets() -> ColumnElement[bool]:
    """Known issues: what anybody may see (title, state, workaround; never the thread)."""
    return Ticket.is_public.is_(True) & Ticket.restricted.is_(False) & Ticket.merged_into.is_(None)
