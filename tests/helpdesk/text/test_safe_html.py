"""Nothing of a stranger's HTML runs, loads or covers anything; what is left is readable."""

from __future__ import annotations

import re

import pytest
from selectolax.lexbor import LexborHTMLParser

from helpdesk.text import safe_html

PAYLOADS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=http://x.test/a.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script\x0c>alert(1)</script>",
    "<script/x>alert(1)</script/x>",
    "<img src=x onerror=alert(1)>",
    "<img src=x oNeRrOr=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<img src='x'onerror='alert(1)'>",
    "<img src=x\nonerror\n=\nalert(1)>",
    '<img alt="`<script>" src=x onerror=alert(1)//">',
    "<img src=javascript:alert(1)>",
    "<img srcset='http://x.test/a 1x, javascript:alert(1) 2x'>",
    "<body onload=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><a xlink:href='javascript:alert(1)'><text y=20>x</text></a></svg>",
    "<svg><use href='data:image/svg+xml;base64,PHN2Zz4='/></svg>",
    "<svg><foreignObject><iframe src=javascript:alert(1)></foreignObject></svg>",
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    "<math href='javascript:alert(1)'>x</math>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<textarea></textarea><img src=x onerror=alert(1)>",
    "<title><img src=x onerror=alert(1)></title>",
    "<template><script>alert(1)</script></template>",
    "<xmp><img src=x onerror=alert(1)></xmp>",
    "<plaintext><script>alert(1)</script>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)></object>",
    "<embed src=javascript:alert(1)>",
    "<applet code=a></applet>",
    "<frameset onload=alert(1)><frame src=javascript:alert(1)></frameset>",
    "<form action=javascript:alert(1)><input type=submit></form>",
    "<form><button formaction=javascript:alert(1)>x</button></form>",
    "<input autofocus onfocus=alert(1)>",
    "<select autofocus onfocus=alert(1)>",
    "<video src=x onerror=alert(1)></video>",
    "<audio src=http://x.test/a autoplay></audio>",
    "<details open ontoggle=alert(1)>x</details>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<base href=javascript:alert(1)//>",
    "<link rel=stylesheet href=http://x.test/a.css>",
    "<link rel=import href=data:text/html,x>",
    "<style>@import 'http://x.test/a.css'; body{background:url(http://x.test/b)}</style>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74:alert(1)'>x</a>",
    "<a href=' \x01javascript:alert(1)'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='//x.test/a'>x</a>",
    "<a href=http://x.test onclick=alert(1) target=_self>x</a>",
    "<a href=http://x.test ping=http://x.test/p>x</a>",
    "<img src='data:image/svg+xml;base64,PHN2Zz4='>",
    "<img src='data:text/html;base64,PHN2Zz4='>",
    "<img src=//x.test/a.png>",
    "<p style='background:url(http://x.test/a)'>x</p>",
    "<p style='background:url(javascript:alert(1))'>x</p>",
    "<p style='width:expression(alert(1))'>x</p>",
    "<p style='-moz-binding:url(http://x.test/a)'>x</p>",
    "<p style='behavior:url(a.htc)'>x</p>",
    "<p style='color:red;back\\67round:url(http://x.test/a)'>x</p>",
    "<p style='list-style:url(http://x.test/a)'>x</p>",
    "<p style='color:/**/url(http://x.test)'>x</p>",
    "<div style='position:fixed;top:0;left:0;width:100%;height:100%;z-index:9999'>x</div>",
    "<div style='margin-top:-9999px'>x</div>",
    "<div style='opacity:0;display:none;transform:scale(9)'>x</div>",
    "<p id=csrf name=cookie class=hidden>x</p>",
    "<!--><script>alert(1)</script>-->",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml-stylesheet href='javascript:alert(1)'?>",
    "\u2028<script>alert(1)</script>",
    "<a\x00href='javascript:alert(1)'>x</a>",
    "<table background=http://x.test/a><td background='javascript:alert(1)'>x</table>",
    "<p " * 50 + "<script>alert(1)</script>",
]
_ACTIVE_TAGS = (
    "script,style,iframe,object,embed,form,input,button,select,textarea,meta,base,link,svg,math,video,audio,template,frame"
)
_ALLOWED_STYLE = re.compile(r"[a-z-]+:[\w#%.,\s!\"'()/-]+(?:;[a-z-]+:[\w#%.,\s!\"'()/-]+)*")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_runs_loads_or_covers(payload: str) -> None:
    safe = safe_html.sanitise(f"<div>before {payload} after</div>")
    assert safe is not None
    tree = LexborHTMLParser(safe)
    assert tree.css(_ACTIVE_TAGS) == []
    for node in tree.css("*"):
        for name, value in node.attributes.items():
            text = (value or "").strip().lower()
            assert not name.startswith("on")
            assert name not in {
                "srcset",
                "background",
                "action",
                "formaction",
                "srcdoc",
                "ping",
                "id",
                "name",
                "class",
                "xlink:href",
            }
            if name == "href":
                assert text.startswith(("http://", "https://", "mailto:", "tel:"))
            if name == "src":
                assert text.startswith(("cid:", "data:image/png", "data:image/jpeg", "data:image/gif", "data:image/webp"))
            if name == "style":
                assert _ALLOWED_STYLE.fullmatch(text)
                assert not re.search(r"url|expression|@|\\|position|z-index|opacity|display|:\s*-|\s-\d", text)


