"""Stage 7: what the person wrote, and what they quoted.

The order: what we sent ourselves (`sent_text`), our marker and the known containers (`containers`), introductions and header blocks
(`quote_marks`), then the signature (`signatures`). What is cut is decided here, on the sequence of marks, never on one line alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mail_ingest.mail import ReplyText
from mail_ingest.quotes import containers, html_cut, signatures
from mail_ingest.quotes import marks as quote_marks
from mail_ingest.quotes import sent as sent_text
from mail_ingest.quotes.marks import Mark

NOTHING_LEFT = "nothing left"
_QUOTES = frozenset((Mark.QUOTED, Mark.SOFT))
_TO_THE_END = frozenset((Mark.HEADER, Mark.BANNER, Mark.ANCHOR))


@dataclass(frozen=True, slots=True)
class _Part:
    """Lines `first` to `last` (excluded): text of the person, or a quote and the name of the rule that found it."""

    first: int
    last: int
    rule: str | None = None
    to_the_end: bool = False


def visible(text: str, html: str | None, sent: Sequence[str] = (), *, first: bool = False, sender_name: str = "") -> ReplyText:
    """A reply shows what is new in it: quotes and signature go, answers between quoted lines stay, something always stays.

    `text` is the mail's whole text, `html` its raw HTML or None, `sent` the texts of ours it may answer. With `first` (it opens
    a ticket) only the signature is parted. `sender_name` is the From display name, which some people sign with alone. Where nothing
    but a quote was sent, all of it is shown and `cut_by` is NOTHING_LEFT: such a text is nobody's own words.
    """
    reply = _visible(text, html, sent, first, sender_name)
    return replace(reply, html=html_cut.cut(html, reply.visible)) if html and (reply.trimmed or reply.signature) else reply


def _visible(text: str, html: str | None, sent: Sequence[str], first: bool, sender_name: str) -> ReplyText:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    rendered = containers.render(html) if html else None
    if rendered is not None and (_is_stub(text, rendered) or _is_rendering(text, rendered) or _is_words(html, lines, rendered)):
        if first:
            return _whole(rendered.lines, sender_name)
        return _cut(rendered.lines, rendered.marks, sent, sender_name, rendered.container)
    if first:
        return _whole(lines, sender_name)
    reply = _cut(lines, {}, sent, sender_name, None)
    if rendered is not None and rendered.container is not None:
        other = _cut(rendered.lines, rendered.marks, sent, sender_name, rendered.container)
        if other.cut_by not in {None, NOTHING_LEFT} and _says_less(other.visible, reply):
            return other
    return reply


def _is_rendering(text: str, rendered: containers.Rendered) -> bool:
    """Was there no text part: is the text what the HTML reads like, sign by sign?"""
    return _signs([text]) == _signs(rendered.lines)


def _is_words(html: str | None, lines: Sequence[str], rendered: containers.Rendered) -> bool:
    """Did Word write it? Its text part has a blank line below each line, its HTML has them where the writer had."""
    if html is None or "MsoNormal" not in html:
        return False
    said, shown = ([line.strip() for line in both if line.strip()] for both in (lines, rendered.lines))
    return said[:1] == shown[:1] and len(lines) - len(said) > len(rendered.lines) - len(shown)


def _signs(lines: Sequence[str]) -> str:
    return "".join("".join(lines).split()).replace(">", "")


def _is_stub(text: str, rendered: containers.Rendered) -> bool:
    """Is the text part empty, or a short word about HTML, or a small fraction of what the HTML says?"""
    said = len(text.split())
    shown = sum(len(line.split()) for line in rendered.lines)
    if not said or not shown:
        return shown > 0
    about_html = said <= 40 and "html" in text.lower() and "html" not in " ".join(rendered.lines).lower()
    return about_html or (shown >= 20 and said * 5 < shown) or text.lstrip()[:200].lower().startswith(("<html", "<!doctype html"))


def _says_less(visible_text: str, reply: ReplyText) -> bool:
    """Did the container show a quote that the text's own marks did not: less text by a fifth, none of it new?"""
    return reply.cut_by in {None, NOTHING_LEFT} or len(visible_text.split()) * 5 < len(reply.visible.split()) * 4


def _whole(lines: Sequence[str], sender_name: str) -> ReplyText:
    marks = quote_marks.mark(lines)
    if any(mark in _TO_THE_END or mark in {Mark.FORWARD, Mark.INTRODUCTION} for mark in marks):
        return ReplyText(_joined(lines))
    body, signature = signatures.split(lines, sender_name)
    return ReplyText(_joined(body), signature=_joined(signature), cut_by="signature" if signature else None)


