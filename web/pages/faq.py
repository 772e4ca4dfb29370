"""Page: frequently asked questions with their answers, by category; every answer has an address of its own."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from markupsafe import Markup, escape

from helpdesk.knowledge import faq as answers
from helpdesk.text import markdown
from web import limits, rendering
from web.deps import Anyone
from web.pages.highlight import marked
from web.pages.ticket_thread import shown_html

router = APIRouter(include_in_schema=False)


@router.get("/faq")
def faq(request: Request, desk: Anyone, q: Annotated[str, Query(max_length=500)] = "") -> Response:
    """The published questions; `q` keeps those that hold its words, and marks them."""
    limits.search(request, desk, q)
    categories = [
        {
            "name": name,
            "entries": [
                {"id": one.id, "question": marked(one.question, q), "html": marked(_html(one.answer), q)} for one in entries
            ],
        }
        for name, entries in groupby(answers.search(desk.session, q), key=lambda one: one.category)
    ]
    return rendering.render(request, "portal/faq.html", q=q.strip(), categories=categories)


def _html(answer: str) -> Markup:
    html = markdown.to_html(answer)
    return shown_html(html) if html is not None else Markup("<p>{}</p>").format(escape(answer))
