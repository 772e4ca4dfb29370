"""Pages: what we know of and work on, for anybody; "me too" with a session or by a mailed link; the same list as feeds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from xml.etree.ElementTree import Element, SubElement, tostring

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from markupsafe import Markup, escape
from sqlalchemy import func, select

from helpdesk import people, upvotes
from helpdesk.errors import NotFound, Refused
from helpdesk.issues import me_too as by_mail
from helpdesk.issues import workaround
from helpdesk.lists import known_issues as listing
from helpdesk.models import ACTIVE, Ticket, Upvote
from helpdesk.permissions import public_tickets
from helpdesk.sign_in import links
from helpdesk.text import markdown
from web import limits, rendering
from web.deps import Anyone, Desk, Staff
from web.pages import requester_words
from web.pages.highlight import marked
from web.pages.ticket_thread import shown_html

router = APIRouter(include_in_schema=False)
MOST_IN_FEED = 50
ATOM = "http://www.w3.org/2005/Atom"
FOR_FIVE_MINUTES = {"Cache-Control": "public, max-age=300"}
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 section 2.2
Words = Annotated[str, Query(max_length=500)]
Line = Annotated[str, Form(max_length=1024)]


@router.get("/known-issues")
def known_issues(request: Request, desk: Anyone, q: Words = "") -> Response:
    """Known issues, the last updated first; `q` searches what is public of them."""
    limits.search(request, desk, q)
    found = listing.listed(desk.session, q)
    helped = workaround.of(desk.session, [one.number for one in found])
    groups = [
        {"label": label, "issues": [_row(desk, one, helped, q) for one in found if (one.status in ACTIVE) is active]}
        for label, active in (("Being looked at", True), ("Solved", False))
    ]
    return rendering.render(request, "portal/known_issues.html", q=q.strip(), groups=[one for one in groups if one["issues"]])


@router.get("/known-issues.atom")
def atom_feed(desk: Anyone) -> Response:
    """The list as an Atom feed (RFC 4287)."""
    found = listing.listed(desk.session)[:MOST_IN_FEED]
    helped = workaround.of(desk.session, [one.number for one in found])
    base = f"{desk.web.installation.settings.base_url}/known-issues"
    feed = Element("feed", {"xmlns": ATOM})
    _add(feed, "id", base)
    _add(feed, "title", f"Known issues of {desk.web.site.name}")
    _add(feed, "updated", _newest(desk, found).isoformat())
    SubElement(feed, "link", {"rel": "self", "href": f"{base}.atom"})
    SubElement(feed, "link", {"rel": "alternate", "href": base})
    _add(SubElement(feed, "author"), "name", desk.web.site.name)
    for one in found:
        entry = SubElement(feed, "entry")
        url = f"{base}/{desk.tag(one.number)}"
        _add(entry, "id", url)
        _add(entry, "title", one.title)
        _add(entry, "published", one.created_at.isoformat())
        _add(entry, "updated", one.updated_at.isoformat())
        SubElement(entry, "link", {"rel": "alternate", "href": url})
        _add(entry, "summary", requester_words.issue_state(one))
        _add(entry, "content", _told(one, helped), type="html")
    return Response(tostring(feed, "utf-8", xml_declaration=True), media_type="application/atom+xml", headers=FOR_FIVE_MINUTES)


@router.get("/known-issues.json")
def json_feed(desk: Anyone) -> Response:
    """The list as a JSON Feed (version 1.1)."""
    found = listing.listed(desk.session)[:MOST_IN_FEED]
    helped = workaround.of(desk.session, [one.number for one in found])
    base = f"{desk.web.installation.settings.base_url}/known-issues"
    items = [
        {
            "id": f"{base}/{desk.tag(one.number)}",
            "url": f"{base}/{desk.tag(one.number)}",
            "title": one.title,
            "summary": requester_words.issue_state(one),
            "content_html": _told(one, helped),
            "date_published": one.created_at.isoformat(),
            "date_modified": one.updated_at.isoformat(),
            "tags": [one.status],
        }
        for one in found
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
    return _page(request, desk, _one(desk, tag))


@router.post("/known-issues/{tag}/me-too")
def me_too(request: Request, desk: Anyone, tag: str, on: Line = "1", email: Line = "", key: Line = "") -> Response:
    """Count the reader in, or out again: by their session, by the key of a mailed link, or mail such a link."""
    ticket = _one(desk, tag)
    url = f"/known-issues/{desk.tag(ticket.number)}"
    if key:
        by_mail.say(desk.session, ticket.number, _owner(desk, ticket, key), on=on == "1")
        return RedirectResponse(f"{url}/me-too?key={key}", 303)
    if desk.person is not None:
        (upvotes.add if on == "1" else upvotes.remove)(desk.session, ticket.number, desk.person, desk.viewer)
        return rendering.see_other(request, url, "" if on == "1" else "You no longer follow it.")
    try:
        address = people.normal_address(email)
    except Refused as error:
        return _page(request, desk, ticket, email, str(error), 422)
    limits.spend(desk.session, "link", address)
    limits.spend(desk.session, "link from network", limits.network(request))
    house = desk.web.installation
    prefix = house.settings.ticket_prefix
    by_mail.ask(desk.session, house.keys, house.settings.base_url, prefix, ticket.number, address, datetime.now(UTC))
    return rendering.see_other(
        request, url, f"Look into your mail: the link we sent to {address} counts you in. We send one a day at most.", kind="info"
    )


@router.get("/known-issues/{tag}/me-too")
def show_me_too(request: Request, desk: Anyone, tag: str, key: Annotated[str, Query(max_length=700)] = "") -> Response:
    """A button that counts in, or out again: whatever opens links unasked changes nothing."""
    ticket = _one(desk, tag)
    address = _owner(desk, ticket, key)
    said = by_mail.is_said(desk.session, ticket.number, address)
    shown = _row(desk, ticket, {}) | {"said": said, "address": address, "key": key}
    return rendering.render(request, "portal/me_too.html", issue=shown)


@router.post("/known-issues/{tag}/workaround")
def write_workaround(
    request: Request, desk: Staff, tag: str, text: Annotated[str, Form(alias="workaround", max_length=20_000)] = ""
) -> Response:
    """Say what helps until it is solved."""
    number = desk.number_of(tag)
    changed = workaround.write(desk.session, number, text.replace("\r\n", "\n"), desk.viewer)
    said = "It stands on the page, and who follows the issue is told." if changed else ""
    return rendering.see_other(request, f"/known-issues/{desk.tag(number or 0)}", said)


def _page(request: Request, desk: Desk, ticket: Ticket, email: str = "", error: str | None = None, status: int = 200) -> Response:
    helped = workaround.of(desk.session, [ticket.number])
    text = helped.get(ticket.number, "")
    shown = _row(desk, ticket, helped) | {
        "state": requester_words.issue_state(ticket),
        "html": _html(ticket.description),
        "workaround": _html(text) if text else None,
        "workaround_text": text,
        "created_at": ticket.created_at,
        "resolved_at": ticket.resolved_at,
        "mine": desk.person is not None and desk.session.get(Upvote, (ticket.number, desk.person.id)) is not None,
    }
    return rendering.render(
        request, "portal/known_issue.html", status, issue=shown, email=email, error=error, may_edit=desk.viewer.is_staff
    )


def _owner(desk: Desk, ticket: Ticket, key: str) -> str:
    """Whose mailbox the key of this issue's link was mailed to."""
    found = links.read_me_too_key(desk.web.installation.keys, key, datetime.now(UTC))
    if found is None or found[0] != ticket.number:
        raise NotFound("This link opens nothing.")
    return found[1]


