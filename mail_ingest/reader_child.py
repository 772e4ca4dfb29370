"""The spawned child that reads what strangers send: pure modules only, little memory, little time, nothing to steal.

Started by `mail_ingest/reader.py` with a socket as its one argument. It has no settings, no database and none of the parent's
environment. The end of the parent closes the socket, and the watchdog ends a child that is too busy to notice.
"""

from __future__ import annotations

import logging
import pickle
import resource
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace

from helpdesk.text import safe_html
from mail_ingest import classify, delivery_report, forwarded, parse, reading_codec, reply_text, sign_up_codes
from mail_ingest.mail import Envelope, Forwarded, Reading, ReplyText
from mail_ingest.parsing import caps

MOST_MEMORY = 512 * 1024 * 1024


def read(raw: bytes, envelope: Envelope) -> Reading:
    """Stages 3 and 5 in a row, and the sanitised HTML; a mail over a cap gets no more than a scan of its header block."""
    over_cap = caps.exceeded(raw)
    if over_cap is not None:
        mail = parse.minimal(raw, "over-cap")
        return Reading(mail, classify.classify(mail, envelope), over_cap=over_cap)
    mail = parse.parse(raw)
    report = delivery_report.read(raw, mail, envelope)
    html = safe_html.sanitise(mail.html) if mail.html else None
    verdict = classify.classify(mail, envelope, report=report)
    secret = sign_up_codes.carries_sign_up_code(mail, verdict)
    return Reading(mail, verdict, report, html, forward=forwarded.passes_on(mail), sign_up_code=secret)


def cut(text: str, html: str | None, sent: Sequence[str], first: bool, sender_name: str) -> ReplyText:
    """Stage 7: what the person wrote."""
    return reply_text.visible(text, html, sent, first=first, sender_name=sender_name)


def handed_over(raw: bytes) -> Forwarded | None:
    """The mail that an agent hands over with this one, its HTML sanitised."""
    found = forwarded.handed_over(parse.parse(raw))
    return replace(found, html=safe_html.sanitise(found.html)) if found is not None and found.html else found


def answer(job: str, *arguments: object) -> bytes:
    """The encoded result of one job, "read", "handed_over" or "cut"."""
    if job == "read":
        return reading_codec.encode_reading(read(*arguments))  # type: ignore[arg-type]
    if job == "handed_over":
        return reading_codec.encode_forwarded(handed_over(*arguments))  # type: ignore[arg-type]
    return reading_codec.encode_reply(cut(*arguments))  # type: ignore[arg-type]


def serve(connection: socket.socket, work: Callable[..., bytes] = answer) -> None:
    """Answer jobs until the parent closes: 8 octets length and a pickle of (seconds, arguments) in; 8 octets length, octets, 0 out.

    Where the work raises, the octets are the end of the traceback and a 1 follows. The seconds are CPU time of this process; the
    default action of their signal kills the child, so that C code (a regular expression, a tree builder) is ended as well.
    """
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Libraries log what they stumble over, and that is the content of mail.
    logging.disable()
    stream = connection.makefile("rb")
    while header := stream.read(8):
        seconds, arguments = pickle.loads(stream.read(int.from_bytes(header, "big")))  # noqa: S301 (written by the parent)
        signal.setitimer(signal.ITIMER_PROF, seconds)
        octets, failed = _attempt(work, arguments)
        signal.setitimer(signal.ITIMER_PROF, 0)
        connection.sendall(len(octets).to_bytes(8, "big") + octets + failed)


def _attempt(work: Callable[..., bytes], arguments: tuple[object, ...]) -> tuple[bytes, bytes]:
    try:
        return work(*arguments), b"\x00"
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 (whatever hostile octets do to a library is one failed try)
        return traceback.format_exc()[-4_000:].encode("utf-8", "replace"), b"\x01"


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
