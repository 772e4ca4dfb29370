"""A helpdesk with very many tickets, made by SQL: nine of ten are closed, all have a thread, people behind them, and words to find.

Texts come from a pool whose words are as unequally common as those of a language; titles are every ticket's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

TEXTS = 20_000  # at most
WORDS = 60_000
AGENTS = 20
TABLES = ("people", "person_addresses", "tickets", "participants", "comments", "events", "outbox", "search_documents")

_POOL = f"""
create unlogged table bench_words as
    select n, case when n <= 24 then (array['invoice','login','error','password','account','payment','order','refund','update','screen',
        'printer','delivery','crash','upload','email','browser','license','export','report','calendar','timeout','subscription',
        'shipping','webhook'])[n] else translate(substr(md5(n::text), 1, 4 + n % 5), '0123456789', 'ghijklmnop') end as word
    from generate_series(1, {WORDS}) n;
create unique index on bench_words (n) include (word);
create unlogged table bench_texts as
    select text as n, string_agg(word, ' ' order by k) as body from (
        select n as text, k, 1 + floor({WORDS} * random() ^ 2.2)::int as chosen
        from generate_series(1, :texts) n, lateral generate_series(1, 30 + n % 60) k
    ) picks join bench_words on bench_words.n = chosen group by text;
alter table bench_texts add column words tsvector;
update bench_texts set words = setweight(to_tsvector('english', body), 'B');
create unique index on bench_texts (n);
analyze bench_words, bench_texts;
"""  # noqa: S608  (numbers of ours)
_PEOPLE = f"""
insert into people (id, name, role) overriding system value
    select n, case when n <= {AGENTS} then 'Agent ' || n else
        (array['Ann','Ben','Cleo','Dan','Eva','Finn','Gina','Hugo','Ida','Jon','Kim','Lea','Max','Nia','Otto','Pia'])[1 + n % 16]
        || ' ' || initcap(translate(substr(md5(n::text), 1, 6), '0123456789', 'aeioulnrst')) end,
        case when n = 1 then 'admin' when n <= {AGENTS} then 'agent' else 'customer' end
    from generate_series(1, {AGENTS} + :tickets / 4) n;
insert into person_addresses (person_id, address, verified_at)
    select id, case when role = 'customer' then 'person' || id || '@company' || (id % 3000) || '.example'
        else 'agent' || id || '@help.test' end, now() from people;
"""  # noqa: S608  (numbers of ours)
_TICKETS = """
insert into tickets (number, type, status, priority, title, subject, description, source, requester_id, assignee_id, tags, is_public,
        restricted, waiting_on, waiting_since, snoozed_until, created_at, updated_at, first_response_at, resolved_at, closed_at)
    overriding system value
select made.n, (array['question','question','bug','other','feature'])[1 + floor(r1 * 5)::int], status,
    (array['medium','medium','medium','low','high','critical'])[1 + floor(r2 * r2 * 6)::int],
    initcap(a.word) || ' ' || b.word || ' ' || made.n, initcap(a.word) || ' ' || b.word || ' ' || made.n, body, 'email',
    21 + floor(r3 * (:tickets / 4))::int, case when status <> 'open' or r1 < .5 then 2 + floor(r2 * 19)::int end,
    case when r3 < .3 then array[(array['billing','printer','vip','mobile','sales','returns'])[1 + floor(r3 * 20)::int]] else '{}' end,
    r1 < .0005, made.n % 1000 = 0, case when r3 < .6 then 'us' else 'customer' end, at + (now() - at) * r1 / 4,
    case when r3 > .99 then now() + interval '3 days' end, at, at + (now() - at) * r1 / 3, at + interval '3 hours' * r2,
    case when status in ('resolved', 'closed') then at + (now() - at) * r1 / 3 end, case when status = 'closed' then now() end
from (
    select n, now() - interval '730 days' * (1 - n::float / :tickets) as at, random() as r1, random() as r2, random() as r3,
        case when random() < .88 then 'closed' when random() < .17 then 'resolved' when random() < .6 then 'open'
        else 'in_progress' end as status
    from generate_series(1, :tickets) n
) made
join bench_texts on bench_texts.n = 1 + made.n % :texts
join bench_words a on a.n = 1 + (made.n::bigint * 7919) % 900
join bench_words b on b.n = 1 + (made.n::bigint * 104729) % 5000;
insert into participants (ticket_number, person_id, role) select number, requester_id, 'requester' from tickets;
insert into comments (ticket_number, author_id, author_address, by_staff, internal, source, content, created_at)
    select number, case when k = 1 then coalesce(assignee_id, 2) else requester_id end, 'x@example.com', k = 1, number % 10 = 0 and k = 1,
        'email', (select body from bench_texts where bench_texts.n = 1 + (number * 3 + k) % :texts), created_at + interval '1 hour' * k
    from tickets, lateral generate_series(1, 1 + (number % 3)::int) k;
insert into events (ticket_number, kind, actor_id, via, data, created_at)
    select number, kind, requester_id, 'email', '{"old": "low", "new": "medium"}', created_at
    from tickets, unnest(array['created', 'commented', 'priority_changed']) kind;
insert into outbox (kind, recipient, ticket_number, person_id, state, created_at, sent_at)
    select 'reply', 'x@example.com', number, requester_id, case when number % 5000 = 0 then 'failed' else 'sent' end, created_at, now()
    from tickets;
insert into search_documents (ticket_number, words)
    select number, setweight(to_tsvector('simple', title), 'A') || words from tickets
    join bench_texts on bench_texts.n = 1 + number % :texts;
insert into search_documents (ticket_number, comment_id, internal, words)
    select ticket_number, id, internal, words from comments
    join bench_texts on bench_texts.n = 1 + id % :texts;
select setval(pg_get_serial_sequence('tickets', 'number'), :tickets);
select setval(pg_get_serial_sequence('people', 'id'), (select max(id) from people));
"""


def fill(url: str, tickets: int) -> None:
    """Fill an empty, migrated database with so many tickets; a million takes about ten minutes."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("select setseed(0.5)")
        for setting in ("session_replication_role = replica", "maintenance_work_mem = '1GB'", "work_mem = '256MB'", "jit = off",
                        "statement_timeout = 0", "synchronous_commit = off"):  # fmt: skip
            connection.execute(f"set {setting}".encode())
        with _without_indexes(connection):
            for script in (_POOL, _PEOPLE, _TICKETS):
                for statement in script.split(";\n"):
                    if statement.strip():
                        connection.execute(
                            statement.replace(":tickets", str(tickets)).replace(":texts", str(min(tickets, TEXTS))).encode()
                        )
        connection.execute("drop table bench_words, bench_texts")
        connection.execute("vacuum analyze")


@contextmanager
def _without_indexes(connection: psycopg.Connection[tuple[object, ...]]) -> Iterator[None]:
    """Filling is several times quicker when indexes are built afterwards; those of constraints stay."""
    wanted = """select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index
        where indrelid = any(%s::regclass[]) and not exists (select from pg_constraint where conindid = indexrelid)"""
    found = connection.execute(wanted, (list(TABLES),)).fetchall()
    for name, _ in found:
        connection.execute(f"drop index {name}".encode())
    yield
    for _, definition in found:
        connection.execute(str(definition).encode())
