"""Real servers for every test that wants them: one PostgreSQL and one Valkey a test process, an empty migrated database a test.

HELPDESK_TEST_PG=16 runs the suite on PostgreSQL 16. `--strict-peers` turns every skip into a failure.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from pydantic import SecretStr
from sqlalchemy import Engine, make_url
from sqlalchemy.orm import Session

from helpdesk import db, embedded
from helpdesk.embedded import Servers
from helpdesk.settings import Settings
from tests.databases import Databases
from tests.served import Serve, Served, start_serve

TEMPLATE = "helpdesk_template"
_numbers = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--strict-peers", action="store_true", help="a skipped test is a failed test")


def pytest_configure() -> None:
    # what the developer has set for a helpdesk of their own must not leak into the tests
    for name in [name for name in os.environ if name.startswith("HELPDESK_") and not name.startswith("HELPDESK_TEST_")]:
        del os.environ[name]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What starts the whole product comes first: nothing long is left for the end, when one process works alone."""
    items.sort(key=lambda item: not {"served", "demo", "ladder"} & set(getattr(item, "fixturenames", ())))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _fail_if_skipped(item.config, report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _fail_if_skipped(collector.config, report)
    return report


def _fail_if_skipped(config: pytest.Config, report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.skipped and config.getoption("--strict-peers") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and --strict-peers allows no skips: {report.longrepr}"


@pytest.fixture(scope="session")
def peer() -> Callable[..., str]:
    """`peer("chromium", "chromium-browser")` gives the path of the first found program, and skips the test where there is none."""

    def find(*names: str) -> str:
        for name in names:
            if path := shutil.which(name):
                return path
        pytest.skip(f"{names[0]} is not on PATH (`make ci-packages` installs it)")

    return find


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """This test process's own PostgreSQL and Valkey, without fsync."""
    major = int(os.environ.get("HELPDESK_TEST_PG", "18"))
    with embedded.running(tmp_path_factory.mktemp("servers"), fsync=False, pg_major=major) as started:
        yield started


@pytest.fixture(scope="session")
def servers_16(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """The same with PostgreSQL 16, whatever the rest of the run uses."""
    with embedded.running(tmp_path_factory.mktemp("servers16"), fsync=False, pg_major=16) as started:
        yield started


@pytest.fixture(scope="session")
def administer(servers: Servers) -> Iterator[Callable[[str], None]]:
    """Runs one statement in the server's own database, outside any transaction."""
    with psycopg.connect(_plain(servers.database_url), autocommit=True) as connection:

        def execute(statement: str) -> None:
            connection.execute(statement.encode())

        yield execute


@pytest.fixture(scope="session")
def template(servers: Servers, administer: Callable[[str], None]) -> str:
    """Name of the database that every test's own is copied from: all migrations, no rows."""
    administer(f"create database {TEMPLATE}")
    db.migrate(_named(servers.database_url, TEMPLATE))
    return TEMPLATE


@pytest.fixture
def empty_database_url(servers: Servers, administer: Callable[[str], None]) -> Iterator[str]:
    """A database of the test's own without any table, for tests of the migrations themselves."""
    name = f"empty_{next(_numbers)}"
    administer(f"create database {name}")
    yield _named(servers.database_url, name)
    administer(f"drop database {name} with (force)")


@pytest.fixture(scope="session")
def databases(servers: Servers, administer: Callable[[str], None], template: str) -> Iterator[Databases]:
    """Where every test's own database comes from."""
    made = Databases(administer, lambda name: _plain(_named(servers.database_url, name)), template)
    yield made
    made.close()


@pytest.fixture
def database_url(servers: Servers, databases: Databases) -> Iterator[str]:
    """A migrated, empty database of the test's own (about 5 ms)."""
    yield _named(servers.database_url, databases.take())
    databases.give_back()


@pytest.fixture(scope="session")
def engines() -> dict[str, Engine]:
    """The engines of this process by address: what SQLAlchemy compiled for one test is there for the next."""
    return {}


@pytest.fixture
def engine(database_url: str, engines: dict[str, Engine]) -> Iterator[Engine]:
    """An engine on the test's own database, without any connection yet."""
    engine = engines.get(database_url) or engines.setdefault(database_url, db.connect(database_url))
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session on the test's own database; the test may commit, nobody else sees it."""
    with Session(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def broker_url(servers: Servers) -> Iterator[str]:
    """An empty broker database of the test's own."""
    number = next(_numbers) % 15 + 1
    path = servers.broker_url.removeprefix("redis+socket://")
    with redis.Redis(unix_socket_path=path, db=number) as client:
        client.flushdb()
        yield f"{servers.broker_url}?virtual_host={number}"
        client.flushdb()


@pytest.fixture
def settings(database_url: str, broker_url: str, tmp_path: Path) -> Settings:
    """Settings of a helpdesk at help.test on the test's own database, broker and data directory; `.env` is not read."""
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        database_url=database_url,
        broker_url=broker_url,
        data_dir=tmp_path / "data",
        base_url="https://help.test",
        support_address="support@help.test",
        secret_key=SecretStr("a key for tests only, long enough"),
    )


@pytest.fixture
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """`served("--demo", HELPDESK_NAME="Elm")` starts the whole product on free ports; a second call starts on the same data."""
    home = tmp_path_factory.mktemp("served")  # a short name: sockets have little room
    started: list[Served] = []

    def serve(*options: str, data_dir: Path | str | None = None, **environment: str) -> Served:
        one = start_serve(home, options, Path(data_dir or home / "data"), environment)
        started.append(one)
        return one

    yield serve
    for one in started:
        one.stop()


def _named(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")
