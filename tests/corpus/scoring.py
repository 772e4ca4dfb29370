"""Compares what `helpdesk mail explain` says of a mail with what its case expects: our own corpus, one JSON line a case.

The cases have the shape of the shared corpus (`../shared/corpora` next to the repository), so its scorer can run them as well. What
a field of `expect` means stands with the function that checks it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
Explained = dict[str, Any]
Check = Callable[[Any, Explained], str | None]


def cases() -> list[dict[str, Any]]:
    """Every case of our own corpus: `id`, `file`, `kind` and `expect`."""
    return [json.loads(line) for line in (HERE / "cases.jsonl").read_text(encoding="utf-8").splitlines()]


def failures(expect: dict[str, Any], explained: Explained) -> list[str]:
    """What the mail should have been and is not, a sentence each; none means that the case passes."""
    return [f"{name}: {wrong}" for name, wanted in expect.items() if name in CHECKS and (wrong := CHECKS[name](wanted, explained))]


def _reply_text(wanted: str, explained: Explained) -> str | None:
    """Just this is shown, white space at line ends and empty lines aside."""
    return _differs(_squeezed(wanted), _squeezed(explained["reply_text"]))


def _must_contain(wanted: list[str], explained: Explained) -> str | None:
    return _missing(wanted, explained["reply_text"])


def _must_not_contain(unwanted: list[str], explained: Explained) -> str | None:
    return _present(unwanted, explained["reply_text"])


def _body_contains(wanted: list[str], explained: Explained) -> str | None:
    return _missing(wanted, explained["text"])


def _body_not_contains(unwanted: list[str], explained: Explained) -> str | None:
    return _present(unwanted, explained["text"])


def _from_addr(wanted: str, explained: Explained) -> str | None:
    return _differs(wanted, (explained["from"] or {}).get("address"))


def _from_name(wanted: str, explained: Explained) -> str | None:
    return _differs(wanted, (explained["from"] or {}).get("name"))


def _date(wanted: str, explained: Explained) -> str | None:
    """The same moment, whatever the zone."""
    found = explained["date"]
    return _differs(datetime.fromisoformat(wanted), datetime.fromisoformat(found) if found else None)


def _attachments(wanted: list[dict[str, Any]], explained: Explained) -> str | None:
    """Each is there, by the given ones of file name, size and content type."""
    found = explained["attachments"]
    lost = [one for one in wanted if not any(all(other.get(key) == one[key] for key in one) for other in found)]
    return f"no {lost} in {found}" if lost else None


def _is_bounce(wanted: bool, explained: Explained) -> str | None:
    """A report of success is no bounce: nobody has failed."""
    found = explained["bounce"]
    failed = found is not None and (not found["recipients"] or any(one["action"] in _UNDELIVERED for one in found["recipients"]))
    return _differs(wanted, failed)


def _recipients(wanted: list[dict[str, str]], explained: Explained) -> str | None:
    """Just these failed or are delayed; where a case names status or action, they are these."""
    found = [one for one in (explained["bounce"] or {"recipients": []})["recipients"] if one["action"] in _UNDELIVERED]
    shown = [{key: other.get(key) for key in one} for one, other in zip(wanted, found, strict=False)]
    return _differs(wanted, shown) or _differs(len(wanted), len(found))


def _no_nul(_: bool, explained: Explained) -> str | None:
    return "a NUL" if "\\u0000" in json.dumps(explained) else None


def _safe_filenames(_: bool, explained: Explained) -> str | None:
    unsafe = [one["filename"] for one in explained["attachments"] if re.search(r"[\\/\x00-\x1f]|^\.", one["filename"])]
    return f"unsafe: {unsafe}" if unsafe else None


def _addresses(field: str) -> Check:
    return lambda wanted, explained: _differs(wanted, [one["address"] for one in explained[field]])


def _same(field: str) -> Check:
    return lambda wanted, explained: _differs(wanted, explained[field])


_UNDELIVERED = ("failed", "delayed")
CHECKS: dict[str, Check] = {
    "reply_text": _reply_text,
    "must_contain": _must_contain,
    "must_not_contain": _must_not_contain,
    "body_contains": _body_contains,
    "body_not_contains": _body_not_contains,
    "from_addr": _from_addr,
    "from_name": _from_name,
    "to": _addresses("to"),
    "cc": _addresses("cc"),
    "subject": _same("subject"),
    "message_id": _same("message_id"),
    "in_reply_to": _same("in_reply_to"),
    "references": _same("references"),
    "date": _date,
    "attachments": _attachments,
    "attachment_count": lambda wanted, explained: _differs(wanted, len(explained["attachments"])),
    "is_bounce": _is_bounce,
    "recipients": _recipients,
    "is_auto": _same("auto_submitted"),
    "no_nul": _no_nul,
    "safe_filenames": _safe_filenames,
}
INFORMATION = {"no_crash", "success_dsn"}
"""Fields of `expect` that check nothing here: running at all, and what the shared scorer must be told."""


def _squeezed(text: str) -> list[str]:
    return [line for raw in text.splitlines() if (line := " ".join(raw.split()))]


def _differs(wanted: object, found: object) -> str | None:
    return None if wanted == found else f"{found!r} is not {wanted!r}"


def _missing(wanted: list[str], text: str) -> str | None:
    return next((f"{one!r} is missing in {text!r}" for one in wanted if one not in text), None)


def _present(unwanted: list[str], text: str) -> str | None:
    return next((f"{one!r} is in {text!r}" for one in unwanted if one in text), None)
