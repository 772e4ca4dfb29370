"""The page on which an agent confirms what their mail asks for: looking changes nothing, one press acts, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from helpdesk import addressing, db
from helpdesk.addressing import Purpose, ReplyToken
from helpdesk.installation import Installation
from helpdesk.models import Event, InboundMail, OutboxMessage, Ticket
from helpdesk.sign_in import links
from mail_ingest import intake, process
from mail_ingest.authenticate import Judge
from mail_ingest.intake import Arrival
from mail_ingest.mail import Envelope
from mail_ingest.process import Tools
from mail_ingest.reader import Reader
from mail_ingest.sender.resolver import SystemResolver
from tests.letters import letter
from tests.web.conftest import Browser, Cast, csrf
from tests.web.pages.conftest import tree, words
from workers import deliver

BOB = "Bob <bob@example.com>"


@pytest.fixture(scope="module")
def confirm_reader() -> Iterator[Reader]:
    with Reader(children=1) as reader:
        yield reader


@pytest.fixture
def tools(installation: Installation, confirm_reader: Reader) -> Tools:
    """Nobody judges senders: an agent's token is enough for all that can be taken back."""
    return Tools(installation, confirm_reader, Judge("off"), SystemResolver())


def bob_writes(tools: Tools, cast: Cast, ticket: Ticket, text: str) -> int:
    """A mail of bob's that only his token speaks for; the number of its row."""
    to = addressing.reply_address(tools.house.mint, ReplyToken(ticket.number, cast.people["bob"].id, Purpose.REPLY, 0))
    accepted = intake.accept(
        tools.house.engine, Arrival(letter(BOB, to, "Re: fire", text), Envelope("bob@example.com", (to,)), "test")
    )
    process.process(tools, accepted.mail_id)
    return accepted.mail_id


@pytest.fixture
def mail(tools: Tools, cast: Cast, ticket: Ticket) -> int:
    """A mail of bob's that makes the ticket a known issue."""
    return bob_writes(tools, cast, ticket, "#known on\n#priority high\n\nWe look into it.")


def link_in_the_mail(house: Installation) -> str:
    """The path that the newest question to confirm carries, as it is sent."""
    with db.transaction(house.engine) as session:
        wanted = select(OutboxMessage.id).where(OutboxMessage.kind == "confirm_commands").order_by(OutboxMessage.id.desc())
        number = session.scalars(wanted).first()
    assert number is not None
    deliver.one(house, number)
    with db.transaction(house.engine) as session:
        message = message_from_bytes(session.get_one(OutboxMessage, number).mime or b"", policy=policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    (found,) = [line for line in body.get_content().split() if "/confirm-mail/" in line]
    return str(found).removeprefix("https://help.test")


def state(tools: Tools, mail: int, ticket: Ticket) -> tuple[str, bool, str]:
    with db.transaction(tools.house.engine) as session:
        found = session.get_one(Ticket, ticket.number)
        return session.get_one(InboundMail, mail).state, found.is_public, found.priority


def test_looking_changes_nothing_and_one_press_does_it_once(tools: Tools, client: TestClient, mail: int, ticket: Ticket) -> None:
    path = link_in_the_mail(tools.house)
    for _ in range(2):
        page = tree(client, path)
    assert words(page, "main code") == ["#known on", "#priority high"]
    assert "We look into it." in words(page, ".prose")[0]
    assert state(tools, mail, ticket) == ("held", False, "medium")
    assert client.post(path).status_code == 303
    assert process.process(tools, mail) == "comment"
    assert client.post(path).status_code == 303
    assert process.process(tools, mail) is None
    assert state(tools, mail, ticket) == ("comment", True, "high")
    assert words(tree(client, path), "h1") == ["It is done"]
    assert tree(client, path).css_first("form[action*=confirm-mail]") is None
    with db.transaction(tools.house.engine) as session:
        assert session.scalars(select(Event.kind).where(Event.kind == "held_amended")).all() == ["held_amended"]


def test_a_press_from_another_site_changes_nothing(tools: Tools, client: TestClient, mail: int, ticket: Ticket) -> None:
    path = link_in_the_mail(tools.house)
    assert client.post(path, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert state(tools, mail, ticket)[0] == "held"


def test_a_key_too_old_or_of_somebody_else_opens_nothing(
    tools: Tools, client: TestClient, cast: Cast, mail: int, ticket: Ticket
) -> None:
    house, now = tools.house, datetime.now(UTC)
    bob, dora, alice = (cast.people[name].id for name in ("bob", "dora", "alice"))
    keys = {
        "two days": links.confirm_link(house.keys, "", mail, bob, now - timedelta(hours=48)),
        "another agent": links.confirm_link(house.keys, "", mail, dora, now),
        "a requester": links.confirm_link(house.keys, "", mail, alice, now),
        "no such mail": links.confirm_link(house.keys, "", mail + 999, bob, now),
        "other keys": links.confirm_link((b"another key, long enough for it",), "", mail, bob, now),
        "a ticket's key": links.ticket_link(house.keys, "", "ELM", mail, bob, now).replace(
            "/ticket/ELM-001?key=", "/confirm-mail/"
        ),
    }
    for why, path in keys.items():
        assert (client.get(path).status_code, client.post(path).status_code) == (404, 404), why
    assert state(tools, mail, ticket)[0] == "held"


def test_whoever_is_signed_in_as_another_is_not_asked(tools: Tools, browser: Browser, mail: int, ticket: Ticket) -> None:
    path = link_in_the_mail(tools.house)
    assert browser("dora").get(path).status_code == 404
    bob = browser("bob")
    assert bob.get(path).status_code == 200
    assert bob.post(path, headers=csrf(bob)).status_code == 303
    assert state(tools, mail, ticket)[0] == "received"


def test_colleagues_do_not_read_the_link_in_the_outbox(tools: Tools, browser: Browser, mail: int, ticket: Ticket) -> None:
    link_in_the_mail(tools.house)
    with db.transaction(tools.house.engine) as session:
        row = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "confirm_commands")).one()
        row.state = "sent"
        number = row.id
    page = browser("dora").get(f"/admin/outbox/{number}")
    assert page.status_code == 200
    assert "confirm-mail" not in page.text
    assert browser("dora").get(f"/admin/outbox/{number}/raw").status_code == 404


@pytest.mark.parametrize(
    "text",
    ["#known on", "#merge ELM-9", "#cc charlie@example.org", "#requester charlie@example.org", "#spam", "Hello\n\n#spam"],
)
def test_every_command_that_cannot_be_taken_back_is_asked_for(tools: Tools, cast: Cast, ticket: Ticket, text: str) -> None:
    mail = bob_writes(tools, cast, ticket, f"{text}\n#note")
    assert state(tools, mail, ticket)[0] == "held"
