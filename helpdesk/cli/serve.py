"""`helpdesk serve`: the whole product in one go. Decides what runs and where; keep_running.py runs it."""

from __future__ import annotations

import errno
import ipaddress
import socket
from typing import TYPE_CHECKING, NoReturn

from helpdesk.cli.keep_running import Address, Plan, become, joined, reachable
from helpdesk.errors import BadSetting

if TYPE_CHECKING:
    from helpdesk.settings import Settings


def serve(
    settings: Settings, host: str | None = None, port: int | None = None, smtp_port: int | None = None, demo: bool = False
) -> NoReturn:
    """Starts all parts, prints one ready line, keeps them running, and drains them on SIGTERM or SIGINT; options win over settings.

    Ports of 0 are chosen freely. `demo` has data, servers and an outbox of its own, and listens on this machine only.
    Raises BadSetting when the start cannot succeed: a port is taken, a setting is wrong. Otherwise the process becomes another.
    """
    demo = demo or settings.demo
    web_host, web_port = _split(settings.web_listen)
    smtp_host, default_smtp_port = _split(settings.smtp_listen)
    web = (host or web_host, web_port if port is None else port)
    smtp = (host or smtp_host, default_smtp_port if smtp_port is None else smtp_port)
    if demo:
        _check_demo(settings, (web[0], smtp[0]))
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)  # closed to others, like the demo's own below it
    web, smtp = _free(web, smtp)
    data_dir = (settings.data_dir / "demo" if demo else settings.data_dir).resolve()
    base_url = settings.base_url if "base_url" in settings.model_fields_set and not demo else f"http://{joined(reachable(web))}"
    environment = {
        "HELPDESK_DATA_DIR": str(data_dir),
        "HELPDESK_WEB_LISTEN": joined(web),
        "HELPDESK_SMTP_LISTEN": joined(smtp),
        "HELPDESK_BASE_URL": base_url,
        **({"HELPDESK_DEMO": "1", "HELPDESK_OUTBOUND": "capture"} if demo else {}),
    }
    become(Plan(str(data_dir), settings.database_url, settings.broker_url, web, smtp, environment))


def _check_demo(settings: Settings, hosts: tuple[str, ...]) -> None:
    for host in hosts:
        if not _is_loopback(host):
            raise BadSetting(f"The demo signs everybody in, so it listens on this machine only: --host {host} is refused.")
    if settings.database_url or settings.broker_url:
        raise BadSetting("The demo has servers of its own: unset HELPDESK_DATABASE_URL and HELPDESK_BROKER_URL to start it.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _free(web: Address, smtp: Address) -> tuple[Address, Address]:
    """Both ports are free this moment; a child that finds its port taken later says so itself."""
    with _bound(web, "--port") as one, _bound(smtp, "--smtp-port") as other:
        return (web[0], one.getsockname()[1]), (smtp[0], other.getsockname()[1])


def _bound(address: Address, option: str) -> socket.socket:
    host, port = address
    try:
        family, kind, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(family, kind)
    except OSError:
        raise BadSetting(f"{host} is not an address: choose another with --host.") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRNOTAVAIL:
            raise BadSetting(f"{host} is not an address of this machine: choose another with --host.") from None
        why = "is taken" if error.errno == errno.EADDRINUSE else "may not be used"
        raise BadSetting(f"Port {port} on {host} {why}: choose another with {option}.") from None
    return listener


def _split(listen: str) -> Address:
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)
