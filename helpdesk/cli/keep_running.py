"""The process that `helpdesk serve` becomes: it starts the servers and our own parts, keeps them running, and drains them.

It knows nothing but its plan and the standard library, so that what only waits takes little memory. How children are kept running
is said in supervise.py; what goes into the plan in serve.py.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from helpdesk import embedded, processes
from helpdesk.cli import supervise
from helpdesk.cli.supervise import Child, Pause
from helpdesk.errors import BadSetting
from helpdesk.processes import Program

PARTS = ("smtp", "web", "worker", "beat")  # in the order of draining: first nothing new comes in, then what is begun is finished
DOORS = ("smtp", "web")
VARIABLE = "HELPDESK_PLAN"
Address = tuple[str, int]


@dataclass(frozen=True)
class Plan:
    """What to run: no URL means a server of our own; `environment` is added to ours for every part."""

    data_dir: str
    database_url: str | None
    broker_url: str | None
    web: Address
    smtp: Address
    environment: dict[str, str]


def become(plan: Plan) -> NoReturn:
    """This process carries out the plan from now on, under its own number and with nothing else in memory."""
    # not as an argument: a URL may hold a password, and arguments are everybody's to read
    environment = {**os.environ, VARIABLE: json.dumps(asdict(plan))}
    os.execve(sys.executable, [sys.executable, "-m", "helpdesk.cli.keep_running"], environment)  # noqa: S606 -- no shell wanted


def main() -> int:
    """Run the plan of our environment until SIGTERM or SIGINT; gives the exit status: 0, or 1 after one sentence that says why."""
    values = json.loads(os.environ.pop(VARIABLE))
    plan = Plan(**{**values, "web": tuple(values["web"]), "smtp": tuple(values["smtp"])})
    try:
        with supervise.signals() as pause, processes.only_one(Path(plan.data_dir)):
            _run(plan, pause)
    except BadSetting as error:
        supervise.note(str(error))
        return 1
    return 0


def joined(address: Address) -> str:
    """HOST:PORT, an IPv6 address in brackets."""
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def reachable(address: Address) -> Address:
    """Who listens everywhere is reached on this machine's own address."""
    host, port = address
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host), port  # noqa: S104 -- compared, not bound


def _run(plan: Plan, pause: Pause) -> None:
    data_dir = Path(plan.data_dir)
    run = data_dir / "run"
    own = run / "serve.pid"
    own.write_text(f"{os.getpid()}\n")
    try:
        servers, programs = embedded.prepare(data_dir, database_url=plan.database_url, broker_url=plan.broker_url)
        embedded.publish(data_dir, servers)
        urls = {"HELPDESK_DATABASE_URL": servers.database_url, "HELPDESK_BROKER_URL": servers.broker_url}
        parts = _parts(plan, {**os.environ, **plan.environment, **urls})
        ready = f"ready http://{joined(plan.web)} smtp://{joined(plan.smtp)}"
        _keep_running([Child(program, run) for program in programs], parts, run, pause, ready)
    finally:
        own.unlink()


def _keep_running(servers: list[Child], parts: dict[str, Program], run: Path, pause: Pause, ready: str) -> None:
    ours = [Child(parts[name], run) for name in PARTS]
    everyone = list(servers)
    try:
        # after a kill -9 a server may find its predecessor's last process still there
        supervise.until_ready(servers, everyone, pause, tries=6)
        supervise.run_once(parts["migrate"], everyone, pause)
        # the doors first: on a small machine the others would only slow them down, and what comes in waits in its rows
        doors = [child for child in ours if child.program.name in DOORS]
        everyone += doors
        supervise.until_ready(doors, everyone, pause, tries=1)
        everyone += [child for child in ours if child not in doors]
        supervise.tend(everyone)
        sys.stdout.write(f"{ready}\n")
        sys.stdout.flush()
        while True:
            pause(supervise.tend(everyone))
    except supervise.Asked:
        pass
    finally:
        supervise.drain(ours)
        for server in servers:  # the broker first: the database has the last word
            supervise.drain([server])


def _parts(plan: Plan, environment: Mapping[str, str]) -> dict[str, Program]:
    own_host = urlsplit(environment["HELPDESK_BASE_URL"]).netloc
    ready: dict[str, Callable[[int], bool]] = {
        "web": lambda _pid: _says(reachable(plan.web), f"GET /readyz HTTP/1.0\r\nHost: {own_host}\r\n\r\n", "HTTP/1.1 200"),
        "smtp": lambda _pid: _says(reachable(plan.smtp), "", "220"),
    }
    return {
        name: Program(
            name=name,
            arguments=(sys.executable, "-m", "helpdesk.cli.main", name),
            directory=Path.cwd(),
            environment=environment,
            is_ready=ready.get(name, lambda _pid: True),
        )
        for name in ("migrate", *PARTS)
    }


def _says(address: Address, question: str, answer: str) -> bool:
    """Whether the peer's first words are `answer`."""
    try:
        with socket.create_connection(address, timeout=2) as connection:
            connection.sendall(question.encode())
            return connection.recv(64).decode("latin-1").startswith(answer)
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
