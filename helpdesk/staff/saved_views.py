"""Saved views: the queue under some filters, kept under a name by an agent, or by an administrator for everybody."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from helpdesk.errors import NotFound, Refused
from helpdesk.lists import ticket_queue
from helpdesk.lists.conditions import branches
from helpdesk.lists.ticket_queue import Filters
from helpdesk.lists.views import view_of
from helpdesk.models import Person, Role, SavedView
from helpdesk.permissions import Action, Via, Viewer, require, viewer_of

LONGEST_NAME = 60
LONGEST_QUERY = 1000
MOST = 30  # of one agent, and of everybody
COUNTING_SECONDS = 2
_ANYBODY = Viewer(None, Role.AGENT, Via.WEB)


def listed(session: Session, viewer: Viewer) -> Sequence[SavedView]:
    """Their own views and everybody's, own ones first, each in the order of the navigation."""
    require(viewer, Action.SEE_QUEUE)
    wanted = select(SavedView).where((SavedView.person_id == viewer.person_id) | SavedView.person_id.is_(None))
    in_order = (SavedView.person_id.is_(None), SavedView.position, SavedView.id)
    return session.scalars(wanted.order_by(*in_order)).all()


def keep(session: Session, viewer: Viewer, name: str, query: str, *, shared: bool = False) -> SavedView:
    """Keep these filters under a name, as the last of the list; `query` is that of the queue's address. Shared: administrators."""
    require(viewer, Action.MANAGE if shared else Action.SEE_QUEUE)
    owner = None if shared else viewer.person_id
    wanted = clean_query(query)
    branches(session, viewer, filters_of(wanted), "")  # refuses what is no filter
    last, many = session.execute(select(func.max(SavedView.position), func.count()).where(_of(owner))).one()
    if many >= MOST:
        raise Refused(f"These are {MOST} views already: delete one first.", "name")
    made = SavedView(person_id=owner, name=_free_name(session, owner, name), query=wanted, position=(last or 0) + 1)
    session.add(made)
    session.flush()
    return made


def rename(session: Session, viewer: Viewer, number: int, name: str) -> SavedView:
    """Give a view another name."""
    view = _to_change(session, viewer, number)
    view.name = _free_name(session, view.person_id, name, but=view.id)
    return view


def delete(session: Session, viewer: Viewer, number: int) -> str:
    """Delete a view; gives the name that it had. No ticket changes."""
    view = _to_change(session, viewer, number)
    session.delete(view)
    return view.name


def move(session: Session, viewer: Viewer, number: int, *, up: bool) -> None:
    """Let a view change places with the one above or below; the first and the last stay where they are."""
    view = _to_change(session, viewer, number)
    order = select(SavedView).where(_of(view.person_id)).order_by(SavedView.position, SavedView.id).with_for_update()
    views = list(session.scalars(order))
    here = views.index(view)
    there = max(0, min(len(views) - 1, here - 1 if up else here + 1))
    views[here], views[there] = views[there], views[here]
    for position, one in enumerate(views, 1):
        one.position = position


def counts(session: Session) -> dict[str, int]:
    """How many tickets the saved views hold, by their ids, as far as ticket_queue.MOST_COUNTED: what the worker keeps every 30 s.

    Left out: views that search for words, which costs too much, shared ones that depend on who looks, and what COUNTING_SECONDS
    leave undone.
    """
    found, started = dict[str, int](), time.monotonic()
    for view in session.scalars(select(SavedView)).all():
        filters = filters_of(view.query)
        depends = filters.assignee == "me" or filters.view == "mine"
        if filters.q or (view.person_id is None and depends) or time.monotonic() - started > COUNTING_SECONDS:
            continue
        viewer = _ANYBODY if view.person_id is None else viewer_of(session.get_one(Person, view.person_id), Via.WEB)
        if viewer.is_staff:
            with suppress(Refused):  # too slow, or of another version: the other views are counted all the same
                found[str(view.id)] = ticket_queue.count(session, viewer, filters, "")
    return found


def clean_query(query: str) -> str:
    """The filters of an address and nothing else, always in the same order: two views are the same when these are.

    Refused for a view that there is not.
    """
    given = dict(parse_qsl(query.removeprefix("?")[:LONGEST_QUERY].replace("\0", "")))
    found = {name: given[name].strip() for name in Filters.__slots__ if given.get(name, "").strip()}
    found["view"] = view_of(found.get("view", "open")).key
    return urlencode({name: found[name] for name in Filters.__slots__ if name in found})


def filters_of(query: str) -> Filters:
    """The filters that a kept query stands for."""
    return Filters(**dict(parse_qsl(query)))


def _of(owner: int | None) -> ColumnElement[bool]:
    return SavedView.person_id.is_(None) if owner is None else SavedView.person_id == owner


def _to_change(session: Session, viewer: Viewer, number: int) -> SavedView:
    view = session.get(SavedView, number)
    require(viewer, Action.SEE_QUEUE)
    if view is None or view.person_id not in (None, viewer.person_id):
        raise NotFound("There is no such view.")
    if view.person_id is None:
        require(viewer, Action.MANAGE)
    return view


def _free_name(session: Session, owner: int | None, name: str, *, but: int = 0) -> str:
    clean = " ".join(name.split())
    if not clean:
        raise Refused("A view needs a name.", "name")
    if len(clean) > LONGEST_NAME:
        raise Refused(f"A name has at most {LONGEST_NAME} characters.", "name")
    taken = select(SavedView.id).where(_of(owner), func.lower(SavedView.name) == func.lower(clean), SavedView.id != but)
    if session.scalar(taken) is not None:
        raise Refused(f"There is a view “{clean}” already.", "name")
    return clean