def _cut(lines: Sequence[str], certain: dict[int, Mark], sent: Sequence[str], sender_name: str, container: str | None) -> ReplyText:
    if not certain:
        lines = quote_marks.unshared(lines)
    marks = quote_marks.mark(lines)
    for i, known in certain.items():
        marks[i] = known
    compared = sent_text.coverage(lines, sent) if sent else None
    ours = sent_text.mark_ours(lines, marks, compared) if compared is not None else frozenset()
    parts = _parts(lines, marks, ours, container)
    kept, below = _kept(lines, parts, marks, sender_name)
    above = _signed_above(lines, parts, kept)
    signed = [i for i in kept if marks[i] is Mark.SIGNATURE or i in above]
    own = [i for i in kept if i not in {*signed}] if signed else kept
    if signed and not _joined([lines[i] for i in own]):
        own, signed = kept, []
    shown = _trimmed_end(own, marks, cut=len(own) < len(lines))
    written = [f"> {lines[i]}" if i in ours and not quote_marks.is_quoted(lines[i]) else lines[i] for i in shown]
    body, signature = _signature(written, [marks[i] for i in shown], sender_name)
    signature = [*signature, *(lines[i] for i in signed), *(lines[i] for i in below)]
    if not _joined(body):
        return ReplyText(_joined(lines), cut_by=NOTHING_LEFT)
    kept_set = {*kept, *below}
    rule = next((part.rule for part in parts if part.rule and part.first not in kept_set), None)
    return ReplyText(
        visible=_joined(body),
        trimmed=_joined([line for i, line in enumerate(lines) if i not in kept_set]),
        signature=_joined(signature),
        cut_by=rule or ("signature" if signature else None),
        hidden_lines=sum(sent_text.hidden_lines(marks, compared, range(part.first, part.last)) for part in parts if part.to_the_end)
        if compared is not None
        else 0,
    )


# --------------------------------------------------------------------------------------------------------------------- parts


def _parts(lines: Sequence[str], marks: Sequence[Mark], ours: frozenset[int], container: str | None) -> list[_Part]:
    """The sequence of the writer's text and quotes. A forward ends it: what follows is content."""
    parts: list[_Part] = []
    i = start = 0
    while i < len(lines):
        quote: _Part | None = None
        if marks[i] is Mark.FORWARD:
            i = len(lines)
        elif marks[i] in _TO_THE_END:
            quote = _below_header(marks, i, ours, container if marks[i] is Mark.ANCHOR else None)
        elif marks[i] is Mark.INTRODUCTION:
            quote = _introduced(lines, marks, i, ours)
        elif marks[i] is Mark.QUOTED:
            if quote_marks.begins_forward(lines[i]):
                i = len(lines)
            else:
                quote = _Part(i, _quoted_run(lines, marks, i, soft=False), "sent" if i in ours else container or "quoted")
        if quote is None:
            i += 1
            continue
        parts += [_Part(start, quote.first), quote]
        i = start = quote.last
    return [part for part in [*parts, _Part(start, len(lines))] if part.first < part.last]


def _below_header(marks: Sequence[Mark], i: int, ours: frozenset[int], container: str | None) -> _Part:
    """A header block, banner or container quotes to the end; where all of our text was found below it, just to the end of that."""
    after = i
    while after < len(marks) and (marks[after] in _TO_THE_END or marks[after] in {Mark.EMPTY, Mark.RULE, Mark.INTRODUCTION}):
        after += 1
    rule = container or ("header block" if marks[i] is Mark.HEADER else "banner")
    if after in ours:
        return _Part(i, _ours_run(marks, after, ours), "sent")
    return _Part(i, len(marks), rule, to_the_end=True)


def _introduced(lines: Sequence[str], marks: Sequence[Mark], i: int, ours: frozenset[int]) -> _Part:
    after = i
    while after < len(marks) and marks[after] in {Mark.INTRODUCTION, Mark.EMPTY, Mark.RULE}:
        after += 1
    if after == len(marks) or marks[after] not in _QUOTES:
        return _Part(i, len(marks), "introduction", to_the_end=True)
    if after in ours:
        return _Part(i, _ours_run(marks, after, ours), "sent")
    return _Part(i, _quoted_run(lines, marks, after, soft=True), "introduction")


def _ours_run(marks: Sequence[Mark], i: int, ours: frozenset[int]) -> int:
    last = i
    while i < len(marks) and (i in ours or marks[i] in {Mark.EMPTY, Mark.RULE, Mark.QUOTED}):
        last = i + 1 if marks[i] not in {Mark.EMPTY, Mark.RULE} else last
        i += 1
    return max(last, i if i == len(marks) else last)


