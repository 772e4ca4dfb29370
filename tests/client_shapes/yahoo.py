"""Yahoo Mail: multipart/alternative, the quote in yahoo_quoted below an introduction; the text part indents and does not mark it."""

from __future__ import annotations

from html import escape

from tests.client_shapes.rendered import plain
from tests.client_shapes.shape import Original, Typed, Writer, alternative, mail, without_data


def reply(answered: Original, writer: Writer, typed: Typed) -> bytes:
    """Typed on top, each line a dir=ltr div."""
    on = f"On {answered.date:%A}, {answered.date:%B} {answered.date.day}, {answered.date.year} at {answered.date:%I:%M:%S %p} GMT"
    lines = "".join(f'<div dir="ltr" data-setdir="false">{escape(line) or "<br>"}</div>' for line in typed.top_lines)
    signed = "<br>".join(escape(line) for line in writer.signature)
    html = (
        '<html><head></head><body><div class="ydp5c1e7a02yahoo-style-wrap" style="font-family:Helvetica Neue, Helvetica, Arial, sans-serif;'
        f'font-size:16px;">{lines}<div><br></div>'
        + (f'<div class="ydp5c1e7a02signature"><div>{signed}</div></div>' if signed else "")
        + '</div><div id="yahoo_quoted_4711081500" class="yahoo_quoted"><div style="font-family:\'Helvetica Neue\', Helvetica, Arial, '
        f'sans-serif;font-size:13px;color:#26282a;"><div>{on}, {escape(answered.mailbox)} wrote:</div><div><br></div><div><br></div>'
        f"<div>{without_data(answered.html)}</div></div></div></body></html>"
    )
    quote = "\n".join(f"  {line}" if line else " " for line in plain(answered.html, links="").split("\n"))
    above = "\n".join([*typed.top_lines, *(["", *writer.signature] if signed else [])])
    text = f" {above}\n\n    {on}, {answered.mailbox} wrote:  \n \n{quote}\n  "
    body = alternative("----=_Part_1208911_1724018263.1795375112345", text, html, parameters="charset=UTF-8")
    return mail(writer, answered, body, domain="mail.yahoo.com", x_mailer="WebService/1.1.24652 YMailNorrin")
