"""Stylesheets and scripts lose what only readers of the source need, and nothing else."""

from __future__ import annotations

import gzip

import pytest
from starlette.testclient import TestClient

from web import rendering, squeezed


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("/* why */\na { color: red; }\n", "a{color:red}"),
        (".a > .b,\n.c :is(:hover, :focus) { margin: 0 auto; width: calc(1px + 2em) }", ".a>.b,.c :is(:hover,:focus){margin:0 auto;width:calc(1px + 2em)}"),
        ('[class*=" s-"] .i { content: "✓" }', '[class*=" s-"] .i{content:"✓"}'),
        ("@media (max-width: 9px) {\n  a { b: c }\n}", "@media (max-width:9px){a{b:c}}"),
    ],
)  # fmt: skip
def test_a_style_means_the_same_with_fewer_characters(written: str, sent: str) -> None:
    assert squeezed.squeezed_style(written) == sent


def test_a_script_keeps_its_lines() -> None:
    written = "// why\nconst a = 1; // stays\n\n  if (a)\n    b()\n"
    assert squeezed.squeezed_script(written) == "const a = 1; // stays\nif (a)\nb()"


@pytest.mark.parametrize(
    ("accepts", "encoding"), [("gzip, br", "gzip"), ("br;q=1, gzip;q=0.8", "gzip"), ("gzip;q=0", None), ("identity", None)]
)
def test_who_takes_gzip_gets_it(client: TestClient, accepts: str, encoding: str | None) -> None:
    with client.stream("GET", "/static/app.css?v=1", headers={"Accept-Encoding": accepts}) as answer:
        body = b"".join(answer.iter_raw())
        assert (answer.headers.get("content-encoding"), answer.headers["vary"]) == (encoding, "Accept-Encoding")
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    plain = squeezed.squeezed_style((rendering.STATIC / "app.css").read_text(encoding="utf-8")).encode()
    assert (gzip.decompress(body) if encoding else body) == plain


def test_a_file_that_is_not_there_is_not_there(client: TestClient) -> None:
    assert client.get("/static/nothing.css").status_code == 404
    assert client.get("/static/icon.svg").headers["content-type"] == "image/svg+xml"