def _quoted_run(lines: Sequence[str], marks: Sequence[Mark], i: int, *, soft: bool) -> int:
    """Where the run of quoted lines ends; blank lines inside and the broken rest of a long quoted line belong to it."""
    last = i
    while i < len(lines):
        if marks[i] is Mark.QUOTED or (soft and marks[i] is Mark.SOFT):
            last = i + 1
        elif marks[i] is not Mark.EMPTY and not _wrapped(lines, marks, i):
            break
        i += 1
    return last


def _wrapped(lines: Sequence[str], marks: Sequence[Mark], i: int) -> bool:
    """The rest of a quoted line that a program broke: below a long one or an open bracket and right above the next; or a link."""
    if not 0 < i < len(lines) - 1 or marks[i + 1] is not Mark.QUOTED or not lines[i - 1].strip():
        return False
    above, line = lines[i - 1].rstrip(), lines[i].strip()
    if not line or marks[i - 1] is not Mark.QUOTED:
        return False
    if line.startswith(("(http", "<http", "http")) or (" " not in line and _open_bracket(above)):
        return True
    return len(above) >= 60 and above[-1] not in "?:" and (line[0].islower() or above[-1] in "=<")


def _open_bracket(line: str) -> bool:
    return max(line.rfind("("), line.rfind("<")) > max(line.rfind(")"), line.rfind(">"))


# ------------------------------------------------------------------------------------------------------------- what is shown


def _kept(lines: Sequence[str], parts: Sequence[_Part], marks: Sequence[Mark], sender_name: str) -> tuple[list[int], list[int]]:
    """The numbers of the lines to show, and those of a signature below the last quote.

    Quotes with nothing of the writer below them are cut. One introduced quote above an answer is cut too: it is the whole mail.
    Several quotes with text between them are questions and answers, and stay (their introduction does not).
    """
    rest = list(parts)
    below: list[list[int]] = []
    while rest:
        part = rest[-1]
        content = [lines[i] for i in range(part.first, part.last)]
        if part.rule is None and _joined(content):
            if len(rest) == 1 or not signatures.all_signature(content, sender_name):
                break
            below.append([*range(part.first, part.last)])
        rest.pop()
    quotes = sum(part.rule is not None and not part.to_the_end for part in parts)
    kept: list[int] = []
    for part in rest:
        if part.rule is None:
            blank = bool(kept) and marks[kept[-1]] is Mark.EMPTY and kept[-1] + 1 < part.first and marks[part.first] is Mark.EMPTY
            kept += range(part.first + blank, part.last)
        elif quotes > 1 or (part.rule == "quoted" and marks[part.first] is Mark.QUOTED):
            kept += [i for i in range(part.first, part.last) if marks[i] not in {Mark.INTRODUCTION, Mark.HEADER, Mark.BANNER}]
    return kept, [i for lines_below in reversed(below) for i in lines_below]


def _signed_above(lines: Sequence[str], parts: Sequence[_Part], kept: Sequence[int]) -> frozenset[int]:
    """Signatures that a program put above its quote before somebody typed below that: from the "-- " line to the quote."""
    found: set[int] = set()
    for part in parts:
        if part.rule is None and kept and part.last <= kept[-1]:
            start = signatures.delimited(lines[part.first : part.last])
            found.update(range(part.first + start, part.last) if start is not None else ())
    return frozenset(found)


def _trimmed_end(kept: Sequence[int], marks: Sequence[Mark], *, cut: bool) -> list[int]:
    """Without the rule and the blank lines that stood above the cut."""
    shown = list(kept)
    while cut and shown and (marks[shown[-1]] is Mark.EMPTY or (marks[shown[-1]] is Mark.RULE and shown[-1] < len(marks) - 1)):
        shown.pop()
    return shown


def _signature(shown: list[str], marks: Sequence[Mark], sender_name: str) -> tuple[list[str], list[str]]:
    """Parted from the signature; below a forward the end of the text is not the sender's."""
    for mark, line in zip(marks, shown, strict=True):
        if mark is Mark.FORWARD or (mark is Mark.QUOTED and quote_marks.begins_forward(line)):
            return shown, []
    return signatures.split(shown, sender_name)


def _joined(lines: Sequence[str]) -> str:
    """The lines as one text, without blank lines at its ends and blanks at the ends of lines."""
    return "\n".join(line.rstrip() for line in lines).strip("\n")
