from __future__ import annotations

import pytest

from workers.relay import Relay
from workers.send_smtp import Answer, Outcome

SILENT = Answer(Outcome.LATER, 0, "TimeoutError: timed out")


def test_a_relay_that_answers_is_tried_by_everybody() -> None:
    relay = Relay()
    with relay.turn() as first, relay.turn() as second:
        assert (first, second) == (True, True)


def test_a_silent_relay_is_tried_by_one_at_a_time_until_it_answers() -> None:
    relay = Relay()
    relay.said(SILENT)
    with relay.turn() as first, relay.turn() as second:
        assert (first, second) == (True, False)
    with relay.turn() as later:
        assert later
        relay.said(Answer(Outcome.OK, 250, "ok"))
    with relay.turn() as first, relay.turn() as second:
        assert (first, second) == (True, True)


@pytest.mark.parametrize(
    "answer",
    [Answer(Outcome.LATER, 451, "busy"), Answer(Outcome.NEVER, 550, "no"), Answer(Outcome.AMBIGUOUS, 0, "lost")],
)
def test_any_answer_means_that_it_is_there(answer: Answer) -> None:
    relay = Relay()
    relay.said(SILENT)
    relay.said(answer)
    with relay.turn() as first, relay.turn() as second:
        assert (first, second) == (True, True)


def test_a_try_that_fails_gives_its_turn_back() -> None:
    relay = Relay()
    relay.said(SILENT)
    with pytest.raises(RuntimeError), relay.turn():
        raise RuntimeError
    with relay.turn() as again:
        assert again
