"""Apple Mail on the Mac and on the iPhone: blockquote type=cite with the introduction inside, so that the text part quotes it too."""

from __future__ import annotations

import re
from html import escape

from tests.client_shapes.rendered import plain
from tests.client_shapes.shape import Original, Typed, Writer, alternative, html_part, interleaved, mail, quoted

_META = '<meta http-equiv="content-type" content="text/html; charset=utf-8">'
_STYLE = "overflow-wrap: break-word; -webkit-nbsp-mode: space; line-break: after-white-space;"


def mac(answered: Original, writer: Writer, typed: Typed) -> bytes:
    """The Mac: the first line bare in the body; the signature above the quote, its sign with a hard blank."""
    html = f'<html aria-label="message body"><head>{_META}</head><body style="{_STYLE}">{_divs(typed.top_lines)}'
    if writer.signature:
        html += f"<br><div>\n<div>--&nbsp;<br>{'<br>'.join(escape(line) for line in writer.signature)}</div>\n</div>"
    html += f'<div><br><blockquote type="cite"><div>{escape(_introduction(answered))}</div><br class="Apple-interchange-newline">'
    html += f"<div>{_content(answered, typed)}</div></blockquote></div><br>{_divs(typed.bottom_lines)}</body></html>"
    signature = ["", "-- ", *writer.signature] if writer.signature else []
    text = _text(answered, typed, [*typed.top_lines, *signature])
    return mail(
        writer, answered, alternative("Apple-Mail=_5B0C4B0E-8A2E-4C0B-9C1A-2F6C3F0D1A77", text, html, parameters="charset=utf-8"),
        domain="agents.example", x_mailer="Apple Mail (2.3826.700.81)", mime_version="1.0 (Mac OS X Mail 16.0 \\(3826.700.81\\))",
    )  # fmt: skip


def iphone(answered: Original, writer: Writer, typed: Typed) -> bytes:
    """The iPhone: what was typed is corrected (capitals, curly signs), its own line above the quote, a zero-width sign in the quote."""
    lines = corrected(typed.top_lines)
    text = _text(answered, typed, [*lines, "", "Sent from my iPhone"], first="\ufeff")
    body = alternative(
        "Apple-Mail-0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9", text, _iphone_html(answered, lines), parameters="charset=utf-8"
    )
    return mail(writer, answered, body, domain="agents.example", x_mailer="iPhone Mail (23B85)", mime_version="1.0 (1.0)")


def iphone_html_only(answered: Original, writer: Writer, typed: Typed) -> bytes:
    """The same where something in the mail is formatted or pasted: no text part at all."""
    body = html_part(_iphone_html(answered, corrected(typed.top_lines)))
    return mail(writer, answered, body, domain="agents.example", x_mailer="iPhone Mail (23B85)", mime_version="1.0 (1.0)")


def corrected(lines: list[str]) -> list[str]:
    """What the keyboard makes of it: a capital at the beginning of each line, curly quotes, a long dash."""
    found = [re.sub(r"^(\W*)(\w)", lambda first: first[1] + first[2].upper(), line) for line in lines]
    return [re.sub(r'"([^"]*)"', "“\\1”", line).replace("'", "’").replace("--", "—") for line in found]


def _iphone_html(answered: Original, lines: list[str]) -> str:
    return (
        f'<html><head>{_META}</head><body dir="auto">{_divs(lines)}<div><br id="lineBreakAtBeginningOfSignature">'
        '<div dir="ltr">Sent from my iPhone</div><div dir="ltr"><br><blockquote type="cite">'
        f'{escape(_introduction(answered))}<br><br></blockquote></div><blockquote type="cite"><div dir="ltr">\ufeff{answered.html}'
        "</div></blockquote></div></body></html>"
    )


def _introduction(answered: Original) -> str:
    return f"On {answered.date.day} {answered.date:%b %Y}, at {answered.date:%H:%M}, {answered.mailbox} wrote:"


def _divs(lines: list[str]) -> str:
    shown = [escape(line) or "<br>" for line in lines]
    return "".join([*shown[:1], *(f"<div>{line}</div>" for line in shown[1:])])


def _content(answered: Original, typed: Typed) -> str:
    """The quote; broken in two where something was typed into it."""
    if not typed.between:
        return answered.html
    html, waiting = "", list(typed.between)
    for line in plain(answered.html).split("\n"):
        html += f"<div>{escape(line) or '<br>'}</div>"
        if waiting and waiting[0][0] in line:
            answer = "".join(f"<div>{escape(one) or '<br>'}</div>" for one in waiting.pop(0)[1].split("\n"))
            html += f'</div></blockquote><div><br></div>{answer}<div><br></div><blockquote type="cite"><div>'
    return html


def _text(answered: Original, typed: Typed, above: list[str], first: str = "") -> str:
    content = quoted(f"{_introduction(answered)}\n\n{first}{plain(answered.html)}")
    lines = interleaved(content.split("\n"), typed.between)
    return "\n".join([*above, "", *lines, *(["", *typed.bottom_lines] if typed.bottom else []), ""])
