"""Address fields to mailboxes: strict about who wrote, lenient about who is in copy.

mail-parser finds the structure; what it gives up is looked at once more here, and taken only where one reading is possible.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from mailparser.utils import get_addresses

from helpdesk.addressing import without_batv
from mail_ingest.mail import Address
from mail_ingest.parsing import charsets, header_fields

MOST_ADDRESSES = 500
LONGEST_ADDRESS = 320  # characters (RFC 5321 section 4.5.3.1: 64, @ and 255)
_MOST_NAME = 300
_QUOTED = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_COMMENT = re.compile(r"\([^()]*+\)")
_ANGLED = re.compile(r"<[ \t]*+([^<>@,;:\"()\[\]\\\s]++@[^<>@,;:\"()\[\]\\\s]++)[ \t]*+(?:>|$)")
_BARE = re.compile(r"[^<>@,;:\"()\[\]\\\s]++@[^<>@,;:\"()\[\]\\\s]++")
_IN_NAME = re.compile(r"[^\s<>@\"'(),;:]+@[^\s<>@\"'(),;:]+")
# What mail-parser reports though the mailbox and its name are certain.
_HARMLESS = {"overlong-encoded-word", "structural-recovery", "invalid-display-name"}


def senders(values: list[str], hints: Sequence[str] = ()) -> tuple[tuple[Address, ...], list[str]]:
    """A mail was written by the one mailbox of its one From field; whatever else stands there is a defect (RFC 5322 section 3.6.2).

    Returns all mailboxes of all From fields and the defects, each beginning with "from-", or "two-from-fields": with any of them
    the sender is not to be believed. A quoted, commented or encoded address beside the real one is never a mailbox. A BATV tag
    says nothing of who wrote.
    """
    if not values:
        return (), ["from-missing"]
    defects = ["two-from-fields"] if len(values) > 1 else []
    found: list[Address] = []
    for value in values:
        mailboxes, problems = read(value, hints)
        defects += problems
        found += mailboxes
        bare = _structure(value)
        if ":" in re.sub(r"<[^<>]*>?", "", bare):
            defects.append("from-holds-group")
        if any("@" in comment for comment in _comments(value)):
            defects.append("from-comment-holds-address")
        for mailbox in mailboxes:
            others = {found.lower() for found in _IN_NAME.findall(mailbox.name)} - {mailbox.address.lower()}
            if others and "@" in bare.split("<", 1)[0]:
                defects.append("from-name-holds-address")
    if len(found) > 1:
        defects.append("from-has-several-mailboxes")
    if not found:
        defects.append("from-without-mailbox")
    plain = tuple(Address(one.name, without_batv(one.address)) for one in found)
    return plain, [_sender_defect(defect) for defect in dict.fromkeys(defects)]


def recipients(values: Iterable[str], hints: Sequence[str] = ()) -> tuple[tuple[Address, ...], list[str]]:
    """All mailboxes of To, Cc or Reply-To fields in order, members of groups included; at most 500."""
    found: list[Address] = []
    defects: list[str] = []
    for value in values:
        mailboxes, problems = read(value, hints)
        found += mailboxes
        defects += problems
    return tuple(found[:MOST_ADDRESSES]), defects


def read(value: str, hints: Sequence[str] = ()) -> tuple[list[Address], list[str]]:
    """The mailboxes of one field value, and what was wrong with it: "mailbox-malformed" or "display-name-malformed".

    An item that mail-parser rejects counts if it holds exactly one "@", in an angle or alone: then only one reading exists.
    """
    text = header_fields.canonical_words(_unfolded(value, hints))
    if not text.strip():
        return [], []
    pairs, problems = _structured(text)
    found: list[Address] = []
    defects: list[str] = []
    for name, address in pairs:
        mailbox = _mailbox(name, address)
        if mailbox is None:
            defects.append("mailbox-malformed")
        else:
            found.append(mailbox)
    lost_names: list[str] = []
    for problem in problems:
        defect, rescued = _second_look(problem)
        if defect:
            defects.append(defect)
        if rescued is not None:
            found.append(rescued)
        if defect == "display-name-malformed" and not problem["recovered"]:
            lost_names.append(problem["raw"].strip())
    if lost_names and len(found) == 1 and _structure(text).count("@") == 1:
        name = charsets.clean_line(", ".join(filter(None, [*map(header_fields.one_line, lost_names), found[0].name])))
        found = [Address(name, found[0].address)]
    return found, defects


def _structured(text: str) -> tuple[list[tuple[str, str]], list[dict[str, Any]]]:
    """mail-parser's (name, address) pairs and its diagnostics; semicolons between mailboxes are commas to some programs."""
    problems: list[dict[str, Any]] = []
    pairs = [pair for pair in get_addresses(text, defects=problems, decode_names=True) if pair[1]]
    if problems and ";" in text and ":" not in text:
        again: list[dict[str, Any]] = []
        more = [pair for pair in get_addresses(text.replace(";", ","), defects=again, decode_names=True) if pair[1]]
        if len(more) > len(pairs):
            return more, again
    return pairs, problems


def _second_look(problem: dict[str, Any]) -> tuple[str | None, Address | None]:
    """What one diagnostic of mail-parser means to us: (defect or None, the mailbox that it gave up or None)."""
    reasons = set(problem["reason"].split(","))
    if problem["recovered"]:
        if reasons - _HARMLESS:
            return "mailbox-malformed", None
        return ("display-name-malformed" if "invalid-display-name" in reasons else None), None
    if "@" not in _structure(problem["raw"]) and "<" not in problem["raw"]:
        return "display-name-malformed", None
    return "mailbox-malformed", _only_reading(problem["raw"])


def _unfolded(value: str, hints: Sequence[str]) -> str:
    """One line with its raw octets decoded; encoded words stay, and controls too, so that nothing is joined to an address."""
    return re.sub(r"\r?\n[ \t]*|\r", " ", header_fields.raw_octets(value, hints))


def _structure(value: str) -> str:
    """The field without quoted strings and comments: what is left holds the mailboxes."""
    value = _QUOTED.sub(" ", value)
    for _ in range(3):
        value, changed = _COMMENT.subn(" ", value)
        if not changed:
            break
    return value


def _comments(value: str) -> list[str]:
    return _COMMENT.findall(_QUOTED.sub(" ", value))


def _mailbox(name: str, address: str) -> Address | None:
    local, _, domain = address.rpartition("@")
    if not local or not domain or charsets.has_invisible(address) or "=?" in address or len(address) > LONGEST_ADDRESS:
        return None
    shown = header_fields.one_line(name) if "=?" in name else charsets.clean_line(name)
    if shown[:1] in {'"', "'"} and shown[:1] == shown[-1:]:
        shown = shown.strip("\"' ")
    # ASCII only: Unicode's lower case makes a Latin k of the Kelvin sign, and another domain of this one.
    domain = "".join(c.lower() if c.isascii() else c for c in domain.rstrip("."))
    return Address(shown[:_MOST_NAME], f"{local}@{domain}")


def _only_reading(raw: str) -> Address | None:
    if _structure(raw).count("@") != 1 or raw.count("@") != 1:
        return None
    angled = _ANGLED.search(raw)
    if angled:
        if raw[angled.end() :].strip():
            return None
        return _mailbox(header_fields.one_line(raw[: angled.start()]).strip('" '), angled[1])
    bare = raw.strip(" \t\r\n<>;,'")
    return _mailbox("", bare) if _BARE.fullmatch(bare) else None


def _sender_defect(defect: str) -> str:
    return "from-mailbox-malformed" if defect == "mailbox-malformed" else defect
