"""The installation's own looks on public pages: its colour, made readable, its logo, its stylesheet.

Of the colour only the hue is taken for granted: as text on our grounds, and as a ground for white text, it is darkened or lightened
until the contrast is 4.5 to 1 (WCAG 2.2, 1.4.3).
"""

from __future__ import annotations

import colorsys
import hashlib
from dataclasses import dataclass
from pathlib import Path

from helpdesk.errors import BadSetting
from helpdesk.settings import Settings

LOGO_TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
READABLE = 4.5
WHITE, DARK_RAISED = (1.0, 1.0, 1.0), (0x1B / 255, 0x1E / 255, 0x24 / 255)
Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Brand:
    """What the pages below /brand/ serve; "" and None where nothing is set."""

    style: str = ""
    logo: bytes | None = None
    logo_type: str = ""

    @property
    def version(self) -> str:
        """A word for the addresses that changes with the content."""
        return hashlib.sha256(self.style.encode() + b"\0" + (self.logo or b"")).hexdigest()[:12]


def load(settings: Settings) -> Brand:
    """The brand of these settings; raises BadSetting for a file that cannot be read or is no picture."""
    style = variables(settings.brand_color) if settings.brand_color else ""
    if settings.brand_css is not None:
        style += _read(settings.brand_css, "BRAND_CSS").decode("utf-8", "replace")
    if settings.brand_logo is None:
        return Brand(style)
    kind = LOGO_TYPES.get(settings.brand_logo.suffix.lower())
    if kind is None:
        raise BadSetting(f"HELPDESK_BRAND_LOGO is wrong: it is none of {', '.join(LOGO_TYPES)}.")
    return Brand(style, _read(settings.brand_logo, "BRAND_LOGO"), kind)


def variables(colour: str) -> str:
    """Our variables for this colour (#rrggbb), for light and dark."""
    own = _parsed(colour)
    soft, soft_dark = _mixed(own, WHITE, 0.08), _mixed(own, DARK_RAISED, 0.18)
    fill = readable(own, WHITE, darker=True)
    pairs = {
        "accent": (readable(own, WHITE, soft, darker=True), readable(own, DARK_RAISED, soft_dark, darker=False)),
        "accent-fill": (fill, fill),
        "accent-fill-hover": (_mixed(fill, (0.0, 0.0, 0.0), 0.84), _mixed(fill, (0.0, 0.0, 0.0), 0.84)),
        "accent-soft": (soft, soft_dark),
        "accent-line": (_mixed(own, WHITE, 0.28), _mixed(own, DARK_RAISED, 0.45)),
    }
    light = ";".join(f"--{name}:{_written(day)}" for name, (day, _) in pairs.items())
    both = ";".join(f"--{name}:light-dark({_written(day)},{_written(night)})" for name, (day, night) in pairs.items())
    return f":root{{{light}}}@supports (color:light-dark(#000,#fff)){{:root{{{both}}}}}\n"


def readable(colour: Colour, *grounds: Colour, darker: bool) -> Colour:
    """The colour, or the nearest darker (or lighter) one of its hue that has enough contrast to each ground."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*colour)
    while min(contrast(colour, one) for one in grounds) < READABLE and lightness != (0.0 if darker else 1.0):
        lightness = max(0.0, lightness - 0.01) if darker else min(1.0, lightness + 0.01)
        colour = _rounded(colorsys.hls_to_rgb(hue, lightness, saturation))
    return colour


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _mixed(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (a * share + b * (1 - share) for a, b in zip(one, other, strict=True))
    return _rounded((red, green, blue))


def _rounded(colour: Colour) -> Colour:
    red, green, blue = (round(part * 255) / 255 for part in colour)
    return red, green, blue


def _parsed(colour: str) -> Colour:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _written(colour: Colour) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)


def _read(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadSetting(f"HELPDESK_{name} cannot be read: {error}") from error
