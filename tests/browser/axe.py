"""axe-core, which says what about a page keeps people out."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
from playwright.sync_api import Page

# frames hold mails of strangers: axe looks at our page around them
ALL = """async () => (await axe.run(document, {iframes: false, rules: {"target-size": {enabled: true}}})).violations"""
ONLY_COLOURS = """async () => (await axe.run(document, {iframes: false, runOnly: ["color-contrast"]})).violations"""


def violations(page: Page, where: str, *, only_colours: bool = False) -> list[str]:
    """One line for each element of the page that breaks a rule; `where` begins it. Works also where the page may run no script."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = page.evaluate(ONLY_COLOURS if only_colours else ALL)
    return [
        f"{where}: {one['id']}: {node['target']} {node['html'][:120]}: {' '.join((node.get('failureSummary') or '').split())[:200]}"
        for one in found
        for node in one["nodes"][:5]
    ]
