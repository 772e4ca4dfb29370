"""Where a signature begins: "-- ", what a telephone adds, a closing with a name, a block of contact data, a name alone.

Only the end of a text is looked at, and a line that could be a command (`#resolved`) is never taken for a signature by guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from mail_ingest.quotes.languages import fold, words
from mail_ingest.quotes.signature_languages import (
    AFTERTHOUGHTS,
    CLOSINGS,
    CONTACT_LABELS,
    DISCLAIMERS,
    MOBILE,
    MOBILE_DEVICES,
    MOBILE_ENDS,
)

MOST_SIGNATURE_LINES = 25  # below "-- "; guesses are allowed fewer
MOST_GUESSED_LINES = 12
MOST_NOTICES = 3
_LONGEST = 100

_MOBILE = tuple(word for field in MOBILE.values() for word in words(field))
_MOBILE_ENDS = tuple(words(MOBILE_ENDS))
_DEVICES = tuple(words(MOBILE_DEVICES))
_CLOSINGS = frozenset(word.strip(" ,.!") for field in CLOSINGS.values() for word in words(field))
_LONGEST_CLOSING = max(len(word.split()) for word in _CLOSINGS)
_AFTERTHOUGHTS = frozenset(words(AFTERTHOUGHTS))
_DISCLAIMERS = tuple(words(DISCLAIMERS))
_CONTACT_LABELS = frozenset(word.rstrip(".") for word in words(CONTACT_LABELS))
_PHONE = re.compile(r"[+(]?\d[\d\s()./+\-–x]{5,28}\d")
_WEB = re.compile(r"(?:<|\[)?(?:https?://|www\.)\S{3,200}")
_COMMAND = re.compile(r"\s*[#/][A-Za-z]")
_CLOSED = " ,.!;:…-–—*_~♥☺)" + "\u3001\u3002\uff0c\uff01"


def split(lines: Sequence[str], sender_name: str = "") -> tuple[list[str], list[str]]:
    """The lines without their signature, and the signature: what is left of a text never becomes empty or a bare greeting.

    The rules in order: the "-- " line (RFC 3676 section 4.3), device and app lines, then guesses: a closing, contact data, a name.
    `sender_name` is the display name of the sender, "" where none is known.
    """
    end = _content_end(lines, len(lines))
    start = end
    for rule in _RULES:
        cut = rule(lines, start, sender_name)
        if cut is not None and _says_something(lines[:cut]):
            start = _content_end(lines, cut)
    body = list(lines[:start])
    return (body, list(lines[start:end])) if start < end else (list(lines[:end]), [])


def all_signature(lines: Sequence[str], sender_name: str = "") -> bool:
    """Is the whole text (what stands below a quote) nothing but a signature?"""
    end = _content_end(lines, len(lines))
    begin = next((i for i in range(end) if lines[i].strip()), end)
    for rule in _RULES:
        cut = rule(lines, end, sender_name)
        if cut is not None:
            end = _content_end(lines, cut)
        if end <= begin:
            return True
    return False


def delimited(lines: Sequence[str]) -> int | None:
    """Where the "-- " line (RFC 3676 section 4.3) stands, with no more than a signature's length below it, or None."""
    return _delimiter(lines, len(lines), "")


def is_mobile(line: str) -> bool:
    """Is this a line that a device or an app adds ("Sent from my iPhone", "Get Outlook for iOS")?"""
    if len(line) > 200:
        return False
    text = fold(line).strip(" *_-–—<>[")
    if text.startswith(_MOBILE):
        head, comma, _ = text.partition(", ")
        return (len(text) <= _LONGEST or "http" in text) and (not comma or any(device in head for device in _DEVICES))
    return text.rstrip(" .").endswith(_MOBILE_ENDS) and any(device in text for device in _DEVICES) and len(text) < 60


def is_closing(line: str) -> bool:
    """Is the whole line a closing ("Kind regards,"), a name of up to three words after it included?"""
    if len(line) > 80 or "?" in line:
        return False
    text = fold(line).strip(_CLOSED)
    if text in _CLOSINGS:
        return True
    parts = text.split()
    for size in range(min(len(parts) - 1, _LONGEST_CLOSING), 0, -1):
        head = " ".join(parts[:size])
        rest = line.strip().split()[size:]
        if head.strip(_CLOSED) in _CLOSINGS and len(rest) <= 3:
            return head.endswith((",", "!", ".", "-")) and _name_like(" ".join(rest))
    return False


def _content_end(lines: Sequence[str], end: int) -> int:
    while end and not lines[end - 1].strip():
        end -= 1
    return end


def _says_something(lines: Sequence[str]) -> bool:
    """Is there text left, more than one line of salutation ("Hi Bob,")?"""
    left = [line.strip() for line in lines if line.strip()]
    return bool(left) and not (len(left) == 1 and left[0].endswith((",", "，", "،")) and len(left[0].split()) <= 5)


def _delimiter(lines: Sequence[str], end: int, _: str) -> int | None:
    """The first "-- " or "--" line with a tail of signature length."""
    below = 0
    found = None
    for i in range(end - 1, -1, -1):
        line = lines[i].rstrip("\r\n")
        if line.strip() in {"--", "—", "––"} and (below <= MOST_GUESSED_LINES or line == "-- "):
            found = i
        below += bool(line.strip())
        if below > MOST_SIGNATURE_LINES:
            break
    return found


def _device(lines: Sequence[str], end: int, _: str) -> int | None:
    """Device lines at the very end; a longer one may be broken in two."""
    start = end
    while start:
        content = _content_end(lines, start)
        if content and is_mobile(lines[content - 1]):
            start = content - 1
        elif content > 1 and _broken_mobile(lines[content - 2], lines[content - 1]):
            start = content - 2
        else:
            break
    return start if start < end else None


