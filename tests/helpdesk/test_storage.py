from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from helpdesk.errors import NotFound, TryLater
from helpdesk.storage import Storage, new_key


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(tmp_path / "not yet there" / "files")


def _files(storage: Storage) -> list[Path]:
    return [path for path in storage.directory.rglob("*") if path.is_file()]


def test_what_was_put_is_there_until_it_is_deleted(storage: Storage) -> None:
    key = new_key("attachments")
    storage.put(key, b"\x00\xff" * 100_000)
    assert storage.get(key) == b"\x00\xff" * 100_000
    with storage.opened(key) as file:
        assert file.read(2) == b"\x00\xff"
    storage.delete(key)
    storage.delete(key)
    with pytest.raises(NotFound):
        storage.get(key)


def test_putting_again_replaces(storage: Storage) -> None:
    key = new_key("raw")
    storage.put(key, b"first")
    storage.put(key, b"second")
    assert storage.get(key) == b"second"
    assert len(_files(storage)) == 1


def test_keys_are_random_and_only_we_may_read_the_files(storage: Storage) -> None:
    keys = {new_key("raw") for _ in range(100)}
    assert len(keys) == 100
    for key in keys:
        storage.put(key, b"x")
    for path in storage.directory.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o600 if path.is_file() else 0o700)


@pytest.mark.parametrize(
    "key",
    [
        "../../etc/passwd",
        "raw/../../x",
        "/etc/passwd",
        "raw/" + "a" * 31,
        "raw/" + "A" * 40,
        "raw/" + "a" * 40 + "/x",
        "raw/" + "a" * 40 + "\n",
        "a" * 40,
        "",
    ],
)
def test_what_is_no_key_of_ours_is_never_a_path(storage: Storage, key: str) -> None:
    for use in (storage.get, storage.opened, storage.delete):
        with pytest.raises(ValueError, match="not a key"):
            use(key)
    with pytest.raises(ValueError, match="not a key"):
        storage.put(key, b"x")


@pytest.mark.parametrize("call", ["open", "fsync", "rename"])
def test_a_disk_that_fails_leaves_no_file_and_says_try_later(storage: Storage, call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """F12, F13: a full disk or a failed fsync is never taken for success, and heals by itself."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC if call == "open" else errno.EIO, "the disk says no")

    key = new_key("attachments")
    with monkeypatch.context() as broken:
        if call == "rename":
            broken.setattr(Path, "rename", fail)
        else:
            broken.setattr(os, "fsync" if call == "fsync" else "open", fail)
        with pytest.raises(TryLater):
            storage.put(key, b"x" * 1000)
    assert _files(storage) == []
    storage.put(key, b"healed")
    assert storage.get(key) == b"healed"


def test_the_file_is_on_the_disk_before_its_name_and_its_name_before_we_say_so(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.put("raw/" + "a" * 40, b"the directory exists now")
    steps: list[str] = []
    fsync, rename = os.fsync, Path.rename

    def watched_fsync(descriptor: int) -> None:
        steps.append("directory" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    def watched_rename(self: Path, target: Path) -> Path:
        steps.append("name")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(Path, "rename", watched_rename)
    storage.put("raw/" + "a" * 39 + "b", b"x")
    assert steps == ["file", "name", "directory"]
