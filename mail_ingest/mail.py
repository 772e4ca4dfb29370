"""The frozen values that the stages of one mail hand to each other.

What is here: shapes only. What is not: any rule; the functions that make these values are in the module named after the stage.
Every value is immutable and picklable, so that reading can happen in a child process (`mail_ingest/reader.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from helpdesk.addressing import Purpose
from helpdesk.words import HeldReason


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the transport was told: never taken from the header block.

    `mail_from` is "" for the null return path. `client_ip` is None where no client is known (pipe, IMAP). `verdicts` are the words
    of the service that took the mail in (Amazon SES), by the name of the check (`authenticate.ses` has the names); None by every
    other transport.
    """

    mail_from: str
    rcpt_to: tuple[str, ...]
    client_ip: str | None = None
    helo: str | None = None
    verdicts: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox (RFC 5322 section 3.4): decoded display name, addr-spec with the domain in lower case."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """One part that is not the text: `filename` is safe to show (no path, no control characters), `content` is decoded."""

    filename: str
    content_type: str
    content: bytes
    inline: bool = False
    content_id: str | None = None

    @property
    def size(self) -> int:
        """Octets of the decoded content."""
        return len(self.content)


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """What the bytes say, and what was wrong with them (`defects`); nothing is believed yet.

    `senders` are all mailboxes of all From fields: a trustworthy mail has exactly one, and then `sender` is it.
    `headers` are all fields in order, names in lower case, values decoded to one line, for the rules that look at marks.
    `text` is the whole decoded text (rendered from HTML when there is no text part); `html` is the raw HTML, unsanitised, or None.
    Ids (`message_id`, `in_reply_to`, `references`) carry no angle brackets.
    """

    senders: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    subject: str
    message_id: str | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    date: datetime | None
    text: str
    html: str | None
    attachments: tuple[Attachment, ...]
    headers: tuple[tuple[str, str], ...]
    content_type: str
    defects: tuple[str, ...] = ()

    @property
    def sender(self) -> Address | None:
        """The one From mailbox, or None where there is none, more than one, or only a group's (RFC 5322 section 3.6.2)."""
        return self.senders[0] if len(self.senders) == 1 and "from-holds-group" not in self.defects else None

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of the field `name` (any case), in order."""
        wanted = name.lower()
        return tuple(value for key, value in self.headers if key == wanted)

    def first(self, name: str) -> str | None:
        """The first value of the field `name`, or None."""
        return next(iter(self.all(name)), None)


class SenderVerdict(StrEnum):
    """Is the From address authenticated? (design: signal A)"""

    PASS = "pass"  # noqa: S105 (a verdict, no password)
    NONE = "none"
    FAIL = "fail"
    TEMPERROR = "temperror"


class Kind(StrEnum):
    """Person or machine."""

    PERSON = "person"
    OWN = "own"
    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    AUTO_REPLIED = "auto-replied"
    AUTO_GENERATED = "auto-generated"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What kind of mail this is, and the name of the rule that said so."""

    kind: Kind
    rule: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FailedRecipient:
    """One recipient of a delivery report (RFC 3464 section 2.3): action is failed, delayed, delivered, relayed or expanded."""

    address: str
    action: str
    status: str | None = None
    diagnostic: str | None = None


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What a DSN, an ARF complaint or an SES event says; `original_message_id` is the id of the mail it is about, if it tells."""

    recipients: tuple[FailedRecipient, ...]
    original_message_id: str | None = None
    complaint: bool = False


@dataclass(frozen=True, slots=True)
class ReplyText:
    """What the person wrote (`visible`), and what was cut: quotes (`trimmed`) and the signature.

    `hidden_lines` counts lines in the cut part that are neither quoted nor introduction nor signature: text of the sender that the
    page says it hides. `html` is the sanitised HTML of just `visible`; None where nothing was cut (then all of the mail's is shown)
    and where no HTML says the same.
    """

    visible: str
    trimmed: str = ""
    signature: str = ""
    cut_by: str | None = None
    hidden_lines: int = 0
    html: str | None = None


@dataclass(frozen=True, slots=True)
class Forwarded:
    """The mail inside a forward. `sender.address` is "" where the program printed a name only: then nobody can be answered yet.

    `words` are the forwarder's own, above it and without signature; `date` and `to` are as printed. `found_by` is "attached" or
    "header block". Only an attached mail has a `html` (sanitised by the reader's child) and `attachments` of its own; `place` is
    then its number among the attachments of the forward. `message_id` is None where nothing tells it.
    """

    sender: Address
    subject: str
    text: str
    words: str
    found_by: str
    date: str = ""
    to: str = ""
    html: str | None = None
    message_id: str | None = None
    attachments: tuple[Attachment, ...] = ()
    place: int | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """One command line of a staff mail: `name` is canonical and lower case, `value` is what follows, `line` counts from 1.

    `below`: it stands below the text (a canned response is inserted where its command stands).
    """

    name: str
    value: str
    line: int
    below: bool = False


@dataclass(frozen=True, slots=True)
class CommandProblem:
    """A line that holds the mail: unknown name, bad value, or a command outside the blocks."""

    line: int
    text: str
    reason: str
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class CommandBlock:
    """What an agent's text asks for: `text` is what is left to post, commands in order, problems if any (then nothing is done)."""

    text: str
    commands: tuple[Command, ...] = ()
    problems: tuple[CommandProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """All that can be said of a mail without database or network: what the reader child answers.

    `html` is the sanitised HTML or None. `over_cap` names the cap that the mail exceeds ("64 KiB in one field"), else None; such a
    mail is held, and `mail` is then no more than a minimal header scan. `forward`: it passes another mail on (`forwarded`).
    `sign_up_code` is the reason why admins only may see it, else None (`sign_up_codes`).
    """

    mail: ParsedMail
    verdict: Verdict
    report: DeliveryReport | None = None
    html: str | None = None
    over_cap: str | None = None
    forward: bool = False
    sign_up_code: str | None = None


class Outcome(StrEnum):
    """What becomes of a mail."""

    STAFF_COMMENT = "staff_comment"
    STAFF_OPENS = "staff_opens"
    COMMENT = "comment"
    PENDING = "pending"
    HELD = "held"
    NEW = "new"
    LATER = "later"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Route:
    """Where the mail goes, and the rung that said so. `person`: as whom; `verified` False: shown with "sender not verified".

    A new ticket may follow one that was closed too long ago (`follows`), or belong to one as staff may find (`may_belong_to`).
    `answers_update`: it answers our mail about that one, a known issue.
    """

    outcome: Outcome
    ticket: int | None = None
    person: int | None = None
    verified: bool = True
    reason: str = ""
    held: HeldReason | None = None
    may_belong_to: int | None = None
    follows: int | None = None
    purpose: Purpose = Purpose.REPLY
    seen: int = 0
    automatic: bool = False
    acknowledge: bool = True
    answers_update: bool = False
    tell_staff_member: bool = False
    matched_by: str = ""
    tried: tuple[str, ...] = ()
