"""What every part of an agent's mail is handed: the mail, who wrote it, and the ticket; and the way a line is refused."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from helpdesk import addressing
from helpdesk.installation import Installation
from helpdesk.models import Person, Ticket
from helpdesk.permissions import Via, Viewer, viewer_of
from mail_ingest.act import Incoming
from mail_ingest.mail import Command, CommandProblem


@dataclass(frozen=True, slots=True)
class Desk:
    """One mail of an agent on its way: `by` is the agent as the domain knows them."""

    session: Session
    house: Installation
    incoming: Incoming
    agent: Person

    @property
    def by(self) -> Viewer:
        """The agent, writing from the address they used."""
        return viewer_of(self.agent, Via.EMAIL, address=self.incoming.sender.address)

    def tag(self, ticket: Ticket | int) -> str:
        """ELM-001."""
        return addressing.tag(self.house.mint.prefix, ticket if isinstance(ticket, int) else ticket.number)


class LineRefused(Exception):
    """A command cannot be done: the whole mail waits."""

    def __init__(self, problem: CommandProblem) -> None:
        super().__init__(problem.reason)
        self.problem = problem


def refused(command: Command, reason: str, suggestion: str | None = None) -> LineRefused:
    """To be raised: this command cannot be done, and why."""
    return LineRefused(CommandProblem(command.line, shown(command), reason, suggestion))


def shown(command: Command) -> str:
    """The command as it could be written again."""
    return f"#{command.name} {command.value}".strip()
