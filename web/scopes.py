"""What a token with scopes may do: each scope takes rights away from those of its person, and several take all of theirs away.

The scopes are named in `credentials.SCOPES`; a token without any has all rights of its person.
"""

from __future__ import annotations

from collections.abc import Sequence

from helpdesk.errors import NotAllowed

SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
# what a token with the scope `tickets` reaches, and all below it; files hang on tickets and comments
OF_TICKETS = (
    "/api/v1/tickets",
    "/api/v1/my-tickets",
    "/api/v1/known-issues",
    "/api/v1/faq",
    "/api/v1/attachments",
    "/api/v1/admin/tickets",
)


def check(scopes: Sequence[str], method: str, path: str) -> None:
    """A token does nothing that one of its scopes leaves out; raises NotAllowed (403) with a sentence for the program's author."""
    if "read" in scopes and method not in SAFE:
        raise NotAllowed("This token may only read.")
    if "tickets" in scopes and not any(path == place or path.startswith(place + "/") for place in OF_TICKETS):
        raise NotAllowed("This token is for tickets only.")
