"""Held mail in a real browser: chosen, dropped and taken back by the keyboard alone, and without a script."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.demo import Demo
from tests.browser.every_page import ADMIN
from tests.browser.looks import PHONE


def test_with_the_keyboard_alone_held_mail_is_dropped_and_taken_back(demo: Demo) -> None:
    away = ["Away until Monday", "Away until Tuesday", "Away until Friday"]
    for subject in away:
        demo.held("elif@example.org", subject)
    with demo.opened(ADMIN) as page:
        page.goto("/admin/held?reason=9")
        rows = page.locator(".rows li")
        before = rows.count()
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
        page.goto("/admin/held?reason=9")
        expect(rows).to_have_count(before - 2)


def test_without_a_script_held_mail_is_found_by_its_reason_dropped_and_held_again(demo: Demo) -> None:
    demo.held("elif@example.org", "Away in spring")
    with demo.opened(ADMIN, script=False, width=PHONE) as page:
        page.goto("/admin/held")
        page.locator("#by-reason").select_option("9")
        page.get_by_role("button", name="Show").click()
        page.wait_for_url("**/admin/held?reason=9")
        page.locator(".rows li", has_text="Away in spring").locator("[name=mail]").check()
        page.locator("#reason-of-all").fill("Spam")
        page.get_by_role("button", name="Drop").click()
        expect(page.locator(".flash")).to_contain_text(re.compile("dropped", re.IGNORECASE))
        expect(page.locator(".rows li", has_text="Away in spring")).to_have_count(0)
        page.get_by_role("button", name="Undo").click()
        expect(page.locator(".rows li", has_text="Away in spring")).to_have_count(1)
        page.get_by_role("link", name=re.compile("Away in spring")).click()
        expect(page.locator(".notice.reason")).to_contain_text("H9 · An automatic reply to nothing of ours.")
