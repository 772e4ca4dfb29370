"""Where files live: attachments and raw mail, as plain files below one directory. What they mean is said by rows, never by names.

A key is FOLDER/RANDOM ("attachments/5f1c..."): chosen by `new_key`, so that nothing a stranger wrote is ever part of a path.
"""

from __future__ import annotations

import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from helpdesk.errors import NotFound, TryLater

_KEY = re.compile(r"([a-z][a-z_]{0,31})/([0-9a-f]{32,64})")


def new_key(folder: str) -> str:
    """A key that nobody can guess and that says nothing but its folder."""
    return f"{folder}/{secrets.token_hex(20)}"


@dataclass(frozen=True, slots=True)
class Storage:
    """Files below `directory`, readable by this user only."""

    directory: Path

    def put(self, key: str, content: bytes) -> None:
        """The whole file is on the disk under `key` when this returns; TryLater when it cannot be, and then nothing is.

        A file that is there already is replaced at once, never mixed.
        """
        path = self._path(key)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            _make_directory(path.parent, self.directory)
            try:
                with open(draft, "xb", opener=_private) as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                draft.rename(path)
            except BaseException:
                with suppress(OSError):
                    draft.unlink()
                raise
            _sync_directory(path.parent)
        except OSError as error:
            raise TryLater("the file could not be stored") from error

    def get(self, key: str) -> bytes:
        """The bytes under `key`; NotFound when there are none, TryLater when the disk does not give them."""
        with self.opened(key) as file:
            try:
                return file.read()
            except OSError as error:
                raise TryLater("the file could not be read") from error

    def opened(self, key: str) -> BinaryIO:
        """The file under `key`, open for reading; the caller closes it. Raises as `get` does."""
        try:
            return self._path(key).open("rb")
        except FileNotFoundError:
            raise NotFound("The file is no longer kept.") from None
        except OSError as error:
            raise TryLater("the file could not be read") from error

    def delete(self, key: str) -> None:
        """Nothing is under `key` any more; a key that held nothing is no error."""
        try:
            self._path(key).unlink(missing_ok=True)
        except OSError as error:
            raise TryLater("the file could not be deleted") from error

    def _path(self, key: str) -> Path:
        found = _KEY.fullmatch(key)
        if found is None:
            raise ValueError(f"not a key of ours: {key!r}")
        folder, name = found.groups()
        return self.directory / folder / name[:2] / name  # 256 directories: none grows too long to list


def _make_directory(path: Path, root: Path) -> None:
    """Make what is missing and write its names down too: a file in a directory that a power cut forgets is lost."""
    if path.is_dir():
        return
    if path == root:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    else:
        _make_directory(path.parent, root)
        path.mkdir(mode=0o700, exist_ok=True)
    _sync_directory(path.parent)


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
