"""Demo mode: two people with a mail program, and what the helpdesk makes of each mail. Sends through the real SMTP listener."""

from __future__ import annotations

import email.utils
import smtplib
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk import addressing
from helpdesk.errors import NotFound
from helpdesk.models import Event, InboundMail, OutboxMessage
from helpdesk.tickets import one_line
from web import mail_html, mail_story, rendering
from web.deps import Anyone, Desk, Web, WebState


def demo_only(web: WebState) -> None:
    """Without demo mode there is no such page, whatever the request holds."""
    if not web.installation.settings.demo:
        raise NotFound("There is no such page.")


router = APIRouter(include_in_schema=False, dependencies=[Depends(demo_only)])
Text = Annotated[str, Form(max_length=1_000_000)]
Files = Annotated[list[UploadFile], File()]


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody with a mail program."""

    key: str
    name: str
    role_word: str
    address: str
    hint: str


PERSONAS = (
    Persona("alice", "Alice Weber", "a customer", "alice@example.com", "What the helpdesk answers arrives here."),
    Persona("bob", "Bob Builder", "an agent", "bob@elm.example", "New tickets and answers of customers arrive here."),
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail being written."""

    to: str
    subject: str = ""
    content: str = ""
    in_reply_to: str = ""
    references: str = ""
    cc: str = ""
    replying: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """A mail being read."""

    id: int
    from_: str
    to: str
    subject: str
    text: str
    html_url: str | None
    received_at: datetime
    reply_url: str


@router.get("/playground")
def playground(
    request: Request, desk: Anyone, alice: int | None = None, bob: int | None = None, reply: int | None = None, error: str = ""
) -> Response:
    """Both mail programs and the newest mails; `alice` and `bob` are the messages open, `reply` the one being answered."""
    opened = {"alice": alice, "bob": bob}
    here = {key: value for key, value in opened.items() if value is not None}
    return rendering.render(
        request,
        "portal/playground.html",
        desks=[_client(desk, persona, opened, reply, error) for persona in PERSONAS],
        traces=_traces(desk),
        poll_url=f"/playground?{urlencode(here)}" if here else "/playground",
    )


@router.post("/playground/send")
def send(
    request: Request,
    web: WebState,
    desk: Annotated[str, Form()],
    to: Text,
    content: Text,
    subject: Text = "",
    cc: Text = "",
    in_reply_to: Text = "",
    references: Text = "",
    files: Files = [],  # noqa: B006  (FastAPI copies defaults)
) -> Response:
    """Send the mail by SMTP, as the persona's own mail program would; a refusal is shown in the server's words."""
    persona = next((one for one in PERSONAS if one.key == desk), None)
    if persona is None:
        raise NotFound("There is nobody of that name here.")
    message = _composed(persona, to, cc, subject, content, in_reply_to, references)
    for file in files:
        if file.filename:
            kind, _, subkind = (file.content_type or "application/octet-stream").partition("/")
            message.add_attachment(
                file.file.read(), maintype=kind, subtype=subkind or "octet-stream", filename=one_line(file.filename)
            )
    try:
        _submit(web, persona, message)
    except (smtplib.SMTPException, OSError) as error:
        return RedirectResponse(f"/playground?{urlencode({'error': f'{persona.key}:{_words(error)}'})}", 303)
    return RedirectResponse("/playground", 303)


@router.get("/playground/mail/{number}.html")
def as_html(desk: Anyone, number: int) -> Response:
    """The HTML part of a message out, for a sandboxed frame."""
    message = desk.session.get(OutboxMessage, number)
    part = _parsed(message).get_body(("html",)) if message is not None and message.mime else None
    if part is None:
        raise NotFound("There is no such mail.")
    return mail_html.page(part.get_content())


def _client(desk: Desk, persona: Persona, opened: dict[str, int | None], reply: int | None, error: str) -> dict[str, object]:
    rows = desk.session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.recipient == persona.address, OutboxMessage.mime.is_not(None))
        .order_by(OutboxMessage.id.desc())
        .limit(12)
    ).all()
    chosen = next((row for row in rows if row.id == opened[persona.key]), None)
    answering = chosen is not None and reply == chosen.id
    others = {key: value for key, value in opened.items() if value is not None and key != persona.key}
    whose, _, said = error.partition(":")
    return {
        "key": persona.key,
        "name": persona.name,
        "role_word": persona.role_word,
        "address": persona.address,
        "hint": persona.hint,
        "inbox": [_in_list(row, chosen, persona, others) for row in rows],
        "open": _opened(chosen, persona, others) if chosen is not None else None,
        "draft": _answer(chosen) if answering and chosen is not None else _blank(desk, persona),
        "new_url": f"/playground?{urlencode(others)}" if others else "/playground",
        "error": said if whose == persona.key else None,
    }


def _in_list(row: OutboxMessage, chosen: OutboxMessage | None, persona: Persona, others: dict[str, int]) -> dict[str, object]:
    name, _ = email.utils.parseaddr(str(_parsed(row)["From"]))
    return {
        "id": row.id,
        "from_name": name,
        "subject": row.subject,
        "received_at": row.sent_at or row.created_at,
        "url": f"/playground?{urlencode({**others, persona.key: row.id})}#open-{persona.key}",
        "chosen": row is chosen,
        "kind": row.kind.replace("_", " ").capitalize(),
        "unread": False,
    }


