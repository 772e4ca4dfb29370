"""The outbox: every mail with its state, one as its reader sees it, and another try."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from urllib.parse import quote

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from helpdesk import db, outbox
from helpdesk.delivery import suppression
from helpdesk.models import OutboxMessage, Ticket
from helpdesk.sign_in import links
from tests.web.conftest import Browser, Cast
from tests.web.pages.conftest import Counted, flash, send, tree, words


def put(
    engine: Engine,
    kind: str = "reply",
    *,
    ticket: int | None = 1,
    state: str = "captured",
    html: str = "<p>Hi</p>",
    text: str = "Hi in text",
    **more: object,
) -> int:
    """A mail to alice in a state; gives its number."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Reply-To"] = (
        "support@help.test",
        "alice@example.com",
        "Hi there",
        "support+x@help.test",
    )
    mail.set_content(text)
    mail.add_alternative(html, subtype="html")
    with db.transaction(engine) as session:
        row = outbox.enqueue(session, kind, "alice@example.com", ticket_number=ticket)
        session.flush()
        values = {"state": state, "mime": mail.as_bytes(), "subject": "Hi there", "attempts": 1} | more
        session.execute(update(OutboxMessage).where(OutboxMessage.id == row.id).values(**values))
        return row.id


def test_the_list_can_be_narrowed_to_a_state(browser: Browser, engine: Engine, ticket: Ticket) -> None:
    put(engine, state="failed", last_answer="550 no such user")
    bob = browser("bob")
    assert len(words(tree(bob, "/admin/outbox"), ".rows li")) > 1
    page = tree(bob, "/admin/outbox?state=failed")
    assert words(page, ".rows b") == ["alice@example.com"]
    assert words(page, ".seg [aria-current]") == ["Not delivered 1"]
    assert len(words(tree(bob, "/admin/outbox?state=nonsense"), ".rows li")) > 1


def test_a_mail_is_shown_with_its_headers_text_and_html_in_a_frame_without_rights(
    browser: Browser, engine: Engine, ticket: Ticket
) -> None:
    number = put(engine, html="<p>Hi <b>you</b></p>")
    bob = browser("bob")
    page = tree(bob, f"/admin/outbox/{number}")
    assert words(page, ".as-text") == ["Hi in text"]
    assert "Reply-To" in words(page, ".headers dt")
    frame = page.css_first("iframe.as-html")
    assert frame is not None
    assert frame.attributes.get("sandbox", "missing") in ("", None)
    answer = bob.get(frame.attributes["src"] or "")
    assert "<b>you</b>" in answer.text
    assert "sandbox" in answer.headers["content-security-policy"]
    assert page.css_first("a[href$=raw]") is None
    assert bob.get(f"/admin/outbox/{number}/raw").status_code == 404
    dora = browser("dora")
    assert tree(dora, f"/admin/outbox/{number}").css_first(f'a[href="/admin/outbox/{number}/raw"]') is not None
    assert dora.get(f"/admin/outbox/{number}/raw").headers["content-type"] == "message/rfc822"


def test_no_link_in_a_mail_acts_as_its_reader_for_those_who_read_it_here(
    browser: Browser, engine: Engine, session: Session, cast: Cast, ticket: Ticket
) -> None:
    keys, person = (b"k" * 32,), cast.people["alice"].id
    link = links.ticket_link(keys, "https://help.test", "ELM", ticket.number, person, datetime.now(UTC))
    key = link.partition("?key=")[2]
    number = put(engine, html=f'<p><a href="{link}">{link}</a></p>', text=f"Read it at {link}\nBye")
    for name in ("bob", "dora"):
        reader = browser(name)
        assert words(tree(reader, f"/admin/outbox/{number}"), ".as-text") == ["Read it at https://help.test/ticket/ELM-001 Bye"]
        for part in ("", "/html"):
            page = reader.get(f"/admin/outbox/{number}{part}").text
            assert key not in page and "https://help.test/ticket/ELM-001" in page


def test_files_of_a_mail_are_named_to_agents_and_given_to_administrators(browser: Browser, engine: Engine, ticket: Ticket) -> None:
    mail = EmailMessage()
    mail.set_content("Look")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="bill.pdf")
    number = put(engine, mime=mail.as_bytes())
    assert "With bill.pdf." in words(tree(browser("bob"), f"/admin/outbox/{number}"), ".paper p")
    assert words(tree(browser("dora"), f"/admin/outbox/{number}"), ".paper .files bdi") == ["bill.pdf"]


def test_a_mail_that_failed_is_tried_again_at_once(browser: Browser, engine: Engine, session: Session, ticket: Ticket) -> None:
    number = put(engine, state="failed", last_answer="550 no such user")
    page = send(browser("bob"), f"/admin/outbox/{number}/retry")
    assert flash(page) == "The mail to alice@example.com is tried again."
    assert session.get_one(OutboxMessage, number).state == "queued"


