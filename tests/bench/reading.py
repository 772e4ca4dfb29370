"""`python -m tests.bench.reading`: what reading costs, in CPU time of this process; `make bench-reading`.

Cutting: the shapes that are worst for us, at 50, 100 and 200 kB; linear means that twice the size costs about twice the time, so the
growth from 50 to 200 kB is about 4, and 100 kB must take less than 200 ms. Reading: whole mails through all the reader child does.
A figure is the best of three; the machine's own pace is told by a loop of fixed work.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterable
from functools import partial

from mail_ingest import reader_child, reply_text
from mail_ingest.mail import Envelope

SIZES = (50_000, 100_000, 200_000)
LIMIT_MS = 200.0
RUNS = 3
ENVELOPE = Envelope("alice@example.com", ("support@help.test",))
SENTENCE = "The red light of the second printer is still on, and both trays are full. "
INTRODUCTION = "On Tue, 3 Mar 2026 at 10:00, Bob Baker <bob@help.test> wrote:\n"
HEADER = "From: Bob <bob@help.test>\nSent: Tuesday, 3 March 2026 10:00\nTo: Alice <alice@example.com>\nSubject: Printer\n\n"

QUOTE = f'<div class="gmail_quote">{INTRODUCTION}<blockquote class="gmail_quote" type=cite>Is it on?</blockquote></div>'

Repeated = Callable[[int], str]


def repeated(piece: str, before: str = "", after: str = "") -> Repeated:
    """A text of so many octets: `before`, then the piece over and over, then `after`."""
    return lambda size: before + piece * ((size - len(before) - len(after)) // len(piece.encode())) + after


TEXTS: tuple[tuple[str, Repeated], ...] = (
    ("prose", repeated(SENTENCE + "\n")),
    ("one line without an end", repeated(SENTENCE)),
    ("a reply above a long quote", repeated("> " + SENTENCE + "\n", "Yes.\n\n" + INTRODUCTION)),
    ("answers between quoted lines", repeated("> Is it on?\nYes.\n")),
    ("an introduction in each line", repeated(INTRODUCTION)),
    ("introductions in introductions", repeated("On Tue, 3 Mar 2026, On 4 Mar 2026 at 10:00, a@b.c <a@b.c>\n")),
    ("On On On, in lines", repeated("On " * 150 + "\n")),
    ("On On On, without an end", repeated("On ")),
    ("header blocks", repeated(HEADER)),
    ("From: and nothing else", repeated("From: a@b.c\n")),
    ("To: with many addresses", repeated("Alice Archer <alice@example.com>; ", "Yes.\n\nFrom: Bob\nTo: ")),
    (">>>>", repeated(">")),
    ("> in each line", repeated(">\n")),
    ("rules", repeated("---\n")),
    ("closings", repeated("Kind regards,\n")),
    ("wrote: in each line", repeated("wrote:\n")),
    ("signatures between quotes", repeated("-- \n>\n")),
    ("contact data", repeated("Tel: +49 30 123456\n")),
    ("blanks", repeated(" ")),
    ("empty lines", repeated("\n")),
    ("@@@@", repeated("@")),
    ("Japanese", repeated("プリンタの赤いランプがまだ点灯しています。\n")),
)
HTMLS: tuple[tuple[str, Repeated], ...] = (
    ("paragraphs", repeated(f"<p>{SENTENCE}</p>")),
    ("a quote above a formatted reply", repeated(f"<p>The <b>red</b> {SENTENCE}</p>", QUOTE)),
    ("a formatted reply above a quote", repeated(f"<p>The <b>red</b> {SENTENCE}</p>", "", QUOTE)),
    ("a reply in letters above a quote", repeated("<i>a</i>", "", QUOTE)),
    ("quotes side by side", repeated("<blockquote type='cite'>Is it on?</blockquote><p>Yes.</p>")),
    ("bare quotes", repeated("<blockquote>Is it on?</blockquote>")),
    ("quotes in quotes, again and again", repeated("<blockquote>" * 60 + "a" + "</blockquote>" * 60)),
    ("a table of cells", repeated("<tr><td>1<td>2", "<table>", "</table>")),
    ("links", repeated('<a href="https://example.com/a">b</a> ')),
    ("open tags", repeated("<b>")),
    ("rules and items", repeated("<hr><li>a")),
    ("entities", repeated("&amp;&#8230;&nbsp;")),
    ("styled boxes", repeated('<div style="border:none;border-top:solid #E1E1E1 1.0pt">a</div>')),
)


def main() -> None:
    """Print the tables."""
    print(f"this machine counts to a million in {_best(_count):.0f} ms")
    print(f"\n{'cut, CPU ms':36}" + "".join(f"{size // 1000:>7} kB" for size in SIZES) + "   growth   per 100 kB")
    rows = [(name, text, None) for name, text in TEXTS] + [(f"HTML: {name}", None, html) for name, html in HTMLS]
    rows += [("prose, compared with what we sent", dict(TEXTS)["prose"], None)]
    _cut_table(rows)
    print(f"\n{'read (parse, classify, sanitise)':36}{'octets':>10}{'CPU ms':>9}{'ms per 100 kB':>16}")
    for name, raw in _mails():
        spent = _best(partial(reader_child.read, raw, ENVELOPE))
        print(f"{name:36}{len(raw):>10}{spent:>9.2f}{spent * 100_000 / len(raw):>16.2f}")


def _cut_table(rows: Iterable[tuple[str, Repeated | None, Repeated | None]]) -> None:
    worst, over = ("", 0.0), []
    for name, text, html in rows:
        spent = []
        for size in SIZES:
            made, made_html = text(size) if text else "", html(size) if html else None
            sent = [made[: size // 2], SENTENCE * 50] if "sent" in name else []
            spent.append(_best(partial(reply_text.visible, made, made_html, sent)))
        at_100 = spent[1]
        worst = max(worst, (name, at_100), key=lambda one: one[1])
        over += [name] if at_100 > LIMIT_MS else []
        growth = spent[-1] / max(spent[0], 0.01)
        print(f"{name:36}" + "".join(f"{one:>10.1f}" for one in spent) + f"{growth:>9.1f}{at_100:>10.1f} ms")
    print(f"worst at 100 kB: {worst[0]}, {worst[1]:.0f} ms; over {LIMIT_MS:.0f} ms: {', '.join(over) or 'none'}")


def _mails() -> list[tuple[str, bytes]]:
    """Whole mails, from the usual one to those that cost most."""
    head = b"From: Alice <alice@example.com>\r\nTo: support@help.test\r\nSubject: Printer\r\nMIME-Version: 1.0\r\nDate: Tue, 03 Mar 2026 10:00:00 +0100\r\n"
    prose = (SENTENCE * 50).encode()
    alternative = (
        b"--b\r\nContent-Type: text/plain\r\n\r\n"
        + prose[:1_700]
        + b"\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>"
        + prose[:1_700]
        + b"</p>\r\n--b--\r\n"
    )
    mixed = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    picture = (
        b"--b\r\nContent-Type: image/png; name=a.png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(bytes(3_000_000))
        + b"--b--\r\n"
    )
    nested = b"--b\r\nContent-Type: message/rfc822\r\n\r\nTo: " + b"a@b.c, " * 6_000 + b"\r\n\r\nx\r\n--b--\r\n"
    stored = b"{\\rtf1\\ansi " + b"\\b red\\b0 light\\par " * 4_500 + b"}"
    packed = len(stored).to_bytes(4, "little") * 2 + b"MELA" + bytes(4) + stored
    packed += bytes(-len(packed) % 4)
    property_ = b"\x01\x00\x00\x00\x02\x01\x09\x10\x01\x00\x00\x00" + len(packed).to_bytes(4, "little") + packed
    attribute = b"\x01\x03\x90\x06\x00" + len(property_).to_bytes(4, "little") + property_ + b"\x00\x00"
    winmail = b"Content-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(
        b"\x78\x9f\x3e\x22\x01\x00" + attribute
    )
    report = b"Return-Path: <>\r\nContent-Type: text/plain\r\n\r\n" + b"<alice@example.com>: 550 5.1.1 user unknown\r\n" * 2_200
    daemon = head.replace(b"Alice <alice@", b"<mailer-daemon@").replace(b"Printer", b"Undelivered mail")
    robot = head + b"Auto-Submitted: auto-generated\r\n\r\n"
    return [
        ("4 kB, plain text and HTML", head + b'Content-Type: multipart/alternative; boundary="b"\r\n\r\n' + alternative),
        ("4 kB, plain text", head + b"\r\n" + prose[:3_900]),
        ("100 kB of plain text", head + b"\r\n" + prose * 27),
        ("100 kB of HTML", head + b"Content-Type: text/html\r\n\r\n" + b"<p>" + prose * 27),
        ("a picture of 3 MB", head + mixed + picture),
        ("900 parts", head + mixed + b"--b\r\nContent-Type: text/plain\r\n\r\na\r\n" * 900 + b"--b--\r\n"),
        ("900 fields", head + b"X-Field: =?utf-8?q?a=C3=A4?= value\r\n" * 900 + b"\r\na"),
        ("900 fields in an undeclared charset", head + b"X-Field: \xcf\xf0\xe8\xed\xf2\xe5\xf0\r\n" * 900 + b"\r\na"),
        ("60 kB in one field", head + b"References: " + b"<a@example.com> " * 3_800 + b"\r\n\r\na"),
        ("490 recipients", head + b"Cc: " + b"Charlie <charlie@example.org>,\r\n " * 490 + b"eve@example.org\r\n\r\na"),
        ("a long field in an attached mail", head + mixed + nested),
        ("a report of 2,200 failures", daemon + report),
        ("a winmail.dat of 100 kB of RTF", head + winmail),
        ("100 kB of flowing lines", head + b"Content-Type: text/plain; format=flowed\r\n\r\n" + b"the red light is \r\n" * 5_200),
        ("addresses of pages without an end", robot + b"verify " + b"https://" * 2_500),
        ("capitals beside the word code", robot + b"verify code " + b"ABC-DE code " * 1_600),
        ("a subject of addresses of pages", robot.replace(b"Printer", b"verify " + b"https://" * 7_900) + b"a"),
        ("a subject that names codes", robot.replace(b"Printer", b"your login code is ABC-DE " * 2_500) + b"a"),
        ("an invitation of 100 kB", head + b"Content-Type: text/calendar\r\n\r\nBEGIN:VEVENT\r\n" + b"SUMMARY;a=b:c\r\n" * 6_600),
    ]


def _count() -> None:
    for _ in range(1_000_000):
        pass


def _best(work: Callable[[], object]) -> float:
    """CPU milliseconds of the fastest of three runs."""
    spent = []
    for _ in range(RUNS):
        started = time.process_time()
        work()
        spent.append(time.process_time() - started)
    return min(spent) * 1000


if __name__ == "__main__":
    main()
