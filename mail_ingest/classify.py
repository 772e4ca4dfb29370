"""Who wrote it, a person or a machine: stage 5, before any state changes.

`RULES` is the policy: the first rule that gives a reason decides, and the verdict keeps its name. Pure. Not here: what follows
from the kind (route), what a delivery report says (delivery_report).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from mail_ingest import machine_subjects
from mail_ingest.mail import DeliveryReport, Envelope, Kind, ParsedMail, Verdict
from mail_ingest.reports.marks import report_type, signed_by_daemon

MAX_HOPS = 25


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules may look at: the mail, its envelope, the report read from it, and whether it is our own (told by MAC keys)."""

    mail: ParsedMail
    envelope: Envelope
    report: DeliveryReport | None
    is_ours: bool


Rule = Callable[[Facts], str | None]


def classify(
    mail: ParsedMail,
    envelope: Envelope,
    *,
    report: DeliveryReport | None = None,
    ours: Callable[[ParsedMail], bool] | None = None,
) -> Verdict:
    """The first rule of `RULES` that gives a reason decides; a mail that no rule knows was written by a person.

    `report` is what `delivery_report.read` found. `ours` tells whether the mail carries our loop header or a Message-ID with our
    MAC; without it no mail is our own. Sources: RFC 3834, RFC 3464, RFC 5965, RFC 2369, RFC 2919, RFC 8098.
    """
    facts = Facts(mail, envelope, report, ours is not None and ours(mail))
    for kind, rule in RULES:
        if (reason := rule(facts)) is not None:
            return Verdict(kind, rule.__name__, reason)
    return Verdict(Kind.PERSON, "no_mark_of_a_machine")


def hops(mail: ParsedMail) -> int:
    """How many Received fields the mail carries; more than `MAX_HOPS` means that it runs in circles, and route holds it."""
    return len(mail.all("received"))


def carries_our_mark(facts: Facts) -> str | None:
    """Our loop header or our own Message-ID: we wrote it, somebody sent it back."""
    return "our own mail came back" if facts.is_ours else None


def complains(facts: Facts) -> str | None:
    """A feedback report (RFC 5965)."""
    return "feedback report" if facts.report and facts.report.complaint else None


def reports_delivery(facts: Facts) -> str | None:
    """A delivery report was read from it, in fields or in prose."""
    if facts.report is None:
        return None
    named = ", ".join(recipient.address for recipient in facts.report.recipients[:3])
    return f"delivery report about {named or 'nobody named'}"


def typed_as_delivery_report(facts: Facts) -> str | None:
    """`multipart/report; report-type=delivery-status`, or a delivery-status part (RFC 3464), though nothing was read from it."""
    if report_type(facts.mail) == "delivery-status":
        return "content type of a delivery report"
    part = any(a.content_type.endswith("/delivery-status") for a in facts.mail.attachments)
    return "a delivery status part" if part and facts.envelope.mail_from == "" else None


def names_failed_recipients(facts: Facts) -> str | None:
    """X-Failed-Recipients: only mail systems write it."""
    return _field(facts.mail, "x-failed-recipients")


def from_mailer_daemon(facts: Facts) -> str | None:
    """From is a mailer-daemon; a postmaster alone may be a person."""
    return _field(facts.mail, "from") if signed_by_daemon(facts.mail) else None


def read_receipt(facts: Facts) -> str | None:
    """A disposition notification (RFC 8098): the recipient's program answered."""
    return "disposition notification" if report_type(facts.mail) == "disposition-notification" else None


def says_auto_replied(facts: Facts) -> str | None:
    """`Auto-Submitted: auto-replied` (RFC 3834 section 5)."""
    return next((f"Auto-Submitted: {word}" for word in _auto_submitted(facts.mail) if word == "auto-replied"), None)


def precedence_auto_reply(facts: Facts) -> str | None:
    """`Precedence: auto_reply`, in Precedence or X-Precedence."""
    return _precedence(facts.mail, {"auto_reply", "auto-reply", "autoreply"})


