"""Tables to be saved as CSV (RFC 4180): what a spreadsheet would take for a formula is marked as text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from fastapi.responses import Response

from web import downloads

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # OWASP, "CSV Injection"
_BOM = "\ufeff"  # without it a spreadsheet reads UTF-8 as whatever it was set up for

Cell = str | int | float | None


def response(rows: Iterable[Sequence[Cell]], filename: str) -> Response:
    """The rows, the first one being the heads, as a download."""
    written = io.StringIO()
    csv.writer(written).writerows([guarded(cell) for cell in row] for row in rows)
    headers = {"Content-Disposition": downloads.disposition(filename), "Content-Security-Policy": "default-src 'none'; sandbox"}
    return Response((_BOM + written.getvalue()).encode(), media_type="text/csv; charset=utf-8", headers=headers)


def guarded(cell: Cell) -> Cell:
    """Numbers as they are; text that begins like a formula behind an apostrophe."""
    if isinstance(cell, str) and cell.lstrip(" ").startswith(_FORMULA):
        return f"'{cell}"
    return cell
