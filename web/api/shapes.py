"""What the API takes: names that programs outside rely on. Only ever add to them. What it gives: web/api/answers.py.

What a body must look like stands here, and so in the description: what does not fit is 422. What fits and still cannot be done as
things are (no such agent, a shortcut that is taken) is refused by the verb, and answered 409.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
)
from typing_extensions import TypedDict

from helpdesk.lists.ticket_queue import LONGEST_QUERY
from helpdesk.models import Priority, Status, TicketType
from helpdesk.submissions import MOST_FACTS
from helpdesk.tickets import LONGEST_TEXT

T = TypeVar("T")
NUMBER = 10**15
MOST_TAGS = 40
# one character that is neither white space, a control or format character nor of private use: `tickets.one_line` leaves something
_SEEN = (
    r"[^\u0000-\u0020\u007f-\u00a0\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u1680\u180e\u2000-\u200f"
    r"\u2028-\u202f\u205f-\u206f\u3000\ue000-\uf8ff\ufeff\ufff0-\ufffb\ufffe\uffff" + "\U000e0000-\U0010ffff]"
)
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


def _storable(text: str) -> str:
    return text.replace("\0", "")


def _moment(value: Any) -> Any:
    """RFC 3339 and nothing else; a leap second is the second before it."""
    if value is None or isinstance(value, datetime):
        return value
    found = _RFC3339.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("A time is written like 2026-03-03T10:00:00Z (RFC 3339).")
    return f"{value[: found.start(1)]}59{value[found.end(1) :]}" if found[1] == "60" else value


def _whole(value: Any) -> Any:
    """A number, and no text or truth that could be taken for one; 3.0 is 3."""
    if isinstance(value, bool | str):
        raise ValueError("This is not a number.")
    return value


def left_out() -> Any:
    """A field that may be left out, but is never null."""
    return Field(default_factory=lambda: None)


Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT), AfterValidator(_storable)]
Line = Annotated[str, StringConstraints(max_length=500), AfterValidator(_storable)]
SomeText = Annotated[str, StringConstraints(max_length=LONGEST_TEXT, pattern=_SEEN), AfterValidator(_storable)]
SomeLine = Annotated[str, StringConstraints(max_length=500, min_length=1, pattern=_SEEN), AfterValidator(_storable)]
Address = Annotated[
    str, StringConstraints(min_length=6, max_length=254, pattern=r"^[^@\u0000-\u0020]+@[^@\u0000-\u0020]+\.[^@\u0000-\u0020]+$")
]
Whole = Annotated[int, Field(ge=1, le=NUMBER), BeforeValidator(_whole)]
Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
# of addresses (URLs): no NUL
Word = Annotated[str, StringConstraints(max_length=LONGEST_QUERY, pattern=r"^[^\u0000]*$")]
Cursor = Annotated[str, StringConstraints(pattern=r"^[0-9]{0,15}$")]
Scope = Literal["read", "tickets"]
TeamRole = Literal["agent", "admin"]


class Listed(TypedDict, Generic[T]):
    """One page of a list: `next` is the cursor of what follows, or null."""

    items: list[T]
    next: str | None


def listed(items: list[T], after: str | None = None) -> Listed[T]:
    """A list: `next` is the cursor of what follows, or null."""
    return {"items": items, "next": after}


def part(everything: Sequence[T], cursor: str, limit: int) -> tuple[Sequence[T], str | None]:
    """One page of a list that is short enough to be read whole (at most some hundred rows), and the next page's cursor."""
    first = int(cursor or 0)
    return everything[first : first + limit], str(first + limit) if len(everything) > first + limit else None


class Shape(BaseModel):
    """A body: unknown names are refused, so that nobody believes to have set what cannot be set."""

    model_config = ConfigDict(extra="forbid")


class NewTicketBody(Shape):
    """A ticket as it is opened; `email` is needed when nobody is signed in."""

    title: SomeLine
    description: Text = ""
    type: TicketType = TicketType.OTHER
    priority: Priority = Priority.MEDIUM
    email: Address | Literal[""] = ""
    name: Line = ""
    environment: Annotated[dict[Line, Line], Field(max_length=MOST_FACTS)] = Field(default_factory=dict)


class MessageBody(Shape):
    """A comment or an internal note; Markdown."""

    content: SomeText


class ReplyBody(MessageBody):
    """An agent's answer; `status` is set with it, in one mail."""

    status: Status | None = None


class ChangesBody(Shape):
    """What is to change; what is left out stays. `assignee` null is nobody, `snoozed_until` null wakes the ticket."""

    status: Status = left_out()
    priority: Priority = left_out()
    type: TicketType = left_out()
    title: SomeLine = left_out()
    assignee: Line | None = None
    tags: Annotated[list[Line], Field(max_length=MOST_TAGS)] = left_out()
    is_public: StrictBool = left_out()
    snoozed_until: Moment | None = None


class MergeBody(Shape):
    """The ticket that stays, by its tag, number or uuid."""

    into: SomeLine


class SplitBody(Shape):
    """The messages, by their numbers, that become a ticket of their own; `tell` mails its number to whoever wrote them."""

    comments: Annotated[list[Whole], Field(min_length=1, max_length=50)]
    title: Line = ""
    tell: StrictBool = False


class Actions(Shape):
    """What a canned response does besides its text; `assign` is an agent's address, "me", or null for nobody."""

    status: Status = left_out()
    priority: Priority = left_out()
    type: TicketType = left_out()
    tags: Annotated[list[Line], Field(max_length=MOST_TAGS)] = left_out()
    assign: Line | None = None


class CannedBody(Shape):
    """A canned response as it is made; shared when an administrator makes it, unless said otherwise."""

    title: SomeLine
    content: SomeText
    shortcut: Line = ""
    actions: Actions = Field(default_factory=Actions)
    shared: StrictBool | None = None


class CannedChanges(Shape):
    """What is to change of a canned response."""

    title: SomeLine = left_out()
    content: SomeText = left_out()
    shortcut: Line = left_out()
    actions: Actions = left_out()
    shared: StrictBool = left_out()


class FaqBody(Shape):
    """A question with its answer (Markdown), at the end of its category."""

    question: SomeLine
    answer: SomeText
    category: Line = ""
    published: StrictBool = True


class FaqChanges(Shape):
    """What is to change of an entry; in another category it goes to the end."""

    question: SomeLine = left_out()
    answer: SomeText = left_out()
    category: Line = left_out()
    published: StrictBool = left_out()


class PersonBody(Shape):
    """Somebody who joins the team, or a requester who does; requesters see the name."""

    email: Address
    name: SomeLine
    role: TeamRole = "agent"


class PersonChanges(Shape):
    """What is to change of somebody on the team; `active` false signs them out everywhere and ends their tokens."""

    role: TeamRole = left_out()
    active: StrictBool = left_out()


class TokenBody(Shape):
    """A token for a program: `read` changes nothing, `tickets` reaches nothing but tickets, none has all rights of its person."""

    name: Line = ""
    scopes: Annotated[list[Scope], Field(max_length=2)] = Field(default_factory=list)
