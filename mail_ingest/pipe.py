"""Mail from a program: `helpdesk mail receive` reads one mail, as Postfix's pipe(8) and local(8), Exim and procmail hand it over.

The caller has taken the mail already, so nothing is refused here for good: it is either committed or must be tried again.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence

from helpdesk.errors import TryLater
from helpdesk.installation import Installation
from mail_ingest import intake, parse
from mail_ingest.mail import Envelope

log = logging.getLogger("helpdesk.pipe")
ACCEPTED = 0
TRY_AGAIN = 75  # EX_TEMPFAIL of sysexits.h: the caller keeps the mail and tries again

# the line that mailbox files put before a mail is not part of it
_MAILBOX_LINE = re.compile(rb"From [^\r\n]*\r?\n")


def receive(installation: Installation, raw: bytes, recipients: Sequence[str], sender: str) -> int:
    """Commit one mail and give the exit status: 0 once it is durable, 75 while it is not."""
    line = _MAILBOX_LINE.match(raw)
    envelope = Envelope(mail_from=_plain(sender), rcpt_to=tuple(dict.fromkeys(map(_plain, recipients))))
    try:
        done = intake.accept(installation.engine, intake.Arrival(raw[line.end() :] if line else raw, envelope, "pipe"))
    except TryLater as error:
        log.warning("not accepted now: mail from %a to %a: %s", envelope.mail_from, envelope.rcpt_to, error)
        return TRY_AGAIN
    except Exception as error:  # any other status would bounce a mail that we have only failed to store
        log.exception("not accepted now: mail from %a to %a", envelope.mail_from, envelope.rcpt_to, exc_info=error)
        return TRY_AGAIN
    log.info(
        "accepted as %d%s: mail from %a to %a, %d bytes",
        done.mail_id,
        " again" if done.again else "",
        envelope.mail_from,
        envelope.rcpt_to,
        len(raw),
    )
    return ACCEPTED


def recipients_of(environment: Mapping[str, str], given: Sequence[str] = ()) -> tuple[str, ...]:
    """Who the mail is for: the options, else ORIGINAL_RECIPIENT (what the sender wrote, before aliases) and RECIPIENT."""
    named = given or (environment.get("ORIGINAL_RECIPIENT", ""), environment.get("RECIPIENT", ""))
    return tuple(one for one in named if one)


def sender_of(environment: Mapping[str, str], given: str | None, raw: bytes) -> str:
    """Who sent the mail: the option, else SENDER, else the mail's own Return-Path, else its From.

    Only what is said to be empty is the null sender: a caller who says nothing must not make a bounce of a customer's mail.
    """
    named = given if given is not None else environment.get("SENDER")
    return named if named is not None else _plain(parse.sender_without_envelope(raw))


def _plain(address: str) -> str:
    """Without angle brackets; Postfix writes the null sender as MAILER-DAEMON (`null_sender` in pipe(8))."""
    bare = address.strip().removeprefix("<").removesuffix(">")
    return "" if bare.upper() == "MAILER-DAEMON" else bare