def _one(desk: Desk, tag: str) -> Ticket:
    ticket = desk.session.scalar(select(Ticket).where(Ticket.number == desk.number_of(tag), public_tickets()))
    if ticket is None:
        raise NotFound("There is no such known issue.")
    return ticket


def _row(desk: Desk, ticket: Ticket, helped: Mapping[int, str], q: str = "") -> dict[str, Any]:
    return {
        "tag": desk.tag(ticket.number),
        "title": marked(ticket.title, q),
        "line": marked(requester_words.gist(ticket.description), q),
        "status": ticket.status,
        "affected": ticket.upvotes,
        "updated_at": ticket.updated_at,
        "has_workaround": ticket.number in helped,
        "url": f"/known-issues/{desk.tag(ticket.number)}",
    }


def _html(text: str) -> Markup:
    """The text read as Markdown whichever way it came: a mail's own HTML is nothing for a public page."""
    html = markdown.to_html(text)
    return shown_html(html) if html is not None else Markup("<p>{}</p>").format(escape(text))


def _told(ticket: Ticket, helped: Mapping[int, str]) -> str:
    """What a feed says of an issue."""
    text = helped.get(ticket.number, "")
    way = Markup("<h2>What helps until then</h2>") + _html(text) if text else Markup("")
    return str(_html(ticket.description) + way)


def _newest(desk: Desk, found: Sequence[Ticket]) -> datetime:
    return found[0].updated_at if found else desk.session.execute(select(func.now())).scalar_one()


def _add(parent: Element, name: str, text: str, **attributes: str) -> None:
    SubElement(parent, name, attributes).text = _NOT_IN_XML.sub("", text)
