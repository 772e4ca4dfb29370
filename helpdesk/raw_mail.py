"""The bytes of a mail as they came: in `inbound_raw` while fresh, in storage once processed. Kept until retention ends."""

from __future__ import annotations

from sqlalchemy import Engine, select

from helpdesk import db
from helpdesk.errors import NotFound
from helpdesk.models import InboundMail, InboundRaw
from helpdesk.storage import Storage


def content(engine: Engine, storage: Storage, mail_id: int) -> bytes:
    """The raw mail of row `mail_id`; NotFound once its retention is over. Storage is read with no transaction open."""
    with db.transaction(engine) as session:
        key, raw = session.execute(
            select(InboundMail.raw_key, InboundRaw.content)
            .outerjoin(InboundRaw, (InboundRaw.received_on == InboundMail.raw_on) & (InboundRaw.inbound_mail_id == InboundMail.id))
            .where(InboundMail.id == mail_id)
        ).one_or_none() or (None, None)
    if raw is not None:
        return bytes(raw)
    if key is None:
        raise NotFound("The raw mail is no longer kept.")
    return storage.get(key)
