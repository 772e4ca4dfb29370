"""Page: frequently asked questions with their answers, by category."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from markupsafe import Markup, escape
from sqlalchemy import select

from helpdesk.models import FaqEntry
from helpdesk.text import markdown
from web import rendering
from web.deps import Anyone
from web.pages.ticket_thread import shown_html

router = APIRouter(include_in_schema=False)


@router.get("/faq")
def faq(request: Request, desk: Anyone, q: Annotated[str, Query(max_length=500)] = "") -> Response:
    """The published questions; `q` keeps those that hold every word of it."""
    words = q.casefold().split()
    wanted = select(FaqEntry).where(FaqEntry.published).order_by(FaqEntry.category, FaqEntry.position, FaqEntry.id)
    found = [
        one for one in desk.session.scalars(wanted) if all(word in f"{one.question} {one.answer}".casefold() for word in words)
    ]
    categories = [
        {"name": name, "entries": [{"id": one.id, "question": one.question, "html": _html(one.answer)} for one in entries]}
        for name, entries in groupby(found, key=lambda one: one.category)
    ]
    return rendering.render(request, "portal/faq.html", q=q.strip(), categories=categories)


def _html(answer: str) -> Markup:
    html = markdown.to_html(answer)
    return shown_html(html) if html is not None else Markup("<p>{}</p>").format(escape(answer))
