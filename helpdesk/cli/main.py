"""The command line: `helpdesk COMMAND`. Thin: each command reads the settings, opens the installation and calls one function.

Exit status: 0 done, 1 refused (one sentence says why), 75 try again (trouble of ours that passes).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from helpdesk.cli import found, mail_held
from helpdesk.errors import BadSetting, Refused, TryLater
from helpdesk.settings import load

TRY_AGAIN = 75

app = typer.Typer(no_args_is_help=True, add_completion=False, help="An e-mail-first helpdesk: mail in, ticket, mail out.")
users = typer.Typer(no_args_is_help=True, help="People who work here.")
tokens = typer.Typer(no_args_is_help=True, help="Tokens for programs.")
mails = typer.Typer(no_args_is_help=True, help="Mail: explain it, take it in, process it again.")
app.add_typer(users, name="user")
app.add_typer(tokens, name="token")
app.add_typer(mails, name="mail")
mails.add_typer(mail_held.app, name="held")


def main() -> None:
    """Run the command line; errors of ours end in one sentence, never in a traceback."""
    try:
        app()
    except TryLater as error:
        print(f"helpdesk: {error}; try again later.", file=sys.stderr)
        sys.exit(TRY_AGAIN)
    except (BadSetting, Refused) as error:
        print(f"helpdesk: {error}", file=sys.stderr)
        sys.exit(1)


# --- the processes


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Where the web listens; default from WEB_LISTEN.")] = None,
    port: Annotated[int | None, typer.Option(help="Port of the web; 0 takes a free one.")] = None,
    smtp_port: Annotated[int | None, typer.Option(help="Port of the SMTP listener; 0 takes a free one.")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="With a week of tickets, the playground and one-click sign-in.")] = False,
) -> None:
    """Everything in one go: web, SMTP, workers, timers, and PostgreSQL and Valkey of its own where no URL is set."""
    from helpdesk.cli.serve import serve as start

    sys.exit(start(load(), host, port, smtp_port, demo))


@app.command()
def web() -> None:
    """The web process: pages and API."""
    from helpdesk import installation
    from web import app as web_app

    house = installation.opened(found.settings(), pool_size=10, max_overflow=10)
    host, _, port = house.settings.web_listen.rpartition(":")
    web_app.run(house, host.strip("[]"), int(port))


@app.command()
def smtp() -> None:
    """The SMTP listener: accepts mail for our addresses, commits it, says 250."""
    from helpdesk import installation
    from mail_ingest import smtp as listener

    listener.run(installation.opened(found.settings()))


@app.command()
def worker() -> None:
    """The worker: processes mail and delivers messages."""
    from helpdesk import installation
    from workers import celery_app

    celery_app.run_worker(installation.opened(found.settings(), pool_size=10))


@app.command()
def beat() -> None:
    """The timers: find what a nudge missed, retry, close, tidy."""
    from workers import celery_app

    celery_app.run_beat(found.settings())


@app.command()
def migrate() -> None:
    """Bring the database to the newest revision; with DEMO set, fill it when it is empty."""
    from helpdesk import db

    settings = found.settings()
    db.migrate(settings.database_url or "", settings.database_schema)
    if settings.demo:
        demo()


@app.command()
def demo() -> None:
    """Fill an empty helpdesk with a believable week of tickets."""
    from helpdesk import demo as scene
    from helpdesk import installation

    print(scene.fill(installation.opened(found.settings())))


# --- people and programs


@users.command("add")
def user_add(
    email: str,
    name: Annotated[str, typer.Option(help="Shown to requesters.")] = "",
    role: Annotated[str, typer.Option(help="customer, agent or admin.")] = "agent",
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read a password from standard input.")] = False,
    invite: Annotated[bool, typer.Option(help="Mail staff who have no password a link to choose one.")] = True,
) -> None:
    """Make a person, or give an existing one this name, role and password; staff without one are mailed an invitation."""
    from helpdesk import db, installation, people
    from helpdesk.permissions import SYSTEM
    from helpdesk.sign_in import credentials, invitations

    house = installation.opened(found.settings())
    hashed = credentials.hash_password(sys.stdin.readline().rstrip("\n")) if password_stdin else None
    with db.transaction(house.engine) as session:
        person = people.add_user(session, email, name, role, hashed)
        print(f"{person.role} {person.address}")
        if invite and person.is_staff and person.password_hash is None:
            invitations.invite(session, person, SYSTEM)
            print("An invitation is mailed: the link in it is good for 72 hours.", file=sys.stderr)


@tokens.command("create")
def token_create(
    email: str,
    name: Annotated[str, typer.Option(help="What it is for.")] = "",
    scope: Annotated[
        list[str] | None, typer.Option(help="`tickets`: nothing else; `read`: no changes. Default: all rights.")
    ] = None,
) -> None:
    """Make an API token with the rights of this person or less, and print just the token: it is shown once."""
    from helpdesk import db, installation, people
    from helpdesk.sign_in import credentials

    with db.transaction(installation.opened(found.settings()).engine) as session:
        person = people.person_at(session, people.normal_address(email))
        if person is None:
            raise Refused(f"There is nobody with the address {email}.")
        print(credentials.create_token(session, person, name, scope or ()))


# --- mail


@mails.command("explain")
def mail_explain(files: list[Path]) -> None:
    """What we would make of each file: one JSON line a file; stored nowhere, needs no database."""
    from helpdesk.cli.mail_explain import explain

    explain(files)


@mails.command("receive")
def mail_receive(
    file: Annotated[Path | None, typer.Argument(help="The mail; default: standard input.")] = None,
    recipient: Annotated[
        list[str] | None, typer.Option(help="Envelope recipient; default $RECIPIENT, else SUPPORT_ADDRESS.")
    ] = None,
    sender: Annotated[str | None, typer.Option(help="Envelope sender; default $SENDER.")] = None,
) -> None:
    """Take in one mail from an MTA's pipe; exit 75 asks the MTA to try again."""
    from helpdesk import installation
    from mail_ingest import pipe

    try:
        house = installation.opened(found.settings())
        raw = file.read_bytes() if file is not None else sys.stdin.buffer.read()
    except (BadSetting, OSError) as error:  # whatever is wrong here, the mail must not bounce
        print(f"helpdesk: {error}", file=sys.stderr)
        sys.exit(TRY_AGAIN)
    recipients = pipe.recipients_of(os.environ, recipient or ()) or (house.settings.support_address,)
    sys.exit(pipe.receive(house, raw, recipients, pipe.sender_of(os.environ, sender, raw)))


@mails.command("replay")
def mail_replay(
    mail_ids: list[int],
    for_real: Annotated[
        bool,
        typer.Option(
            "--for-real", help="Process them again, unless something was made of them; without it only say what would change."
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line each.")] = False,
) -> None:
    """What processing these mails again would change; `--for-real` does it for those that nothing was made of."""
    from helpdesk import installation
    from helpdesk.cli.mail_replay import replay

    replay(installation.opened(found.settings()), mail_ids, for_real=for_real, as_json=as_json)


if __name__ == "__main__":
    main()
