"""`helpdesk mail explain`: one line a file, whatever the file is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from helpdesk.cli import mail_explain

FIELDS = {
    "from", "to", "cc", "subject", "message_id", "in_reply_to", "references", "date", "text", "reply_text", "html", "attachments",
    "auto_submitted", "bounce", "kind", "rule", "commands", "defects",
}  # fmt: skip
REPLY = (
    b"From: Bob <bob@help.test>\r\nTo: support@help.test\r\nSubject: Re: Printer\r\nMessage-ID: <2@help.test>\r\n"
    b"In-Reply-To: <1@help.test>\r\nReferences: <1@help.test>\r\nDate: Tue, 03 Mar 2020 10:00:00 +0000\r\n\r\n"
    b"#resolved\r\n\r\nIt works now.\r\n\r\nOn Mon, 2 Mar 2020, Alice wrote:\r\n> Does it work?\r\n"
)
BOUNCE = (
    b"Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.org\r\nTo: support@help.test\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nfailed\r\n--b\r\n"
    b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n"
    b"Final-Recipient: rfc822; alice@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"
)


def _explained(tmp_path: Path, capsys: pytest.CaptureFixture[str], *mails: bytes) -> list[dict[str, object]]:
    paths = []
    for number, raw in enumerate(mails):
        paths.append(tmp_path / f"{number}.eml")
        paths[-1].write_bytes(raw)
    mail_explain.explain(paths)
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_reply_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = _explained(tmp_path, capsys, REPLY)
    assert set(line) == FIELDS
    assert line["from"] == {"name": "Bob", "address": "bob@help.test"}
    assert (line["in_reply_to"], line["references"], line["date"]) == ("1@help.test", ["1@help.test"], "2020-03-03T10:00:00+00:00")
    assert "It works now." in str(line["reply_text"])
    assert "Does it work?" not in str(line["reply_text"])
    assert line["commands"] == [{"name": "status", "value": "resolved"}]
    assert (line["kind"], line["auto_submitted"], line["bounce"]) == ("person", False, None)


def test_a_bounce_names_its_recipients(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = _explained(tmp_path, capsys, BOUNCE)
    assert line["bounce"] == {
        "recipients": [{"address": "alice@example.com", "action": "failed", "status": "5.1.1", "diagnostic": None}]
    }
    assert (line["kind"], line["auto_submitted"]) == ("bounce", True)


def test_every_file_gives_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = _explained(tmp_path, capsys, b"", REPLY, bytes(range(256)) * 50)
    assert [set(line) == FIELDS for line in lines] == [True, True, True]
    mail_explain.explain([tmp_path / "absent.eml"])
    assert "error" in json.loads(capsys.readouterr().out)


def test_it_runs_without_database_and_frameworks(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(REPLY)
    code = (
        "import sys; from helpdesk.cli import mail_explain; mail_explain.explain(sys.argv[1:]);"
        "assert not {'sqlalchemy', 'celery', 'fastapi', 'pydantic_settings'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["subject"] == "Re: Printer"
