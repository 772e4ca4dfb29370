"""Marks in the header block that say "a mail system wrote this", shared by `classify` and `delivery_report`.

Not here: what the mail then says (delivery_report), nor whether it is about a mail of ours (route).
"""

from __future__ import annotations

import re

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

_FORWARDED = re.compile(r"\s*(?:fwd?|wg|tr|rv|enc|i|vs|vb|doorst|пересл)\s*:", re.IGNORECASE)

_FAILURE_SUBJECT = re.compile(
    r"undeliver|returned? (?:e-?)?mail|returned to sender|returning (?:your )?(?:message|mail)"
    r"|deliver(?:y|ing)\b.{0,30}\b(?:fail|status|problem|error|notif|report|unsuccess|delay|abort|refus|was not)"
    r"|(?:fail|error|problem|unable|trouble|could(?: not|n't)|cannot|can't)\w*\b.{0,30}\b(?:deliver|sending)"
    r"|fail(?:ed|ure) (?:notice|to deliver|mail|delivery)|(?:mail|message)\b.{0,20}\b(?:fail|error|not delivered|delayed|bounced|rejected)"
    r"|non-?\s?deliver|nondeliv|not delivered|rejected (?:mail|message)|bounced? (?:mail|message|notif)|(?:mail|email) bounce|could not send message"
    r"|unzustellbar|nicht zugestellt|zustell(?:ung|fehler)|unbestellbar|échec|non remis|non[- ]?distribu|no (?:se (?:pudo|puede)|ha sido) entreg"
    r"|no entregad|impossibile recapitare|mancat[ao] (?:consegna|recapito)|mancato recapito|onbestelbaar|niet bezorgd|olevererbar|kunde inte levereras|kan ikke leveres|uleveret"
    r"|perilletoimi|não (?:foi )?(?:entreg|poss)|falha (?:na|no|de) ent|niedostarcz|nie dostarczon|nedoručiteln|kézbesíthetetlen"
    r"|недостав|не доставлен|не может быть доставлен|невозможно доставить|ваше сообщение не доставлено|配信|配達|送信エラー|エラーメール|未達|退信|投递|无法送达|未傳遞|반송",
    re.IGNORECASE,
)


def is_mail_system(address: str) -> bool:
    """An address is a mail system's when its local part is one of `MAIL_SYSTEMS`, whatever dots, dashes and case it is written with."""
    return _squeezed(address) in MAIL_SYSTEMS


def sent_by_mail_system(mail: ParsedMail) -> bool:
    """A mail system sent it: From is one, there is no From but a failure in the subject, or it carries a field that only they write."""
    if mail.first("x-failed-recipients") or mail.first("x-bounced-address") or content_type(mail).startswith("multipart/report"):
        return True
    if not "".join(mail.all("from")).strip("<> "):
        return subject_tells_failure(mail)
    return any(_signs_as_system(sender.name, sender.address) for sender in mail.senders)


def is_mailer_daemon(address: str) -> bool:
    """A mailer-daemon is a program for certain, while a postmaster or an administrator may be a person who writes by hand."""
    return _squeezed(address) in _NEVER_A_PERSON


def _signs_as_system(name: str, address: str) -> bool:
    return is_mail_system(address) or _DISPLAY_NAME.fullmatch(name.strip().strip("\"'")) is not None


def subject_tells_failure(mail: ParsedMail) -> bool:
    """The subject is one that mail systems give to a delivery report, in the languages they speak."""
    return _FAILURE_SUBJECT.search(mail.subject[:300]) is not None


def is_forwarded(mail: ParsedMail) -> bool:
    """Somebody passed it on: what it then quotes is not news about a mail of ours."""
    return _FORWARDED.match(mail.subject) is not None


def _squeezed(address: str) -> str:
    return re.sub(r"[-._\s]", "", address.partition("@")[0].lower())


def content_type(mail: ParsedMail) -> str:
    """The Content-Type field with its parameters, in lower case."""
    return (mail.first("content-type") or mail.content_type).lower()
