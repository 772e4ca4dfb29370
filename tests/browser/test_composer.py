"""The answer being written, in a real browser: a note stays a note, a text can be looked at before it is sent, Enter adds a tag."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.demo import AGENT, Demo


def test_a_note_never_becomes_a_reply(demo: Demo) -> None:
    tag = demo.ticket()
    with demo.opened(AGENT) as page:
        page.goto(f"/admin/ticket/{tag}")
        text, keys = page.locator("#content"), page.keyboard
        keys.press("n")
        text.fill("They owe us money.")
        keys.press("Escape")
        keys.press("r")
        expect(text).to_have_value("")
        expect(page.locator(".tab-note")).to_have_class("tab-note waits")
        expect(page.locator("[data-draft]")).to_have_text("Draft kept")
        page.reload()
        expect(page.locator("#mode-note")).to_be_checked()
        expect(text).to_have_value("They owe us money.")

        keys.press("r")
        text.fill("We look into **it**.")
        page.get_by_role("button", name="Preview").click()
        expect(page.locator("[data-preview] strong")).to_have_text("it")
        page.get_by_role("button", name="Write").click()
        page.get_by_role("button", name="Send reply").click()
        expect(page.locator(".msg.agent .prose")).to_have_text("We look into it.")
        expect(page.locator(".msg.note")).to_have_count(0)
        expect(text).to_have_value("")
        keys.press("n")
        expect(text).to_have_value("They owe us money.")


def test_enter_adds_a_tag_and_the_snooze_menu_stays_on_the_screen(demo: Demo) -> None:
    tag = demo.ticket()
    demo.change(tag, tags=["fire", "smoke"])
    with demo.opened(AGENT, width=1440) as page:
        page.goto(f"/admin/ticket/{tag}")
        page.locator("#f-tags").fill("urgent")
        page.keyboard.press("Enter")
        expect(page.locator(".tag-row .tag a")).to_have_text(["fire", "smoke", "urgent"])
        page.locator("#f-snooze").click()
        expect(page.locator(".snooze .menu-body")).to_be_in_viewport(ratio=1)
