"""format=flowed: lines to paragraphs (RFC 3676)."""

from __future__ import annotations

import pytest

from mail_ingest import parse, reply_text
from mail_ingest.parsing import flowed
from tests.mail_ingest.mails import mail


@pytest.mark.parametrize(
    ("wrapped", "text"),
    [
        ("The red light of the \nsecond printer is on.\n", "The red light of the second printer is on.\n"),
        ("Hard\nbreaks\nstay\n", "Hard\nbreaks\nstay\n"),
        ("one \ntwo \nthree\n\nfour \nfive", "one two three\n\nfour five"),
        ("> quoted words \n> that go on\nmine", "> quoted words that go on\nmine"),
        (">> deep \n>> words\n> less \nmine", ">> deep words\n> less \nmine"),
        ("> a \n>> b\n", "> a \n>> b\n"),
        ("text \n-- \nAlice\n", "text \n-- \nAlice\n"),
        ("-- \nAlice \nArcher", "-- \nAlice Archer"),
        ("> text \n> -- \n> Alice", "> text \n> -- \n> Alice"),
        (" From here \n >not quoted", "From here >not quoted"),
        ("  indented", " indented"),
        (">no blank\n> > other", "> no blank\n> > other"),
        (" \n \nx", "\n\nx"),
        ("ends in a blank \n", "ends in a blank "),
        ("", ""),
    ],
)
def test_a_line_that_ends_in_a_blank_goes_on(wrapped: str, text: str) -> None:
    assert flowed.unwrapped(wrapped) == text


def test_with_delsp_the_blank_at_the_break_is_no_text() -> None:
    assert flowed.unwrapped("プリンタの \n赤いランプ", delsp=True) == "プリンタの赤いランプ"
    assert flowed.unwrapped("two  \nwords\n-- \nAlice", delsp=True) == "two words\n-- \nAlice"


FLOWED = "Content-Type: text/plain; charset=utf-8; format=flowed"
REPLY = (
    "The second printer is still red, and I have turned it off and \r\non again.\r\n\r\nOn 03.03.2026 at 10:00, Bob Baker "
    "<bob@help.test> \r\nwrote:\r\n> Is the second printer on, and what does its light \r\n> say?\r\n>\r\n> -- \r\n> Bob\r\n-- \r\nAlice\r\n"
)


def test_a_mail_is_unwrapped_and_its_quote_is_still_cut() -> None:
    read = parse.parse(mail(FLOWED, body=REPLY))
    reply = reply_text.visible(read.text, read.html, sender_name="Alice")
    assert reply.visible == "The second printer is still red, and I have turned it off and on again."
    assert "> Is the second printer on, and what does its light say?" in reply.trimmed
    assert "Alice" in reply.signature


def test_answers_between_flowed_quotes_stay() -> None:
    body = "> Is it on, \r\n> really?\r\nYes, it \r\nis.\r\n> And red?\r\nNo.\r\n"
    reply = reply_text.visible(parse.parse(mail(FLOWED, body=body)).text, None)
    assert reply.visible == "> Is it on, really?\nYes, it is.\n> And red?\nNo."


@pytest.mark.parametrize("content_type", ["text/plain; charset=utf-8", "text/plain; format=fixed", 'text/plain; format="flow"'])
def test_a_mail_that_does_not_say_so_keeps_its_lines(content_type: str) -> None:
    assert parse.parse(mail(f"Content-Type: {content_type}", body="one \r\ntwo\r\n")).text == "one \ntwo\n"


def test_delsp_is_read_from_the_field() -> None:
    raw = mail('Content-Type: text/plain; charset=utf-8; format="Flowed"; delsp=YES', body="一 \r\n二\r\n")
    assert parse.parse(raw).text == "一二\n"
