"""A long thread is shown by its ends, and changes in a row by the last of them."""

from __future__ import annotations

from datetime import UTC, datetime

from web.pages.event_words import Told
from web.pages.ticket_page import folds
from web.pages.ticket_page.folds import FOLDED_OVER, LAST_SHOWN, Gap, Run
from web.pages.ticket_thread import Author, Message

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def message(number: int, pending: str | None = None) -> Message:
    return Message("requester", str(number), Author("", "a@example.com", "customer"), NOW, "email", "x", pending=pending)


def event(text: str) -> Told:
    return Told(text, "user", NOW)


def shown(said: list[Message | Told], *, whole: bool = False) -> list[str]:
    words = []
    for one in folds.folded(said, whole=whole):
        if isinstance(one, Message):
            words.append(one.id)
        elif isinstance(one, Gap):
            words.append(f"{one.count} left out")
        elif isinstance(one, Run):
            words.append(f"{one.last.text} and {len(one.events)} more")
        else:
            words.append(str(one.text))
    return words


def test_few_messages_are_all_shown() -> None:
    said: list[Message | Told] = [message(number) for number in range(FOLDED_OVER)]
    assert shown(said) == [str(number) for number in range(FOLDED_OVER)]


def test_of_many_the_first_and_the_last_are_shown_and_those_that_wait_for_a_click() -> None:
    said: list[Message | Told] = [message(number, "odd" if number == 5 else None) for number in range(200)]
    said.insert(7, event("assigned"))
    assert shown(said) == ["0", f"{200 - 2 - LAST_SHOWN} left out", "5", *(str(number) for number in range(200 - LAST_SHOWN, 200))]
    assert len(shown(said, whole=True)) == 201


def test_two_changes_are_two_lines_and_more_are_one() -> None:
    said: list[Message | Told] = [message(1), event("a"), event("b"), message(2), event("c"), event("d"), event("e")]
    assert shown(said) == ["1", "a", "b", "2", "e and 2 more"]
