"""The HTML of a mail, shown in a sandboxed frame: no script, no form, no request to anywhere."""

from __future__ import annotations

from fastapi.responses import HTMLResponse

CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'; sandbox"
_PAGE = (
    '<!doctype html><meta charset="utf-8">'
    "<style>body{{font:15px/1.5 system-ui,sans-serif;margin:12px;overflow-wrap:anywhere}}"
    "img{{max-width:100%;height:auto}}</style>{0}"
)


def page(html: str) -> HTMLResponse:
    """A page with this mail's HTML (already sanitised where a stranger wrote it) under a policy of its own."""
    return HTMLResponse(_PAGE.format(html), headers={"Content-Security-Policy": CSP})
