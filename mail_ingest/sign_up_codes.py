"""Does a robot's mail carry a sign-up code or a verification link? Then admins only may see it.

Whoever can read a helpdesk's inbox can sign up elsewhere with the company's address and be taken for a colleague (the "Ticket
Trick"). Such a mail is kept, on a ticket that only administrators see.
"""

from __future__ import annotations

import re

from mail_ingest.mail import Kind, ParsedMail, Verdict

MACHINES = frozenset({Kind.AUTO_GENERATED, Kind.AUTO_REPLIED, Kind.LIST})
_ROBOT = re.compile(
    r"^(?:no-?reply|do-?not-?reply|donotreply|notifications?|accounts?|security|verify|verification)\b", re.IGNORECASE
)
_ABOUT = re.compile(
    r"\b(?:verif\w*|confirm\w*|activat\w*|one[- ]time|passcode|sign[- ]?(?:in|up)|log[- ]?in|invitation|invited|"
    r"bestätig\w*|verifizier\w*|aktivier\w*|anmeld\w*|confirmez|vérifi\w*|activer|código|verificaci\w*|confirma\w*|codice|conferma\w*|"
    r"bevestig\w*|bekräft\w*|bekreft\w*|bekræft\w*|vahvist\w*|potwierd\w*|подтвер\w*|код|認証|確認|验证|驗證)",
    re.IGNORECASE,
)
_CODE = re.compile(r"(?<![\w#/.-])(?:\d{4,8}|\d{3}[- ]\d{3}|(?=[A-Z0-9]{6,8}\b)[A-Z]*\d[A-Z0-9]*)(?![\w/-])")
_LINK = re.compile(r"https?://\S*(?:verif|confirm|activat|invit|token=|magic|signup|sign-up|register)\S*", re.IGNORECASE)
LOOKED_AT = 20_000  # characters: such mails are short


def carries_sign_up_code(mail: ParsedMail, verdict: Verdict) -> str | None:
    """The reason why this mail is for admins only, or None: a robot wrote it, about proving an address, with a code or a link."""
    sender = mail.sender.address if mail.sender is not None else ""
    if verdict.kind not in MACHINES and not _ROBOT.match(sender):
        return None
    words = f"{mail.subject}\n{mail.text[:LOOKED_AT]}"
    if not _ABOUT.search(words):
        return None
    if _LINK.search(words):
        return "a robot's mail with a verification link"
    return "a robot's mail with a sign-up code" if _CODE.search(words) else None
