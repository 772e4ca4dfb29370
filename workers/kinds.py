"""The kinds of mail we send, and what each says to machines: the header table, in one place.

Auto-Submitted: RFC 3834 section 5. X-Auto-Response-Suppress: never `All`, which asks Exchange to keep the non-delivery reports that
we read. A null envelope sender (RFC 5321 section 4.5.5) is for answers that must never be answered.

What `data` holds: `command_error` {"problems": [{"line", "text", "reason", "suggestion"}], "text"} ·
`receipt` {"heading", "lines", "text"} · `newer_message` {"messages": [{"author", "at", "what", "content", "by_staff"}], "text"} ·
`maybe_signature` {"block", "text"} · `confirm_commands` {"commands", "text"} (and the link is added) ·
`show` {"facts", "messages", "left_out", "notes"} · `help_card` {"card"} ·
`opened_for` {"whom" ("" where it is the agent's own, and "doubt" says why), "doubt", "answered"} ·
`magic_link` {"link", "code"} · `invitation` {"by"} and `password_reset` {} (and the link is added) ·
`me_too` {"title", "link"} · `delivery_problem` {"recipient", "delayed"} · `breaker` {"an_hour"} ·
`webhook_off` {"number", "name", "reason"} ·
`digest` {"rows"} (its "updates" and "tickets" are added) · `staff_unproven` {"subject", "received_at"},
and "pending_on" (the ticket's tag) where it is not held ·
`issue_update` {"event", "title", "status"} (its links are added) · kinds about an event {"events": [numbers]}.
"""

from __future__ import annotations

from dataclasses import dataclass

NO_ANSWERS = "DR, RN, NRN, OOF, AutoReply"


@dataclass(frozen=True, slots=True)
class Kind:
    """One row of the table; None means that the field is absent."""

    auto_submitted: str | None
    suppress: str = NO_ANSWERS
    precedence: str | None = None
    null_sender: bool = False
    to_staff: bool = False
    listed: bool = False  # List-Id, and List-Unsubscribe that mutes the ticket
    public: bool = False  # of the ticket it says what anybody may read, and nothing of its mails; unsubscribed by one click


_NOTIFICATION = Kind("auto-generated", to_staff=True, listed=True)
_ANSWER_TO_STAFF = Kind("auto-replied", precedence="auto_reply", null_sender=True, to_staff=True)

KINDS = {
    "acknowledgement": Kind("auto-replied", precedence="auto_reply"),
    "status": Kind("auto-generated", precedence="auto_reply"),
    "stays_resolved": Kind("auto-replied", precedence="auto_reply"),
    "magic_link": Kind("auto-generated"),
    "invitation": Kind("auto-generated"),
    "password_reset": Kind("auto-generated"),
    "me_too": Kind("auto-generated"),
    "reply": Kind(None, suppress="OOF, AutoReply"),
    "participant_comment": Kind("auto-generated"),
    "comment": _NOTIFICATION,
    "new_ticket": _NOTIFICATION,
    "note": _NOTIFICATION,
    "assignment": _NOTIFICATION,
    "requester_status": _NOTIFICATION,
    "staff_unproven": _NOTIFICATION,
    "delivery_problem": _NOTIFICATION,
    "held_digest": _NOTIFICATION,
    "breaker": _NOTIFICATION,
    "webhook_off": _NOTIFICATION,
    "digest": _NOTIFICATION,
    "issue_update": Kind("auto-generated", precedence="bulk", listed=True, public=True),
    "command_error": _ANSWER_TO_STAFF,
    "receipt": _ANSWER_TO_STAFF,
    "newer_message": _ANSWER_TO_STAFF,
    "maybe_signature": _ANSWER_TO_STAFF,
    "confirm_commands": _ANSWER_TO_STAFF,
    "show": _ANSWER_TO_STAFF,
    "help_card": _ANSWER_TO_STAFF,
    "opened_for": _ANSWER_TO_STAFF,
}
PUBLIC = frozenset(kind for kind, row in KINDS.items() if row.public)
