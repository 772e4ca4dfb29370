"""`helpdesk mail replay`: process a stored mail again; a dry run that shows the difference first, then for real."""

from __future__ import annotations

import json
from typing import Any

from helpdesk import addressing, db, held_mail
from helpdesk.errors import Conflict, NotFound, Refused
from helpdesk.installation import Installation
from helpdesk.models import InboundMail, InboundState
from helpdesk.permissions import SYSTEM
from mail_ingest import process

NEW = "new"  # a dry run opens its ticket and takes it back: its number is nobody's
_MADE_NOTHING = (InboundState.IGNORED, InboundState.LOOP, InboundState.BOUNCE)


def replay(house: Installation, mail_ids: list[int], *, for_real: bool, as_json: bool) -> None:
    """What each mail became, what it would become now, and what of it differs; for real where nothing was made of it yet.

    Raises Refused, after the others are done, for those that are not there or would be made twice.
    """
    refused = []
    with process.opened(house, children=1) as tools:
        for mail_id in mail_ids:
            try:
                line = _dry(tools, mail_id)
                if for_real:
                    line["now"] = _for_real(tools, line)
            except Refused as error:
                refused.append(str(error))
                continue
            print(json.dumps(line, default=str) if as_json else _shown(line, house.settings.ticket_prefix), flush=True)
    if refused:
        raise Refused(" ".join(refused))


def _dry(tools: process.Tools, mail_id: int) -> dict[str, Any]:
    was = _summary(tools, mail_id)
    would_be = process.dry_run(tools, mail_id)
    if would_be["state"] == InboundState.TICKET:
        would_be["ticket"] = was["ticket"] if was["state"] == InboundState.TICKET else NEW
    changed = sorted(key for key in was if was[key] != would_be.get(key))
    return {"mail": mail_id, "was": was, "would_be": would_be, "changed": changed}


def _for_real(tools: process.Tools, line: dict[str, Any]) -> dict[str, Any]:
    mail_id, was, would_be = line["mail"], line["was"], line["would_be"]
    if was["state"] in _MADE_NOTHING and was["state"] == would_be["state"]:
        raise Conflict(f"Mail {mail_id} would become a {was['state']} again: nothing to do.")
    if was["state"] != InboundState.RECEIVED:
        with db.transaction(tools.house.engine) as session:
            held_mail.again(session, SYSTEM, mail_id, nudge=False)
    process.process(tools, mail_id)
    return _summary(tools, mail_id)


def _summary(tools: process.Tools, mail_id: int) -> dict[str, Any]:
    with db.transaction(tools.house.engine) as session:
        row = session.get(InboundMail, mail_id)
        if row is None:
            raise NotFound(f"There is no mail {mail_id}.")
        return process.summary(row)


def _shown(line: dict[str, Any], prefix: str) -> str:
    was, would_be = line["was"], line["would_be"]
    rows = [f"mail {line['mail']}: {_outcome(was, prefix)} -> {_outcome(would_be, prefix)}"]
    words = ("kind", "rule", "rung", "sender_verdict")
    rows += [f"  {key:15} {_word(was[key])} -> {_word(would_be[key])}" for key in words if key in line["changed"]]
    if not line["changed"]:
        rows.append("  nothing would change")
    if "now" in line:
        rows.append(f"  done: {_outcome(line['now'], prefix)}")
    return "\n".join(rows)


def _outcome(summary: dict[str, Any], prefix: str) -> str:
    ticket = summary["ticket"]
    where = ticket if ticket == NEW else addressing.tag(prefix, ticket) if ticket is not None else None
    reason = held_mail.why(summary["held"]) if summary["state"] == InboundState.HELD else None
    return " ".join(str(word) for word in (summary["state"], reason.code if reason else None, where) if word)


def _word(value: object) -> str:
    return "-" if value is None else str(value)
