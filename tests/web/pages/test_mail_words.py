"""Every rule that judges a mail has words for the page."""

from __future__ import annotations

from mail_ingest import classify, route
from mail_ingest.held import BY_HAND
from web.pages import mail_words


def test_every_rule_and_every_rung_has_its_words() -> None:
    assert {rule.__name__ for _, rule in classify.RULES} | {"no_mark_of_a_machine", "unread"} == set(mail_words.WRITTEN)
    assert {rung.__name__ for rung in route.LADDER} | {BY_HAND} == set(mail_words.FOUND_BY)


def test_the_words_begin_a_sentence_and_an_unknown_name_has_none() -> None:
    assert mail_words.words(mail_words.WRITTEN, "read_receipt") == "A read receipt"
    assert mail_words.words(mail_words.WRITTEN, "of_tomorrow") == ""
