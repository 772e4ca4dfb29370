"""An example of every body and answer, by the name of its schema; tests hold each against that schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SITE = "https://help.example.com"
_ALICE = {"email": "alice@example.com", "name": "Alice Example"}
_BOB = {"email": "bob@example.com", "name": "Bob Baker"}
_AT = "2026-03-03T10:00:00+00:00"
_LATER = "2026-03-03T10:12:00+00:00"
_FILE = {
    "id": "5f0d0c4e-3a54-4c60-9d2e-0a4f4d8f6f11",
    "filename": "smoke.jpg",
    "content_type": "image/jpeg",
    "size": 48213,
    "url": f"{_SITE}/api/v1/attachments/5f0d0c4e-3a54-4c60-9d2e-0a4f4d8f6f11",
    "created_at": _AT,
}
_MESSAGE = {
    "id": 31, "ticket": "ELM-007", "author": {**_BOB, "role": "agent"}, "content": "Please **unplug** it first.",
    "html": "<p>Please <strong>unplug</strong> it first.</p>\n", "is_internal": False, "state": "posted", "source": "api",
    "verified": True, "created_at": _LATER, "attachments": [],
}  # fmt: skip
_TICKET = {
    "id": "0e6c1f0a-7a86-4d0e-9d0c-1f7c2f9a1b22", "number": 7, "tag": "ELM-007", "type": "bug", "status": "in_progress",
    "priority": "high", "title": "Printer on fire", "description": "It smokes since this morning.", "reporter": _ALICE,
    "assignee": _BOB, "tags": ["printer"], "is_public": False, "upvotes": 0, "environment": {"browser": "Firefox 148"},
    "waiting_on": "customer", "verified": True, "merged_into": None, "snoozed_until": None, "created_at": _AT, "updated_at": _LATER,
    "resolved_at": None, "first_response_at": _LATER, "url": f"{_SITE}/ticket/ELM-007",
}  # fmt: skip
_WHOLE = {**_TICKET, "attachments": [_FILE], "comments": [_MESSAGE]}
_CANNED = {
    "id": 4, "title": "Refund", "content": "Dear {user_name|customer}, the money is on its way.", "shortcut": "refund",
    "actions": {"status": "resolved", "tags": ["money"]}, "shared": True, "created_by": 2,
}  # fmt: skip
_FAQ = {
    "id": 3, "category": "Printers", "question": "How do I reset the printer?", "answer": "Hold **Cancel** for ten seconds.",
    "html": "<p>Hold <strong>Cancel</strong> for ten seconds.</p>\n",
}  # fmt: skip
_OUTGOING = {
    "id": 88, "kind": "reply", "reason": "answer to the requester", "state": "sent", "to": "alice@example.com", "ticket": "ELM-007",
    "comment": 31, "subject": "Re: Printer on fire [ELM-007]", "tries": 1, "last_answer": "250 2.0.0 Ok: queued",
    "message_id": "<t7.31.x@help.example.com>", "created_at": _LATER, "sent_at": _LATER, "next_try_at": None,
    "url": f"{_SITE}/admin/outbox/88",
}  # fmt: skip
_TOKEN = {"id": 5, "name": "nightly report", "scopes": ["read"], "created_at": _AT, "used_at": None}
_HELD = {
    "id": 12, "number": 6, "code": "H6", "reason": "the sender's domain disowns this mail", "detail": "",
    "advice": "It is forged, or its sender's mail is set up wrong: release it only if you know it is genuine.",
    "sender": "alice@example.com", "to": ["support@example.com"], "subject": "Printer on fire", "size": 2048,
    "received_at": _AT, "kind": "person", "rule": "no_mark_of_a_machine", "matched_by": "failed_sender", "verdict": "fail",
    "ticket": None, "url": f"{_SITE}/admin/held/12",
}  # fmt: skip
_HOOK = {
    "id": 2, "name": "Warehouse", "kind": "standard", "url": "https://warehouse.example.com/hooks/helpdesk",
    "events": ["ticket.created", "comment.created"], "restricted": False, "active": True, "disabled_reason": None,
    "failing_since": None, "created_at": _AT,
}  # fmt: skip
_DELIVERY = {
    "id": 88, "message": "msg_84e792b6ca1c4a5c850d9e680e2b25de", "type": "ticket.created", "state": "taken", "attempts": 1,
    "status_code": 200, "answer": "ok", "created_at": _AT, "done_at": _AT, "next_try_at": None,
}  # fmt: skip

EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    # bodies
    "NewTicketBody": {
        "title": "Printer on fire", "description": "It smokes since this morning.", "type": "bug", "priority": "high",
        "email": "alice@example.com", "name": "Alice Example", "environment": {"browser": "Firefox 148"},
    },
    "MessageBody": {"content": "It is the one on the second floor."},
    "ReplyBody": {"content": "Please **unplug** it first.", "status": "in_progress"},
    "ChangesBody": {"status": "in_progress", "priority": "high", "assignee": "bob@example.com", "tags": ["printer"]},
    "MergeBody": {"into": "ELM-003"},
    "SplitBody": {"comments": [31], "title": "A second matter", "tell": True},
    "CannedBody": {key: _CANNED[key] for key in ("title", "content", "shortcut", "actions", "shared")},
    "CannedChanges": {"title": "Refund, in full"},
    "FaqBody": {key: _FAQ[key] for key in ("question", "answer", "category")},
    "FaqChanges": {"published": False},
    "PersonBody": {"email": "erin@example.com", "name": "Erin Example", "role": "agent"},
    "PersonChanges": {"role": "admin"},
    "TokenBody": {"name": "nightly report", "scopes": ["read"]},
    "AttachBody": {"ticket": "ELM-007"},
    "DropBody": {"reason": "Advertisement"},
    "WebhookBody": {key: _HOOK[key] for key in ("name", "kind", "url", "events", "restricted")},
    "WebhookChanges": {"events": ["ticket.created"], "active": True},
    # answers
    "Hook": _HOOK,
    "NewHook": {**_HOOK, "secret": "whsec_the-secret-itself-seen-this-once"},
    "HookSecret": {"secret": "whsec_the-secret-itself-seen-this-once", "old_until": _LATER},
    "Delivery": _DELIVERY,
    "WholeDelivery": {
        **_DELIVERY,
        "body": {
            "type": "ticket.created", "version": 1, "id": "msg_84e792b6ca1c4a5c850d9e680e2b25de", "timestamp": _AT,
            "data": {"via": "email", "actor": {**_ALICE, "role": "customer"}, "ticket": {**_TICKET, "restricted": False}},
        },
    },
    "Ticket": _TICKET,
    "WholeTicket": _WHOLE,
    "NewTicket": {"tag": "ELM-007", "ticket_url": f"{_SITE}/ticket/ELM-007"},
    "OwnNewTicket": {**_WHOLE, "comments": [], "ticket_url": f"{_SITE}/ticket/ELM-007"},
    "FollowUp": {**_WHOLE, "tag": "ELM-012", "number": 12, "comments": [], "follows": "ELM-007"},
    "Message": _MESSAGE,
    "Vote": {"upvotes": 12, "upvoted": True},
    "Canned": _CANNED,
    "Faq": _FAQ,
    "FaqDraft": {**_FAQ, "position": 0, "published": True, "created_at": _AT, "updated_at": _AT},
    "Person": {
        "id": 2, "email": "bob@example.com", "addresses": [{"email": "bob@example.com", "verified": True}], "name": "Bob Baker",
        "role": "agent", "active": True, "tickets": 0, "last_seen_at": _LATER, "delivery_problem": None, "created_at": _AT,
    },
    "Outgoing": _OUTGOING,
    "WholeOutgoing": {**_OUTGOING, "text": "Please unplug it first.", "problems": []},
    "Retried": {"id": 88, "state": "queued"},
    "Event": {
        "id": 1204, "kind": "status_changed", "actor": _BOB, "via": "web", "ticket": "ELM-007", "comment": None, "mail": None,
        "data": {"old": "open", "new": "resolved"}, "created_at": _LATER,
    },
    "Token": _TOKEN,
    "NewToken": {**_TOKEN, "token": "hd_the-token-itself-seen-this-once"},
    "Held": _HELD,
    "WholeHeld": {**_HELD, "text": "It burns.", "defects": [], "trace": {}, "error": None, "attachments": []},
    "Settled": {"id": 12, "state": "ticket", "ticket": "ELM-007", "url": f"{_SITE}/ticket/ELM-007"},
    "Figures": {
        "open": 14, "unassigned": 3, "waiting_on_us": 6, "delivery_problems": 0, "created": 96, "resolved": 81,
        "median_first_response": 1260.0, "mean_first_response": 2415.5, "resolution_rate": 0.84,
        "by_type": {"bug": 31, "feature": 12, "question": 44, "other": 9}, "created_per_day": [{"day": "2026-03-03", "count": 7}],
        "days": 30, "as_of": _LATER,
    },
    "Problem": {
        "type": "about:blank", "title": "Unprocessable Content", "status": 422,
        "detail": "priority: Input should be 'low' or 'high'",
        "errors": [{"field": "priority", "detail": "Input should be 'low' or 'high'"}],
    },
}  # fmt: skip
