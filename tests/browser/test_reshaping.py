"""An agent joins tickets, splits them and puts them off, in a real browser, with a script and without."""

from __future__ import annotations

import re
import secrets

from playwright.sync_api import expect

from tests.browser.demo import AGENT, Demo
from tests.browser.looks import Look


def test_two_tickets_become_one_by_the_picker(look: Look, demo: Demo) -> None:
    word = f"walrus{secrets.token_hex(4)}"
    stays, goes = demo.ticket(f"The {word} sleeps"), demo.ticket(f"Your {word} sleeps again")
    with demo.opened(AGENT, **look._asdict()) as page:
        page.goto(f"/admin/ticket/{goes}")
        page.get_by_label("More actions").click()
        page.get_by_role("link", name=re.compile("Merge into another")).click()
        sheet = page.locator("[data-sheet-body]")
        expect(sheet.get_by_role("heading", name=f"Merge {goes} into another ticket")).to_be_visible()
        sheet.get_by_label("Where does it go on?").fill(word)
        sheet.get_by_role("button", name="Search").click()
        sheet.get_by_role("link", name=re.compile(stays)).click()
        expect(sheet).to_contain_text("This cannot be undone.")
        sheet.get_by_role("button", name=f"Merge into {stays}").click()
        page.wait_for_url(f"**/admin/ticket/{stays}")
        expect(page.locator(".flash")).to_contain_text(f"{goes} goes on here.")
        page.goto(f"/admin/ticket/{goes}")
        expect(page.locator("main")).to_contain_text(f"Merged into {stays}: answers go there.")
    assert demo.ask("GET", f"/admin/tickets/{goes}")["status"] == "closed"


def test_a_message_becomes_a_ticket_of_its_own(look: Look, demo: Demo) -> None:
    who = f"gus-{secrets.token_hex(4)}@example.net"
    tag = demo.ticket("The gate squeaks", email=who)
    demo.said(tag, who, "And the fence leans, by the way.")
    with demo.opened(AGENT, **look._asdict()) as page:
        page.goto(f"/admin/ticket/{tag}")
        if look.script:
            page.get_by_role("button", name="More about this message").last.click()
            page.get_by_role("link", name="Split off…").click()
        else:
            page.get_by_label("More actions").click()
            page.get_by_role("link", name="Split messages off…").click()
        sheet = page.locator("[data-sheet-body]")
        sheet.get_by_role("checkbox", name=re.compile("the fence leans")).check()
        sheet.get_by_label("Title of the new ticket").fill("The fence leans")
        sheet.get_by_role("button", name="Split off").click()
        expect(page.locator(".flash")).to_contain_text(f"Split off from {tag}.")
        expect(page.locator("h1")).to_have_text("The fence leans")
        expect(page.get_by_label("Conversation")).to_contain_text("And the fence leans, by the way.")
        page.goto(f"/admin/ticket/{tag}")
        expect(page.get_by_label("Conversation")).to_contain_text(re.compile(r"Goes on in ELM-\d+, a ticket of its own."))


def test_a_ticket_sleeps_until_a_morning_or_until_it_is_woken(look: Look, demo: Demo) -> None:
    word = f"dormouse{secrets.token_hex(4)}"
    tag = demo.ticket(f"The {word} is late")
    with demo.opened(AGENT, **look._asdict()) as page:
        page.goto(f"/admin/ticket/{tag}")
        page.locator("summary", has_text="Until…").click()
        page.locator(".snooze").get_by_role("button").first.click()
        expect(page.locator(".flash")).to_contain_text("It sleeps until")
        expect(page.locator(".facts")).to_contain_text("Sleeps until")
        row = page.get_by_role("link", name=re.compile(tag))
        page.goto(f"/admin?view=unassigned&q={word}")
        expect(page.get_by_role("heading", name="No ticket matches these filters")).to_be_visible()
        page.goto(f"/admin?view=all&q={word}+is:snoozed")
        row.click()
        page.get_by_text("Wake up", exact=True).click()
        expect(page.locator(".flash")).to_contain_text("It is awake again.")
        page.goto(f"/admin?view=unassigned&q={word}")
        expect(row).to_be_visible()
