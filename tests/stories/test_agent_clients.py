"""Agents answer from every mail program over real SMTP: the requester gets what was typed, the ticket what was commanded, no more."""

from __future__ import annotations

import re
from dataclasses import dataclass

import httpx2

from tests.client_shapes import CLIENTS, Client
from tests.client_shapes.apple import corrected
from tests.client_shapes.shape import Typed, Writer, original
from tests.letters import letter
from tests.served import Serve
from tests.smtp_sink import Received, running
from tests.stories.world import US, World

BOB = "bob@agents.example"
SIGNATURE = (
    "Kind regards,",
    "Bob Builder",
    "Senior Support Engineer",
    "Building & Sons Ltd.",
    "T +49 30 555 0101",
    "www.agents.example",
)
ASKED = "I was charged twice.\n\nThe first time was on Monday, at noon.\n\n#closed\n\nPlease tell me what to do."
ANSWER = "Dear Alice,\n\nthe money is on its way.\nIt takes three days: the bank is slow."
FILLED = "The refund for {} is on its way."
RUN = "#macro refund\n#Resolved"
WAYS = {
    "top": (Typed(top=f"{RUN}\n\n{ANSWER}"), f"{{macro}}\n\n{ANSWER}"),
    "foot": (Typed(top=f"{ANSWER}\n\n{RUN}"), f"{ANSWER}\n\n{{macro}}"),
    "bottom": (Typed(bottom=f"{ANSWER}\n\n{RUN}"), f"{ANSWER}\n\n{{macro}}"),
    "between": (
        Typed(between=(("on Monday", "That is paid back."),), bottom=RUN),
        "> I was charged twice.\n>\n> The first time was on Monday, at noon.\n\nThat is paid back.\n\n{macro}",
    ),
}
# of the agent, of the client, of the notice and of everybody's tokens
SECRETS = (
    b"agents.example", b"555 0101", b"Senior", b"#macro", b"#resolved", b"#Resolved", b"#Macro", b"as a public answer", b"new_ticket", b"#note",
    b"/admin/", b"iPhone", b"Outlook", b"Proton", b"Galaxy", b"Thunderbird", b"charged twice.</b",
)  # fmt: skip


@dataclass(frozen=True)
class Job:
    """One ticket: who asked, and in which program bob answers in which way."""

    number: int
    client: str
    way: str

    @property
    def requester(self) -> str:
        return f"alice{self.number}@example.com"

    @property
    def subject(self) -> str:
        return f"Charged twice, case {self.number}"


def _ways(client: Client) -> tuple[str, str]:
    """Where its people type most; all other places are in the table of `tests/mail_ingest/test_reply_text_clients.py`."""
    return ("bottom", "between") if "between" in client.places else ("top", "foot")


JOBS = tuple(
    Job(number, name, way)
    for number, (name, way) in enumerate(((name, way) for name, client in CLIENTS.items() for way in _ways(client)), 1)
)


def test_every_mail_program_answers_and_commands(served: Serve) -> None:
    with running() as relay:
        settings = {
            "HELPDESK_OUTBOUND": relay.url,
            "HELPDESK_SUPPORT_ADDRESS": US,
            "HELPDESK_BASE_URL": "https://help.test",
        }
        world = World(served(**settings), relay, settings)
        world.helpdesk("user", "add", BOB, "--name", "Bob Builder", "--no-invite")
        token = world.helpdesk("token", "create", BOB)
        _canned(world, token)
        for job in JOBS:
            world.mail(letter(f"Alice <{job.requester}>", US, job.subject, ASKED), job.requester)
        notices = {_case(one): one for one in relay.wait_for(2 * len(JOBS)) if one.rcpt_to == (BOB,)}

        for job in JOBS:
            client = CLIENTS[job.client]
            asked = original(notices[job.number].content)
            writer = Writer("Bob Builder", BOB, SIGNATURE if client.signs else ())
            world.mail(client.write(asked, writer, WAYS[job.way][0]), BOB, asked.reply_to)
        answers = {_case(one): one for one in relay.wait_for(3 * len(JOBS))[2 * len(JOBS) :]}

        assert {answer.rcpt_to for answer in answers.values()} == {(job.requester,) for job in JOBS}
        wrong = [(job.client, job.way, problem) for job in JOBS for problem in _problems(world, token, job, answers[job.number])]
        assert wrong == []
        assert len(relay.received) == 3 * len(JOBS)


def _canned(world: World, token: str) -> None:
    made = httpx2.post(
        f"{world.served.http}/api/v1/admin/canned-responses",
        headers={"Authorization": f"Bearer {token}"},
        json={"title": "Refund", "shortcut": "refund", "content": FILLED.format("{ticket_id}"), "actions": {"tags": ["money"]}},
    )
    assert made.status_code == 201, made.text


def _case(mail: Received) -> int:
    found = re.search(r"case (\d+)$", str(mail.message["Subject"]))
    assert found is not None, mail.message["Subject"]
    return int(found[1])


def _problems(world: World, token: str, job: Job, answer: Received) -> list[str]:
    """What is wrong with the answer that the requester got, and with the ticket."""
    tag = str(answer.message["Subject"]).partition("[")[2].partition("]")[0]
    expected = WAYS[job.way][1].format(macro=FILLED.format(tag))
    if CLIENTS[job.client].corrects:
        expected = "\n".join(line if "refund for" in line else corrected([line])[0] for line in expected.split("\n"))
    part = answer.message.get_body(("plain",))
    assert part is not None
    text = str(part.get_content()).replace("\r\n", "\n")
    problems = [] if text.startswith(f"{expected}\n") else [f"posted:\n{text}\nexpected:\n{expected}"]
    problems += [f"{secret!r} is in the mail" for secret in SECRETS if secret in answer.content]
    ticket = world.ticket(tag, token)
    if (ticket["status"], ticket["tags"]) != ("resolved", ["money"]):
        problems.append(f"the ticket: {ticket['status']}, {ticket['tags']}")
    return problems
