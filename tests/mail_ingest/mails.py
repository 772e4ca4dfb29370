"""Small mails for the tests of reading: written here, never collected."""

from __future__ import annotations

HEAD = b"From: Alice <alice@example.com>\r\nTo: Support <support@help.test>\r\nSubject: Printer\r\n"


def mail(*fields: str | bytes, body: str | bytes = b"Hello\r\n", head: bytes = HEAD) -> bytes:
    """A mail with the usual fields, `fields` after them, and a body."""
    lines = [field.encode() if isinstance(field, str) else field for field in fields]
    return head + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + (body.encode() if isinstance(body, str) else body)


def multipart(kind: str, *parts: bytes, fields: tuple[str, ...] = ()) -> bytes:
    """A mail of multipart/`kind` whose parts are given with their own fields."""
    body = b"".join(b"--frontier\r\n" + part + b"\r\n" for part in parts) + b"--frontier--\r\n"
    return mail("MIME-Version: 1.0", f'Content-Type: multipart/{kind}; boundary="frontier"', *fields, body=body)


def part(content_type: str, content: str | bytes = b"x", *fields: str) -> bytes:
    """One part with its fields."""
    head = "".join(f"{field}\r\n" for field in (f"Content-Type: {content_type}", *fields))
    return head.encode() + b"\r\n" + (content.encode() if isinstance(content, str) else content)
