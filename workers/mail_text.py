"""What people wrote, made fit for a mail: clean plain text, and small HTML in which everything of theirs is escaped.

Known marks: paragraphs, line breaks, "> " quotes, lists, fenced and inline code, **bold**, links. All else stays as it was typed:
most of it came by mail, where "# 3" is no heading. Linear time.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import groupby

from markupsafe import Markup, escape

LONGEST = 50_000  # characters of one message in a mail; the page has it whole
CUT = "\n\n[This message is long: the rest is on the page of the ticket.]"
# they turn the direction of what follows, so that a reader sees other words than a machine
_TURNING = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C}
_INLINE = re.compile(
    r"`(?P<code>[^`\n]{1,500})`"
    r"|\*\*(?P<bold>[^*\n]{1,500})\*\*"
    r"|\[(?P<words>[^\[\]\n]{1,300})\]\((?P<target>https?://[^\s()<>\"]{1,2000})\)"
    r"|(?P<url>https?://[^\s<>\"]{1,2000})"
)
_FENCE = re.compile(r"\s{0,3}```")
_ITEM = re.compile(r"\s{0,3}(?:[-*+•]|(?P<number>\d{1,3})[.)])\s+(?P<text>.*)")
_PARAGRAPH = Markup('<p style="margin:0 0 14px">{}</p>')
_BULLETS = Markup('<ul style="margin:0 0 14px;padding-left:24px">{}</ul>')
_NUMBERS = Markup('<ol style="margin:0 0 14px;padding-left:24px">{}</ol>')
_QUOTE = Markup('<blockquote class="quote" style="margin:0 0 14px;padding-left:12px;border-left:3px solid #d5d9e2">{}</blockquote>')
_CODE_BLOCK = Markup(
    '<pre class="code" style="margin:0 0 14px;padding:10px 12px;border-radius:6px;background:#f1f2f6;'
    'font:13px/1.5 Menlo,Consolas,monospace;white-space:pre-wrap;word-break:break-word">{}</pre>'
)
_CODE = Markup(
    '<code class="code" style="padding:1px 4px;border-radius:4px;background:#f1f2f6;font:90% Menlo,Consolas,monospace">{}</code>'
)
_LINK = Markup('<a class="link" href="{}" style="color:#4450cc">{}</a>')


def as_text(content: str) -> str:
    """The text with plain line ends and without control or direction-turning characters, at most LONGEST characters."""
    if len(content) > LONGEST:
        content = content[:LONGEST] + CUT
    plain = content.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n")
    return "".join(one for one in plain if _may_stay(one)).strip("\n").rstrip()


def as_html(content: str, *, by_staff: bool) -> Markup:
    """The same text as HTML: blocks with inline styles, nothing of the writer's but text and links to http and https.

    Words may hide where a link leads only if an agent wrote them (`by_staff`).
    """
    return Markup("\n").join(_blocks(as_text(content).split("\n"), by_staff))


def _may_stay(one: str) -> bool:
    return one in "\n\t" or (unicodedata.category(one) not in ("Cc", "Cs") and ord(one) not in _TURNING)


def _blocks(lines: list[str], by_staff: bool) -> Iterator[Markup]:
    for what, group in groupby(_marked(lines), key=lambda pair: pair[0]):
        found = [line for _, line in group]
        if what == "code":
            yield _CODE_BLOCK.format("\n".join(found))
        elif what == "quote":
            inner = [line.lstrip()[1:].removeprefix(" ") for line in found]
            yield _QUOTE.format(_broken(inner, by_staff))
        elif what in ("ul", "ol"):
            items = Markup("\n").join(Markup("<li>{}</li>").format(_inline(_item_text(line), by_staff)) for line in found)
            yield (_BULLETS if what == "ul" else _NUMBERS).format(items)
        elif what == "text":
            yield _PARAGRAPH.format(_broken(found, by_staff))


def _marked(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Each line with the block it belongs to; fences themselves are left out."""
    in_code = False
    for line in lines:
        if _FENCE.match(line):
            in_code = not in_code
            yield "gap", ""
            continue
        item = _ITEM.fullmatch(line)
        if in_code:
            yield "code", line
        elif not line.strip():
            yield "gap", ""
        elif line.lstrip().startswith(">"):
            yield "quote", line
        elif item is not None:
            yield ("ol" if item["number"] else "ul"), line
        else:
            yield "text", line


def _item_text(line: str) -> str:
    item = _ITEM.fullmatch(line)
    return item["text"] if item is not None else line


def _broken(lines: list[str], by_staff: bool) -> Markup:
    return Markup("<br>\n").join(_inline(line, by_staff) for line in lines)


def _inline(line: str, by_staff: bool) -> Markup:
    parts: list[Markup] = []
    end = 0
    for found in _INLINE.finditer(line):
        parts.append(escape(line[end : found.start()]))
        parts.append(_marked_up(found, by_staff))
        end = found.end()
    return Markup("").join([*parts, escape(line[end:])])


def _marked_up(found: re.Match[str], by_staff: bool) -> Markup:
    if found["code"]:
        return _CODE.format(found["code"])
    if found["bold"]:
        return Markup("<strong>{}</strong>").format(found["bold"])
    if found["words"]:
        link = _LINK.format(found["target"], found["words"] if by_staff else found["target"])
        return link if by_staff else Markup("{} ({})").format(found["words"], link)
    url = found["url"].rstrip(".,;:!?'*_")
    while url.endswith((")", "]", "}")) and url.count(url[-1]) > url.count("([{"[")]}".index(url[-1])]):
        url = url[:-1].rstrip(".,;:!?'*_")
    return _LINK.format(url, url) + escape(found["url"][len(url) :])
