"""Thunderbird: plain as format=flowed, or HTML with moz-cite-prefix and blockquote type=cite; people type below or on top."""

from __future__ import annotations

from html import escape

from tests.client_shapes.rendered import plain as plain_of
from tests.client_shapes.shape import Original, Typed, Writer, alternative, html_part, interleaved, mail, plain_part, quoted

_AGENT = "Mozilla Thunderbird"
_WIDTH = 72


def plain(answered: Original, writer: Writer, typed: Typed) -> bytes:
    """Plain text: soft breaks end in a blank, lines that begin with one or with ">" are stuffed (RFC 3676)."""
    lines = interleaved(quoted(answered.text, "> ").split("\n"), typed.between)
    above = [*_flowed(typed.top_lines), ""] if typed.top else []
    below = ["", *_flowed(typed.bottom_lines)] if typed.bottom else []
    signature = ["", "-- ", *writer.signature] if writer.signature else []
    text = "\n".join([*above, _introduction(answered), *lines, *below, *signature, ""])
    body = plain_part(text, parameters="charset=UTF-8; format=flowed")
    return mail(writer, answered, body, domain="agents.example", user_agent=_AGENT, content_language="en-US")


def html(answered: Original, writer: Writer, typed: Typed) -> bytes:
    """HTML only: paragraphs, and line breaks within them."""
    body = html_part(_html(answered, writer, typed))
    return mail(writer, answered, body, domain="agents.example", user_agent=_AGENT, content_language="en-US")


def both(answered: Original, writer: Writer, typed: Typed) -> bytes:
    """Both forms, as newer versions send what is formatted."""
    lines = interleaved(quoted(plain_of(answered.html), "> ").split("\n"), typed.between)
    signature = ["", "-- ", *writer.signature] if writer.signature else []
    above, below = [*typed.top_lines, ""] if typed.top else [], ["", *typed.bottom_lines] if typed.bottom else []
    text = "\n".join([*above, _introduction(answered), *lines, *below, *signature, ""])
    body = alternative("------------2gqvW0u8mLx4rT1nYc7hPz5E", text, _html(answered, writer, typed))
    return mail(writer, answered, body, domain="agents.example", user_agent=_AGENT, content_language="en-US")


def _introduction(answered: Original) -> str:
    return f"On {answered.date:%d/%m/%Y %H:%M}, {answered.name} wrote:"


def _flowed(lines: list[str]) -> list[str]:
    found: list[str] = []
    for line in lines:
        rest = f" {line}" if line.startswith((" ", ">", "From ")) else line
        while len(rest) > _WIDTH and " " in rest[:_WIDTH]:
            at = rest.rindex(" ", 0, _WIDTH) + 1
            found.append(rest[:at])
            rest = rest[at:]
        found.append(rest)
    return found


def _html(answered: Original, writer: Writer, typed: Typed) -> str:
    prefix = f'<div class="moz-cite-prefix">{escape(_introduction(answered))}<br>\n</div>\n'
    cite = f'<blockquote type="cite" cite="mid:{answered.message_id.strip("<>")}">'
    content, waiting = answered.html, list(typed.between)
    if waiting:
        content = ""
        for line in plain_of(answered.html).split("\n"):
            content += f"{escape(line)}<br>\n"
            if waiting and waiting[0][0] in line:
                content += f"</blockquote>\n{_paragraphs(waiting.pop(0)[1].split(chr(10)))}\n{cite}"
    signature = "\n".join(["-- ", *writer.signature])
    signed = f'<pre class="moz-signature" cols="{_WIDTH}">{escape(signature)}</pre>\n' if writer.signature else ""
    return (
        '<!DOCTYPE html>\n<html>\n  <head>\n    <meta http-equiv="Content-Type" content="text/html; charset=UTF-8">\n  </head>\n  <body>\n'
        f"{_paragraphs(typed.top_lines)}{prefix}{cite}\n{content}</blockquote>\n{_paragraphs(typed.bottom_lines)}{signed}  </body>\n</html>\n"
    )


def _paragraphs(lines: list[str]) -> str:
    """A blank line ends a paragraph, other line ends are breaks."""
    text = "\n".join(lines)
    return "".join(f"<p>{escape(part).replace(chr(10), '<br>' + chr(10))}</p>\n" for part in text.split("\n\n") if part)
