"""A search has three seconds: what takes longer is refused, and the transaction goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from psycopg.errors import QueryCanceled
from sqlalchemy import Executable, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from helpdesk.errors import Refused

SECONDS = 3
TOO_SLOW = "This search takes too long. Try other words, or more of them."
SET = f"set_config('statement_timeout', '{SECONDS}s', true)"
_ONLY = text(f"select {SET}")


@contextmanager
def limited(session: Session, *, said: str = TOO_SLOW, by: Executable = _ONLY) -> Iterator[None]:
    """What is read in this block has SECONDS a statement, or raises Refused with what is `said`.

    `by` sets the limit: SET, and what else the search wants of the planner.
    """
    try:
        with session.begin_nested():
            session.execute(by)
            yield
    except OperationalError as error:
        if isinstance(error.orig, QueryCanceled):
            raise Refused(said, "q") from error
        raise


def of_words(session: Session, words: str) -> AbstractContextManager[None]:
    """The same limit for what is read for these words; no words are no search."""
    return limited(session) if words.strip() else nullcontext()
