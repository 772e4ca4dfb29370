"""Who may do what, route by route: the statuses that nobody and each of the cast get. A route that is missing here fails the tests.

alice asked, carl is in copy, mallory is a stranger, bob an agent, dora an administrator. `{ticket}` is alice's ticket, `{file}` a file
of its first message, `{canned}` a shared canned response and `{held}` a held mail, made anew for each of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

CAST = ("nobody", "mallory", "carl", "alice", "bob", "dora")


@dataclass(frozen=True)
class Row:
    """One request, and its statuses in the order of CAST. `page` True: asked with the session's cookie and CSRF token."""

    statuses: tuple[int, int, int, int, int, int]
    body: dict[str, Any] | None = None
    page: bool = False
    where: dict[str, str] = field(default_factory=dict)


ANYBODY = (200,) * 6
STAFF = (401, 404, 404, 404, 200, 200)
ADMIN_API = (401, 404, 404, 404, 404, 200)
STAFF_201 = (401, 404, 404, 404, 201, 201)
WRONG_PASSWORD = {"address": "bob@example.com", "password": "wrong"}
TICKET = {"number": "{ticket}"}
CANNED = {"number": "{canned}"}
HELD = {"number": "{held}"}
TAG = {"tag": "{ticket}"}
# a requester's ticket: nobody is asked to sign in, staff have a page of their own
OF_REQUESTER, OF_ANY_PARTICIPANT = (303, 404, 403, 303, 404, 404), (303, 404, 303, 303, 404, 404)
# the staff pages: nobody is asked to sign in, for everybody else there is no such page
STAFF_PAGE, STAFF_DID, STAFF_ASKED_BADLY = (
    (303, 404, 404, 404, 200, 200),
    (303, 404, 404, 404, 303, 303),
    (303, 404, 404, 404, 422, 422),
)
ADMIN_DID, NOT_THERE = (303, 404, 404, 404, 404, 303), (303, 404, 404, 404, 404, 404)
NO_ROW = {"number": "0"}

