"""A ticket as people outside see it, signed in or by a signed link; what each may do there, and what nobody outside ever sees."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, func, select, update
from starlette.testclient import TestClient

from helpdesk import attachments, comments, db, participants, tickets
from helpdesk.attachments import File
from helpdesk.comments import NewComment
from helpdesk.installation import Installation
from helpdesk.models import Attachment, Comment, Participant, Source, Status, Ticket, TicketLink
from helpdesk.permissions import SYSTEM, Via, viewer_of
from helpdesk.sign_in import links
from helpdesk.tickets import NewTicket
from tests.helpdesk.text.test_pictures import DOT, png
from tests.web.conftest import LOCAL, Browser, Cast, csrf

HERE = "/ticket/ELM-001"
Link = Callable[..., str]
Holder = Callable[..., TestClient]


@pytest.fixture
def link(installation: Installation, cast: Cast, ticket: Ticket) -> Link:
    """`link("alice", days=3)`: the path that alice was mailed three days ago."""

    def minted(name: str = "alice", number: int = 1, days: float = 0) -> str:
        at = datetime.now(UTC) - timedelta(days=days)
        return links.ticket_link(installation.keys, "", "ELM", number, cast.people[name].id, at)

    return minted


@pytest.fixture
def holder(app: FastAPI, link: Link) -> Holder:
    """`holder("alice")` is a browser that has opened alice's link."""

    def opened(name: str = "alice") -> TestClient:
        client = TestClient(app, base_url="https://help.test", client=LOCAL, follow_redirects=False)
        assert client.get(link(name)).status_code == 303
        return client

    return opened


def say(engine: Engine, cast: Cast, name: str, text: str, *, internal: bool = False, number: int = 1) -> int:
    """Somebody writes on the ticket; gives the number of the message."""
    with db.transaction(engine) as session:
        person, ticket = session.merge(cast.people[name]), tickets.locked(session, number)
        assert ticket is not None
        new = NewComment(text, Source.EMAIL, person, person.address, person.name, internal=internal)
        return comments.add_comment(session, ticket, new, viewer_of(person, Via.EMAIL)).id


def change(engine: Engine, **values: object) -> None:
    """The ticket as a test needs it."""
    with db.transaction(engine) as session:
        session.execute(update(Ticket).where(Ticket.number == 1).values(**values))


def stored(engine: Engine) -> Ticket:
    with db.transaction(engine) as session:
        return session.get_one(Ticket, 1)


# --- the signed link


def test_a_link_becomes_a_cookie_of_this_ticket_and_leaves_the_address(client: TestClient, link: Link) -> None:
    answer = client.get(link())
    assert (answer.status_code, answer.headers["location"]) == (303, HERE)
    marks = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert marks >= {"httponly", "secure", "samesite=lax", f"path={HERE}".lower()}
    page = client.get(HERE)
    assert page.status_code == 200 and "The printer is on fire" in page.text
    assert "key=" not in page.text and link().partition("key=")[2] not in page.text
    assert client.get("/my-tickets").text.count("The printer is on fire") == 0


def test_looking_proves_nothing_replying_does(holder: Holder, engine: Engine) -> None:
    change(engine, verified=False)
    alice = holder()
    assert "Yes, that was me" in alice.get(HERE).text
    assert stored(engine).verified is False
    answer = alice.post(f"{HERE}/reply", data={"content": "It **still** burns"})
    assert (answer.status_code, answer.headers["location"]) == (303, HERE)
    assert stored(engine).verified is True
    page = alice.get(HERE).text
    assert "<strong>still</strong>" in page and "Your reply is with us." in page and "Yes, that was me" not in page


def test_the_button_proves_the_address_too_but_not_in_the_hands_of_a_person_in_copy(holder: Holder, engine: Engine) -> None:
    change(engine, verified=False)
    carl = holder("carl")
    assert "Yes, that was me" not in carl.get(HERE).text
    assert carl.post(f"{HERE}/confirm").status_code == 403
    assert carl.post(f"{HERE}/reply", data={"content": "Me too"}).status_code == 303
    assert stored(engine).verified is False
    assert holder().post(f"{HERE}/confirm").status_code == 303
    assert stored(engine).verified is True


