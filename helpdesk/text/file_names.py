"""Names of files that strangers send: fit to be shown and offered for download, never used as a path."""

from __future__ import annotations

import re
import unicodedata

MOST_OCTETS = 180
_RESERVED = re.compile(r'[<>:"|?*\x00-\x1f\x7f]')


def shown_name(name: str) -> str:
    """One line without path, reserved or invisible characters, at most 180 octets with its extension kept; "file" for nothing."""
    name = re.split(r"[\\/]", name.rstrip("\\/ "))[-1]
    name = "".join("" if unicodedata.category(one) in ("Cf", "Cc", "Cs", "Co", "Zl", "Zp") else one for one in name)
    name = _RESERVED.sub("_", " ".join(name.split())).lstrip(".").strip()
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension.encode()) > 16:
        stem, dot, extension = name, "", ""
    room = MOST_OCTETS - len((dot + extension).encode())
    return (stem.encode()[:room].decode("utf-8", "ignore").strip() + dot + extension) or "file"
