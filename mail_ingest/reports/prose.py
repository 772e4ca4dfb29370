"""Delivery reports in prose: which addresses a mail system says it could not reach, by how such notices are worded and laid out.

Each reader looks at the notice (the lines before the quoted original) and answers the addresses it is sure of, or none; the
first that answers wins. No reader knows a vendor: a listing, a label, an SMTP dialogue and the original's own recipients are
what all of them use. Linear: one pass over bounded lines, tokens instead of patterns that search for an address.
Not here: machine-readable fields (status_fields) and the decision that a mail system is speaking at all (marks).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import islice

from mail_ingest.mail import FailedRecipient, ParsedMail
from mail_ingest.reports.marks import is_mail_system
from mail_ingest.reports.parts import BounceParts
from mail_ingest.reports.status_fields import status_in

MAX_RECIPIENTS = 50

_TOKENS = re.compile(r"[\s<>()\[\]{}\"`,;|*]+")
_DOMAIN = re.compile(r"[^\s@.]+(?:\.[^\s@.]+)*")
_REPLY = re.compile(r"(?:^|[^\d.])[45]\d\d[ -]")
_DATE = re.compile(r"on [A-Z][a-z]{2}, ?\d")
_RECIPIENT_WORDS = (
    r"recipients?|address(?:es)?|user|mailbox|account|to|for|destination|mail to",
    r"empfänger|destinataire|destinatario|получател\w*|宛先",
)
_LABEL = re.compile(
    rf"^[\s>*+#-]*(?:[\w']+ ){{0,6}}?(?:{'|'.join(_RECIPIENT_WORDS)})(?: \([^()]*\)| ?address| is| was| full| size){{0,2}} ?[:=]",
    re.IGNORECASE,
)
_FAILURE_WORDS = (
    r"unknown|no such|invalid|undeliver\w*|reject\w*|refus\w*|fail\w*|denied|bounced|problem|error",
    r"not (?:be )?(?:found|exist|deliver\w*|listed|known|reach\w*|recogni\w+)",
    r"unable|cannot|can't|could not|couldn't|does not|doesn't",
    r"full|quota|exceed\w*|disabled|inactive|expired|unavailable|unreachable",
)
_FAILED = re.compile(rf"\b(?:{'|'.join(_FAILURE_WORDS)})\b", re.IGNORECASE)
_DELAY_WORDS = (
    r"will (?:be retried|retry|continue|keep trying|try again)|still (?:trying|being|in the queue)|not yet been delivered",
    r"has been delayed|delivery (?:is |was |has been |status notification \()?delay|delayed (?:by|mail|delivery)",
    r"do not need to (?:resend|send)|no action is required|warning message only|warning: (?:message|could not send)",
)
_DELAYED = re.compile("|".join(_DELAY_WORDS), re.IGNORECASE)
_GIVEN_UP = re.compile(
    r"permanent|giving up|given up|gave up|returned|returning|undeliverable|(?:un|not )successful|fatal", re.IGNORECASE
)
# Senders, people to ask, identifiers: an address in such a line is not the one that failed.
_OTHER_WORDS = (
    r"mail from|\bfrom\b.{0,4}[:<]|sender|reply-to|return-path|on behalf of|bounce address|reporting",
    r"contact|postmaster|administrator|e-?mail us|assistance|help ?desk|support|abuse|forward this",
    r"message-id|in-reply-to",
)
_NOT_ABOUT = re.compile("|".join(_OTHER_WORDS), re.IGNORECASE)

_DELIVERY = re.compile(r"\b(?:un)?deliver|zustell|zugestellt|remis|entreg|consegn|recapit|доставл|配信|配達|投递", re.IGNORECASE)

Reader = Callable[[BounceParts, ParsedMail], tuple[str, ...]]


def listed(parts: BounceParts, mail: ParsedMail) -> tuple[str, ...]:
    """An address that opens a line, alone or before a colon, bracket, dash or a failure, is an entry of the list of failures."""
    found = []
    for line in parts.notice:
        bare = line.strip().lstrip("<>*+-#'\"[(•· ").removeprefix("smtp:").removeprefix("SMTP:")
        if "@" not in bare[:200]:
            continue
        head = _TOKENS.split(bare, maxsplit=1)[0]
        rest = bare[len(head) :].strip("<>\"'])").strip()
        address = _clean(head)
        if address and (head.endswith(":") or _ends_an_entry(rest, address)):
            found.append(address)
    return _about_others(found, mail)


def labelled(parts: BounceParts, mail: ParsedMail) -> tuple[str, ...]:
    """`Recipient: <a@b>`, `Could not be delivered to: a@b`: the address follows a word for recipient and a colon."""
    found = []
    for line in parts.notice:
        label = _LABEL.match(line)
        if label and "rcpt to" not in label[0].lower() and not _NOT_ABOUT.search(label[0]):
            tokens = _TOKENS.split(line[label.end() :].strip().lstrip("<\"' "), maxsplit=1)
            if address := _clean(tokens[0]):
                found.append(address)
    return _about_others(found, mail)


def refused_in_dialogue(parts: BounceParts, mail: ParsedMail) -> tuple[str, ...]:
    """In an SMTP dialogue the recipient is in `RCPT TO:<...>` before, or in the text after, a 4xx or 5xx reply."""
    found: list[str] = []
    asked: list[str] = []
    for line in parts.notice:
        _, rcpt, rest = line.lower().partition("rcpt to")
        if rcpt:
            asked = [*asked, *_addresses(line[-len(rest) :])][-20:]
        if reply := _REPLY.search(line):
            found += _about_others(_addresses(line[reply.end() :]), mail) or asked
            asked = []
    return _about_others(found or asked, mail)


def said_to_fail(parts: BounceParts, mail: ParsedMail) -> tuple[str, ...]:
    """An address in a sentence that speaks of failure, and not of senders or of people to ask."""
    found = [
        address
        for line in parts.notice
        if "@" in line and _FAILED.search(line) and not _NOT_ABOUT.search(line)
        for address in _addresses(line)
    ]
    return _about_others(found, mail)


def named_and_addressed(parts: BounceParts, mail: ParsedMail) -> tuple[str, ...]:
    """An address that the notice names and the original was sent to."""
    addressed = {address.lower() for address in _original_recipients(parts)}
    return _about_others([a for line in parts.notice for a in _addresses(line) if a.lower() in addressed], mail)


def only_one_named(parts: BounceParts, mail: ParsedMail) -> tuple[str, ...]:
    """The only address in the notice that is neither the sender's nor somebody's to ask."""
    found = _about_others([a for line in parts.notice if not _NOT_ABOUT.search(line) for a in _addresses(line)], mail)
    return found if len(found) == 1 else ()


def only_recipient(parts: BounceParts, mail: ParsedMail) -> tuple[str, ...]:
    """The notice names nobody, but the mail that came back went to one address only."""
    found = _about_others(_original_recipients(parts), mail)
    return found if len(found) == 1 else ()


READERS: tuple[Reader, ...] = (
    listed,
    labelled,
    refused_in_dialogue,
    said_to_fail,
    named_and_addressed,
    only_one_named,
    only_recipient,
)


def tells_failure(notice: Iterable[str]) -> bool:
    """A notice speaks of delivery and of failure: more than an absence notice that returns the mail it answers does."""
    text = " ".join(notice)
    return _DELIVERY.search(text) is not None and _FAILED.search(text) is not None


def described(addresses: Iterable[str], parts: BounceParts, mail: ParsedMail) -> tuple[FailedRecipient, ...]:
    """Status, action and diagnostic of each address (50 at most), from the lines that follow its name in the notice."""
    lowered = [line.lower() for line in parts.notice]
    everything = " ".join([mail.subject, *parts.notice])
    general = status_in(everything)
    delayed = _DELAYED.search(everything) is not None and not _GIVEN_UP.search(everything)
    found = []
    for address in islice(addresses, MAX_RECIPIENTS):
        about = _about(address.lower(), parts.notice, lowered)
        status = status_in(about) or general or ("4.0.0" if delayed else None)
        found.append(FailedRecipient(address, "delayed" if delayed else "failed", status, about[:500] or None))
    return tuple(found)


def _about(address: str, lines: tuple[str, ...], lowered: list[str]) -> str:
    """The first line that names the address, and up to eleven more until the list goes on with another one."""
    first = next((number for number, line in enumerate(lowered) if address in line), None)
    if first is None:
        return ""
    own = [lines[first]]
    for line in lines[first + 1 : first + 12]:
        others = [other for other in _addresses(line) if other.lower() != address]
        if others and line.lstrip().startswith(("<", others[0])):
            break
        own.append(line)
    return " ".join(line.strip() for line in own if line.strip())


def _original_recipients(parts: BounceParts) -> list[str]:
    for name in ("x-envelope-to", "x-original-to", "to"):
        if found := [a for value in parts.of_original(name) for a in _addresses(value)]:
            return found
    return []


def _addresses(text: str) -> list[str]:
    return [address for token in _TOKENS.split(text) if "@" in token and (address := _clean(token))]


def _clean(token: str) -> str | None:
    """An addr-spec out of a token of running text, or None when it is none (a Message-ID's look is not told apart here)."""
    text = token.rpartition("mailto:")[2].strip(".:,;'\"!?<>()=/")
    if ":" in text:
        text = next((piece for piece in text.split(":") if "@" in piece), "")
    text = text.partition("...")[0]
    local, at, domain = text.rpartition("@")
    domain = domain.rstrip(".")
    if not at or not local or "@" in local or "/" in domain or not _DOMAIN.fullmatch(domain) or len(text) > 320:
        return None
    return f"{local}@{domain}"


def _ends_an_entry(rest: str, address: str) -> bool:
    """After the address of a list entry come nothing, punctuation, the address again, a date, or what went wrong."""
    again = (f"mailto:{address.lower()}", address.lower())
    return (
        not rest
        or rest[0] in ":;-([=."
        or rest.lower().startswith(again)
        or _DATE.match(rest) is not None
        or _FAILED.search(rest) is not None
    )


def _about_others(found: list[str], mail: ParsedMail) -> tuple[str, ...]:
    """Each address once, without mail systems, the report's own sender and the one it was sent to."""
    own = {address.address.lower() for address in (*mail.senders, *mail.to)} | {(mail.first("to") or "").strip("<> ").lower()}
    kept: dict[str, str] = {}
    for address in found:
        if not is_mail_system(address) and address.lower() not in own:
            kept.setdefault(address.lower(), address)
    return tuple(kept.values())
