"""Held mail in a real browser: chosen, dropped and taken back by the keyboard alone, and without a script."""

from __future__ import annotations

import smtplib
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_staff_pages import opened, sign_in
from tests.letters import letter
from tests.served import Serve, Served

pytestmark = pytest.mark.browser
AWAY = ("Away until Monday", "Away until Tuesday", "Away until Friday")


def fill(served: Served, page: Page) -> None:
    """Three automatic replies to nothing of ours are held."""
    to = "support@help.localhost"
    with smtplib.SMTP(served.smtp_host, served.smtp_port) as smtp:
        for subject in AWAY:
            smtp.sendmail("elif@example.org", to, letter("elif@example.org", to, subject, "Away.", auto_submitted="auto-replied"))
    for _ in range(100):
        page.goto("/admin/held")
        if page.locator(".rows li").count() == len(AWAY):
            return
        page.wait_for_timeout(100)
    raise AssertionError("the mails were not held")


def test_with_the_keyboard_alone_held_mail_is_dropped_and_taken_back(peer: Callable[..., str], served: Serve) -> None:
    run = served("--demo")
    with opened(peer("chromium", "chromium-browser"), run) as page:
        sign_in(page, "Ada Okafor")
        fill(run, page)
        keys = page.keyboard
        keys.press("j")
        keys.press("x")
        keys.press("j")
        keys.press("x")
        expect(page.locator("[data-count]")).to_have_text("2 selected")
        page.locator("#reason-of-all").focus()
        keys.type("Spam")
        keys.press("Enter")
        expect(page.locator(".flash")).to_contain_text("2 mails dropped.")
        expect(page.locator(".rows li")).to_have_count(1)

        page.get_by_role("button", name="Undo").press("Enter")
        expect(page.locator(".flash")).to_contain_text("2 mails are held again.")
        expect(page.locator(".rows li")).to_have_count(3)

        page.locator("h1").click()
        keys.press("j")
        keys.press("Enter")
        expect(page.locator(".mail-head h2")).to_have_text(AWAY[0])
        expect(page.locator(".notice.reason")).to_contain_text("H9 · An automatic reply to nothing of ours.")
        page.locator("#reason").focus()
        keys.type("Not needed")
        keys.press("Enter")
        expect(page.locator(".flash")).to_contain_text("Dropped.")
        expect(page.locator(".mail-head h2")).to_have_text(AWAY[1])  # and on with the next one


def test_without_a_script_held_mail_is_found_by_its_reason_and_dropped(peer: Callable[..., str], served: Serve) -> None:
    run = served("--demo")
    with opened(peer("chromium", "chromium-browser"), run, script=False, width=390) as page:
        sign_in(page, "Ada Okafor")
        fill(run, page)
        page.locator("#by-reason").select_option("9")
        page.get_by_role("button", name="Show").click()
        page.wait_for_url("**/admin/held?reason=9")
        for box in page.locator("[name=mail]").all():
            box.check()
        page.locator("#reason-of-all").fill("Spam")
        page.get_by_role("button", name="Drop").click()
        expect(page.locator(".flash")).to_contain_text("3 mails dropped.")
        expect(page.locator(".rows li")).to_have_count(0)
