"""Programs that run as our children: how they are described, started, found again and stopped. What they are is said elsewhere.

Only the standard library: the supervisor, which does nothing but wait, stays small.
"""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from helpdesk.errors import BadSetting

Process = subprocess.Popen[bytes]
Output = int | IO[bytes] | None
LONGEST_SOCKET = 100  # bytes of a path; the kernels take 103 to 107
LINUX = sys.platform.startswith("linux")
SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG, prctl(2)


@dataclass(frozen=True)
class Account:
    """The user and group that a program runs as."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Program:
    """One child as it is started, again and again: `clear` runs before each start, `is_ready(pid)` tells when it can be used."""

    name: str
    arguments: tuple[str, ...]
    directory: Path
    environment: Mapping[str, str]
    is_ready: Callable[[int], bool] = lambda _pid: True
    clear: Callable[[], None] = lambda: None
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGKILL


def start(program: Program, output: Output = None) -> Process:
    """Start the program so that it dies when the calling thread does (Linux), and out of reach of the terminal's Ctrl-C.

    `output` takes both its streams; None leaves them on our standard error. Call it from the thread that waits for the program.
    """
    program.clear()
    account = program.account
    return subprocess.Popen(
        program.arguments,
        cwd=program.directory,
        env=dict(program.environment),
        stdin=subprocess.DEVNULL,
        stdout=2 if output is None else output,
        stderr=subprocess.STDOUT if output is not None else None,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        start_new_session=True,
        preexec_fn=_die_with(os.getpid(), program.orphan_signal) if LINUX else None,  # noqa: PLW1509 -- two system calls, no more
    )


@contextmanager
def child(program: Program, output: Output = None) -> Iterator[Process]:
    """The program runs as long as the block does."""
    process = start(program, output)
    try:
        yield process
    finally:
        stop(program, process)


def wait_until_ready(program: Program, process: Process, seconds: float = 60.0) -> None:
    """A program that ends or stays silent before it is ready is a start that failed."""
    deadline = time.monotonic() + seconds
    while not program.is_ready(process.pid):
        if process.poll() is not None:
            raise BadSetting(f"{program.name} ended with status {process.returncode} before it was ready.")
        if time.monotonic() > deadline:
            raise BadSetting(f"{program.name} is not ready after {seconds:.0f} seconds.")
        time.sleep(0.01)


def stop(program: Program, process: Process, seconds: float = 20.0) -> None:
    """Ask a program to end, and kill it after `seconds`."""
    if process.poll() is None:
        process.send_signal(program.stop_signal)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def only_one(data_dir: Path) -> Iterator[None]:
    """One data directory has one supervisor: a second is refused while the first lives, and a killed one leaves no lock behind."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        (data_dir / "run").mkdir(mode=0o700, exist_ok=True)
        lock = (data_dir / "run" / "lock").open("ab")
    except OSError as error:
        raise BadSetting(f"{data_dir} cannot be used: {error.strerror}.") from None
    with lock:
        deadline = time.monotonic() + 1  # `is_supervised` holds it for a moment too
        while not _locked(lock):
            if time.monotonic() > deadline:
                raise BadSetting(f"Another helpdesk is running on {data_dir}: stop it first, or set HELPDESK_DATA_DIR.")
            time.sleep(0.02)
        yield


def is_supervised(data_dir: Path) -> bool:
    """Whether some process holds the data directory right now."""
    try:
        with (data_dir / "run" / "lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        pass
    except PermissionError:
        raise BadSetting(f"{data_dir} belongs to another user: run this as that user.") from None
    return False


def runs_in(pid: int, directory: Path) -> bool:
    """Whether the process is alive and works in `directory`: a number on file may long belong to somebody else's process."""
    if LINUX:
        try:
            return Path(f"/proc/{pid}/cwd").samefile(directory)
        except OSError:
            return False
    found = subprocess.run(["lsof", "-a", "-p", str(pid), "-d", "cwd", "-Fn"], capture_output=True, text=True, check=False)
    return f"n{directory}" in found.stdout.splitlines()


def end_orphan(pid: int, directory: Path, ask: signal.Signals, seconds: float = 20.0) -> None:
    """A server left in `directory` by a supervisor that was killed is ended before its successor starts."""
    deadline = time.monotonic() + seconds
    while runs_in(pid, directory):
        try:
            os.kill(pid, ask if time.monotonic() < deadline else signal.SIGKILL)
        except ProcessLookupError:
            return
        time.sleep(0.05)


def short_path(directory: Path) -> Path:
    """A name for `directory` under which a socket's path is short enough: itself, or a link of ours in the temporary folder."""
    if len(os.fsencode(directory)) + len("/.s.PGSQL.5432") <= LONGEST_SOCKET:
        return directory
    link = Path(tempfile.gettempdir()) / f"helpdesk-{os.getuid()}-{hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]}"
    try:
        link.symlink_to(directory)
    except FileExistsError:
        # the folder is open to everybody: a link laid there by another user would lead us to a server of theirs
        if link.lstat().st_uid != os.getuid() or link.readlink() != directory:
            raise BadSetting(f"{link} is in the way: remove it, or choose a shorter HELPDESK_DATA_DIR.") from None
    return link


def _locked(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _die_with(parent: int, death: signal.Signals) -> Callable[[], None]:
    prctl = ctypes.CDLL(None).prctl

    def between_fork_and_exec() -> None:
        prctl(SET_PARENT_DEATH_SIGNAL, int(death))
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return between_fork_and_exec
