"""`python -m tests.fuzz --rounds 20000 [--ends 2000] [--seed N] [--only NUMBER] [--keep DIR]`: what `make fuzz` runs.

Prints the seed first, so that any run can be had again, and ends with 1 where a promise was broken: a crash of the parent, a lost
child, a traceback in the child, or a value that breaks an invariant. A mutant whose child the watchdog ended is tried once more at
the end, alone and with ten times the time, and must be read: that tells what is slow from what never ends. Then `--ends` mutants are
accepted and processed on a database of their own, and each must end.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from mail_ingest.reader import Reader
from tests.fuzz import processing
from tests.fuzz.mutation import mutant
from tests.fuzz.rounds import SHARED, Round, alive, mails, one, rounds

CHILDREN, SECONDS = 2, 2.0


def main(arguments: Sequence[str]) -> int:
    """Run the rounds and print what came of them; 0 when every promise was kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--rounds", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**9))
    parser.add_argument("--ends", type=int, default=2_000, help="how many go all the way, on a database started for it")
    parser.add_argument("--only", type=int, help="the number of one round, to see it alone")
    parser.add_argument("--keep", type=Path, help="write mutants with a broken promise or a failed try into this directory")
    asked = parser.parse_args(arguments)
    corpus = mails()
    shared = "and the shared dev corpus" if SHARED.is_dir() else f"only ({SHARED.parent} is not there)"
    print(f"seed {asked.seed}: {asked.rounds} rounds over {len(corpus)} mails, our own {shared}", flush=True)
    numbers = range(asked.rounds) if asked.only is None else [asked.only]
    done: list[Round] = []
    started = time.monotonic()
    with Reader(children=CHILDREN, seconds=SECONDS) as reader:
        for result in rounds(asked.seed, numbers, corpus, reader, threads=CHILDREN):
            done.append(result)
            _tell(result)
            if asked.keep and (result.wrong or result.failed):
                asked.keep.mkdir(parents=True, exist_ok=True)
                (asked.keep / f"{asked.seed}-{result.number}.eml").write_bytes(mutant(result.number, asked.seed, corpus))
            if len(done) % 1_000 == 0:
                print(f"{len(done)} rounds, {time.monotonic() - started:.0f} s", flush=True)
        whole = alive(reader, CHILDREN)
    seconds = time.monotonic() - started
    with Reader(children=1, seconds=10 * SECONDS) as patient:
        again = [one(asked.seed, result.number, corpus, patient) for result in done if result.died]
    failed = _summary(done, again, seconds, whole)
    return max(failed, _ends(asked.seed, range(asked.ends) if asked.only is None else [asked.only], corpus))


def _ends(seed: int, numbers: Sequence[int], corpus: Sequence[bytes]) -> int:
    """The mutants of these numbers, processed on a new database; 1 where one does not end."""
    started, wrong = time.monotonic(), 0
    with processing.tools() as tools:
        for number in numbers:
            if (found := processing.broken(tools, seed, number, corpus)) is not None:
                wrong += 1
                print(f"mutant {number} does not end: {found}", flush=True)
    print(f"{len(numbers)} mails processed in {time.monotonic() - started:.0f} s; without an end: {wrong}")
    return min(wrong, 1)


def _tell(result: Round) -> None:
    for sentence in result.wrong:
        print(f"round {result.number}: {sentence}", flush=True)
    if result.failed is not None:
        print(f"round {result.number} ({result.octets} octets, {result.seconds:.1f} s): failed try: {result.failed}", flush=True)


def _summary(done: Sequence[Round], again: Sequence[Round], seconds: float, whole: bool) -> int:
    raised = [result for result in done if result.failed is not None and not result.died]
    wrong = [result for result in [*done, *again] if result.wrong]
    hanging = [result for result in again if result.failed]
    print(f"{len(done)} rounds in {seconds:.0f} s ({len(done) / seconds:.0f} a second), {sum(r.octets for r in done) / 1e6:.0f} MB")
    print(f"broken promises: {len(wrong)}; tracebacks in the child: {len(raised)}; children ended by the watchdog: {len(again)}")
    if again:
        slowest = max(again, key=lambda result: result.seconds)
        print(f"tried again alone: {len(again) - len(hanging)} were read, {slowest.seconds:.2f} s at most (round {slowest.number})")
    for reason, count in Counter(r.failed.strip().splitlines()[-1][:100] for r in done if r.failed).most_common(10):
        print(f"  {count:6} {reason}")
    print(f"the pool is {'whole' if whole else 'LOST'}; the slowest jobs:")
    for result in sorted(done, key=lambda one: -one.seconds)[:5]:
        print(f"  {result.seconds:6.2f} s  round {result.number}, {result.octets} octets")
    return 1 if wrong or raised or hanging or not whole else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
