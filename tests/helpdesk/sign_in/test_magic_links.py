"""Signing in by mail: one use, fifteen minutes, five tries; staff and strangers get no mail."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from helpdesk import people
from helpdesk.models import OutboxMessage, PersonAddress, SignInLink
from helpdesk.sign_in import magic_links

KEY = b"a key of ours, long enough"
ALICE = "alice@example.com"


@pytest.fixture(autouse=True)
def cast(session: Session) -> None:
    people.find_or_make(session, ALICE, "Alice")
    people.add_user(session, "bob@example.com", "Bob", "agent")


def asked(session: Session, address: str = ALICE) -> tuple[str, str]:
    """Token and code of the newest mail after asking."""
    magic_links.request(session, KEY, address, "https://help.test")
    data = session.scalars(select(OutboxMessage.data).order_by(OutboxMessage.id.desc())).first()
    assert data is not None
    return data["link"].partition("?token=")[2], data["code"]


def mails(session: Session) -> list[tuple[str, str]]:
    return [(one.kind, one.recipient) for one in session.scalars(select(OutboxMessage))]


def test_a_customer_gets_a_link_and_a_code_and_only_hashes_stay(session: Session) -> None:
    token, code = asked(session)
    assert mails(session) == [("magic_link", ALICE)]
    assert len(code) == 6 and code.isdigit()
    row = session.scalars(select(SignInLink)).one()
    assert token.encode() not in row.token_hash and code.encode() not in row.code_hash


@pytest.mark.parametrize("address", ["nobody@example.com", "bob@example.com"], ids=["unknown", "agent"])
def test_strangers_and_agents_get_no_mail_though_the_same_is_stored(session: Session, address: str) -> None:
    magic_links.request(session, KEY, address, "https://help.test")
    assert mails(session) == []
    assert session.scalar(select(func.count()).select_from(SignInLink)) == 1


def test_either_signs_in_once_and_ends_both(session: Session) -> None:
    token, code = asked(session)
    person = magic_links.spend_link(session, token)
    assert person is not None and person.address == ALICE
    assert session.scalar(select(PersonAddress.verified_at).where(PersonAddress.address == ALICE)) is not None
    assert magic_links.spend_link(session, token) is None
    assert magic_links.spend_code(session, KEY, ALICE, code) is None


def test_the_code_of_the_first_of_two_mails_works_and_ends_the_second(session: Session) -> None:
    (_, first), (second, _) = asked(session), asked(session)
    assert magic_links.spend_code(session, KEY, ALICE, f"{first[:3]} {first[3:]}") is not None
    assert magic_links.spend_link(session, second) is None


def test_after_fifteen_minutes_nothing_works(session: Session) -> None:
    token, code = asked(session)
    session.execute(update(SignInLink).values(expires_at=func.now()))
    assert magic_links.spend_link(session, token) is None
    assert magic_links.spend_code(session, KEY, ALICE, code) is None


def test_five_wrong_codes_end_the_code_but_not_the_link(session: Session) -> None:
    token, code = asked(session)
    wrong = "000000" if code != "000000" else "000001"
    assert [magic_links.spend_code(session, KEY, ALICE, wrong) for _ in range(5)] == [None] * 5
    assert magic_links.spend_code(session, KEY, ALICE, code) is None
    assert magic_links.spend_link(session, token) is not None


def test_a_code_belongs_to_its_address(session: Session) -> None:
    people.find_or_make(session, "carl@example.com")
    _, code = asked(session)
    magic_links.request(session, KEY, "carl@example.com", "https://help.test")
    mine, _ = asked(session, "carl@example.com")
    assert mine
    found = magic_links.spend_code(session, KEY, "carl@example.com", code)
    codes = {
        one["code"] for one in session.scalars(select(OutboxMessage.data).where(OutboxMessage.recipient == "carl@example.com"))
    }
    assert (found is not None) == (code in codes)


def test_whoever_became_an_agent_meanwhile_signs_in_elsewhere(session: Session) -> None:
    token, _ = asked(session)
    people.add_user(session, ALICE, "Alice", "agent")
    assert magic_links.spend_link(session, token) is None


@pytest.mark.parametrize("token", ["", " ", "x", "x" * 5000, "\ud800"])
def test_a_token_that_is_none_signs_nobody_in(session: Session, token: str) -> None:
    asked(session)
    assert magic_links.spend_link(session, token) is None
