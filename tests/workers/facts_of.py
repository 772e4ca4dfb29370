"""Facts for tests of composing: one mail of every kind, with the cast of all tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from helpdesk.addressing import Mint
from workers.actions import Action
from workers.outgoing import House, MessageFacts, Outgoing, StatusFacts, ThreadFacts, TicketFacts

MINT = Mint("ELM", "support@help.test", "help.test", "+", (b"a key for tests only, long enough",))
HOUSE = House("Support", "https://help.test", MINT)
TICKET = TicketFacts(1, "Printer on fire", "bug", "high", "Alice", "alice@example.com", born_by_mail=True)
BY_ALICE = MessageFacts("Alice", False, "It burns.\n\nPlease help!")
BY_BOB = MessageFacts("Bob", True, "Use water.\n\nBest regards\nBob")
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

_OUTSIDE: dict[str, Any] = {"recipient": "alice@example.com", "recipient_name": "Alice", "person": 7, "reason": "you asked"}
_STAFF: dict[str, Any] = {"recipient": "bob@help.test", "recipient_name": "Bob", "person": 8, "reason": "the ticket is yours"}
_SPECIAL: dict[str, dict[str, Any]] = {
    "acknowledgement": _OUTSIDE,
    "status": {**_OUTSIDE, "status": StatusFacts("resolved", "Bob")},
    "stays_resolved": {**_OUTSIDE, "reason": "you thanked us"},
    "magic_link": {
        **_OUTSIDE, "person": None, "ticket": None, "data": {"code": "482915", "link": "https://help.test/sign-in/abc"},
    },
    "invitation": {**_STAFF, "ticket": None, "data": {"by": "Dora", "link": "https://help.test/set-password/abc"}},
    "password_reset": {**_STAFF, "ticket": None, "data": {"link": "https://help.test/set-password/def"}},
    "me_too": {
        **_OUTSIDE, "person": None, "ticket": None,
        "data": {"title": "Printers <b>burn</b>", "link": "https://help.test/known-issues/ELM-001/me-too?key=abc"},
    },
    "reply": {**_OUTSIDE, "message": BY_BOB},
    "participant_comment": {**_OUTSIDE, "recipient": "charlie@example.org", "message": BY_ALICE},
    "comment": {**_STAFF, "message": BY_ALICE},
    "new_ticket": {**_STAFF, "message": BY_ALICE},
    "note": {**_STAFF, "message": replace(BY_BOB, author="Dora"), "purpose": "n"},
    "assignment": {**_STAFF, "message": BY_ALICE},
    "requester_status": {**_STAFF, "status": StatusFacts("resolved")},
    "issue_update": {
        **_OUTSIDE, "reason": "you said “me too”", "thread": ThreadFacts(),
        "data": {"event": 4, "title": "Printers burn", "status": "resolved", "heading": "A known issue is solved",
                 "state": "It is solved.", "page": "https://help.test/known-issues/ELM-001",
                 "unsubscribe": "https://help.test/unsubscribe/abc"},
    },
    "staff_unproven": {**_STAFF, "ticket": None, "data": {"subject": "close it", "received_at": "2026-03-01T11:00:00+00:00"}},
    "delivery_problem": {
        **_STAFF, "message": BY_BOB, "purpose": "n", "data": {"recipient": "alice@example.com", "answer": "550 5.1.1 unknown"},
    },
    "held_digest": {
        **_STAFF, "ticket": None,
        "data": {
            "count": 22, "more": 21,
            "mails": [{"id": 3, "code": "H6", "reason": "the sender's domain disowns this mail", "sender": "charlie@example.org",
                       "subject": "Printer & <b>fire</b>", "waits": "2 days"}],
        },
    },
    "digest": {
        **_STAFF,
        "ticket": None,
        "data": {
            "tickets": 1,
            "updates": [
                {
                    "tag": "ELM-001",
                    "title": "Printer on fire",
                    "what": "Alice wrote",
                    "gist": "It burns.",
                    "url": "https://help.test/admin/ticket/ELM-001",
                    "address": "support+token@help.test",
                    "actions": [Action("Answer", "mailto:support%2Btoken@help.test")],
                }
            ],
        },
    },
    "command_error": {
        **_STAFF,
        "data": {
            "problems": [{"line": 1, "text": "#resovled", "reason": "there is no such command", "suggestion": "#resolved"}],
            "text": "#resovled\nUse water.",
        },
    },
    "receipt": {**_STAFF, "data": {"lines": ["status: resolved"]}},
    "maybe_signature": {**_STAFF, "data": {"block": "Bob\n+49 30 123456", "text": "Use water.\n\nBob\n+49 30 123456"}},
    "newer_message": {
        **_STAFF,
        "data": {
            "messages": [{"author": "Alice", "at": "2026-03-01 11:30 UTC", "what": "", "content": "Never mind!", "by_staff": False}],
            "text": "Use water.",
        },
    },
    "confirm_commands": {
        **_STAFF,
        "data": {"commands": ["#merge ELM-7"], "text": "Same as the other.", "confirm_link": "https://help.test/confirm-mail/abc"},
    },
    "show": {
        **_STAFF,
        "purpose": "n",
        "data": {
            "facts": [["Status", "Open"]],
            "messages": [{"author": "Dora", "at": "2026-03-01 11:30 UTC", "what": "note", "content": "She pays.", "by_staff": True}],
            "left_out": 3,
        },
    },
    "breaker": {**_STAFF, "ticket": None, "data": {"an_hour": 3000}},
    "webhook_off": {**_STAFF, "ticket": None, "data": {"number": 2, "name": "Warehouse", "reason": "The receiver took nothing for three days."}},
    "opened_for": {**_STAFF, "data": {"whom": "Alice <alice@example.com>", "doubt": "", "answered": False}},
    "help_card": {**_STAFF, "data": {"card": "#resolved   sets the status to resolved"}},
}  # fmt: skip
KINDS = tuple(_SPECIAL)


def outgoing(kind: str, **changes: Any) -> Outgoing:
    """The facts of a mail of this kind, with changes."""
    values: dict[str, Any] = {
        "ticket": TICKET,
        "seen": 5,
        "thread": ThreadFacts("a1@example.com", ("a1@example.com",), "a1@example.com"),
    }
    return Outgoing(house=HOUSE, number=10, kind=kind, now=NOW, **{**values, **_SPECIAL[kind], **changes})
