"""Everything an agent does, in a real browser: it works without a script, and with one the keyboard is enough."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.demo import AGENT, COLLEAGUE, Demo
from tests.browser.looks import Look


def test_an_agent_signs_in_filters_answers_and_takes_it_back(look: Look, demo: Demo) -> None:
    marco = {"email": "marco@pizza.example.net", "name": "Marco Rossi"}
    tag = demo.ticket("Bookings are down", "All of them.", priority="critical", type="bug", **marco)
    with demo.opened(**look._asdict()) as page:
        page.goto("/login")
        page.get_by_role("button", name="Mira Sandoval").click()
        page.wait_for_url("**/admin")
        page.get_by_role("link", name="Unassigned").first.click()
        page.wait_for_url("**/admin?view=unassigned")
        page.locator("select[name=priority]").select_option("critical")
        if not look.script:
            page.get_by_role("button", name="Apply").first.click()
        page.wait_for_url("**priority=critical**")
        page.get_by_role("link", name=re.compile(tag)).click()
        expect(page.locator("h1")).to_have_text("Bookings are down")

        if look.script:
            page.locator("#canned-open").click()
            page.get_by_role("combobox", name="Search canned responses").fill("#details")
            page.get_by_role("dialog").get_by_role("button", name="Insert").click()
        else:
            page.locator("#canned").select_option(label="Ask for details (#details)")
            page.get_by_role("button", name="Insert").click()
        text = page.get_by_label("Your text")
        expect(text).to_have_value(re.compile("^Hello Marco Rossi,"))
        text.fill("We are **on it**, Marco.")
        page.locator("#send-status").select_option("in_progress")
        page.get_by_role("button", name="Send reply").click()
        expect(page.locator(".flash")).to_contain_text("The reply is on its way.")
        expect(page.locator(".msg.agent strong")).to_have_text("on it")
        expect(page.locator(".facts .status")).to_have_text("In progress")
        expect(page.locator(".msg.agent .delivery")).to_contain_text("Waiting to be sent marco@pizza.example.net")

        page.get_by_role("button", name="Undo").click()
        expect(page.locator(".flash")).to_contain_text("Taken back: nothing was sent.")
        expect(text).to_have_value("We are **on it**, Marco.")
        expect(page.locator(".facts .status")).to_have_text("Open")
        expect(page.locator(".msg.agent")).to_have_count(0)


def test_the_seconds_to_take_a_reply_back_run_down(demo: Demo) -> None:
    tag = demo.ticket("The bell does not ring")
    with demo.opened(AGENT) as page:
        page.clock.install()
        page.goto(f"/admin/ticket/{tag}")
        text = page.get_by_label("Your text")
        text.fill("We ring *you*.")
        page.get_by_role("button", name="Send reply").click()
        expect(page.locator(".flash .left")).to_have_text(re.compile(r"^\d+ s$"))

        page.reload()
        expect(page.locator(".sending")).to_contain_text(re.compile(r"Goes out in \d+ s"))
        page.get_by_role("button", name="Take it back").click()
        expect(page.locator(".flash")).to_contain_text("Taken back: nothing was sent.")
        expect(text).to_have_value("We ring *you*.")

        page.get_by_role("button", name="Send reply").click()
        back = page.get_by_role("button", name=re.compile("Undo|Take it back"))
        expect(back).to_have_count(1)
        page.clock.fast_forward(20_000)
        expect(back).to_have_count(0)


def test_with_the_keyboard_alone_an_agent_triages(demo: Demo) -> None:
    with demo.opened(COLLEAGUE) as page:
        page.goto("/admin")
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
        expect(page.locator(".flash")).to_contain_text("is low priority")
        expect(page.locator("#content")).to_have_value("Not yet")  # and as a note: nothing internal becomes a reply on its own
        expect(page.locator("#mode-note")).to_be_checked()
        page.locator("#content").fill("")

        page.locator("h1").click()
        keys.press("e")
        page.wait_for_url(f"**/admin/ticket/{second}?view=unassigned")
        expect(page.locator(".flash")).to_contain_text(f"{first} is resolved.")
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


def test_two_agents_see_each_other_and_do_not_talk_past_each_other(demo: Demo) -> None:
    tag = demo.ticket("The lift stops")
    with demo.opened(AGENT, refused=409) as bobs, demo.opened(COLLEAGUE) as miras:
        bobs.goto(f"/admin/ticket/{tag}")
        miras.goto(f"/admin/ticket/{tag}")
        expect(miras.locator("main")).to_contain_text("Bob Builder")
        miras.locator("#content").fill("A mechanic comes.")
        miras.locator("#content").press("Control+Enter")
        expect(miras.locator(".msg.agent .prose")).to_have_text("A mechanic comes.")

        bobs.locator("#content").fill("Use the stairs.")
        bobs.locator("#content").press("Control+Enter")
        expect(bobs.locator("#content")).to_have_value("Use the stairs.")  # the newer message is shown first
        expect(bobs.locator("main")).to_contain_text("A mechanic comes.")
        assert len(demo.ask("GET", f"/admin/tickets/{tag}")["comments"]) == 1


def test_what_an_agent_was_writing_is_there_again(demo: Demo) -> None:
    tag = demo.ticket("The tap drips")
    with demo.opened(AGENT) as page:
        page.goto(f"/admin/ticket/{tag}")
        with page.expect_response(lambda answer: "draft" in answer.url and answer.request.method != "GET"):
            page.locator("#content").fill("A plumber is on the")
        page.goto("/admin")
    with demo.opened(AGENT) as page:
        page.goto(f"/admin/ticket/{tag}")
        expect(page.locator("#content")).to_have_value("A plumber is on the")


def test_many_tickets_are_changed_at_once_and_back(demo: Demo) -> None:
    tags = [demo.ticket(f"Xylophone {number}") for number in range(2)]
    with demo.opened(AGENT) as page:
        page.goto("/admin?view=all&q=xylophone")
        for box in page.get_by_role("checkbox", name=re.compile("|".join(tags))).all():
            box.check()
        expect(page.locator("[data-count]")).to_have_text("2 selected")
        page.locator("[name=do_priority]").select_option("high")
        page.get_by_role("button", name="Apply", exact=True).last.click()
        expect(page.locator(".flash")).to_be_visible()
        assert [demo.ask("GET", f"/admin/tickets/{tag}")["priority"] for tag in tags] == ["high", "high"]
        page.locator(".flash").get_by_role("button", name="Undo").click()
        expect(page.locator(".flash")).to_be_visible()
        assert [demo.ask("GET", f"/admin/tickets/{tag}")["priority"] for tag in tags] == ["medium", "medium"]