@pytest.mark.parametrize(
    ("verb", "fields"), [("resolve", {}), ("cc", {"address": "x@example.com"}), ("cc", {"remove": "carl@example.com"})]
)
def test_a_link_reads_and_replies_and_no_more(holder: Holder, engine: Engine, verb: str, fields: dict[str, str]) -> None:
    alice = holder()
    page = alice.get(HERE).text
    assert "Mark as resolved" not in page and 'name="address"' not in page and 'name="remove"' not in page
    assert alice.post(f"{HERE}/{verb}", data=fields).status_code == 403
    assert (stored(engine).status, len(alice.get(HERE).text) > 0) == ("open", True)


def test_a_link_opens_no_other_ticket_of_the_same_person(
    holder: Holder, engine: Engine, cast: Cast, link: Link, client: TestClient
) -> None:
    with db.transaction(engine) as session:
        other = tickets.open_ticket(session, NewTicket("Another", "", session.merge(cast.people["alice"]), Source.WEB), SYSTEM)
    assert other.number == 2
    key = link().partition("key=")[2]
    assert client.get(f"/ticket/ELM-002?key={key}").status_code == 404
    client.cookies.set("__Secure-ticket", key, domain="help.test", path="/")
    assert client.get(HERE).status_code == 200
    assert client.get("/ticket/ELM-002").status_code == 303  # to the way in
    assert client.get("/ticket/ELM-001/files/00000000-0000-4000-8000-000000000000").status_code == 404


def test_wrong_keys_get_one_answer(client: TestClient, link: Link) -> None:
    good = link().partition("key=")[2]
    keys = [
        "x",
        "a" * 48,
        good[:-1],
        good + "a",
        "\u00e9" * 48,
        link(days=90).partition("key=")[2],
        link("mallory").partition("key=")[2],  # well made, but mallory takes no part
    ]
    answers = [client.get(HERE, params={"key": key}) for key in keys]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert client.get(HERE).status_code == 303


def test_a_link_lives_ninety_days_unless_it_is_revoked(
    client: TestClient, link: Link, engine: Engine, cast: Cast, holder: Holder
) -> None:
    assert client.get(link(days=89.9)).status_code == 303
    alice = holder()
    with db.transaction(engine) as session:
        links.revoke(session, session.get_one(Ticket, 1), session.merge(cast.people["alice"]), SYSTEM)
    assert alice.get(HERE).headers["location"].startswith("/my-tickets")  # an opened one ends too
    assert client.get(link(days=1)).status_code == 404


def test_who_was_taken_out_of_copy_has_no_link_any_more(holder: Holder, engine: Engine, cast: Cast) -> None:
    carl = holder("carl")
    with db.transaction(engine) as session:
        participants.remove_cc(session, session.get_one(Ticket, 1), session.merge(cast.people["carl"]), SYSTEM)
    assert carl.get(HERE).status_code == 303
    assert carl.post(f"{HERE}/reply", data={"content": "x"}).status_code == 303
    with db.transaction(engine) as session:
        assert session.scalar(select(func.count()).select_from(Comment)) == 0


def test_an_agents_link_gives_no_staff_rights(app: FastAPI, engine: Engine, cast: Cast, installation: Installation) -> None:
    with db.transaction(engine) as session:
        tickets.open_ticket(session, NewTicket("My own chair", "", session.merge(cast.people["bob"]), Source.EMAIL), SYSTEM)
    say(engine, cast, "dora", "He always breaks chairs", internal=True)
    client = TestClient(app, base_url="https://help.test", client=LOCAL, follow_redirects=False)
    path = links.ticket_link(installation.keys, "", "ELM", 1, cast.people["bob"].id, datetime.now(UTC))
    assert client.get(path).status_code == 303
    assert "breaks chairs" not in client.get(HERE).text
    client.post(f"{HERE}/reply", data={"content": "It is the chair on the left"})
    with db.transaction(engine) as session:
        assert [one.by_staff for one in session.scalars(select(Comment).where(Comment.internal.is_(False)))] == [False]


# --- who is signed in


def test_names_of_a_ticket_lead_to_its_one_address(browser: Browser, ticket: Ticket) -> None:
    alice = browser("alice")
    for name in ("elm-1", "1", "ELM-1", str(ticket.id)):
        answer = alice.get(f"/ticket/{name}")
        assert (answer.status_code, answer.headers["location"]) == (303, HERE), name


