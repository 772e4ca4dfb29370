"""The secret of an app for codes as people take it over: a picture to scan, and letters to type."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from helpdesk.sign_in import second_factor


def shown(secret: str, account: str, issuer: str) -> dict[str, Any]:
    """For a page: `qr` (inline SVG without styles, black on white as readers need it), `letters` in groups of four, `link`."""
    import segno

    address = second_factor.address_for_apps(secret, account, issuer)
    picture = segno.make(address, error="m").svg_inline(scale=4, border=3, dark="#000", light="#fff", omitsize=True)
    letters = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return {"qr": Markup(picture), "letters": letters, "link": address}  # noqa: S704  (a library drew it from numbers)
