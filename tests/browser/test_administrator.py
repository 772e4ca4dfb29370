"""Everything an administrator does in a running helpdesk, in a real browser."""

from __future__ import annotations

import re
import secrets

import httpx2
from playwright.sync_api import Page, expect

from tests import webhook_receiver
from tests.browser.demo import PASSWORD, Demo, shown_by
from tests.browser.every_page import ADMIN
from tests.browser.looks import PHONE, Look
from tests.served import until

# --- people and their doors


def test_somebody_is_invited_and_sets_a_password_and_a_second_step(look: Look, demo: Demo) -> None:
    who = f"vera-{secrets.token_hex(4)}@elm.example"
    with demo.opened(ADMIN, **look._asdict()) as page:
        page.goto("/admin/people")
        page.get_by_label("Name", exact=True).fill("Vera Novak")
        page.get_by_label("E-mail address").fill(who)
        page.get_by_role("button", name="Add and invite").click()
        expect(page.locator(".flash")).to_contain_text(f"a mail to {who} says how to get in.")
    link = re.search(r"https?://[^/]+(/set-password/\S+)", demo.outgoing(who, "/set-password/"))
    assert link is not None
    with demo.opened(**look._asdict()) as page, demo.opened(width=PHONE) as phone:
        page.goto(link[1])
        page.get_by_label("New password").fill(PASSWORD)
        page.get_by_role("button", name="Set the password and start").click()
        page.wait_for_url("**/admin")
        page.goto("/admin/security")
        page.get_by_role("link", name="Set it up").click()
        secret = page.locator(".letters").inner_text().replace(" ", "")
        page.get_by_label("Type the six digits that it shows").fill(shown_by(secret, 0))
        page.get_by_role("button", name="Turn it on").click()
        recovery = page.get_by_label("Recovery codes").get_by_role("listitem").first.inner_text()
        page.get_by_role("link", name="I have kept them").click()
        page.wait_for_url("**/admin/security")

        _enter(phone, who)
        phone.get_by_label("Code", exact=True).fill(shown_by(secret, 1))
        phone.get_by_role("button", name="Sign in", exact=True).click()
        phone.wait_for_url("**/admin")
        page.reload()
        page.get_by_role("button", name="Sign out all others").click()
        expect(page.locator(".flash")).to_contain_text("1 browser is signed out.")
        phone.reload()
        expect(phone.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()

        _enter(phone, who)
        phone.get_by_text("No phone at hand?").click()
        phone.get_by_label("A recovery code").fill(recovery)
        phone.get_by_role("button", name="Sign in with it").click()
        phone.wait_for_url("**/admin")


def _enter(page: Page, who: str) -> None:
    """Address and password; then a code is asked for."""
    page.goto("/login")
    page.get_by_label("E-mail address").fill(who)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/login/code")


def test_a_token_is_seen_once_does_what_it_may_and_is_revoked(look: Look, demo: Demo) -> None:
    name = f"Export {secrets.token_hex(4)}"
    with demo.opened(ADMIN, **look._asdict()) as page:
        page.goto("/admin/tokens")
        page.get_by_label("What it is for").fill(name)
        page.get_by_role("radio", name="Read everything").check()
        page.get_by_role("button", name="Make the token").click()
        token = page.locator(".secret-box > code").inner_text()
        assert demo.ask("GET", "/admin/tickets", token=token)["items"]
        refused = httpx2.post(f"{demo.http}/api/v1/tickets", headers={"Authorization": f"Bearer {token}"}, json={"title": "No"})
        assert refused.status_code == 403
        page.goto("/admin/tokens")
        expect(page.locator("main")).not_to_contain_text(token)
        page.get_by_role("button", name=f"Revoke {name}").click()
        expect(page.locator(".flash")).to_contain_text(f"The token “{name}” is revoked.")
    over = httpx2.get(f"{demo.http}/api/v1/admin/tickets", headers={"Authorization": f"Bearer {token}"})
    assert over.status_code == 401


# --- mail


def test_held_mail_is_released_and_what_goes_out_is_read(look: Look, demo: Demo) -> None:
    who, subject = f"away-{secrets.token_hex(4)}@example.org", f"Away {secrets.token_hex(4)}"
    demo.held(who, subject)
    with demo.opened(ADMIN, **look._asdict()) as page:
        page.goto("/admin/held?reason=9")
        page.get_by_role("link", name=re.compile(subject)).click()
        expect(page.locator("main")).to_contain_text("An automatic reply to nothing of ours.")
        page.get_by_role("button", name="Release as ticket").click()
        page.wait_for_url("**/admin/ticket/ELM-*")
        expect(page.locator("h1")).to_have_text(subject)
        tag = page.locator(".facts .t-tag").inner_text()

        demo.reply(tag, "Enjoy the **sun**.")
        demo.outgoing(who, "Enjoy the")
        page.goto("/admin/outbox")
        page.get_by_role("searchbox", name="Recipient").fill(who)
        page.get_by_role("button", name="Find").click()
        page.get_by_role("link", name=re.compile(subject)).first.click()
        mail = page.get_by_label("The chosen mail")
        expect(mail).to_contain_text("Enjoy the **sun**.")
        mail.get_by_text("HTML", exact=True).click()
        expect(page.frame_locator(".as-html").locator("strong", has_text="sun")).to_be_visible()
        mail.get_by_text("All headers").click()
        expect(mail.get_by_text("Message-ID")).to_be_visible()


# --- what people read, and programs


def test_a_question_is_answered_looked_at_and_published(look: Look, demo: Demo) -> None:
    question = f"May I bring my {secrets.token_hex(4)}?"
    with demo.opened(ADMIN, **look._asdict()) as page, demo.opened(script=False) as visitor:
        page.goto("/admin/faq/new")
        page.get_by_label("Question", exact=True).fill(question)
        page.get_by_label("Answer", exact=True).fill("Yes, on a **lead**.")
        page.get_by_role("button", name="Preview").click()
        expect(page.get_by_label("Preview").locator("strong")).to_have_text("lead")
        visitor.goto("/faq")
        expect(visitor.locator("main")).not_to_contain_text(question)
        page.get_by_label("Published: everybody can read it").check()
        page.get_by_role("button", name="Save").click()
        expect(page.locator(".flash")).to_contain_text("is saved and published.")
        visitor.reload()
        expect(visitor.locator("main")).to_contain_text(question)


def test_a_canned_response_is_written_and_seen_with_its_blanks_filled(look: Look, demo: Demo) -> None:
    shortcut = f"sun{secrets.token_hex(4)}"
    with demo.opened(ADMIN, **look._asdict()) as page:
        page.goto("/admin/canned/new")
        page.get_by_label("Title").fill("About the sun")
        page.get_by_label("Shortcut").fill(shortcut)
        page.get_by_label("Text", exact=True).fill("Hello {user_name}, it **shines**.")
        page.get_by_label("Shared: every agent may use it").check()
        page.get_by_role("button", name="Preview").click()
        preview = page.get_by_label("Preview")
        expect(preview.locator("strong")).to_have_text("shines")
        expect(preview).not_to_contain_text("{user_name}")
        page.get_by_role("button", name="Save").click()
        expect(page.locator(".flash")).to_contain_text("“About the sun” is saved.")
    tag = demo.ticket("Where is the sun?", name="Stella Marin")
    with demo.opened("bob@elm.example", script=False) as page:
        page.goto(f"/admin/ticket/{tag}")
        page.locator("#canned").select_option(label=f"About the sun (#{shortcut})")
        page.get_by_role("button", name="Insert").click()
        expect(page.get_by_label("Your text")).to_have_value("Hello Stella Marin, it **shines**.")


def test_a_webhook_is_made_and_its_receiver_takes_a_test(look: Look, demo: Demo) -> None:
    name = f"Chat {secrets.token_hex(4)}"
    with webhook_receiver.running() as receiver, demo.opened(ADMIN, **look._asdict()) as page:
        page.goto("/admin/webhooks/new")
        page.get_by_label("Address").fill(receiver.url())
        page.get_by_label("Name").fill(name)
        page.get_by_role("button", name="Add webhook").click()
        expect(page.get_by_label("Signing secret", exact=True)).to_have_value(re.compile("^whsec_"))
        page.get_by_role("button", name="Send a test").click()
        until(lambda: receiver.posted)
        assert "webhook-signature" in receiver.posted[0].headers
        taken = page.get_by_role("link", name=re.compile("Taken, answered 200"))
        until(lambda: page.reload() and taken.count())
        page.locator("summary", has_text="Delete").click()
        page.get_by_role("button", name=f"Delete “{name}”").click()
        expect(page.locator(".flash")).to_contain_text(f"“{name}” is gone")


# --- what goes on


def test_figures_trail_and_system_are_read(look: Look, demo: Demo) -> None:
    tag = demo.ticket("The lamp flickers")
    demo.change(tag, priority="high")
    with demo.opened(ADMIN, **look._asdict()) as page:
        page.goto("/admin/metrics")
        page.get_by_role("link", name="90 days").click()
        page.get_by_text("The figures as a table").first.click()
        expect(page.get_by_role("columnheader", name="Resolved").first).to_be_visible()

        page.goto("/admin/audit")
        page.get_by_label("Ticket", exact=True).fill(tag)
        page.get_by_role("button", name="Show").click()
        lines = page.locator(".trail li")
        expect(lines.first).to_contain_text("Ada Okafor")
        for line in lines.all():
            expect(line.get_by_role("link", name=tag)).to_be_visible()
        with page.expect_download() as table:
            page.get_by_role("link", name="CSV").click()
        assert tag in table.value.path().read_text()

        page.goto("/admin/system")
        expect(page.get_by_role("region", name="Processes")).to_contain_text("worker")
        expect(page.get_by_role("region", name="Timers")).not_to_contain_text("never")
        expect(page.get_by_role("region", name="Settings")).to_contain_text("HELPDESK_WEBHOOK_ALLOW_PRIVATE")
