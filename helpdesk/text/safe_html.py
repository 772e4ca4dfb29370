"""HTML of a stranger made safe to show inside our pages: an allow-list of tags, attributes, addresses and style declarations.

What is not here: serving the images (the page maps `cid:` to an attachment and `data-remote-src` to a click), and the
Content-Security-Policy, which would have to fail as well before anything ran.
"""

from __future__ import annotations

import re

import nh3

from helpdesk.text import html_limits

_TAGS = {
    "a", "abbr", "address", "b", "bdi", "bdo", "big", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup",
    "dd", "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font", "footer", "h1", "h2", "h3", "h4",
    "h5", "h6", "header", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp", "section", "small",
    "span", "strike", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr", "tt", "u",
    "ul", "var", "wbr",
}  # fmt: skip
_DROPPED_WITH_CONTENT = {
    "script",
    "style",
    "title",
    "template",
    "textarea",
    "select",
    "svg",
    "math",
    "object",
    "iframe",
    "noscript",
    "xmp",
}
_CELL = {"align", "valign", "width", "height", "colspan", "rowspan", "bgcolor", "style", "nowrap"}
_ATTRIBUTES = {
    "*": {"dir", "lang", "title", "style", "align"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height", "border"},
    "table": {"width", "height", "border", "cellpadding", "cellspacing", "bgcolor", "align", "style"},
    "td": _CELL,
    "th": _CELL | {"scope"},
    "tr": {"align", "valign", "bgcolor", "style"},
    "col": {"width", "span"},
    "font": {"color", "face", "size"},
    "ol": {"start", "type", "reversed"},
    "li": {"value", "type"},
    "time": {"datetime"},
}
_SCHEMES = {"http", "https", "mailto", "tel", "cid", "data"}
_PROPERTIES = frozenset(
    ("color", "background-color", "direction", "font", "font-family", "font-size", "font-style", "font-weight", "height",
     "letter-spacing", "line-height", "list-style-type", "max-width", "text-align", "text-decoration", "text-indent",
     "text-transform", "vertical-align", "white-space", "width", "word-break", "word-wrap", "overflow-wrap", "border-collapse",
     "border-spacing", "border-radius")
)  # fmt: skip
_SIDE = r"(?:-(?:top|right|bottom|left))?"
_BOX = re.compile(rf"(?:margin|padding){_SIDE}|border{_SIDE}(?:-(?:color|style|width))?")
# No function but a colour's, no negative length (it would lay one thing over another), no escape, no address.
_VALUE = re.compile(r"(?:rgba?\([\d\s.,%/]{1,40}\)|hsla?\([\d\s.,%/deg]{1,40}\)|[\w#%.,\s!\"']|(?<=[a-z])-(?=[a-z]))+")
_INLINE_IMAGE = re.compile(r"data:image/(?:png|jpe?g|gif|webp);base64,[A-Za-z0-9+/=\s]*", re.IGNORECASE)
_IMAGE = re.compile(r'<img((?: [a-z-]+="[^"]*")*) src="(https?:[^"]*)"', re.IGNORECASE)
_MOST_LENGTH = 2_000


def sanitise(html: str) -> str | None:
    """HTML that runs nothing, loads nothing from outside and covers nothing; None above the caps (1 MiB, depth 200): show the text.

    Links open in a new tab and tell the target nothing. `cid:` and inline images stay; the address of a remote image moves to
    `data-remote-src`, so that nothing is fetched before a click. Style declarations are kept from an allow-list.
    """
    if html_limits.exceeded(html) is not None:
        return None
    cleaned = nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags=_DROPPED_WITH_CONTENT,
        attributes=_ATTRIBUTES,
        attribute_filter=_kept_value,
        url_schemes=_SCHEMES,
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}, "img": {"loading": "lazy"}},
    )
    return _IMAGE.sub(r'<img\1 data-remote-src="\2"', cleaned)


def _kept_value(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "style":
        return _kept_style(value) or None
    if attribute == "src":
        scheme = value.split(":", 1)[0].strip().lower()
        if scheme == "data":
            return value if _INLINE_IMAGE.fullmatch(value) else None
        return value if scheme in {"cid", "http", "https"} else None
    if attribute == "href":
        return value if value.split(":", 1)[0].strip().lower() in {"http", "https", "mailto", "tel"} else None
    return value if len(value) <= _MOST_LENGTH else None


def _kept_style(style: str) -> str:
    kept = []
    for declaration in style[: 4 * _MOST_LENGTH].split(";"):
        name, _, value = declaration.partition(":")
        name, value = name.strip().lower(), value.strip()
        if (name in _PROPERTIES or _BOX.fullmatch(name)) and len(value) <= 200 and _VALUE.fullmatch(value.lower()):
            kept.append(f"{name}:{value}")
    return ";".join(kept)
