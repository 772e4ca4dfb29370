"""The installation's own looks: readable whatever colour is chosen."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from helpdesk.errors import BadSetting
from helpdesk.installation import Installation
from helpdesk.settings import Settings, load
from tests.web.conftest import LOCAL
from web import brand
from web.app import create_app


@pytest.mark.parametrize("colour", ["#000000", "#ffffff", "#ffee00", "#00ff00", "#ff00ff", "#7f7f7f", "#e11d48", "#0F766E"])
def test_every_colour_is_made_readable(colour: str) -> None:
    text = brand.variables(colour)
    pairs = {name: values.split(",") for name, values in re.findall(r"--([\w-]+):light-dark\(([^)]+)\)", text)}
    parsed = {name: [brand._parsed(value) for value in values] for name, values in pairs.items()}
    for theme, grounds in ((0, [brand.WHITE, parsed["accent-soft"][0]]), (1, [brand.DARK_RAISED, parsed["accent-soft"][1]])):
        for ground in grounds:
            assert brand.contrast(parsed["accent"][theme], ground) >= brand.READABLE, (colour, theme)
        for fill in ("accent-fill", "accent-fill-hover"):
            assert brand.contrast(parsed[fill][theme], brand.WHITE) >= brand.READABLE


def test_contrast_is_that_of_the_guidelines() -> None:
    assert brand.contrast(brand.WHITE, (0.0, 0.0, 0.0)) == pytest.approx(21)
    assert brand.contrast(brand.WHITE, brand._parsed("#767676")) == pytest.approx(4.54, abs=0.01)


def test_a_colour_that_is_readable_stays_as_it_is() -> None:
    assert "--accent-fill:#0f766e;" in brand.variables("#0F766E")


def test_the_shell_links_what_is_set_and_nothing_else(client: TestClient, installation: Installation, tmp_path: Path) -> None:
    page = client.get("/").text
    assert "/brand/" not in page and "Main site" not in page
    assert client.get("/brand/logo").status_code == client.get("/brand/style.css").status_code == 404
    (tmp_path / "logo.svg").write_text("<svg/>")
    (tmp_path / "own.css").write_text(".top { color: red }")
    update = {"brand_color": "#e11d48", "brand_logo": tmp_path / "logo.svg", "brand_css": tmp_path / "own.css",
              "main_site_url": "https://elm.example"}  # fmt: skip
    own = replace(installation, settings=installation.settings.model_copy(update=update))
    with TestClient(create_app(own), base_url="https://help.test", client=LOCAL) as branded:
        page = branded.get("/").text
        assert 'href="https://elm.example"' in page
        (style,) = re.findall(r'href="(/brand/style\.css\?v=\w+)"', page)
        answer = branded.get(style)
        assert "--accent-fill:" in answer.text and answer.text.endswith(".top { color: red }")
        assert (answer.headers["content-type"], "immutable" in answer.headers["cache-control"]) == ("text/css; charset=utf-8", True)
        (logo,) = re.findall(r'src="(/brand/logo\?v=\w+)"', page)
        answer = branded.get(logo)
        assert (answer.text, answer.headers["content-type"]) == ("<svg/>", "image/svg+xml")
        assert "default-src 'none'" in answer.headers["content-security-policy"]  # a picture with a script in it runs nothing


@pytest.mark.parametrize(
    ("values", "word"),
    [({"brand_color": "red"}, "BRAND_COLOR"), ({"brand_color": "#12345"}, "BRAND_COLOR"), ({"main_site_url": "javascript:1"}, "MAIN_SITE_URL")],
)  # fmt: skip
def test_a_wrong_setting_stops_the_start(values: dict[str, str], word: str) -> None:
    with pytest.raises(BadSetting, match=word):
        load(_env_file=None, **values)


def test_a_file_that_is_not_there_or_no_picture_stops_the_start(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "logo.exe").write_text("x")
    for update in ({"brand_logo": tmp_path / "logo.exe"}, {"brand_logo": tmp_path / "no.png"}, {"brand_css": tmp_path / "no.css"}):
        with pytest.raises(BadSetting, match="BRAND_"):
            brand.load(settings.model_copy(update=update))
