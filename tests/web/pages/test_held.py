"""Held mail: shown with its reason, released, attached or dropped by administrators."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk import db, held_mail, tickets
from helpdesk.installation import Installation
from helpdesk.models import Comment, Event, InboundMail, OutboxMessage, Source, Ticket
from helpdesk.permissions import SYSTEM, Via, viewer_of
from helpdesk.reshaping import merge
from helpdesk.tickets import NewTicket
from helpdesk.words import HELD_ADVICE, HELD_WORDS, HeldReason
from tests.letters import letter
from tests.web.conftest import Api, Browser, Cast
from tests.web.held_mails import hold
from tests.web.pages.conftest import flash, send, tree, undo, words
from tests.web.pages.test_ticket import write

HTML = "<p>Look <b>here</b><script>alert(1)</script><img src='https://tracker.example/x.gif'></p>"


@pytest.fixture
def held(installation: Installation) -> str:
    """The page of a held mail of Alice."""
    raw = letter("Alice <alice@example.com>", "support@help.test", "Re: <i>fire</i>", HTML, content_type="text/html; charset=utf-8")
    return f"/admin/held/{hold(installation, raw)}"


def test_the_list_says_who_what_and_why(browser: Browser, held: str) -> None:
    page = tree(browser("bob"), "/admin/held")
    assert words(page, ".rows li")[0].startswith("alice@example.com")
    assert words(page, ".rows .r3") == ["H6 · The sender's domain disowns this mail."]
    assert words(page, ".page-head p")[0].startswith("The oldest came just now.")
    assert words(page, ".side [aria-current] .count") == ["1"]


def test_the_mail_is_shown_as_text_with_what_was_decided(browser: Browser, held: str) -> None:
    page = tree(browser("bob"), held)
    assert words(page, ".mail-head h2") == ["Re: <i>fire</i>"]
    assert words(page, ".paper .prose")[0].startswith("Look here")
    assert words(page, ".why dt")[:2] == ["Kind", "Sender"]  # no ticket was found
    assert words(page, ".why dd")[:2] == ["Written by a person no_mark_of_a_machine", "Sender not verified: no policy"]
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


@pytest.mark.parametrize("verb", ["release", "attach", "again", "drop"])
def test_only_administrators_decide_and_only_once(verb: str, browser: Browser, session: Session, held: str, ticket: Ticket) -> None:
    send(browser("bob"), f"{held}/{verb}", tag="ELM-001", reason="spam", expected=404)
    assert session.scalars(select(InboundMail.state)).all() == ["held"]
    send(browser("dora"), f"{held}/{verb}", tag="ELM-001", reason="spam")
    send(browser("dora"), f"{held}/{verb}", tag="ELM-001", reason="spam", expected=404)


def test_a_mail_without_a_single_sender_cannot_be_released_and_stays(
    browser: Browser, session: Session, installation: Installation, cast: Cast
) -> None:
    number = hold(installation, letter("a@x.example, b@y.example", "support@help.test", "Who?", "Which of us?"))
    assert flash(send(browser("dora"), f"/admin/held/{number}/release")) == "there is no single sender"
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


# --- the reasons


@pytest.mark.parametrize("why", HeldReason, ids=lambda why: f"H{why:d}")
def test_every_reason_says_its_number_its_words_and_what_can_be_done(
    why: HeldReason, browser: Browser, installation: Installation
) -> None:
    page = tree(browser("dora"), f"/admin/held/{hold(installation, why=why)}")
    code, _, rest = words(page, ".notice.reason p")[0].partition(" · ")
    assert (code, rest.lower()) == (f"H{why:d}", f"{HELD_WORDS[why]}.".lower())
    assert words(page, ".notice.reason p")[1] == HELD_ADVICE[why]


def test_what_is_known_of_this_mail_stands_behind_its_reason(browser: Browser, installation: Installation, cast: Cast) -> None:
    number = hold(installation, why=HeldReason.OVER_A_CAP, held_reason="over a cap: 1,204 parts")
    page = tree(browser("dora"), f"/admin/held/{number}")
    assert words(page, ".notice.reason p")[0] == "H10 · Larger or deeper than is read. Over a cap: 1,204 parts."


@pytest.mark.parametrize(
    "more",
    [
        {"trace": {"admins_only": "a robot's mail with a sign-up code"}},
        {"why": HeldReason.OVER_A_CAP},
        {"why": HeldReason.NOT_PROCESSED},
    ],
    ids=["a sign-up code", "over a cap", "not processed"],
)
def test_what_carries_or_may_carry_a_sign_up_code_is_shown_to_administrators_only(
    more: dict[str, Any], browser: Browser, api: Api, installation: Installation, cast: Cast
) -> None:
    number = hold(installation, subject="Your code is 123456", **more)
    for who, rows, status in (("bob", 0, 404), ("dora", 1, 200)):
        page = tree(browser(who), "/admin/held")
        assert len(words(page, ".rows li")) == rows
        assert words(page, ".side [aria-current] .count") == ["1"] * rows
        assert ("123456" in browser(who).get("/admin/held").text) is bool(rows)
        assert len(api(who, "GET", "/admin/held").json()["items"]) == rows
        assert [browser(who).get(f"/admin/held/{number}{more}").status_code for more in ("", "/raw")] == [status] * 2
        assert browser(who).get(f"/admin/held/{number}/original").status_code == 404
        assert [api(who, "GET", f"/admin/held/{number}{more}").status_code for more in ("", "/raw")] == [status] * 2


def test_a_mail_that_nobody_numbered_is_shown_all_the_same(browser: Browser, installation: Installation, cast: Cast) -> None:
    number = hold(installation, held_number=None, held_reason="by hand")
    assert words(tree(browser("bob"), f"/admin/held/{number}"), ".notice.reason p") == ["By hand."]


def test_the_longest_waiting_comes_first_and_a_reason_is_chosen_by_its_number(
    browser: Browser, installation: Installation, cast: Cast
) -> None:
    hold(installation, subject="young")
    hold(installation, subject="loop", why=HeldReason.TOO_MANY_RELAYS, received_at=func.now() - timedelta(days=3))
    hold(installation, subject="old", received_at=func.now() - timedelta(days=2))
    bob = browser("bob")
    page = tree(bob, "/admin/held")
    assert words(page, ".rows bdi.cut-off") == ["loop", "old", "young"]
    assert words(page, ".page-head p")[0].startswith("The oldest came 3 d ago.")
    assert words(page, "#by-reason option")[1:] == [
        "H6 · the sender's domain disowns this mail (2)", "H11 · more than 25 relays: it may be running in circles (1)",
    ]  # fmt: skip
    page = tree(bob, "/admin/held?reason=6")
    assert words(page, ".rows bdi.cut-off") == ["old", "young"]
    assert words(page, ".page-head .total") == ["2"]
    assert words(page, ".page-head p")[0].startswith("The oldest came 2 d ago.")


def test_a_long_list_goes_on_and_stays_light(browser: Browser, installation: Installation, cast: Cast) -> None:
    for number in range(45):
        hold(installation, subject=f"Offer {number}: " + "x" * 60)
    dora = browser("dora")
    answer = dora.get("/admin/held")
    assert len(answer.content) < 60_000
    page = tree(dora, "/admin/held")
    assert len(page.css(".rows li")) == 40
    following = tree(dora, page.css_first("[rel=next]").attributes["href"] or "")  # type: ignore[union-attr]
    assert [text[:9] for text in words(following, ".rows bdi.cut-off")] == [f"Offer {number}:" for number in range(40, 45)]


# --- many at once


def test_many_are_dropped_for_one_reason_each_with_its_line_and_held_again_on_undo(
    browser: Browser, installation: Installation, session: Session, cast: Cast
) -> None:
    spam, kept = [hold(installation) for _ in range(3)], hold(installation)
    dora = browser("dora")
    page = send(dora, "/admin/held/drop?reason=6", mail=spam, reason="Spam")
    assert flash(page).startswith("3 mails dropped")
    states = dict(session.execute(select(InboundMail.id, InboundMail.state)).all())
    assert states == {**dict.fromkeys(spam, "dropped"), kept: "held"}
    told = session.execute(select(Event.inbound_mail_id, Event.data["reason"].astext).where(Event.kind == "held_dropped"))
    assert sorted((number, reason) for number, reason in told) == [(number, "Spam") for number in spam]
    assert flash(undo(dora, page)) == "3 mails are held again."
    session.expire_all()
    assert set(session.scalars(select(InboundMail.state))) == {"held"}
    assert set(session.scalars(select(InboundMail.held_number))) == {6}


@pytest.mark.parametrize("path", ["/admin/held/{0}/drop", "/admin/held/drop"])
@pytest.mark.parametrize("reason", ["", "  "])
def test_nothing_is_dropped_without_a_reason(
    path: str, reason: str, browser: Browser, installation: Installation, session: Session, cast: Cast
) -> None:
    number = hold(installation)
    page = send(browser("dora"), path.format(number), mail=[number], reason=reason)
    assert flash(page) == "Say in a word why it is dropped."
    assert session.scalars(select(InboundMail.state)).all() == ["held"]


def test_after_one_is_dropped_the_next_of_the_same_reason_is_shown(
    browser: Browser, installation: Installation, cast: Cast
) -> None:
    first, other, second = (
        hold(installation),
        hold(installation, why=HeldReason.AUTOMATIC_REPLY),
        hold(installation, subject="second"),
    )
    page = send(browser("dora"), f"/admin/held/{first}/drop?reason=6", reason="Spam")
    assert words(page, ".mail-head h2") == ["second"]
    assert other < second


def test_only_administrators_see_what_chooses_and_decides(browser: Browser, installation: Installation, cast: Cast) -> None:
    number = hold(installation)
    for name, boxes in (("bob", 0), ("dora", 1)):
        page = tree(browser(name), f"/admin/held/{number}")
        assert (len(page.css("[name=mail]")), len(page.css(".decide"))) == (boxes, boxes)


# --- other decisions


def test_tried_again_it_waits_to_be_processed(browser: Browser, installation: Installation, session: Session, cast: Cast) -> None:
    number = hold(installation, why=HeldReason.NOT_PROCESSED, attempts=6, error="Traceback")
    page = send(browser("dora"), f"/admin/held/{number}/again")
    assert flash(page).startswith("It is tried again")
    row = session.scalars(select(InboundMail)).one()
    assert (row.state, row.held_number, row.attempts, row.error) == ("received", None, 0, None)


@pytest.mark.parametrize("why", held_mail.NOT_RELEASED, ids=lambda why: f"H{why:d}")
def test_what_an_agent_wrote_is_posted_by_nobody_else(
    why: HeldReason, browser: Browser, installation: Installation, session: Session, cast: Cast
) -> None:
    number = hold(installation, why=why)
    dora = browser("dora")
    assert [one.attributes["action"] for one in tree(dora, f"/admin/held/{number}").css(".decide form")] == [
        f"/admin/held/{number}/again", f"/admin/held/{number}/drop",
    ]  # fmt: skip
    assert flash(send(dora, f"/admin/held/{number}/release")).startswith("An agent's mail is not released")
    assert session.scalars(select(InboundMail.state)).all() == ["held"]


def test_mail_from_our_own_address_opens_no_ticket_that_answers_us(
    browser: Browser, installation: Installation, session: Session, cast: Cast
) -> None:
    raw = letter("Form <support@help.test>", "support@help.test", "A form", "Joana asks.")
    number = hold(installation, raw, HeldReason.CLAIMS_TO_BE_US)
    assert flash(send(browser("dora"), f"/admin/held/{number}/release")).startswith("It comes from an address of our own")
    assert session.scalars(select(Ticket)).all() == []


def test_attached_to_a_merged_ticket_it_goes_where_that_one_went(
    browser: Browser, installation: Installation, session: Session, held: str, ticket: Ticket, cast: Cast
) -> None:
    with db.transaction(installation.engine) as own:
        alice = own.merge(cast.people["alice"])
        new = NewTicket(title="Again", description="Twice", requester=alice, source=Source.EMAIL)
        bob = viewer_of(own.merge(cast.people["bob"]), Via.WEB)
        other = tickets.open_ticket(own, new, viewer_of(alice, Via.EMAIL)).number
        merge.merge(own, tickets.find(own, SYSTEM, other), tickets.find(own, SYSTEM, ticket.number), bob, tag="ELM-001")
    send(browser("dora"), f"{held}/attach", tag=f"ELM-{other}")
    mail = session.scalars(select(InboundMail)).one()
    assert (mail.state, mail.ticket_number) == ("comment", ticket.number)
