"""What an agent prefers: defaults, changes that keep the rest, and values that cannot be."""

from __future__ import annotations

import pytest

from helpdesk.errors import Refused
from helpdesk.models import Person
from helpdesk.staff import preferences
from helpdesk.staff.preferences import Preferences, Receipts, When


def _agent(**prefs: object) -> Person:
    return Person(name="Bob", role="agent", prefs=prefs)


def test_who_never_chose_is_told_at_once_of_what_nobody_has() -> None:
    assert preferences.of(_agent()) == Preferences(unassigned=True, everything=False, when=When.AT_ONCE, receipts=Receipts.ERRORS)


def test_a_change_keeps_the_rest_and_what_others_keep_there() -> None:
    bob = _agent(unassigned=False, tails=["x"])
    preferences.keep(bob, {"when": "daily"})
    assert preferences.of(bob) == Preferences(unassigned=False, when=When.DAILY)
    assert bob.prefs["tails"] == ["x"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("when", "weekly"),
        ("receipts", "never"),
        ("undo_minutes", 11),
        ("undo_minutes", -1),
        ("signature", "x" * 2001),
        ("is_admin", True),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_its_field(field: str, value: object) -> None:
    bob = _agent()
    with pytest.raises(Refused) as refused:
        preferences.keep(bob, {field: value})
    assert refused.value.field == field
    assert bob.prefs == {}
