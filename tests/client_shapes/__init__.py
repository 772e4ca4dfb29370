"""How people's mail programs write a reply: one module a program, functions from (original, writer, typed) to the octets of a mail.

The shapes follow what the programs really send; every word in them is ours. `CLIENTS` is the whole table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.client_shapes import apple, gmail, mutt, outlook_desktop, outlook_web, proton, samsung, thunderbird, yahoo
from tests.client_shapes.shape import Original, Typed, Writer

ANYWHERE = frozenset(("top", "bottom", "between"))
ON_TOP = frozenset(("top",))


@dataclass(frozen=True)
class Client:
    """How it writes, where its people type, whether it has a signature of the writer, and whether it corrects what is typed."""

    write: Callable[[Original, Writer, Typed], bytes]
    places: frozenset[str]
    signs: bool = True
    corrects: bool = False


CLIENTS = {
    "Gmail web": Client(gmail.web, ANYWHERE),
    "Gmail Android": Client(gmail.android, ON_TOP, signs=False),
    "Outlook desktop": Client(outlook_desktop.reply, ON_TOP),
    "Outlook web": Client(outlook_web.web, ON_TOP),
    "Outlook mobile": Client(outlook_web.mobile, ON_TOP, signs=False),
    "Apple Mail": Client(apple.mac, ANYWHERE),
    "iOS Mail": Client(apple.iphone, ON_TOP, signs=False, corrects=True),
    "iOS Mail, HTML only": Client(apple.iphone_html_only, ON_TOP, signs=False, corrects=True),
    "Thunderbird plain": Client(thunderbird.plain, ANYWHERE),
    "Thunderbird HTML": Client(thunderbird.html, ANYWHERE),
    "Thunderbird both": Client(thunderbird.both, ANYWHERE),
    "mutt": Client(mutt.reply, ANYWHERE),
    "Samsung Mail": Client(samsung.reply, ON_TOP, signs=False),
    "Yahoo Mail": Client(yahoo.reply, ON_TOP),
    "Proton Mail": Client(proton.reply, ON_TOP),
}
