"""Every SMTP answer we can give, in one table: ours, and what aiosmtpd's own answers become (RFC 5321 section 4.2, RFC 3463).

A 5xx says that this mail can never be taken: relaying, no such mailbox, too big, or a command that makes no sense. All else is 4xx.
"""

from __future__ import annotations

from enum import StrEnum


class Reply(StrEnum):
    """What a client hears."""

    SENDER_OK = "250 2.1.0 sender ok"
    RECIPIENT_OK = "250 2.1.5 recipient ok"
    DONE = "250 2.0.0 ok"
    BYE = "221 2.0.0 bye"
    GO_AHEAD = "354 end data with <CR><LF>.<CR><LF>"
    HELP = "214 2.0.0 see RFC 5321"
    VERIFY = "252 2.5.0 send some mail, we will try"

    TRY_LATER = "451 4.3.0 trouble of ours, try again later"
    BUSY = "451 4.3.2 too much mail is arriving at once, try again later"
    DISK_FULL = "452 4.3.1 no room for mail now, try again later"
    TOO_MANY_MAILS = "451 4.7.0 too many mails from your address, try again in a minute"
    TOO_MANY_RECIPIENTS = "452 4.5.3 too many recipients, send the rest separately"
    TOO_MANY_CONNECTIONS = "421 4.7.0 too many connections, try again later"
    TOO_MANY_ERRORS = "421 4.7.0 too many errors, goodbye"
    TOO_SLOW = "421 4.4.2 too slow, goodbye"
    CLOSING = "421 4.3.2 we are closing, try again in a moment"

    UNKNOWN_RECIPIENT = "550 5.1.1 no such mailbox here"
    RELAYING = "550 5.7.1 we do not relay"
    TOO_BIG = "552 5.3.4 the mail is too big"
    NO_RECIPIENTS = "554 5.5.1 no valid recipients"
    MALFORMED_ADDRESS = "553 5.1.3 that is not an address"
    NOT_RECOGNISED = "500 5.5.1 command not recognised"
    LINE_TOO_LONG = "500 5.5.2 command line too long"
    BAD_SYNTAX = "500 5.5.2 bad syntax"
    BAD_ARGUMENT = "501 5.5.4 bad argument"
    NO_EXPANSION = "502 5.5.1 we do not expand lists"
    OUT_OF_ORDER = "503 5.5.1 commands out of order"
    BAD_PARAMETER = "555 5.5.4 parameter not recognised"


def accepted(mail_id: int) -> str:
    """The one answer that means "it is ours now": given after the commit, never before."""
    return f"250 2.0.0 accepted as {mail_id}"


def reworded(answer: str) -> str:
    """Ours for one of aiosmtpd's answers: with an enhanced status code, and without repeating what the client said."""
    if answer.startswith("501 Syntax:"):
        return Reply.BAD_ARGUMENT
    if answer.endswith("sent too many times"):
        return Reply.TOO_MANY_ERRORS
    return _REWORDED.get(answer, answer)


def is_bad_command(answer: str) -> bool:
    """Whether an answer says that the client does not speak SMTP: these are counted, and too many end the connection."""
    return answer.startswith(("500", "501", "503", "553", "555"))


_REWORDED: dict[str, Reply] = {
    "250 OK": Reply.DONE,
    "221 Bye": Reply.BYE,
    "500 Command line too long": Reply.LINE_TOO_LONG,
    "500 Error: bad syntax": Reply.BAD_SYNTAX,
    "501 Error: BODY can only be one of 7BIT, 8BITMIME": Reply.BAD_ARGUMENT,
    "501 Error: SMTPUTF8 takes no arguments": Reply.BAD_ARGUMENT,
    "503 Error: send HELO first": Reply.OUT_OF_ORDER,
    "503 Error: nested MAIL command": Reply.OUT_OF_ORDER,
    "503 Error: need MAIL command": Reply.OUT_OF_ORDER,
    "553 5.1.3 Error: malformed address": Reply.MALFORMED_ADDRESS,
    "555 MAIL FROM parameters not recognized or not implemented": Reply.BAD_PARAMETER,
    "555 RCPT TO parameters not recognized or not implemented": Reply.BAD_PARAMETER,
}
