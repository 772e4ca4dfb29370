"""A POST with an Idempotency-Key is done once: the same key gets the same answer again, with another body it is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Annotated, Any

from fastapi import Header
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from helpdesk.attachments import File
from helpdesk.errors import Refused
from helpdesk.models import IdempotencyKey
from web.deps import Desk

Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]


def once(
    desk: Desk,
    key: str | None,
    what: str,
    body: BaseModel,
    files: Sequence[File],
    work: Callable[[], dict[str, Any]],
    *,
    by: str = "",
    status: int = 201,
) -> JSONResponse:
    """Do `work` and answer with what it gives, unless this key did it before: then answer what was answered then.

    The key is written in the transaction of the change, so either both are there or neither; two requests at the same time wait for
    each other. `what` names the address asked, `by` whoever asks when nobody is signed in.
    """
    if key is None:
        return JSONResponse(work(), status)
    scope = f"{what} {f'person {desk.person.id}' if desk.person else f'anonymous {by}'}"
    digest = _digest(body, files)
    claimed = desk.session.execute(
        insert(IdempotencyKey)
        .values(scope=scope, key=key, person_id=desk.viewer.person_id, request_hash=digest, status=0, body={})
        .on_conflict_do_nothing()
        .returning(IdempotencyKey.key)
    ).scalar()
    if claimed is None:
        return _again(desk, scope, key, digest)
    answer = work()
    desk.session.execute(
        update(IdempotencyKey).where(IdempotencyKey.scope == scope, IdempotencyKey.key == key).values(status=status, body=answer)
    )
    return JSONResponse(answer, status)


def _again(desk: Desk, scope: str, key: str, digest: bytes) -> JSONResponse:
    row = desk.session.scalars(select(IdempotencyKey).where(IdempotencyKey.scope == scope, IdempotencyKey.key == key)).one()
    if row.request_hash != digest:
        raise Refused("This Idempotency-Key was used for another request.", "Idempotency-Key")
    return JSONResponse(row.body, row.status, {"Idempotent-Replayed": "true"})


def _digest(body: BaseModel, files: Sequence[File]) -> bytes:
    whole = hashlib.sha256(body.model_dump_json().encode())
    for file in files:
        whole.update(hashlib.sha256(file.filename.encode() + b"\0" + file.content).digest())
    return whole.digest()
