"""Held mail: shown with its reason, released, attached or dropped by administrators."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from helpdesk import db
from helpdesk.installation import Installation
from helpdesk.models import Comment, Event, InboundMail, OutboxMessage, Ticket
from mail_ingest import intake
from mail_ingest.intake import Arrival
from mail_ingest.mail import Envelope
from tests.letters import letter
from tests.web.conftest import Browser, Cast
from tests.web.pages.conftest import flash, send, tree, words
from tests.web.pages.test_ticket import write

REASON = "an agent's address that is not proved"
HTML = "<p>Look <b>here</b><script>alert(1)</script><img src='https://tracker.example/x.gif'></p>"


@pytest.fixture
def held(installation: Installation) -> str:
    """The page of a held mail of Alice."""
    raw = letter("Alice <alice@example.com>", "support@help.test", "Re: <i>fire</i>", HTML, content_type="text/html; charset=utf-8")
    return hold(installation, raw)


def hold(installation: Installation, raw: bytes, ticket: int | None = None) -> str:
    accepted = intake.accept(installation.engine, Arrival(raw, Envelope("alice@example.com", ("support@help.test",)), "test"))
    values = {
        "state": "held", "held_reason": REASON, "sender": "alice@example.com", "subject": "Re: <i>fire</i>", "rule": "no_mark_of_a_machine",
        "matched_by": "staff_unproven", "sender_verdict": "none", "ticket_number": ticket,
        "trace": {"judged": {"verdict": "none", "detail": "no policy"}, "routed": {"tried": ["no_sender"]}},
    }  # fmt: skip
    with db.transaction(installation.engine) as session:
        session.execute(update(InboundMail).where(InboundMail.id == accepted.mail_id).values(**values))
    return f"/admin/held/{accepted.mail_id}"


def test_the_list_says_who_what_and_why(browser: Browser, held: str) -> None:
    page = tree(browser("bob"), "/admin/held")
    assert words(page, ".rows li")[0].startswith("alice@example.com")
    assert words(page, ".rows .r3") == ["An agent's address that is not proved."]
    assert words(page, ".side [aria-current] .count") == ["1"]


def test_the_mail_is_shown_as_text_with_what_was_decided(browser: Browser, held: str) -> None:
    page = tree(browser("bob"), held)
    assert words(page, ".mail-head h2") == ["Re: <i>fire</i>"]
    assert words(page, ".paper .prose")[0].startswith("Look here")
    assert words(page, ".why dd")[:3] == [
        "no_mark_of_a_machine", "staff_unproven after trying no_sender", "Sender not verified: no policy",
    ]  # fmt: skip
    assert page.css_first(".decide") is None  # bob is no administrator


def test_its_layout_is_a_page_that_loads_and_runs_nothing(browser: Browser, held: str) -> None:
    bob = browser("bob")
    frame = tree(bob, held).css_first("iframe")
    assert frame is not None
    answer = bob.get(frame.attributes["src"] or "")
    assert "<b>here</b>" in answer.text
    assert "script" not in answer.text
    assert ' src="https' not in answer.text
    assert "sandbox" in answer.headers["content-security-policy"]


def test_released_it_is_a_new_ticket_of_its_sender(browser: Browser, session: Session, held: str, cast: Cast) -> None:
    page = send(browser("dora"), f"{held}/release")
    assert flash(page) == "The held mail is on this ticket."
    row = session.scalars(select(Ticket)).one()
    assert (row.requester.address, row.title, row.verified) == ("alice@example.com", "Re: <i>fire</i>", False)
    mail = session.scalars(select(InboundMail)).one()
    assert (mail.state, mail.matched_by, mail.ticket_number, mail.held_reason) == ("ticket", "an_administrator", row.number, None)
    assert session.scalars(select(Event.kind).where(Event.inbound_mail_id == mail.id)).all() == ["created", "held_released"]


def test_attached_it_is_a_message_on_that_ticket(browser: Browser, session: Session, held: str, ticket: Ticket) -> None:
    page = send(browser("dora"), f"{held}/attach", tag="elm-1")
    assert words(page, ".msg.requester .prose")[1].startswith("Look here")
    row = session.scalars(select(Comment)).one()
    assert (row.ticket_number, row.author_address, row.verified, row.state) == (1, "alice@example.com", False, "posted")


def test_a_ticket_that_is_not_there_is_said(browser: Browser, session: Session, held: str) -> None:
    assert flash(send(browser("dora"), f"{held}/attach", tag="ELM-77")) == "There is no ticket “ELM-77”."
    assert session.scalars(select(InboundMail.state)).all() == ["held"]


def test_dropped_it_is_kept_with_who_and_why(browser: Browser, session: Session, held: str) -> None:
    page = send(browser("dora"), f"{held}/drop", reason="an advertisement")
    assert flash(page).startswith("Dropped")
    assert session.scalars(select(InboundMail.state)).all() == ["dropped"]
    assert session.scalars(select(Event.data).where(Event.kind == "held_dropped")).one()["reason"] == "an advertisement"
    assert session.scalars(select(OutboxMessage)).all() == []


@pytest.mark.parametrize("verb", ["release", "attach", "drop"])
def test_only_administrators_decide_and_only_once(verb: str, browser: Browser, session: Session, held: str, ticket: Ticket) -> None:
    send(browser("bob"), f"{held}/{verb}", tag="ELM-001", expected=404)
    assert session.scalars(select(InboundMail.state)).all() == ["held"]
    send(browser("dora"), f"{held}/{verb}", tag="ELM-001")
    send(browser("dora"), f"{held}/{verb}", tag="ELM-001", expected=404)


def test_a_mail_without_a_single_sender_cannot_be_released_and_stays(
    browser: Browser, session: Session, installation: Installation, cast: Cast
) -> None:
    held = hold(installation, letter("a@x.example, b@y.example", "support@help.test", "Who?", "Which of us?"))
    assert flash(send(browser("dora"), f"{held}/release")) == "there is no single sender"
    assert session.scalars(select(InboundMail.state)).all() == ["held"]


def test_a_message_to_accept_leads_to_its_ticket(browser: Browser, installation: Installation, cast: Cast, ticket: Ticket) -> None:
    number = write(installation.engine, ticket, cast, "mallory", "Hello", by_system=True, pending_because="she takes no part")
    page = tree(browser("bob"), "/admin/held?kind=pending")
    assert page.css_first(".rows a").attributes["href"] == f"/admin/ticket/ELM-001#m-{number}"  # type: ignore[union-attr]


def test_the_bytes_are_those_that_came(browser: Browser, held: str) -> None:
    answer = browser("bob").get(f"{held}/raw")
    assert answer.headers["content-type"] == "message/rfc822"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert b"<script>alert(1)</script>" in answer.content
