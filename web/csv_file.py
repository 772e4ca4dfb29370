"""Tables to be saved as CSV (RFC 4180): what a spreadsheet would take for a formula is marked as text."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence

from fastapi.responses import Response

from web import downloads

_FORMULA = frozenset("=+-@")  # OWASP, "CSV Injection"
_BREAKS = ("\t", "\r", "\n")  # some take what follows for a cell of its own
_BOM = "\ufeff"  # without it a spreadsheet reads UTF-8 as whatever it was set up for

Cell = str | int | float | None


def response(rows: Iterable[Sequence[Cell]], filename: str) -> Response:
    """The rows, the first one being the heads, as a download."""
    written = io.StringIO()
    csv.writer(written).writerows([guarded(cell) for cell in row] for row in rows)
    headers = {"Content-Disposition": downloads.disposition(filename), "Content-Security-Policy": "default-src 'none'; sandbox"}
    return Response((_BOM + written.getvalue()).encode(), media_type="text/csv; charset=utf-8", headers=headers)


def guarded(cell: Cell) -> Cell:
    """Numbers as they are; text that begins like a formula behind an apostrophe, blanks and what nobody sees left aside."""
    if not isinstance(cell, str):
        return cell
    first = next((one for one in cell if unicodedata.category(one)[0] not in "CZ"), "")
    # a full-width sign is a sign: spreadsheets set up for East Asian writing take it for one
    is_formula = unicodedata.normalize("NFKC", first)[:1] in _FORMULA if first else False
    return f"'{cell}" if is_formula or cell.lstrip(" ").startswith(_BREAKS) else cell
