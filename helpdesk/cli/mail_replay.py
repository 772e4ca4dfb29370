"""`helpdesk mail replay`: process a stored mail again; a dry run that shows the difference first, then for real."""

from __future__ import annotations

import json

from helpdesk import db
from helpdesk.errors import NotFound
from helpdesk.installation import Installation
from helpdesk.models import InboundMail, InboundState
from mail_ingest import process


def replay(house: Installation, mail_ids: list[int], *, for_real: bool) -> None:
    """One JSON line per mail: what it became, what it would become now; held ones are done for real when asked."""
    with process.opened(house, children=1) as tools:
        for mail_id in mail_ids:
            print(json.dumps(_one(tools, mail_id, for_real=for_real), default=str), flush=True)


def _one(tools: process.Tools, mail_id: int, *, for_real: bool) -> dict[str, object]:
    with db.transaction(tools.house.engine) as session:
        row = session.get(InboundMail, mail_id)
        if row is None:
            raise NotFound(f"There is no mail {mail_id}.")
        before = process.summary(row)
    would_be = process.dry_run(tools, mail_id)
    line: dict[str, object] = {
        "mail": mail_id,
        "was": before,
        "would_be": would_be,
        "changed": sorted(key for key in before if before[key] != would_be.get(key)),
    }
    if for_real and before["state"] == InboundState.HELD:
        with db.transaction(tools.house.engine) as session:
            process.release(session, mail_id)
        line["now"] = process.process(tools, mail_id)
    return line
