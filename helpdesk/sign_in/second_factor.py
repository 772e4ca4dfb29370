"""The second factor of staff: six digits from an app (TOTP, RFC 6238), and ten recovery codes for the day the phone is gone.

No code is good twice: the time step of the last one that was spent is kept. Of recovery codes only hashes are kept.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime

import pyotp
from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk import audit
from helpdesk.errors import Refused
from helpdesk.models import Person
from helpdesk.permissions import Viewer
from helpdesk.sign_in.credentials import digest

STEP = 30  # seconds
_DRIFT = (0, -1, 1)  # steps that a phone's clock may be off (RFC 6238 section 5.2)
RECOVERY_CODES = 10
WRONG_CODE = "This code does not fit. Take the one that the app shows now."


def new_secret() -> str:
    """A fresh secret of 160 bits in base32, as apps take it."""
    return pyotp.random_base32()


def address_for_apps(secret: str, account: str, issuer: str) -> str:
    """The otpauth:// address that stands in the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code this is, one step before or after now at most, or None."""
    given, current = "".join(code.split()), int(now.timestamp()) // STEP
    totp = pyotp.TOTP(secret)
    # every step is compared, so that the time taken says nothing
    fitting = [
        current + drift
        for drift in _DRIFT
        if hmac.compare_digest(totp.generate_otp(current + drift).encode(), given.encode("utf-8", "replace"))
    ]
    return fitting[0] if fitting else None


def turn_on(session: Session, person: Person, secret: str, code: str, now: datetime, by: Viewer) -> list[str]:
    """From now on signing in asks for a code; gives the recovery codes, seen this once. Refused when `code` does not fit."""
    locked = _locked(session, person.id)
    if locked.totp_secret is not None:
        raise Refused("An app is set up already: switch it off first.", "code")
    step = step_of(secret, code, now)
    if step is None:
        raise Refused(WRONG_CODE, "code")
    locked.totp_secret, locked.totp_step = secret, step
    audit.record(session, "second_factor_on", by, address=person.address)
    return _fresh_codes(locked)


def spend(session: Session, person: Person, code: str, now: datetime) -> bool:
    """Whether the code is right and new; it is used up, and with it every earlier one."""
    locked = _locked(session, person.id)
    step = step_of(locked.totp_secret, code, now) if locked.totp_secret else None
    if step is None or step <= (locked.totp_step or 0):
        return False
    locked.totp_step = step
    return True


def spend_recovery(session: Session, person: Person, code: str, by: Viewer) -> bool:
    """Whether this is one of the person's recovery codes; it is used up."""
    locked = _locked(session, person.id)
    given = digest(_plain(code))
    left = [one for one in locked.recovery_codes if not hmac.compare_digest(one, given)]
    if locked.totp_secret is None or len(left) == len(locked.recovery_codes):
        return False
    locked.recovery_codes = left
    audit.record(session, "recovery_code_used", by, address=person.address, left=len(left))
    return True


def renew_codes(session: Session, person: Person, by: Viewer) -> list[str]:
    """Ten new recovery codes; the earlier ones are void."""
    locked = _locked(session, person.id)
    if locked.totp_secret is None:
        raise Refused("Set up an app for codes first.")
    audit.record(session, "recovery_codes_renewed", by, address=person.address)
    return _fresh_codes(locked)


def turn_off(session: Session, person: Person, by: Viewer) -> None:
    """Signing in asks for no code any more; whoever calls has made sure that it is the person, or an administrator."""
    locked = _locked(session, person.id)
    locked.totp_secret, locked.totp_step, locked.recovery_codes = None, None, []
    audit.record(session, "second_factor_off", by, address=person.address)


def _locked(session: Session, number: int) -> Person:
    # two browsers with one code wait for each other: the second finds its step spent
    wanted = select(Person).where(Person.id == number).with_for_update().execution_options(populate_existing=True)
    return session.scalars(wanted).one()


def _fresh_codes(person: Person) -> list[str]:
    codes = [_code() for _ in range(RECOVERY_CODES)]
    person.recovery_codes = [digest(_plain(code)) for code in codes]
    return codes


def _code() -> str:
    """80 random bits as people can copy them: enough that a plain hash of it guards it."""
    drawn = base64.b32encode(secrets.token_bytes(10)).decode("ascii").lower()
    return "-".join(drawn[at : at + 4] for at in range(0, 16, 4))


def _plain(code: str) -> str:
    return "".join(one for one in code.lower() if one.isalnum())
