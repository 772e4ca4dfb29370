"""The queue in a real browser: searched with operators, and a search that is kept as a view."""

from __future__ import annotations

import secrets

from playwright.sync_api import expect

from tests.browser.demo import AGENT, Demo
from tests.browser.looks import Look


def test_operators_narrow_the_queue_and_what_is_found_is_kept_as_a_view(look: Look, demo: Demo) -> None:
    word = f"narwhal{secrets.token_hex(4)}"
    urgent, tagged = (demo.ticket(f"The {word} {what}", priority="critical") for what in ("dives", "sings"))
    plain = demo.ticket(f"The {word} swims", priority="low")
    demo.change(tagged, tags=["music"])
    cases = {
        word: {urgent, tagged, plain},
        f"{word} -swims": {urgent, tagged},
        f"{word} tag:music": {tagged},
        f"{word} created:today is:open -priority:critical": {plain},
        f'"{word} dives"': {urgent},
        f"{word} priority:critical -tag:music": {urgent},
    }
    with demo.opened(AGENT, **look._asdict()) as page:
        page.goto("/admin?view=all")
        search, found = page.get_by_role("searchbox", name="Search tickets"), page.locator(".t-link .t-tag")
        for typed, wanted in cases.items():
            search.fill(typed)
            with page.expect_navigation():
                search.press("Enter")
            assert set(found.all_inner_texts()) == wanted, typed
        view = f"Loud {secrets.token_hex(4)}"
        page.get_by_text("Save view", exact=True).click()
        page.get_by_role("textbox", name="Name").fill(view)
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator(".flash")).to_contain_text(f"“{view}” is kept, on the left.")

        page.goto("/admin/outbox")
        if look.width < 900:
            page.get_by_role("button", name="Open the menu").click()
        page.get_by_role("navigation", name="Views").get_by_role("link", name=view).click()
        expect(found).to_have_text([urgent])
        page.goto("/admin/views")
        page.get_by_role("button", name=f"Delete {view}").click()
        expect(page.locator(".flash")).to_contain_text(f"“{view}” is deleted.")
