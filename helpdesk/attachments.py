"""Files of messages: stored first (no transaction is open while bytes move), attached in the transaction of the message."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.errors import TryLater
from helpdesk.models import Attachment
from helpdesk.storage import Storage, new_key


@dataclass(frozen=True, slots=True)
class File:
    """A file as it came; `filename` is fit to be shown."""

    filename: str
    content_type: str
    content: bytes
    inline: bool = False
    content_id: str | None = None


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file whose bytes are safe in storage under `key`, and which no row names yet."""

    key: str
    filename: str
    content_type: str
    size: int
    sha256: bytes
    inline: bool
    content_id: str | None


def store(storage: Storage, files: Iterable[File]) -> list[StoredFile]:
    """Put the bytes of each file into storage under a random key that says nothing about it; all of them, or none."""
    stored: list[StoredFile] = []
    try:
        for file in files:
            key = new_key("attachments")
            storage.put(key, file.content)
            digest = hashlib.sha256(file.content).digest()
            stored.append(
                StoredFile(key, file.filename, file.content_type, len(file.content), digest, file.inline, file.content_id)
            )
    except BaseException:
        _forget(storage, stored)
        raise
    return stored


@contextmanager
def stored(storage: Storage, files: Iterable[File]) -> Iterator[list[StoredFile]]:
    """Files that are stored for a block that lets a message own them, and deleted when it raises: no row names them then.

    The transaction must be of the block. After TryLater they stay: the database may have died when it had committed already.
    """
    kept = store(storage, files)
    try:
        yield kept
    except TryLater:
        raise
    except BaseException:
        _forget(storage, kept)
        raise


def attach(session: Session, ticket_number: int, comment_id: int | None, files: Sequence[StoredFile]) -> list[Attachment]:
    """Let a ticket (its first message when `comment_id` is None) or a comment own stored files."""
    rows = [
        Attachment(
            ticket_number=ticket_number,
            comment_id=comment_id,
            filename=file.filename,
            content_type=file.content_type,
            size=file.size,
            sha256=file.sha256,
            storage_key=file.key,
            inline=file.inline,
            content_id=file.content_id,
        )
        for file in files
    ]
    session.add_all(rows)
    session.flush()
    return rows


def of_ticket(session: Session, ticket_number: int) -> list[Attachment]:
    """Every file of a ticket, oldest first."""
    wanted = select(Attachment).where(Attachment.ticket_number == ticket_number).order_by(Attachment.created_at, Attachment.id)
    return list(session.scalars(wanted))


def _forget(storage: Storage, stored: Iterable[StoredFile]) -> None:
    for one in stored:
        storage.delete(one.key)
