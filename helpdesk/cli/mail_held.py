"""`helpdesk mail held`: what waits for a decision, and the decisions: release, attach, drop."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from helpdesk.errors import NotFound, Refused

if TYPE_CHECKING:  # a command loads what it needs when it runs
    from helpdesk.installation import Installation

app = typer.Typer(invoke_without_command=True, help="Held mail: list it, release, attach and drop it.")
Ids = Annotated[list[int], typer.Argument(help="Numbers of held mails.", metavar="ID...")]


@app.callback()
def listing(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line each.")] = False,
    reason: Annotated[int | None, typer.Option(help="Only of this reason's number (6 for H6).")] = None,
) -> None:
    """What is held, the longest waiting first; with a command: decide."""
    if context.invoked_subcommand is not None:
        return
    from helpdesk import db, held_mail
    from helpdesk.permissions import SYSTEM

    last = None
    with db.transaction(_house().engine) as session:
        while rows := held_mail.listed(session, SYSTEM, reason=reason, after=last):
            last = rows[-1].id
            for row in rows:
                line = held_mail.told(row)
                print(json.dumps(line) if as_json else _shown(line))
    if last is None and not as_json:
        print("Nothing is held.")


@app.command()
def release(mail_ids: Ids) -> None:
    """Each becomes a new ticket of its sender."""
    _settle(mail_ids, None)


@app.command()
def attach(mail_ids: Ids, ticket: Annotated[str, typer.Option("--to", help="The ticket: ELM-7.")]) -> None:
    """Each becomes a message on a ticket."""
    _settle(mail_ids, ticket)


@app.command()
def drop(mail_ids: Ids, reason: Annotated[str, typer.Option(help="Why; the audit trail keeps it.")]) -> None:
    """Nothing is made of them; they are kept all the same."""
    from helpdesk import db, held_mail
    from helpdesk.permissions import SYSTEM

    with db.transaction(_house().engine) as session:
        done = held_mail.drop(session, SYSTEM, mail_ids, reason)
    for number in done:
        print(f"mail {number}: dropped")
    missing = [str(number) for number in mail_ids if number not in done]
    if missing:
        raise NotFound(f"Not held (any more): {', '.join(missing)}.")


def _settle(mail_ids: list[int], onto: str | None) -> None:
    from helpdesk import addressing, db, tickets
    from helpdesk.permissions import SYSTEM
    from mail_ingest import held
    from mail_ingest.reader import Reader

    house, number = _house(), None
    prefix = house.settings.ticket_prefix
    if onto is not None:
        with db.transaction(house.engine) as session:
            number = tickets.number_of(session, onto, prefix)
        if number is None:
            raise Refused(f"“{onto}” names no ticket.")
    refused = []
    with Reader(children=1) as reader:
        for mail_id in mail_ids:
            try:
                made = held.settle(house, reader, mail_id, SYSTEM, number)
            except Refused as error:
                refused.append(f"Mail {mail_id}: {error}")
            else:
                print(f"mail {mail_id}: {addressing.tag(prefix, made)}", flush=True)
    if refused:
        raise Refused(" ".join(refused))


def _house() -> Installation:
    from helpdesk import installation
    from helpdesk.cli import found

    return installation.opened(found.settings())


def _shown(line: dict[str, Any]) -> str:
    """One line for a terminal: what a stranger wrote cannot move its cursor."""
    head = f"{line['id']:>6}  {line['received_at'][:16].replace('T', ' ')}  {line['code']:<4} {line['sender'] or '(nobody)'}"
    words = f"{head}  {line['subject'] or '(no subject)'}  [{line['reason']}]"
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in words)
