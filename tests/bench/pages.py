"""What the desk's pages cost: queue, filters, ticket page and search at 10,000, 100,000 and 1,000,000 tickets.

    python -m tests.bench.pages [--sizes 10000 100000] [--data DIRECTORY] [--requests 40]

The application runs in this process and is asked without a network, over a real PostgreSQL with the settings of the embedded one.
Times are of the wall, from the request to the last byte of the answer; requests of all cases take turns. Beside them is the CPU time
of this process and of the database's together, which a busy machine changes little.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import make_url, select, text
from sqlalchemy.orm import Session

from helpdesk import db, embedded
from helpdesk.installation import Installation, mint_of
from helpdesk.lists import metrics
from helpdesk.models import Person, PersonAddress
from helpdesk.settings import Settings, secret_keys
from helpdesk.sign_in import credentials
from helpdesk.storage import Storage
from tests.bench import filling
from web.app import create_app
from web.limits import Rates

SIZES = (10_000, 100_000, 1_000_000)
# group -> p50 and p95 in milliseconds that are aimed at with 100,000 tickets
TARGETS: Mapping[str, tuple[int, int]] = {
    "queue": (15, 30),
    "filtered queue": (15, 30),
    "ticket page": (15, 30),
    "search": (20, 50),
}
CASES: Mapping[str, tuple[str, ...]] = {
    "a bare handler": ("/healthz",),
    "queue": ("/admin", "/admin?view=unassigned", "/admin?view=mine", "/admin?view=us", "/admin?view=resolved", "/admin?view=all"),
    "filtered queue": (
        "/admin?view=open&priority=critical",
        "/admin?view=open&type=feature&tag=billing",
        "/admin?view=all&status=resolved",
        "/admin?view=all&status=closed&assignee=agent7@help.test",
        "/admin?view=all&tag=billing",
        "/admin?view=all&type=bug&priority=low&status=open",
        "/admin?view=all&assignee=none",
    ),
    "ticket page": ("/admin/ticket/ELM-{0}", "/admin/ticket/ELM-{1}", "/admin/ticket/ELM-{2}?view=all&status=closed"),
    "search": (
        "/admin?view=all&q=invoice",
        "/admin?view=all&q=refund+timeout",
        "/admin?view=all&q=webhook+-invoice",
        "/admin?view=all&q=%22payment+order%22",
        "/admin?view=all&q=nosuchwordatall",
        "/admin?view=all&q=person{3}@company{4}.example",
        "/admin?view=all&q=company7.example",
        "/admin?view=all&q=cleo",
        "/admin?view=open&q=printer",
        "/admin?view=all&q=status:open+tag:billing+login",
        "/admin?view=all&q=from:company7.example+is:open",
        "/admin?view=all&q=priority:high+before:30d+invoice",
    ),
}  # fmt: skip


Took = dict[str, list[tuple[float, float]]]  # of each address: milliseconds of the wall, and of CPU


class _Unlimited(Rates):
    def spend(self, what: str, subject: str) -> None:
        """Whoever measures asks more often than an agent may."""


def main() -> None:
    """Fill what is not there yet, ask, print the table."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    asked.add_argument("--data", type=Path, help="keeps the databases there, for the next run")
    asked.add_argument("--requests", type=int, default=40)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder, embedded.running(options.data or Path(folder), fsync=False) as servers:
        found = {
            size: _measured(_database(servers.database_url, size), size, options.requests, Path(folder)) for size in options.sizes
        }
    _print(found)


def _database(server: str, size: int) -> str:
    """The address of a database with so many tickets, at the newest revision."""
    name = f"bench_{size}"
    url, unfinished = (
        make_url(server).set(database=database).render_as_string(hide_password=False) for database in (name, f"{name}_unfinished")
    )
    with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as connection:
        if connection.execute("select 1 from pg_database where datname = %s", (name,)).fetchone() is None:
            started = time.monotonic()
            connection.execute(f"drop database if exists {name}_unfinished".encode())
            connection.execute(f"create database {name}_unfinished".encode())
            db.migrate(unfinished)
            filling.fill(unfinished.replace("+psycopg", ""), size)
            connection.execute(f"alter database {name}_unfinished rename to {name}".encode())
            print(f"{size:,} tickets made in {time.monotonic() - started:.0f} s", flush=True)
    db.migrate(url)
    return url


