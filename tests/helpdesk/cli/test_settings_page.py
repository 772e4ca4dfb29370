"""docs/settings.md says what the code says."""

from __future__ import annotations

from pathlib import Path

from helpdesk.cli.settings_page import page
from helpdesk.settings import Settings


def test_the_page_in_docs_is_the_one_that_the_settings_make() -> None:
    written = Path(__file__).parents[3].joinpath("docs", "settings.md").read_text(encoding="utf-8")
    assert written == page(), "run `make docs`"


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
