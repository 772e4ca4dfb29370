"""A real `helpdesk serve`, started as a person would, for tests that look at the whole product from outside."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

READY = re.compile(r"ready (?P<http>http://[^ ]+) smtp://(?P<host>[^ ]+):(?P<port>\d+)\n")


@dataclass(frozen=True)
class Served:
    """A running product: where its doors are, and its processes by name (serve, web, smtp, worker, beat, postgresql, valkey)."""

    http: str
    smtp_host: str
    smtp_port: int
    data_dir: Path
    log: Path
    process: subprocess.Popen[str]

    def pid(self, name: str) -> int:
        """The number of the process as it runs now."""
        return int((self.data_dir / "run" / f"{name}.pid").read_text())

    def stop(self) -> int:
        """Drain and end; gives the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            if self.process.stdout:
                self.process.stdout.close()


class Serve(Protocol):
    """What the fixture `served` is."""

    def __call__(self, *options: str, data_dir: Path | str | None = None, **environment: str) -> Served: ...


def start_serve(home: Path, options: tuple[str, ...], data_dir: Path, environment: dict[str, str]) -> Served:
    """Start on free ports and wait for the ready line; a start that fails is an AssertionError with the log."""
    log = home / "served.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "helpdesk.cli.main", "serve", "--port", "0", "--smtp-port", "0", *options],
            cwd=home,
            env={**os.environ, "HELPDESK_DATA_DIR": str(data_dir), "PYTHONPATH": str(Path(__file__).parents[1]), **environment},
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
        )
    assert process.stdout
    line = process.stdout.readline()
    found = READY.fullmatch(line)
    if not found:
        process.kill()
        process.stdout.close()
        raise AssertionError(f"no ready line but {line!r} (status {process.wait()}):\n{log.read_text()[-4000:]}")
    actual = data_dir / "demo" if "--demo" in options else data_dir
    return Served(found["http"], found["host"], int(found["port"]), actual, log, process)


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    """Come back once the condition holds; what never happens is a failed test after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"did not happen within {seconds} s"
        time.sleep(0.01)