def _measured(url: str, size: int, requests: int, folder: Path) -> Took:
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        database_url=url, broker_url="redis://127.0.0.1:1/0", data_dir=folder, base_url="https://help.test",
        support_address="support@help.test", secret_key=SecretStr("a key for benchmarks only, long enough"),
    )  # fmt: skip
    keys, engine = secret_keys(settings), db.connect(url)
    app = create_app(Installation(settings, engine, mint_of(settings, keys), keys, Storage(folder / "files")))
    app.state.web = replace(app.state.web, rates=_Unlimited())
    try:
        with db.transaction(engine) as session:
            agent = session.scalars(select(Person).join(PersonAddress).where(PersonAddress.address == "agent3@help.test")).one()
            cookie = credentials.start_session(session, agent, "bench")
            _count(session)
            pids = session.scalars(text("select pid from pg_stat_activity where datname = current_database() and pid is not null"))
            backends = [Path(f"/proc/{pid}/schedstat") for pid in pids]
        return asyncio.run(_ask(app, f"__Host-helpdesk={cookie}".encode(), size, requests, backends))
    finally:
        app.state.web.reader.close()
        engine.dispose()


def _count(session: Session) -> None:
    """What the worker does every 30 s."""
    metrics.refresh(session)


async def _ask(app: FastAPI, cookie: bytes, size: int, requests: int, backends: Sequence[Path]) -> Took:
    took: Took = {}
    for turn in range(-3, requests):
        for paths in CASES.values():
            for path in paths:
                n = [1 + 2 * ((turn * 7919 + k * 104_729) % (size // 2)) for k in range(3)]  # the odd ones are not restricted
                person = filling.AGENTS + 1 + n[0] % (size // 4)
                address = path.format(*n, person, person % 3000)
                started, busy = time.perf_counter(), _cpu(backends)
                await _get(app, address, cookie)
                if turn >= 0:
                    took.setdefault(path, []).append(((time.perf_counter() - started) * 1000, _cpu(backends) - busy))
        gc.collect()
    return took


def _cpu(backends: Sequence[Path]) -> float:
    """Milliseconds that this process and those of the database have computed."""
    return time.process_time() * 1000 + sum(int(one.read_text().split()[0]) for one in backends) / 1e6


async def _get(app: FastAPI, address: str, cookie: bytes) -> int:
    """One request to the application; gives the size of the answer."""
    path, _, query = address.partition("?")
    received = 0

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        nonlocal received
        if message["type"] == "http.response.start" and message["status"] != 200:
            raise RuntimeError(f"{address}: {message['status']}")
        received += len(message.get("body", b""))

    headers = [(b"host", b"help.test"), (b"cookie", cookie)]
    await app(
        {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "https", "path": path,
         "raw_path": path.encode(), "query_string": query.encode(), "root_path": "", "headers": headers,
         "client": ("127.0.0.1", 1), "server": ("help.test", 443)},
        receive, send,
    )  # fmt: skip
    return received


def _print(found: Mapping[int, Took]) -> None:
    print(f"\n{'milliseconds: p50 / p95 and CPU':62}" + "".join(f"{size:>26,}" for size in found) + "      aimed at")
    for group, paths in CASES.items():
        total = {size: [one for path in paths for one in took[path]] for size, took in found.items()}
        print(
            f"{group.upper():62}"
            + "".join(_cell(total[size]) for size in found)
            + f"{'{} / {}'.format(*TARGETS[group]) if group in TARGETS else '':>14}"
        )
        for path in paths:
            print(f"  {path:60}" + "".join(_cell(took[path]) for took in found.values()))


def _cell(took: Sequence[tuple[float, float]]) -> str:
    wall, cpu = zip(*took, strict=True)
    return f"{statistics.median(wall):>10.1f} /{statistics.quantiles(wall, n=20)[-1]:6.1f}{statistics.median(cpu):>8.1f}"


if __name__ == "__main__":
    main()
