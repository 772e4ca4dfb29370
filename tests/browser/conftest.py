"""One demo and one Chromium for every test here: a test that changes something has a ticket of its own.

A core flow takes a `look`; all twelve of them only where `slow` is asked for: `pytest tests/browser -m "browser or slow"`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.demo import Demo
from tests.browser.looks import EVERY, SHORT
from tests.served import start_serve


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each look is a test of its own."""
    if "look" in metafunc.fixturenames:
        looks = EVERY if "slow" in metafunc.config.getoption("markexpr") else SHORT
        marked = [pytest.param(one, marks=() if one in SHORT else pytest.mark.slow) for one in looks]
        metafunc.parametrize("look", marked, ids=map(str, looks))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The stack is started once: all of it runs in one process of `make test` (`--dist loadgroup`)."""
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


# of the package, not of the session: as long as Playwright is open, nothing else in this process can run an event loop
@pytest.fixture(scope="package")
def chromium(peer: Callable[..., str]) -> Iterator[Browser]:
    """The system's browser."""
    expect.set_options(timeout=20_000)
    program = peer("chromium", "chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def demo(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The whole product with its demo data, and browsers that look at it."""
    home = tmp_path_factory.mktemp("demo")
    served = start_serve(home, ("--demo",), home / "data", {"HELPDESK_WEBHOOK_ALLOW_PRIVATE": "127.0.0.1"})
    try:
        demo = Demo(served, chromium)
        yield demo
        demo.engine.dispose()
    finally:
        served.stop()
