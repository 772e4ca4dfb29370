"""A real HTTP or HTTPS server on loopback that records what is posted to it, and answers as a test wants it to; its CA is its own."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Posted:
    """One request as it came over the wire."""

    path: str
    headers: dict[str, str]
    body: bytes


Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Receiver:
    """What came, and how each request is answered: by the next of `answers`, or by `then`."""

    port: int = 0
    tls: bool = False
    posted: list[Posted] = field(default_factory=list)
    connections: int = 0
    answers: list[Answer] = field(default_factory=list)
    then: Answer = field(default_factory=lambda: says(200))

    def url(self, host: str = "127.0.0.1", path: str = "/hook") -> str:
        """Where to post."""
        return f"http{'s' if self.tls else ''}://{host}:{self.port}{path}"


def says(status: int, body: bytes = b"ok", **headers: str) -> Answer:
    """Answer with this status at once."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return answer


def endless(octets: bytes) -> Answer:
    """Send the head of an answer and then these octets, again and again, until the other side hangs up."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        with suppress(OSError):
            while True:
                request.wfile.write(octets)

    return answer


def dripping(over: threading.Event) -> Answer:
    """Give one octet of a header now and then, until the other side hangs up or the test is over."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        with suppress(OSError):
            while not over.wait(0.02):
                request.wfile.write(b"x")

    return answer


def silent(over: threading.Event) -> Answer:
    """Read the request and say nothing until the test is over."""

    def answer(_request: BaseHTTPRequestHandler) -> None:
        over.wait(10)

    return answer


def hangs_up(request: BaseHTTPRequestHandler) -> None:
    """Take the request, and close the line without a word."""
    request.close_connection = True


@contextmanager
def running(*, tls: ssl.SSLContext | None = None, port: int = 0) -> Iterator[Receiver]:
    """A receiver on this port, or any that is free."""
    receiver = Receiver(tls=tls is not None)

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        allow_reuse_address = True

        def get_request(self) -> Any:
            line, address = self.socket.accept()
            receiver.connections += 1
            return line, address

        def finish_request(self, request: Any, client_address: Any) -> None:
            if tls is not None:
                request = tls.wrap_socket(request, server_side=True)
            try:
                super().finish_request(request, client_address)
            finally:
                if tls is not None:
                    request.close()

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that hangs up is what many of these tests are about."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.posted.append(Posted(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            (receiver.answers.pop(0) if receiver.answers else receiver.then)(self)

        def log_message(self, format: str, *args: Any) -> None:
            """Silence."""

    with Server(("127.0.0.1", port), Handler) as server:
        receiver.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="receiver", daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


@dataclass(frozen=True)
class Trust:
    """A CA of our own: `client` trusts it and nobody else; `server(name)` is a certificate for this host."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def client(self) -> ssl.SSLContext:
        """What a client verifies with."""
        pem = self.certificate.public_bytes(serialization.Encoding.PEM).decode()
        return ssl.create_default_context(cadata=pem)

    def server(self, name: str, *, days: int = 1) -> ssl.SSLContext:
        """What a server of this name shows; negative days: it ran out."""
        key = ec.generate_private_key(ec.SECP256R1())
        shown = _certificate(name, key, self.certificate.subject, self.key, days=days)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with TemporaryDirectory() as folder:
            both = Path(folder) / "both.pem"
            secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            both.write_bytes(secret + shown.public_bytes(serialization.Encoding.PEM))
            context.load_cert_chain(both)
        return context


@cache
def trust() -> Trust:
    """The CA of this test run."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A CA of the tests")])
    return Trust(key, _certificate("", key, name, key, days=1))


def _certificate(
    host: str, key: ec.EllipticCurvePrivateKey, issuer: x509.Name, signer: ec.EllipticCurvePrivateKey, *, days: int
) -> x509.Certificate:
    now = datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]) if host else issuer
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=10))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=not host, path_length=None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if host:
        made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    else:
        usage = dict.fromkeys(
            (
                "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
                "encipher_only", "decipher_only",
            ),
            False,
        )  # fmt: skip
        made = made.add_extension(x509.KeyUsage(**usage, key_cert_sign=True, crl_sign=True), critical=True)
    return made.sign(signer, hashes.SHA256())
