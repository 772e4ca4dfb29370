"""Mails as people's clients write them, for tests."""

from __future__ import annotations

import itertools

_numbers = itertools.count(1)


def letter(sender: str, to: str, subject: str, text: str, *, message_id: str | None = None, **fields: str) -> bytes:
    """One plain mail; `fields` are further header fields with "_" for "-" (`in_reply_to="<x@y>"`)."""
    head = {
        "From": sender,
        "To": to,
        "Subject": subject,
        "Message-ID": f"<{message_id or f'letter-{next(_numbers)}@client.example'}>",
        "Date": "Tue, 03 Mar 2026 10:00:00 +0000",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        **{"-".join(part.capitalize() for part in name.split("_")): value for name, value in fields.items()},
    }
    lines = [f"{name}: {value}" for name, value in head.items()]
    return ("\r\n".join(lines) + "\r\n\r\n" + "\r\n".join(text.split("\n")) + "\r\n").encode()


def quoted(text: str, introduction: str = "On Tue, 3 Mar 2026 at 10:00, Support <support@help.test> wrote:") -> str:
    """`text` as a reply quotes it."""
    return introduction + "\n" + "\n".join(f"> {line}" if line else ">" for line in text.splitlines())
