"""Everything a requester does, in a real browser: with a script, and the core of it without."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.demo import Demo
from tests.browser.looks import PHONE, Look


def _submitted(page: Page) -> str:
    """The number on the page that confirms."""
    page.wait_for_url("**/submitted*")
    found = re.search(r"ELM-\d+", page.locator("main").inner_text())
    assert found is not None
    return found[0]


def test_a_visitor_asks_with_files_and_gets_a_number_that_stays(look: Look, demo: Demo, tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_text("smoke")
    with demo.opened(**look._asdict()) as page:
        page.goto("/submit")
        page.get_by_role("radio", name="Bug").check()
        page.get_by_label("In one line").fill("The kettle boils dry")
        page.get_by_label("What happened, and what did you expect?").fill("It **boils** dry.")
        page.locator("input[type=file]").set_input_files(tmp_path / "log.txt")
        page.get_by_label("Your e-mail address").fill(f"kettle-{secrets.token_hex(4)}@example.net")
        page.get_by_role("button", name="Send", exact=True).click()
        if page.get_by_role("button", name="No, send it anyway").count():
            page.get_by_role("button", name="No, send it anyway").click()
        tag = _submitted(page)
        page.reload()
        expect(page.locator("main")).to_contain_text(tag)
    ticket = demo.ask("GET", f"/admin/tickets/{tag}")
    assert (ticket["type"], ticket["description"]) == ("bug", "It **boils** dry.")


def test_markdown_is_shown_before_it_is_sent(demo: Demo) -> None:
    with demo.opened() as page:
        page.goto("/submit")
        page.get_by_label("What happened, and what did you expect?").fill("It **boils** dry.")
        page.get_by_role("tab", name="Preview").or_(page.get_by_role("button", name="Preview")).first.click()
        expect(page.locator("main strong", has_text="boils")).to_be_visible()
    with demo.opened(script=False) as page:
        page.goto("/submit")
        page.get_by_label("What happened, and what did you expect?").fill("It **boils** dry.")
        page.get_by_role("button", name="Preview").last.click()
        expect(page.locator("main strong", has_text="boils")).to_be_visible()
        expect(page.get_by_label("What happened, and what did you expect?")).to_have_value("It **boils** dry.")


DROP = """(area, how) => {
    const data = new DataTransfer();
    data.items.add(new File(["smoke"], how + ".png", {type: "image/png"}));
    const event = how === "drop" ? new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true})
        : new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true});
    area.dispatchEvent(event);
}"""


@pytest.mark.parametrize("how", ["drop", "paste"])
def test_a_file_is_dropped_or_pasted_and_can_be_left_out_again(how: str, demo: Demo) -> None:
    with demo.opened() as page:
        page.goto("/submit")
        (page.locator("[data-drop]") if how == "drop" else page.get_by_label("What happened, and what did you expect?")).evaluate(
            DROP, how
        )
        expect(page.locator("main")).to_contain_text(f"{how}.png")
        page.get_by_role("button", name=f"Take out {how}.png").click()
        expect(page.locator("main")).not_to_contain_text(f"{how}.png")


def test_what_may_help_shows_while_typing(demo: Demo) -> None:
    issue = demo.ticket("Zeppelin tickets print upside down", "They do.")
    demo.change(issue, is_public=True)
    with demo.opened() as page:
        page.goto("/submit")
        page.get_by_label("In one line").press_sequentially("Zeppelin tickets print upside", delay=1)
        expect(page.get_by_role("link", name=re.compile("Zeppelin tickets")).first).to_be_visible()


def test_a_requester_signs_in_by_the_mail_and_sees_what_is_theirs(look: Look, demo: Demo) -> None:
    who = f"nadia-{secrets.token_hex(4)}@example.net"
    tag = demo.ticket("Where is my parcel?", email=who)
    with demo.opened(**look._asdict()) as page:
        page.goto("/my-tickets")
        page.get_by_label("Your e-mail address").fill(who)
        page.get_by_role("button", name="Send me the link").click()
        mail = demo.outgoing(who, "/my-tickets/link")
        if look.dark:  # every second look by the link, the others by the code
            found = re.search(r"https?://\S+(/my-tickets/link\S+)", mail)
            assert found is not None, mail
            page.goto(found[1])
            page.get_by_role("button", name="Show my tickets").click()
        else:
            found = re.search(r"\b(\d{6})\b|\b(\d{3}) (\d{3})\b", mail)
            assert found is not None, mail
            page.get_by_label(re.compile("digit|code", re.IGNORECASE)).first.fill("".join(part for part in found.groups() if part))
            page.get_by_role("button", name="Sign in").click()
        page.get_by_role("link", name=re.compile(tag)).click()
        page.wait_for_url(f"**/ticket/{tag}")
        expect(page.locator("h1")).to_have_text("Where is my parcel?")


def test_a_requester_answers_resolves_reopens_and_brings_somebody_along(look: Look, demo: Demo) -> None:
    who = f"omar-{secrets.token_hex(4)}@example.net"
    tag = demo.ticket("The door sticks", email=who)
    demo.reply(tag, "Did you oil it?")
    with demo.opened(who, **look._asdict()) as page:
        page.goto(f"/ticket/{tag}")
        page.get_by_label("Your reply").fill("I did, *twice*.")
        page.get_by_role("button", name="Send reply").click()
        expect(page.get_by_label("Messages").locator("em")).to_have_text("twice")
        page.get_by_label("Add an address").fill("friend@example.net")
        page.locator("form", has=page.get_by_label("Add an address")).get_by_role("button").click()
        expect(page.locator("main")).to_contain_text("friend@example.net")
        page.get_by_role("button", name="Mark as resolved").click()
        expect(page.get_by_role("button", name="Reopen")).to_be_visible()
        assert demo.ask("GET", f"/admin/tickets/{tag}")["status"] == "resolved"
        page.get_by_role("button", name="Reopen").click()
        expect(page.get_by_role("button", name="Mark as resolved")).to_be_visible()


def test_a_requester_says_me_too(look: Look, demo: Demo) -> None:
    who = f"pia-{secrets.token_hex(4)}@example.net"
    demo.ticket("Hello", email=who)
    word = f"Quokka{secrets.token_hex(4)}"
    issue = demo.ticket(f"{word} import fails", "It fails.")
    demo.change(issue, is_public=True)
    with demo.opened(who, **look._asdict()) as page:
        page.goto(f"/known-issues?q={word}")
        page.get_by_role("link", name=re.compile(word)).first.click()
        page.wait_for_url(f"**/known-issues/{issue}")
        page.get_by_role("button", name=re.compile("me too|affects me", re.IGNORECASE)).click()
        expect(page.locator("main")).to_contain_text(re.compile("undo|take (it|that) back|you are affected|follow", re.IGNORECASE))
    assert demo.ask("GET", f"/tickets/{issue}")["upvotes"] == 1


def test_the_questions_are_searched(demo: Demo) -> None:
    with demo.opened(script=False, width=PHONE) as page:
        page.goto("/faq")
        asked = page.locator("main details summary, main h3").first.inner_text()
        page.get_by_role("searchbox").fill(asked.split()[-2])
        page.get_by_role("searchbox").press("Enter")
        expect(page.locator("main")).to_contain_text(asked)
