"""Gmail in the browser and on Android: multipart/alternative, divs, the quote in gmail_quote below a gmail_attr line."""

from __future__ import annotations

from html import escape
from textwrap import fill

from tests.client_shapes.rendered import plain
from tests.client_shapes.shape import Original, Typed, Writer, address_link, alternative, interleaved, mail, quoted, without_data

_QUOTE_STYLE = "margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex"
_BOUNDARY = "0000000000003f1c5a0650f2a7d1"


def web(answered: Original, writer: Writer, typed: Typed) -> bytes:
    """The browser: the first line bare in the outer div, each further one in a div; the signature above the quote."""
    at = f"{answered.date:%a, %b} {answered.date.day}, {answered.date.year} at {answered.date:%I:%M} {answered.date:%p}".replace(
        " 0", " "
    )
    html = f'<div dir="ltr">{_divs(typed.top_lines)}{_signature(writer)}</div><br>'
    html += _quote(answered, typed, at, bottom=f"<div><br></div>{_divs(typed.bottom_lines, first=False)}" if typed.bottom else "")
    text = _text(answered, typed, at, "\n".join(["", "-- ", *writer.signature]) if writer.signature else "")
    return mail(
        writer, answered, alternative(_BOUNDARY, text, html, parameters='charset="UTF-8"'), domain="mail.gmail.com",
        x_gm_features="AWmQ_bnJ0aH2k8sL",
    )  # fmt: skip


def android(answered: Original, writer: Writer, typed: Typed) -> bytes:
    """The telephone: dir=auto, a date without "at", no signature of its own; people type on top."""
    at = f"{answered.date:%a, %b} {answered.date.day}, {answered.date.year}, {answered.date:%H:%M}"
    lines = "".join(f'<div dir="auto">{escape(line) or "<br>"}</div>' for line in typed.top_lines[1:])
    html = f'<div dir="auto">{escape(typed.top_lines[0])}{lines}</div><br>' + _quote(answered, typed, at, bottom="")
    return mail(writer, answered, alternative(_BOUNDARY, _text(answered, typed, at, ""), html), domain="mail.gmail.com")


def _divs(lines: list[str], *, first: bool = True) -> str:
    shown = [escape(line) or "<br>" for line in lines]
    bare = shown[:1] if first else []
    return "".join([*bare, *(f"<div>{line}</div>" for line in shown[len(bare) :])])


def _signature(writer: Writer) -> str:
    if not writer.signature:
        return ""
    lines = "<br>".join(escape(line) for line in writer.signature)
    return (
        '<div><br clear="all"></div><div><br></div><span class="gmail_signature_prefix">-- </span><br>'
        f'<div dir="ltr" class="gmail_signature" data-smartmail="gmail_signature"><div dir="ltr">{lines}</div></div>'
    )


def _quote(answered: Original, typed: Typed, at: str, *, bottom: str) -> str:
    who = f"{escape(answered.name)} &lt;{address_link(answered.address)}&gt;"
    content = without_data(answered.html)
    if typed.between:
        content = _pieces(plain(content).split("\n"), typed)
    else:
        content = f'<blockquote class="gmail_quote" style="{_QUOTE_STYLE}">{content}</blockquote>'
    attribution = f'<div dir="ltr" class="gmail_attr">On {at} {who} wrote:<br></div>'
    return f'<div class="gmail_quote gmail_quote_container">{attribution}{content}{bottom}</div>\r\n'


def _pieces(lines: list[str], typed: Typed) -> str:
    """The quote broken where something was typed into it: blockquote, divs, blockquote."""
    html, held = "", list[str]()
    waiting = list(typed.between)
    for line in lines:
        held.append(f"<div>{escape(line) or '<br>'}</div>")
        if waiting and waiting[0][0] in line:
            html += f'<blockquote class="gmail_quote" style="{_QUOTE_STYLE}">{"".join(held)}</blockquote><div><br></div>'
            html += _divs(waiting.pop(0)[1].split("\n"), first=False) + "<div><br></div>"
            held.clear()
    return html + (f'<blockquote class="gmail_quote" style="{_QUOTE_STYLE}">{"".join(held)}</blockquote>' if held else "")


def _text(answered: Original, typed: Typed, at: str, signature: str) -> str:
    content = quoted(plain(without_data(answered.html), stars=True))
    lines = interleaved(content.split("\n"), typed.between)
    introduction = fill(f"On {at} {answered.mailbox} wrote:", 78, break_long_words=False, break_on_hyphens=False)
    parts = [typed.top + signature, "", introduction, "", *lines]
    return "\n".join([*parts, "", typed.bottom] if typed.bottom else parts) + "\n"
