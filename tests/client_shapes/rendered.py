"""HTML as the plain text that a client puts beside it: blocks are lines, links show their target, bold has stars where wanted."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = {"p", "div", "table", "tr", "h1", "h2", "h3", "ul", "ol", "li", "blockquote", "pre", "body"}
_SPACED = {"p", "h1", "h2", "h3", "ul", "ol", "blockquote", "pre"}
_SILENT = {"style", "head", "title", "script"}


class _Reader(HTMLParser):
    def __init__(self, *, stars: bool, links: str) -> None:
        super().__init__()
        self.stars, self.links = stars, links
        self.lines = [""]
        self.targets: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self.silent += 1
        elif tag == "br":
            self.lines.append("")
        elif tag in _BLOCKS:
            self._break(2 if tag in _SPACED else 1)
        elif tag == "a":
            self.targets.append(dict(attributes).get("href") or "")
        elif tag in {"b", "strong"} and self.stars:
            self.lines[-1] += "*"

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self.silent -= 1
        elif tag in _BLOCKS:
            self._break(2 if tag in _SPACED else 1)
        elif tag == "a" and self.targets:
            target = self.targets.pop().removeprefix("mailto:")
            if target and target not in self.lines[-1]:
                self.lines[-1] += self.links.format(target)
        elif tag in {"b", "strong"} and self.stars:
            self.lines[-1] += "*"
        elif tag == "td" and self.lines[-1]:
            self.lines[-1] += " "

    def handle_data(self, data: str) -> None:
        if not self.silent:
            words = re.sub(r"[ \t\r\n]+", " ", data)
            self.lines[-1] += words if self.lines[-1] else words.lstrip(" ")

    def _break(self, many: int) -> None:
        while self.lines[-1:] and not self.lines[-1].strip():
            self.lines.pop()
        self.lines += [""] * many if self.lines else [""]


def plain(html: str, *, stars: bool = False, links: str = " <{}>") -> str:
    """The text of the HTML; `links` is how a target follows its words, "" to leave targets out."""
    reader = _Reader(stars=stars, links=links)
    reader.feed(html)
    reader.close()
    text = "\n".join(line.rstrip() for line in reader.lines).replace("\xa0", " ")
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n")
