"""Whose mail an agent forwarded: the attached mail first, else the header block that the program printed, in the known languages.

What is not here: whether this mail is to be taken as a forward (route), and what is made of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from mail_ingest import parse
from mail_ingest.mail import Address, Forwarded, ParsedMail
from mail_ingest.parsing import caps
from mail_ingest.parsing.mailboxes import LONGEST_ADDRESS
from mail_ingest.parsing.mime_parts import BORROWED_TEXT
from mail_ingest.quotes import marks as quote_marks
from mail_ingest.quotes import signatures
from mail_ingest.quotes.evidence import has_address
from mail_ingest.quotes.header_block import HeaderBlock, fields_of, header_block
from mail_ingest.quotes.languages import fold
from mail_ingest.quotes.marks import Mark

# "Fw:" and its sisters, as mail programs write them in subjects. "R:" and "I:" (Italian) are kept to the forward.
PREFIXES = frozenset(
    fold(
        "fw|fwd|wg|tr|rv|enc|i|doorst|vs|vb|vl|vid|videres|pd|továbbítás|tov|ilt|i̇lt|yml|πρθ|转发|転送|轉寄|轉發|전달|präp|přep|redir"
        "|перенапр|пересл|הועבר|إعادة توجيه|chuyển tiếp|fs"
    ).split("|")
)
ALSO_REPLIES = frozenset({"vs"})
_REPLY_MARKS = (
    "re|aw|antw|sv|rif|odp|ynt|res|ref|réf|atb|bls|ris|αν|απ|σχετ|ответ|отв|תגובה|رد|回复|回覆|答复|返信|회신|trả lời|hv|yan"
)
REPLIES = frozenset(fold(_REPLY_MARKS).split("|")) - PREFIXES


def original(mail: ParsedMail) -> Forwarded | None:
    """The original sender, subject and text of a forward, or None where the mail is none.

    A forward has a mail attached (message/rfc822), a banner ("---------- Forwarded message ----------") or a subject that begins
    with "Fw:" or its like, and then a printed sender. A header block alone is what every reply has.
    """
    return _attached(mail) or _printed(mail)


def passes_on(mail: ParsedMail) -> bool:
    """Is this mail a forward to us: its subject says so ("Fw: ...", "... (fwd)"), and another mail is in it, attached or printed?

    A reply is none, whatever it has attached or quotes. Finnish replies begin with "VS:", which elsewhere marks a forward: there
    a banner or an attached mail must say so too.
    """
    if not is_forward_subject(mail.subject) and not mail.subject.rstrip().lower().endswith("(fwd)"):
        return False
    if any(one.content_type == "message/rfc822" or one.filename.lower().endswith(".eml") for one in mail.attachments):
        return True
    lines = mail.text.replace("\r\n", "\n").split("\n")
    marks = quote_marks.mark(lines)
    if any(mark is Mark.FORWARD or _quoted_banner(line, mark) for line, mark in zip(lines, marks, strict=True)):
        return True
    return Mark.HEADER in marks and _prefix(mail.subject) not in ALSO_REPLIES


def handed_over(mail: ParsedMail) -> Forwarded | None:
    """What an agent hands over with this mail: `original`, unless its subject says that it is a reply.

    Wider than `passes_on`, since an agent may give the mail another subject: an attached mail or a banner is enough.
    """
    prefix = _prefix(mail.subject)
    if prefix in REPLIES or (prefix in ALSO_REPLIES and not passes_on(mail)):
        return None
    return original(mail)


def bare_subject(subject: str) -> str:
    """The subject without the marks of a forward: "Fw: WG: [Fwd: Printer] (fwd)" is "Printer"."""
    bare = subject.strip()
    while is_forward_subject(bare):
        bracketed = bare.startswith("[")
        bare = bare.replace("：", ":", 1).partition(":")[2].strip()
        bare = bare.removesuffix("]").rstrip() if bracketed else bare
    return bare[: -len("(fwd)")].rstrip() if bare.lower().endswith("(fwd)") else bare


def is_forward_subject(subject: str) -> bool:
    """Does the subject begin with "Fw:" in some language?"""
    return _prefix(subject) in PREFIXES


def _prefix(subject: str) -> str:
    """What stands before the first colon, "" where there is none."""
    prefix, colon, _ = fold(subject).replace("：", ":").partition(":")
    return prefix.strip(" []") if colon else ""


def _attached(mail: ParsedMail) -> Forwarded | None:
    for place, attachment in enumerate(mail.attachments):
        if attachment.content_type != "message/rfc822" and not attachment.filename.lower().endswith(".eml"):
            continue
        if caps.exceeded(attachment.content) is not None:
            continue
        inner = parse.parse(attachment.content)
        sender = next(iter(inner.senders), None)
        if sender is None or not sender.address:
            continue
        # without a text of its own the forward shows the attached mail's, and that holds nobody's words but its sender's
        own = "" if BORROWED_TEXT in mail.defects else mail.text
        words, _ = signatures.split(own.split("\n"), mail.sender.name if mail.sender else "")
        return Forwarded(
            sender=sender,
            subject=inner.subject,
            text=inner.text,
            words=_joined(words),
            found_by="attached",
            date=inner.first("date") or "",
            to=inner.first("to") or "",
            html=inner.html,
            message_id=inner.message_id,
            attachments=inner.attachments,
            place=place,
        )
    return None


def _printed(mail: ParsedMail) -> Forwarded | None:
    lines = mail.text.replace("\r\n", "\n").split("\n")
    marks = quote_marks.mark(lines)
    banner = next((i for i, mark in enumerate(marks) if mark is Mark.FORWARD or _quoted_banner(lines[i], mark)), None)
    if banner is None and not is_forward_subject(mail.subject):
        return None
    start = 0 if banner is None else banner + 1
    below = lines if banner is None else [_unquoted(line) for line in lines[start:]]
    found = _first_block(below, alone=banner is not None)
    if found is None:
        return None
    sender = _mailbox(found.values["sender"])
    if not sender.name and not sender.address:
        return None
    above = lines[: found.first if banner is None else banner]
    while above and (not above[-1].strip() or marks[len(above) - 1] in {Mark.RULE, Mark.BANNER}):
        above.pop()
    words, _ = signatures.split(above, mail.sender.name if mail.sender else "")
    return Forwarded(
        sender=sender,
        subject=found.values.get("subject", ""),
        text=_joined(below[found.last :]),
        words=_joined(words),
        found_by="header block",
        date=found.values.get("sent") or found.values.get("date", ""),
        to=found.values.get("to", ""),
        # the common clients name the mail that they forward as if they answered it
        message_id=next(iter((*mail.in_reply_to, *reversed(mail.references))), None),
    )


def _quoted_banner(line: str, mark: Mark) -> bool:
    return mark is Mark.QUOTED and quote_marks.begins_forward(line)


def _unquoted(line: str) -> str:
    bare = line.lstrip()
    return bare[1:].removeprefix(" ") if bare.startswith(">") else line


def _first_block(lines: Sequence[str], *, alone: bool) -> HeaderBlock | None:
    """The first header block; `alone` (below a banner): a printed sender with an address is enough."""
    fields = [fields_of(line) for line in lines]
    for i, printed in enumerate(fields):
        if not printed:
            continue
        if (block := header_block(lines, i, fields)) is not None:
            return block
        kind, value = printed[0]
        if alone and kind == "sender" and has_address(value):
            return HeaderBlock(i, i + 1, {"sender": value})
    return None


def _mailbox(printed: str) -> Address:
    """A printed mailbox: "Jane Doe <jane@x>", "jane@x [mailto:jane@x]", "Jane Doe (jane@x)", "Jane Doe"."""
    text = printed.replace("[mailto:", "<").replace("<mailto:", "<").replace("]", ">")
    words = text.replace("<", " <").replace("(", " (").split()
    address = next((bare for word in words if "@" in (bare := word.strip("<>()[]\"',;")) and "." in bare.partition("@")[2]), "")
    name = " ".join(word for word in words if "@" not in word and word.strip("<>()[]\"',;")).strip("\"' <>*,")
    local, _, domain = address.rpartition("@")
    # no index takes what somebody may print there without end (RFC 5321 section 4.5.3.1)
    return Address(name, f"{local}@{domain.lower()}" if 0 < len(address) <= LONGEST_ADDRESS else "")


def _joined(lines: Sequence[str]) -> str:
    return "\n".join(line.rstrip() for line in lines).strip("\n")
