"""One ticket as an agent sees it: what is shown and what is not run, and what each form does."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from helpdesk import attachments, canned, comments, db, outbox
from helpdesk.attachments import File
from helpdesk.comments import NewComment
from helpdesk.delivery import failures
from helpdesk.delivery.failures import Failure
from helpdesk.installation import Installation
from helpdesk.models import Comment, InboundMail, OutboxMessage, Source, Ticket
from helpdesk.permissions import SYSTEM, Via, viewer_of
from tests.helpdesk.text.test_pictures import DOT, png
from tests.web.conftest import Browser, Cast
from tests.web.pages.conftest import Counted, send, tree, words
from web.pages import ticket_thread

HERE = "/admin/ticket/ELM-001"
TRACE = {
    "parsed": {"from": ["alice@example.com"], "defects": [], "attachments": 0},
    "judged": {"verdict": "none", "detail": "no policy"},
    "classified": {"kind": "person", "rule": "no_mark_of_a_machine", "reason": ""},
    "routed": {"rung": "participant_token", "tried": ["no_sender"], "ticket": 1, "outcome": "comment"},
    "cut": {"by": "what_we_sent", "trimmed": 10, "signature": 0, "hidden": 0},
    "result": {"state": "comment", "reason": ""},
}


def write(engine: Engine, ticket: Ticket, cast: Cast, who: str, content: str, *, by_system: bool = False, **more: object) -> int:
    """A message on the ticket, as it comes by mail; gives its number."""
    with db.transaction(engine) as session:
        locked = session.get_one(Ticket, ticket.number, with_for_update=True)
        person = session.merge(cast.people[who])
        new = NewComment(content=content, source=Source.EMAIL, author=person, author_address=person.address, **more)  # type: ignore[arg-type]
        by = SYSTEM if by_system else viewer_of(person, Via.EMAIL)
        return comments.add_comment(session, locked, new, by).id


def mail(engine: Engine, ticket: int | None = 1, *, size: int = 9) -> int:
    """A mail that came in and is on the ticket; gives its number."""
    with db.transaction(engine) as session:
        row = InboundMail(
            fingerprint=f"{ticket} {size}".encode(), source="smtp", mail_from="alice@example.com", rcpt_to=["support@help.test"], size=size,
            raw_on=datetime.now(UTC).date(), state="comment", rule="no_mark_of_a_machine", matched_by="participant_token", trace=TRACE,
            ticket_number=ticket,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id


# --- what is shown
def test_where_it_happened_is_named_in_words(browser: Browser, engine: Engine, ticket: Ticket) -> None:
    facts = {"url": "https://shop.test/cart?a=1", "build": "77", "browser": "Firefox 145", "os": "Windows 11"}
    with db.transaction(engine) as session:
        session.get_one(Ticket, 1).environment = facts
    page = tree(browser("bob"), HERE)
    assert words(page, ".panel .pairs dt") == ["Browser", "System", "Page or app", "build"]
    assert [(one.text(), one.attributes["href"]) for one in page.css(".panel .pairs a")] == [(facts["url"], facts["url"])]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "shop.test/cart", "http://[", "https:///x"])
def test_what_is_no_address_on_the_web_is_no_link(url: str, browser: Browser, engine: Engine, ticket: Ticket) -> None:
    with db.transaction(engine) as session:
        session.get_one(Ticket, 1).environment = {"url": url}
    page = tree(browser("bob"), HERE)
    assert (words(page, ".panel .pairs dd"), page.css(".panel .pairs a")) == ([url], [])


def test_the_thread_is_the_first_message_what_was_said_and_what_happened(
    browser: Browser, engine: Engine, cast: Cast, ticket: Ticket
) -> None:
    write(engine, ticket, cast, "alice", "It still smokes.")
    write(engine, ticket, cast, "bob", "Did you unplug it?")
    write(engine, ticket, cast, "bob", "She will not have.", internal=True)
    page = tree(browser("bob"), HERE)
    said = [(one.attributes["class"], " ".join(one.text().split())) for one in page.css(".thread > *")]
    assert [(kind, text.split(" ago ")[-1]) for kind, text in said if kind != "event"] == [
        ("msg requester", said[0][1].split(" ago ")[-1]),
        ("msg requester", said[1][1].split(" ago ")[-1]),
        ("msg agent", said[2][1].split(" ago ")[-1]),
        ("msg note", said[4][1].split(" ago ")[-1]),
    ]
    assert words(page, ".msg .prose") == ["It smokes.", "It still smokes.", "Did you unplug it?", "She will not have."]
    assert "Not visible to requester" in words(page, ".msg.note .badge")
    assert words(page, ".thread .event span")[-1] == "Bob set the status to In progress by mail"


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><svg onload=alert(1)>', "javascript:alert(1)",
        "https://example.com/\"onmouseover=\"alert(1)", "{{ 7*7 }} {% include 'x' %}",
    ],
)  # fmt: skip
def test_mail_is_shown_as_text_and_nothing_in_it_runs(
    text: str, browser: Browser, engine: Engine, cast: Cast, ticket: Ticket
) -> None:
    write(engine, ticket, cast, "alice", text, trimmed=text, signature=text, author_name=text)
    page = tree(browser("bob"), HERE)
    assert not page.css(".thread script, .thread img, .thread [onerror], .thread [onmouseover], .thread [onload]")
    assert not [one for one in page.css(".thread a") if (one.attributes.get("href") or "").startswith("javascript")]
    assert text.split(maxsplit=1)[0].strip('">') in page.css_first(".msg:nth-of-type(2) .prose").text()  # type: ignore[union-attr]


def test_addresses_in_mail_become_links_that_tell_their_target_nothing(
    browser: Browser, engine: Engine, cast: Cast, ticket: Ticket
) -> None:
    write(engine, ticket, cast, "alice", "see https://example.com/a?b=1")
    link = tree(browser("bob"), HERE).css_first(".msg .prose a")
    assert link is not None
    assert link.attributes["href"] == "https://example.com/a?b=1"
    assert set((link.attributes["rel"] or "").split()) >= {"nofollow", "noopener"}


def test_what_was_written_on_the_web_is_markdown(browser: Browser, ticket: Ticket) -> None:
    bob = browser("bob")
    page = send(bob, f"{HERE}/comment", content="**Unplug** it.\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n<b>raw</b>", seen="0")
    assert words(page, ".msg.agent .prose strong") == ["Unplug"]
    assert not page.css(".msg [style]")  # the policy of the page would block it
    assert [one.attributes.get("align") for one in page.css(".msg td")] == [None, "right"]
    assert "<b>raw</b>" in page.css_first(".msg.agent .prose").text()  # type: ignore[union-attr]


def test_a_mail_says_why_it_is_here_and_can_be_had_as_it_came(browser: Browser, engine: Engine, cast: Cast, ticket: Ticket) -> None:
    number = mail(engine)
    write(engine, ticket, cast, "alice", "By mail", inbound_mail_id=number, trimmed="> quoted", hidden_lines=2, verified=False)
    page = tree(browser("bob"), HERE)
    assert words(page, ".why dd")[:4] == [
        "no_mark_of_a_machine", "participant_token after trying no_sender", "Sender not verified: no policy", "by what_we_sent",
    ]  # fmt: skip
    assert words(page, ".trimmed") == ["> quoted"]
    assert words(page, ".hidden-lines") == ["2 lines of the customer are in the trimmed text."]
    assert page.css_first(".why a").attributes["href"] == f"{HERE}/raw/{number}"  # type: ignore[union-attr]


def test_the_raw_mail_of_another_ticket_is_not_found(browser: Browser, engine: Engine, ticket: Ticket) -> None:
    assert browser("bob").get(f"{HERE}/raw/{mail(engine, None)}").status_code == 404


def test_the_original_layout_is_a_page_without_rights_and_with_its_own_images(
    browser: Browser, installation: Installation, cast: Cast, ticket: Ticket
) -> None:
    html = '<p style="color:red">Look <img src="cid:pic"><img src="cid:gone"><img data-remote-src="https://tracker.example/x"></p>'
    number = write(installation.engine, ticket, cast, "alice", "Look", html=html)
    stored = attachments.store(installation.storage, [File("a.png", "image/png", DOT, inline=True, content_id="pic")])
    with db.transaction(installation.engine) as session:
        attachments.attach(session, ticket.number, number, stored)
    bob = browser("bob")
    frame = tree(bob, HERE).css_first("iframe")
    assert frame is not None
    assert frame.attributes.get("sandbox", "missing") in ("", None)
    answer = bob.get(frame.attributes["src"] or "")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert f'src="data:image/png;base64,{base64.b64encode(DOT).decode()}"' in answer.text
    assert ' src="https://tracker' not in answer.text
    assert bob.get(f"{HERE}/original/first").status_code == 404


def test_each_reply_says_what_became_of_its_mails(browser: Browser, engine: Engine, cast: Cast, ticket: Ticket) -> None:
    write(engine, ticket, cast, "bob", "Unplug it.")
    with db.transaction(engine) as session:
        rows = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "reply").order_by(OutboxMessage.recipient)).all()
        rows[0].state, rows[1].state, rows[1].last_answer = "sent", "failed", "550 mailbox unknown"
    page = tree(browser("bob"), HERE)
    assert words(page, ".msg.agent .delivery") == ["Sent alice@example.com", "Not delivered carl@example.com"]
    assert page.css_first(".d-failed").attributes["title"] == "550 mailbox unknown"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("told", "again", "shown", "event"),
    [
        (Failure("failed", "5.1.1", "550 unknown"), False, "Not delivered alice@example.com", "a mail to alice@example.com was not delivered"),
        (Failure("failed", "5.1.1", "550 unknown"), True, "Sent alice@example.com", "a mail to alice@example.com was not delivered"),
        (Failure("delayed", "4.4.1", "451 later"), False, "Delayed alice@example.com", "a mail to alice@example.com is delayed"),
        (Failure("complaint", None, "complaint: abuse"), False, "Marked as unwanted by alice@example.com", "alice@example.com marked a mail as unwanted"),
    ],
    ids=["failed", "failed and sent again", "delayed", "complaint"],
)  # fmt: skip
def test_what_a_report_says_of_a_reply_shows_on_it_and_in_the_thread(
    browser: Browser, engine: Engine, cast: Cast, ticket: Ticket, told: Failure, again: bool, shown: str, event: str
) -> None:
    write(engine, ticket, cast, "bob", "Unplug it.")
    to_alice = select(OutboxMessage).where(OutboxMessage.kind == "reply", OutboxMessage.recipient == "alice@example.com")
    with db.transaction(engine) as session:
        row = session.scalars(to_alice).one()
        row.state = "sent"
        failures.happened(session, row, told)
    with db.transaction(engine) as session:
        row = session.scalars(to_alice).one()
        if again:
            assert outbox.send_again(session, row.id)
            row.state, row.last_answer = "sent", "250 taken"
    page = tree(browser("bob"), HERE)
    assert words(page, ".msg.agent .delivery")[0] == shown
    assert page.css_first(".msg.agent .delivery").attributes["title"] == ("250 taken" if again else told.diagnostic)  # type: ignore[union-attr]
    assert f"The helpdesk learned that {event}" in page.text()


def test_previous_and_next_stay_in_the_view(browser: Browser, engine: Engine, cast: Cast, ticket: Ticket) -> None:
    from helpdesk import tickets
    from helpdesk.tickets import NewTicket

    with db.transaction(engine) as session:
        alice = session.merge(cast.people["alice"])
        for title in ("Second", "Third"):
            tickets.open_ticket(session, NewTicket(title, "x", alice, Source.EMAIL), viewer_of(alice, Via.EMAIL))
    page = tree(browser("bob"), "/admin/ticket/ELM-002?view=unassigned")
    assert page.css_first("[rel=prev]").attributes["href"] == "/admin/ticket/ELM-001?view=unassigned"  # type: ignore[union-attr]
    assert page.css_first("[rel=next]").attributes["href"] == "/admin/ticket/ELM-003?view=unassigned"  # type: ignore[union-attr]
    assert page.css_first("[data-up]").attributes["href"] == "/admin?view=unassigned"  # type: ignore[union-attr]


def test_a_canned_response_comes_filled(browser: Browser, engine: Engine, cast: Cast, ticket: Ticket) -> None:
    with db.transaction(engine) as session:
        dora = viewer_of(session.merge(cast.people["dora"]), Via.WEB)
        number = canned.create(
            session, dora, title="Hello", content="Dear {user_name}, {ticket_id}: {ticket_title}. {agent_name}", actions={"status": "resolved"}
        ).id  # fmt: skip
    answer = browser("bob").get(f"{HERE}/canned/{number}")
    assert answer.text == "Dear Alice, ELM-001: The printer is on fire. Bob"
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-then-status"] == "resolved"


def test_a_ticket_that_only_administrators_see_is_not_there_for_an_agent(
    browser: Browser, session: Session, ticket: Ticket
) -> None:
    session.merge(ticket).restricted = True
    session.commit()
    assert browser("bob").get(HERE).status_code == 404
    assert browser("dora").get(HERE).status_code == 200


def test_a_ticket_costs_at_most_15_queries(browser: Browser, engine: Engine, cast: Cast, ticket: Ticket, queries: Counted) -> None:
    for number in range(3):
        write(engine, ticket, cast, "alice", "Again", inbound_mail_id=mail(engine, size=number))
        write(engine, ticket, cast, "bob", "And again")
        write(engine, ticket, cast, "dora", "Hm", internal=True)
    bob = browser("bob")
    bob.get(HERE)
    with queries() as said:
        tree(bob, HERE)
    assert len(said) <= 15, "\n\n".join(re.sub(r"\s+", " ", one)[:400] for one in said)


def test_two_hundred_messages_weigh_no_more_than_a_page_may(browser: Browser, engine: Engine, cast: Cast, ticket: Ticket) -> None:
    with db.transaction(engine) as session:
        alice = session.merge(cast.people["alice"])
        for number in range(200):
            session.add(
                Comment(
                    ticket_number=1,
                    author=alice,
                    author_address=alice.address,
                    source=Source.EMAIL,
                    content=f"{number}. It smokes.",
                )
            )
    bob = browser("bob")
    page = tree(bob, HERE)
    own = [one.attributes["href"] or "" for one in page.css("link[rel=stylesheet]")]
    own += [one.attributes["src"] or "" for one in page.css("script")]
    assert sum(len(bob.get(address).content) for address in [HERE, *own]) <= 120_000
    assert words(page, ".gap") == ["Show the 192 messages in between"]
    whole = tree(bob, page.css_first(".gap a").attributes["href"] or "")  # type: ignore[union-attr]
    assert len(whole.css(".msg")) == 201


@pytest.mark.parametrize(
    ("text", "html", "frame"),
    [("Hi.", "<p>Hi.</p>", "s"), ("line\n" * 10, "<p>x</p>", "m"), ("x" * 1500, "<p>x</p>", "l"), ("Look", "<img>" * 5, "xl")],
)
def test_a_frame_is_as_high_as_its_text_and_pictures_want(text: str, html: str, frame: str) -> None:
    assert ticket_thread.frame_for(text, html) == frame


def test_pictures_are_shown_small_and_other_files_are_not(
    browser: Browser, installation: Installation, cast: Cast, ticket: Ticket
) -> None:
    number = write(installation.engine, ticket, cast, "alice", "Look")
    files = [File("a.png", "image/png", DOT), File("b.svg", "image/svg+xml", b"x"), File("c.txt", "text/plain", b"x")]
    files.append(File("huge.png", "image/png", png(20_000, 20_000)))
    with db.transaction(installation.engine) as session:
        attachments.attach(session, ticket.number, number, attachments.store(installation.storage, files))
    page = tree(browser("bob"), HERE)
    assert words(page, ".files .picture bdi") == ["a.png"]
    assert len(page.css(".files img")) == 1
