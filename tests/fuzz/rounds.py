"""One round: a mutant goes through the real reader child, is read and cut, and must come back as a value or as one failed try."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from mail_ingest.mail import Envelope, Kind
from mail_ingest.reader import Reader, ReaderFailed
from tests.fuzz.invariants import broken, broken_reply
from tests.fuzz.mutation import mutant

OURS = Path(__file__).parents[1] / "corpus" / "mails"
SHARED = Path(__file__).parents[3] / "shared" / "corpora" / "dev" / "files"
ENVELOPES = (Envelope("alice@example.com", ("support@help.test",)), Envelope("", ("bounce+x@help.test",)))
_PLAIN = b"From: Alice <alice@example.com>\r\nSubject: Printer\r\n\r\nHello\r\n"


@dataclass(frozen=True, slots=True)
class Round:
    """What became of mutant `number`: `wrong` are broken promises, `failed` is the reason of a failed try, `seconds` its longest job."""

    number: int
    octets: int
    seconds: float
    failed: str | None
    wrong: tuple[str, ...]

    @property
    def died(self) -> bool:
        """The child was ended or ran out of memory: one failed try as designed, while a traceback is a mistake of ours."""
        return self.failed is not None and "Traceback" not in self.failed


def mails(roots: Sequence[Path] = (OURS, SHARED)) -> list[bytes]:
    """Our own corpus, and the shared one where it is there; a bare body among them gets a small header block."""
    paths = [path for root in roots for path in sorted(root.rglob("*")) if path.is_file()]
    return [_with_header(path) for path in paths]


def rounds(seed: int, numbers: Sequence[int], corpus: Sequence[bytes], reader: Reader, *, threads: int = 2) -> Iterator[Round]:
    """The rounds of these numbers in order, run on `threads` threads that share the reader."""
    waiting = iter(numbers)
    with ThreadPoolExecutor(threads) as pool:
        while batch := list(islice(waiting, 200)):
            yield from pool.map(lambda number: one(seed, number, corpus, reader), batch)


def one(seed: int, number: int, corpus: Sequence[bytes], reader: Reader) -> Round:
    """Read and cut one mutant; after a failed try a plain mail must be read as if nothing had happened."""
    raw = mutant(number, seed, corpus)
    jobs: list[float] = []
    wrong: list[str] = []
    failed = None
    started = time.monotonic()
    try:
        reading = reader.read(raw, ENVELOPES[number % 2])
        jobs.append(time.monotonic() - started)
        wrong += broken(reading)
        mail = reading.mail
        for sent in ((), (corpus[number % len(corpus)].decode("utf-8", "replace"), mail.text[:4_000])):
            started = time.monotonic()
            name = mail.senders[0].name if mail.senders else ""
            reply = reader.cut(mail.text, mail.html, sent, first=number % 5 == 0, sender_name=name)
            jobs.append(time.monotonic() - started)
            wrong += broken_reply(reply, mail)
    except ReaderFailed as error:
        jobs.append(time.monotonic() - started)
        failed = str(error) or "without a word"
    except Exception:  # noqa: BLE001 (a crash of the parent is what we look for)
        wrong.append(f"the parent crashed: {traceback.format_exc()}")
    if failed is not None and not alive(reader):
        wrong.append("the next mail was not read")
    return Round(number, len(raw), max(jobs, default=0.0), failed, tuple(dict.fromkeys(wrong)))


def alive(reader: Reader, jobs: int = 1) -> bool:
    """Does the reader still read: `jobs` plain mails at the same time, one for each child of its pool?"""
    results: list[bool] = []

    def work() -> None:
        try:
            results.append(reader.read(_PLAIN, ENVELOPES[0]).verdict.kind is Kind.PERSON)
        except ReaderFailed:
            results.append(False)

    threads = [threading.Thread(target=work) for _ in range(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(results) == jobs and all(results)


def _with_header(path: Path) -> bytes:
    raw = path.read_bytes()
    if path.suffix == ".eml":
        return raw
    kind = b"html" if b"</" in raw else b"plain"
    return b"From: Alice <alice@example.com>\nIn-Reply-To: <1@help.test>\nContent-Type: text/" + kind + b"; charset=utf-8\n\n" + raw
