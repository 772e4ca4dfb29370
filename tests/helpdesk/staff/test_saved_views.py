"""Saved views: whose they are, what they are called, in which order they stand, and how many tickets they hold."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from helpdesk import people, tickets
from helpdesk.errors import NotAllowed, NotFound, Refused
from helpdesk.lists import overview, view_counts
from helpdesk.models import Source
from helpdesk.permissions import SYSTEM, Via, Viewer, viewer_of
from helpdesk.staff import saved_views
from helpdesk.tickets import NewTicket


@pytest.fixture
def bob(session: Session) -> Viewer:
    return viewer_of(people.add_user(session, "bob@example.com", "Bob", "agent"), Via.WEB)


@pytest.fixture
def dora(session: Session) -> Viewer:
    return viewer_of(people.add_user(session, "dora@example.com", "Dora", "admin"), Via.WEB)


def names(session: Session, viewer: Viewer) -> list[str]:
    return [view.name for view in saved_views.listed(session, viewer)]


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("tag=fire&view=open", "view=open&tag=fire"),
        ("?q=a+b&cursor=x&evil=1", "view=open&q=a+b"),
        ("view=all&status=&type=bug", "view=all&type=bug"),
        ("", "view=open"),
    ],
)
def test_of_an_address_only_the_filters_are_kept(session: Session, bob: Viewer, query: str, kept: str) -> None:
    assert saved_views.keep(session, bob, "Mine", query).query == kept


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("", "view=open"),
        ("x" * 61, ""),
        ("fires", "view=open"),
        ("New", "view=nothing"),
        ("New", "status=gone"),
        ("New", "created=x"),
    ],
    ids=["no name", "a long name", "a name that is taken", "no such view", "no such status", "no such time"],
)
def test_what_cannot_be_is_refused(session: Session, bob: Viewer, name: str, query: str) -> None:
    saved_views.keep(session, bob, "Fires", "tag=fire")
    with pytest.raises(Refused):
        saved_views.keep(session, bob, name, query)


def test_an_agent_keeps_their_own_and_an_administrator_everybodys(session: Session, bob: Viewer, dora: Viewer) -> None:
    with pytest.raises(NotAllowed):
        saved_views.keep(session, bob, "Fires", "tag=fire", shared=True)
    shared = saved_views.keep(session, dora, "Fires", "tag=fire", shared=True)
    own = saved_views.keep(session, bob, "Fires", "tag=fire")
    assert (names(session, bob), names(session, dora)) == (["Fires", "Fires"], ["Fires"])
    with pytest.raises(NotFound):
        saved_views.rename(session, dora, own.id, "Hers")
    with pytest.raises(NotAllowed):
        saved_views.delete(session, bob, shared.id)
    saved_views.delete(session, dora, shared.id)
    assert names(session, bob) == ["Fires"]


def test_views_are_renamed_and_put_in_order(session: Session, bob: Viewer) -> None:
    one, two, three = (saved_views.keep(session, bob, name, "tag=x") for name in ("One", "Two", "Three"))
    saved_views.move(session, bob, three.id, up=True)
    assert names(session, bob) == ["One", "Three", "Two"]
    saved_views.move(session, bob, one.id, up=True)
    saved_views.move(session, bob, two.id, up=False)
    assert names(session, bob) == ["One", "Three", "Two"]
    assert saved_views.rename(session, bob, one.id, "one").name == "one"
    with pytest.raises(Refused):
        saved_views.rename(session, bob, one.id, "TWO")


def test_the_worker_counts_what_is_cheap(session: Session, bob: Viewer, dora: Viewer) -> None:
    alice = people.find_or_make(session, "alice@example.org")
    made = tickets.open_ticket(session, NewTicket(title="It smokes", description="", requester=alice, source=Source.EMAIL), SYSTEM)
    tickets.edit(session, made, SYSTEM, tags=["fire"])
    fires = saved_views.keep(session, bob, "Fires", "tag=fire")
    shared = saved_views.keep(session, dora, "Of all", "assignee=none", shared=True)
    saved_views.keep(session, dora, "Whose?", "assignee=me", shared=True)
    saved_views.keep(session, bob, "Words", "q=smokes")
    view_counts.refresh(session, saved_views.counts(session))
    seen = {one.name: one.count for one in overview.read(session, bob).saved}
    assert seen == {"Fires": 1, "Words": None, "Of all": 1, "Whose?": None}
    assert (fires.person_id, shared.person_id) == (bob.person_id, None)
