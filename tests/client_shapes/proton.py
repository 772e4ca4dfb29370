"""Proton Mail: styled divs, a signature block, protonmail_quote with blockquote type=cite; a date with "22nd"."""

from __future__ import annotations

from html import escape

from tests.client_shapes.rendered import plain
from tests.client_shapes.shape import Original, Typed, Writer, alternative, mail, quoted, without_data

_STYLE = "font-family: Arial, sans-serif; font-size: 14px;"


def reply(answered: Original, writer: Writer, typed: Typed) -> bytes:
    """Typed on top; the writer's signature and the service's own line in one block."""
    day = answered.date.day
    ending = "th" if 10 < day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    at = f"On {answered.date:%A}, {answered.date:%B} {day}{ending}, {answered.date.year} at {answered.date:%I:%M %p}"
    lines = "".join(f'<div style="{_STYLE}">{escape(line) or "<br>"}</div>' for line in typed.top_lines)
    own = "<br>".join(escape(line) for line in writer.signature)
    html = (
        f'{lines}<div style="{_STYLE}"><br></div><div class="protonmail_signature_block" style="{_STYLE}">'
        f'<div class="protonmail_signature_block-user{"" if own else " protonmail_signature_block-empty"}">{own}</div>'
        '<div class="protonmail_signature_block-proton">Sent with <a target="_blank" href="https://proton.me/mail/home">Proton Mail</a>'
        f' secure email.</div></div><div style="{_STYLE}"><br></div><div class="protonmail_quote">\n        {at}, {escape(answered.mailbox)} wrote:'
        f'<br><br>\n        <blockquote class="protonmail_quote" type="cite">{without_data(answered.html)}</blockquote><br>\n    </div>'
    )
    above = [*typed.top_lines, "", *writer.signature, *([""] if own else [])]
    text = "\n".join([
        *above, "Sent with [Proton Mail](https://proton.me/mail/home) secure email.", "", f"{at}, {answered.mailbox} wrote:", "",
        quoted(plain(answered.html)), "",
    ])  # fmt: skip
    return mail(writer, answered, alternative("b1=_4wQ8k0dBq5jV2nX7aZc", text, html), domain="proton.me")
