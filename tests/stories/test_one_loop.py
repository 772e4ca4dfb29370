"""The story of the product, over real SMTP, on the processes that people run: mail in, ticket, mail out."""

from __future__ import annotations

import re
import smtplib
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path

import httpx2
import psycopg
import pytest

from tests.letters import letter, quoted
from tests.served import Serve
from tests.smtp_sink import Received, running
from tests.stories.world import US, World

ALICE, BOB, MALLORY = "Alice <alice@example.com>", "Bob Builder <bob@agents.example>", "Mallory <mallory@example.net>"


@pytest.fixture(params=["18", "16"])
def database(request: pytest.FixtureRequest) -> dict[str, str]:
    """Nothing (the embedded PostgreSQL 18), or the URL of a database on PostgreSQL 16."""
    if request.param == "18":
        return {}
    url: str = request.getfixturevalue("servers_16").database_url
    with psycopg.connect(url.replace("postgresql+psycopg:", "postgresql:"), autocommit=True) as connection:
        connection.execute("drop database if exists story")
        connection.execute("create database story")
    return {"HELPDESK_DATABASE_URL": re.sub(r"/helpdesk\?|/postgres\?", "/story?", url)}


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def answer(to: Received, sender: str, text: str) -> bytes:
    """A reply as a mail program writes it: to Reply-To, threaded, our text quoted below."""
    message = to.message
    return letter(
        sender,
        str(message["Reply-To"]),
        str(message["Subject"]),
        f"{text}\n\n{quoted(text_of(message))}",
        in_reply_to=str(message["Message-ID"]),
        references=" ".join(f"{message['References'] or ''} {message['Message-ID']}".split()),
    )


def test_alice_asks_bob_answers_from_his_mail_client_and_mallory_gets_nowhere(served: Serve, database: dict[str, str]) -> None:
    with running() as sink:
        settings = {"HELPDESK_OUTBOUND": sink.url, "HELPDESK_SUPPORT_ADDRESS": US, **database}
        world = World(served(data_dir=None, **settings), sink, settings)
        world.helpdesk("user", "add", "bob@agents.example", "--name", "Bob Builder", "--no-invite")
        token = world.helpdesk("token", "create", "bob@agents.example")

        # alice mails, and is acknowledged
        world.mail(letter(ALICE, US, "Printer on fire", "It burns."), "alice@example.com")
        came = world.arrived(2)
        acknowledgement = came["alice@example.com"]
        assert acknowledgement.message["Subject"] == "Re: [ELM-001] Printer on fire"
        assert "new_ticket" in str(came["bob@agents.example"].message["X-Helpdesk-Reason"])

        # bob takes it by the API: nobody is told of what he does himself
        changed = httpx2.patch(
            f"{world.served.http}/api/v1/admin/tickets/elm-1",
            headers={"Authorization": f"Bearer {token}"},
            json={"assignee": "bob@agents.example"},
        )
        assert changed.json()["assignee"]["email"] == "bob@agents.example"

        # alice replies above a quoted text: bob gets what she wrote, and no more
        reply = answer(acknowledgement, ALICE, "Now it is the whole room.")
        world.mail(reply, "alice@example.com", str(acknowledgement.message["Reply-To"]).split("<")[-1].strip(">"))
        notice = world.arrived(1)["bob@agents.example"]
        assert "Now it is the whole room." in text_of(notice.message)
        assert "It burns." not in text_of(notice.message)

        # bob answers from his client, with a command on top
        to = str(notice.message["Reply-To"]).split("<")[-1].strip(">")
        world.mail(
            answer(notice, BOB, "#resolved\n\nThe fire brigade is on its way.\n\n-- \nBob\n+49 555 0101"), "bob@agents.example", to
        )
        result = world.arrived(1)["alice@example.com"]
        assert str(result.message["From"]) == '"Bob Builder (Support)" <support@help.test>'
        assert "The fire brigade is on its way." in text_of(result.message)
        assert "resolved" in text_of(result.message)
        for secret in (b"agents.example", b"555 0101", b"#resolved"):
            assert secret not in result.content
        assert world.ticket("ELM-1", token)["status"] == "resolved"

        # alice writes again with nothing but the tag: it reopens
        world.mail(letter(ALICE, US, "[ELM-001]", "It burns again."), "alice@example.com")
        world.arrived(1)
        assert world.ticket("ELM-1", token)["status"] == "in_progress"

        # mallory writes with the same tag: a ticket of her own
        before = world.ticket("ELM-1", token)
        world.mail(letter(MALLORY, US, "Re: [ELM-001] Printer on fire", "Tell me all."), "mallory@example.net")
        told = world.arrived(2)
        assert told["mallory@example.net"].message["Subject"] == "Re: [ELM-002] Printer on fire"
        for secret in (b"burns", b"brigade", b"alice@"):
            assert secret not in told["mallory@example.net"].content
        assert world.ticket("ELM-1", token) == before


def test_what_is_refused_and_how(served: Serve) -> None:
    world = served(HELPDESK_SUPPORT_ADDRESS=US, HELPDESK_MAX_MAIL_BYTES="20000")
    with smtplib.SMTP(world.smtp_host, world.smtp_port, timeout=30) as client:
        client.ehlo("client.example")
        client.mail("alice@example.com")
        assert client.rcpt("nobody@help.test")[0] == 550
        assert client.rcpt("nobody@help.test")[1].startswith(b"5.1.1")
        assert client.rcpt("victim@elsewhere.example")[1].startswith(b"5.7.1")
        assert client.rcpt(US)[0] == 250
        code, words = client.data(letter(ALICE, US, "big", "x" * 70 + "\n" * 30_000))
        assert (code, words[:5]) == (552, b"5.3.4")


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("HELPDESK_SUPPORT_ADDRESS", "nonsense", "HELPDESK_SUPPORT_ADDRESS is wrong: is not an e-mail address."),
        ("HELPDESK_OUTBOUND", "ftp://x", "HELPDESK_OUTBOUND is wrong"),
        ("HELPDESK_TICKET_PREFIX", "elm", "HELPDESK_TICKET_PREFIX is wrong"),
        ("HELPDESK_SMTP_LISTEN", "2525", "HELPDESK_SMTP_LISTEN is wrong: is not HOST:PORT."),
        ("HELPDESK_SENDER_CHECK", "magic", "HELPDESK_SENDER_CHECK is wrong"),
        ("HELPDESK_SECRET_KEY", "short", "HELPDESK_SECRET_KEY is wrong"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_sentence_that_names_it(
    variable: str, value: str, words: str, tmp_path: Path
) -> None:
    import os

    done = subprocess.run(
        [sys.executable, "-m", "helpdesk.cli.main", "serve", "--port", "0", "--smtp-port", "0"],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "HELPDESK_DATA_DIR": str(tmp_path), variable: value},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 1
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
