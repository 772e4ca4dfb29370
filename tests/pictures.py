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
    """Start the demo, write a mail as Alice, answer it as Bob, and take each picture."""
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
    page.goto(f"{http}/playground")
    page.click("#write-alice button.primary")
    page.wait_for_selector("#inbox-bob li a")
    page.click("#inbox-bob li a")
    page.click("#open-bob a.primary")
    words = page.locator("#content-bob")
    words.fill("#resolved\n\nE7 means limescale: run the cleaning programme twice.\n" + words.input_value())
    page.click("#write-bob button.primary")
    page.wait_for_selector("#inbox-alice li:nth-child(2) a")
    page.click("#inbox-alice li a")
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=directory / "playground.png")
    page.goto(f"{http}/login?next=/admin")
    page.click("text=Bob Builder")
    page.goto(f"{http}/admin?view=open")
    page.screenshot(path=directory / "queue.png")
    page.goto(f"{http}/admin/ticket/ELM-001")
    page.screenshot(path=directory / "ticket.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
