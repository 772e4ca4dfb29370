"""Keeps children running: starts them, starts again what dies, and ends them in order. What they are is said in serve.py.

One thread, no imports beyond the standard library: signals and dead children wake it, otherwise it sleeps.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from helpdesk import processes
from helpdesk.errors import BadSetting
from helpdesk.processes import Process, Program

FIRST_DELAY, LONGEST_DELAY = 0.2, 5.0  # seconds before a dead child is started again, doubling in between
LONG_LIFE = 30.0  # after so many seconds of life a child's delay starts small again
DRAIN = 20.0  # seconds between asking and killing
START_FAILED = (1, 2)  # exit statuses of ours that another try does not heal: a wrong setting, a wrong command line

Pause = Callable[[float], None]


class Asked(Exception):
    """Somebody asked us to end."""


@dataclass
class Child:
    """A program and its present life; `started` and `due` are times of the monotonic clock."""

    program: Program
    run: Path
    process: Process | None = None
    status: int | None = None
    deaths: int = 0
    started: float = 0.0
    delay: float = FIRST_DELAY
    due: float = field(default_factory=time.monotonic)

    @property
    def is_ready(self) -> bool:
        """Alive, and by its own word of use."""
        return self.process is not None and self.process.poll() is None and self.program.is_ready(self.process.pid)


@contextmanager
def signals() -> Iterator[Pause]:
    """`pause(seconds)` sleeps until a child ends or the time is over, and raises Asked once SIGTERM, SIGINT or SIGHUP has come."""
    asked: list[int] = []
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)

    def note(number: int, _frame: FrameType | None) -> None:
        if number != signal.SIGCHLD:
            asked.append(number)

    def pause(seconds: float) -> None:
        if not asked:
            select.select([reader], [], [], max(0.0, seconds))
        with suppress(BlockingIOError):
            os.read(reader, 4096)
        if asked:
            raise Asked

    ours = [signal.SIGTERM, signal.SIGINT, signal.SIGCHLD]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup(1) asks to outlive the terminal
        ours.append(signal.SIGHUP)
    before = {number: signal.signal(number, note) for number in ours}
    wakeup = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    try:
        yield pause
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(reader)
        os.close(writer)


def tend(children: Iterable[Child]) -> float:
    """Start what is due and note what has died; gives the seconds until something is due again."""
    for child in children:
        if child.process is not None and child.process.poll() is not None:
            _bury(child, child.process)
        if child.process is None and time.monotonic() >= child.due:
            _start(child)
    return min((child.due - time.monotonic() for child in children if child.process is None), default=60.0)


def until_ready(children: list[Child], everyone: list[Child], pause: Pause, tries: int) -> None:
    """Wait until all of `children` are ready, tending everyone; one that fails to start `tries` times ends it with BadSetting."""
    said = time.monotonic()
    while waiting := [child for child in children if not child.is_ready]:
        for child in waiting:
            if child.status in START_FAILED and child.deaths >= tries:
                raise BadSetting(f"{child.program.name} did not start (status {child.status}): the lines above say why.")
        if time.monotonic() - said > 10:
            said = time.monotonic()
            note(f"still waiting for {', '.join(child.program.name for child in waiting)}")
        pause(min(0.05, tend(everyone)))


def run_once(program: Program, everyone: list[Child], pause: Pause) -> None:
    """Run a program to its end while everyone is tended; BadSetting when it fails."""
    process = processes.start(program)
    try:
        while process.poll() is None:
            pause(tend(everyone))
    finally:
        processes.stop(program, process, DRAIN)
    if process.returncode:
        raise BadSetting(f"{program.name} failed with status {process.returncode}: the lines above say why.")


def drain(children: list[Child]) -> None:
    """Ask all at once, in their order; kill who is still there after DRAIN seconds."""
    alive = [(child, child.process) for child in children if child.process is not None]
    deadline = time.monotonic() + DRAIN
    for child, process in alive:
        if process.poll() is None:
            process.send_signal(child.program.stop_signal)
    for child, process in alive:
        processes.stop(child.program, process, max(0.0, deadline - time.monotonic()))
        _end_group(process)
        _pid_file(child).unlink(missing_ok=True)
        child.process = None


def note(sentence: str) -> None:
    """One line for the operator, on standard error."""
    sys.stderr.write(f"helpdesk: {sentence}\n")
    sys.stderr.flush()


def _start(child: Child) -> None:
    child.process = processes.start(child.program)
    child.started = time.monotonic()
    _pid_file(child).write_text(f"{child.process.pid}\n")


def _bury(child: Child, process: Process) -> None:
    _end_group(process)
    child.status, child.deaths = process.returncode, child.deaths + 1
    if time.monotonic() - child.started >= LONG_LIFE:
        child.delay = FIRST_DELAY
    note(f"{child.program.name} ended with status {process.returncode}, starting it again in {child.delay:.1f} s")
    child.due = time.monotonic() + child.delay
    child.delay = min(LONGEST_DELAY, child.delay * 2)
    child.process = None


def _end_group(process: Process) -> None:
    """Whatever a dead child leaves running is ended with it: each child leads a group of its own."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _pid_file(child: Child) -> Path:
    return child.run / f"{child.program.name}.pid"
