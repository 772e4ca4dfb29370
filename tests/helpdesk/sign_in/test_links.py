"""Signed links: what they open, for whom, for how long; and what they never open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from helpdesk import people, tickets
from helpdesk.models import Person, Source, Ticket
from helpdesk.permissions import SYSTEM, Via, Viewer, viewer_of
from helpdesk.sign_in import links
from helpdesk.sign_in.links import LIFE, TicketKey
from helpdesk.tickets import NewTicket

KEY, OLD, FOREIGN = b"a key of ours, long enough", b"the key before it, too", b"the key of a stranger"
NOW = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)


def key_of(link: str) -> str:
    return link.partition("?key=")[2]


@pytest.fixture
def alice(session: Session) -> Person:
    return people.find_or_make(session, "alice@example.com", "Alice")


@pytest.fixture
def ticket(session: Session, alice: Person) -> Ticket:
    new = NewTicket("Printer on fire", "It burns.", alice, Source.WEB, verified=False)
    return tickets.open_ticket(session, new, viewer_of(alice, Via.WEB))


def link_for(ticket: Ticket, person: Person, *, keys: tuple[bytes, ...] = (KEY,), now: datetime = NOW) -> str:
    return links.ticket_link(keys, "https://help.test", "ELM", ticket.number, person.id, now)


def test_a_link_names_the_ticket_and_is_letters_and_digits_that_no_mail_program_cuts() -> None:
    link = links.ticket_link((KEY,), "https://help.test", "ELM", 7, 12, NOW)
    assert link.startswith("https://help.test/ticket/ELM-007?key=")
    assert key_of(link).isalnum() and len(link) < 100
    assert links.read_ticket_key((KEY,), key_of(link)) == TicketKey(7, 12, NOW)


def test_an_earlier_key_still_verifies_and_a_strangers_never_did() -> None:
    old = key_of(links.ticket_link((OLD,), "", "ELM", 7, 12, NOW))
    assert links.read_ticket_key((KEY, OLD), old) is not None
    assert links.read_ticket_key((KEY,), old) is None
    assert links.read_ticket_key((KEY, OLD), key_of(links.ticket_link((FOREIGN,), "", "ELM", 7, 12, NOW))) is None


GOOD = key_of(links.ticket_link((KEY,), "", "ELM", 1, 1, NOW))


@pytest.mark.parametrize(
    "key",
    ["", " ", "x", GOOD[:-1], GOOD + "a", "b" + GOOD[1:] if GOOD[0] != "b" else "c" + GOOD[1:], GOOD[:-1] + ("a" if GOOD[-1] != "a" else "b"),
     "1" * 48, "é" * 48, "%00" * 16, GOOD.replace(GOOD[0], "\0", 1)],
)  # fmt: skip
def test_a_key_that_was_touched_says_nothing(key: str) -> None:
    assert links.read_ticket_key((KEY,), key) is None


def test_every_changed_letter_breaks_a_key() -> None:
    for at, letter in enumerate(GOOD):
        touched = GOOD[:at] + ("a" if letter != "a" else "b") + GOOD[at + 1 :]
        assert links.read_ticket_key((KEY,), touched) is None, at


def test_it_opens_its_ticket_for_its_person_for_ninety_days(session: Session, ticket: Ticket, alice: Person) -> None:
    key = key_of(link_for(ticket, alice))
    for now in (NOW, NOW + LIFE - timedelta(seconds=1)):
        found = links.opener(session, (KEY,), key, ticket.number, now)
        assert found is not None and (found[0].id, found[1]) == (alice.id, NOW + LIFE)
    assert links.opener(session, (KEY,), key, ticket.number, NOW + LIFE) is None
    assert links.opener(session, (KEY,), key, ticket.number + 1, NOW) is None


def test_who_is_gone_or_disabled_has_no_link(session: Session, ticket: Ticket, alice: Person) -> None:
    assert (
        links.opener(session, (KEY,), key_of(links.ticket_link((KEY,), "", "ELM", ticket.number, 999, NOW)), ticket.number, NOW)
        is None
    )
    alice.active = False
    session.flush()
    assert links.opener(session, (KEY,), key_of(link_for(ticket, alice)), ticket.number, NOW) is None


def test_revoking_ends_the_links_so_far_and_of_this_person_only(session: Session, ticket: Ticket, alice: Person) -> None:
    carl = people.find_or_make(session, "carl@example.com")
    links.revoke(session, ticket, alice, SYSTEM)
    session.flush()
    later = datetime.now(UTC) + timedelta(seconds=2)
    before, after, of_carl = (
        key_of(link_for(ticket, alice)),
        key_of(link_for(ticket, alice, now=later)),
        key_of(link_for(ticket, carl)),
    )
    opened = [links.opener(session, (KEY,), key, ticket.number, NOW) is not None for key in (before, after, of_carl)]
    assert opened == [False, True, True]


def test_only_what_the_requester_does_proves_the_address(session: Session, ticket: Ticket, alice: Person) -> None:
    carl = people.find_or_make(session, "carl@example.com")
    by_link = viewer_of(alice, Via.WEB, only_ticket=ticket.number)
    doers = (viewer_of(carl, Via.WEB), Viewer(None, None, Via.WEB), by_link, by_link)
    assert [(links.prove(session, ticket, one), ticket.verified) for one in doers] == [
        (False, False), (False, False), (True, True), (False, True),
    ]  # fmt: skip


def test_a_receipt_is_no_ticket_link_and_a_ticket_link_no_receipt(session: Session, ticket: Ticket, alice: Person) -> None:
    receipt = links.receipt_key(session, (KEY,), ticket, "alice@example.com", NOW)
    found = links.read_receipt(session, (KEY,), receipt, NOW)
    assert found == links.Receipt(ticket.number, "alice@example.com")
    assert links.read_ticket_key((KEY,), receipt) is None
    assert links.read_receipt(session, (KEY,), key_of(link_for(ticket, alice)), NOW) is None
    assert links.read_receipt(session, (KEY,), receipt, NOW + LIFE) is None


def test_a_me_too_link_carries_the_mailbox_for_two_days_and_nothing_else_opens_it() -> None:
    key = key_of(links.me_too_link((OLD,), "https://help.test", "ELM", 7, "zoë+x@example.com", NOW))
    assert key.isascii() and key.isalnum()
    assert links.read_me_too_key((KEY, OLD), key, NOW) == (7, "zoë+x@example.com")
    assert links.read_me_too_key((KEY, OLD), key, NOW + links.CONFIRM_LIFE) is None
    assert links.read_me_too_key((FOREIGN,), key, NOW) is None
    other = key_of(links.ticket_link((KEY,), "https://help.test", "ELM", 7, 12, NOW))
    for wrong in (key[:-1], key + "a", "", "a" * 48, "a" * 10_000, "ü" * 48, other):
        assert links.read_me_too_key((KEY, OLD), wrong, NOW) is None
