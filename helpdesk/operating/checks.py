"""What is wrong, why it matters, and what to do about it: one function a check, one table of them. None of them asks the network.

The system page shows what they find; so may a command. Each looks at the settings and at one State, and says one sentence and its
remedy, or nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from helpdesk.operating.state import State
from helpdesk.settings import Settings, is_loopback

BAD, WARN, INFO = "bad", "warn", "info"
PATIENCE = timedelta(minutes=5)
HELD_TOO_LONG = timedelta(days=3)
LEAST_DISK, LEAST_PART = 1 << 30, 0.1


@dataclass(frozen=True, slots=True)
class Finding:
    """`level` BAD: mail is lost or waits; WARN: somebody should act; INFO: good to know. `check` is the function's name."""

    check: str
    level: str
    says: str
    remedy: str


Told = tuple[str, str, str]  # level, what is wrong, what to do
Check = Callable[[Settings, State], Told | None]


def schema_is_behind(_: Settings, state: State) -> Told | None:
    """The database has the tables that this code needs."""
    if state.revision == state.newest_revision:
        return None
    return BAD, f"The schema is at {state.revision}, this version needs {state.newest_revision}.", "Run `helpdesk migrate`."


def timers_stand_still(_: Settings, state: State) -> Told | None:
    """Worker and clock are alive."""
    late = [run.name for run in state.timers if run.late]
    if not late:
        return None
    return (
        BAD,
        f"No sign of life from the timers: {', '.join(late)}.",
        "Start `helpdesk worker` and `helpdesk beat` (`helpdesk serve` runs both), and read what they log.",
    )


def broker_is_away(_: Settings, state: State) -> Told | None:
    """Nudges reach the worker at once."""
    if state.broker is not None:
        return None
    return (
        WARN,
        "The broker does not answer: mail still goes out, but up to ten seconds later.",
        "Look after Redis or Valkey, or correct HELPDESK_BROKER_URL.",
    )


def mail_waits_to_be_read(_: Settings, state: State) -> Told | None:
    """What came in is processed within minutes."""
    if state.received.oldest is None or state.at - state.received.oldest < PATIENCE:
        return None
    return (
        BAD,
        f"{_mails(state.received.count, 'was', 'were')} received and not processed yet.",
        "Look at the worker's log: it says what stops it.",
    )


def mail_waits_to_leave(_: Settings, state: State) -> Told | None:
    """What is due leaves within minutes."""
    if state.overdue.oldest is None or state.at - state.overdue.oldest < PATIENCE:
        return None
    return BAD, f"{_mails(state.overdue.count, 'is', 'are')} overdue.", "Look at the outbox: each says what the relay answered."


def mail_failed(_: Settings, state: State) -> Told | None:
    """Mail arrives."""
    if not state.failed:
        return None
    return (
        WARN,
        f"{_mails(state.failed, 'was', 'were')} not delivered in the last seven days.",
        "Look at the outbox, filtered by “Not delivered”.",
    )


def held_for_days(_: Settings, state: State) -> Told | None:
    """Somebody decides about held mail."""
    if state.held.oldest is None or state.at - state.held.oldest < HELD_TOO_LONG:
        return None
    return (
        WARN,
        f"{_mails(state.held.count, 'is', 'are')} held, the oldest for {(state.at - state.held.oldest).days} days.",
        "Decide at /admin/held.",
    )


def disk_is_full(settings: Settings, state: State) -> Told | None:
    """There is room for files and raw mail."""
    if not state.disk_total or (state.disk_free >= LEAST_DISK and state.disk_free >= state.disk_total * LEAST_PART):
        return None
    return (
        BAD,
        f"Little room is left below {settings.data_dir}: mail is refused once it is full.",
        "Free some, or move HELPDESK_DATA_DIR.",
    )


def demo_is_on(settings: Settings, _: State) -> Told | None:
    """Nobody signs in without a password."""
    if not settings.demo:
        return None
    return WARN, "This is the demo: everybody on this machine signs in with a click.", "Start without --demo for real work."


def nothing_is_sent(settings: Settings, _: State) -> Told | None:
    """Mail leaves this machine."""
    if settings.outbound != "capture":
        return None
    return (
        WARN,
        "No relay is set: answers stay in the outbox and reach nobody.",
        "Set HELPDESK_OUTBOUND to smtp://user:pass@host:port.",
    )


def support_address_is_an_example(settings: Settings, _: State) -> Told | None:
    """People can mail us."""
    if not settings.support_address.endswith(".localhost"):
        return None
    return WARN, f"Nobody can mail {settings.support_address}: it is an example.", "Set HELPDESK_SUPPORT_ADDRESS."


def pages_are_not_encrypted(settings: Settings, _: State) -> Told | None:
    """Passwords travel encrypted."""
    address = urlsplit(settings.base_url)
    if address.scheme == "https":
        return None
    if is_loopback(f"{address.hostname}:0"):
        return INFO, f"Links in mail lead to {settings.base_url}: only this machine can follow them.", "Set HELPDESK_BASE_URL."
    return (
        BAD,
        f"{settings.base_url} is not encrypted: passwords and tickets can be read on the way.",
        "Put a proxy with TLS in front.",
    )


def senders_are_not_checked(settings: Settings, _: State) -> Told | None:
    """Nobody writes in another's name."""
    if settings.judge != "off" or is_loopback(settings.smtp_listen):
        return None
    return WARN, "Senders are not checked: anybody can write in anybody's name.", "Set HELPDESK_SENDER_CHECK to local."


def no_administrator(_: Settings, state: State) -> Told | None:
    """Somebody can change things."""
    return None if state.admins else (BAD, "There is no administrator.", "Run `helpdesk user add ADDRESS --role admin`.")


def no_second_factor(settings: Settings, state: State) -> Told | None:
    """A stolen password alone opens nothing."""
    if settings.demo or not state.admins or state.admins_with_second_factor:
        return None
    return (
        WARN,
        "No administrator has a second factor: a stolen password is enough.",
        "Each switches it on in their own settings (their name, top right).",
    )


def key_is_in_the_data_directory(settings: Settings, _: State) -> Told | None:
    """Whoever restores a backup can still verify old reply addresses."""
    if settings.secret_key is not None:
        return None
    return (
        INFO,
        f"The secret key was generated into {settings.data_dir / 'secret_key'}.",
        "Keep it with your backups: without it every reply address in mail that was sent is dead.",
    )


CHECKS: tuple[Check, ...] = (
    schema_is_behind, timers_stand_still, mail_waits_to_be_read, mail_waits_to_leave, disk_is_full, no_administrator,
    pages_are_not_encrypted, broker_is_away, mail_failed, held_for_days, demo_is_on, nothing_is_sent, support_address_is_an_example,
    senders_are_not_checked, no_second_factor, key_is_in_the_data_directory,
)  # fmt: skip
_ORDER = (BAD, WARN, INFO)


def findings(settings: Settings, state: State) -> list[Finding]:
    """What all checks find, the worst first."""
    found = [Finding(check.__name__, *told) for check in CHECKS if (told := check(settings, state)) is not None]
    return sorted(found, key=lambda one: _ORDER.index(one.level))


def _mails(count: int, one: str, many: str) -> str:
    return f"1 mail {one}" if count == 1 else f"{count} mails {many}"
