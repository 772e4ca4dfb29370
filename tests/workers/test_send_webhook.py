"""One POST to a real receiver: pinned, verified, bounded in time and size, led nowhere else."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler

import pytest

from helpdesk.webhooks.deliveries import Answer
from tests import webhook_receiver
from tests.webhook_receiver import Receiver, dripping, endless, hangs_up, says, silent, trust
from workers import send_webhook

HOST = "hooks.example.com"
BODY = json.dumps({"type": "webhook.test"}).encode()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver without TLS."""
    with webhook_receiver.running() as receiver:
        yield receiver


@pytest.fixture
def secure() -> Iterator[Receiver]:
    """A receiver whose certificate is for hooks.example.com."""
    with webhook_receiver.running(tls=trust().server(HOST)) as receiver:
        yield receiver


@pytest.fixture
def over() -> Iterator[threading.Event]:
    """Set when the test is over: nobody waits any longer."""
    event = threading.Event()
    yield event
    event.set()


class Names:
    """A resolver that gives its answers in turn, the last one again and again; `asked` counts."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, _host: str, _port: int) -> list[str]:
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def to_plain(receiver: Receiver, *, seconds: float = 5.0, path: str = "/hook") -> Answer:
    return send_webhook.send(receiver.url(path=path), BODY, {"webhook-id": "msg_1"}, allowed=("127.0.0.1",), seconds=seconds)


def to_secure(receiver: Receiver, host: str = HOST) -> Answer:
    return send_webhook.send(
        receiver.url(host), BODY, {}, allowed=(host,), resolve=Names(["127.0.0.1"]), tls=trust().client(), seconds=5.0
    )


def test_the_receiver_gets_the_body_and_its_headers_and_we_get_its_words(receiver: Receiver) -> None:
    receiver.answers = [says(202, b"thank\n you\0")]
    assert to_plain(receiver, path="/hook?token=x") == Answer(202, "thank you")
    (posted,) = receiver.posted
    assert (posted.path, posted.body) == ("/hook?token=x", BODY)
    assert posted.headers.items() >= {
        ("host", f"127.0.0.1:{receiver.port}"), ("content-type", "application/json"), ("webhook-id", "msg_1"),
        ("content-length", str(len(BODY))), ("connection", "close"),
    }  # fmt: skip
    assert "cookie" not in posted.headers


def test_over_tls_the_name_is_verified_and_shown_though_the_address_is_pinned(secure: Receiver) -> None:
    assert to_secure(secure).taken
    assert secure.posted[0].headers["host"] == f"{HOST}:{secure.port}"


@pytest.mark.parametrize(
    ("name", "days"), [("other.example.com", 1), (HOST, -1)], ids=["a certificate of another host", "one that ran out"]
)
def test_a_certificate_that_is_not_valid_gets_no_message(name: str, days: int) -> None:
    with webhook_receiver.running(tls=trust().server(name, days=days)) as receiver:
        answer = to_secure(receiver)
    assert (answer.status, answer.words.startswith("its certificate is not valid:"), receiver.posted) == (None, True, [])


def test_a_ca_that_the_machine_does_not_know_gets_no_message(secure: Receiver) -> None:
    answer = send_webhook.send(secure.url(HOST), BODY, {}, allowed=(HOST,), resolve=Names(["127.0.0.1"]), seconds=5.0)
    assert (answer.status, answer.words.startswith("its certificate is not valid:"), secure.posted) == (None, True, [])


@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "169.254.169.254", "10.0.0.1", "0.0.0.1"])
def test_a_name_that_leads_inside_is_not_connected_to(address: str, secure: Receiver) -> None:
    names = Names([address])
    answer = send_webhook.send(secure.url(HOST), BODY, {}, resolve=names, tls=trust().client(), seconds=5.0)
    assert (answer.status, answer.words.startswith("not sent:"), secure.connections, names.asked) == (None, True, 0, 1)


@pytest.mark.parametrize("found", [["93.184.216.34", "127.0.0.1"], ["127.0.0.1", "93.184.216.34"]])
def test_a_name_with_a_public_and_an_inner_address_is_not_connected_to(found: list[str], secure: Receiver) -> None:
    answer = send_webhook.send(secure.url(HOST), BODY, {}, resolve=Names(found), tls=trust().client(), seconds=5.0)
    assert (answer.words.startswith("not sent:"), secure.connections) == (True, 0)


def test_a_name_that_is_rebound_after_the_look_up_leads_nowhere_else(secure: Receiver) -> None:
    # asked again, it would be the cloud's metadata: nobody asks again
    names = Names(["127.0.0.1"], ["169.254.169.254"])
    answer = send_webhook.send(secure.url(HOST), BODY, {}, allowed=(HOST,), resolve=names, tls=trust().client(), seconds=5.0)
    assert (answer.status, names.asked, secure.connections) == (200, 1, 1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int, receiver: Receiver) -> None:
    with webhook_receiver.running() as other:
        receiver.answers = [says(status, b"", Location=other.url())]
        answer = to_plain(receiver)
        assert (answer.status, answer.taken, other.connections) == (status, False, 0)
        assert answer.words.startswith("redirects are not followed (to http://127.0.0.1:")


def test_a_receiver_that_drips_is_cut_off(receiver: Receiver, over: threading.Event) -> None:
    receiver.answers = [dripping(over)]
    assert to_plain(receiver, seconds=0.4) == Answer(None, "no answer within 0.4 seconds")


def test_one_that_said_200_and_then_stalls_has_it(receiver: Receiver, over: threading.Event) -> None:
    def stalls(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok")
        over.wait(10)

    receiver.answers = [stalls]
    assert to_plain(receiver, seconds=0.4).taken


def test_a_receiver_that_says_nothing_is_left(receiver: Receiver, over: threading.Event) -> None:
    receiver.answers = [silent(over)]
    assert to_plain(receiver, seconds=0.3) == Answer(None, "no answer within 0.3 seconds")


def test_a_handshake_that_never_comes_is_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"https://{HOST}:{deaf.getsockname()[1]}/"
        answer = send_webhook.send(url, BODY, {}, allowed=(HOST,), resolve=Names(["127.0.0.1"]), seconds=0.3)
    assert answer == Answer(None, "no answer within 0.3 seconds")


def test_a_look_up_that_never_ends_is_left(over: threading.Event) -> None:
    def stuck(_host: str, _port: int) -> list[str]:
        over.wait(10)
        return ["127.0.0.1"]

    answer = send_webhook.send(f"https://{HOST}/", BODY, {}, resolve=stuck, seconds=0.2)
    assert answer == Answer(None, "no answer within 0.2 seconds")


@pytest.mark.parametrize("octets", [b"x" * 4096, b"\xff\x00" * 2048])
def test_of_an_endless_answer_the_beginning_is_read_and_the_line_closed(octets: bytes, receiver: Receiver) -> None:
    receiver.answers = [endless(octets)]
    answer = to_plain(receiver, seconds=30.0)
    assert (answer.status, len(answer.words) <= send_webhook.MOST_READ) == (200, True)


def test_an_endless_head_is_no_answer(receiver: Receiver) -> None:
    def heads(request: BaseHTTPRequestHandler) -> None:
        write = request.wfile.write
        write(b"HTTP/1.1 200 OK\r\n")
        for number in range(10_000):
            write(b"X-%d: x\r\n" % number)

    receiver.answers = [heads]
    answer = to_plain(receiver)
    assert (answer.status, "more than 100 headers" in answer.words) == (None, True)


def test_what_makes_no_sense_is_no_answer(receiver: Receiver) -> None:
    def greets(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"SSH-2.0-OpenSSH_9.9\r\n")

    receiver.answers = [greets]
    answer = to_plain(receiver)
    assert (answer.status, answer.words) == (None, "its answer is not HTTP")


def test_a_receiver_that_hangs_up_or_is_not_there_is_no_answer(receiver: Receiver) -> None:
    receiver.answers = [hangs_up]
    assert to_plain(receiver).words == "it hung up without an answer"
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    answer = send_webhook.send(f"http://127.0.0.1:{port}/", BODY, {}, allowed=("127.0.0.1",), seconds=5.0)
    assert (answer.status, answer.words) == (None, "it refused the connection")


def test_a_name_that_nobody_knows_is_no_answer() -> None:
    def unknown(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    answer = send_webhook.send(f"https://{HOST}/", BODY, {}, resolve=unknown, seconds=5.0)
    assert answer == Answer(None, "its host name was not found")


@pytest.mark.parametrize(
    ("status", "said", "waits"),
    [
        (429, "120", timedelta(seconds=120)),
        (503, "0", timedelta(0)),
        (503, "999999999999", timedelta(seconds=999999999)),
        (503, "soon", None),
        (503, "-5", None),
        (503, "٣", None),
        (500, "120", None),
        (503, "Sun, 06 Nov 1994 08:49:37 GMT", timedelta(0)),
    ],
)  # fmt: skip
def test_the_receiver_may_ask_us_to_wait(status: int, said: str, waits: timedelta | None, receiver: Receiver) -> None:
    receiver.answers = [says(status, b"", Retry_After=said.encode().decode("latin-1"))]
    assert to_plain(receiver).retry_after == waits


def test_it_may_name_a_date(receiver: Receiver) -> None:
    receiver.answers = [says(503, b"", Retry_After=format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True))]
    waits = to_plain(receiver).retry_after
    assert waits is not None
    assert timedelta(minutes=59) < waits <= timedelta(hours=1)


def test_this_machine_finds_its_own_names() -> None:
    assert {"127.0.0.1", "::1"} & set(send_webhook.system_resolve("localhost", 443))
