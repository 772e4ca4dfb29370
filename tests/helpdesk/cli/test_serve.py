"""The whole product in one go: it is up when it says so, stays up, and leaves nothing behind."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from helpdesk import embedded
from tests.served import Serve, Served, until

PARTS = ("web", "smtp", "worker", "beat")
SERVERS = ("postgresql", "valkey")


def test_it_is_up_when_it_says_so_and_ends_cleanly_when_asked(served: Serve) -> None:
    house = served()
    assert house.process.stdout
    assert _web_answers(house)
    assert _smtp_greets(house)
    pids = {name: house.pid(name) for name in ("serve", *PARTS, *SERVERS)}
    assert pids["serve"] == house.process.pid
    assert house.stop() == 0
    assert [name for name, pid in pids.items() if _alive(pid)] == []
    assert list((house.data_dir / "run").glob("*.pid")) == []


def test_whatever_is_killed_comes_back_and_no_row_is_lost(served: Serve) -> None:
    house = served()
    url = embedded.published(house.data_dir).database_url
    _run(url, "create table kept as select 42 as n")
    before = {name: house.pid(name) for name in (*PARTS, *SERVERS)}
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    until(lambda: all(_again(house, name, pid) for name, pid in before.items()))
    until(lambda: _web_answers(house))
    until(lambda: _smtp_greets(house))
    until(lambda: _found(url, "select n from kept") == 42)


def test_a_killed_supervisor_leaves_nothing_behind_and_can_be_started_again_at_once(served: Serve) -> None:
    house = served()
    url = embedded.published(house.data_dir).database_url
    _run(url, "create table kept as select 42 as n")
    before = [house.pid(name) for name in (*PARTS, *SERVERS)]
    house.process.kill()
    house.process.wait()
    again = served()
    until(lambda: not any(_alive(pid) for pid in before))
    assert _run(embedded.published(again.data_dir).database_url, "select n from kept") == 42


def test_a_second_start_on_the_same_data_is_refused_in_one_sentence(served: Serve, tmp_path: Path) -> None:
    house = served()
    status, said = _refused(tmp_path, HELPDESK_DATA_DIR=str(house.data_dir))
    assert status == 1
    assert said == f"helpdesk: Another helpdesk is running on {house.data_dir}: stop it first, or set HELPDESK_DATA_DIR.\n"


@pytest.mark.parametrize("option", ["--port", "--smtp-port"])
def test_a_port_that_is_taken_is_named_with_its_option(tmp_path: Path, option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        status, said = _refused(tmp_path, option, str(number))
    assert status == 1
    assert said == f"helpdesk: Port {number} on 127.0.0.1 is taken: choose another with {option}.\n"


@pytest.mark.parametrize(
    ("options", "environment", "sentence"),
    [
        (["--demo", "--host", "::"], {}, "so it listens on this machine only: --host :: is refused."),
        (["--demo", "--host", "help.example.com"], {}, "so it listens on this machine only: --host help.example.com is refused."),
        (["--demo"], {"HELPDESK_DATABASE_URL": "postgresql://db.example.com/x"}, "unset HELPDESK_DATABASE_URL"),
        (["--demo"], {"HELPDESK_BROKER_URL": "redis://b.example.com"}, "unset HELPDESK_DATABASE_URL and HELPDESK_BROKER_URL"),
        (["--host", "192.0.2.1"], {}, "192.0.2.1 is not an address of this machine: choose another with --host."),
        ([], {"HELPDESK_BASE_URL": "gopher://x"}, "HELPDESK_BASE_URL is wrong"),
        ([], {"HELPDESK_SECRET_KEY": "short"}, "HELPDESK_SECRET_KEY is wrong"),
    ],
)
def test_a_start_that_cannot_succeed_says_why_and_ends(
    tmp_path: Path, options: list[str], environment: dict[str, str], sentence: str
) -> None:
    status, said = _refused(tmp_path, *options, **environment)
    assert status == 1
    assert sentence in said


def _web_answers(house: Served) -> bool:
    connection = http.client.HTTPConnection(house.http.removeprefix("http://"), timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _smtp_greets(house: Served) -> bool:
    try:
        with socket.create_connection((house.smtp_host, house.smtp_port), timeout=5) as client:
            return client.recv(3) == b"220"
    except OSError:
        return False


def _again(house: Served, name: str, before: int) -> bool:
    now = house.pid(name)
    return now != before and _alive(now)


def _alive(pid: int) -> bool:
    """A process that is dead but not yet reaped by its new parent counts as dead."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _run(url: str, statement: str) -> object:
    engine = create_engine(url, isolation_level="AUTOCOMMIT", pool_pre_ping=True)
    try:
        with engine.connect() as connection:
            result = connection.execute(text(statement))
            return result.scalar() if result.returns_rows else None
    finally:
        engine.dispose()


def _found(url: str, query: str) -> object:
    try:
        return _run(url, query)
    except OperationalError:  # the server reads what the killed one had written down
        return None


def _refused(tmp_path: Path, *options: str, **environment: str) -> tuple[int, str]:
    """Exit status and standard error of a start; free ports and its own data unless the case says otherwise."""
    done = subprocess.run(
        [sys.executable, "-m", "helpdesk.cli.main", "serve", "--port", "0", "--smtp-port", "0", *options],
        cwd=tmp_path,
        env={"HELPDESK_DATA_DIR": str(tmp_path / "d"), **os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout == ""
    return done.returncode, done.stderr
