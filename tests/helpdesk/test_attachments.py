"""Files are stored before the transaction of their message, and leave no trace when it fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest

from helpdesk import attachments
from helpdesk.attachments import File
from helpdesk.errors import Refused, TryLater
from helpdesk.storage import Storage

FILES = [File("a.txt", "text/plain", b"a"), File("b.txt", "text/plain", b"b")]


@pytest.fixture
def storage(settings: Any) -> Storage:
    return Storage(settings.data_dir / "files")


def kept(storage: Storage) -> int:
    return sum(one.is_file() for one in storage.directory.rglob("*"))


# whether the database had committed before it went away, nobody knows
@pytest.mark.parametrize(("error", "left"), [(None, 2), (Refused("no"), 0), (KeyError("crash"), 0), (TryLater("away"), 2)])
def test_files_are_deleted_when_their_block_fails(storage: Storage, error: Exception | None, left: int) -> None:
    expected: AbstractContextManager[Any] = nullcontext() if error is None else pytest.raises(type(error))
    with expected, attachments.stored(storage, FILES) as files:
        assert [storage.get(one.key) for one in files] == [b"a", b"b"]
        if error is not None:
            raise error
    assert kept(storage) == left


def test_all_are_stored_or_none(storage: Storage) -> None:
    def coming() -> Iterator[File]:
        yield FILES[0]
        raise TryLater("the second one cannot be read")

    with pytest.raises(TryLater):
        attachments.store(storage, coming())
    assert kept(storage) == 0
