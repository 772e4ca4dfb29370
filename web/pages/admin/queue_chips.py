"""The filters of a list as chips: each names one condition in words, and has the address of the list without it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace

from helpdesk.lists.conditions import Filters
from helpdesk.lists.query_language import Query, Term
from helpdesk.models import Person
from web.pages import shell

SPANS = {"1d": "Last 24 hours", "7d": "Last 7 days", "30d": "Last 30 days", "90d": "Last 90 days", "1y": "Last year"}
_LABELS = {
    "status": "Status", "type": "Type", "priority": "Priority", "assignee": "Assignee", "tag": "Tag", "created": "Created",
    "updated": "Updated", "from": "From", "is": "Is", "has": "Has", "number": "Ticket", "word": "Word", "phrase": "Phrase",
}  # fmt: skip
_WORDS = {"in_progress": "In progress", "me": "Me", "none": "Nobody"}


@dataclass(frozen=True, slots=True)
class Chip:
    """`label` of the condition, its `value` in words, `without`: the address of the list without it, `negated`: is not."""

    label: str
    value: str
    without: str
    negated: bool = False


def chips(filters: Filters, asked: Query, agents: Iterable[Person]) -> list[Chip]:
    """One for each filter that is set, then one for each term of the search."""
    names = {agent.address: agent.name or agent.address for agent in agents}
    found = []
    for name in ("status", "type", "priority", "assignee", "tag", "created"):
        if value := getattr(filters, name):
            shown = SPANS.get(value) if name == "created" else names.get(value)
            found.append(Chip(_LABELS[name], shown or _said(name, value), address(replace(filters, **{name: ""}))))
    for term in asked.terms:
        rest = " ".join(one.typed for one in asked.terms if one is not term)
        found.append(Chip(_LABELS[term.field], _term(term, names), address(replace(filters, q=rest)), term.negated))
    return found


def address(filters: Filters) -> str:
    """The address of the list that these filters make."""
    return shell.address("/admin", **asdict(filters))


def _term(term: Term, names: dict[str, str]) -> str:
    if term.field in ("created", "updated"):
        since, until = term.since, term.until
        after = f"from {since:%-d %b %Y}" if since else ""
        return f"{after}{' ' if since and until else ''}{f'before {until:%-d %b %Y}' if until else ''}"
    if term.field == "number":
        return ", ".join(f"#{one}" for one in term.values)
    return " or ".join(names.get(one) or _said(term.field, one) for one in term.values)


def _said(field: str, value: str) -> str:
    if field in ("tag", "from", "word", "phrase") or value.isdigit():
        return value
    return _WORDS.get(value) or (value if "@" in value else value.replace("_", " ").capitalize())
