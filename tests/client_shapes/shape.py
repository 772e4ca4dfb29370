"""What every client starts from: the mail that is answered, who answers, and what they type; and how parts become one mail."""

from __future__ import annotations

import itertools
import re
from base64 import encodebytes
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr
from html import escape
from quopri import encodestring

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Original:
    """The mail that is answered, as a client sees it; `html` is what stands inside its body element."""

    name: str
    address: str
    reply_to: str
    to_name: str
    to_address: str
    date: datetime
    subject: str
    message_id: str
    references: str
    text: str
    html: str

    @property
    def mailbox(self) -> str:
        """The sender as an introduction names it."""
        return f"{self.name} <{self.address}>"

    @property
    def recipient(self) -> str:
        """The recipient as a header block names it."""
        return f"{self.to_name} <{self.to_address}>"


@dataclass(frozen=True)
class Writer:
    """Who answers: name, address and the lines of their signature (none: they have not set one)."""

    name: str
    address: str
    signature: tuple[str, ...] = ()


@dataclass(frozen=True)
class Typed:
    """What is typed above the quote, between its lines (after the line that holds the words: the answer), and below it."""

    top: str = ""
    bottom: str = ""
    between: tuple[tuple[str, str], ...] = ()

    @property
    def top_lines(self) -> list[str]:
        """Line by line; none where nothing is typed on top."""
        return self.top.split("\n") if self.top else []

    @property
    def bottom_lines(self) -> list[str]:
        """Line by line; none where nothing is typed below."""
        return self.bottom.split("\n") if self.bottom else []


def original(raw: bytes) -> Original:
    """The mail of these octets: its plain text and its HTML are taken as they are."""
    message = BytesParser(policy=policy.default).parsebytes(raw)
    assert isinstance(message, EmailMessage)
    name, address = parseaddr(str(message["From"]))
    to_name, to_address = parseaddr(str(message["To"]))
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    text = str(plain.get_content()).replace("\r\n", "\n").rstrip("\n")
    inner = (
        str(html.get_content()).replace("\r\n", "\n")
        if html is not None
        else "<br>".join(escape(line) for line in text.split("\n"))
    )
    return Original(
        name=name or address,
        address=address,
        reply_to=parseaddr(str(message["Reply-To"] or message["From"]))[1],
        to_name=to_name or to_address,
        to_address=to_address,
        date=message["Date"].datetime,
        subject=str(message["Subject"]),
        message_id=str(message["Message-ID"]),
        references=str(message["References"] or ""),
        text=text,
        html=_inside_body(inner),
    )


def _inside_body(html: str) -> str:
    found = re.search(r"<body\b[^>]*>(.*)</body>", html, re.DOTALL | re.IGNORECASE)
    return (found[1] if found else html).strip()


def without_data(html: str) -> str:
    """The HTML as most web mailers keep it: attributes that begin with data- are gone, and so are the style sheets."""
    return re.sub(r"\sdata-[\w-]+=(?:\"[^\"]*\"|'[^']*')", "", re.sub(r"(?s)<style\b.*?</style>", "", html))


def plain_part(text: str, *, parameters: str = 'charset="utf-8"') -> bytes:
    """A text/plain part, quoted-printable."""
    return _part(f"text/plain; {parameters}", text)


def html_part(html: str, *, base64: bool = False) -> bytes:
    """A text/html part, quoted-printable or base64."""
    return _part('text/html; charset="utf-8"', html, base64=base64)


def _part(content_type: str, content: str, *, base64: bool = False) -> bytes:
    octets = content.encode()
    body = encodebytes(octets) if base64 else encodestring(octets)
    head = f"Content-Type: {content_type}\nContent-Transfer-Encoding: {'base64' if base64 else 'quoted-printable'}\n\n"
    return head.encode() + body + b"\n"


def alternative(boundary: str, text: str, html: str, **parameters: str) -> bytes:
    """multipart/alternative of both, as content type line and body."""
    parts = b"".join(f"--{boundary}\n".encode() + part for part in (plain_part(text, **parameters), html_part(html)))
    return f'Content-Type: multipart/alternative; boundary="{boundary}"\n\n'.encode() + parts + f"--{boundary}--\n".encode()


def mail(writer: Writer, answered: Original, body: bytes, *, domain: str, subject: str = "", **fields: str) -> bytes:
    """A reply with the fields that all clients write, those of this one (`x_mailer="..."`), and the body with its content fields."""
    subject = subject or (answered.subject if answered.subject.lower().startswith("re:") else f"Re: {answered.subject}")
    head = {
        "From": f"{writer.name} <{writer.address}>",
        "To": f"Support <{answered.reply_to}>",
        "Subject": subject,
        "Date": "Sun, 22 Nov 2026 21:00:00 +0000",
        "Message-ID": f"<{next(_numbers)}.reply@{domain}>",
        "In-Reply-To": answered.message_id,
        "References": f"{answered.references} {answered.message_id}".strip().replace(" ", "\n "),
        "MIME-Version": "1.0",
        **{name.replace("_", "-").title(): value for name, value in fields.items()},
    }
    lines = "".join(f"{name}: {value}\n" for name, value in head.items() if value)
    return (lines.encode() + body).replace(b"\n", b"\r\n")


def quoted(text: str, mark: str = "> ") -> str:
    """Each line below the mark."""
    return "\n".join(f"{mark}{line}" if line.strip() else mark.rstrip() for line in text.split("\n"))


def interleaved(lines: list[str], between: tuple[tuple[str, str], ...]) -> list[str]:
    """The quoted lines with each answer, set off by blank lines, below the line that holds its words."""
    found: list[str] = []
    waiting = list(between)
    for line in lines:
        found.append(line)
        if waiting and waiting[0][0] in line:
            found += ["", *waiting.pop(0)[1].split("\n"), ""]
    assert not waiting, f"the quote holds no {waiting[0][0]!r}"
    return found


def address_link(address: str) -> str:
    """An address as programs link it."""
    return f'<a href="mailto:{address}">{address}</a>'
