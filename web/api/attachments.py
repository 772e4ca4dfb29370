"""Files of messages: always a download, whatever they claim to be."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import Response, StreamingResponse

from helpdesk import conversation, tickets
from helpdesk.errors import NotFound
from helpdesk.models import Attachment
from web.deps import SignedIn

router = APIRouter(prefix="/api/v1/attachments", tags=["tickets"])
CHUNK = 64 * 1024


@router.get("/{identifier}")
def download(desk: SignedIn, identifier: uuid.UUID) -> Response:
    """A file of a message that one sees. It is never shown by the browser and nothing in it runs."""
    row = desk.session.get(Attachment, identifier)
    if row is None:
        raise NotFound("There is no such file.")
    ticket = tickets.find(desk.session, desk.viewer, row.ticket_number)
    found = conversation.file(desk.session, desk.viewer, ticket, identifier)
    headers = {
        "Content-Disposition": disposition(found.filename),
        "Content-Length": str(found.size),
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    content = desk.web.installation.storage.opened(found.storage_key)
    return StreamingResponse(_chunks(content), media_type=_type(found.content_type), headers=headers)


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
