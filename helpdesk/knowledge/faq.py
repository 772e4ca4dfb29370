"""Frequently asked questions: an administrator writes and orders them, everybody reads and searches the published ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_, select
from sqlalchemy.orm import Session

from helpdesk import audit, tickets
from helpdesk.errors import NotFound, Refused
from helpdesk.lists import time_limit
from helpdesk.lists.search import ENGLISH
from helpdesk.models import Event, FaqEntry
from helpdesk.permissions import Action, Viewer, require

LONGEST_QUESTION = 200
LONGEST_CATEGORY = 60
LONGEST_ANSWER = 50_000
MOST_WORDS = 12  # of a search
REMOVED = "faq_removed"
_FIELDS = ("category", "question", "answer", "position", "published")


def listed(session: Session, viewer: Viewer, q: str = "") -> list[FaqEntry]:
    """All entries, drafts too, by category and position; `q` keeps those that hold its words. An administrator's to see."""
    require(viewer, Action.MANAGE)
    return list(session.scalars(select(FaqEntry).where(*_holding(q)).order_by(*_ORDER)))


def search(session: Session, q: str = "") -> list[FaqEntry]:
    """The published entries by category and position, for anybody; `q` keeps those that hold all of its words, or their stems."""
    with time_limit.of_words(session, q):
        return list(session.scalars(select(FaqEntry).where(FaqEntry.published, *_holding(q)).order_by(*_ORDER)))


def one(session: Session, viewer: Viewer, number: int) -> FaqEntry:
    """The entry with this number; raises NotFound."""
    require(viewer, Action.MANAGE)
    found = session.get(FaqEntry, number)
    if found is None:
        raise NotFound("There is no such entry.")
    return found


def create(session: Session, by: Viewer, *, question: str, answer: str, category: str = "", published: bool = True) -> FaqEntry:
    """Write a new entry at the end of its category; an administrator's to do."""
    require(by, Action.MANAGE)
    made = FaqEntry(published=published, **_checked({"question": question, "answer": answer, "category": category}))
    made.position = _end_of(session, made.category)
    session.add(made)
    session.flush()
    session.refresh(made)
    audit.record(session, "faq_created", by, faq=made.id, question=made.question, published=made.published)
    return made


def change(session: Session, entry: FaqEntry, by: Viewer, **fields: Any) -> None:
    """Change question, answer, category or published; in another category it goes to the end."""
    require(by, Action.MANAGE)
    values = _checked(fields)
    if values.get("category", entry.category) != entry.category:
        values["position"] = _end_of(session, values["category"])
    if "published" in fields:
        values["published"] = bool(fields["published"])
    changed = [name for name, value in values.items() if getattr(entry, name) != value]
    if not changed:
        return
    for name in changed:
        setattr(entry, name, values[name])
    entry.updated_at = func.now()
    session.flush()
    session.refresh(entry)
    audit.record(session, "faq_changed", by, faq=entry.id, question=entry.question, changed=sorted(changed))


def remove(session: Session, entry: FaqEntry, by: Viewer) -> Event:
    """Remove an entry; the event keeps what it was, and `restore` makes it again."""
    require(by, Action.MANAGE)
    kept = {name: getattr(entry, name) for name in _FIELDS}
    event = audit.record(session, REMOVED, by, faq=entry.id, **kept)
    session.delete(entry)
    session.flush()
    return event


def restore(session: Session, by: Viewer, event_id: int) -> FaqEntry:
    """Make an entry again that was removed by this event, where it stood; raises NotFound, also when it is back already."""
    require(by, Action.MANAGE)
    event = session.get(Event, event_id, with_for_update=True)
    if event is None or event.kind != REMOVED or event.data.get("restored"):
        raise NotFound("There is nothing to bring back.")
    made = FaqEntry(**{name: event.data[name] for name in _FIELDS})
    session.add(made)
    session.flush()
    event.data = event.data | {"restored": made.id}
    audit.record(session, "faq_restored", by, faq=made.id, question=made.question)
    return made


def reorder(session: Session, entry: FaqEntry, by: Viewer, *, up: bool) -> bool:
    """Move an entry one place up or down within its category; False when it is there already."""
    require(by, Action.MANAGE)
    wanted = select(FaqEntry).where(FaqEntry.category == entry.category).order_by(*_ORDER).with_for_update()
    siblings = list(session.scalars(wanted))
    here = siblings.index(entry)
    there = here - 1 if up else here + 1
    if not 0 <= there < len(siblings):
        return False
    siblings[here], siblings[there] = siblings[there], siblings[here]
    for position, sibling in enumerate(siblings):
        sibling.position = position
    session.flush()
    audit.record(session, "faq_moved", by, faq=entry.id, question=entry.question, up=up)
    return True


_ORDER = (func.lower(FaqEntry.category), FaqEntry.category, FaqEntry.position, FaqEntry.id)


def _holding(q: str) -> Sequence[ColumnElement[bool]]:
    words = q.casefold().split()[:MOST_WORDS]
    if not words:
        return ()
    said = FaqEntry.question + literal(" ") + FaqEntry.answer + literal(" ") + FaqEntry.category
    every = and_(*(func.lower(said).contains(word, autoescape=True) for word in words))
    stems = func.to_tsvector(ENGLISH, said).op("@@")(func.plainto_tsquery(ENGLISH, " ".join(words)))
    return (or_(every, stems),)


def _end_of(session: Session, category: str) -> int:
    last = session.scalar(select(func.max(FaqEntry.position)).where(FaqEntry.category == category))
    return 0 if last is None else last + 1


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, longest in (("question", LONGEST_QUESTION), ("category", LONGEST_CATEGORY)):
        if name in fields:
            values[name] = tickets.one_line(fields[name])
            if len(values[name]) > longest:
                raise Refused(f"A {name} has at most {longest} characters.", name)
    if "question" in values and not values["question"]:
        raise Refused("Write the question first.", "question")
    if "answer" in fields:
        values["answer"] = fields["answer"].strip()
        if not values["answer"]:
            raise Refused("An entry needs an answer.", "answer")
        if len(values["answer"]) > LONGEST_ANSWER:
            raise Refused(f"An answer has at most {LONGEST_ANSWER} characters.", "answer")
    return values
