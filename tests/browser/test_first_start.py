"""The first start of a helpdesk that has nobody yet, in a real browser."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine

from helpdesk import db
from helpdesk.installation import Installation, mint_of
from helpdesk.settings import Settings, secret_keys
from helpdesk.sign_in import credentials
from helpdesk.storage import Storage
from tests.browser import axe
from tests.browser.demo import PASSWORD, shown_by, watched, wider
from tests.browser.looks import PHONE
from tests.served import until
from web.app import create_app


def _judge(page: Page) -> None:
    """A page that only these flows reach is measured as all the others are."""
    assert axe.violations(page, page.url) == []
    assert wider(page) <= 0


@pytest.fixture
def fresh(settings: Settings, engine: Engine) -> Iterator[tuple[str, str]]:
    """The web door of an empty helpdesk where everybody needs a second step: its address, and the one-time token.

    A door alone, on the test's own database: what mails and clocks do is not looked at, and a second stack costs seconds.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        chosen = settings.model_copy(update={"base_url": address, "require_totp": True})
        keys = secret_keys(chosen)
        files = Storage(chosen.data_dir / "files")
        app = create_app(Installation(chosen, engine, mint_of(chosen, keys), keys, files))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, args=([listening],), name="web door")
        thread.start()
        try:
            until(lambda: server.started)
            with db.transaction(engine) as session:
                token = credentials.setup_token(session, chosen.data_dir)
            assert token is not None
            yield address, token
        finally:
            server.should_exit = True
            thread.join()


def test_the_first_administrator_needs_the_token_and_the_next_sign_in_a_code(fresh: tuple[str, str], chromium: Browser) -> None:
    address, token = fresh
    page, complaints = watched(chromium.new_context(base_url=address, viewport={"width": PHONE, "height": 900}))
    page.goto("/login")
    page.wait_for_url("**/setup")
    _judge(page)
    for typed in ("not the token", token):
        page.get_by_label("Setup token").fill(typed)
        page.get_by_label("Your name").fill("Ines First")
        page.get_by_label("Your e-mail address").fill("ines@help.test")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Create the account").click()
        if typed != token:
            expect(page.get_by_text("This is not the setup token")).to_be_visible()
    page.wait_for_url("**/login/enrol")
    _judge(page)
    secret = page.locator(".letters").inner_text().replace(" ", "")
    page.get_by_label("Type the six digits that it shows").fill(shown_by(secret, 0))
    page.get_by_role("button", name="Turn it on and sign in").click()
    expect(page.get_by_label("Recovery codes").get_by_role("listitem")).to_have_count(10)
    _judge(page)
    page.get_by_role("link", name="I have kept them: go on").click()
    page.wait_for_url("**/admin")
    expect(page.get_by_role("heading", name="Your helpdesk is ready")).to_be_visible()

    page.get_by_label("Ines First: your menu").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto("/login")
    page.get_by_label("E-mail address").fill("ines@help.test")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/login/code")
    _judge(page)
    page.get_by_label("Code", exact=True).fill(shown_by(secret, 1))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/admin")
    answer = page.goto("/setup")
    assert answer is not None
    assert answer.status == 404
    page.context.close()
    assert [one for one in complaints if not re.search(r"status of (404|422) ", one)] == []