def carries_responder_field(facts: Facts) -> str | None:
    """A field that automatic responders add: X-Autoreply and its kin, unless its value says no."""
    for name in RESPONDER_FIELDS:
        value = facts.mail.first(name)
        if value is not None and value.strip().lower() not in {"no", "false", "0"}:
            return f"{name}: {value.strip()[:60]}"
    return None


def out_of_office_subject(facts: Facts) -> str | None:
    """The subject opens with what responders write and then ends, or goes on after a colon: "Out of office: ..."."""
    opening = machine_subjects.out_of_office(facts.mail.subject)
    return f"subject: {opening[:60]}" if opening else None


def says_auto_generated(facts: Facts) -> str | None:
    """Auto-Submitted with any other value than `no` (RFC 3834 section 5, RFC 5436)."""
    return next((f"Auto-Submitted: {word}" for word in _auto_submitted(facts.mail) if word != "no"), None)


def typed_as_report(facts: Facts) -> str | None:
    """Any other multipart/report (RFC 6522): programs write these, people do not."""
    return "content type of a report" if report_type(facts.mail) else None


def null_return_path(facts: Facts) -> str | None:
    """The null return path (RFC 5321 section 4.5.5) on a mail that no rule above knows as an answer: a notification about mail."""
    return "null return path" if facts.envelope.mail_from == "" else None


def sent_to_a_list(facts: Facts) -> str | None:
    """List-Id or List-Unsubscribe (RFC 2919, RFC 2369): people write to lists too, so only acknowledgements are held back."""
    return _field(facts.mail, "list-id") or _field(facts.mail, "list-unsubscribe")


def precedence_bulk(facts: Facts) -> str | None:
    """`Precedence: list`, `bulk` or `junk`."""
    return _precedence(facts.mail, {"list", "bulk", "junk"})


RULES: tuple[tuple[Kind, Rule], ...] = (
    (Kind.OWN, carries_our_mark),
    (Kind.COMPLAINT, complains),
    (Kind.BOUNCE, reports_delivery),
    (Kind.BOUNCE, typed_as_delivery_report),
    (Kind.BOUNCE, names_failed_recipients),
    (Kind.AUTO_REPLIED, read_receipt),
    (Kind.AUTO_REPLIED, says_auto_replied),
    (Kind.AUTO_REPLIED, precedence_auto_reply),
    (Kind.AUTO_REPLIED, carries_responder_field),
    (Kind.AUTO_REPLIED, out_of_office_subject),
    (Kind.BOUNCE, from_mailer_daemon),
    (Kind.AUTO_GENERATED, says_auto_generated),
    (Kind.AUTO_GENERATED, typed_as_report),
    (Kind.BOUNCE, null_return_path),
    (Kind.LIST, sent_to_a_list),
    (Kind.LIST, precedence_bulk),
)
"""X-Auto-Response-Suppress stands in no rule: people's Outlook sends it too."""

RESPONDER_FIELDS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-autoreply-from",
    "x-mail-autoreply",
    "x-autogenerated",
    "x-fc-machinegenerated",
)


def _field(mail: ParsedMail, name: str) -> str | None:
    value = mail.first(name)
    return f"{name}: {value.strip()[:60]}" if value is not None and value.strip() else None


def _auto_submitted(mail: ParsedMail) -> list[str]:
    """The keyword of each Auto-Submitted field, without comments and parameters."""
    words = (re.split(r"[;\s(]", value.strip(), maxsplit=1)[0].lower() for value in mail.all("auto-submitted"))
    return [word for word in words if word]


def _precedence(mail: ParsedMail, wanted: set[str]) -> str | None:
    for name in ("precedence", "x-precedence"):
        for value in mail.all(name):
            if value.strip().lower() in wanted:
                return f"{name}: {value.strip().lower()}"
    return None
