"""Canned responses: one pass over one table; found by what people type."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from helpdesk import canned, people, tickets
from helpdesk.canned import Values
from helpdesk.errors import NotAllowed, NotFound, Refused
from helpdesk.models import Person, Source, Ticket
from helpdesk.permissions import SYSTEM, Via, Viewer, viewer_of
from helpdesk.tickets import NewTicket

VALUES = Values(
    ticket_id="ELM-001", ticket_title="{agent_name} {{7*7}}", ticket_url="https://help.test/ticket/ELM-001", status="Open",
    user_name="Alice Liddell", user_email="alice@example.org", agent_name="Bob Builder", support_address="support@help.test",
    helpdesk_name="Elm",
)  # fmt: skip
NAMELESS = Values(**{name: getattr(VALUES, name) for name in Values.__dataclass_fields__} | {"user_name": "", "agent_name": ""})


@pytest.mark.parametrize(
    ("content", "filled"),
    [
        ("Dear {user_name|there}, {ticket_id} is {status}.", "Dear Alice Liddell, ELM-001 is Open."),
        ("Hi {user_first_name}! {agent_first_name}", "Hi Alice! Bob"),
        ("{support_address} {helpdesk_name} {ticket_url}", "support@help.test Elm https://help.test/ticket/ELM-001"),
        ("a requester's braces stay: {ticket_title}", "a requester's braces stay: {agent_name} {{7*7}}"),
        ("{{user_name}}", "{Alice Liddell}"),
        ("{unknown} {t.__class__} {0} {} { user_name } {user_name!r} {user_name:>99}",
         "{unknown} {t.__class__} {0} {} { user_name } {user_name!r} {user_name:>99}"),
        ("%(user_name)s %s $user_name {{7*7}} {% x %}", "%(user_name)s %s $user_name {{7*7}} {% x %}"),
        ("{user_name|a|b}{user_name|}", "Alice LiddellAlice Liddell"),
    ],
)  # fmt: skip
def test_known_placeholders_are_filled_once_and_nothing_else(content: str, filled: str) -> None:
    assert canned.fill(content, VALUES) == filled


@pytest.mark.parametrize(
    ("content", "filled"),
    [
        ("Dear {user_name|there}", "Dear there"),
        ("Dear {user_name}", "Dear alice@example.org"),
        ("{user_name|}!", "!"),
        ("{agent_name}", "Elm"),
    ],
)
def test_an_empty_value_has_something_to_stand_for_it(content: str, filled: str) -> None:
    assert canned.fill(content, NAMELESS) == filled


@pytest.mark.parametrize(
    "content", ["{user_nam}", "{t.__class__}", "${x}", "{config}", "Dear {User_Name}", "{x|y}", " ", "x" * 60_000]
)
def test_what_cannot_be_filled_is_refused_on_saving(content: str) -> None:
    with pytest.raises(Refused):
        canned.check(content)


@pytest.mark.parametrize("content", ["{{7*7}}", "%(x)s", '{"json": 1}', "a { b } c", "{user_name|there}"])
def test_other_braces_are_just_text(content: str) -> None:
    canned.check(content)


def test_a_misspelt_placeholder_is_told_the_right_one() -> None:
    with pytest.raises(Refused, match=r"did you mean \{user_name\}"):
        canned.check("{user_nam}")


@pytest.fixture
def bob(session: Session) -> Person:
    return people.add_user(session, "bob@example.com", "Bob", "agent")


@pytest.fixture
def viewer(session: Session, bob: Person) -> Viewer:
    """bob, with dora's shared responses, his own, and one of somebody else."""
    dora = viewer_of(people.add_user(session, "dora@example.com", "Dora", "admin"), Via.WEB)
    for title, shortcut in (("Refund granted", "refund"), ("Refund refused", "norefund"), ("Please restart", "restart")):
        canned.create(session, dora, title=title, content="shared", shortcut=shortcut)
    mine = viewer_of(bob, Via.WEB)
    canned.create(session, mine, title="My restart", content="own", shortcut="restart")
    canned.create(session, dora, title="Private", content="x", shortcut="private", shared=False)
    return mine


@pytest.mark.parametrize(
    ("wanted", "title"),
    [("refund", "Refund granted"), ("#Refund", "Refund granted"), ("REFUND GRANTED", "Refund granted"), ("nor", "Refund refused"),
     ("please", "Please restart"), ("restart", "My restart")],
)  # fmt: skip
def test_it_is_found_by_shortcut_title_or_unique_beginning(session: Session, viewer: Viewer, wanted: str, title: str) -> None:
    assert canned.find(session, viewer, wanted).title == title


@pytest.mark.parametrize(
    ("wanted", "hint"),
    [
        ("refnd", "Did you mean “refund”"),
        ("re", "“restart” or “refund”"),
        ("private", "no canned"),
        ("", "no canned"),
        ("xyzzy", "no canned"),
    ],
)
def test_what_is_not_found_gets_a_suggestion(session: Session, viewer: Viewer, wanted: str, hint: str) -> None:
    with pytest.raises(Refused, match=hint):
        canned.find(session, viewer, wanted)


def test_shared_ones_are_an_administrators_to_change(session: Session, viewer: Viewer) -> None:
    shared = canned.find(session, viewer, "refund")
    for attempt in (
        lambda: canned.change(session, shared, viewer, title="x"),
        lambda: canned.remove(session, shared, viewer),
        lambda: canned.create(session, viewer, title="x", content="x", shared=True),
        lambda: canned.change(session, canned.find(session, viewer, "my restart"), viewer, shared=True),
        lambda: canned.listed(session, viewer_of(people.find_or_make(session, "alice@example.org"), Via.WEB)),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    with pytest.raises(NotFound):
        canned.one(session, viewer, max(one.id for one in canned.listed(session, viewer)) + 1)


@pytest.mark.parametrize(
    "fields",
    [{"shortcut": "refund"}, {"shortcut": "two words"}, {"title": " "}, {"content": ""}, {"actions": {"status": "gone"}},
     {"actions": {"run": "rm"}}, {"actions": {"tags": "x"}}, {"actions": {"assign": 7}}, {"actions": {"status": []}}],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_saved_is_refused(session: Session, viewer: Viewer, fields: dict[str, object]) -> None:
    dora = viewer_of(people.agent_named(session, "dora"), Via.WEB)
    with pytest.raises(Refused):
        canned.create(session, dora, **{"title": "New", "content": "x", **fields})  # type: ignore[arg-type]
    with pytest.raises(Refused):
        canned.change(session, canned.find(session, dora, "please"), dora, **fields)


def test_what_it_does_besides(session: Session, viewer: Viewer, bob: Person) -> None:
    alice = people.find_or_make(session, "alice@example.org")
    ticket = tickets.open_ticket(session, NewTicket("x", "x", alice, Source.WEB), SYSTEM)
    tickets.edit(session, ticket, SYSTEM, tags=["old"])
    actions = {"status": "resolved", "priority": "low", "tags": ["Money"], "assign": "me"}
    canned.act(session, ticket, actions, viewer)
    session.flush()
    found = session.get_one(Ticket, ticket.number)
    assert (found.status, found.priority, found.tags, found.assignee_id) == ("resolved", "low", ["money", "old"], bob.id)
    canned.act(session, ticket, {"assign": None}, viewer)
    assert ticket.assignee is None
    values = canned.values_of(ticket, viewer, ticket_tag="ELM-001", ticket_url="u", support_address="s", helpdesk_name="h")
    assert (values.status, values.user_email, values.agent_name) == ("Resolved", "alice@example.org", "Bob")
