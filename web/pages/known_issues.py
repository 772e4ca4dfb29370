"""Pages: what we know of and work on, for anybody; "me too" for whoever is signed in; the same list as Atom and JSON feeds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from xml.etree.ElementTree import Element, SubElement, tostring

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from markupsafe import Markup, escape
from sqlalchemy import func, select

from helpdesk import tickets, upvotes
from helpdesk.errors import NotFound
from helpdesk.lists import known_issues as listing
from helpdesk.models import Ticket, Upvote
from helpdesk.permissions import public_tickets
from helpdesk.text import markdown
from web import limits, rendering
from web.deps import Anyone, Desk, SignedIn
from web.pages import requester_words
from web.pages.ticket_thread import shown_html

router = APIRouter(include_in_schema=False)
MOST_IN_FEED = 50
ATOM = "http://www.w3.org/2005/Atom"
FOR_FIVE_MINUTES = {"Cache-Control": "public, max-age=300"}
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 section 2.2
Words = Annotated[str, Query(max_length=500)]


@router.get("/known-issues")
def known_issues(request: Request, desk: Anyone, q: Words = "") -> Response:
    """Known issues, the last updated first; `q` searches what is public of them."""
    who = limits.network(request)
    if q.strip() and who is not None:
        desk.web.rates.spend("search", who)
    issues = [_row(desk, one) for one in listing.listed(desk.session, q)]
    return rendering.render(request, "portal/known_issues.html", q=q.strip(), issues=issues, issue=None, may_vote=False)


@router.get("/known-issues.atom")
def atom_feed(desk: Anyone) -> Response:
    """The list as an Atom feed (RFC 4287)."""
    found = listing.listed(desk.session)
    base = f"{desk.web.installation.settings.base_url}/known-issues"
    feed = Element("feed", {"xmlns": ATOM})
    _add(feed, "id", base)
    _add(feed, "title", f"Known issues of {desk.web.site.name}")
    _add(feed, "updated", _newest(desk, found).isoformat())
    SubElement(feed, "link", {"rel": "self", "href": f"{base}.atom"})
    SubElement(feed, "link", {"rel": "alternate", "href": base})
    _add(SubElement(feed, "author"), "name", desk.web.site.name)
    for one in found[:MOST_IN_FEED]:
        entry = SubElement(feed, "entry")
        url = f"{base}/{desk.tag(one.number)}"
        _add(entry, "id", url)
        _add(entry, "title", one.title)
        _add(entry, "published", one.created_at.isoformat())
        _add(entry, "updated", one.updated_at.isoformat())
        SubElement(entry, "link", {"rel": "alternate", "href": url})
        _add(entry, "summary", requester_words.issue_state(one))
        _add(entry, "content", str(_html(one)), type="html")
    return Response(tostring(feed, "utf-8", xml_declaration=True), media_type="application/atom+xml", headers=FOR_FIVE_MINUTES)


@router.get("/known-issues.json")
def json_feed(desk: Anyone) -> Response:
    """The list as a JSON Feed (version 1.1)."""
    base = f"{desk.web.installation.settings.base_url}/known-issues"
    items = [
        {
            "id": f"{base}/{desk.tag(one.number)}",
            "url": f"{base}/{desk.tag(one.number)}",
            "title": one.title,
            "summary": requester_words.issue_state(one),
            "content_html": str(_html(one)),
            "date_published": one.created_at.isoformat(),
            "date_modified": one.updated_at.isoformat(),
            "tags": [one.status],
        }
        for one in listing.listed(desk.session)[:MOST_IN_FEED]
    ]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": f"Known issues of {desk.web.site.name}",
        "home_page_url": base,
        "feed_url": f"{base}.json",
        "items": items,
    }
    return JSONResponse(feed, media_type="application/feed+json", headers=FOR_FIVE_MINUTES)


@router.get("/known-issues/{tag}")
def known_issue(request: Request, desk: Anyone, tag: str) -> Response:
    """One known issue: what is said of it in public, never its thread or its people."""
    ticket = _one(desk, tag)
    shown = _row(desk, ticket) | {
        "state": requester_words.issue_state(ticket),
        "html": _html(ticket),
        "workaround": None,
        "mine": desk.person is not None and desk.session.get(Upvote, (ticket.number, desk.person.id)) is not None,
    }
    signed_in = desk.person is not None
    return rendering.render(request, "portal/known_issues.html", q="", issues=[], issue=shown, may_vote=signed_in)


@router.post("/known-issues/{tag}/me-too")
def me_too(request: Request, desk: SignedIn, tag: str, on: Annotated[str, Form(max_length=5)] = "1") -> Response:
    """Count the reader in, or out again."""
    number = _number(desk, tag)
    change = upvotes.add if on == "1" else upvotes.remove
    change(desk.session, number, desk.me, desk.viewer)
    return RedirectResponse(f"/known-issues/{desk.tag(number or 0)}", 303)


def _one(desk: Desk, tag: str) -> Ticket:
    ticket = desk.session.scalar(select(Ticket).where(Ticket.number == _number(desk, tag), public_tickets()))
    if ticket is None:
        raise NotFound("There is no such known issue.")
    return ticket


def _number(desk: Desk, tag: str) -> int | None:
    return tickets.number_of(desk.session, tag, desk.web.installation.settings.ticket_prefix)


def _row(desk: Desk, ticket: Ticket) -> dict[str, Any]:
    return {
        "tag": desk.tag(ticket.number),
        "title": ticket.title,
        "line": requester_words.gist(ticket.description),
        "status": ticket.status,
        "affected": ticket.upvotes,
        "updated_at": ticket.updated_at,
        "url": f"/known-issues/{desk.tag(ticket.number)}",
    }


def _html(ticket: Ticket) -> Markup:
    """The description, read as Markdown whichever way it came: a mail's own HTML is nothing for a public page."""
    html = markdown.to_html(ticket.description)
    return shown_html(html) if html is not None else Markup("<p>{}</p>").format(escape(ticket.description))


def _newest(desk: Desk, found: Sequence[Ticket]) -> datetime:
    return found[0].updated_at if found else desk.session.execute(select(func.now())).scalar_one()


def _add(parent: Element, name: str, text: str, **attributes: str) -> None:
    SubElement(parent, name, attributes).text = _NOT_IN_XML.sub("", text)
