"""Every page at three widths, light and dark: nothing complains, nothing is wider than the screen, axe finds nothing, and it is light."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute
from playwright.sync_api import Page, Response

from helpdesk import db
from tests.browser import axe, every_page
from tests.browser.demo import Demo, wider
from tests.browser.every_page import ADMIN, ALICE, NO_PAGES, VISITS, Visit
from tests.browser.looks import DESKTOP, PHONE, TABLET
from web.app import ROUTERS

ROUTES = {
    route.path
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute) and "GET" in (route.methods or ()) and not route.path.startswith("/api/v1")
}
PUBLIC_BYTES, STAFF_BYTES = 60_000, 120_000


def test_every_page_is_visited_and_every_visit_is_a_page() -> None:
    assert set(VISITS) | NO_PAGES == ROUTES


@pytest.fixture(scope="module")
def places(demo: Demo) -> dict[str, str]:
    """What the `{...}` in the addresses stand for."""
    merged, stays = demo.ticket("Heating"), demo.ticket("The heating is off")
    demo.ask("POST", f"/admin/tickets/{merged}/merge", {"into": stays})
    demo.ask("POST", "/admin/webhooks", {"name": "Chat", "url": "https://chat.example.com/hook", "events": ["ticket.created"]})
    with db.transaction(demo.engine) as session:
        return every_page.places(session)


@pytest.fixture(scope="module")
def pages(demo: Demo) -> Iterator[dict[str | None, tuple[Page, list[str]]]]:
    """A page of nobody, of a requester and of an administrator, and what each complained of."""
    kept = {who: demo.page(who, width=DESKTOP) for who in (None, ALICE, ADMIN)}
    yield kept
    for page, _ in kept.values():
        page.context.close()


@pytest.mark.parametrize(
    "visit", [visit for visits in VISITS.values() for visit in visits], ids=lambda visit: f"{visit.path} {visit.who}"
)
def test_it_is_clean(visit: Visit, pages: dict[str | None, tuple[Page, list[str]]], places: dict[str, str]) -> None:
    page, complaints = pages[visit.who]
    complaints.clear()
    came: list[Response] = []

    def note(response: Response) -> None:
        came.append(response)

    page.on("response", note)
    page.set_viewport_size({"width": DESKTOP, "height": 900})
    page.emulate_media(color_scheme="light")
    answer = page.goto(visit.path.format(**places), wait_until="networkidle")
    page.remove_listener("response", note)
    assert answer is not None
    assert answer.status == visit.status

    found: list[str] = []
    found += axe.violations(page, "1440 light")
    page.emulate_media(color_scheme="dark")
    found += axe.violations(page, "1440 dark", only_colours=True)
    page.emulate_media(color_scheme="light")
    for width in (TABLET, PHONE):
        page.set_viewport_size({"width": width, "height": 900})
        found += [f"{width}: {wider(page)} px wider than the screen"] if wider(page) > 0 else []
    found += axe.violations(page, "360 light")
    if visit.status == 200:
        found += complaints
    most = STAFF_BYTES if visit.path.startswith(("/admin", "/playground")) else PUBLIC_BYTES
    parts = {one.url.rpartition("/")[2].partition("?")[0]: len(one.body()) for one in came if one.status == 200 and _is_ours(one)}
    found += [f"{sum(parts.values())} octets, {most} allowed: {parts}"] if sum(parts.values()) > most else []
    assert found == []


def _is_ours(response: Response) -> bool:
    """The page itself, and what every page of its kind loads: not the pictures and mails that people sent."""
    return response.request.resource_type in ("document", "stylesheet", "script") and "/original/" not in response.url
