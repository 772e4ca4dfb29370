"""What we make of real mail does not get worse: our own corpus passes whole, the shared one keeps the figures it has reached.

The shared corpus (mail that other projects collected, with what they expect of it) lies next to the repository where developers and
CI have it. Where it is not, our own runs alone, and the test says so.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from helpdesk.cli import mail_explain
from mail_ingest.reader import Reader
from tests.corpus import scoring

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "corpora"
CASES = scoring.cases()
REACHED = {
    "reply_text": 105,
    "reply_html": 11,
    "parse": 51,
    "encoding": 47,
    "malformed": 37,
    "bounce": 259,
    "not_bounce": 34,
    "autoreply": 9,
    "forward": 14,
}


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader(children=1) as reader:
        yield reader


@pytest.fixture
def say(capfd: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Writes a line to the terminal, where a passing test is silent otherwise."""

    def write(line: str) -> None:
        with capfd.disabled():
            print(f"\n{line}", file=sys.stderr, flush=True)

    return write


@pytest.mark.parametrize("case", CASES, ids=[case["id"].removeprefix("own/") for case in CASES])
def test_our_own_corpus(case: dict[str, Any], reader: Reader) -> None:
    explained = mail_explain.explained((scoring.HERE / case["file"]).read_bytes(), reader)
    assert scoring.failures(case["expect"], explained) == []


@pytest.mark.parametrize("name", sorted(scoring.CHECKS))
def test_every_check_fails_for_a_mail_that_is_not_what_was_expected(name: str, reader: Reader) -> None:
    wrong: dict[str, Any] = {"attachment_count": 9, "attachments": [{"filename": "z"}], "date": "2001-01-01T00:00:00+00:00"}
    wrong |= {"must_contain": ["zzz"], "must_not_contain": [""], "body_contains": ["zzz"], "body_not_contains": [""]}
    wrong |= {"is_bounce": True, "recipients": [{"address": "z"}], "no_nul": True, "safe_filenames": True}
    explained = mail_explain.explained(b"From: alice@example.com\nDate: Tue, 3 Mar 2026 10:00:00 +0100\n\nHello\n", reader)
    explained |= {"html": "\x00", "attachments": [{"filename": "../x"}]}
    assert scoring.failures({name: wrong.get(name, "zzz")}, explained) != []


def test_our_own_corpus_is_whole() -> None:
    assert {case["file"] for case in CASES} == {f"mails/{path.name}" for path in (scoring.HERE / "mails").iterdir()}
    assert set(REACHED) == {case["kind"] for case in CASES}
    assert {name for case in CASES for name in case["expect"]} <= set(scoring.CHECKS) | scoring.INFORMATION


def test_the_shared_corpus_keeps_its_figures(tmp_path: Path, say: Callable[[str], None]) -> None:
    if not (SHARED / "score.py").exists():
        say(f"corpus: ../shared/corpora is not next to the repository; our own {len(CASES)} mails ran alone")
        return
    results = tmp_path / "results.json"
    score = [sys.executable, str(SHARED / "score.py"), "--batch", str(SHARED / "dev"), "--json", str(results), "--timeout", "60"]
    scored = subprocess.run(
        [*score, "--", sys.executable, "-m", "helpdesk.cli.mail_explain"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert scored.returncode == 0, scored.stdout + scored.stderr
    rows = json.loads(results.read_text(encoding="utf-8"))
    passed = Counter(row["kind"] for row in rows if row["pass"])
    say(f"corpus: our own {len(CASES)} mails and the shared dev corpus ran: {sum(passed.values())} of {len(rows)} cases pass")
    fallen = {kind: (passed[kind], least) for kind, least in REACHED.items() if passed[kind] < least}
    assert fallen == {}, [(row["id"], row["failed"]) for row in rows if row["kind"] in fallen and not row["pass"]]
