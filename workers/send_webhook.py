"""One POST to one receiver: its name looked up once, the connection pinned to an address that was judged, ten seconds in all.

No redirect is followed, no proxy and no cookie used, and of the answer only the beginning is read: a receiver can neither lead us
elsewhere nor keep us. Not here: which addresses are allowed (helpdesk/webhooks/targets.py), when the next try is (deliveries.py).
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from helpdesk.errors import Refused
from helpdesk.webhooks import targets
from helpdesk.webhooks.deliveries import Answer
from helpdesk.webhooks.targets import Target

WHOLE = 10.0  # seconds for all of it: the look-up, the handshake, the answer
MOST_READ = 4096  # octets of an answer; what follows is never read
Resolve = Callable[[str, int], list[str]]
TROUBLES: tuple[tuple[type[Exception], str], ...] = (
    (socket.gaierror, "its host name was not found"),
    (ConnectionRefusedError, "it refused the connection"),
    (http.client.RemoteDisconnected, "it hung up without an answer"),
    (ConnectionError, "it broke the connection off"),
    (ssl.SSLError, "no secure connection could be made: it may not speak HTTPS there"),
    (http.client.BadStatusLine, "its answer is not HTTP"),
)


def system_resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, as this machine finds them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def send(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    allowed: Collection[str] = (),
    resolve: Resolve = system_resolve,
    tls: ssl.SSLContext | None = None,
    seconds: float = WHOLE,
) -> Answer:
    """Post `body` to `url` and give the answer; never raises for what a receiver does.

    `allowed` are hosts that may be private. `tls` is for receivers whose certificate only the caller knows; it must verify.
    """
    until = time.monotonic() + seconds
    try:
        target = targets.read(url, allowed)
        address = targets.choose(_found(resolve, target, until), private=target.private)
        return _posted(target, address, body, headers, tls or ssl.create_default_context(), until)
    except TimeoutError:
        return Answer(None, f"no answer within {seconds:g} seconds")
    except Refused as refused:
        return Answer(None, f"not sent: {refused}")
    except ssl.SSLCertVerificationError as error:
        return Answer(None, f"its certificate is not valid: {error.verify_message}")
    except (OSError, http.client.HTTPException, ValueError) as error:
        if time.monotonic() >= until:
            return Answer(None, f"no answer within {seconds:g} seconds")
        return Answer(None, _trouble(error))


def _trouble(error: OSError | http.client.HTTPException | ValueError) -> str:
    """What went wrong, in words for whoever looks at the list of tries."""
    for kind, words in TROUBLES:
        if isinstance(error, kind):
            return words
    return str(error) or "the connection broke"


def _found(resolve: Resolve, target: Target, until: float) -> list[str]:
    """A look-up has no time limit of its own, so it gets a thread that may be left behind."""
    found: list[str] = []
    trouble: list[OSError] = []

    def look_up() -> None:
        try:
            found.extend(resolve(target.host, target.port))
        except OSError as error:
            trouble.append(error)

    looking = threading.Thread(target=look_up, name="webhook-name", daemon=True)
    looking.start()
    looking.join(_left(until))
    if looking.is_alive():
        raise TimeoutError
    if trouble:
        raise trouble[0]
    return found


def _posted(target: Target, address: str, body: bytes, headers: Mapping[str, str], context: ssl.SSLContext, until: float) -> Answer:
    line = socket.create_connection((address, target.port), timeout=_left(until))
    if target.tls:
        # the certificate is the name's, whatever address we pinned
        line = context.wrap_socket(line, server_hostname=target.host, do_handshake_on_connect=False)
    with line, _at_most(until, line):
        if isinstance(line, ssl.SSLSocket):
            line.do_handshake()
        connection = http.client.HTTPConnection(target.host, target.port)
        connection.auto_open = 0
        connection.sock = line
        fixed = {"Host": target.host_header, "User-Agent": "helpdesk-webhooks/1", "Accept": "*/*", "Connection": "close"}
        connection.request("POST", target.path, body, fixed | {"Content-Type": "application/json"} | dict(headers))
        answer = connection.getresponse()
        _left(until)  # a head that was cut off looks like a short one
        words = _words(answer)
        if 300 <= answer.status < 400:
            words = f"redirects are not followed (to {answer.getheader('Location', 'nowhere')[:200]})"
        return Answer(answer.status, words, _asked_to_wait(answer))


def _words(answer: http.client.HTTPResponse) -> str:
    """The beginning of what it says; its status counts, whatever becomes of its words."""
    try:
        said = answer.read(MOST_READ)
    except http.client.IncompleteRead as error:
        said = error.partial
    except (OSError, http.client.HTTPException, ValueError):
        said = b""
    return " ".join(said.decode("utf-8", "replace").replace("\0", " ").split())


def _asked_to_wait(answer: http.client.HTTPResponse) -> timedelta | None:
    """Retry-After (RFC 9110 section 10.2.3), in seconds or as a date, of answers that may carry one."""
    said = answer.getheader("Retry-After", "").strip()
    if answer.status not in (429, 503) or not said:
        return None
    if said.isascii() and said.isdigit():
        return timedelta(seconds=int(said[:9]))
    with suppress(ValueError, OverflowError):
        at = parsedate_to_datetime(said)
        return max((at if at.tzinfo else at.replace(tzinfo=UTC)) - datetime.now(UTC), timedelta(0))
    return None


@contextmanager
def _at_most(until: float, line: socket.socket) -> Iterator[None]:
    """A receiver that gives one octet now and then is cut off all the same."""

    def shut() -> None:
        with suppress(OSError):
            # the plain socket's: an SSL socket's own would take the ground from under whoever reads
            socket.socket.shutdown(line, socket.SHUT_RDWR)

    line.settimeout(_left(until))
    timer = threading.Timer(_left(until), shut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
