"""Children are kept running, and end in order."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from helpdesk.cli import supervise
from helpdesk.cli.supervise import Child, Pause
from helpdesk.errors import BadSetting
from helpdesk.processes import Program
from tests.served import until

SLEEP = "import time; time.sleep(1000)"
DEAF = "import signal, pathlib, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); pathlib.Path('up').touch(); time.sleep(1000)"
PARENT = "import pathlib, subprocess as s; p = s.Popen(['sleep', '1000']); pathlib.Path('up').write_text(str(p.pid)); p.wait()"


@pytest.fixture
def pause() -> Iterator[Pause]:
    with supervise.signals() as pause:
        yield pause


def test_a_child_that_was_killed_is_started_again(tmp_path: Path, pause: Pause) -> None:
    child = _child(tmp_path, SLEEP)
    first = _started(child)
    os.kill(first, signal.SIGKILL)
    _tend(child, pause, lambda: child.deaths == 1 and child.process is not None)
    second = _started(child)
    assert second != first
    assert (tmp_path / "python.pid").read_text() == f"{second}\n"
    supervise.drain([child])


def test_a_child_that_keeps_dying_is_started_ever_more_slowly(tmp_path: Path, pause: Pause) -> None:
    child = _child(tmp_path, "raise SystemExit(3)")
    delays = []
    for _ in range(8):
        delays.append(child.delay)
        child.due = 0.0
        supervise.tend([child])
        _tend(child, pause, lambda: child.process is None)
    assert delays == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0]


def test_a_child_that_lived_long_is_started_again_soon(tmp_path: Path, pause: Pause) -> None:
    child = _child(tmp_path, SLEEP)
    child.delay = 5.0
    os.kill(_started(child), signal.SIGKILL)
    child.started -= supervise.LONG_LIFE
    _tend(child, pause, lambda: child.process is None)
    assert child.delay == 0.4


def test_a_start_that_cannot_succeed_ends_with_a_sentence(tmp_path: Path, pause: Pause) -> None:
    child = _child(tmp_path, "raise SystemExit(1)", ready=False)
    with pytest.raises(BadSetting, match=r"^python did not start \(status 1\)"):
        supervise.until_ready([child], [child], pause, tries=1)


def test_a_start_that_fails_for_a_while_is_tried_again(tmp_path: Path, pause: Pause) -> None:
    again = "import pathlib, time; p = pathlib.Path('tried'); time.sleep(1000) if p.exists() else p.touch(); raise SystemExit(75)"
    child = _child(tmp_path, again)
    ready = Program(**{**vars(child.program), "is_ready": lambda _pid: (tmp_path / "tried").exists() and child.deaths == 1})
    child.program = ready
    supervise.until_ready([child], [child], pause, tries=1)
    assert child.status == 75
    supervise.drain([child])


def test_a_program_that_runs_once_must_succeed(tmp_path: Path, pause: Pause) -> None:
    supervise.run_once(_program(tmp_path, "pass"), [], pause)
    with pytest.raises(BadSetting, match=r"^python failed with status 3"):
        supervise.run_once(_program(tmp_path, "raise SystemExit(3)"), [], pause)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_wait(pause: Pause, number: signal.Signals) -> None:
    os.kill(os.getpid(), number)
    with pytest.raises(supervise.Asked):
        pause(1000)


def test_draining_ends_who_does_not_listen_and_forgets_its_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervise, "DRAIN", 0.1)
    child = _child(tmp_path, DEAF)
    pid = _started(child)
    until((tmp_path / "up").exists)
    supervise.drain([child])
    assert not Path(f"/proc/{pid}").exists()
    assert not (tmp_path / "python.pid").exists()


def test_what_a_dead_child_leaves_running_ends_with_it(tmp_path: Path, pause: Pause) -> None:
    child = _child(tmp_path, PARENT)
    pid = _started(child)
    until(lambda: (tmp_path / "up").exists() and (tmp_path / "up").read_text())
    grandchild = Path("/proc", (tmp_path / "up").read_text(), "cwd")
    os.kill(pid, signal.SIGKILL)
    _tend(child, pause, lambda: child.process is None)
    until(lambda: not os.path.lexists(grandchild) or not _is_link(grandchild))


def _tend(child: Child, pause: Pause, condition: Callable[[], bool]) -> None:
    while True:
        due = supervise.tend([child])
        if condition():
            return
        pause(due)


def _is_link(path: Path) -> bool:
    try:
        return bool(path.readlink())
    except OSError:  # a process that is dead but not yet reaped has no directory
        return False


def _program(directory: Path, code: str, ready: bool = True) -> Program:
    return Program("python", (sys.executable, "-c", code), directory, os.environ, is_ready=lambda _pid: ready)


def _child(directory: Path, code: str, ready: bool = True) -> Child:
    return Child(_program(directory, code, ready), directory)


def _started(child: Child) -> int:
    if child.process is None:
        supervise.tend([child])
    assert child.process
    return child.process.pid
