"""The page of a ticket as an agent reads it."""

from __future__ import annotations

from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

NOT_VERIFIED = "Sender not verified"


@dataclass(frozen=True)
class Shown:
    """One message: its kind ("requester", "agent", "note", "automatic"), who wrote it, what marks it has, which rung brought it."""

    number: str
    kind: str
    author: str
    text: str
    marks: str
    rung: str
    pending: str
    deliveries: str

    @property
    def verified(self) -> bool:
        """Whether the page warns of the sender."""
        return NOT_VERIFIED not in self.marks


class TicketPage:
    """What the page says, in words; `text` is all that is said of this ticket itself."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        for moment in tree.css("time"):
            moment.decompose()  # "just now" is not for long
        self.messages = [_shown(one) for one in tree.css("article.msg")]
        self.events = [_words(one) for one in tree.css("p.event")]
        self.notices = [_words(one) for one in tree.css("p.notice")]
        self.in_copy = [_words(one) for one in tree.css("ul.people li")]
        self.status = _words(tree.css_first(".facts .status"))
        self.others = [_words(one) for one in tree.css("ul.others:not(.linked) li")]
        self.text = " ".join(_words(tree.css_first(part)) for part in ("h1", ".facts", ".thread", "ul.people"))

    @property
    def last(self) -> Shown:
        """The newest message."""
        return self.messages[-1]


def _shown(article: LexborNode) -> Shown:
    kind, *more = (article.attributes["class"] or "").split()[1:]
    return Shown(
        number=(article.attributes["id"] or "").removeprefix("m-"),
        kind=kind,
        author=_words(article.css_first(".addr")),
        text=_words(article),
        marks=_words(article.css_first(".marks")),
        rung=_rung(article),
        pending=_words(article.css_first(".pending-bar")) if "pending" in more else "",
        deliveries=_words(article.css_first(".delivery")),
    )


def _rung(part: LexborNode) -> str:
    for term, said in zip(part.css(".why dt"), part.css(".why dd"), strict=True):
        if _words(term) == "Ticket found by":
            return _words(said.css_first("code"))
    return ""


def _words(node: LexborNode | None) -> str:
    return " ".join(node.text().split()) if node is not None else ""
