"""The embedded default: a real PostgreSQL and a real Valkey of our own, for whoever gives no URLs. `serve` and the tests use it.

What each of them needs is in helpdesk/servers; how children live and die in processes.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from helpdesk import processes
from helpdesk.errors import BadSetting
from helpdesk.processes import Output, Program
from helpdesk.servers import postgresql, valkey


@dataclass(frozen=True)
class Servers:
    """Where both servers are: an SQLAlchemy URL and a Celery broker URL, usable as they are."""

    database_url: str
    broker_url: str


def prepare(
    data_dir: Path, *, database_url: str | None = None, broker_url: str | None = None, fsync: bool = True, pg_major: int = 18
) -> tuple[Servers, tuple[Program, ...]]:
    """A URL that is given wins and nothing is started for it; otherwise its embedded server is prepared below `data_dir`.

    Call it with the data directory held (`processes.only_one`). Gives both URLs and the programs to start, the broker first.
    Raises BadSetting when a server is missing or its data cannot be used.
    """
    programs: list[Program] = []
    if broker_url is None:
        broker_url, program = valkey.prepare(data_dir, fsync=fsync)
        programs.append(program)
    if database_url is None:
        database_url, program = postgresql.prepare(data_dir, fsync=fsync, pg_major=pg_major)
        programs.append(program)
    return Servers(database_url, broker_url), tuple(programs)


@contextmanager
def running(data_dir: Path, *, fsync: bool = True, pg_major: int = 18) -> Iterator[Servers]:
    """Both servers run as long as the block does, and are this process's alone: a second start on the directory is refused.

    Their log is DATA_DIR/run/servers.log. Raises BadSetting.
    """
    data_dir = data_dir.resolve()
    with processes.only_one(data_dir), (data_dir / "run" / "servers.log").open("wb") as log:
        servers, programs = prepare(data_dir, fsync=fsync, pg_major=pg_major)
        with _started(programs, log):
            publish(data_dir, servers)
            yield servers


def publish(data_dir: Path, servers: Servers) -> None:
    """The supervisor tells other commands of the same user where its servers are (0600: the URL may hold a password)."""
    file = data_dir / "run" / "servers.json"
    staging = file.with_suffix(".new")
    staging.unlink(missing_ok=True)
    staging.touch(mode=0o600)
    staging.write_text(json.dumps(asdict(servers)))
    staging.rename(file)


def published(data_dir: Path) -> Servers:
    """What the supervisor of `data_dir` published; BadSetting while it is still starting for the first time."""
    try:
        return Servers(**json.loads((data_dir / "run" / "servers.json").read_text()))
    except FileNotFoundError:
        raise BadSetting(f"The helpdesk on {data_dir} is still starting: try again in a moment.") from None


@contextmanager
def _started(programs: tuple[Program, ...], output: Output) -> Iterator[None]:
    with ExitStack() as stack:
        started = [(program, stack.enter_context(processes.child(program, output))) for program in programs]
        for program, process in started:
            processes.wait_until_ready(program, process)
        yield
