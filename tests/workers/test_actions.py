"""The links in our mails that act by a mail: what they are prefilled with, whose they are, and that they fit."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from html import unescape
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from sqlalchemy import select, update

from helpdesk import db
from helpdesk.addressing import Purpose, ReplyToken, message_id, read_reply_address
from helpdesk.installation import Installation
from helpdesk.models import OutboxMessage, Person
from helpdesk.staff import digest, preferences
from tests.workers.conftest import Scene
from tests.workers.facts_of import KINDS as ALL
from tests.workers.facts_of import MINT, TICKET, outgoing
from workers import facts
from workers.actions import actions
from workers.compose import compose
from workers.deliver import house_of
from workers.kinds import KINDS
from workers.outgoing import StatusFacts

HELD = ("command_error", "newer_message", "confirm_commands", "maybe_signature")
TO_STAFF = [kind for kind in ALL if KINDS[kind].to_staff and outgoing(kind).ticket is not None and kind not in HELD]


def _read(url: str) -> tuple[ReplyToken | None, dict[str, list[str]]]:
    parts = urlsplit(url)
    assert parts.scheme == "mailto"
    return read_reply_address(MINT, unquote(parts.path)), parse_qs(parts.query)


@pytest.mark.parametrize("kind", TO_STAFF)
def test_staff_can_take_resolve_and_note_from_every_mail_about_a_ticket(kind: str) -> None:
    found = {one.label: _read(one.url) for one in actions(outgoing(kind), "[ELM-001] Printer on fire")}
    token = ReplyToken(1, 8, Purpose.NOTE, 5)
    subject = ["[ELM-001] Printer on fire"]
    assert found == {
        "Take": (token, {"subject": subject, "body": ["#take\r\n"]}),
        "Resolve": (token, {"subject": subject, "body": ["#resolved\r\n"]}),
        "Note": (token, {"subject": subject}),
    }


@pytest.mark.parametrize(
    ("kind", "bodies"),
    [
        ("command_error", ["#send\r\n", "#discard\r\n"]),
        ("newer_message", ["#send\r\n", "#discard\r\n"]),
        ("confirm_commands", ["#discard\r\n"]),
        ("maybe_signature", ["#send\r\n", "#send whole\r\n", "#discard\r\n"]),
    ],
)
def test_a_held_mail_is_settled_by_a_link_that_names_the_answer(kind: str, bodies: list[str]) -> None:
    found = [_read(one.url) for one in actions(outgoing(kind), "[ELM-001] Printer on fire")]
    assert [fields["body"][0] for _, fields in found] == bodies
    assert {fields["In-Reply-To"][0] for _, fields in found} == {f"<{message_id(MINT, 1, 10)}>"}


def test_the_requester_can_say_that_it_is_solved() -> None:
    (only,) = actions(outgoing("reply", is_requester=True), "Re: [ELM-001] Printer on fire")
    token, fields = _read(only.url)
    assert (only.label, token) == ("It is solved", ReplyToken(1, 7, Purpose.RESOLVE, 5))
    assert fields["body"] == ["My problem is solved.\r\n"]


@pytest.mark.parametrize(
    ("why", "kind", "changes"),
    [
        ("somebody in copy does not decide what is solved", "reply", {"is_requester": False}),
        ("what is resolved needs no link to resolve it", "reply", {"is_requester": True, "status": StatusFacts("resolved", "Bob")}),
        ("an acknowledgement asks nothing", "acknowledgement", {"is_requester": True}),
        ("without a person there is no token", "comment", {"person": None}),
        ("what can no longer be sent has no link to send it", "command_error", {"data": {"final": True}}),
        ("a mail about no ticket acts on none", "magic_link", {}),
    ],
)
def test_no_link_where_nothing_can_be_done(why: str, kind: str, changes: dict[str, object]) -> None:
    assert actions(outgoing(kind, **changes), "[ELM-001] x") == (), why


def test_the_links_stand_in_the_mail_with_plus_and_number_sign_escaped() -> None:
    html = compose(outgoing("comment")).mime.decode("ascii").replace("=\n", "").replace("=3D", "=")
    assert "mailto:support%2B" in html
    assert "%23take%0D%0A" in html


def test_the_longest_subject_stays_within_what_clients_open() -> None:
    subject = "[ELM-123456789] " + "ж" * 900
    ticket = replace(TICKET, number=123456789, subject=subject)
    assert all(len(one.url) < 1900 for one in actions(outgoing("comment", ticket=ticket), subject))


def test_each_line_of_a_digest_answers_on_its_own_ticket(scene: Scene, house: Installation) -> None:
    bob = scene.person("bob@example.com", "Bob", "agent")
    with db.transaction(house.engine) as session:
        preferences.keep(session.get_one(Person, bob.id), {"when": "hourly"})
    scene.opens()
    with db.transaction(house.engine) as session:
        session.execute(update(OutboxMessage).values(created_at=OutboxMessage.created_at - timedelta(hours=1)))
        assert digest.send_due(session) == 1
        message = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "digest")).one()
        mail = compose(facts.gather(session, message, house_of(house)))
    assert mail.subject == "1 update on 1 ticket"
    assert "ELM-001" in mail.body_text
    body = message_from_bytes(mail.mime, policy=policy.default).get_body(("html",))
    assert body is not None
    links = re.findall(r'href="(mailto:[^"]+)"', body.get_content())
    answer, take = (read_reply_address(house.mint, unquote(urlsplit(unescape(one)).path)) for one in links)
    assert answer is not None
    assert take is not None
    assert (answer.ticket, answer.person, answer.purpose, take.purpose) == (scene.ticket, bob.id, Purpose.REPLY, Purpose.NOTE)
