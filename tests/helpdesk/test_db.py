"""What an error of the database means to whoever ran the transaction."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.orm import Session

from helpdesk import db, wake
from helpdesk.errors import Refused, TryLater
from helpdesk.models import Fact

RAISE = "do $$ begin raise exception 'no' using errcode = '{0}'; end $$"


@pytest.mark.parametrize(
    ("state", "comes_out"),
    [("54000", OperationalError), ("22001", DataError), ("53300", TryLater), ("40P01", TryLater), ("57P01", TryLater)],
    ids=["beyond a limit", "data that is none", "too many connections", "a deadlock", "the server stops"],
)
def test_only_what_passes_by_itself_is_tried_later(engine: Engine, state: str, comes_out: type[Exception]) -> None:
    with pytest.raises(comes_out), db.transaction(engine) as session:
        session.execute(text(RAISE.format(state)))


def test_a_row_that_no_index_takes_is_no_trouble_of_the_database(engine: Engine) -> None:
    values = "(select string_agg(md5(n::text), '') from generate_series(1, 300) n)"
    with pytest.raises(DBAPIError, match="index row"), db.transaction(engine) as session:
        session.execute(text(f"insert into mail_references (message_id, inbound_mail_id) values ({values}, 1)"))  # noqa: S608 (ours)


def test_a_part_that_fails_leaves_neither_rows_nor_what_the_session_remembers(session: Session) -> None:
    wake.later(session, "deliver", 1)
    with pytest.raises(Refused), db.all_or_nothing(session):
        session.add(Fact(name="within", value={}))
        session.flush()
        wake.later(session, "deliver", 2)
        raise Refused("no")
    assert session.get(Fact, "within") is None
    assert wake.taken_from(session) == [("deliver", 1)]
