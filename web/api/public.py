"""API for everybody: known issues and frequently asked questions."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from helpdesk.lists import search
from helpdesk.models import FaqEntry, SearchDocument, Ticket
from helpdesk.permissions import public_tickets
from helpdesk.text import markdown
from web.api import shapes
from web.deps import Anyone

router = APIRouter(prefix="/api/v1", tags=["public"])
MOST = 100
Words = Annotated[str, Query(max_length=500)]


@router.get("/known-issues")
def known_issues(desk: Anyone, q: Words = "") -> dict[str, Any]:
    """Public tickets, the last updated first; `q` searches what is public of them."""
    wanted = select(Ticket).where(public_tickets()).order_by(Ticket.updated_at.desc(), Ticket.number.desc()).limit(MOST)
    if q.strip():
        # the ticket's own words only: what stands in its thread is not public, not even as a hit
        own_words = search.matching(q, with_notes=False).where(SearchDocument.comment_id.is_(None))
        wanted = wanted.where(Ticket.number.in_(own_words))
    found = desk.session.scalars(wanted.options(joinedload(Ticket.requester), joinedload(Ticket.assignee)))
    return shapes.listed([shapes.public_ticket_json(desk, one) for one in found])


@router.get("/faq")
def faq(desk: Anyone, q: Words = "") -> dict[str, Any]:
    """Questions with their answers, by category."""
    wanted = select(FaqEntry).where(FaqEntry.published).order_by(FaqEntry.category, FaqEntry.position, FaqEntry.id)
    words = q.casefold().split()
    found = [
        one for one in desk.session.scalars(wanted) if all(word in f"{one.question} {one.answer}".casefold() for word in words)
    ]
    return shapes.listed(
        [
            {
                "id": one.id,
                "category": one.category,
                "question": one.question,
                "answer": one.answer,
                "html": markdown.to_html(one.answer),
            }
            for one in found[:MOST]
        ]
    )
