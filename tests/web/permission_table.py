"""Who may do what, route by route: the statuses that nobody and each of the cast get. A route that is missing here fails the tests.

alice asked, carl is in copy, mallory is a stranger, bob an agent, dora an administrator. `{ticket}` is alice's ticket, `{file}` a file
of its first message, `{canned}` a shared canned response, `{held}` a held mail, `{hook}` a webhook with a `{delivery}`: made anew for
each of them.
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
HOOK = {"number": "{hook}"}
DELIVERY = HOOK | {"delivery": "{delivery}"}
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
ADMIN_PAGE = (303, 404, 404, 404, 404, 200)
NO_ROW = {"number": "0"}

TABLE: dict[tuple[str, str], Row] = {
    ("GET", "/healthz"): Row(ANYBODY, page=True),
    ("GET", "/readyz"): Row(ANYBODY, page=True),
    ("GET", "/metrics"): Row(ANYBODY, page=True),
    ("GET", "/"): Row(ANYBODY, page=True),
    ("POST", "/theme"): Row((303,) * 6, {"theme": "dark"}, page=True),
    ("GET", "/submit"): Row(ANYBODY, page=True),
    ("POST", "/submit"): Row((303,) * 6, {"title": "Help", "email": "new@example.com"}, page=True),
    ("POST", "/typing/suggestions"): Row(ANYBODY, {"text": "x"}, page=True),
    ("POST", "/typing/preview"): Row(ANYBODY, {"text": "x"}, page=True),
    ("GET", "/brand/style.css"): Row((404,) * 6, page=True),  # nothing is set
    ("GET", "/brand/logo"): Row((404,) * 6, page=True),
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
    ("GET", "/ticket/{tag}/original/{message}"): Row(NOT_THERE, page=True, where=TAG | {"message": "first"}),  # plain text
    ("GET", "/known-issues"): Row(ANYBODY, page=True),
    ("GET", "/known-issues.atom"): Row(ANYBODY, page=True),
    ("GET", "/known-issues.json"): Row(ANYBODY, page=True),
    ("GET", "/known-issues/{tag}"): Row((404,) * 6, page=True, where=TAG),  # no known issue
    ("GET", "/known-issues/{tag}/me-too"): Row((404,) * 6, page=True, where=TAG),
    ("POST", "/known-issues/{tag}/me-too"): Row((404,) * 6, {"on": "1"}, page=True, where=TAG),
    ("POST", "/known-issues/{tag}/workaround"): Row(NOT_THERE, {"workaround": "x"}, page=True, where=TAG),
    ("GET", "/faq"): Row(ANYBODY, page=True),
    ("GET", "/confirm-mail/{key}"): Row((404,) * 6, page=True, where={"key": "x"}),  # whoever holds a key is asked, nobody else
    ("POST", "/confirm-mail/{key}"): Row((404,) * 6, {}, page=True, where={"key": "x"}),
    ("GET", "/unsubscribe/{key}"): Row((404,) * 6, page=True, where={"key": "x"}),
    ("POST", "/unsubscribe/{key}"): Row((404,) * 6, {}, page=True, where={"key": "x"}),
    ("GET", "/login"): Row((200, 200, 200, 200, 303, 303), page=True),
    ("POST", "/login"): Row((401, 401, 401, 401, 401, 429), WRONG_PASSWORD, page=True),  # five tries an account
    ("POST", "/login/demo"): Row((404,) * 6, {"address": "bob@example.com"}, page=True),
    ("POST", "/demo/sign-in"): Row((404,) * 6, {"address": "bob@example.com"}, page=True),
    ("GET", "/login/code"): Row((303,) * 6, page=True),  # without a proof of the first step
    ("POST", "/login/code"): Row((303,) * 6, {"code": "000000"}, page=True),
    ("GET", "/login/enrol"): Row((303,) * 6, page=True),
    ("POST", "/login/enrol"): Row((303,) * 6, {"code": "000000"}, page=True),
    ("GET", "/login/forgot"): Row(ANYBODY, page=True),
    ("POST", "/login/forgot"): Row((200, 200, 200, 429, 429, 429), {"address": "bob@example.com"}, page=True),  # three an address
    ("GET", "/login/sso"): Row((404,) * 6, page=True),  # where the settings name no provider
    ("GET", "/login/sso/callback"): Row((404,) * 6, page=True),
    ("GET", "/set-password/{key}"): Row((404,) * 6, page=True, where={"key": "x"}),
    ("POST", "/set-password/{key}"): Row((404,) * 6, {"password": "long enough"}, page=True, where={"key": "x"}),
    ("POST", "/logout"): Row((303,) * 6, {}, page=True),
    ("GET", "/setup"): Row((404,) * 6, page=True),
    ("POST", "/setup"): Row((404,) * 6, {"token": "x"}, page=True),
    # the playground is there in the demo only
    ("GET", "/playground"): Row((404,) * 6, page=True),
    ("POST", "/playground/send"): Row((404,) * 6, {"desk": "alice", "to": "x@help.test", "content": "x"}, page=True),
    ("GET", "/playground/mail/{number}.html"): Row((404,) * 6, page=True, where={"number": "1"}),
    ("GET", "/api/docs"): Row(ANYBODY),
    ("GET", "/api/docs/{group}"): Row(ANYBODY, where={"group": "tickets"}),
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
    ("POST", "/api/v1/admin/tickets/{number}/merge"): Row((401, 404, 404, 404, 409, 409), {"into": "ELM-999"}, where=TICKET),
    ("POST", "/api/v1/admin/tickets/{number}/split"): Row((401, 404, 404, 404, 404, 404), {"comments": [999]}, where=TICKET),
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
    ("GET", "/api/v1/admin/webhooks"): Row(ADMIN_API),
    ("POST", "/api/v1/admin/webhooks"): Row((401, 404, 404, 404, 404, 201), {"url": "https://hooks.example.com/x"}),
    ("GET", "/api/v1/admin/webhooks/{number}"): Row(ADMIN_API, where=HOOK),
    ("PATCH", "/api/v1/admin/webhooks/{number}"): Row(ADMIN_API, {"name": "New"}, where=HOOK),
    ("DELETE", "/api/v1/admin/webhooks/{number}"): Row((401, 404, 404, 404, 404, 204), where=HOOK),
    ("POST", "/api/v1/admin/webhooks/{number}/secret"): Row((401, 404, 404, 404, 404, 201), where=HOOK),
    ("POST", "/api/v1/admin/webhooks/{number}/test"): Row((401, 404, 404, 404, 404, 202), where=HOOK),
    ("GET", "/api/v1/admin/webhooks/{number}/deliveries"): Row(ADMIN_API, where=HOOK),
    ("GET", "/api/v1/admin/webhooks/{number}/deliveries/{delivery}"): Row(ADMIN_API, where=DELIVERY),
    ("POST", "/api/v1/admin/webhooks/{number}/deliveries/{delivery}/replay"): Row((401, 404, 404, 404, 404, 202), where=DELIVERY),
    ("GET", "/api/v1/admin/metrics"): Row(STAFF),
    ("GET", "/api/v1/admin/outbox"): Row(STAFF),
    ("GET", "/api/v1/admin/outbox/{number}"): Row(STAFF, where={"number": "1"}),
    ("POST", "/api/v1/admin/outbox/{number}/retry"): Row((401, 404, 404, 404, 404, 404), where=NO_ROW),
    ("GET", "/api/v1/admin/people"): Row(STAFF),
    ("POST", "/api/v1/admin/people"): Row(
        (401, 404, 404, 404, 404, 201), {"email": "erin@example.com", "name": "Erin", "role": "agent"}
    ),
    ("GET", "/api/v1/admin/people/{number}"): Row(STAFF, where={"number": "1"}),
    ("PATCH", "/api/v1/admin/people/{number}"): Row((401, 404, 404, 404, 404, 409), {"active": True}, where={"number": "1"}),
    ("GET", "/api/v1/admin/faq"): Row(ADMIN_API),
    ("POST", "/api/v1/admin/faq"): Row((401, 404, 404, 404, 404, 201), {"question": "How?", "answer": "So."}),
    ("GET", "/api/v1/admin/faq/{number}"): Row((401, 404, 404, 404, 404, 404), where=NO_ROW),
    ("PATCH", "/api/v1/admin/faq/{number}"): Row((401, 404, 404, 404, 404, 404), {"published": False}, where=NO_ROW),
    ("DELETE", "/api/v1/admin/faq/{number}"): Row((401, 404, 404, 404, 404, 404), where=NO_ROW),
    ("GET", "/api/v1/admin/audit"): Row(ADMIN_API),
    ("GET", "/api/v1/admin/tokens"): Row(STAFF),
    ("POST", "/api/v1/admin/tokens"): Row(STAFF_201, {"name": "report", "scopes": ["read"]}),
    ("DELETE", "/api/v1/admin/tokens/{number}"): Row((401, 404, 404, 404, 404, 404), where=NO_ROW),
    ("GET", "/admin"): Row(STAFF_PAGE, page=True),
    ("POST", "/admin/bulk"): Row(STAFF_DID, {"do_priority": "high"}, page=True),
    ("GET", "/admin/views"): Row(STAFF_PAGE, page=True),
    ("POST", "/admin/views"): Row(STAFF_DID, {"name": "Fires", "query": "view=open&tag=fire"}, page=True),
    ("POST", "/admin/views/{number}"): Row(NOT_THERE, {"name": "Fires"}, page=True, where=NO_ROW),
    ("POST", "/admin/views/{number}/move"): Row(NOT_THERE, {"to": "up"}, page=True, where=NO_ROW),
    ("POST", "/admin/views/{number}/delete"): Row(NOT_THERE, {}, page=True, where=NO_ROW),
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
    ("GET", "/admin/ticket/{tag}/merge"): Row(STAFF_PAGE, page=True, where=TAG),
    ("GET", "/admin/ticket/{tag}/split"): Row(STAFF_PAGE, page=True, where=TAG),
    ("POST", "/admin/ticket/{tag}/split"): Row(STAFF_ASKED_BADLY, {"title": "x"}, page=True, where=TAG),  # without a message
    ("POST", "/admin/ticket/{tag}/requester"): Row(STAFF_DID, {"address": "new@example.com"}, page=True, where=TAG),
    ("POST", "/admin/ticket/{tag}/revoke"): Row(STAFF_DID, {"address": "carl@example.com"}, page=True, where=TAG),
    ("POST", "/admin/ticket/{tag}/tags"): Row(STAFF_DID, {"add": "fire"}, page=True, where=TAG),
    ("POST", "/admin/ticket/{tag}/spam"): Row(STAFF_DID, {}, page=True, where=TAG),
    ("POST", "/admin/ticket/{tag}/draft"): Row(STAFF_DID, {"content": "Not yet"}, page=True, where=TAG),
    ("POST", "/admin/ticket/{tag}/presence"): Row(STAFF_PAGE, {"writing": "1"}, page=True, where=TAG),
    ("POST", "/admin/ticket/{tag}/workaround"): Row(STAFF_DID, {"workaround": "Wait."}, page=True, where=TAG),
    ("POST", "/admin/ticket/{tag}/known-issue"): Row(STAFF_DID, {"on": "1"}, page=True, where=TAG),
    ("POST", "/admin/ticket/{tag}/snooze"): Row(STAFF_DID, {"until": "2099-01-01"}, page=True, where=TAG),
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
    ("GET", "/admin/webhooks"): Row(ADMIN_PAGE, page=True),
    ("GET", "/admin/webhooks/new"): Row(ADMIN_PAGE, page=True),
    ("GET", "/admin/webhooks/{number}"): Row(ADMIN_PAGE, page=True, where=HOOK),
    ("POST", "/admin/webhooks"): Row(  # the page with its secret
        ADMIN_PAGE, {"url": "https://hooks.example.com/x", "event": "ticket.created"}, page=True
    ),
    ("POST", "/admin/webhooks/{number}"): Row(
        ADMIN_DID, {"url": "https://hooks.example.com/y", "event": "ticket.created"}, page=True, where=HOOK
    ),
    ("POST", "/admin/webhooks/{number}/active"): Row(ADMIN_DID, {"on": "0"}, page=True, where=HOOK),
    ("POST", "/admin/webhooks/{number}/secret"): Row(ADMIN_PAGE, {}, page=True, where=HOOK),
    ("POST", "/admin/webhooks/{number}/test"): Row(ADMIN_DID, {}, page=True, where=HOOK),
    ("POST", "/admin/webhooks/{number}/deliveries/{delivery}/replay"): Row(ADMIN_DID, {}, page=True, where=DELIVERY),
    ("POST", "/admin/webhooks/{number}/delete"): Row(ADMIN_DID, {}, page=True, where=HOOK),
    ("GET", "/admin/security"): Row(STAFF_PAGE, page=True),
    ("POST", "/admin/security/password"): Row(STAFF_ASKED_BADLY, {"current": "wrong", "password": "long enough"}, page=True),
    ("GET", "/admin/security/two-step"): Row(STAFF_PAGE, page=True),
    ("POST", "/admin/security/two-step"): Row(STAFF_DID, {"code": "000000"}, page=True),  # to the QR code first
    ("POST", "/admin/security/two-step/codes"): Row(STAFF_ASKED_BADLY, {"password": "wrong"}, page=True),
    ("POST", "/admin/security/two-step/off"): Row(STAFF_ASKED_BADLY, {"password": "wrong"}, page=True),
    ("POST", "/admin/security/provider"): Row(STAFF_DID, {}, page=True),
    ("POST", "/admin/security/sessions/others"): Row(STAFF_DID, {}, page=True),
    ("POST", "/admin/security/sessions/{number}/end"): Row(NOT_THERE, {}, page=True, where=NO_ROW),
    ("GET", "/admin/tokens"): Row(STAFF_PAGE, page=True),
    ("POST", "/admin/tokens"): Row((303, 404, 404, 404, 201, 201), {"name": "Export", "scope": "read"}, page=True),
    ("POST", "/admin/tokens/{number}/revoke"): Row(NOT_THERE, {}, page=True, where=NO_ROW),
    ("GET", "/admin/people"): Row(STAFF_PAGE, page=True),
    ("POST", "/admin/people/role"): Row(ADMIN_DID, {"address": "bob@example.com", "role": "agent"}, page=True),
    ("POST", "/admin/people/invite"): Row(ADMIN_DID, {"address": "bob@example.com"}, page=True),
    ("POST", "/admin/people/second-factor"): Row(ADMIN_DID, {"address": "bob@example.com"}, page=True),
    ("POST", "/admin/people/provider"): Row(ADMIN_DID, {"address": "bob@example.com"}, page=True),
    ("POST", "/admin/people/sessions"): Row(ADMIN_DID, {"address": "bob@example.com"}, page=True),
    ("POST", "/admin/people"): Row(ADMIN_DID, {"name": "Erin", "address": "erin@example.com", "role": "agent"}, page=True),
    ("POST", "/admin/people/mail"): Row(ADMIN_DID, {"address": "alice@example.com"}, page=True),
    ("POST", "/admin/people/active"): Row(ADMIN_DID, {"address": "bob@example.com", "on": "1"}, page=True),
    ("GET", "/admin/metrics"): Row(STAFF_PAGE, page=True),
    ("GET", "/admin/metrics.csv"): Row(STAFF_PAGE, page=True),
    ("GET", "/admin/audit"): Row(ADMIN_PAGE, page=True),
    ("GET", "/admin/audit.csv"): Row(ADMIN_PAGE, page=True),
    ("GET", "/admin/system"): Row(ADMIN_PAGE, page=True),
    ("GET", "/admin/faq"): Row(ADMIN_PAGE, page=True),
    ("GET", "/admin/faq/new"): Row(ADMIN_PAGE, page=True),
    ("GET", "/admin/faq/{number}"): Row(NOT_THERE, page=True, where=NO_ROW),
    ("POST", "/admin/faq"): Row(ADMIN_DID, {"question": "Why?", "answer": "Because."}, page=True),
    ("POST", "/admin/faq/{number}"): Row(NOT_THERE, {"question": "Why?", "answer": "Because."}, page=True, where=NO_ROW),
    ("POST", "/admin/faq/{number}/move"): Row(NOT_THERE, {"to": "up"}, page=True, where=NO_ROW),
    ("POST", "/admin/faq/{number}/delete"): Row(NOT_THERE, {}, page=True, where=NO_ROW),
    ("POST", "/admin/faq/restore/{event}"): Row(ADMIN_DID, {}, page=True, where={"event": "0"}),  # and nothing comes back
}
