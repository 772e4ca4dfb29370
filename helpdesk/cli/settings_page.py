"""docs/settings.md, made from where the settings are defined: `python -m helpdesk.cli.settings_page > docs/settings.md`."""

from __future__ import annotations

from typing import Any

from pydantic import SecretStr

from helpdesk.settings import PREFIX, Settings

HEAD = """# Settings

Each is an environment variable, or a line of a file `.env` in the working directory. With `_FILE` behind its name a variable
names a file holding the value. A wrong value stops the start with one sentence. This page is made by `make docs`.

| setting | default | what it is |
|---|---|---|
"""


def page() -> str:
    """The whole page, a row per setting in the order of their definition."""
    rows = [
        f"| `{PREFIX}{name.upper()}` | {_default(field.default)} | {(field.description or '').replace('|', '&#124;')} |"
        for name, field in Settings.model_fields.items()
    ]
    return HEAD + "\n".join(rows) + "\n"


def _default(value: Any) -> str:
    if value is None or value in ((), {}):
        return ""
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"`{'***' if isinstance(value, SecretStr) else value}`"


if __name__ == "__main__":
    print(page(), end="")
