"""The README's pictures, taken from the real thing with its demo data: `python -m tests.pictures docs/pictures` (`make docs`)."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.served import start_serve

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def main(directory: Path) -> None:
    """Start the demo and take each picture."""
    browser = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if browser is None:
        sys.exit("Chromium is not on PATH (`make ci-packages` installs it).")
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        served = start_serve(Path(home), ("--demo",), Path(home) / "data", {})
        try:
            with sync_playwright() as playwright:
                chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
                page = chromium.new_page(viewport={"width": 1360, "height": 850})
                _take(page, served.http, directory)
                chromium.close()
        finally:
            served.stop()


def _take(page: Page, http: str, directory: Path) -> None:
    _playground(page, http)
    page.screenshot(path=directory / "playground.png")
    page.goto(http)
    page.screenshot(path=directory / "portal.png")
    page.goto(f"{http}/submit")
    page.get_by_label("Bug").first.check(force=True)
    page.locator("[name=title]").fill("Reminder mails arrive twice")
    page.locator("[name=description]").press_sequentially("Since **Monday** every reminder mail arrives twice, a minute apart.")
    page.wait_for_selector("[data-hits] a")
    page.screenshot(path=directory / "submit.png")
    page.goto(f"{http}/login?next=/admin")
    page.click("text=Ada Okafor")
    page.goto(f"{http}/admin?view=open")
    page.screenshot(path=directory / "queue.png")
    page.get_by_role("link", name="Cannot invite people").first.click()
    page.wait_for_load_state()
    page.screenshot(path=directory / "ticket.png")
    page.goto(f"{http}/admin/metrics")
    page.screenshot(path=directory / "metrics.png")


def _playground(page: Page, http: str) -> None:
    """Alice writes, Bob answers from his mail program and resolves, Alice reads."""
    page.goto(f"{http}/playground")
    before = page.locator("#inbox-alice li").count()
    page.click("#write-alice button.primary")
    page.wait_for_selector("#inbox-bob li a")
    page.click("#inbox-bob li a")
    page.click("#open-bob a.primary")
    words = page.locator("#content-bob")
    words.fill("#resolved\n\nE7 means limescale: run the cleaning programme twice.\n" + words.input_value())
    page.click("#write-bob button.primary")
    page.wait_for_function("before => document.querySelectorAll('#inbox-alice li').length >= before + 2", arg=before)
    page.click("#inbox-alice li a")
    page.evaluate("scrollTo(0, 0)")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
