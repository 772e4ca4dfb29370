"""In how many ways a core flow is walked: with a script and without, on a phone, a tablet and a desktop, light and dark."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

PHONE, TABLET, DESKTOP = 360, 768, 1440


class Look(NamedTuple):
    """What `Demo.opened` is told of a browser: `demo.opened(who, **look._asdict())`."""

    script: bool
    width: int
    dark: bool

    def __str__(self) -> str:
        return f"{'script' if self.script else 'no script'}, {self.width}, {'dark' if self.dark else 'light'}"


EVERY = tuple(Look(*one) for one in product((True, False), (PHONE, TABLET, DESKTOP), (False, True)))
# the short battery's: the two that differ in everything
SHORT = (Look(True, PHONE, True), Look(False, DESKTOP, False))