def test_sanitising_twice_changes_nothing() -> None:
    for payload in PAYLOADS:
        once = safe_html.sanitise(payload)
        assert once is not None
        twice = safe_html.sanitise(once.replace(" data-remote-src=", " src="))
        assert twice is not None
        assert _shape(twice) == _shape(once)


def _shape(html: str) -> list[tuple[str | None, list[tuple[str, str | None]]]]:
    return [(node.tag, sorted(node.attributes.items())) for node in LexborHTMLParser(html).css("*")]


@pytest.mark.parametrize(
    ("html", "safe"),
    [
        ("<p>a <b>b</b></p>", "<p>a <b>b</b></p>"),
        ('<img src="cid:logo@x.test" alt="logo">', '<img src="cid:logo@x.test" alt="logo" loading="lazy">'),
        ('<img alt="a" src="https://x.test/a.png">', '<img alt="a" data-remote-src="https://x.test/a.png" loading="lazy">'),
        ('<img src="data:image/png;base64,AAAA">', '<img src="data:image/png;base64,AAAA" loading="lazy">'),
        ("<p>a<script>b</script>c</p>", "<p>ac</p>"),
        ('<p style="color:red;position:fixed">a</p>', '<p style="color:red">a</p>'),
        ('<p style="color: rgb(1, 2, 3); margin: 0 4px; margin: -4px">a</p>', '<p style="color:rgb(1, 2, 3);margin:0 4px">a</p>'),
        ('<p style="position:fixed">a</p>', "<p>a</p>"),
        ("a &lt;b&gt; &amp; c", "a &lt;b&gt; &amp; c"),
    ],
)
def test_what_a_reader_needs_stays(html: str, safe: str) -> None:
    assert safe_html.sanitise(html) == safe


def test_links_open_apart_and_tell_nothing() -> None:
    safe = safe_html.sanitise('<a href="https://x.test/" rel="opener" target="_top">x</a>') or ""
    link = LexborHTMLParser(safe).css_first("a")
    assert link is not None
    assert link.attributes == {"href": "https://x.test/", "target": "_blank", "rel": "noopener noreferrer nofollow"}


def test_html_over_its_cap_is_not_shown() -> None:
    assert safe_html.sanitise("<div>" * 100_000) is None
    assert safe_html.sanitise("<p>x</p>" * 200_000) is None
