"""The desk in a real browser: everything works without a script, and with one the keyboard is enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, Request, expect, sync_playwright

from tests.served import Serve, Served

pytestmark = pytest.mark.browser


@contextmanager
def opened(program: str, served: Served, *, script: bool = True, width: int = 1280) -> Iterator[Page]:
    """A page of a fresh browser on this helpdesk; what its console complains of fails the test."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_context(
            java_script_enabled=script, base_url=served.http, viewport={"width": width, "height": 900}
        ).new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        # a page that is left before its icon came aborts that request: nothing was refused
        page.on(
            "requestfailed", lambda request: complaints.append(_failed(request)) if "ERR_ABORTED" not in _failed(request) else None
        )
        try:
            yield page
        finally:
            browser.close()
        assert complaints == []


def _failed(request: Request) -> str:
    return f"not loaded: {request.url} ({request.failure})"


def sign_in(page: Page, name: str) -> None:
    page.goto("/login")
    page.get_by_role("button", name=name).click()
    page.wait_for_url("**/admin")


def test_without_a_script_an_agent_signs_in_filters_answers_and_takes_it_back(peer: Callable[..., str], served: Serve) -> None:
    with opened(peer("chromium", "chromium-browser"), served("--demo"), script=False) as page:
        sign_in(page, "Mira Sandoval")
        page.get_by_role("link", name="Unassigned").first.click()
        page.locator("select[name=priority]").select_option("critical")
        page.get_by_role("button", name="Apply").first.click()
        expect(page.locator(".t-title")).to_have_text(["URGENT: bookings page down??"])
        page.locator(".t-link").click()
        expect(page.locator("h1")).to_have_text("URGENT: bookings page down??")

        page.locator("#canned").select_option(label="Ask for details (#details)")
        page.get_by_role("button", name="Insert").click()
        assert page.locator("#content").input_value().startswith("Hello Marco Rossi,")
        page.locator("#content").fill("We are **on it**, Marco.")
        page.locator("#send-status").select_option("in_progress")
        page.get_by_role("button", name="Send reply").click()
        expect(page.locator(".flash")).to_contain_text("The reply is on its way.")
        expect(page.locator(".msg.agent strong")).to_have_text("on it")
        expect(page.locator(".facts .status")).to_have_text("In progress")
        expect(page.locator(".msg.agent .delivery")).to_contain_text("Waiting to be sent marco@pizzarossi.example")

        page.get_by_role("button", name="Undo").click()
        expect(page.locator(".flash")).to_contain_text("Taken back: nothing was sent.")
        expect(page.locator("#content")).to_have_value("We are **on it**, Marco.")
        expect(page.locator(".facts .status")).to_have_text("Open")
        expect(page.locator(".msg.agent")).to_have_count(0)


def test_with_the_keyboard_alone_an_agent_triages(peer: Callable[..., str], served: Serve) -> None:
    with opened(peer("chromium", "chromium-browser"), served("--demo")) as page:
        sign_in(page, "Mira Sandoval")
        keys = page.keyboard
        keys.press("g")
        keys.press("u")
        page.wait_for_url("**/admin?view=unassigned")
        first, second = (page.locator(".t-tag").nth(number).inner_text() for number in (0, 1))

        keys.press("j")
        keys.press("x")
        expect(page.locator("[data-count]")).to_have_text("1 selected")
        keys.press("x")
        keys.press("j")
        keys.press("k")
        keys.press("Enter")
        page.wait_for_url(f"**/admin/ticket/{first}?view=unassigned")

        keys.press("i")
        expect(page.locator(".flash")).to_contain_text("It is yours.")
        keys.press("r")
        keys.type("Looking into it.")
        keys.press("Control+Enter")
        expect(page.locator(".msg.agent .prose")).to_have_text("Looking into it.")
        keys.press("n")
        keys.type("Only for us.")
        keys.press("Control+Enter")
        expect(page.locator(".msg.note .prose")).to_have_text("Only for us.")

        keys.press("n")
        keys.type("Not yet")
        page.locator("#f-priority").select_option("low")
        expect(page.locator(".flash")).to_contain_text("priority changed")
        expect(page.locator("#content")).to_have_value("Not yet")  # and as a note: nothing internal becomes a reply on its own
        expect(page.locator("#mode-note")).to_be_checked()
        page.locator("#content").fill("")

        page.locator("h1").click()
        keys.press("e")
        page.wait_for_url(f"**/admin/ticket/{second}?view=unassigned")
        expect(page.locator(".flash")).to_contain_text(f"{first}: status changed.")
        page.get_by_role("button", name="Undo").click()
        page.wait_for_url(f"**/admin/ticket/{first}?view=unassigned")
        expect(page.locator(".facts .status")).to_have_text("In progress")

        keys.press("u")
        page.wait_for_url("**/admin?view=unassigned")
        keys.press("?")
        expect(page.locator("dialog[open]")).to_contain_text("Keyboard shortcuts")
        keys.press("Escape")
        keys.press("/")
        keys.type(first.lower())
        keys.press("Enter")
        page.wait_for_url(f"**/admin/ticket/{first}")


@pytest.mark.parametrize("width", [1440, 390])
def test_no_page_of_the_desk_is_wider_than_the_screen_or_complains(width: int, peer: Callable[..., str], served: Serve) -> None:
    with opened(peer("chromium", "chromium-browser"), served("--demo"), width=width) as page:
        sign_in(page, "Ada Okafor")
        for path in ("/admin", "/admin/ticket/ELM-001", "/admin/ticket/ELM-003", "/admin/outbox", "/admin/held", "/admin/canned/1",
                     "/admin/canned/new", "/admin/people"):  # fmt: skip
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == 200, path
            assert len(answer.body()) <= 120_000, path
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
