"""People who are given a role: what opened a customer's account opens none of staff."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from helpdesk import people
from helpdesk.sign_in import credentials


@pytest.mark.parametrize(
    ("before", "after", "still_in"),
    [
        ("customer", "agent", False),
        ("customer", "admin", False),
        ("customer", "customer", True),
        ("agent", "admin", True),
        ("agent", "customer", True),
    ],
)
def test_a_customer_who_joins_the_team_keeps_no_session_and_no_token(
    before: str, after: str, still_in: bool, session: Session
) -> None:
    person = people.add_user(session, "mallory@example.com", "Mallory", before)
    secret, token = credentials.start_session(session, person, ""), credentials.create_token(session, person)
    session.flush()
    assert people.add_user(session, "mallory@example.com", "Mallory", after) is person
    session.flush()
    session.expire_all()
    found = credentials.session_owner(session, secret), credentials.token_owner(session, token)
    assert (found[0] is not None, found[1] is not None) == (still_in, still_in)
