"""Which mail of ours an agent's mail answers: the newest one named in In-Reply-To, else in References, that went to this agent."""

from __future__ import annotations

from sqlalchemy import select

from helpdesk import addressing
from helpdesk.models import OutboxMessage
from mail_ingest.staff.desk import Desk

NEWEST_REFERENCES = 50


def answered(desk: Desk) -> OutboxMessage | None:
    """The mail of ours that is answered, or None; one that went to somebody else counts as none."""
    mail = desk.incoming.mail
    for identifier in dict.fromkeys((*mail.in_reply_to, *reversed(mail.references[-NEWEST_REFERENCES:]))):
        minted = addressing.read_message_id(desk.house.mint, identifier)
        if minted is not None and minted.outbox:
            found = desk.session.get(OutboxMessage, minted.outbox)
        else:
            found = _by_the_peers_id(desk, identifier)
        if found is not None:
            return found if found.person_id == desk.agent.id else None
    return None


def _by_the_peers_id(desk: Desk, identifier: str) -> OutboxMessage | None:
    """The mail that a relay gave an id of its own (Amazon SES); its local part says which."""
    local = identifier.strip("<> ").partition("@")[0]
    wanted = select(OutboxMessage).where(OutboxMessage.peer_message_id.is_not(None), OutboxMessage.peer_message_id == local)
    return desk.session.scalar(wanted.limit(1)) if local else None
