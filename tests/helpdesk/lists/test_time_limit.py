"""A search that takes too long is refused, and the transaction goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from helpdesk.errors import Refused
from helpdesk.knowledge import faq
from helpdesk.lists import known_issues, own_tickets, time_limit
from helpdesk.permissions import NOBODY


@pytest.mark.parametrize("words", ["slow", ""])
def test_only_words_have_a_limit(session: Session, words: str) -> None:
    with time_limit.of_words(session, words):
        assert session.scalar(text("show statement_timeout")) == ("3s" if words else "30s")


def test_what_takes_too_long_is_refused(session: Session) -> None:
    at_once = text("select set_config('statement_timeout', '20ms', true)")
    with pytest.raises(Refused, match="takes too long"), time_limit.limited(session, by=at_once):
        session.scalar(select(func.pg_sleep(30)))
    assert session.scalar(text("select 1")) == 1


@pytest.mark.parametrize(
    "search",
    [
        lambda session: own_tickets.listed(session, NOBODY, "fire"),
        lambda session: known_issues.listed(session, "fire"),
        lambda session: faq.search(session, "fire"),
    ],
    ids=["one's own tickets", "known issues", "questions"],
)
def test_every_public_search_has_it(session: Session, search: Callable[[Session], Any]) -> None:
    search(session)
    assert session.scalar(text("show statement_timeout")) == "3s"
