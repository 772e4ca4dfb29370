"""An agent who never leaves neomutt: reads the notice in a mailbox, answers with a canned response and a command, by real SMTP."""

from __future__ import annotations

import os
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import httpx2

from tests.letters import letter
from tests.maildirs import Maildirs
from tests.served import Serve, until
from tests.smtp_sink import Received, Sink, running
from tests.stories import terminal
from tests.stories.world import US, World

ALICE, BOB = "alice@example.com", "bob@agents.example"
PASSWORD = "not-for-the-helpdesk"
SIGNATURE = "Bob Builder\nRoom 7, +49 555 0101\nbob@agents.example\n"

CONFIGURATION = """
set folder = "{folder}"
set spool_file = "{folder}/{address}"
set record = "{folder}/sent"
set mbox_type = Maildir
set real_name = "Bob Builder"
set from = "{address}"
set use_from = yes
set use_envelope_from = yes
set smtp_url = "smtp://bob@{host}:{port}"
set smtp_pass = "{password}"
set smtp_authenticators = "plain"
set ssl_starttls = no
set ssl_force_tls = no
set editor = "{editor}"
set signature = "{signature}"
set include = yes
set fast_reply = yes
set reply_to = yes
set confirm_append = no
set delete = yes
set quit = yes
set wait_key = no
set sort = date-received
# the screen is only rewritten where it changes: words that share no letter with what stood there come whole
set help = no
set status_format = "1111111111111111"
set pager_format = "2222222222222222"
ignore *
unignore from: to: date: subject:
"""
# neomutt gives the name of the file that it wrote: attribution, quote, signature
ON_TOP = """#!/bin/sh
cat "{typed}" "$1" > "$1.typed" && mv "$1.typed" "$1" && cp "$1" "{seen}"
"""
BELOW = """#!/bin/sh
awk -v typed="{typed}" '/^-- $/ {{ while ((getline line < typed) > 0) print line }} {{ print }}' "$1" > "$1.typed"
mv "$1.typed" "$1" && cp "$1" "{seen}"
"""


class Neomutt:
    """Bob's mail program: his Maildir, his signature, an editor that types what he would."""

    def __init__(self, program: str, home: Path, boxes: Maildirs, submission: Sink) -> None:
        self.program, self.home, self.boxes, self.submission = program, home, boxes, submission
        self.typed, self.seen = home / "typed", home / "seen"
        (home / "signature").write_text(SIGNATURE)

    def answers(self, subject: str, typed: str, editor: str) -> None:
        """Open the newest mail, which has this subject, answer with `typed`, send, quit."""
        self.typed.write_text(typed)
        script = self.home / "editor"
        script.write_text(editor.format(typed=self.typed, seen=self.seen))
        script.chmod(0o700)
        configuration = self.home / "muttrc"
        configuration.write_text(
            CONFIGURATION.format(
                folder=self.boxes.root,
                address=BOB,
                host=self.submission.host,
                port=self.submission.port,
                password=PASSWORD,
                editor=script,
                signature=self.home / "signature",
            )
        )
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), "LANG": "C.UTF-8", "TMPDIR": str(self.home)}
        with terminal.running((self.program, "-n", "-F", str(configuration)), environment) as mutt:
            mutt.shows(subject)
            mutt.press("*\r")
            mutt.shows("Your reply goes to Alice as a public answer.")
            mutt.press("q")
            mutt.shows(subject)
            mutt.press("r")
            mutt.shows("Security: None")  # below the addresses of the mail that is ready to go
            mutt.press("y")
            mutt.shows("Mail sent")
            mutt.press("q")
            assert mutt.ended() == 0


def test_bob_answers_and_resolves_from_neomutt_and_alice_has_it_in_her_mailbox(
    served: Serve, peer: Callable[..., str], tmp_path: Path
) -> None:
    program = peer("neomutt")
    boxes = Maildirs(tmp_path / "mail")
    with running(deliver=boxes.deliver) as relay:
        settings = {"HELPDESK_OUTBOUND": relay.url, "HELPDESK_SUPPORT_ADDRESS": US}
        world = World(served(**settings), relay, settings)
        world.helpdesk("user", "add", BOB, "--name", "Bob Builder", "--no-invite")
        token = world.helpdesk("token", "create", BOB)
        _canned(world, token)

        def submitted(mail: Received) -> None:
            world.mail(b"Received: from [192.0.2.7] by mail.agents.example\r\n" + mail.content, mail.mail_from, *mail.rcpt_to)

        with running(password=PASSWORD, deliver=submitted) as submission:
            neomutt = Neomutt(program, tmp_path, boxes, submission)
            _macro_and_command_on_top(world, token, neomutt)
            _below_the_quote(world, token, neomutt)
            assert [one.user for one in submission.received] == ["bob", "bob"]
        assert len(relay.received) == 5, [(one.rcpt_to, str(one.message["Subject"])) for one in relay.received]


def _macro_and_command_on_top(world: World, token: str, neomutt: Neomutt) -> None:
    boxes = neomutt.boxes
    world.mail(letter(f"Alice <{ALICE}>", US, "Charged twice", "You took the money twice.\n\nPlease check."), ALICE)
    until(lambda: boxes.mails(BOB) and boxes.mails(ALICE))
    neomutt.answers("[ELM-001] Charged twice", "#macro refund\n#resolved\n\nI am sorry for that.\n\n", ON_TOP)
    assert "> You took the money twice." in neomutt.seen.read_text()
    until(lambda: len(boxes.mails(ALICE)) == 2)
    answer = boxes.mails(ALICE)[1]
    text = _text(answer)
    assert text.startswith("The refund for ELM-001 is on its way, Alice.\n\nI am sorry for that.\n")
    assert answer["Subject"] == "Re: [ELM-001] Charged twice"
    _shows_nothing_of_bob(answer)
    ticket = world.ticket("ELM-1", token)
    assert (ticket["status"], ticket["tags"]) == ("resolved", ["money"])


def _below_the_quote(world: World, token: str, neomutt: Neomutt) -> None:
    """Alice is not done, and bob answers as mutt's people do."""
    boxes = neomutt.boxes
    world.mail(letter(f"Alice <{ALICE}>", US, "Re: [ELM-001] Charged twice", "When will it be there?"), ALICE)
    until(lambda: len(boxes.mails(BOB)) == 2)
    neomutt.answers("[ELM-001] Charged twice", "\nOn Friday.\n\n#Resolved\n#assign none\n\n", BELOW)
    until(lambda: len(boxes.mails(ALICE)) == 3)
    answer = boxes.mails(ALICE)[2]
    assert _text(answer).startswith("On Friday.\n")
    _shows_nothing_of_bob(answer)
    assert world.ticket("ELM-1", token)["status"] == "resolved"


def _canned(world: World, token: str) -> None:
    made = httpx2.post(
        f"{world.served.http}/api/v1/admin/canned-responses",
        headers={"Authorization": f"Bearer {token}"},
        json={
            "title": "Refund",
            "shortcut": "refund",
            "content": "The refund for {ticket_id} is on its way, {user_first_name|there}.",
            "actions": {"tags": ["money"]},
        },
    )
    assert made.status_code == 201, made.text


def _text(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def _shows_nothing_of_bob(message: EmailMessage) -> None:
    octets = message.as_bytes()
    for secret in (b"agents.example", b"555 0101", b"Room 7", b"#resolved", b"#Resolved", b"#macro", b"#assign", b"NeoMutt", b"Mutt"):
        assert secret not in octets, secret
    assert str(message["From"]) == '"Bob Builder (Support)" <support@help.test>'
