"""API for everybody: known issues and frequently asked questions."""

from __future__ import annotations

from fastapi import APIRouter

from helpdesk.knowledge import faq
from helpdesk.lists import known_issues as listing
from web.api import answers, shapes, told
from web.api.parameters import Cursor, Limit, Words
from web.deps import Anyone

router = APIRouter(prefix="/api/v1", tags=["public"])


@router.get("/known-issues")
def list_known_issues(desk: Anyone, q: Words, cursor: Cursor = "", limit: Limit = 50) -> shapes.Listed[answers.Ticket]:
    """Public tickets, the last updated first; `q` searches what is public of them."""
    found, after = shapes.part(listing.listed(desk.session, q), cursor, limit)
    return shapes.listed([told.public_ticket_json(desk, one) for one in found], after)


@router.get("/faq")
def list_faq(desk: Anyone, q: Words, cursor: Cursor = "", limit: Limit = 50) -> shapes.Listed[answers.Faq]:
    """Questions with their answers, by category."""
    found, after = shapes.part(faq.search(desk.session, q), cursor, limit)
    return shapes.listed([told.faq_json(one) for one in found], after)
