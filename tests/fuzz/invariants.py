"""What holds of every reading and every cut text, whatever the octets were."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser

from mail_ingest import classify
from mail_ingest.mail import Address, Attachment, DeliveryReport, ParsedMail, Reading, ReplyText
from mail_ingest.parsing import html_text

_RULES = {rule.__name__ for _, rule in classify.RULES} | {"no_mark_of_a_machine"}
_ACTIONS = {"failed", "delayed", "delivered", "relayed", "expanded", "complaint"}
_UNSAFE_NAME = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]')
_ACTIVE_TAGS = ", ".join(("script", "iframe", "object", "embed", "form", "meta", "base", "link", "style"))
_TARGETS = ("href", "src", "cite", "action", "background", "poster")
_ACTIVE_SCHEMES = ("javascript:", "vbscript:", "data:text")


def broken(reading: Reading) -> list[str]:
    """Every invariant that the reading breaks, as a sentence; none for a good one."""
    return [*_texts(reading), *_mail(reading.mail), *_report(reading.report), *_judged(reading)]


def broken_reply(reply: ReplyText, mail: ParsedMail) -> list[str]:
    """The same of the cut text; where there is no HTML, every word of the mail is shown, trimmed or signature."""
    found = [
        f"{name} holds what no database takes" for name in ("visible", "trimmed", "signature") if _refused(getattr(reply, name))
    ]
    if mail.text.strip() and not reply.visible.strip():
        found.append("nothing is left to show")
    lost = Counter(_words(mail.text)) - Counter(_words(" ".join((reply.visible, reply.trimmed, reply.signature))))
    if mail.html is None and lost:
        found.append(f"words are lost: {list(lost)[:3]}")
    return [*found, *_cut_html(reply)]


def _cut_html(reply: ReplyText) -> Iterator[str]:
    """The HTML of a cut reply runs nothing and says what its text says, pictures and their placeholders aside."""
    if reply.html is None:
        return
    if _refused(reply.html):
        yield "cut HTML holds what no database takes"
    if not reply.trimmed and not reply.signature:
        yield "cut HTML though nothing was cut"
    yield from _active(reply.html)
    said = _signs(html_text.render(reply.html))
    without_pictures = _signs(html_text.render(re.sub(r' alt="[^"]*"', "", reply.html)))
    if said != _signs(reply.visible) and without_pictures != _signs(re.sub(r"\[\w+:[^\[\]\n]*\]", "", reply.visible)):
        yield f"cut HTML says {said[:40]!r}, its text {reply.visible[:40]!r}"


def _signs(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def _texts(reading: Reading) -> Iterator[str]:
    for name, text in _all_texts(reading):
        if _refused(text):
            yield f"{name} holds what no database takes"
    for name, text in _lines(reading.mail):
        if re.search(r"[\r\n]", text):
            yield f"{name} is more than one line"


def _refused(text: str) -> bool:
    return "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text)


def _all_texts(reading: Reading) -> Iterator[tuple[str, str]]:
    mail = reading.mail
    yield from (
        ("text", mail.text),
        ("raw HTML", mail.html or ""),
        ("HTML", reading.html or ""),
        ("reason", reading.verdict.reason),
    )
    yield from _lines(mail)
    if reading.report:
        yield "original id", reading.report.original_message_id or ""
        for one in reading.report.recipients:
            yield "recipient", f"{one.address} {one.action} {one.status} {one.diagnostic}"


def _lines(mail: ParsedMail) -> Iterator[tuple[str, str]]:
    yield from (("subject", mail.subject), ("content type", mail.content_type))
    yield from (("id", one) for one in _ids(mail))
    yield from (("header field", f"{name}: {value}") for name, value in mail.headers)
    yield from (("address", f"{one.name} {one.address}") for one in _addresses(mail))
    yield from (("attachment", f"{one.filename} {one.content_type} {one.content_id}") for one in mail.attachments)


def _ids(mail: ParsedMail) -> list[str]:
    return [*([mail.message_id] if mail.message_id is not None else []), *mail.in_reply_to, *mail.references]


def _addresses(mail: ParsedMail) -> tuple[Address, ...]:
    return (*mail.senders, *mail.to, *mail.cc, *mail.reply_to)


def _mail(mail: ParsedMail) -> Iterator[str]:
    for one in _ids(mail):
        if not one or re.search(r"[<>\s]", one):
            yield f"an id with brackets or blanks: {one[:60]!r}"
        if len(one.encode("utf-8", "replace")) > 998:
            yield f"an id that no index takes: {one[:60]!r}"
    if mail.date is not None and (mail.date.tzinfo is None or not 1900 <= mail.date.year <= 9998):
        yield f"a date that is none: {mail.date}"
    for attachment in mail.attachments:
        yield from _attachment(attachment)
    if "unreadable" in mail.defects:
        yield "no more than the header block was read"
    if any(name != name.lower() for name, _ in mail.headers):
        yield "a field name with capitals"


def _attachment(attachment: Attachment) -> Iterator[str]:
    name = attachment.filename
    if not name.strip(". ") or _UNSAFE_NAME.search(name) or name.startswith(".") or len(name.encode("utf-8", "replace")) > 255:
        yield f"an unsafe file name: {name[:60]!r}"
    if re.search(r"[<>\r\n]", attachment.content_id or ""):
        yield f"a content id with brackets: {attachment.content_id!r}"


def _report(report: DeliveryReport | None) -> Iterator[str]:
    for one in report.recipients if report else ():
        if one.action not in _ACTIONS or (one.status is not None and not re.fullmatch(r"[245]\.\d{1,3}\.\d{1,3}", one.status)):
            yield f"a delivery report that says {one.action!r} {one.status!r}"


def _judged(reading: Reading) -> Iterator[str]:
    if reading.verdict.rule not in _RULES:
        yield f"an unknown rule: {reading.verdict.rule}"
    yield from _active(reading.html or "")
    if reading.over_cap is not None and (reading.mail.text or reading.mail.attachments or reading.html):
        yield "a mail over a cap was parsed"


def _words(text: str) -> list[str]:
    """What says something: a rule above the cut is neither shown nor trimmed."""
    return [word for word in text.split() if any(character.isalnum() for character in word)]


def _active(html: str) -> Iterator[str]:
    tree = LexborHTMLParser(html)
    yield from (f"active content: {node.tag}" for node in tree.css(_ACTIVE_TAGS))
    for node in tree.css("*"):
        for name, value in node.attributes.items():
            target = "".join((value or "").split()).lower() if name in _TARGETS else ""
            if name.startswith("on") or target.startswith(_ACTIVE_SCHEMES):
                yield f"active content: {name}={(value or '')[:40]!r}"
