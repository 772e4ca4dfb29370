"""Cursors: where a page of a list begins, as one opaque word."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime

from helpdesk.errors import Refused


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row seen (its moment and number); `first` counts from 1 the row after it, or, `backward`, the one it is itself.

    `total` is how many rows the list had on its first page, None where nobody counted.
    """

    at: datetime
    number: int
    first: int
    backward: bool
    total: int | None = None


def packed(cursor: Cursor) -> str:
    """The word for it."""
    fields = [cursor.at.isoformat(), cursor.number, cursor.first, cursor.backward, cursor.total]
    return base64.urlsafe_b64encode(json.dumps(fields, separators=(",", ":")).encode()).decode("ascii").rstrip("=")


def read(word: str) -> Cursor:
    """The cursor of a word; Refused for one that is none of ours."""
    try:
        at, number, first, backward, *total = json.loads(base64.urlsafe_b64decode(word[:400] + "=" * (-len(word) % 4)))
        counted = int(total[0]) if total and total[0] is not None else None
        found = Cursor(datetime.fromisoformat(at), int(number), int(first), bool(backward), counted)
    except (ValueError, TypeError, OverflowError, binascii.Error) as error:
        raise Refused("This is not a cursor of ours.", "cursor") from error
    fits = all(0 <= one < 10**12 for one in (found.number, found.first, found.total or 0))
    if found.at.tzinfo is None or not fits or found.first < 1:
        raise Refused("This is not a cursor of ours.", "cursor")
    return found
