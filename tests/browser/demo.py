"""The running demo as people with a browser, a program or a mail client meet it."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes, policy
from functools import partial
from itertools import count
from typing import Any

import httpx2
import pyotp
from playwright.sync_api import Browser, BrowserContext, Page, Request
from sqlalchemy import func, select

from helpdesk import db, people
from helpdesk.embedded import published
from helpdesk.models import OutboxMessage, Person, Ticket
from helpdesk.sign_in import credentials, second_factor
from tests.browser.every_page import ADMIN
from tests.letters import letter
from tests.served import Served, until

US = "support@help.localhost"
AGENT, COLLEAGUE = "bob@elm.example", "mira@elm.example"
PASSWORD = "a sentence that nobody guesses"
_numbers = count(1)


class Demo:
    """`http` is its address; `opened()` gives pages, `ticket()` and `mailed()` tickets that only their test knows."""

    def __init__(self, served: Served, chromium: Browser) -> None:
        self.served, self.chromium, self.http = served, chromium, served.http
        self.engine = db.connect(published(served.data_dir).database_url)
        with db.transaction(self.engine) as session:
            ada = people.person_at(session, ADMIN)
            assert ada is not None
            self.token = credentials.create_token(session, ada)

    @contextmanager
    def opened(
        self, who: str | None = None, *, width: int = 1280, script: bool = True, dark: bool = False, refused: int = 0
    ) -> Iterator[Page]:
        """A page of a fresh browser, where `who` (an address) is signed in; what it complains of fails the test.

        The last page may not be wider than the screen. `refused`: the status that the test means to get.
        """
        page, complaints = self.page(who, width=width, script=script, dark=dark)
        try:
            yield page
            assert wider(page) <= 0, f"{page.url} is {wider(page)} px wider than the screen"
        finally:
            page.context.close()
        assert [one for one in complaints if not (refused and f"status of {refused} " in one)] == []

    def page(self, who: str | None, *, width: int = 1280, script: bool = True, dark: bool = False) -> tuple[Page, list[str]]:
        """The same for who closes its context, with what it complains of."""
        context = self.chromium.new_context(
            java_script_enabled=script,
            base_url=self.http,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        if who:
            context.add_cookies([{"name": "helpdesk", "value": self._session(who), "url": self.http}])
        context.set_default_timeout(15_000)
        return watched(context)

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None, token: str = "") -> dict[str, Any]:
        """The API's answer to an administrator, or to whose token it is."""
        headers = {"Authorization": f"Bearer {token or self.token}"}
        answer = httpx2.request(method, f"{self.http}/api/v1{path}", headers=headers, json=body)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def ticket(self, title: str = "The printer is on fire", text: str = "It smokes.", **fields: Any) -> str:
        """The tag of a new ticket by the API, of a requester of its own."""
        body = {"title": title, "description": text, "email": f"requester{next(_numbers)}@example.net"} | fields
        return str(self.ask("POST", "/tickets", body)["tag"])

    def change(self, tag: str, **fields: Any) -> None:
        """Staff set fields of a ticket."""
        self.ask("PATCH", f"/admin/tickets/{tag}", fields)

    def reply(self, tag: str, text: str, kind: str = "reply") -> None:
        """Staff answer, or note something (`internal-note`)."""
        self.ask("POST", f"/admin/tickets/{tag}/{kind}", {"content": text})

    def said(self, tag: str, who: str, text: str) -> None:
        """A requester writes on their ticket."""
        with db.transaction(self.engine) as session:
            person = people.person_at(session, who)
            assert person is not None
            token = credentials.create_token(session, person)
        self.ask("POST", f"/tickets/{tag}/comments", {"content": text}, token)

    def mailed(self, raw: bytes, sender: str) -> str:
        """The tag of the ticket that this mail opened."""
        before = self._newest(sender)
        with smtplib.SMTP(self.served.smtp_host, self.served.smtp_port) as smtp:
            smtp.sendmail(sender, US, raw)
        until(lambda: self._newest(sender) != before)
        return self._newest(sender)

    def held(self, sender: str, subject: str) -> None:
        """An automatic reply to nothing of ours arrives, and is held."""
        with smtplib.SMTP(self.served.smtp_host, self.served.smtp_port) as smtp:
            smtp.sendmail(sender, US, letter(sender, US, subject, "Away.", auto_submitted="auto-replied"))
        until(partial(self._is_held, subject))

    def outgoing(self, recipient: str, words: str) -> str:
        """The text of the mail to somebody that holds these words, once it was sent (the demo keeps what it sends)."""
        found: list[str] = []

        def is_there() -> bool:
            with db.transaction(self.engine) as session:
                sent = session.scalars(
                    select(OutboxMessage.mime).where(OutboxMessage.recipient == recipient).order_by(OutboxMessage.id)
                ).all()
            found[:] = [text for one in sent if one and words in (text := _text_of(one))]
            return bool(found)

        until(is_there)
        return found[-1]

    def _newest(self, sender: str) -> str:
        with db.transaction(self.engine) as session:
            number = session.scalar(
                select(func.max(Ticket.number)).join(Ticket.requester).where(Person.addresses.any(address=sender))
            )
        return f"ELM-{number:03d}" if number else ""

    def _is_held(self, subject: str) -> bool:
        return any(one["subject"] == subject for one in self.ask("GET", "/admin/held")["items"])

    def _session(self, who: str) -> str:
        with db.transaction(self.engine) as session:
            person = people.person_at(session, who)
            assert person is not None
            return credentials.start_session(session, person, "test")


def shown_by(secret: str, steps: int) -> str:
    """What an app with this secret shows, so many steps from now."""
    return pyotp.TOTP(secret).generate_otp(int(datetime.now(UTC).timestamp()) // second_factor.STEP + steps)


def wider(page: Page) -> int:
    """By how many pixels the page is wider than the screen."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def _text_of(mime: bytes) -> str:
    part = message_from_bytes(mime, policy=policy.default).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def watched(context: BrowserContext) -> tuple[Page, list[str]]:
    """A new page, and what its console, its scripts and its requests complain of."""
    page, complaints = context.new_page(), list[str]()
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    # a page that is left before its icon came aborts that request: nothing was refused
    page.on("requestfailed", lambda request: complaints.append(_failed(request)) if "ERR_ABORTED" not in _failed(request) else None)
    return page, complaints


def _failed(request: Request) -> str:
    return f"not loaded: {request.url} ({request.failure})"
