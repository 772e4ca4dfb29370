"""Mails of the stories as people, relays and mail systems write them, and what ours say."""

from __future__ import annotations

from tests.letters import letter, quoted
from tests.smtp_sink import Received

JUDGE = "mx.test"


def person(name: str, story: str) -> str:
    """A mailbox for one story: what one story does to an address is no other's business."""
    return f"{name.capitalize()} <{name}@{story}.example.com>"


def judged(raw: bytes, *said: str) -> bytes:
    """The mail with one Authentication-Results field of our relay for each of `said`, the topmost first (RFC 8601)."""
    return b"".join(f"Authentication-Results: {JUDGE}; {words}\r\n".encode() for words in said) + raw


def proved(sender: str) -> str:
    """The relay's word on a mail with an aligned DKIM signature."""
    return f"dkim=pass header.d={spec(sender).partition('@')[2]}"


def disowned(sender: str) -> str:
    """The relay's word on a mail that its From domain wants rejected."""
    return f"dkim=none; dmarc=fail (p=reject) header.from={spec(sender).partition('@')[2]}"


def reply_to(ours: Received) -> str:
    """The reply address that a mail of ours carries."""
    return spec(str(ours.message["Reply-To"]))


def text_of(ours: Received) -> str:
    """The plain text of a mail of ours."""
    part = ours.message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def reason(ours: Received) -> str:
    """Why we sent it: the kind of mail it is, for filters."""
    return str(ours.message["X-Helpdesk-Reason"])


def spec(mailbox: str) -> str:
    """The address in "Name <address>"."""
    return mailbox.rpartition("<")[2].rstrip(">").strip()


def answering(ours: Received, sender: str, text: str, **fields: str) -> bytes:
    """A reply as a mail program writes it: to Reply-To, threaded, our words quoted below."""
    message = ours.message
    named = {"in_reply_to": str(message["Message-ID"]), "references": f"{message['References']} {message['Message-ID']}"}
    whole = f"{text}\n\n{quoted(text_of(ours))}"
    return letter(sender, str(message["Reply-To"]), str(message["Subject"]), whole, **{**named, **fields})


def out_of_office(sender: str, to: str, **fields: str) -> bytes:
    """What a responder writes (RFC 3834)."""
    return letter(sender, to, "Out of office: I am away", "I am back on Monday.", auto_submitted="auto-replied", **fields)


def not_delivered(ours: Received, status: str = "5.1.1") -> bytes:
    """What a mail system writes about a mail of ours that it could not deliver (RFC 3464)."""
    address, message = ours.rcpt_to[0], ours.message
    action = "failed" if status.startswith("5") else "delayed"
    original = "".join(f"{name}: {message[name]}\n" for name in ("From", "To", "Subject", "Message-ID"))
    parts = (
        f"Content-Type: text/plain\n\nYour message could not be delivered to {address}.\n",
        f"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.com\n\nFinal-Recipient: rfc822; {address}\n"
        f"Action: {action}\nStatus: {status}\nDiagnostic-Code: smtp; 550 {status} no such mailbox\n",
        f"Content-Type: text/rfc822-headers\n\n{original}",
    )
    body = "".join(f"--frontier\n{part}\n" for part in parts) + "--frontier--"
    kind = 'multipart/report; report-type=delivery-status; boundary="frontier"'
    sender, subject = "Mail Delivery System <MAILER-DAEMON@mx.example.com>", "Undelivered Mail Returned to Sender"
    return letter(sender, ours.mail_from, subject, body, content_type=kind, auto_submitted="auto-replied")


def field(raw: bytes, name: str) -> str:
    """The first field of this name, or nothing."""
    wanted = f"{name.lower()}:".encode()
    lines = raw.partition(b"\r\n\r\n")[0].split(b"\r\n")
    return next((line.split(b":", 1)[1].strip().decode() for line in lines if line.lower().startswith(wanted)), "")