def test_a_mail_that_was_sent_is_not_sent_twice(browser: Browser, engine: Engine, session: Session, ticket: Ticket) -> None:
    number = put(engine, state="sent")
    assert tree(browser("bob"), f"/admin/outbox/{number}").css_first("form[action$=retry]") is None
    assert flash(send(browser("bob"), f"/admin/outbox/{number}/retry")) == "It is being sent, or was already."
    assert session.get_one(OutboxMessage, number).state == "sent"


def test_a_mail_about_no_ticket_is_an_administrators(browser: Browser, engine: Engine, cast: Cast) -> None:
    number = put(engine, "staff_unproven", ticket=None)
    assert browser("bob").get(f"/admin/outbox/{number}").status_code == 404
    assert browser("dora").get(f"/admin/outbox/{number}").status_code == 200


@pytest.mark.parametrize(("state", "shown"), [("captured", True), ("sent", False), ("queued", False)])
def test_a_mail_that_signs_its_reader_in_is_read_by_nobody_else_once_mail_is_sent(
    state: str, shown: bool, browser: Browser, engine: Engine, cast: Cast
) -> None:
    number = put(engine, "magic_link", ticket=None, state=state)
    dora = browser("dora")
    assert ("Hi in text" in dora.get(f"/admin/outbox/{number}").text) is shown
    for part in ("raw", "html"):
        assert (dora.get(f"/admin/outbox/{number}/{part}").status_code == 200) is shown


def test_a_mail_that_is_not_written_yet_says_so(browser: Browser, engine: Engine, ticket: Ticket) -> None:
    page = tree(browser("bob"), f"/admin/outbox/{put(engine, state='queued', mime=None, subject=None)}")
    assert words(page, ".as-text") == ["It is not written yet: that happens before its first try."]
    assert words(page, ".mail-head h2") == ["Reply about ELM-001"]


def test_older_mails_are_a_page_further(browser: Browser, engine: Engine, ticket: Ticket) -> None:
    numbers = [put(engine) for _ in range(42)]
    bob = browser("bob")
    page = tree(bob, "/admin/outbox?state=captured")
    assert len(page.css(".rows li")) == 40
    older = tree(bob, page.css_first("[rel=next]").attributes["href"] or "")  # type: ignore[union-attr]
    assert [link.attributes["href"].split("?")[0] for link in older.css(".rows a")] == [  # type: ignore[union-attr]
        f"/admin/outbox/{number}" for number in (numbers[1], numbers[0])
    ]


@pytest.mark.parametrize(
    ("to", "found"), [("alice@example.com", True), ("ALICE@example.com", True), ("lice@ex", False), ("lice", True), ("100%", False)]
)
def test_mails_are_found_by_their_recipient(browser: Browser, engine: Engine, cast: Cast, to: str, found: bool) -> None:
    put(engine, ticket=None)
    page = tree(browser("dora"), f"/admin/outbox?to={quote(to)}")
    assert words(page, ".rows b") == (["alice@example.com"] if found else [])
    assert bool(words(page, ".empty h2")[:1] == ["No such mail"]) == (not found)


def test_why_a_mail_was_not_sent_is_said_and_it_goes_out_once_its_address_gets_mail_again(
    browser: Browser, engine: Engine, session: Session, ticket: Ticket, cast: Cast
) -> None:
    with db.transaction(engine) as opened:
        suppression.stop(opened, "alice@example.com", "the mailbox is gone")
        number = outbox.enqueue(opened, "reply", "alice@example.com", ticket_number=ticket.number).id
    dora = browser("dora")
    page = tree(dora, f"/admin/outbox/{number}")
    assert "The mailbox is gone." in words(page, ".mail-head .notice")[0]
    assert page.css_first("form[action$=retry]") is None
    assert page.css_first('a[href="/admin/people?q=alice%40example.com"]') is not None
    assert tree(browser("bob"), f"/admin/outbox/{number}").css_first('a[href^="/admin/people?q"]') is None
    refused = send(dora, f"/admin/outbox/{number}/retry")
    assert flash(refused) == "Mail to alice@example.com is still stopped: the mailbox is gone"
    assert session.get_one(OutboxMessage, number).state == "suppressed"

    send(dora, "/admin/people/mail", address="alice@example.com")
    page = tree(dora, f"/admin/outbox/{number}")
    assert "this one can be sent" in words(page, ".mail-head .notice")[0]
    assert flash(send(dora, f"/admin/outbox/{number}/retry")) == "The mail to alice@example.com is tried again."
    session.expire_all()
    assert session.get_one(OutboxMessage, number).state == "queued"


def test_a_mail_that_was_taken_back_says_so(browser: Browser, engine: Engine, ticket: Ticket) -> None:
    number = put(engine, state="cancelled", last_answer="The reply was taken back.")
    page = tree(browser("bob"), f"/admin/outbox/{number}")
    assert "The reply was taken back." in words(page, ".mail-head .notice")[0]


def test_the_list_costs_few_queries(browser: Browser, engine: Engine, ticket: Ticket, queries: Counted) -> None:
    number = put(engine)
    dora = browser("dora")
    with queries() as said:
        dora.get(f"/admin/outbox/{number}?state=captured&to=alice")
    assert len(said) <= 15
