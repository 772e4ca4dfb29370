"""mutt and neomutt: plain text, an attribution with the zone, "> " before each line, "-- " above the signature; typed anywhere."""

from __future__ import annotations

from tests.client_shapes.shape import Original, Typed, Writer, interleaved, mail


def reply(answered: Original, writer: Writer, typed: Typed) -> bytes:
    """The text part of the original is quoted, its signature included."""
    attribution = f"On {answered.date:%a, %b %d, %Y at %I:%M:%S%p %z}, {answered.name} wrote:"
    quote = "\n".join(f"> {line}" for line in answered.text.split("\n"))
    lines = interleaved(quote.split("\n"), typed.between)
    above = [*typed.top_lines, ""] if typed.top else []
    below = ["", *typed.bottom_lines] if typed.bottom else []
    signature = ["", "-- ", *writer.signature] if writer.signature else []
    text = "\n".join([*above, attribution, *lines, *below, *signature, ""])
    body = (
        b"Content-Type: text/plain; charset=utf-8\nContent-Disposition: inline\nContent-Transfer-Encoding: 8bit\n\n" + text.encode()
    )
    return mail(writer, answered, body, domain="vm", user_agent="NeoMutt/20220429")
