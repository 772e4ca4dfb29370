"""Only thanks, or more: a wrong yes would leave somebody without an answer, so every doubt is a no."""

from __future__ import annotations

import pytest

from mail_ingest.thanks import is_only_thanks


@pytest.mark.parametrize(
    "text",
    [
        "Thanks!", "Thank you very much.", "thx", "Perfect, thanks a lot!", "Great, it works now. Thank you!\n\nBest regards\nAlice",
        "Vielen Dank!", "Danke für die schnelle Hilfe", "Merci beaucoup", "Muchas gracias por su ayuda", "Grazie mille", "Tack så mycket!",
        "Dziękuję bardzo", "Спасибо большое", "谢谢", "ありがとうございました", "감사합니다", "תודה", "Thanks 👍🙏", "Bedankt voor de hulp", "Hvala!",
    ],
)  # fmt: skip
def test_only_thanks(text: str) -> None:
    assert is_only_thanks(text, ("Alice Weber",))


@pytest.mark.parametrize(
    "text",
    [
        "", "👍", "It works", "Thanks, but it still fails", "Thanks! One more thing", "Thanks. When will it be fixed?", "No thanks",
        "Danke, aber es geht nicht", "Merci, mais non", "Thank you for nothing", "Thanks 2", "Thanks\n\nreopen", "Thanks, please refund",
        "Gracias pero no", "谢谢，还是不行", "Спасибо, не работает", "thanks " * 15,
    ],
)  # fmt: skip
def test_more_than_thanks(text: str) -> None:
    assert not is_only_thanks(text, ("Alice Weber",))
