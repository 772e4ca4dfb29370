"""The child may die in every way; the parent loses one try and goes on."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mail_ingest.mail import Envelope, Kind, Reading
from mail_ingest.reader import Reader, ReaderFailed
from tests.mail_ingest.mails import mail, multipart, part

ENVELOPE = Envelope("alice@example.com", ("support@help.test",))

# A child with other work than reading: the first octets of the mail say what it does.
HOSTILE_WORK = """
import os, socket, sys, time
from mail_ingest import reader_child

def work(job, raw, *rest):
    if raw == b"spin":
        while True:
            pass
    if raw.startswith(b"wait"):
        time.sleep(1.0)
    if raw == b"sleep":
        time.sleep(600)
    if raw == b"memory":
        return bytes(2 * 1024 ** 3)
    if raw == b"recursion":
        return work_deeper()
    if raw == b"exit":
        os._exit(3)
    if raw == b"nonsense":
        return b"nonsense"
    if raw == b"environment":
        return repr(sorted(os.environ)).encode()
    return reader_child.answer(job, raw, *rest)

def work_deeper():
    return work_deeper()

reader_child.serve(socket.socket(fileno=int(sys.argv[1])), work)
"""


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader(children=1) as reader:
        yield reader


@pytest.fixture
def hostile(tmp_path: Path) -> Iterator[Reader]:
    script = tmp_path / "child.py"
    script.write_text(HOSTILE_WORK)
    with Reader(children=1, seconds=0.5, command=[sys.executable, str(script)]) as reader:
        yield reader


def test_a_mail_is_read_in_the_child(reader: Reader) -> None:
    raw = multipart(
        "mixed", part("text/html", "<p>Hello<script>x</script></p>"), part('image/png; name="a.png"', bytes(range(256)))
    )
    reading = reader.read(raw, ENVELOPE)
    assert (reading.verdict.kind, reading.over_cap, reading.report) == (Kind.PERSON, None, None)
    assert (reading.mail.text, reading.html) == ("Hello", "<p>Hello</p>")
    assert reading.mail.attachments[0].content == bytes(range(256))


def test_a_mail_over_a_cap_is_named_and_scanned(reader: Reader) -> None:
    reading = reader.read(mail(*["X-A: b"] * 1_001), ENVELOPE)
    assert reading.over_cap == "1,000 header fields"
    assert reading.mail.sender is not None
    assert reading.mail.text == ""


def test_a_reply_is_cut_in_the_child(reader: Reader) -> None:
    reply = reader.cut("It works\n\nOn Monday, Bob wrote:\n> Does it?\n", None, ["Does it?"], sender_name="Alice")
    assert reply.visible.strip() == "It works"


@pytest.mark.parametrize("way", [b"spin", b"sleep", b"memory", b"recursion", b"exit", b"nonsense"])
def test_a_death_is_one_failed_try(hostile: Reader, way: bytes) -> None:
    assert hostile.read(mail(), ENVELOPE).mail.subject == "Printer"
    with pytest.raises(ReaderFailed):
        hostile.read(way, ENVELOPE)
    assert hostile.read(mail(), ENVELOPE).mail.subject == "Printer"


def test_the_watchdog_ends_a_job_after_its_seconds_of_cpu_time(hostile: Reader) -> None:
    with pytest.raises(ReaderFailed, match="out of CPU time"):
        hostile.read(b"spin", ENVELOPE)


def test_time_in_which_the_child_does_not_run_is_not_counted(hostile: Reader) -> None:
    assert hostile.read(b"wait\r\n\r\nHello", ENVELOPE).mail.text == "wait\n\nHello"


def test_who_waits_in_vain_for_a_free_child_has_a_failed_try_and_the_child_is_well(reader: Reader) -> None:
    child = reader._places.get()
    try:
        with pytest.raises(ReaderFailed, match="no reader was free"):
            reader.cut("Hello", None, patience=0.01)
    finally:
        reader._places.put(child)
    assert reader.cut("Hello", None, patience=0.01).visible == "Hello"


def test_a_failure_tells_its_traceback(hostile: Reader) -> None:
    with pytest.raises(ReaderFailed, match="RecursionError"):
        hostile.read(b"recursion", ENVELOPE)


def test_a_child_that_died_while_idle_costs_no_try(hostile: Reader) -> None:
    hostile.read(mail(), ENVELOPE)
    child = hostile._places.queue[0]
    assert child is not None
    child._process.kill()
    child._process.wait()
    assert hostile.read(mail(), ENVELOPE).mail.subject == "Printer"


def test_the_child_finds_no_secret_in_its_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELPDESK_SECRET_KEY", "secret")
    script = tmp_path / "child.py"
    script.write_text(HOSTILE_WORK)
    with Reader(children=1, command=[sys.executable, str(script)]) as reader:
        names = reader._job("read", b"environment", size=0)
    assert b"PYTHONPATH" in names
    assert b"HELPDESK" not in names


def test_many_threads_share_few_children(reader: Reader) -> None:
    readings: list[Reading] = []

    def work(number: int) -> None:
        readings.append(reader.read(mail(f"Message-ID: <{number}@example.com>"), ENVELOPE))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {reading.mail.message_id for reading in readings} == {f"{number}@example.com" for number in range(16)}


def test_a_closed_reader_starts_again_when_needed() -> None:
    with Reader(children=1) as reader:
        reader.read(mail(), ENVELOPE)
    assert reader.read(mail(), ENVELOPE).mail.subject == "Printer"
    reader.close()


def test_the_child_imports_the_pure_modules_only() -> None:
    heavy = "'sqlalchemy', 'celery', 'fastapi', 'pydantic_settings', 'psycopg', 'aiosmtpd', 'jinja2', 'helpdesk.settings', 'helpdesk.models'"
    code = f"import sys, mail_ingest.reader_child; print([m for m in ({heavy}) if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
