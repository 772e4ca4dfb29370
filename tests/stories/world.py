"""A running helpdesk as people outside see it: its SMTP door, the peer that its mail goes to, its commands and its API."""

from __future__ import annotations

import os
import smtplib
import subprocess
import sys
from pathlib import Path

import httpx2

from tests.served import Served
from tests.smtp_sink import Received, Sink

US = "support@help.test"


class World:
    """A running helpdesk, the peer that its mail goes to, and a program with an agent's token."""

    def __init__(self, served: Served, sink: Sink, environment: dict[str, str]) -> None:
        self.served, self.sink = served, sink
        self.environment = {"HELPDESK_DATA_DIR": str(served.data_dir), **environment}
        self.came = 0

    def helpdesk(self, *arguments: str) -> str:
        """What `helpdesk ARGUMENTS` prints."""
        done = subprocess.run(
            [sys.executable, "-m", "helpdesk.cli.main", *arguments],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **self.environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def mail(self, raw: bytes, sender: str, *recipients: str) -> None:
        """Hand one mail to the listener; a refusal is an exception."""
        with smtplib.SMTP(self.served.smtp_host, self.served.smtp_port, timeout=30) as client:
            client.sendmail(sender, recipients or (US,), raw)

    def arrived(self, count: int) -> dict[str, Received]:
        """The next `count` mails of the helpdesk, by recipient."""
        self.came += count
        new = self.sink.wait_for(self.came)[self.came - count : self.came]
        assert len(self.sink.received) == self.came, [one.rcpt_to for one in self.sink.received[self.came :]]
        return {one.rcpt_to[0]: one for one in new}

    def ticket(self, tag: str, token: str) -> dict[str, object]:
        """The ticket as the API shows it."""
        answer = httpx2.get(f"{self.served.http}/api/v1/admin/tickets/{tag}", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200, answer.text
        found: dict[str, object] = answer.json()
        return found
