"""What is shown as a picture: by type, octets, and the size that its own header names."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from helpdesk.storage import Storage, new_key
from helpdesk.text import pictures


def png(width: int, height: int) -> bytes:
    """The beginning of a PNG of this size."""
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII5s", 13, b"IHDR", width, height, b"\x08\x02\0\0\0")


DOT = png(1, 1)


def jpeg(width: int, height: int, *before: bytes, frame: int = 0xC0) -> bytes:
    """The beginning of a JPEG of this size, with segments before that."""
    return b"\xff\xd8" + b"".join(before) + struct.pack(">BBHBHH", 0xFF, frame, 17, 8, height, width)


def webp(kind: bytes, data: bytes) -> bytes:
    """The beginning of a WebP whose first chunk is this."""
    return b"RIFF\0\0\0\0WEBP" + kind + struct.pack("<I", len(data)) + data.ljust(10, b"\0")


A_COPY = b"\xff\xe1" + struct.pack(">H", 2 + len(jpeg(160, 120))) + jpeg(160, 120)  # as Exif holds it
WHOLE = struct.pack("<I", 639 | 479 << 14)


@pytest.mark.parametrize(
    ("head", "measures"),
    [
        (png(640, 480), (640, 480)),
        (png(640, 480)[:20], None),
        (b"GIF89a\x80\x02\xe0\x01", (640, 480)),
        (b"GIF87a\x80", None),
        (jpeg(640, 480), (640, 480)),
        (jpeg(640, 480, frame=0xC2), (640, 480)),
        (jpeg(640, 480, A_COPY), (640, 480)),
        (jpeg(640, 480, b"\xff\xff\xff\xd0", A_COPY), (640, 480)),
        (jpeg(640, 480, b"\xff\xc4\0\x03x"), (640, 480)),
        (jpeg(640, 480, b"\xff\xe0\0\0"), (640, 480)),
        (jpeg(640, 480, b"garbage"), None),
        (b"\xff\xd8\xff\xe1\xff\xff", None),
        (webp(b"VP8X", b"\0\0\0\0\x7f\x02\0\xdf\x01\0"), (640, 480)),
        (webp(b"VP8L", b"\x2f" + WHOLE), (640, 480)),
        (webp(b"VP8 ", b"\0\0\0\x9d\x01\x2a\x80\x02\xe0\x01"), (640, 480)),
        (webp(b"ALPH", b""), None),
        (b"BM\0\0\0\0", None),
        (b"<svg width='9'/>", None),
        (b"", None),
    ],
)
def test_a_picture_says_how_large_it_is(head: bytes, measures: tuple[int, int] | None) -> None:
    assert pictures.measured(head) == measures


@pytest.mark.parametrize(
    ("content_type", "content", "size", "shown"),
    [
        ("image/png", png(8000, 5000), None, True),
        ("image/png", png(8000, 5001), None, False),
        ("image/png", png(0, 10), None, False),
        ("image/jpeg", jpeg(65_535, 65_535), None, False),
        ("image/png", DOT, pictures.LARGEST, True),
        ("image/png", DOT, pictures.LARGEST + 1, False),
        ("image/svg+xml", DOT, None, False),
        ("application/pdf", DOT, None, False),
        ("image/png", b"x", None, False),
    ],
)
def test_what_a_browser_would_choke_on_is_a_file_like_any_other(
    content_type: str, content: bytes, size: int | None, shown: bool, tmp_path: Path
) -> None:
    storage, key = Storage(tmp_path), new_key("attachments")
    storage.put(key, content)
    assert pictures.is_shown(storage, key, content_type, size or len(content)) is shown


def test_a_picture_that_is_gone_is_not_shown(tmp_path: Path) -> None:
    assert not pictures.is_shown(Storage(tmp_path), new_key("attachments"), "image/png", 10)
