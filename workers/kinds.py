"""The kinds of mail we send, and what each says to machines: the header table, in one place.

Auto-Submitted: RFC 3834 section 5. X-Auto-Response-Suppress: never `All`, which asks Exchange to keep the non-delivery reports that
we read. A null envelope sender (RFC 5321 section 4.5.5) is for answers that must never be answered.

What `data` holds: `command_error` {"problems": [{"line", "text", "reason", "suggestion"}], "text"} · `receipt` {"lines", "text"} ·
`magic_link` {"link", "code"} · `delivery_problem` {"recipient", "delayed"} · `staff_unproven` {"subject", "received_at"} ·
kinds about an event {"events": [numbers]}.
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


_NOTIFICATION = Kind("auto-generated", to_staff=True, listed=True)
_ANSWER_TO_STAFF = Kind("auto-replied", precedence="auto_reply", null_sender=True, to_staff=True)

KINDS = {
    "acknowledgement": Kind("auto-replied", precedence="auto_reply"),
    "status": Kind("auto-generated", precedence="auto_reply"),
    "stays_resolved": Kind("auto-replied", precedence="auto_reply"),
    "magic_link": Kind("auto-generated"),
    "reply": Kind(None, suppress="OOF, AutoReply"),
    "participant_comment": Kind("auto-generated"),
    "comment": _NOTIFICATION,
    "new_ticket": _NOTIFICATION,
    "note": _NOTIFICATION,
    "assignment": _NOTIFICATION,
    "staff_unproven": _NOTIFICATION,
    "delivery_problem": _NOTIFICATION,
    "command_error": _ANSWER_TO_STAFF,
    "receipt": _ANSWER_TO_STAFF,
}
