"""From facts to the octets of one mail. Pure: no database, no clock, no network; what a mail says is in templates/mail/<kind>/.

The header table is in `kinds.py`; how a header value is made safe in `mail_headers.py`; how a message is shown in `mail_text.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from re import fullmatch, sub
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from helpdesk import addressing
from helpdesk.addressing import Purpose, ReplyToken
from helpdesk.sign_in import links
from workers import mail_headers, mail_text
from workers.actions import actions, leaving
from workers.kinds import KINDS, Kind
from workers.mail_headers import clean, mailbox, mailto
from workers.outgoing import Outgoing

TEMPLATES = Path(__file__).parent.parent / "templates" / "mail"


@dataclass(frozen=True, slots=True)
class Composed:
    """A mail ready to be sent: its octets, and what the outbox keeps of it. `envelope_from` is "" for the null sender."""

    mime: bytes
    message_id: str
    subject: str
    body_text: str
    envelope_from: str


def compose(mail: Outgoing) -> Composed:
    """The same facts give the same mail: multipart/alternative of plain text and small HTML, one recipient, fields as in the table.

    Raises Refused where a value must not be sent (an address that is none).
    """
    kind = KINDS[mail.kind]
    values = _values(mail, kind)
    subject = clean(_render(mail.kind, "subject.txt", values))
    text = _render(mail.kind, "body.txt", values).strip("\n") + "\n"
    html = _render(mail.kind, "body.html", {**values, "subject": subject})
    envelope_from = "" if kind.null_sender else addressing.return_path(mail.house.mint, mail.number)
    message_id = addressing.message_id(mail.house.mint, mail.ticket.number if mail.ticket else None, mail.number)
    message = EmailMessage(policy=mail_headers.POLICY)
    for name, value in _fields(mail, kind, subject, message_id):
        message[name] = value
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    for file in mail.message.files if mail.message else ():
        if file.content is not None:
            maintype, subtype = _type(file.content_type)
            message.add_attachment(file.content, maintype=maintype, subtype=subtype, filename=clean(file.filename, 200) or "file")
    return Composed(mail_headers.as_bytes(message, mail.recipient), message_id, subject, _our_words(mail, text), envelope_from)


def link(mail: Outgoing) -> str:
    """The page of the ticket: for staff their own, for people outside one that its signature opens; about no ticket the start."""
    house, staff = mail.house, KINDS[mail.kind].to_staff
    if KINDS[mail.kind].public:
        return str(mail.data["page"])
    if mail.ticket is None:
        return house.base_url + ("/admin" if staff else "")
    if staff or mail.person is None:
        return f"{house.base_url}{'/admin' if staff else ''}/ticket/{mail.tag}"
    return links.ticket_link(house.mint.keys, house.base_url, house.mint.prefix, mail.ticket.number, mail.person, mail.now)


def reason_line(mail: Outgoing) -> str:
    """What X-Helpdesk-Reason says, and the foot of staff mail again: Gmail cannot filter by header."""
    return clean(f"{mail.kind}: {mail.reason}" if mail.reason else mail.kind)


def _our_words(mail: Outgoing, text: str) -> str:
    """What a reply is compared with: without the reader's own words, which they may well write once more."""
    own = mail_text.as_text(str(mail.data.get("text", "")))
    return (text.rpartition(own)[0] or text) if own else text


