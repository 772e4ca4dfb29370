"""Mail from a program: the exit status says whether it is durable, the environment says whose it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, text

from helpdesk.installation import Installation, opened
from helpdesk.settings import Settings
from mail_ingest import pipe
from mail_ingest.pipe import ACCEPTED, TRY_AGAIN

MAIL = b"From: Alice <alice@example.com>\nTo: support@help.test\nSubject: printer\n\nIt burns.\n"


@pytest.fixture
def installation(settings: Settings) -> Iterator[Installation]:
    one = opened(settings.model_copy(update={"broker_url": None}))
    yield one
    one.engine.dispose()


def stored(engine: Engine) -> list[tuple[str, list[str], bytes]]:
    question = "select mail_from, rcpt_to, content from inbound_mail m join inbound_raw r on r.inbound_mail_id = m.id order by m.id"
    with engine.connect() as connection:
        return [(row.mail_from, list(row.rcpt_to), bytes(row.content)) for row in connection.execute(text(question))]


def test_status_0_means_a_row_with_the_bytes(installation: Installation) -> None:
    assert pipe.receive(installation, MAIL, ["support@help.test"], "alice@example.com") == ACCEPTED == 0
    assert stored(installation.engine) == [("alice@example.com", ["support@help.test"], MAIL)]


def test_the_same_mail_again_is_status_0_and_no_second_row(installation: Installation) -> None:
    assert [pipe.receive(installation, MAIL, ["support@help.test"], "alice@example.com") for _ in range(2)] == [0, 0]
    assert len(stored(installation.engine)) == 1


@pytest.mark.parametrize(
    ("recipients", "sender", "mail_from", "rcpt_to"),
    [
        (["<support@help.test>"], "<alice@example.com>", "alice@example.com", ["support@help.test"]),
        (["support@help.test"], "MAILER-DAEMON", "", ["support@help.test"]),
        (["support@help.test"], "<>", "", ["support@help.test"]),
        (["support@help.test", "support@help.test"], "", "", ["support@help.test"]),
        ([], "", "", []),
        (["support\x00@help.test"], "\udcff@example.com", "?@example.com", ["support@help.test"]),
    ],
)
def test_the_envelope_is_stored_plain(
    installation: Installation, recipients: list[str], sender: str, mail_from: str, rcpt_to: list[str]
) -> None:
    assert pipe.receive(installation, MAIL, recipients, sender) == ACCEPTED
    assert stored(installation.engine) == [(mail_from, rcpt_to, MAIL)]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_the_line_that_a_mailbox_file_puts_before_a_mail_is_no_part_of_it(installation: Installation, end: bytes) -> None:
    assert pipe.receive(installation, b"From alice@example.com Tue Mar  3 10:00:00 2026" + end + MAIL, [], "") == ACCEPTED
    assert stored(installation.engine)[0][2] == MAIL


def test_status_75_while_the_database_is_away_and_then_0(installation: Installation, administer: Callable[[str], None]) -> None:
    name = installation.engine.url.database
    administer(f"alter database {name} with allow_connections false")
    assert pipe.receive(installation, MAIL, ["support@help.test"], "") == TRY_AGAIN == 75
    administer(f"alter database {name} with allow_connections true")
    assert pipe.receive(installation, MAIL, ["support@help.test"], "") == ACCEPTED


def test_status_75_for_any_other_trouble_of_ours(installation: Installation) -> None:
    with installation.engine.begin() as connection:
        connection.execute(text("alter table inbound_mail rename to elsewhere"))
    assert pipe.receive(installation, MAIL, ["support@help.test"], "") == TRY_AGAIN


@pytest.mark.parametrize(
    ("environment", "given", "recipients"),
    [
        ({"RECIPIENT": "support@help.test"}, (), ("support@help.test",)),
        (
            {"RECIPIENT": "inbox@host.test", "ORIGINAL_RECIPIENT": "support+t@help.test"},
            (),
            ("support+t@help.test", "inbox@host.test"),
        ),
        ({"RECIPIENT": "a@help.test"}, ("b@help.test", "c@help.test"), ("b@help.test", "c@help.test")),
        ({"RECIPIENT": ""}, (), ()),
        ({}, (), ()),
    ],
)
def test_options_name_the_recipients_else_the_environment(
    environment: dict[str, str], given: tuple[str, ...], recipients: tuple[str, ...]
) -> None:
    assert pipe.recipients_of(environment, given) == recipients


@pytest.mark.parametrize(
    ("environment", "given", "sender"),
    [
        ({"SENDER": "alice@example.com"}, None, "alice@example.com"),
        ({"SENDER": "alice@example.com"}, "", ""),
        ({"SENDER": ""}, None, ""),
        ({}, None, "charlie@example.org"),
    ],
)
def test_the_option_names_the_sender_else_the_environment(environment: dict[str, str], given: str | None, sender: str) -> None:
    assert pipe.sender_of(environment, given, b"From: Charlie <charlie@example.org>\n\nhi") == sender