def test_staff_are_sent_to_their_own_page_and_nobody_to_the_way_in(client: TestClient, browser: Browser, ticket: Ticket) -> None:
    assert browser("bob").get("/ticket/elm-1").headers["location"] == "/admin/ticket/ELM-001"
    for tag in ("ELM-001", "ELM-999"):
        assert client.get(f"/ticket/{tag}").headers["location"] == f"/my-tickets?next=/ticket/{tag}"


def test_absent_and_foreign_tickets_get_the_same_page(browser: Browser, ticket: Ticket) -> None:
    mallory = browser("mallory")
    pages = [
        mallory.get(path)
        for path in (HERE, "/ticket/ELM-999", "/ticket/x", f"/ticket/{ticket.id}", "/ticket/ELM-99999999999999999999")
    ]
    assert {page.status_code for page in pages} == {404}
    assert len({page.text for page in pages}) == 1


def test_what_is_inside_stays_inside(browser: Browser, engine: Engine, cast: Cast, ticket: Ticket) -> None:
    say(engine, cast, "dora", "A secret note", internal=True)
    say(engine, cast, "bob", "Use water")
    with db.transaction(engine) as session:
        tickets.edit(session, session.get_one(Ticket, 1), SYSTEM, tags=["vip"], priority="critical")
    page = browser("alice").get(HERE).text
    assert "Use water" in page and "Bob" in page
    for hidden in ("A secret note", "Dora", "bob@example.com", "vip", "critical"):
        assert hidden not in page, hidden


def test_a_person_in_copy_sees_what_came_since_they_joined(browser: Browser, engine: Engine, cast: Cast, ticket: Ticket) -> None:
    say(engine, cast, "bob", "Before")
    with db.transaction(engine) as session:
        session.execute(update(Participant).where(Participant.role == "cc").values(joined_at=func.clock_timestamp()))
    say(engine, cast, "bob", "After")
    page = browser("carl").get(HERE).text
    assert "After" in page
    assert "Before" not in page and "It smokes." not in page


def test_mail_is_shown_as_text_and_markup_as_it_was_typed(browser: Browser, engine: Engine, cast: Cast, ticket: Ticket) -> None:
    number = say(engine, cast, "alice", "<img src=x onerror=alert(1)> https://example.org/?a=1&b=2")
    with db.transaction(engine) as session:
        session.execute(
            update(Comment).where(Comment.id == number).values(html="<p style='position:fixed'>Click</p>", trimmed="> <b>old</b>")
        )
    change(engine, title="<script>alert(1)</script>")
    page = browser("alice").get(HERE).text
    assert "<img src=x" not in page and "<script>alert" not in page and "position:fixed" not in page
    assert "&lt;img src=x" in page and "&gt; &lt;b&gt;old" in page
    assert 'href="https://example.org/?a=1&amp;b=2" rel="nofollow noopener ugc"' in page


def test_a_reply_with_files_reopens_and_the_files_come_back_as_downloads(
    browser: Browser, holder: Holder, engine: Engine, ticket: Ticket
) -> None:
    change(engine, status="resolved", resolved_at=func.now(), waiting_on="customer")
    alice = browser("alice")
    assert "It reopens the ticket." in alice.get(HERE).text
    files = {"files": ("log.html", b"<script>1</script>", "text/html")}
    answer = alice.post(f"{HERE}/reply", data={"content": ""}, files=files, headers=csrf(alice))
    assert answer.status_code == 303
    assert (stored(engine).status, stored(engine).waiting_on) == ("open", "us")
    with db.transaction(engine) as session:
        (file,) = session.scalars(select(Attachment))
    page = alice.get(HERE).text
    assert f'href="{HERE}/files/{file.id}"' in page and "You reopened this" in page
    for reader in (alice, holder("carl")):
        got = reader.get(f"{HERE}/files/{file.id}")
        assert (got.content, got.headers["content-security-policy"]) == (b"<script>1</script>", "default-src 'none'; sandbox")
        assert got.headers["content-disposition"].startswith("attachment;")
    assert browser("mallory").get(f"{HERE}/files/{file.id}").status_code == 404


