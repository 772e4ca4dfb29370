"""How a file of a message is handed out: always a download, whatever it claims to be; nothing in it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import quote

from fastapi.responses import Response, StreamingResponse

from helpdesk.models import Attachment
from helpdesk.storage import Storage

CHUNK = 64 * 1024


def response(storage: Storage, file: Attachment) -> Response:
    """The file's bytes, to be saved under its name. Whether the asker may have it was decided before."""
    headers = {
        "Content-Disposition": disposition(file.filename),
        "Content-Length": str(file.size),
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return StreamingResponse(_chunks(storage.opened(file.storage_key)), media_type=_type(file.content_type), headers=headers)


def eml(content: bytes, name: str) -> Response:
    """A mail to be saved: never shown by the browser."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Response(content, media_type="message/rfc822", headers=headers)


def disposition(filename: str) -> str:
    """Save under this name (RFC 6266, RFC 8187); nothing in the name can end the header."""
    plain = re.sub(r'[^ -~]|["\\%]', "_", filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def _type(claimed: str) -> str:
    return claimed if re.fullmatch(r"[a-z]+/[a-z0-9.+-]{1,100}", claimed) else "application/octet-stream"


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk
