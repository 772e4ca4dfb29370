"""Outlook on Windows: Word writes the HTML (MsoNormal, o:p), the quote stands below a line and a header block, unmarked."""

from __future__ import annotations

from html import escape

from tests.client_shapes.rendered import plain
from tests.client_shapes.shape import Original, Typed, Writer, alternative, mail

_HEAD = """<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" \
xmlns:w="urn:schemas-microsoft-com:office:word" xmlns="http://www.w3.org/TR/REC-html40">
<head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"><meta name="Generator" content="Microsoft Word 15 (filtered medium)">
<style><!--
@font-face {font-family:Aptos; panose-1:2 11 0 4 2 2 2 2 2 4;}
p.MsoNormal, li.MsoNormal, div.MsoNormal {margin:0in; font-size:11.0pt; font-family:"Aptos",sans-serif;}
a:link, span.MsoHyperlink {mso-style-priority:99; color:#0563C1; text-decoration:underline;}
div.WordSection1 {page:WordSection1;}
--></style></head>
<body lang="EN-US" link="#0563C1" vlink="#954F72" style="word-wrap:break-word">
<div class="WordSection1">
"""


def reply(answered: Original, writer: Writer, typed: Typed) -> bytes:
    """Typed on top, each line a paragraph; the text part has a blank line after each of them."""
    sent = f"{answered.date:%A}, {answered.date:%B} {answered.date.day}, {answered.date.year} {answered.date:%I:%M %p}"
    fields = (("From", answered.mailbox), ("Sent", sent), ("To", answered.recipient), ("Subject", answered.subject))
    block = "<br>\n".join(f"<b>{name}:</b> {escape(value)}" for name, value in fields)
    lines = [*typed.top_lines, *(["", *writer.signature] if writer.signature else []), ""]
    html = (
        _HEAD
        + "\n".join(_paragraph(line) for line in lines)
        + f'\n<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in">'
        f'<p class="MsoNormal">{block}<o:p></o:p></p></div></div>\n{_paragraph("")}\n'
        + "\n".join(_paragraph(line) for line in plain(answered.html, links="").split("\n"))
        + "\n</div></body></html>"
    )
    quote = "\n\n".join(line or " " for line in plain(answered.html, links=" <{}> ").split("\n"))
    text = "\n\n".join(line or " " for line in lines)
    text += "\n\n" + "\n".join(f"{name}: {value} " for name, value in fields) + f"\n\n \n\n{quote}\n\n"
    return mail(
        writer, answered, alternative("----=_NextPart_000_01C2_01DC5BE1.7A3F4D10", text, html, parameters='charset="UTF-8"'),
        domain="agents.example", x_mailer="Microsoft Outlook 16.0", thread_index="AQHcW+F6f0x1k2jv1U2m0G3oQe9jzg==",
        content_language="en-us",
    )  # fmt: skip


def _paragraph(line: str) -> str:
    return f'<p class="MsoNormal">{escape(line) or "<o:p>&nbsp;</o:p>"}{"<o:p></o:p>" if line else ""}</p>'
