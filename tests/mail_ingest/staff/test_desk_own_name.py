"""A mail in an agent's name that is not proved enough: it waits on the ticket, and once accepted it is read as that agent's mail."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from helpdesk import comments, people, tickets
from helpdesk.addressing import Purpose
from helpdesk.errors import Refused
from helpdesk.models import Comment, InboundMail
from helpdesk.permissions import Via, viewer_of
from helpdesk.words import SOLVED_SENTENCE
from tests.letters import letter
from tests.mail_ingest.staff.world import ALICE, BOB, JUDGE, US, World

SPF = {"authentication_results": f"{JUDGE}; spf=pass smtp.mailfrom=bob@help.test"}
DKIM = {"authentication_results": f"{JUDGE}; dkim=pass header.d=help.test"}


def pending(world: World, text: str) -> tuple[int, InboundMail]:
    """Bob's mail with nothing but a tag and SPF."""
    number = world.alice_writes()
    row = world.arrives(letter(BOB, US, f"[ELM-{number}]", text, **SPF))
    assert (row.state, row.matched_by, world.said(number)) == ("comment", "staff_without_token", [])
    return number, row


def accept(world: World, row: InboundMail, who: str = "bob") -> InboundMail:
    with world.session() as session:
        ticket, comment = tickets.locked(session, row.ticket_number or 0), session.get_one(Comment, row.comment_id)
        assert ticket is not None
        comments.accept(session, ticket, comment, viewer_of(people.agent_named(session, who), Via.WEB))
    return world.again(row)


@pytest.mark.parametrize("who", ["bob", "dora"])
def test_a_note_stays_a_note_and_its_commands_are_done(world: World, who: str) -> None:
    number, row = pending(world, "#note\n#tag fraud\nShe pays with a stolen card.\n\n-- \nBob, +49 555 0101")
    told = world.told()
    row = accept(world, row, who)
    assert (row.state, row.matched_by) == ("comment", "staff_without_token")
    assert world.said(number) == [("note", "She pays with a stolen card.")]
    assert world.ticket(number).tags == ["fraud"]
    assert [one for one in world.told() if one not in told and one[1] == "alice@example.com"] == []


def test_a_public_answer_goes_out_without_its_command_lines_and_signature(world: World) -> None:
    number, row = pending(world, "#resolved\n\nUse water.\n\n-- \nBob, +49 555 0101")
    accept(world, row)
    assert (world.said(number), world.ticket(number).status) == ([("public", "Use water.")], "resolved")
    assert world.told()[-1] == ("reply", "alice@example.com")


def test_a_bad_line_is_answered_as_in_every_mail_of_theirs(world: World) -> None:
    number, row = pending(world, "#resovled\n\nUse water.")
    row = accept(world, row)
    assert (row.state, row.held_number, world.said(number)) == ("held", 12, [])
    assert world.last("command_error").recipient == "bob@help.test"


def test_a_colleague_who_is_no_administrator_does_not_say_who_wrote_it(world: World) -> None:
    with world.session() as session:
        people.add_user(session, "erin@help.test", "Erin", "agent")
    number, row = pending(world, "Use water.")
    with pytest.raises(Refused, match="that agent accepts it"):
        accept(world, row, "erin")
    assert world.said(number) == []


def both(world: World, text: str, **proof: str) -> InboundMail:
    """Bob writes to alice with us in copy; her answer comes first."""
    her = world.arrives(
        letter(ALICE, "bob@help.test", "Re: Printer", "Thank you, which one?", cc=US, in_reply_to="<bob-1@bobs-laptop.example>")
    )
    assert her.state == "ticket"
    return world.arrives(letter(BOB, ALICE, "Printer", text, cc=US, message_id="bob-1@bobs-laptop.example", **proof))


def test_a_mail_that_came_after_its_answer_is_read_as_an_agents(world: World) -> None:
    row = both(world, "Here you are.\n#resolved\n\n-- \nBob, +49 555 0101", **DKIM)
    assert (row.state, row.matched_by) == ("comment", "staff_without_token")
    assert row.ticket_number is not None
    assert world.said(row.ticket_number) == [("public", "Here you are.")]
    assert world.ticket(row.ticket_number).status == "resolved"
    assert ("reply", "alice@example.com") not in world.told(), "she has it from bob"


def test_without_a_signature_of_the_domain_it_waits_for_his_word(world: World) -> None:
    row = both(world, "Here you are.\n#resolved", **SPF)
    assert row.ticket_number is not None
    assert (row.state, world.said(row.ticket_number)) == ("comment", [])


@pytest.mark.parametrize(
    ("text", "said"), [(SOLVED_SENTENCE, []), (f"{SOLVED_SENTENCE}\n\nIt was the fuse.", ["It was the fuse."])]
)
def test_an_agent_who_asked_says_by_the_link_that_it_is_solved(world: World, text: str, said: list[str]) -> None:
    number = world.arrives(letter(BOB, US, "My chair", "It broke.", **DKIM)).ticket_number
    assert number is not None
    to = world.token(number, purpose=Purpose.RESOLVE)
    world.arrives(letter(BOB, to, "Re: My chair", text, **DKIM), to=to)
    assert world.ticket(number).status == "resolved"
    assert [one for _, one in world.said(number)] == said


def test_an_agent_learns_that_a_mail_of_theirs_could_not_be_checked_for_two_days(world: World) -> None:
    number = world.alice_writes()
    unjudged = {"authentication_results": f"{JUDGE}; dmarc=temperror header.from=help.test"}
    row = world.arrives(letter(BOB, US, f"[ELM-{number}]", "Use water.", **unjudged))
    assert (row.state, world.mails("staff_unproven")) == ("received", [])
    with world.session() as session:
        old = InboundMail.received_at - timedelta(hours=49)
        session.execute(update(InboundMail).where(InboundMail.id == row.id).values(received_at=old))
    row = world.again(row)
    assert (row.state, row.held_number) == ("held", 5)
    assert world.last("staff_unproven").recipient == "bob@help.test"
