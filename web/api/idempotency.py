"""A POST with an Idempotency-Key is done once: the same key gets the same answer again, with another body it is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from typing import Annotated, Any, TypeVar

from fastapi import Header
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy import Select, select, update
from sqlalchemy.dialects.postgresql import insert

from helpdesk.attachments import File
from helpdesk.errors import Refused
from helpdesk.models import IdempotencyKey
from web.deps import Desk

Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]
Stored = TypeVar("Stored")
REPLAYED = "Idempotent-Replayed"


class _Again(Exception):
    """Another request with this key was faster: what it was answered."""

    def __init__(self, answer: JSONResponse) -> None:
        super().__init__()
        self.answer = answer


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
    unkept: Collection[str] = (),
) -> JSONResponse:
    """Do `work` and answer with what it gives, unless this key did it before: then answer what was answered then.

    The key is written in the transaction of the change, so either both are there or neither; two requests at the same time wait for
    each other. `what` names the address asked, `by` whoever asks when nobody is signed in. The fields `unkept` are secrets: they
    are answered once, and null the second time.
    """
    if key is None:
        return JSONResponse(work(), status)
    scope = _scope(desk, what, by)
    claimed = desk.session.execute(
        insert(IdempotencyKey)
        .values(scope=scope, key=key, person_id=desk.viewer.person_id, request_hash=_digest(body, files), status=0, body={})
        .on_conflict_do_nothing()
        .returning(IdempotencyKey.key)
    ).scalar()
    if claimed is None:
        return _again(desk.session.scalars(_row(scope, key)).one(), body, files)
    answer = work()
    kept = {name: None if name in unkept else value for name, value in answer.items()}
    desk.session.execute(
        update(IdempotencyKey).where(IdempotencyKey.scope == scope, IdempotencyKey.key == key).values(status=status, body=kept)
    )
    return JSONResponse(answer, status)


def once_with_files(
    desks: Callable[[], AbstractContextManager[Desk]],
    key: str | None,
    what: str,
    body: BaseModel,
    files: Sequence[File],
    look: Callable[[Desk], AbstractContextManager[Stored]],
    act: Callable[[Desk, Stored], dict[str, Any]],
    *,
    by: str = "",
) -> JSONResponse:
    """`once` for what comes with files: look, store, act, and no transaction is open while bytes move.

    `look` refuses what is refused already, and gives what stores the files and deletes them when it is left with an error. What it
    writes (a limit that was spent) is committed whatever comes.
    """
    with desks() as desk:
        found = desk.session.scalar(_row(_scope(desk, what, by), key)) if key is not None else None
        if found is not None:
            return _again(found, body, files)
        storing = look(desk)
    try:
        with storing as stored, desks() as desk:
            # a second one with this key waits here for the first, and its files are of no use then
            if (answer := once(desk, key, what, body, files, lambda: act(desk, stored), by=by)).headers.get(REPLAYED):
                raise _Again(answer)
            return answer
    except _Again as again:
        return again.answer


def _row(scope: str, key: str) -> Select[IdempotencyKey]:
    return select(IdempotencyKey).where(IdempotencyKey.scope == scope, IdempotencyKey.key == key)


def _again(row: IdempotencyKey, body: BaseModel, files: Sequence[File]) -> JSONResponse:
    if row.request_hash != _digest(body, files):
        raise Refused("This Idempotency-Key was used for another request.", "Idempotency-Key")
    return JSONResponse(row.body, row.status, {REPLAYED: "true"})


def _scope(desk: Desk, what: str, by: str) -> str:
    return f"{what} {f'person {desk.person.id}' if desk.person else f'anonymous {by}'}"


def _digest(body: BaseModel, files: Sequence[File]) -> bytes:
    whole = hashlib.sha256(body.model_dump_json().encode())
    for file in files:
        whole.update(hashlib.sha256(file.filename.encode() + b"\0" + file.content).digest())
    return whole.digest()