def _disclaimer(lines: Sequence[str], end: int, _: str) -> int | None:
    """The notice of a company at the very end ("If you are not the intended recipient ..."): its last paragraphs."""
    found = None
    start = end
    for _paragraph in range(MOST_NOTICES):
        stop = start
        while start and lines[start - 1].strip():
            start -= 1
        notice = fold(" ".join(lines[start:stop])[:2000])
        if start == stop or len(notice) < 60 or not any(words in notice for words in _DISCLAIMERS):
            break
        found = start
        start = _content_end(lines, start)
    return found


def _broken_mobile(first: str, second: str) -> bool:
    return bool(first.strip()) and len(second) < 60 and is_mobile(f"{first} {second}")


def _closing(lines: Sequence[str], end: int, _: str) -> int | None:
    """The first closing whose tail looks like names and contact data to the end."""
    found = None
    below = 0
    for i in range(end - 1, -1, -1):
        if not lines[i].strip():
            continue
        if is_closing(lines[i]):
            found = i
        elif not _below_closing(lines[i]):
            break
        below += 1
        if below > MOST_GUESSED_LINES:
            break
    return found


def _contact_block(lines: Sequence[str], end: int, sender_name: str) -> int | None:
    """The last paragraph, or what follows a rule, when at least two of its lines are contact data and none is a sentence."""
    contacts = 0
    above_rule = None
    i = end
    count = 0
    while i and count <= MOST_GUESSED_LINES + 6:
        line = lines[i - 1]
        text = line.strip()
        if text and not text.strip("-_=*~—– "):
            if len(text) >= 2 and contacts >= 2:
                above_rule = i - 1
            break
        if text and not _below_closing(line):
            break
        contacts += bool(text) and is_contact(text)
        count += bool(text)
        i -= 1
    if above_rule is not None:
        return above_rule
    start = end
    while start and lines[start - 1].strip():
        start -= 1
    block = lines[start:end]
    if start == 0 or len(block) > MOST_GUESSED_LINES or not all(_below_closing(line) for line in block):
        return None
    first = block[0].strip()
    named = _name_like(first) or (bool(sender_name) and fold(sender_name) == fold(first))
    return start if named and sum(is_contact(line.strip()) for line in block[1:]) >= 2 else None


def _name(lines: Sequence[str], end: int, sender_name: str) -> int | None:
    """A last line that is "- name", or the sender's own name or first name, after an empty line; or a name below "---"."""
    if end < 2:
        return None
    above = lines[end - 2].strip()
    text = lines[end - 1].strip()
    if above == "---" and _name_like(text):
        return end - 2
    if above and not _COMMAND.match(above) and (not above.endswith((".", "!", "?")) or text[:1] not in "-–—"):
        return None
    dashed = text.lstrip("-–— ")
    if dashed != text and len(dashed.split()) <= 3 and _name_like(dashed, any_case=True):
        bullets = sum(line.lstrip().startswith(("-", "–", "—", "*")) for line in lines[:end])
        return end - 1 if bullets == 1 else None
    parts = fold(sender_name).replace(",", " ").split()
    wanted = fold(dashed).strip(" ,.")
    own = bool(parts) and (wanted in {" ".join(parts), " ".join(reversed(parts))} or (wanted in parts and len(wanted) > 1))
    return end - 1 if own else None


def is_contact(text: str) -> bool:
    """Is this line a mail address, a web address, a telephone number, or one after its label ("Tel: ...")?"""
    if len(text) > _LONGEST:
        return False
    bare = fold(text).strip("<>[]()* |")
    label, colon, value = bare.partition(":")
    if not colon:
        label, colon, value = bare.partition(" ")
    if colon and label.strip(" .") in _CONTACT_LABELS and value.strip():
        return True
    if _PHONE.fullmatch(bare) or _WEB.match(bare):
        return True
    return "@" in bare and len(bare.split()) <= 3 and "." in bare.partition("@")[2]


def _below_closing(line: str) -> bool:
    """Can this line stand under a closing: short, no question, no sentence, no afterthought, no command?"""
    text = line.strip()
    if len(text) > _LONGEST or text.endswith(("?", "？")) or _COMMAND.match(line):
        return False
    first = fold(text).split(":", 1)[0].split(" ", 1)[0].rstrip(".:,")
    if first in _AFTERTHOUGHTS or text.startswith((">", "#")):
        return False
    if is_contact(text) or is_closing(line):
        return True
    if "|" in text:
        return all(_below_closing(piece) for piece in text.split("|") if piece.strip())
    parts = text.split()
    if len(parts) > 9 or (len(parts) > 4 and text.endswith((".", "!", ":", "。", "！"))):
        return False
    lower = sum(part[0].islower() for part in parts)
    return len(parts) <= 3 or (not parts[0][0].islower() and lower * 2 <= len(parts))


def _name_like(text: str, *, any_case: bool = False) -> bool:
    """One to four words that are letters, each with a capital where the script has capitals."""
    parts = text.replace(",", " ").replace(".", " ").replace("-", " ").replace("'", "").replace("’", "").split()
    if not 1 <= len(parts) <= 4 or not all(part.isalpha() for part in parts):
        return False
    return any_case or not any(part[0].islower() for part in (parts[0], parts[-1]))


_RULES: tuple[Callable[[Sequence[str], int, str], int | None], ...] = (
    _delimiter, _device, _disclaimer, _contact_block, _closing, _name, _device, _closing
)  # fmt: skip