def test_the_files_of_a_note_are_no_requesters(
    browser: Browser, engine: Engine, cast: Cast, installation: Installation, ticket: Ticket
) -> None:
    note = say(engine, cast, "bob", "See file", internal=True)
    kept = attachments.store(installation.storage, [File("secret.txt", "text/plain", b"s")])
    with db.transaction(engine) as session:
        file = attachments.attach(session, 1, note, kept)[0].id
    assert browser("alice").get(f"{HERE}/files/{file}").status_code == 404


@pytest.mark.parametrize("content", ["", " \n "])
def test_an_empty_reply_is_no_reply(browser: Browser, engine: Engine, ticket: Ticket, content: str) -> None:
    alice = browser("alice")
    answer = alice.post(f"{HERE}/reply", data={"content": content}, headers=csrf(alice))
    assert (answer.status_code, "Please write something" in answer.text) == (422, True)


def test_a_reply_that_is_too_long_is_kept_in_the_form(browser: Browser, engine: Engine, ticket: Ticket) -> None:
    alice = browser("alice")
    answer = alice.post(f"{HERE}/reply", data={"content": "x" * 1_000_001}, headers=csrf(alice))
    assert (answer.status_code, "too long" in answer.text, "x" * 1_000_001 in answer.text) == (422, True, True)


def test_resolving_and_reopening(browser: Browser, engine: Engine, ticket: Ticket) -> None:
    alice = browser("alice")
    for verb, status, button in (("resolve", Status.RESOLVED, "Reopen"), ("reopen", Status.OPEN, "Mark as resolved")):
        assert alice.post(f"{HERE}/{verb}", headers=csrf(alice)).status_code == 303
        assert stored(engine).status == status
        assert button in alice.get(HERE).text
    page = alice.get(HERE).text
    assert page.index("You marked this as resolved") < page.index("You reopened this")


@pytest.mark.parametrize(
    ("days", "goes_on"), [(1, True), (13.9, True), (14.1, False)], ids=["closed yesterday", "nearly two weeks", "too long ago"]
)
def test_a_reply_to_a_ticket_closed_long_ago_starts_one_that_follows_it(
    browser: Browser, engine: Engine, ticket: Ticket, days: float, goes_on: bool
) -> None:
    change(engine, status="closed", closed_at=datetime.now(UTC) - timedelta(days=days))
    alice = browser("alice")
    page = alice.get(HERE).text
    assert ("It reopens the ticket." in page, "starts a new one" in page) == (goes_on, not goes_on)
    assert alice.post(f"{HERE}/reopen", headers=csrf(alice)).status_code == (303 if goes_on else 422)
    change(engine, status="closed", closed_at=datetime.now(UTC) - timedelta(days=days))
    answer = alice.post(f"{HERE}/reply", data={"content": "Hello?"}, headers=csrf(alice))
    assert (answer.status_code, answer.headers["location"]) == (303, HERE if goes_on else "/ticket/ELM-002")
    with db.transaction(engine) as session:
        followed = session.execute(select(TicketLink.ticket_number, TicketLink.other_number, TicketLink.kind)).all()
    assert (stored(engine).status, followed) == ("open" if goes_on else "closed", [] if goes_on else [(2, 1, "follows")])


def test_a_ticket_that_was_joined_with_another_says_where_it_goes_on(
    browser: Browser, engine: Engine, cast: Cast, ticket: Ticket
) -> None:
    with db.transaction(engine) as session:
        tickets.open_ticket(session, NewTicket("The same fire", "", session.merge(cast.people["alice"]), Source.WEB), SYSTEM)
    change(engine, merged_into=2, status="closed", closed_at=func.now())
    alice = browser("alice")
    page = alice.get(HERE).text
    assert 'href="/ticket/ELM-002"' in page and 'id="content"' not in page
    answer = alice.post(f"{HERE}/reply", data={"content": "From a page of yesterday"}, headers=csrf(alice))
    assert answer.headers["location"] == "/ticket/ELM-002"
    with db.transaction(engine) as session:
        assert session.scalars(select(Comment.ticket_number)).all() == [2]
    carl = browser("carl")
    assert 'href="/ticket/ELM-002"' not in carl.get(HERE).text
    assert carl.post(f"{HERE}/reply", data={"content": "x"}, headers=csrf(carl)).status_code == 404  # he takes no part there


