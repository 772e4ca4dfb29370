"""Databases for tests: migrated and empty for each test, and made only once for many of them.

Copying a database costs 25 ms and more, emptying one 5: so a test gets the one of the test before, without its rows, its
connections, and with its sequences at the start. Whatever changed more than rows costs the next test a new copy.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg

TESTS_A_COPY = 300  # deleted rows leave holes
_EMPTY = """
do $$ declare one record; begin
    for one in select oid::regclass as name from pg_class
        where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> 'alembic_version'
    loop
        execute 'delete from ' || one.name;
    end loop;
    for one in select schemaname, sequencename, start_value from pg_sequences where last_value is not null loop
        perform setval(format('%I.%I', one.schemaname, one.sequencename), one.start_value, false);
    end loop;
end $$
"""
_ALONE = (
    "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
)
_SHAPE = """
with ours as (
    select oid, relname, relkind, reloptions from pg_class where relnamespace = 'public'::regnamespace
)
select (select array_agg(nspname order by nspname) from pg_namespace where nspname !~ '^pg_(toast_)?temp'),
       (select array_agg(concat(setdatabase, setrole, setconfig)) from pg_db_role_setting),
       (select count(*) from pg_proc), (select count(*) from pg_trigger), (select count(*) from pg_constraint),
       (select array_agg(version_num) from alembic_version),
       (select md5(string_agg(ours::text, ',' order by oid)) from ours),
       (select md5(string_agg(concat_ws(' ', attname, atttypid, attnotnull, attstorage), ',' order by attrelid, attnum))
          from pg_attribute join ours on attrelid = ours.oid)
"""


@dataclass
class Databases:
    """`administer` runs a statement outside of any test's database; `url` gives the address of a database by its name."""

    administer: Callable[[str], None]
    url: Callable[[str], str]
    template: str
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _free: tuple[str, psycopg.Connection[tuple[object, ...]], object, int] | None = None

    def take(self) -> str:
        """The name of a database that is migrated and empty."""
        if self._free is None:
            name = f"test_{next(self._numbers)}"
            self.administer(f"create database {name} template {self.template} strategy file_copy")
            connection = psycopg.connect(self.url(name), autocommit=True)
            connection.execute("set session_replication_role = replica")  # rows go in any order
            self._free = (name, connection, connection.execute(_SHAPE).fetchone(), 0)
        return self._free[0]

    def give_back(self) -> None:
        """The test has ended: nothing of it stays."""
        assert self._free is not None
        name, connection, shape, used = self._free
        try:
            connection.execute(_ALONE)
            if used < TESTS_A_COPY and connection.execute(_SHAPE).fetchone() == shape:
                connection.execute(_EMPTY)
                self._free = (name, connection, shape, used + 1)
                return
        except psycopg.Error:
            pass  # it is gone, or cannot be emptied: the next test gets a copy
        connection.close()
        self.administer(f"drop database if exists {name} with (force)")
        self._free = None

    def close(self) -> None:
        """No test comes any more."""
        if self._free is not None:
            self._free[1].close()
