"""The HTML of a reply cut where its text was cut: formatting and pictures of what is shown, and never a word of what is hidden.

What is not here: where to cut (`reply_text`) and what HTML may hold (`helpdesk/text/safe_html.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from selectolax.lexbor import LexborHTMLParser, LexborNode

from helpdesk.text import html_limits, safe_html
from mail_ingest.parsing import html_text
from mail_ingest.parsing.html_text import Piece

# How programs write a picture in a plain text: [image: light.png], [cid:light@example.com].
_PICTURE = re.compile(r"\[(?:cid:|[^\W\d]{1,20}: ?)[^\[\]\n]{0,200}\]")


def cut(html: str, visible: str) -> str | None:
    """The sanitised HTML of just the part that reads like `visible`; None where no one run of the mail does, letter by letter.

    `html` is the mail's raw HTML. The run is found by its letters and digits, whatever the line breaks, quote marks, bullets and
    placeholders of pictures; all before and after it goes, and the sanitised rest is read once more and must say the same.
    """
    if html_limits.exceeded(html):
        return None
    for with_alt, text in ((True, visible), (False, _PICTURE.sub(" ", visible))):
        wanted = _signs([text])
        if not wanted:
            return None
        tree = LexborHTMLParser(html)
        pieces = _said(tree, with_alt=with_alt)
        signs = [_signs([piece.text]) for piece in pieces]
        start = _start("".join(signs), wanted)
        if start is not None and tree.body is not None and _keep(tree.body, pieces, signs, start, start + len(wanted)):
            safe = safe_html.sanitise(tree.body.html or "")
            if safe and _signs(piece.text for piece in _said(LexborHTMLParser(safe), with_alt=with_alt)) == wanted:
                return safe
    return None


def _said(tree: LexborHTMLParser, *, with_alt: bool) -> list[Piece]:
    return [piece for piece in html_text.pieces(tree) if with_alt or not piece.alt]


def _signs(texts: Iterable[str]) -> str:
    """Letters and digits only."""
    return "".join("".join(filter(str.isalnum, text)) for text in texts)


def _start(signs: str, wanted: str) -> int | None:
    """Where the shown run begins: at the top, else at the very end, else at the only place where it stands."""
    if signs.startswith(wanted):
        return 0
    if signs.endswith(wanted):
        return len(signs) - len(wanted)
    first = signs.find(wanted)
    return first if first >= 0 and signs.find(wanted, first + 1) < 0 else None


def _keep(body: LexborNode, pieces: Sequence[Piece], signs: Sequence[str], start: int, end: int) -> bool:
    """Removes what is said before sign `start` and from sign `end` on; False where nothing that is text would stay."""
    kept: set[int] = set()
    before: LexborNode | None = None
    after: LexborNode | None = None
    broken: list[tuple[LexborNode, str]] = []
    at = 0
    for piece, said in zip(pieces, signs, strict=True):
        first, at = at, at + len(said)
        if piece.node is None or not said:
            continue
        if at <= start:
            before = piece.node
        elif first >= end:
            after = after or piece.node
        else:
            _keep_with_parents(piece.node, kept)
            if first < start or at > end:
                broken.append((piece.node, _part(piece.text, max(0, start - first), end - first)))
    if not kept:
        return False
    if after is not None:
        _remove_from(_highest(after, kept), body, forward=True)
    if before is not None:
        _remove_from(_highest(before, kept), body, forward=False)
    for node, text in broken:
        node.replace_with(text)
    return True


def _keep_with_parents(node: LexborNode, kept: set[int]) -> None:
    current: LexborNode | None = node
    while current is not None and current.mem_id not in kept:
        kept.add(current.mem_id)
        current = current.parent


def _part(text: str, skipped: int, wanted: int) -> str:
    """The text without what stands up to sign number `skipped`, and no more of it than `wanted` signs need."""
    at = [i for i, sign in enumerate(text) if sign.isalnum()]
    return text[at[skipped] if skipped else 0 : at[wanted] if wanted < len(at) else len(text)]


def _highest(node: LexborNode, kept: set[int]) -> LexborNode:
    """The outermost element around the node that holds nothing of what is kept: its pictures go with it."""
    while node.parent is not None and node.parent.mem_id not in kept:
        node = node.parent
    return node


def _remove_from(node: LexborNode, body: LexborNode, *, forward: bool) -> None:
    """Removes the node and all that follows it in the document (or stands before it)."""
    doomed = [node]
    current: LexborNode | None = node
    while current is not None and current.mem_id != body.mem_id:
        sibling = current.next if forward else current.prev
        while sibling is not None:
            doomed.append(sibling)
            sibling = sibling.next if forward else sibling.prev
        current = current.parent
    for one in doomed:
        one.decompose()
