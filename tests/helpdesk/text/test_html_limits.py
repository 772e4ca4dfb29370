"""What a tree builder is spared: sizes and depths, and the tricks that would hide them."""

from __future__ import annotations

import pytest

from helpdesk.text import html_limits


@pytest.mark.parametrize(
    "html",
    [
        "x" * (1024 * 1024 + 1),
        "<div>" * 201,
        "<div>" * 100_000,
        "<b>" * 201,
        "<div></x>" * 201,
        "<div><!--</div>-->" * 201,
        "<!--><div>" * 201,
        '<div title="</div>">' * 201,
        '<x a" ><div>' * 201,
        "<div><style></div></style>" * 201,
        "<div><textarea></div></textarea>" * 201,
        "<svg>" + "<g></g>" * 201,
        "<blin\u212a></blink>" * 201,
        "<blink></blin\u212a>" * 201,
        "<DIV>" * 201,
        "<table>" + "<p>x" * 2_001,
        "<table><tr>" + "<br>" * 2_001,
        "<table><tr><td></td>" + "<img>" * 2_001,
        "<select>" + "<option>" * 501,
        "<div " + " ".join(f"a{n}=1" for n in range(1_000)) + ">",
    ],
)
def test_too_much_html_is_named(html: str) -> None:
    assert html_limits.exceeded(html) is not None


@pytest.mark.parametrize(
    "html",
    [
        "",
        "no tags at all " * 10_000,
        "<p>unclosed " * 5_000,
        "<li>unclosed " * 5_000,
        "<div>" * 150 + "</div>" * 150,
        "<div><b>x</b><br><img></div>" * 5_000,
        "<table>" + "<tr><td>x<p>y</td></tr>" * 5_000 + "</table>",
        "<table><tr><td><table><tr><td>x</td></tr></table></td></tr></table>" * 2_000,
        "<!--[if mso]><table><tr><td><![endif]-->" * 2_000,
        "<style>a > b { }</style>" * 100,
        "a < b and c > d " * 5_000,
    ],
)
def test_ordinary_html_passes(html: str) -> None:
    assert html_limits.exceeded(html) is None