TABLE: dict[tuple[str, str], Row] = {
    ("GET", "/healthz"): Row(ANYBODY, page=True),
    ("GET", "/readyz"): Row(ANYBODY, page=True),
    ("GET", "/metrics"): Row(ANYBODY, page=True),
    ("GET", "/"): Row(ANYBODY, page=True),
    ("POST", "/theme"): Row((303,) * 6, {"theme": "dark"}, page=True),
    ("GET", "/submit"): Row(ANYBODY, page=True),
    ("POST", "/submit"): Row((303,) * 6, {"title": "Help", "email": "new@example.com"}, page=True),
    ("GET", "/submitted"): Row((404,) * 6, page=True),  # without a key
    ("GET", "/my-tickets"): Row(ANYBODY, page=True),
    ("POST", "/my-tickets"): Row((200, 200, 200, 429, 429, 429), {"email": "alice@example.com"}, page=True),  # three an address
    ("GET", "/my-tickets/link"): Row((303,) * 6, page=True),
    ("POST", "/my-tickets/link"): Row((404,) * 6, {"token": "x"}, page=True),
    ("POST", "/my-tickets/code"): Row(
        (404, 404, 404, 404, 404, 429), {"address": "alice@example.com", "code": "000000"}, page=True
    ),  # five tries an address
    ("GET", "/ticket/{tag}"): Row((303, 404, 200, 200, 303, 303), page=True, where=TAG),
    ("POST", "/ticket/{tag}/reply"): Row(OF_ANY_PARTICIPANT, {"content": "More"}, page=True, where=TAG),
    ("POST", "/ticket/{tag}/confirm"): Row(OF_REQUESTER, {}, page=True, where=TAG),
    ("POST", "/ticket/{tag}/resolve"): Row(OF_REQUESTER, {}, page=True, where=TAG),
    ("POST", "/ticket/{tag}/reopen"): Row(OF_REQUESTER, {}, page=True, where=TAG),
    ("POST", "/ticket/{tag}/cc"): Row(OF_REQUESTER, {"address": "new@example.com"}, page=True, where=TAG),
    ("GET", "/ticket/{tag}/files/{identifier}"): Row(
        (303, 404, 200, 200, 404, 404), page=True, where=TAG | {"identifier": "{file}"}
    ),
    ("GET", "/known-issues"): Row(ANYBODY, page=True),
    ("GET", "/known-issues.atom"): Row(ANYBODY, page=True),
    ("GET", "/known-issues.json"): Row(ANYBODY, page=True),
    ("GET", "/known-issues/{tag}"): Row((404,) * 6, page=True, where=TAG),  # no known issue
    ("POST", "/known-issues/{tag}/me-too"): Row((303, 404, 404, 404, 404, 404), {"on": "1"}, page=True, where=TAG),
    ("GET", "/faq"): Row(ANYBODY, page=True),
    ("GET", "/confirm-mail/{key}"): Row((404,) * 6, page=True, where={"key": "x"}),  # whoever holds a key is asked, nobody else
    ("POST", "/confirm-mail/{key}"): Row((404,) * 6, {}, page=True, where={"key": "x"}),
    ("GET", "/unsubscribe/{key}"): Row((404,) * 6, page=True, where={"key": "x"}),
    ("POST", "/unsubscribe/{key}"): Row((404,) * 6, {}, page=True, where={"key": "x"}),
    ("GET", "/login"): Row((200, 200, 200, 200, 303, 303), page=True),
    ("POST", "/login"): Row((401, 401, 401, 401, 401, 429), WRONG_PASSWORD, page=True),  # five tries an account
    ("POST", "/login/demo"): Row((404,) * 6, {"address": "bob@example.com"}, page=True),
    ("POST", "/demo/sign-in"): Row((404,) * 6, {"address": "bob@example.com"}, page=True),
    ("POST", "/logout"): Row((303,) * 6, {}, page=True),
    ("GET", "/setup"): Row((404,) * 6, page=True),
    ("POST", "/setup"): Row((404,) * 6, {"token": "x"}, page=True),
    # the playground is there in the demo only
    ("GET", "/playground"): Row((404,) * 6, page=True),
    ("POST", "/playground/send"): Row((404,) * 6, {"desk": "alice", "to": "x@help.test", "content": "x"}, page=True),
    ("GET", "/playground/mail/{number}.html"): Row((404,) * 6, page=True, where={"number": "1"}),
    ("GET", "/api/docs"): Row(ANYBODY),
    ("POST", "/api/v1/tickets"): Row((201,) * 6, {"title": "Help"}),
    ("GET", "/api/v1/tickets/{number}"): Row((401, 404, 200, 200, 200, 200), where=TICKET),
    ("POST", "/api/v1/tickets/{number}/comments"): Row((401, 404, 201, 201, 201, 201), {"content": "More"}, where=TICKET),
    ("POST", "/api/v1/tickets/{number}/upvote"): Row((401, 404, 404, 404, 404, 404), where=TICKET),  # no known issue
    ("DELETE", "/api/v1/tickets/{number}/upvote"): Row((401, 404, 404, 404, 404, 404), where=TICKET),
    ("GET", "/api/v1/my-tickets"): Row((401, 200, 200, 200, 200, 200)),
    ("GET", "/api/v1/known-issues"): Row(ANYBODY),
    ("GET", "/api/v1/faq"): Row(ANYBODY),
    ("GET", "/api/v1/attachments/{identifier}"): Row((401, 404, 200, 200, 200, 200), where={"identifier": "{file}"}),
    ("GET", "/api/v1/admin/tickets"): Row(STAFF),
    ("GET", "/api/v1/admin/tickets/{number}"): Row(STAFF, where=TICKET),
    ("PATCH", "/api/v1/admin/tickets/{number}"): Row(STAFF, {"priority": "high"}, where=TICKET),
    ("POST", "/api/v1/admin/tickets/{number}/reply"): Row(STAFF_201, {"content": "Try this"}, where=TICKET),
    ("POST", "/api/v1/admin/tickets/{number}/internal-note"): Row(STAFF_201, {"content": "Odd"}, where=TICKET),
    ("GET", "/api/v1/admin/canned-responses"): Row(STAFF),
    ("POST", "/api/v1/admin/canned-responses"): Row(
        (401, 404, 404, 404, 403, 201), {"title": "Refund", "content": "Done", "shared": True}
    ),
    ("GET", "/api/v1/admin/canned-responses/{number}"): Row(STAFF, where=CANNED),
    ("PATCH", "/api/v1/admin/canned-responses/{number}"): Row((401, 404, 404, 404, 403, 200), {"title": "New"}, where=CANNED),
    ("DELETE", "/api/v1/admin/canned-responses/{number}"): Row((401, 404, 404, 404, 403, 204), where=CANNED),
    ("GET", "/api/v1/admin/held"): Row(STAFF),
    ("GET", "/api/v1/admin/held/{number}"): Row(STAFF, where=HELD),
    ("GET", "/api/v1/admin/held/{number}/raw"): Row(STAFF, where=HELD),
    ("POST", "/api/v1/admin/held/{number}/release"): Row(ADMIN_API, where=HELD),
    ("POST", "/api/v1/admin/held/{number}/attach"): Row(ADMIN_API, {"ticket": "ELM-001"}, where=HELD),
    ("POST", "/api/v1/admin/held/{number}/again"): Row((401, 404, 404, 404, 404, 202), where=HELD),
    ("POST", "/api/v1/admin/held/{number}/drop"): Row(ADMIN_API, {"reason": "spam"}, where=HELD),
    ("GET", "/api/v1/admin/metrics"): Row(STAFF),
    ("GET", "/admin"): Row(STAFF_PAGE, page=True),
    ("POST", "/admin/bulk"): Row(STAFF_DID, {"do_priority": "high"}, page=True),
    ("POST", "/admin/bulk/undo"): Row(STAFF_ASKED_BADLY, page=True),  # without a moment
    ("GET", "/admin/ticket/{tag}"): Row(STAFF_PAGE, page=True, where=TAG),
    ("GET", "/admin/ticket/{tag}/canned/{number}"): Row(STAFF_PAGE, page=True, where=TAG | CANNED),
    ("GET", "/admin/ticket/{tag}/original/{message}"): Row(NOT_THERE, page=True, where=TAG | {"message": "first"}),  # plain text
    ("GET", "/admin/ticket/{tag}/raw/{number}"): Row(NOT_THERE, page=True, where=TAG | NO_ROW),
    ("POST", "/admin/ticket/{tag}/comment"): Row(STAFF_DID, {"content": "Odd", "mode": "note"}, page=True, where=TAG),
    ("POST", "/admin/ticket/{tag}/undo/{number}"): Row(STAFF_DID, {}, page=True, where=TAG | NO_ROW),  # and nothing is undone
    ("POST", "/admin/ticket/{tag}/fields"): Row(STAFF_DID, {"priority": "high"}, page=True, where=TAG),
    ("POST", "/admin/ticket/{tag}/take"): Row(STAFF_DID, {}, page=True, where=TAG),
    ("POST", "/admin/ticket/{tag}/title"): Row(STAFF_DID, {"title": "New"}, page=True, where=TAG),
    ("POST", "/admin/ticket/{tag}/accept/{number}"): Row(NOT_THERE, {}, page=True, where=TAG | NO_ROW),
    ("POST", "/admin/ticket/{tag}/drop/{number}"): Row(NOT_THERE, {}, page=True, where=TAG | NO_ROW),
    ("POST", "/admin/ticket/{tag}/cc"): Row(STAFF_DID, {"address": "new@example.com"}, page=True, where=TAG),
    ("POST", "/admin/ticket/{tag}/merge"): Row(STAFF_DID, {"into": "ELM-999"}, page=True, where=TAG),  # and nothing is merged
    ("POST", "/admin/ticket/{tag}/known-issue"): Row(STAFF_DID, {"on": "1"}, page=True, where=TAG),
    ("POST", "/admin/ticket/{tag}/snooze"): Row(STAFF_DID, {"days": "3"}, page=True, where=TAG),
    ("GET", "/admin/outbox"): Row(STAFF_PAGE, page=True),
    ("GET", "/admin/outbox/{number}"): Row(NOT_THERE, page=True, where=NO_ROW),
    ("GET", "/admin/outbox/{number}/html"): Row(NOT_THERE, page=True, where=NO_ROW),
    ("GET", "/admin/outbox/{number}/raw"): Row(NOT_THERE, page=True, where=NO_ROW),
    ("POST", "/admin/outbox/{number}/retry"): Row(NOT_THERE, {}, page=True, where=NO_ROW),
    ("GET", "/admin/held"): Row(STAFF_PAGE, page=True),
    ("GET", "/admin/held/{number}"): Row(NOT_THERE, page=True, where=NO_ROW),
    ("GET", "/admin/held/{number}/original"): Row(NOT_THERE, page=True, where=NO_ROW),
    ("GET", "/admin/held/{number}/raw"): Row(NOT_THERE, page=True, where=NO_ROW),
    ("POST", "/admin/held/{number}/release"): Row(NOT_THERE, {}, page=True, where=NO_ROW),
    ("POST", "/admin/held/{number}/attach"): Row(NOT_THERE, {"tag": "ELM-001"}, page=True, where=NO_ROW),
    ("POST", "/admin/held/{number}/again"): Row(NOT_THERE, {}, page=True, where=NO_ROW),
    ("POST", "/admin/held/{number}/drop"): Row(NOT_THERE, {"reason": "spam"}, page=True, where=NO_ROW),
    ("POST", "/admin/held/drop"): Row(ADMIN_DID, {"reason": "spam"}, page=True),  # and nothing is dropped
    ("POST", "/admin/held/undrop"): Row(ADMIN_DID, {}, page=True),  # and nothing is held again
    ("GET", "/admin/canned"): Row(STAFF_PAGE, page=True),
    ("GET", "/admin/canned/new"): Row(STAFF_PAGE, page=True),
    ("GET", "/admin/canned/{number}"): Row(STAFF_PAGE, page=True, where=CANNED),
    ("POST", "/admin/canned"): Row(STAFF_DID, {"title": "Refund", "content": "Done"}, page=True),
    ("POST", "/admin/canned/{number}"): Row(
        (303, 404, 404, 404, 403, 303), {"title": "New", "content": "New", "shared": "1"}, page=True, where=CANNED
    ),
    ("POST", "/admin/canned/{number}/delete"): Row((303, 404, 404, 404, 403, 303), {}, page=True, where=CANNED),
    ("GET", "/admin/me"): Row(STAFF_PAGE, page=True),
    ("POST", "/admin/me"): Row(STAFF_DID, {"when": "daily", "receipts": "always", "undo_minutes": "2"}, page=True),
    ("GET", "/admin/people"): Row(STAFF_PAGE, page=True),
    ("POST", "/admin/people"): Row(ADMIN_DID, {"name": "Erin", "address": "erin@example.com", "role": "agent"}, page=True),
    ("POST", "/admin/people/mail"): Row(ADMIN_DID, {"address": "alice@example.com"}, page=True),
    ("POST", "/admin/people/active"): Row(ADMIN_DID, {"address": "bob@example.com", "on": "1"}, page=True),
}
