"""Outlook on the web and on telephones: divs, a rule, the header block in divRplyFwdMsg, the quote unmarked below it."""

from __future__ import annotations

from html import escape

from tests.client_shapes.rendered import plain
from tests.client_shapes.shape import Original, Typed, Writer, alternative, mail

_STYLE = "font-family: Aptos, Calibri, sans-serif; font-size: 12pt; color: rgb(0, 0, 0);"
_RULE = "________________________________"


def web(answered: Original, writer: Writer, typed: Typed) -> bytes:
    """The browser: elementToProof divs, the signature in one with an id, appendonsend above the rule."""
    body = "".join(f'<div class="elementToProof" style="{_STYLE}">{_words(line)}</div>\n' for line in typed.top_lines)
    signature = "".join(f'<div style="{_STYLE}">{_words(line)}</div>' for line in writer.signature)
    if signature:
        body += (
            f'<div class="elementToProof" style="{_STYLE}"><br></div><div id="Signature" class="elementToProof">{signature}</div>\n'
        )
    html = f'{body}<div id="appendonsend"></div>\n{_below(answered)}'
    return _mail(answered, writer, html, [*typed.top_lines, *(["", *writer.signature] if signature else [])])


def mobile(answered: Original, writer: Writer, typed: Typed) -> bytes:
    """The app on iOS: everything typed in one dir=ltr div, the app's own line in ms-outlook-mobile-signature."""
    lines = "".join(f'<div dir="ltr" style="{_STYLE}">{_words(line)}</div>' for line in typed.top_lines)
    html = (
        f'{lines}<div id="ms-outlook-mobile-body-separator-line" dir="ltr"><br></div>'
        '<div id="ms-outlook-mobile-signature" dir="ltr">Get <a href="https://aka.ms/o0ukef">Outlook for iOS</a></div>\n'
        f'<div id="mail-editor-reference-message-container" class="ms-outlook-mobile-reference-message skipProofing">{_below(answered)}</div>'
    )
    return _mail(answered, writer, html, [*typed.top_lines, "", "Get Outlook for iOS<https://aka.ms/o0ukef>"])


def _words(line: str) -> str:
    return escape(line) or "<br>"


def _below(answered: Original) -> str:
    block = "<br>\n".join(f"<b>{name}:</b>&nbsp;{escape(value)}" for name, value in _fields(answered))
    return (
        '<hr style="display: inline-block; width: 98%;" tabindex="-1">\n<div id="divRplyFwdMsg" dir="ltr">'
        f'<font face="Calibri, sans-serif" style="font-size:11pt" color="#000000">{block}</font>\n<div>&nbsp;</div>\n</div>\n'
        f"<div>{answered.html}</div>\n"
    )


def _fields(answered: Original) -> tuple[tuple[str, str], ...]:
    sent = f"{answered.date:%A}, {answered.date:%B} {answered.date.day}, {answered.date.year} {answered.date:%I:%M %p}"
    return ("From", answered.mailbox), ("Sent", sent), ("To", answered.recipient), ("Subject", answered.subject)


def _mail(answered: Original, writer: Writer, body: str, lines: list[str]) -> bytes:
    html = (
        '<html>\n<head>\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\n<style type="text/css" style="display:none;">'
        f' P {{margin-top:0;margin-bottom:0;}} </style>\n</head>\n<body dir="ltr">\n{body}</body>\n</html>\n'
    )
    block = "\n".join(f"{name}: {value}" for name, value in _fields(answered))
    text = "\n".join([*lines, _RULE, block, "", plain(answered.html, links="<{}>"), ""])
    return mail(
        writer, answered, alternative("_000_AM0PR04MB41313F2C9E5A7B_", text, html), domain="AM0PR04MB4131.example",
        thread_topic=answered.subject.removeprefix("Re: "), thread_index="AQHcW+F6f0x1k2jv1U2m0G3oQe9jzrX1Rb2k",
        accept_language="en-US", content_language="en-US", x_ms_has_attach="no",
    )  # fmt: skip
