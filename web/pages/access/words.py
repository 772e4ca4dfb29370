"""How a browser, a network and a way of signing in are called where people look at their sessions."""

from __future__ import annotations

from collections.abc import Mapping

# the first that occurs wins: nearly every browser also claims to be the ones below it
_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Vivaldi", "Vivaldi"), ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chromium", "Chromium"), ("Chrome", "Chrome"), ("Safari", "Safari"),
    ("curl", "curl"), ("python", "A Python program"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip
METHODS: Mapping[str, str] = {
    "password": "by password",
    "password and code": "by password and code",
    "recovery code": "by password and a recovery code",
    "single sign-on": "by single sign-on",
    "link": "by a mailed link",
    "setup": "at the first start",
    "demo": "by the demo's one click",
}


def browser(user_agent: str) -> str:
    """`Firefox on Linux`: what a user agent says, as far as we know it."""
    name = next((name for mark, name in _BROWSERS if mark.lower() in user_agent.lower()), "Another browser")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return f"{name} on {system}" if system else name


def is_phone(user_agent: str) -> bool:
    """Whether it fits into a pocket."""
    return any(mark in user_agent for mark in ("iPhone", "Android", "Mobile"))


def network(stored: str) -> str:
    """The network that a session began in; what comes by this machine, or by a proxy that the settings do not name, has none."""
    return stored or "this machine"
