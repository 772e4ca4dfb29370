"""The search language: what is typed, and what is asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from helpdesk.lists.query_language import LONGEST, MOST_TERMS, Term, parse

NOW = datetime(2026, 10, 15, 12, 30, tzinfo=UTC)


def day(month: int, number: int) -> datetime:
    return datetime(2026, month, number, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "terms"),
    [
        ("", []),
        ("invoice refund", [Term("word", ("invoice",)), Term("word", ("refund",))]),
        ('"payment failed"', [Term("phrase", ("payment failed",))]),
        ("“payment  failed”", [Term("phrase", ("payment failed",))]),
        ('"payment failed', [Term("phrase", ("payment failed",))]),
        ('"one"', [Term("word", ("one",))]),
        ("-refund", [Term("word", ("refund",), negated=True)]),
        ("status:open", [Term("status", ("open",))]),
        ("STATUS:Open", [Term("status", ("open",))]),
        ("status:in-progress", [Term("status", ("in_progress",))]),
        ("status:open status:closed", [Term("status", ("open", "closed"))]),
        ("status:open,closed", [Term("status", ("open", "closed"))]),
        ("-status:open -status:closed", [Term("status", ("open",), negated=True), Term("status", ("closed",), negated=True)]),
        ("assignee:me", [Term("assignee", ("me",))]),
        ("owner:nobody", [Term("assignee", ("none",))]),
        ("assignee:unassigned", [Term("assignee", ("none",))]),
        ("is:unassigned", [Term("is", ("unassigned",))]),
        ('assignee:"bob builder"', [Term("assignee", ("bob builder",))]),
        ("from:Alice@Example.com", [Term("from", ("alice@example.com",))]),
        ("from:example.com", [Term("from", ("example.com",))]),
        ("tag:billing tag:vip", [Term("tag", ("billing",)), Term("tag", ("vip",))]),
        ("-tag:spam", [Term("tag", ("spam",), negated=True)]),
        ("type:bug priority:urgent", [Term("type", ("bug",)), Term("priority", ("critical",))]),
        ("has:attachment is:known", [Term("has", ("attachment",)), Term("is", ("known",))]),
        ("#12 elm-012", [Term("number", ("12",))]),
        ("ELM-12 #7", [Term("number", ("12", "7"))]),
        ("12", [Term("word", ("12",))]),
        ("before:2026-10-01", [Term("created", until=day(10, 1))]),
        ("after:2026-10-01", [Term("created", since=day(10, 1))]),
        ("before:7d", [Term("created", until=NOW - timedelta(days=7))]),
        ("after:12h", [Term("created", since=NOW - timedelta(hours=12))]),
        ("created:2026-10-01", [Term("created", since=day(10, 1), until=day(10, 2))]),
        ("created:2026-10", [Term("created", since=day(10, 1), until=day(11, 1))]),
        ("updated:today", [Term("updated", since=day(10, 15), until=day(10, 16))]),
        ("updated:yesterday", [Term("updated", since=day(10, 14), until=day(10, 15))]),
        ("updated-before:2w", [Term("updated", until=NOW - timedelta(days=14))]),
        ("https://example.com/a", [Term("word", ("https://example.com/a",))]),
        ("10:30", [Term("word", ("10:30",))]),
        ("& | ! ( ) :* <-> -- ' \\", []),
        ("a\0b", [Term("word", ("a",)), Term("word", ("b",))]),
    ],
)  # fmt: skip
def test_each_term_is_read_and_nothing_is_remarked(typed: str, terms: list[Term]) -> None:
    query = parse(typed, now=NOW)
    assert (list(query.terms), query.hints) == (terms, ())


@pytest.mark.parametrize(
    ("typed", "word", "hint"),
    [
        ("foo:bar", "foo:bar", "“foo:” is no operator: it was searched for as words."),
        ("status:wibble", "status:wibble", "“status:” knows no “wibble”, only open, in_progress, resolved, closed."),
        ("tag:", "tag:", "“tag:” needs a value, with no space before it."),
        ("before:tuesday", "before:tuesday", "“before:” takes a day (2026-10-01), a month (2026-10), or a time until now (12h, 7d, 2w, 3m, 1y)."),
        ("before:2026-02-31", "before:2026-02-31", "“before:” takes a day (2026-10-01), a month (2026-10), or a time until now (12h, 7d, 2w, 3m, 1y)."),
    ],
)  # fmt: skip
def test_what_is_no_operator_is_words_with_a_hint(typed: str, word: str, hint: str) -> None:
    query = parse(typed, now=NOW)
    assert (list(query.terms), query.hints) == ([Term("word", (word,))], (hint,))


@pytest.mark.parametrize(
    "typed",
    [
        "x " * 10_000,
        "-" * 10_000,
        '"' * 9_999,
        "tag:" * 5_000,
        "(" * 10_000,
        "created:9999y " * 600,
        "a:b:c " * 3_000,
        "\0" * 5_000,
    ],
    ids=["terms", "minuses", "quotes", "operators", "parentheses", "years", "colons", "nulls"],
)
def test_hostile_input_is_cut_and_said_so(typed: str) -> None:
    query = parse(typed, now=NOW)
    assert len(query.terms) <= MOST_TERMS
    assert len(query.hints) <= 3
    assert len(typed.replace("\0", " ").strip()) <= LONGEST or query.hints


def test_a_term_knows_how_it_was_typed() -> None:
    query = parse('status:open  -tag:"needs help" status:closed word', now=NOW)
    assert [term.typed for term in query.terms] == ["status:open status:closed", '-tag:"needs help"', "word"]
