"""The fields of one MIME part: its parameters and the file name that is safe to show (RFC 2183, RFC 2231).

What is not here: what the part is good for (`mime_parts`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.message import Message
from urllib.parse import unquote_to_bytes

from mail_ingest.parsing import charsets, header_fields

EXTENSIONS = {
    "text/plain": ".txt", "text/html": ".html", "text/calendar": ".ics", "text/csv": ".csv", "text/vcard": ".vcf", "text/x-vcard":
    ".vcf", "text/rfc822-headers": ".txt", "image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp",
    "image/tiff": ".tiff", "image/bmp": ".bmp", "application/pdf": ".pdf", "application/zip": ".zip", "application/ms-tnef":
    ".dat", "application/pkcs7-signature": ".p7s", "application/x-pkcs7-signature": ".p7s", "application/pkcs7-mime": ".p7m",
    "application/x-pkcs7-mime": ".p7m", "application/pgp-signature": ".asc", "application/pgp-encrypted": ".txt",
    "application/pgp-keys": ".asc", "application/ics": ".ics", "message/delivery-status": ".txt", "message/feedback-report":
    ".txt", "message/disposition-notification": ".txt", "audio/mpeg": ".mp3", "video/mp4": ".mp4",
}  # fmt: skip
_TYPES = {extension: kind for kind, extension in reversed(EXTENSIONS.items())}
_MOST_NAME = 180
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]')
_PARAMETER = re.compile(r';\s*+([^\s=;]{1,100})\s*+=\s*+("(?:[^"\\]++|\\.)*+"?|[^;]*+)', re.DOTALL)
# Only these are escapes in the wild; a backslash before a letter belongs to a Windows path.
_ESCAPED = re.compile(r'\\(["\\])')


def decode_raw(part: Message, hints: Sequence[str] = ()) -> None:
    """Raw 8-bit octets in the MIME fields become text, so that the parameters can be read."""
    for name in ("content-type", "content-disposition"):
        for key, value in part.raw_items():
            if key.lower() == name and not str(value).isascii():
                part.replace_header(name, header_fields.raw_octets(str(value), hints))
                break


def file_name(part: Message, hints: Sequence[str] = ()) -> str:
    """The name that a part was given (Content-Disposition before Content-Type), decoded to one line but not yet safe; or ""."""
    for field_name, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        name = parameters(part, field_name, hints).get(parameter)
        if name:
            return header_fields.one_line(name, hints)
    return ""


def parameters(part: Message, field_name: str, hints: Sequence[str] = ()) -> dict[str, str]:
    """Parameters of a MIME field, names in lower case; RFC 2231 continuations joined and charsets decoded."""
    value = str(part.get(field_name) or "")
    if ";" not in value:
        return {}
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[bool, str]]] = {}
    for found in _PARAMETER.finditer(value[:65_536]):
        name, text = found[1].lower(), found[2].strip()
        if text[:1] == '"':
            text = _ESCAPED.sub(r"\1", text[1:].removesuffix('"'))
        section = re.fullmatch(r"([^*]+)\*(?:(\d{1,3})(\*)?)?", name)
        if section is None:
            plain.setdefault(name, re.sub(r"\r?\n[ \t]?", "", text))
        else:
            encoded = section[2] is None or section[3] is not None
            pieces.setdefault(section[1], {}).setdefault(int(section[2] or 0), (encoded, text))
    for name, numbered in pieces.items():
        plain[name] = _joined(numbered, hints)
    return plain


def _joined(numbered: dict[int, tuple[bool, str]], hints: Sequence[str]) -> str:
    charset: str | None = None
    octets = b""
    for number in sorted(numbered):
        encoded, text = numbered[number]
        if encoded and charset is None and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        octets += unquote_to_bytes(text) if encoded else text.encode("utf-8", "surrogateescape")
    return charsets.decode(octets, charset or None, hints)[0]


def safe_filename(name: str) -> str:
    """A name to show and to offer for download: no path, no control or invisible character, at most 180 octets; or ""."""
    name = charsets.clean_line(name.replace("\x00", ""))
    name = re.split(r"[\\/]", name)[-1] if not name.endswith(("/", "\\")) else name
    name = _UNSAFE.sub("_", name).strip(" ").lstrip(".").strip()
    if not name.strip("_. "):
        return ""
    octets = name.encode()
    if len(octets) <= _MOST_NAME:
        return name
    stem, dot, extension = name.rpartition(".")
    extension = dot + extension if stem and len(extension.encode()) <= 16 else ""
    keep = octets[: _MOST_NAME - len(extension.encode())].decode("utf-8", "ignore")
    return keep + extension


def type_of(name: str) -> str:
    """The content type that a file's name suggests, for a file that came without one."""
    return _TYPES.get("." + name.rpartition(".")[2].lower(), "application/octet-stream")


def content_id_in(value: str) -> str | None:
    """The content id that a field holds, without its angles (RFC 2392), or None."""
    return re.split("[<>]", charsets.clean_line(value).strip("<> "))[0].strip() or None