def _fields(mail: Outgoing, kind: Kind, subject: str, message_id: str) -> Iterator[tuple[str, Any]]:
    mint = mail.house.mint
    yield "From", mailbox(_from_name(mail), mint.support_address)
    yield "To", mailbox(mail.recipient_name, mail.recipient)
    yield "Subject", subject
    yield "Date", format_datetime(mail.now)
    yield "Message-ID", f"<{message_id}>"
    if mail.ticket is not None:
        yield from _threading(mail)
    if mail.ticket is not None and mail.person is not None and not kind.public:
        token = ReplyToken(mail.ticket.number, mail.person, Purpose(mail.purpose), mail.seen)
        yield "Reply-To", mailbox(mail.house.name, addressing.reply_address(mint, token))
    elif kind.null_sender and mail.person is not None:
        # an answer to an agent about no ticket: so they can settle it by a reply, whatever proves their mail otherwise
        yield "Reply-To", mailbox(mail.house.name, addressing.opening_address(mint, mail.person))
    if kind.auto_submitted is not None:
        yield "Auto-Submitted", kind.auto_submitted
    yield "X-Auto-Response-Suppress", kind.suppress
    if kind.precedence is not None:
        yield "Precedence", kind.precedence
    if kind.listed:
        yield "List-Id", f"<tickets.{mint.mail_domain}>"
        if kind.public:
            yield "List-Unsubscribe", f"<{mail.data['unsubscribe']}>"
            yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"  # RFC 8058
        elif mail.ticket is not None and mail.person is not None:
            mute = addressing.reply_address(mint, ReplyToken(mail.ticket.number, mail.person, Purpose.UNSUBSCRIBE))
            yield "List-Unsubscribe", f"<{mailto(mute, subject='mute')}>"
    yield "X-Helpdesk-Loop", addressing.loop_value(mint)
    if mail.ticket is not None:
        yield "X-Helpdesk-Ticket", mail.tag
    yield "X-Helpdesk-Reason", reason_line(mail)


def _threading(mail: Outgoing) -> Iterator[tuple[str, str]]:
    assert mail.ticket is not None  # noqa: S101  (the caller asked)
    root = addressing.thread_root(mail.house.mint, mail.ticket.number)
    named = mail_headers.references(root, mail.thread.first, mail.thread.later)
    yield "In-Reply-To", mail_headers.identifier(mail.thread.answers) or named[-1]
    yield "References", " ".join(named)


def _from_name(mail: Outgoing) -> str:
    """`Bob (Support)` where an agent speaks, `Alice via Support` where we pass on what somebody outside wrote."""
    house = mail.house.name
    if mail.message is None or mail.kind not in ("reply", "participant_comment", "comment", "note", "new_ticket"):
        return house
    author = mail.message.author
    if not author or "@" in author:
        return house
    return f"{author} ({house})" if mail.message.by_staff else f"{author} via {house}"


def _values(mail: Outgoing, kind: Kind) -> dict[str, Any]:
    message = mail.message
    ticket_subject = _ticket_subject(mail, kind)
    return {
        "mail": mail,
        "house": mail.house,
        "ticket": mail.ticket,
        "message": message,
        "to_staff": kind.to_staff,
        "own_address": addressing.opening_address(mail.house.mint, mail.person) if kind.to_staff and mail.person else "",
        "link": link(mail),
        "reason_line": reason_line(mail),
        "ticket_subject": ticket_subject,
        "actions": actions(mail, ticket_subject),
        "leaving": leaving(mail),
        "attached": [file for file in message.files if file.content is not None] if message else [],
        "linked": [file for file in message.files if file.content is None] if message else [],
    }


def _ticket_subject(mail: Outgoing, kind: Kind) -> str:
    """The subject of every mail about the ticket; to an unproven address it repeats nothing that a web form said."""
    ticket = mail.ticket
    if ticket is None:
        return ""
    if kind.public:
        return addressing.subject_line(mail.house.mint.prefix, ticket.number, str(mail.data["title"]), reply=False)
    bare = ticket.subject
    if not ticket.verified and not ticket.born_by_mail and not kind.to_staff:
        bare = f"Your request to {mail.house.name}"
    return addressing.subject_line(mail.house.mint.prefix, ticket.number, bare, reply=ticket.born_by_mail)


def _type(content_type: str) -> tuple[str, str]:
    """The type of an attachment; mails and multiparts are sent as plain octets, which no reader unfolds into our own."""
    plain = content_type.partition(";")[0].strip().lower()
    if not fullmatch(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,90}", plain) or plain.startswith(("message/", "multipart/")):
        return "application", "octet-stream"
    main, _, subtype = plain.partition("/")
    return main, subtype


def _render(kind: str, part: str, values: dict[str, Any]) -> str:
    rendered = _templates().get_template(f"{kind}/{part}").render(values).encode("utf-8", "replace").decode("utf-8")
    return sub(r"\n{3,}", "\n\n", rendered) if part == "body.txt" else rendered


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(("html",), default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["as_text"] = mail_text.as_text
    environment.filters["as_html"] = mail_text.as_html
    environment.filters["mailto"] = lambda address, subject: mailto(address, subject=subject)
    return environment