def test_people_in_copy_come_and_go(browser: Browser, engine: Engine, ticket: Ticket) -> None:
    alice, carl = browser("alice"), browser("carl")

    def post(who: TestClient, **fields: str) -> int:
        return who.post(f"{HERE}/cc", data=fields, headers=csrf(who)).status_code

    assert post(alice, address=" New@Example.com ") == 303
    page = alice.get(HERE).text
    assert "new@example.com" in page and "new@example.com sees what is written" in page
    assert post(alice, address="bob@example.com") == 303  # staff never stand in copy
    assert "Nothing changed" in alice.get(HERE).text
    assert post(alice, address="not an address") == 422
    assert post(carl, address="friend@example.com") == 403
    assert post(carl, remove="new@example.com") == 403
    assert post(alice, remove="new@example.com") == 303
    assert post(alice, remove="alice@example.com") == 422
    assert post(carl, remove="carl@example.com") == 303
    assert carl.get(HERE).status_code == 404


def test_a_form_without_its_token_changes_nothing(browser: Browser, engine: Engine, ticket: Ticket) -> None:
    alice = browser("alice")
    assert alice.post(f"{HERE}/resolve").status_code == 403
    assert (
        alice.post(f"{HERE}/reply", data={"content": "x"}, headers=csrf(alice) | {"Sec-Fetch-Site": "cross-site"}).status_code
        == 403
    )
    assert stored(engine).status == "open"


def test_nothing_of_a_ticket_stays_in_a_cache(browser: Browser, ticket: Ticket) -> None:
    answer = browser("alice").get(HERE)
    assert (answer.headers["cache-control"], answer.headers["referrer-policy"]) == ("no-store", "same-origin")


def test_a_mail_with_a_layout_of_its_own_is_shown_in_a_sandbox_to_its_readers(
    browser: Browser, engine: Engine, cast: Cast, ticket: Ticket
) -> None:
    number = say(engine, cast, "alice", "A table")
    by_bob = say(engine, cast, "bob", "Mine")
    with db.transaction(engine) as session:
        session.execute(update(Comment).values(html="<table><tr><td>Cell</td></tr></table>"))
    alice = browser("alice")
    assert f'<iframe class="original" sandbox src="{HERE}/original/{number}"' in alice.get(HERE).text
    answer = alice.get(f"{HERE}/original/{number}")
    assert "<td>Cell" in answer.text and answer.headers["content-security-policy"].endswith("sandbox")
    # what an agent quoted may be a colleague's mail
    for absent in (
        f"{HERE}/original/{by_bob}",
        f"{HERE}/original/first",
        f"{HERE}/original/x",
        f"/ticket/ELM-999/original/{number}",
    ):
        assert alice.get(absent).status_code == 404
    assert browser("mallory").get(f"{HERE}/original/{number}").status_code == 404


@pytest.mark.parametrize(
    ("kind", "content", "shown"),
    [
        ("image/png", DOT, True), ("image/jpeg", DOT, True), ("image/svg+xml", DOT, False), ("text/html", DOT, False),
        ("image/png", b"x", False), ("image/png", png(20_000, 20_000), False),
    ],
)  # fmt: skip
def test_pictures_are_shown_and_other_files_are_links(
    browser: Browser, engine: Engine, installation: Installation, ticket: Ticket, kind: str, content: bytes, shown: bool
) -> None:
    stored = attachments.store(installation.storage, [File("a.png", kind, content)])
    with db.transaction(engine) as session:
        (row,) = attachments.attach(session, 1, None, stored)
        url = f"{HERE}/files/{row.id}"
    page = browser("alice").get(HERE).text
    assert (f'<img src="{url}"' in page) == shown and f'href="{url}" download' in page


def test_a_preview_of_a_reply_sends_nothing(browser: Browser, engine: Engine, ticket: Ticket) -> None:
    alice = browser("alice")
    page = alice.post(f"{HERE}/reply", data={"content": "It is **late**", "preview": "1"}, headers=csrf(alice)).text
    assert "<strong>late</strong>" in page and ">It is **late**</textarea>" in page
    with db.transaction(engine) as session:
        assert session.scalar(select(func.count()).select_from(Comment)) == 0
