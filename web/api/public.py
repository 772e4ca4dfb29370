"""API for everybody: known issues and frequently asked questions."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import select

from helpdesk.lists import known_issues as listing
from helpdesk.models import FaqEntry
from helpdesk.text import markdown
from web.api import shapes
from web.deps import Anyone

router = APIRouter(prefix="/api/v1", tags=["public"])
MOST = 100
Words = Annotated[str, Query(max_length=500)]


@router.get("/known-issues")
def known_issues(desk: Anyone, q: Words = "") -> dict[str, Any]:
    """Public tickets, the last updated first; `q` searches what is public of them."""
    return shapes.listed([shapes.public_ticket_json(desk, one) for one in listing.listed(desk.session, q)])


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
