"""Each setting with its value as it may be shown and where it came from; secrets never leave here."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from helpdesk.settings import PREFIX, SECRET_FIELDS, Settings

HIDDEN = "••••••"
_NAME = re.compile(r"^\s*(?:EXPORT\s+)?([A-Z_0-9]+)\s*=", re.MULTILINE)
# up to the last @: people write passwords as they are, with @ and / in them
_ACCOUNT = re.compile(r"(?<=://).*@", re.DOTALL)
_PARAMETER = re.compile(r"(?<=password=)[^&\s]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its variable, its value in words ("" for unset), "default", "environment", "file", ".env" or "option"."""

    name: str
    value: str
    origin: str
    description: str
    secret: bool


def listed(settings: Settings, environment: Mapping[str, str] | None = None, dotenv: Path = Path(".env")) -> list[Setting]:
    """All settings in the order of their documentation; the first place that names one is its origin, as when they were read."""
    environment = os.environ if environment is None else environment
    named = {name.upper() for name in environment}
    in_file = set(_NAME.findall(dotenv.read_text("utf-8", "replace").upper())) if dotenv.is_file() else set()
    found = []
    for name, field in type(settings).model_fields.items():
        variable = f"{PREFIX}{name.upper()}"
        value = getattr(settings, name)
        if variable in named:
            origin = "environment"
        elif f"{variable}_FILE" in named:
            origin = "file"
        elif variable in in_file:
            origin = ".env"
        else:
            origin = "option" if name in settings.model_fields_set else "default"
        found.append(Setting(variable, _shown(name, value), origin, field.description or "", name in SECRET_FIELDS))
    return found


def _shown(name: str, value: Any) -> str:
    if value is None or value in ((), {}, ""):
        return ""
    if isinstance(value, SecretStr) or (isinstance(value, tuple) and isinstance(value[0], SecretStr)):
        return HIDDEN
    if name in SECRET_FIELDS:
        return _PARAMETER.sub(HIDDEN, _ACCOUNT.sub(f"{HIDDEN}@", str(value)))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return "; ".join(f"{key}={what}" for key, what in value.items())
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
