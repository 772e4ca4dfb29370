"""Does a robot's mail carry a sign-up code or a verification link? Then admins only may see it.

Whoever can read a helpdesk's inbox can sign up elsewhere with the company's address and be taken for a colleague (the "Ticket
Trick"). Such a mail is kept, on a ticket that only administrators see. Every pattern is bounded: strangers write what it reads.
"""

from __future__ import annotations

import re

from mail_ingest.mail import Kind, ParsedMail, Verdict

MACHINES = frozenset({Kind.AUTO_GENERATED, Kind.AUTO_REPLIED, Kind.LIST})
LOOKED_AT = 20_000  # characters: such mails are short
_ROBOT = re.compile(
    r"^(?:no-?reply|do-?not-?reply|donotreply|notifications?|accounts?|security|verify|verification)\b", re.IGNORECASE
)
_ABOUT = re.compile(
    r"\b(?:verif\w*|confirm\w*|activat\w*|one[- ]time|passcode|sign[- ]?(?:in|up)|log[- ]?in|invitation|invited|"
    r"bestätig\w*|verifizier\w*|aktivier\w*|anmeld\w*|confirmez|vérifi\w*|activer|código|verificaci\w*|confirma\w*|codice|conferma\w*|"
    r"bevestig\w*|bekräft\w*|bekreft\w*|bekræft\w*|vahvist\w*|potwierd\w*|подтвер\w*|код|認証|確認|验证|驗證)",
    re.IGNORECASE,
)
_CODE = r"(?<![\w#/.-])(?:\d{4,8}|\d{3}[- ]\d{3}|(?=[A-Z0-9]{6,8}\b)[A-Z]{0,8}\d[A-Z0-9]{0,8})(?![\w/-])"
# letters alone are a code only beside the word: ABC-DEF may be anything
_LETTERS = r"(?<![\w#/.-])[A-Z0-9]{3,4}-[A-Z0-9]{3,4}(?![\w/-])"
_CODE_WORD = r"\b(?i:(?:pass)?code|pin|kode|código|codice|koodi|kod|код)\b"
_NEAR = re.compile(rf"{_CODE_WORD}[^A-Z0-9]{{1,40}}{_LETTERS}|{_LETTERS}[^\n]{{1,40}}{_CODE_WORD}")
_ANY_CODE = re.compile(_CODE)
_ADDRESS_OF_PAGE = re.compile(r"https?://\S++", re.IGNORECASE)
_TELLING = re.compile(r"verif|confirm|activat|invit|token=|magic|signup|sign-up|register", re.IGNORECASE)
# a subject as only machines write it, whoever says they wrote it: "Chat confirmation code: 123-456", "123456 is your login code"
_NAMED = r"(?i:confirmation|verification|security|log-?in|sign-?in|authentication|one-time|access) (?i:pass)?(?i:code)"
_SECRET = rf"(?:{_CODE}|{_LETTERS})"
_IN_SUBJECT = re.compile(
    rf"{_NAMED}(?i: is:? |:\s?| [–-] ){_SECRET}"
    rf"|{_SECRET}(?i: is your )[^\n]{{0,40}}{_NAMED}"
    rf"|^(?i:your )[^\n]{{0,40}}{_NAMED} {_SECRET}\s*$"
)


def carries_sign_up_code(mail: ParsedMail, verdict: Verdict) -> str | None:
    """The reason why this mail is for admins only, or None: a robot wrote it, about proving an address, with a code or a link.

    A robot is what is marked as a machine's mail, what a robot's address sends, or what names its code in the subject as robots do.
    """
    subject = mail.subject[:LOOKED_AT]
    if _IN_SUBJECT.search(subject):
        return "a robot's mail with a sign-up code"
    sender = mail.sender.address if mail.sender is not None else ""
    if verdict.kind not in MACHINES and not _ROBOT.match(sender):
        return None
    words = f"{subject}\n{mail.text[:LOOKED_AT]}"
    if not _ABOUT.search(words):
        return None
    if any(_TELLING.search(one) for one in _ADDRESS_OF_PAGE.findall(words)):
        return "a robot's mail with a verification link"
    return "a robot's mail with a sign-up code" if _ANY_CODE.search(words) or _NEAR.search(words) else None
