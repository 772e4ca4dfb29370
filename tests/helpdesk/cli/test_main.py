"""The command line as programs and people call it: what is printed, and the exit status."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import Engine, select

from helpdesk import db
from helpdesk.models import InboundMail, InboundState, Person
from helpdesk.sign_in import credentials
from tests.helpdesk.cli.conftest import Run
from tests.letters import letter


def test_a_user_gets_a_token_that_is_printed_alone_and_works(run: Run, engine: Engine) -> None:
    added = run("user", "add", "Bob@Help.Test", "--name", "Bob Builder", "--password-stdin", given=b"correct horse battery\n")
    assert (added.returncode, added.stdout) == (0, b"agent bob@help.test\n"), added.stderr
    made = run("token", "create", "bob@help.test")
    token = made.stdout.decode().strip()
    with db.transaction(engine) as session:
        found = credentials.token_owner(session, token)
        person = session.scalars(select(Person).where(Person.role == "agent")).one()
    assert found is not None
    assert found[1].id == person.id
    assert credentials.password_matches(person.password_hash, "correct horse battery")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("token", "create", "nobody@help.test"), b"helpdesk: There is nobody with the address nobody@help.test."),
        (("user", "add", "nonsense"), b"helpdesk: This is not an e-mail address."),
        (("user", "add", "x@help.test", "--role", "boss"), "helpdesk: “boss” is none of customer, agent, admin.".encode()),
        (("mail", "replay", "77"), b"helpdesk: There is no mail 77."),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_status_1(run: Run, arguments: tuple[str, ...], sentence: bytes) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stderr.strip()) == (1, sentence)


def test_an_mta_hands_a_mail_in_and_a_replay_says_what_would_become_of_it(run: Run, engine: Engine) -> None:
    raw = letter("Alice <alice@example.com>", "support@help.test", "Printer", "It burns.")
    taken = run("mail", "receive", given=raw, SENDER="alice@example.com", RECIPIENT="support@help.test")
    assert taken.returncode == 0, taken.stderr
    with db.transaction(engine) as session:
        mail = session.scalars(select(InboundMail)).one()
        assert (mail.mail_from, mail.rcpt_to, mail.source, mail.state) == (
            "alice@example.com",
            ["support@help.test"],
            "pipe",
            "received",
        )
        mail.state, mail.held_reason = InboundState.HELD, "for the test"
    dry = json.loads(run("mail", "replay", str(mail.id), "--json").stdout)
    assert (dry["was"]["state"], dry["would_be"]["state"], dry["would_be"]["rung"]) == ("held", "ticket", "new")
    assert "state" in dry["changed"]
    real = json.loads(run("mail", "replay", str(mail.id), "--for-real", "--json").stdout)
    assert real["now"]["state"] == "ticket"


@pytest.mark.parametrize(
    "variables", [{"HELPDESK_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}, {"HELPDESK_NAME": "x" * 100}]
)
def test_trouble_of_ours_asks_the_mta_to_try_again(run: Run, variables: dict[str, str]) -> None:
    assert run("mail", "receive", given=b"Subject: x\r\n\r\ny", **variables).returncode == 75