def _opened(row: OutboxMessage, persona: Persona, others: dict[str, int]) -> Opened:
    message = _parsed(row)
    return Opened(
        id=row.id,
        from_=str(message["From"]),
        to=str(message["To"]),
        subject=str(message["Subject"]),
        text=_text(message),
        html_url=f"/playground/mail/{row.id}.html" if message.get_body(("html",)) else None,
        received_at=row.sent_at or row.created_at,
        reply_url=f"/playground?{urlencode({**others, persona.key: row.id, 'reply': row.id})}#write-{persona.key}",
    )


def _answer(row: OutboxMessage) -> Draft:
    """A reply as mail programs prefill it: to Reply-To, the subject with Re:, the text quoted below."""
    message = _parsed(row)
    subject = str(message["Subject"])
    name, address = email.utils.parseaddr(str(message["From"]))
    quote = "\n".join(f"> {line}" if line else ">" for line in _text(message).rstrip().splitlines())
    said = (row.sent_at or row.created_at).strftime("%a, %d %b %Y at %H:%M")
    return Draft(
        to=str(message["Reply-To"] or message["From"]),
        subject=subject if subject.lower().startswith("re:") else f"Re: {subject}",
        content=f"\n\nOn {said}, {name} <{address}> wrote:\n{quote}\n",
        in_reply_to=str(message["Message-ID"] or ""),
        references=f"{message['References'] or ''} {message['Message-ID'] or ''}".strip(),
        replying=True,
    )


def _blank(desk: Desk, persona: Persona) -> Draft:
    example = (
        Draft(
            "", "Coffee machine says “E7”", "Hello,\n\nour coffee machine shows E7 and refuses to make coffee. What now?\n\nAlice"
        )
        if persona.key == "alice"
        else Draft("")
    )
    return Draft(desk.web.installation.settings.support_address, example.subject, example.content)


def _composed(persona: Persona, to: str, cc: str, subject: str, content: str, in_reply_to: str, references: str) -> EmailMessage:
    message = EmailMessage(policy=policy.SMTP)
    fields = {
        "From": email.utils.formataddr((persona.name, persona.address)),
        "To": to,
        "Cc": cc,
        "Subject": subject,
        "In-Reply-To": in_reply_to,
        "References": references,
    }
    for name, value in fields.items():
        if value.strip():
            message[name] = one_line(value)
    message["Message-ID"] = email.utils.make_msgid(domain=persona.address.partition("@")[2])
    message["Date"] = email.utils.localtime()
    message.set_content(content.replace("\r\n", "\n"))
    return message


def _submit(web: Web, persona: Persona, message: EmailMessage) -> None:
    recipients = [address for _, address in email.utils.getaddresses([str(message["To"] or ""), str(message["Cc"] or "")])]
    house = web.installation
    ours = [one for one in recipients if addressing.is_ours(house.mint, house.settings.inbound_addresses, one)] or recipients
    host, _, port = web.installation.settings.smtp_listen.rpartition(":")
    with smtplib.SMTP(host.strip("[]"), int(port), timeout=20) as client:
        client.send_message(message, persona.address, ours)


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(f"{code} {said.decode('utf-8', 'replace')}" for code, said in error.recipients.values())[:300]
    return str(error)[:300]


def _traces(desk: Desk) -> list[dict[str, object]]:
    wanted = [persona.address for persona in PERSONAS]
    rows = desk.session.scalars(
        select(InboundMail).where(InboundMail.mail_from.in_(wanted)).order_by(InboundMail.id.desc()).limit(8)
    ).all()
    return [_trace(desk, row) for row in rows]


def _trace(desk: Desk, row: InboundMail) -> dict[str, object]:
    prefix = desk.web.installation.settings.ticket_prefix
    words, tone = mail_story.outcome(row, prefix)
    persona = next((one for one in PERSONAS if one.address == row.mail_from), PERSONAS[0])
    return {
        "id": row.id,
        "by": persona.name,
        "subject": row.subject or "",
        "at": row.received_at,
        "outcome": words,
        "outcome_url": f"/admin/ticket/{desk.tag(row.ticket_number)}" if row.ticket_number is not None else None,
        "tone": tone,
        "running": row.state == "received",
        "steps": mail_story.steps(row, _caused(desk.session, row), prefix),
    }


def _caused(session: Session, row: InboundMail) -> list[OutboxMessage]:
    """What a mail caused to be sent: messages about it, and about the events that it made."""
    if row.ticket_number is None and row.state != "held":
        return []
    events = select(Event.id).where(Event.inbound_mail_id == row.id)
    wanted = select(OutboxMessage).where(
        (OutboxMessage.inbound_mail_id == row.id)
        | (OutboxMessage.comment_id == row.comment_id)
        | ((OutboxMessage.ticket_number == row.ticket_number) & OutboxMessage.seen_event_id.in_(events))
    )
    return list(session.scalars(wanted.order_by(OutboxMessage.id)))


def _parsed(row: OutboxMessage) -> EmailMessage:
    """Our own mail, so the standard library's newer policy is safe on it."""
    return message_from_bytes(row.mime or b"", policy=policy.default)


def _text(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    return str(part.get_content()) if part is not None else ""
