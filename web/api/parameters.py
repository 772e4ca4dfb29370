"""Parameters that many endpoints have, described once."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query, Request

from helpdesk.lists.ticket_queue import MOST_ROWS
from web import limits
from web.api import shapes
from web.deps import Anyone

Number = Annotated[int, Path(ge=0, le=shapes.NUMBER, description="Its number, as the list gives it.", examples=[12])]
# what fits no ticket is no ticket: 404, the same as one that is absent
TicketId = Annotated[
    str,
    Path(
        description="The ticket's tag, number or uuid, in any case.",
        examples=["ELM-007"],
        json_schema_extra={"pattern": "^[0-9A-Za-z-]{1,60}$"},
    ),
]
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="At most so many.")]
Cursor = Annotated[shapes.Cursor, Query(description="`next` of the page before.")]


def _counted(
    request: Request,
    desk: Anyone,
    q: Annotated[shapes.Word, Query(description="Only what has these words.", examples=["printer"])] = "",
) -> str:
    limits.search(request, desk, q)
    return q


Words = Annotated[str, Depends(_counted)]
