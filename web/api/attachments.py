"""Files of messages: always a download, whatever they claim to be."""

from __future__ import annotations

import uuid

from fastapi import APIRouter
from fastapi.responses import Response

from helpdesk import conversation, tickets
from helpdesk.errors import NotFound
from helpdesk.models import Attachment
from web import downloads
from web.deps import SignedIn

router = APIRouter(prefix="/api/v1/attachments", tags=["tickets"])


@router.get("/{identifier}", response_class=Response, responses={200: {"content": {"*/*": {}}}})
def download_attachment(desk: SignedIn, identifier: uuid.UUID) -> Response:
    """A file of a message that one sees. It is never shown by the browser and nothing in it runs."""
    row = desk.session.get(Attachment, identifier)
    if row is None:
        raise NotFound("There is no such file.")
    ticket = tickets.find(desk.session, desk.viewer, row.ticket_number)
    return downloads.response(desk.web.installation.storage, conversation.file(desk.session, desk.viewer, ticket, identifier))
