"""HTML of a mail as text that a person can read: blocks are lines, links keep their target, what is hidden is not there.

What is not here: making HTML safe to show (`helpdesk/text/safe_html.py`) and finding quotes in it (`reply_text`).
"""

from __future__ import annotations

import html as entities
import re
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from mail_ingest.parsing import caps

_DROPPED = frozenset(
    ("head", "script", "style", "title", "template", "object", "iframe", "svg", "math", "noframes", "select", "textarea")
)
_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt", "fieldset", "figure",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li", "main", "nav", "ol", "p", "pre",
    "section", "table", "tr", "ul", "caption", "thead", "tbody", "tfoot",
))  # fmt: skip
_SPACED = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "blockquote", "pre"))
_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|(?:^|;)\s*(?:font-size|max-height)\s*:\s*0(?:px|pt)?\s*(?:;|!|$)",
    re.IGNORECASE,
)
_MOST_STRIPPED = 1024 * 1024
_SPACE = re.compile(r"[ \t\r\n\f]+")


def render(html: str) -> str:
    """The visible text of HTML; above the caps (1 MiB, depth 200) a linear removal of tags."""
    if caps.html_exceeded(html):
        return stripped(html)
    return rendered(LexborHTMLParser(html))


def rendered(tree: LexborHTMLParser) -> str:
    """The visible text of a tree that is within the caps."""
    return _written(tree).text()


class Piece(NamedTuple):
    """What the rendering shows: the words of the text node `node`, or those made up for a number, a target or (`alt`) a picture."""

    text: str
    node: LexborNode | None = None
    alt: bool = False


def pieces(tree: LexborHTMLParser) -> list[Piece]:
    """What `render` shows of a tree that is within the caps, in order, and the node that each piece comes from."""
    return _written(tree).pieces


def _written(tree: LexborHTMLParser) -> _Writer:
    writer = _Writer()
    if tree.root is not None:
        _walk(tree.root, writer)
    return writer


def stripped(html: str) -> str:
    """Text by one linear pass over the tags, without any tree: the fallback for HTML above the caps; cut at 1 MiB."""
    text = re.sub(r"(?is)<(script|style|title)\b[^>]*+>.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", " ", html[:_MOST_STRIPPED])
    text = re.sub(r"(?i)<(?:br|/?p|/?div|/?tr|/?li|/?h[1-6]|/?table|/?blockquote)\b[^>]*+>?", "\n", text)
    text = entities.unescape(re.sub(r"<[a-zA-Z/!?][^>]*+>?", "", text))
    return re.sub(r"\n\s*\n\s*", "\n\n", re.sub(r"[ \t]+", " ", text)).strip()


class _Writer:
    """Collects lines: white space collapses as in a browser, and blocks never add more than one empty line."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.prefix = ""
        self.pre = 0
        self.numbers: list[int] = []
        self.pieces: list[Piece] = []

    def add(self, text: str, node: LexborNode | None = None, *, alt: bool = False) -> None:
        self.pieces.append(Piece(text, node, alt))
        if not self.pre:
            text = _SPACE.sub(" ", text)
            if text.startswith(" ") and (not self.line or self.line[-1].endswith((" ", "\n"))):
                text = text[1:]
        if text:
            self.line.append(text)

    def end_line(self, *, always: bool = False) -> None:
        text = "".join(self.line)
        if text.strip() or always or "\xa0" in text:  # a hard blank keeps a line open
            self.lines.append((self.prefix + text).rstrip())
        self.line = []

    def blank(self) -> None:
        self.end_line()
        if self.lines and self.lines[-1].strip("> "):
            self.lines.append(self.prefix.rstrip())

    def text(self) -> str:
        self.end_line()
        text = "\n".join(self.lines).replace("\xa0", " ")
        return re.sub(r"\n{3,}", "\n\n", text).strip("\n")


def _walk(root: LexborNode, writer: _Writer) -> None:
    """Depth first without recursion; the stack holds nodes, and closing actions as tuples."""
    stack: list[LexborNode | tuple[str, LexborNode, str]] = [root]
    while stack:
        entry = stack.pop()
        if isinstance(entry, tuple):
            _close(entry, writer)
            continue
        tag = entry.tag
        if tag == "-text":
            writer.add(entry.text_content or "", entry)
            continue
        if tag is None or tag.startswith(("-", "!", "_")) or tag in _DROPPED or _hidden(entry):
            continue
        if tag == "br":
            writer.end_line(always=True)
            continue
        if tag == "img":
            writer.add((entry.attributes.get("alt") or "").strip(), alt=True)
            continue
        stack.append((tag, entry, writer.prefix))
        _open(tag, entry, writer)
        child = entry.last_child
        while child is not None:
            stack.append(child)
            child = child.prev


def _open(tag: str, node: LexborNode, writer: _Writer) -> None:
    if tag in _SPACED and not _tight(node):
        writer.blank()
    elif tag in _BLOCKS:
        writer.end_line()
    if tag == "ol":
        start = node.attributes.get("start") or ""
        writer.numbers.append(int(start) if start.isascii() and start.isdigit() and len(start) < 7 else 1)
    elif tag == "li":
        writer.add(_bullet(node, writer))
    elif tag == "hr":
        writer.add("----")
    elif tag == "blockquote":
        writer.prefix += "> "
    elif tag in {"td", "th"} and writer.line:
        writer.add(" ")
    elif tag == "pre":
        writer.pre += 1


def _close(entry: tuple[str, LexborNode, str], writer: _Writer) -> None:
    tag, node, prefix = entry
    if tag == "a":
        _link(node, writer)
    elif tag == "ol":
        writer.end_line()
        writer.numbers.pop()
    elif tag == "pre":
        block = "".join(writer.line).split("\n")
        writer.line = []
        for line in block:
            writer.line = [line]
            writer.end_line(always=True)
        writer.pre -= 1
    elif tag in _BLOCKS:
        writer.end_line()
    writer.prefix = prefix
    if tag in _SPACED and not _tight(node):
        writer.blank()


def _tight(node: LexborNode) -> bool:
    """Word's paragraphs have no space around them: an empty line is one of its own."""
    return (node.attributes.get("class") or "").startswith(("MsoNormal", "MsoPlainText", "MsoNoSpacing"))


def _link(node: LexborNode, writer: _Writer) -> None:
    """A target that the text does not show follows it in angles."""
    target = (node.attributes.get("href") or "").strip()
    label = (node.text(deep=True) or "").strip()
    if not target.lower().startswith(("http://", "https://", "mailto:")) or len(target) > 2_000:
        return
    shown = target.removeprefix("mailto:").rstrip("/")
    if label and shown.lower().removeprefix("https://").removeprefix("http://") not in label.lower():
        writer.add(f" <{shown}>")


def _bullet(node: LexborNode, writer: _Writer) -> str:
    parent = node.parent
    if parent is None or parent.tag != "ol" or not writer.numbers:
        return "- "
    writer.numbers[-1] += 1
    return f"{writer.numbers[-1] - 1}. "


def _hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    if not attributes:
        return False
    if "hidden" in attributes:
        return True
    style = attributes.get("style")
    return bool(style and _HIDDEN_STYLE.search(style))
