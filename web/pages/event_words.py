"""What happened to a ticket, in one sentence an event: for the lines in the thread and for the history beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from markupsafe import Markup

from helpdesk.lifecycle import WORDS
from helpdesk.models import Event

IN_THREAD = frozenset(
    ("status_changed", "assigned", "merged", "merged_from", "is_public_changed", "snoozed_until_changed", "delivery_problem",
     "not_reopened", "undone", "split_off", "split_from", "requester_changed")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """One event as it is shown; `text` may hold links of ours."""

    text: str | Markup
    icon: str
    created_at: datetime
    kind: str = "event"


@dataclass(frozen=True, slots=True)
class Names:
    """How people and tickets are called: by address, by number; and where the desk's day begins."""

    people: Mapping[str, str]
    link: Callable[[int], Markup]
    zone: tzinfo = UTC

    def person(self, address: object) -> str:
        """The name of whoever has this address, or the address."""
        return self.people.get(str(address)) or str(address)


def told(event: Event, names: Names) -> Told:
    """The sentence of an event: who did what."""
    actor = (event.actor.name or event.actor.address) if event.actor is not None else "The helpdesk"
    says = _SENTENCES.get(event.kind)
    words = says(event.data, names) if says else event.kind.replace("_", " ")
    by_mail = (
        " by mail" if event.via == "email" and event.kind in ("status_changed", "assigned") and event.actor is not None else ""
    )
    return Told(Markup("{} {}{}").format(actor, words, by_mail), _icon(event), event.created_at)


Sentence = Callable[[Mapping[str, Any], Names], "str | Markup"]


def _status(data: Mapping[str, Any], _: Names) -> str:
    words = str(WORDS.get(data.get("new", ""), data.get("new")))
    return f"reopened it: {words}" if data.get("reopened") else f"set the status to {words}"


def _assigned(data: Mapping[str, Any], names: Names) -> str:
    return f"assigned it to {names.person(data['new'])}" if data.get("new") else "took the assignee away"


def _tags(data: Mapping[str, Any], _: Names) -> str:
    old, new = set(data.get("old") or ()), set(data.get("new") or ())
    parts = [f"{word} {', '.join(sorted(tags))}" for word, tags in (("added", new - old), ("removed", old - new)) if tags]
    return f"changed the tags: {'; '.join(parts)}"


def _snoozed(data: Mapping[str, Any], names: Names) -> str:
    until = data.get("new")
    return f"snoozed it until {datetime.fromisoformat(until).astimezone(names.zone):%-d %b %Y, %H:%M}" if until else "woke it up"


def _split_off(data: Mapping[str, Any], names: Names) -> Markup:
    count = len(data.get("comments") or ())
    return Markup("split {} off: {}").format("a message" if count == 1 else f"{count} messages", names.link(int(data["ticket"])))


def _problem(data: Mapping[str, Any], _: Names) -> str:
    words = {"delayed": "a mail to {} is delayed", "complaint": "{} marked a mail as unwanted"}
    return f"learned that {words.get(str(data.get('action')), 'a mail to {} was not delivered').format(data.get('address'))}"


_SENTENCES: Mapping[str, Sentence] = {
    "created": lambda d, _: "opened the ticket",
    "replied": lambda d, _: "replied",
    "commented": lambda d, _: "wrote",
    "note_added": lambda d, _: "left a note",
    "comment_pending": lambda d, _: f"keeps a message for you to accept: {d.get('reason')}",
    "comment_accepted": lambda d, _: "accepted a message",
    "comment_dropped": lambda d, _: "dropped a message",
    "comment_withdrawn": lambda d, _: "took a reply back before it was sent",
    "status_changed": _status,
    "assigned": _assigned,
    "type_changed": lambda d, _: f"changed the type from {d.get('old')} to {d.get('new')}",
    "priority_changed": lambda d, _: f"changed the priority from {d.get('old')} to {d.get('new')}",
    "title_changed": lambda d, _: f"renamed it, it was “{d.get('old')}”",
    "tags_changed": _tags,
    "workaround_changed": lambda d, _: "wrote what helps until it is solved" if d.get("new") else "took the workaround away",
    "is_public_changed": lambda d, _: "made it a known issue" if d.get("new") else "took it off the known issues",
    "snoozed_until_changed": _snoozed,
    "cc_added": lambda d, n: f"added {n.person(d.get('address'))} in copy",
    "requester_changed": lambda d, n: f"made {n.person(d.get('new'))} the requester, it was {n.person(d.get('old'))}",
    "cc_removed": lambda d, n: f"removed {n.person(d.get('address'))} from copy",
    "unsubscribed": lambda d, _: "wants no more notices about it",
    "merged": lambda d, n: Markup("merged it into {}").format(n.link(int(d["into"]))),
    "merged_from": lambda d, n: Markup("merged {} into this ticket").format(n.link(int(d["ticket"]))),
    "split_off": _split_off,
    "split_from": lambda d, n: Markup("split it off from {}").format(n.link(int(d["ticket"]))),
    "links_revoked": lambda d, n: f"revoked the links that {n.person(d.get('address'))} was mailed",
    "address_verified": lambda d, _: "proved the address",
    "delivery_problem": _problem,
    "not_reopened": lambda d, _: f"left it as it was: {d.get('reason')}",
    "undone": lambda d, _: "took the last change back",
    "held_amended": lambda d, _: "had a held mail of theirs taken up again",
    "held_dropped": lambda d, _: "threw a held mail away",
    "held_released": lambda d, _: "released a held mail here",
    "upvoted": lambda d, _: "said “me too”",
    "upvote_removed": lambda d, _: "took “me too” back",
}
_ICONS = {
    "assigned": "user",
    "merged": "merge",
    "merged_from": "merge",
    "split_off": "split",
    "split_from": "split",
    "requester_changed": "user",
    "is_public_changed": "globe",
    "snoozed_until_changed": "clock",
    "delivery_problem": "alert",
    "tags_changed": "tag",
    "undone": "undo",
}


def _icon(event: Event) -> str:
    if event.kind in ("status_changed", "priority_changed", "type_changed"):
        return str(event.data.get("new"))
    return _ICONS.get(event.kind, "mail")
