"""What a page's script asks while somebody types: known answers to the text, and how its Markdown looks. Pieces of HTML."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup, escape

from helpdesk.lists import suggestions
from helpdesk.text import markdown
from web import limits
from web.deps import Anyone, Desk, Web, WebState
from web.pages import requester_words
from web.pages.ticket_thread import shown_html

router = APIRouter(prefix="/typing", include_in_schema=False)
MOST = 3
Text = Annotated[str, Form(max_length=100_000)]


@router.post("/suggestions")
def suggested(request: Request, desk: Anyone, text: Text = "") -> Response:
    """Known issues and answers that fit the text, as the list that the form shows."""
    _count(request, desk.web)
    template = desk.web.templates.get_template("portal/_suggestions.html")
    return HTMLResponse(template.render(suggestions=similar(desk, text)))


@router.post("/preview")
def preview(request: Request, web: WebState, text: Text = "") -> Response:
    """The text as it will look on the ticket."""
    _count(request, web)
    return HTMLResponse(previewed(text))


def similar(desk: Desk, text: str, but: int | None = None) -> list[dict[str, str]]:
    """At most three, each .title .line .url .kind ("issue" | "answer"); `but` is the number of a ticket that is none of them."""
    found = [one for one in suggestions.similar(desk.session, text, most=MOST + 1) if but is None or one.ticket != but][:MOST]
    return [
        {
            "title": one.title,
            "line": requester_words.gist(one.text),
            "kind": "issue" if one.ticket is not None else "answer",
            "url": f"/known-issues/{desk.tag(one.ticket)}" if one.ticket is not None else f"/faq#answer-{one.faq}",
        }
        for one in found
    ]


def previewed(text: str) -> Markup:
    """Markdown as it is shown on a ticket."""
    html = markdown.to_html(text)
    return shown_html(html) if html is not None else escape(text)


def _count(request: Request, web: Web) -> None:
    network = limits.network(request)
    if network is not None:
        web.rates.spend("typing", network)
