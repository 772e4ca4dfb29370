"""API for staff: who wrote and who works here; administrators add to the team, change it, and see how each account is used."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from helpdesk.errors import Refused
from helpdesk.lists import directory
from helpdesk.models import Role
from helpdesk.staff import team
from web.api import answers, bodies, shapes, told
from web.api.bodies import Body
from web.api.idempotency import Key, once
from web.api.parameters import Cursor, Limit, Number, Words
from web.deps import Admin, Staff

router = APIRouter(prefix="/api/v1/admin/people", tags=["admin: people"])
NewPerson = Annotated[Body[shapes.PersonBody], Depends(bodies.json_of(shapes.PersonBody))]
Changes = Annotated[Body[shapes.PersonChanges], Depends(bodies.json_of(shapes.PersonChanges))]


@router.get("")
def list_people(
    desk: Staff,
    q: Words,
    role: Annotated[Literal["", "staff", "customer"], Query(description="Only the team, or only the others.")] = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> shapes.Listed[answers.Person]:
    """People, the newest first; `q` is part of a name or an address. Only administrators are told the figures."""
    after = int(cursor) if cursor else None
    found, following = directory.page(desk.session, desk.viewer, q=q, role=role, after=after, most=limit)
    return shapes.listed([told.person_json(one) for one in found], str(following) if following is not None else None)


@router.post("", status_code=201, response_model=answers.Person)
def add_person(body: NewPerson, desk: Admin, key: Key = None) -> JSONResponse:
    """Make somebody an agent or administrator; a mail tells them how to get in. Requesters are made by their first message."""
    new = body.value

    def work() -> dict[str, Any]:
        person = team.add(desk.session, desk.viewer, name=new.name, address=new.email, role=new.role)
        desk.session.refresh(person)
        return {**told.person_json(directory.one(desk.session, desk.viewer, person.id))}

    return once(desk, key, "POST /people", new, (), work)


@router.get("/{number}")
def read_person(desk: Staff, number: Number) -> answers.Person:
    """One person."""
    return told.person_json(directory.one(desk.session, desk.viewer, number))


@router.patch("/{number}")
def change_person(body: Changes, desk: Admin, number: Number) -> answers.Person:
    """Change the role of somebody on the team, or whether they may sign in. Nobody changes this for themselves."""
    person = directory.one(desk.session, desk.viewer, number).person
    if person.role == Role.CUSTOMER:
        raise Refused("This person is not on the team: add them first.", "role")
    if body.value.role is not None:
        team.set_role(desk.session, desk.viewer, person.address, body.value.role)
    if body.value.active is not None:
        team.set_active(desk.session, desk.viewer, person.address, active=body.value.active)
    desk.session.flush()
    return told.person_json(directory.one(desk.session, desk.viewer, number))
