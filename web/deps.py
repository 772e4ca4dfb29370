"""What handlers are given: `Anyone`, `SignedIn`, `Staff` or `Admin`, each a Desk with an open transaction and who asks."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from jinja2 import Environment
from sqlalchemy.orm import Session

from helpdesk import addressing, db, tickets
from helpdesk.errors import NotFound
from helpdesk.installation import Installation
from helpdesk.models import Person
from helpdesk.permissions import Viewer
from helpdesk.sign_in.main_site import MainSite
from helpdesk.sign_in.provider import Provider
from mail_ingest.reader import Reader
from web import sign_in
from web.brand import Brand
from web.guard import Figures
from web.limits import Rates
from web.problems import SignInNeeded
from web.rendering import Site


@dataclass(frozen=True, slots=True)
class Web:
    """What the web process holds, as `app.state.web`; `reader` starts its children when somebody looks at a held mail.

    `provider` vouches for staff, `main_site` for customers: None where the settings name none.
    """

    installation: Installation
    templates: Environment
    site: Site
    rates: Rates
    figures: Figures
    reader: Reader
    brand: Brand
    provider: Provider | None = None
    main_site: MainSite | None = None

    @property
    def secure(self) -> bool:
        """Whether people reach us by https: cookies are then Secure and named `__Host-`."""
        return self.installation.settings.base_url.startswith("https:")

    @property
    def cookie(self) -> str:
        """Name of the session's cookie."""
        return "__Host-helpdesk" if self.secure else "helpdesk"


@dataclass(frozen=True, slots=True)
class Desk:
    """One request's work: an open transaction that commits when the handler returns, and who asks (`person` None: nobody)."""

    session: Session
    viewer: Viewer
    person: Person | None
    web: Web

    def tag(self, number: int) -> str:
        """ELM-001."""
        return addressing.tag(self.web.installation.settings.ticket_prefix, number)

    def number_of(self, identifier: str) -> int | None:
        """The number that a tag, a number or a uuid means, or None."""
        return tickets.number_of(self.session, identifier, self.web.installation.settings.ticket_prefix)

    def ticket_url(self, number: int) -> str:
        """The address of a ticket's page, for people; staff go on to their own page from there."""
        return f"{self.web.installation.settings.base_url}/ticket/{self.tag(number)}"

    def file_url(self, identifier: uuid.UUID) -> str:
        """The address of a file's download."""
        return f"{self.web.installation.settings.base_url}/api/v1/attachments/{identifier}"

    @property
    def me(self) -> Person:
        """Who is signed in; raises SignInNeeded when nobody is."""
        if self.person is None:
            raise SignInNeeded("Sign in first.")
        return self.person


def web_of(request: Request) -> Web:
    """What this process holds."""
    found: Web = request.app.state.web
    return found


def desk(request: Request) -> Iterator[Desk]:
    """A transaction and who asks; it commits before the answer starts, so a failed commit is never a 200."""
    web = web_of(request)
    sign_in.look_at_token(request, web)
    with db.transaction(web.installation.engine) as session:
        viewer, person, subject = sign_in.who(request, session, web)
        if subject is not None and not hasattr(request.state, "desk"):  # one request is one, in however many transactions
            web.rates.spend("api", subject)
        made = Desk(session, viewer, person, web)
        request.state.desk = made
        yield made


# scope="function": FastAPI otherwise runs the commit once the response has started
Anyone = Annotated[Desk, Depends(desk, scope="function")]


# these wait for nothing: as coroutines they cost no turn of a thread
async def signed_in(desk: Anyone) -> Desk:
    """Somebody is signed in, or: the sign-in page, 401."""
    return _somebodys(desk)


SignedIn = Annotated[Desk, Depends(signed_in)]


async def staff(desk: SignedIn) -> Desk:
    """An agent or administrator, or: there is no such page."""
    return _of_staff(desk)


Staff = Annotated[Desk, Depends(staff)]


@contextmanager
def any_desk(request: Request) -> Iterator[Desk]:
    """A desk of one's own: for handlers that also move files, which happens with no transaction open."""
    with contextmanager(desk)(request) as opened:
        yield opened


@contextmanager
def signed_in_desk(request: Request) -> Iterator[Desk]:
    """Such a desk for somebody."""
    with any_desk(request) as opened:
        yield _somebodys(opened)


@contextmanager
def staff_desk(request: Request) -> Iterator[Desk]:
    """Such a desk for staff."""
    with any_desk(request) as opened:
        yield _of_staff(_somebodys(opened))


async def for_somebody() -> None:
    """Says of a route with a `signed_in_desk` of its own what `SignedIn` says of others: nobody is answered 401."""


async def admin(desk: SignedIn) -> Desk:
    """An administrator, or: there is no such page."""
    if not desk.viewer.is_admin:
        raise NotFound("For administrators only.")
    return desk


Admin = Annotated[Desk, Depends(admin)]
WebState = Annotated[Web, Depends(web_of)]


def _somebodys(desk: Desk) -> Desk:
    if desk.person is None:
        raise SignInNeeded("Sign in first.")
    return desk


def _of_staff(desk: Desk) -> Desk:
    if not desk.viewer.is_staff:
        raise NotFound("For staff only.")
    return desk
