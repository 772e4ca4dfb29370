"""Which files are shown as pictures in a thread, and which are files like any other: asked before a browser unpacks one."""

from __future__ import annotations

from helpdesk.errors import NotFound, TryLater
from helpdesk.storage import Storage

TYPES = frozenset(("image/png", "image/jpeg", "image/jpg", "image/gif", "image/webp"))
LARGEST = 5 * 1024 * 1024  # octets
MOST_PIXELS = 40_000_000  # unpacked they are four octets each, whatever few octets they came in
HEAD = 256 * 1024  # octets in which a picture says how large it is; before that a JPEG may hold a small copy and colours
_WITHOUT_LENGTH = frozenset((0x01, *range(0xD0, 0xD9)))  # markers of JPEG that stand alone
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # those that say how large it is


def is_shown(storage: Storage, key: str, content_type: str, size: int) -> bool:
    """A stored file is shown when it is of a type that browsers show, 5 MiB at most, and 40 megapixels by its own words."""
    if content_type not in TYPES or size > LARGEST:
        return False
    try:
        with storage.opened(key) as file:
            return is_small(file.read(HEAD))
    except (NotFound, TryLater, OSError):
        return False


def is_small(head: bytes) -> bool:
    """Whether these octets begin a picture of 40 megapixels at most: one that does not say how large it is, is not shown."""
    found = measured(head)
    return found is not None and 0 < found[0] * found[1] <= MOST_PIXELS


def measured(head: bytes) -> tuple[int, int] | None:
    """Width and height that a PNG, JPEG, GIF or WebP names in its header; None for anything else.

    PNG section 11.2.2, ITU-T T.81 B.2.2, GIF89a section 18, RFC 9649 section 2.
    """
    if head[:8] == b"\x89PNG\r\n\x1a\n" and head[12:16] == b"IHDR" and len(head) >= 24:
        return _big(head[16:20]), _big(head[20:24])
    if head[:6] in (b"GIF87a", b"GIF89a") and len(head) >= 10:
        return _little(head[6:8]), _little(head[8:10])
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP" and len(head) >= 30:
        return _webp(head[12:16], head[20:30])
    return _jpeg(head) if head[:2] == b"\xff\xd8" else None


def _webp(kind: bytes, data: bytes) -> tuple[int, int] | None:
    if kind == b"VP8X":
        return _little(data[4:7]) + 1, _little(data[7:10]) + 1
    if kind == b"VP8L" and data[0] == 0x2F:
        bits = _little(data[1:5])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and data[3:6] == b"\x9d\x01\x2a":
        return _little(data[6:8]) & 0x3FFF, _little(data[8:10]) & 0x3FFF
    return None


def _jpeg(head: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(head) and head[at] == 0xFF:
        marker = head[at + 1]
        if marker in _FRAMES:
            return _big(head[at + 7 : at + 9]), _big(head[at + 5 : at + 7])
        if marker == 0xFF:  # a filling octet
            at += 1
        elif marker in _WITHOUT_LENGTH:
            at += 2
        else:
            at += 2 + max(2, _big(head[at + 2 : at + 4]))
    return None


def _big(octets: bytes) -> int:
    return int.from_bytes(octets, "big")


def _little(octets: bytes) -> int:
    return int.from_bytes(octets, "little")
