"""The words: every answer is well formed. That aiosmtpd's own are all replaced is shown over a socket, in test_smtp.py."""

from __future__ import annotations

import re

import pytest

from mail_ingest import replies
from mail_ingest.replies import Reply


@pytest.mark.parametrize("reply", [*Reply, replies.accepted(17)])
def test_an_answer_has_a_code_and_an_enhanced_code_of_the_same_class(reply: str) -> None:
    assert re.fullmatch(r"([245])\d\d \1\.\d\.\d [ -~]+|354 [ -~]+", reply)


@pytest.mark.parametrize("reply", Reply)
def test_only_relaying_no_mailbox_and_size_refuse_a_mail_for_good(reply: Reply) -> None:
    said_wrongly = replies.is_bad_command(reply) or reply in (Reply.NO_RECIPIENTS, Reply.NO_EXPANSION)
    for_good = reply.startswith("5") and not said_wrongly
    assert for_good == (reply in (Reply.RELAYING, Reply.UNKNOWN_RECIPIENT, Reply.TOO_BIG))
