"""Marks of the sender in the header block that say "a mail system wrote this", shared by `classify` and `delivery_report`.

Not here: what the mail then says (delivery_report), nor whether it is about a mail of ours (route).
"""

from __future__ import annotations

import re

from mail_ingest.machine_subjects import tells_failure
from mail_ingest.mail import ParsedMail

# Local parts under which mail systems sign; dots, dashes and underscores are dropped before the comparison.
MAIL_SYSTEMS = frozenset({
    "mailerdaemon", "maildaemon", "daemon", "mdaemon", "postmaster", "maildeliverysystem", "maildeliverysubsystem",
    "maildeliveryservice", "mailsystem", "systemadministrator", "mailadministrator", "mmdf", "bouncehandler", "mailadmin",
})  # fmt: skip

_NEVER_A_PERSON = frozenset({"mailerdaemon", "maildaemon", "mdaemon", "maildeliverysystem", "maildeliverysubsystem"})

_DISPLAY_NAME = re.compile(
    r"mail(?:er)?[ -]?daemon|mail (?:delivery|transfer|transport|administrat)\w*|internet mail delivery|post ?master"
    r"|system[ -]administrator|mail (?:sub)?system",
    re.IGNORECASE,
)


def is_mail_system(address: str) -> bool:
    """An address is a mail system's when its local part is one of `MAIL_SYSTEMS`, quotes, dots, dashes and case aside."""
    return _squeezed(address) in MAIL_SYSTEMS


def sent_by_mail_system(mail: ParsedMail) -> bool:
    """A mail system sent it: From is one, or is empty while the subject tells a failure, or a field only they write is there."""
    if mail.first("x-failed-recipients") or mail.first("x-bounced-address") or report_type(mail):
        return True
    if not "".join(mail.all("from")).strip("<> "):
        return tells_failure(mail.subject)
    return any(is_mail_system(address) or _DISPLAY_NAME.fullmatch(name) for name, address in _signatures(mail))


def signed_by_daemon(mail: ParsedMail) -> bool:
    """A mailer-daemon is a program for certain, while a postmaster or an administrator may be a person who writes by hand."""
    return any(_squeezed(word) in _NEVER_A_PERSON for pair in _signatures(mail) for word in pair)


def report_type(mail: ParsedMail) -> str:
    """The report-type of a multipart/report (RFC 6522), "unknown" where it is left out, else the empty text."""
    content_type = (mail.first("content-type") or mail.content_type).lower()
    if not content_type.startswith("multipart/report"):
        return ""
    stated = re.search(r"report-type\s*=\s*\"?([\w-]+)", content_type)
    return stated[1] if stated else "unknown"


def _signatures(mail: ParsedMail) -> list[tuple[str, str]]:
    """Name and address of each From; some sign as `mailer-daemon` or `MAILER-DAEMON <>`, which is no mailbox."""
    unread = [(value.partition("<")[0], value.rpartition("<")[2]) for value in mail.all("from")]
    return [(name.strip().strip("\"'"), address) for name, address in [*((s.name, s.address) for s in mail.senders), *unread]]


def _squeezed(address: str) -> str:
    return re.sub(r"[-._\s\"'<>]", "", address.partition("@")[0].lower())
