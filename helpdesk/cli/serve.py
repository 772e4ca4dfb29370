"""`helpdesk serve`: the whole product in one go. Says what runs; how it is kept running is said in supervise.py."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from helpdesk import embedded, processes
from helpdesk.cli import supervise
from helpdesk.cli.supervise import Child, Pause
from helpdesk.errors import BadSetting
from helpdesk.processes import Program

if TYPE_CHECKING:
    from helpdesk.settings import Settings

PARTS = ("smtp", "web", "worker", "beat")  # in the order of draining: first nothing new comes in, then what is begun is finished
DOORS = ("smtp", "web")
Address = tuple[str, int]


def serve(
    settings: Settings, host: str | None = None, port: int | None = None, smtp_port: int | None = None, demo: bool = False
) -> int:
    """Starts all parts, prints one ready line, keeps them running and drains them on SIGTERM or SIGINT; gives the exit status 0.

    Ports of 0 are chosen freely. `demo` has data, servers and an outbox of its own, and listens on this machine only.
    Raises BadSetting when the start cannot succeed: a port is taken, a second start on one data directory, a setting is wrong.
    """
    demo = demo or settings.demo
    web_host, web_port = _split(settings.web_listen)
    smtp_host, default_smtp_port = _split(settings.smtp_listen)
    web = (host or web_host, web_port if port is None else port)
    smtp = (host or smtp_host, default_smtp_port if smtp_port is None else smtp_port)
    if demo:
        _check_demo(settings, (web[0], smtp[0]))
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)  # closed to others, like the demo's own below it
    web, smtp = _free(web, smtp)
    data_dir = (settings.data_dir / "demo" if demo else settings.data_dir).resolve()
    base_url = settings.base_url if "base_url" in settings.model_fields_set and not demo else f"http://{_joined(_reachable(web))}"
    overrides = {
        "HELPDESK_DATA_DIR": str(data_dir),
        "HELPDESK_WEB_LISTEN": _joined(web),
        "HELPDESK_SMTP_LISTEN": _joined(smtp),
        "HELPDESK_BASE_URL": base_url,
        **({"HELPDESK_DEMO": "1", "HELPDESK_OUTBOUND": "capture"} if demo else {}),
    }
    with supervise.signals() as pause, processes.only_one(data_dir):
        own = data_dir / "run" / "serve.pid"
        own.write_text(f"{os.getpid()}\n")
        servers, programs = embedded.prepare(data_dir, database_url=settings.database_url, broker_url=settings.broker_url)
        embedded.publish(data_dir, servers)
        overrides |= {"HELPDESK_DATABASE_URL": servers.database_url, "HELPDESK_BROKER_URL": servers.broker_url}
        try:
            _keep_running(programs, _parts({**os.environ, **overrides}, web, smtp), data_dir / "run", pause, _ready_line(web, smtp))
        finally:
            own.unlink()
    return 0


def _keep_running(servers: tuple[Program, ...], parts: dict[str, Program], run: Path, pause: Pause, ready: str) -> None:
    below = [Child(program, run) for program in servers]
    above = [Child(parts[name], run) for name in PARTS]
    everyone = list(below)
    try:
        # after a kill -9 a server may find its predecessor's last process still there
        supervise.until_ready(below, everyone, pause, tries=6)
        supervise.run_once(parts["migrate"], everyone, pause)
        # the doors first: on a small machine the others would only slow them down, and what comes in waits in its rows
        doors = [child for child in above if child.program.name in DOORS]
        everyone += doors
        supervise.until_ready(doors, everyone, pause, tries=1)
        everyone += [child for child in above if child not in doors]
        supervise.tend(everyone)
        print(ready, flush=True)
        while True:
            pause(supervise.tend(everyone))
    except supervise.Asked:
        pass
    finally:
        supervise.drain(above)
        for child in below:  # the broker first: the database has the last word
            supervise.drain([child])


def _parts(environment: Mapping[str, str], web: Address, smtp: Address) -> dict[str, Program]:
    own_host = urlsplit(environment["HELPDESK_BASE_URL"]).netloc
    ready: dict[str, Callable[[int], bool]] = {
        "web": lambda _pid: _says(_reachable(web), f"GET /readyz HTTP/1.0\r\nHost: {own_host}\r\n\r\n", "HTTP/1.1 200"),
        "smtp": lambda _pid: _says(_reachable(smtp), "", "220"),
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


def _check_demo(settings: Settings, hosts: tuple[str, ...]) -> None:
    for host in hosts:
        if not _is_loopback(host):
            raise BadSetting(f"The demo signs everybody in, so it listens on this machine only: --host {host} is refused.")
    if settings.database_url or settings.broker_url:
        raise BadSetting("The demo has servers of its own: unset HELPDESK_DATABASE_URL and HELPDESK_BROKER_URL to start it.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _free(web: Address, smtp: Address) -> tuple[Address, Address]:
    """Both ports are free this moment; a child that finds its port taken later says so itself."""
    with _bound(web, "--port") as one, _bound(smtp, "--smtp-port") as other:
        return (web[0], one.getsockname()[1]), (smtp[0], other.getsockname()[1])


def _bound(address: Address, option: str) -> socket.socket:
    host, port = address
    try:
        family, kind, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(family, kind)
    except OSError:
        raise BadSetting(f"{host} is not an address: choose another with --host.") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRNOTAVAIL:
            raise BadSetting(f"{host} is not an address of this machine: choose another with --host.") from None
        why = "is taken" if error.errno == errno.EADDRINUSE else "may not be used"
        raise BadSetting(f"Port {port} on {host} {why}: choose another with {option}.") from None
    return listener


def _split(listen: str) -> Address:
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)


def _joined(address: Address) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _reachable(address: Address) -> Address:
    """Who listens everywhere is reached on this machine's own address."""
    host, port = address
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host), port  # noqa: S104 -- compared, not bound


def _ready_line(web: Address, smtp: Address) -> str:
    return f"ready http://{_joined(web)} smtp://{_joined(smtp)}"
