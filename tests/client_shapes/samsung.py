"""Samsung Mail: HTML only, dir=auto divs, its signature in composer_signature, a banner and a header block, the quote unmarked."""

from __future__ import annotations

from html import escape

from tests.client_shapes.shape import Original, Typed, Writer, html_part, mail, without_data


def reply(answered: Original, writer: Writer, typed: Typed) -> bytes:
    """Base64; each typed line is a div."""
    lines = "".join(f'<div dir="auto">{escape(line) or "<br>"}</div>' for line in typed.top_lines)
    fields = (
        ("From", answered.mailbox),
        ("Date", f"{answered.date:%d/%m/%Y  %H:%M}  (GMT+00:00)"),
        ("To", answered.recipient),
        ("Subject", answered.subject),
    )
    block = "".join(f"<div>{name}: {escape(value)} </div>" for name, value in fields)
    html = (
        '<html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8"></head><body dir="auto">'
        f'{lines}<div dir="auto"><br></div><div dir="auto"><br></div>'
        '<div id="composer_signature" dir="auto"><div style="font-size:12px;color:#575757" dir="auto">Sent from my Galaxy</div></div>'
        '<div dir="auto"><br></div><div><br></div><div align="left" dir="auto" style="font-size:100%;color:#000000">'
        f"<div>-------- Original message --------</div>{block}<div><br></div></div>{without_data(answered.html)}</body></html>"
    )
    return mail(writer, answered, html_part(html, base64=True), domain="email.android.com", importance="Normal")
