"""HTML as lines in which quotes are visible: ">" before what a program quoted, and marks where a known container begins.

A quote is known by the element that a mail program puts around it, in any language. A bare blockquote may be the writer's own
indentation: it gets the mark SOFT and is a quote only below an introduction.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from helpdesk.text import html_limits
from mail_ingest.parsing import html_text
from mail_ingest.quotes.marks import Mark
from mail_ingest.quotes.marks import mark as mark_lines

MARKER = "data-helpdesk-quote"

# From here on, to the end of the mail, everything is quoted.
ANCHORS = (
    ("divRplyFwdMsg", "[id$=divRplyFwdMsg]"),
    ("appendonsend", "[id$=appendonsend]"),
    ("mail-editor-reference-message-container", "[id$=mail-editor-reference-message-container]"),
    ("ms-outlook-mobile-reference-message", ".ms-outlook-mobile-reference-message"),
    ("OLK_SRC_BODY_SECTION", "#OLK_SRC_BODY_SECTION"),
    ("OutlookMessageHeader", ".OutlookMessageHeader"),
    ("yahoo_quoted", ".yahoo_quoted, [id^=yahoo_quoted]"),
    ("zmail_extra", ".zmail_extra, .zmail_extra_hr"),
    ("stopSpelling", "hr#stopSpelling"),
    ("zwchr", "hr#zwchr"),
    ("hotmail replySplit", "#replySplit"),
    ("reply-intro", "#reply-intro"),
    ("AOLMsgPart", "[id^=AOLMsgPart]"),
)
# What programs quote in: the element's content is quoted, text after it is the writer's.
QUOTES = (
    "blockquote[type=cite]",
    "blockquote[cite]",
    ".gmail_quote blockquote.gmail_quote",
    ".gmail_extra blockquote.gmail_quote",
    "blockquote.protonmail_quote",
    "blockquote.tutanota_quote",
    "blockquote.yahoo_quoted",
    "blockquote.front-blockquote",
    "blockquote.iphone",
    "blockquote.zmail_quote",
)
INTRODUCTIONS = (".gmail_attr", ".moz-cite-prefix", ".moz-email-headers-table")
SIGNATURES = (
    ".gmail_signature", ".gmail_signature_prefix", "[data-smartmail=gmail_signature]", ".moz-signature", "#Signature", "#signature",
    ".protonmail_signature_block", "#ms-outlook-mobile-signature", "#AppleMailSignature", "#appleMailSignature",
    "[data-signatureblock=true]", ".tutanota_signature", ".yahoo_signature", ".ydp-signature",
)  # fmt: skip
_OUTLOOK_RULE = re.compile(r"^border:none;border-top:solid#[0-9a-f]{6}1\.0pt;padding:3\.0pt0(?:in|cm|mm)?0")
_WINDOWS_MAIL_RULE = "padding-top:5px;border-top-color:rgb(229,229,229);border-top-width:1px;border-top-style:solid"

_ANCHOR, _MARKER, _MARKER_END, _SOFT, _SOFT_END, _SIGNATURE, _SIGNATURE_END, _INTRODUCTION, _INTRODUCTION_END = (
    chr(0xF2C0 + i) for i in range(9)
)
_SIGNS = re.compile("([\uf2c0-\uf2c8])")
_NO_SIGNS = dict.fromkeys(range(0xF2C0, 0xF2C9))


@dataclass(frozen=True, slots=True)
class Rendered:
    """`lines` of text and for some of them a mark that is certain; `container` names what the first certain quote stood in."""

    lines: list[str]
    marks: dict[int, Mark]
    container: str | None


def render(html: str) -> Rendered:
    """The lines of the HTML with the marks of its known containers; above the caps plain lines without marks."""
    if html_limits.exceeded(html):
        return Rendered(html_text.stripped(html).split("\n"), {}, None)
    tree = LexborHTMLParser(html.translate(_NO_SIGNS))
    container = _sign(tree)
    lines: list[str] = []
    marks: dict[int, Mark] = {}
    open_ = dict.fromkeys((_MARKER, _SOFT, _SIGNATURE, _INTRODUCTION), 0)
    for rendered in html_text.rendered(tree).split("\n"):
        for piece in _SIGNS.split(rendered) if _SIGNS.search(rendered) else (rendered,):
            if piece == _ANCHOR:
                marks.setdefault(len(lines), Mark.ANCHOR)
                lines.append("")
            elif piece in open_:
                open_[piece] += 1
            elif piece and _SIGNS.match(piece):
                open_[chr(ord(piece) - 1)] -= 1
            elif piece.strip("> ") or piece == rendered:
                certain = _certain(piece, open_)
                if certain is not None and piece.strip("> "):
                    marks[len(lines)] = certain
                lines.append(piece)
    _introduced_inside(lines, marks)
    return Rendered(lines, marks, container)


def _introduced_inside(lines: list[str], marks: dict[int, Mark]) -> None:
    """A bare blockquote that itself begins with an introduction or a header block is a quote."""
    soft = [i for i, mark in marks.items() if mark is Mark.SOFT]
    runs: list[list[int]] = []
    for i in soft:
        if runs and all(not lines[between].strip("> ") for between in range(runs[-1][-1] + 1, i)):
            runs[-1].append(i)
        else:
            runs.append([i])
    for run in runs:
        inside = mark_lines([lines[i][1:].strip() for i in run[:12]])
        if inside[0] in {Mark.INTRODUCTION, Mark.HEADER, Mark.BANNER}:
            marks.update(dict.fromkeys(run, Mark.QUOTED))


def _certain(line: str, open_: dict[str, int]) -> Mark | None:
    if open_[_MARKER]:
        return Mark.QUOTED
    if open_[_SOFT] and not line[1:].lstrip().startswith(">"):
        return Mark.SOFT
    if line.startswith(">"):
        return None
    if open_[_SIGNATURE]:
        return Mark.SIGNATURE
    return Mark.INTRODUCTION if open_[_INTRODUCTION] else None


def _sign(tree: LexborHTMLParser) -> str | None:
    """Puts signs around the known containers; answers the name of the first kind that was found."""
    container = None
    for node in tree.css(f"[{MARKER}]"):
        container = "marker"
        _around(node, _MARKER, _MARKER_END)
    for name, selector in ANCHORS:
        for node in tree.css(selector)[:1]:
            container = container or name
            _before(node, _ANCHOR)
    if (rule := next((node for node in tree.css("div[style*=border]") if _is_rule(node)), None)) is not None:
        container = container or "header rule"
        _before(rule, _ANCHOR)
    cited = tree.css(", ".join(QUOTES))
    if cited:
        container = container or "blockquote type=cite"
    known = {node.mem_id for node in cited}
    for node in tree.css("blockquote"):
        if node.mem_id not in known:
            _around(node, _SOFT, _SOFT_END)
    for selectors, first, last in ((SIGNATURES, _SIGNATURE, _SIGNATURE_END), (INTRODUCTIONS, _INTRODUCTION, _INTRODUCTION_END)):
        for node in tree.css(", ".join(selectors)):
            _around(node, first, last)
    return container


def _around(node: LexborNode, first: str, last: str) -> None:
    _before(node, first)
    cells = _cells(node)
    if cells:
        cells[-1].insert_child(last)
    else:
        node.insert_after(last)


def _before(node: LexborNode, sign: str) -> None:
    """Puts a sign before the element; text between table cells would be moved out of the table, so there it goes into the first."""
    cells = _cells(node)
    if not cells:
        node.insert_before(sign)
    elif cells[0].first_child is not None:
        cells[0].first_child.insert_before(sign)
    else:
        cells[0].insert_child(sign)


def _cells(node: LexborNode) -> list[LexborNode]:
    if node.tag in {"td", "th"}:
        return [node]
    return node.css("td, th") if node.tag in {"tr", "tbody", "thead", "tfoot"} else []


def _is_rule(node: LexborNode) -> bool:
    style = "".join((node.attributes.get("style") or "")[:300].lower().split())
    return _OUTLOOK_RULE.match(style) is not None or _WINDOWS_MAIL_RULE in style
