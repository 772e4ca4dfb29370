"""One type per reaction. Whoever catches one knows what to tell the other side.

HelpdeskError
├── Refused            the request can never succeed as it is           web 400/422, mail: the error answer
│   ├── NotAllowed     this viewer may not do this                      web 403 (404 where existence is secret)
│   ├── NotFound       absent, or not for this viewer: the same answer  web 404
│   └── Conflict       the thing changed meanwhile                      web 409
├── TryLater           trouble of ours, gone in a while                 SMTP 451, web 503, exit 75
└── BadSetting         the start stops with one sentence                exit 1
"""

from __future__ import annotations


class HelpdeskError(Exception):
    """Every error of ours; its text is a sentence for the person who caused it, free of secrets."""


class Refused(HelpdeskError):
    """The request can never succeed as it is; `field` names the offending input where there is one."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class NotAllowed(Refused):
    """This viewer may not do this."""


class NotFound(Refused):
    """Absent, or not for this viewer: both get the same answer."""


class Conflict(Refused):
    """The thing changed since the viewer saw it."""


class TryLater(HelpdeskError):
    """Trouble of ours that passes: temporary to everyone outside."""


class BadSetting(HelpdeskError):
    """A setting is wrong: the start stops with one sentence that names it."""
