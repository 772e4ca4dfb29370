"""Which files of an agent's mail go to the requester: not what programs add by themselves, and nothing that names a key of ours.

What is left out stays in the raw mail, for staff.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from helpdesk.attachments import StoredFile
from mail_ingest.mail import Attachment
from mail_ingest.quotes import html_cut
from mail_ingest.staff import quoting
from mail_ingest.staff.desk import Desk

# parts that mail programs add by themselves: they carry the agent's own address, or the whole mail once more
PERSONAL = frozenset(
    {
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pkcs7-mime",
        "application/x-pkcs7-mime",
        "application/pgp-signature",
        "application/pgp-encrypted",
        "application/pgp-keys",
        "application/ms-tnef",
        "application/vnd.ms-tnef",
        "text/vcard",
        "text/x-vcard",
        "text/directory",
    }
)
_PERSONAL_NAMES = (".vcf", ".p7s", ".p7m", ".p7c", ".asc", "winmail.dat")
_TEXTS = ("text/", "message/")
_TEXT_NAMES = (".eml", ".msg", ".mht", ".mhtml", ".htm", ".html", ".txt", ".mbox", ".rtf")
_MOST_SEARCHED = 20_000_000  # octets
_ENCODED = re.compile(rb"(?:[A-Za-z0-9+/]{40,100}\r?\n)+[A-Za-z0-9+/]{0,100}={0,2}")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What goes out, and the names of what does not; `unsure`: an image of them may have been meant for the requester."""

    files: tuple[StoredFile, ...]
    left_out: tuple[str, ...] = ()
    unsure: bool = False


def is_personal(file: StoredFile) -> bool:
    """Is it a part that a mail program adds: a signature, a key, a business card, the mail in a form of its own?"""
    return file.content_type.lower() in PERSONAL or file.filename.lower().endswith(_PERSONAL_NAMES)


def for_the_public(desk: Desk, text: str) -> Chosen:
    """The files that go with this public text: an image of the mail's HTML only where it stands in what is posted.

    Raises Refused where a file, such as a mail of ours, names a reply address or a link that is somebody's key.
    """
    shown = _shown_html(desk, text)
    going: list[StoredFile] = []
    left_out: list[str] = []
    unsure = False
    for at, file in enumerate(desk.incoming.files):
        picture = file.inline and file.content_id and desk.incoming.mail.html
        if is_personal(file) or (picture and not (shown and f"cid:{file.content_id}".lower() in shown)):
            left_out.append(file.filename)
            unsure = unsure or bool(picture and shown is None)
        else:
            _refuse_keys(desk, file, desk.incoming.mail.attachments[at : at + 1])
            going.append(file)
    return Chosen(tuple(going), tuple(left_out), unsure)


def _shown_html(desk: Desk, text: str) -> str | None:
    """The HTML of just what is posted, in lower case; None where nobody knows which part of the mail's HTML that is."""
    read = desk.incoming.text
    whole = desk.incoming.html if not read.trimmed and not read.signature else read.html
    if not text.strip():
        return ""
    part = html_cut.cut(whole or desk.incoming.html or "", text)
    return part.lower() if part is not None else None


def _refuse_keys(desk: Desk, file: StoredFile, contents: tuple[Attachment, ...]) -> None:
    if not file.content_type.lower().startswith(_TEXTS) and not file.filename.lower().endswith(_TEXT_NAMES):
        return
    for one in contents:
        octets = one.content[:_MOST_SEARCHED]
        decoded = b"\n".join(_decoded(found[0]) for found in _ENCODED.finditer(octets))
        # quoted-printable breaks lines anywhere, and the store of Outlook has two octets for each letter
        plain = b"\n".join((octets, decoded)).replace(b"=\r\n", b"").replace(b"=\n", b"").replace(b"=3D", b"=").replace(b"\0", b"")
        quoting.refuse_keys(desk, plain.decode("latin-1"), what=f"The file {file.filename}")


def _decoded(block: bytes) -> bytes:
    joined = b"".join(block.split())
    try:
        return base64.b64decode(joined[: len(joined) - len(joined) % 4])
    except binascii.Error:
        return b""
