"""text/plain with format=flowed as the paragraphs that were written (RFC 3676)."""

from __future__ import annotations

SIGNATURE = "-- "


def unwrapped(text: str, *, delsp: bool = False) -> str:
    """A line that ends in a space goes on in the next line of the same quote depth; "-- " never does (RFC 3676 sections 4.1-4.5).

    Quoted lines come out as ">" for each level, a space and their text. With `delsp` the space at the break is no part of the text.
    """
    out: list[str] = []
    pieces: list[str] = []
    depth = 0
    for line in text.split("\n"):
        bare = line.lstrip(">")
        quoted = len(line) - len(bare)
        bare = bare.removeprefix(" ")
        if pieces and (quoted != depth or bare == SIGNATURE):
            out.append(_shown(pieces, depth))
            pieces = []
        depth = quoted
        flows = bare.endswith(" ") and bare != SIGNATURE
        pieces.append(bare[:-1] if flows and delsp else bare)
        if not flows:
            out.append(_shown(pieces, depth))
            pieces = []
    if pieces:
        out.append(_shown(pieces, depth))
    return "\n".join(out)


def _shown(pieces: list[str], depth: int) -> str:
    text = "".join(pieces)
    return ">" * depth + (" " + text if depth and text else text)
