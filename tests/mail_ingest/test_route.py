"""The ladder, rung by rung, with its refusals: facts in, route out, no database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from helpdesk.addressing import Purpose
from mail_ingest.mail import Kind, SenderVerdict
from mail_ingest.route import FAIL, LADDER, NONE, PASS, TEMPERROR, Facts, Outcome, TokenFact, decide

ALICE, BOB = 10, 20
ALICES = TokenFact(1, ALICE, frozenset({"alice@example.com"}), Purpose.REPLY, 5, is_staff=False)
BOBS = TokenFact(1, BOB, frozenset({"bob@help.test"}), Purpose.REPLY, 5, is_staff=True)
BOBS_NOTE = replace(BOBS, purpose=Purpose.NOTE)
alice = Facts("alice@example.com")
bob = Facts("bob@help.test", staff=BOB)
charlie = Facts("charlie@example.org")
ON_1 = frozenset({1})

CASES = [
    ("a mail that names nothing opens a ticket", alice, Outcome.NEW, None, "new"),
    ("no single sender is held", Facts(None, tag=1, takes_part=ON_1), Outcome.HELD, 1, "no_sender"),
    # staff
    ("an agent's own token with PASS speaks for them", replace(bob, token=BOBS, verdict=PASS), Outcome.STAFF_COMMENT, 1, "staff_token"),
    ("an agent's own token is enough without a judge", replace(bob, token=BOBS), Outcome.STAFF_COMMENT, 1, "staff_token"),
    ("with a judge an agent's token needs PASS", replace(bob, token=BOBS, staff_must_pass=True), Outcome.HELD, 1, "staff_unproven"),
    ("an agent's token with FAIL is held", replace(bob, token=BOBS, verdict=FAIL), Outcome.HELD, 1, "staff_unproven"),
    ("another agent's token is not enough", replace(bob, token=replace(BOBS, person=21)), Outcome.HELD, 1, "staff_unproven"),
    ("an agent waits while DNS is away", replace(bob, token=BOBS, verdict=TEMPERROR), Outcome.LATER, None, "staff_waits_for_dns"),
    ("an agent with DKIM needs no token on our thread", replace(bob, minted=1, verdict=PASS, by_dkim=True), Outcome.STAFF_COMMENT, 1,
     "staff_without_token"),
    ("an agent with DKIM needs no token with a tag", replace(bob, tag=1, verdict=PASS, by_dkim=True), Outcome.STAFF_COMMENT, 1,
     "staff_without_token"),
    ("an agent with SPF alone is asked first", replace(bob, tag=1, verdict=PASS), Outcome.PENDING, 1, "staff_without_token"),
    ("an agent's address without any proof is held", replace(bob, tag=1), Outcome.HELD, 1, "staff_unproven"),
    ("an agent's address that fails is held", replace(bob, minted=1, verdict=FAIL), Outcome.HELD, 1, "staff_unproven"),
    ("a proved agent may open a ticket", replace(bob, verdict=PASS), Outcome.NEW, None, "new"),
    ("a disabled agent has no voice", Facts("bob@help.test", verdict=PASS, by_dkim=True, disabled_staff=True, tag=1), Outcome.HELD, 1,
     "disabled_agent"),
    ("an agent's token in a customer's hand is pending", replace(charlie, token=BOBS), Outcome.PENDING, 1, "forwarded_token"),
    # participants
    ("a participant's token with PASS", replace(alice, token=ALICES, verdict=PASS), Outcome.COMMENT, 1, "participant_token"),
    ("a participant's token without a judge", replace(alice, token=ALICES), Outcome.COMMENT, 1, "participant_token"),
    ("a participant's token with TEMPERROR counts as NONE", replace(alice, token=ALICES, verdict=TEMPERROR), Outcome.COMMENT, 1,
     "participant_token"),
    ("a participant's token with FAIL is pending", replace(alice, token=ALICES, verdict=FAIL), Outcome.PENDING, 1, "failed_sender"),
    ("the token beats the tag", replace(alice, token=ALICES, tag=2, takes_part=frozenset({1, 2})), Outcome.COMMENT, 1,
     "participant_token"),
    ("a forwarded token of a fellow participant speaks for them", replace(charlie, token=ALICES, takes_part=ON_1), Outcome.COMMENT, 1,
     "forwarded_token"),
    ("a forwarded token of a fellow participant who fails is pending", replace(charlie, token=ALICES, takes_part=ON_1, verdict=FAIL),
     Outcome.PENDING, 1, "forwarded_token"),
    ("a forwarded token of a stranger is pending", replace(charlie, token=ALICES), Outcome.PENDING, 1, "forwarded_token"),
    ("our Message-ID of a participant", replace(alice, minted=1, takes_part=ON_1), Outcome.COMMENT, 1, "our_thread"),
    ("our Message-ID of a participant who fails is pending", replace(alice, minted=1, takes_part=ON_1, verdict=FAIL), Outcome.PENDING,
     1, "failed_sender"),
    ("our Message-ID of a stranger opens a ticket with a hint", replace(charlie, minted=1), Outcome.NEW, None, "stranger"),
    ("their Message-ID of a participant", replace(alice, theirs=1, takes_part=ON_1), Outcome.COMMENT, 1, "their_thread"),
    ("their Message-ID of the colleague in copy", replace(charlie, theirs=1, theirs_addressed=True), Outcome.COMMENT, 1,
     "their_thread"),
    ("their Message-ID of the colleague in copy who fails is pending", replace(charlie, theirs=1, theirs_addressed=True, verdict=FAIL),
     Outcome.PENDING, 1, "failed_sender"),
    ("their Message-ID of a stranger opens a ticket", replace(charlie, theirs=1), Outcome.NEW, None, "stranger"),
    ("a tag of a participant", replace(alice, tag=1, takes_part=ON_1), Outcome.COMMENT, 1, "subject_tag"),
    ("a tag of a stranger opens a ticket", replace(charlie, tag=1), Outcome.NEW, None, "stranger"),
    ("a tag of a participant of another ticket opens a ticket", replace(alice, tag=1, takes_part=frozenset({2})), Outcome.NEW, None,
     "stranger"),
    ("a tag of a participant who fails is pending", replace(alice, tag=1, takes_part=ON_1, verdict=FAIL), Outcome.PENDING, 1,
     "failed_sender"),
    ("a reply that came before its original", replace(charlie, early=1), Outcome.COMMENT, 1, "early_answer"),
    ("an early answer that fails is held", replace(charlie, early=1, verdict=FAIL), Outcome.HELD, None, "failed_sender"),
    ("a failed sender without a signal is held", replace(charlie, verdict=FAIL), Outcome.HELD, None, "failed_sender"),
    ("the eleventh ticket in an hour is held", replace(charlie, tickets_last_hour=10), Outcome.HELD, None, "too_many_tickets"),
    ("the thirty-first ticket in a day is held", replace(charlie, tickets_last_day=30), Outcome.HELD, None, "too_many_tickets"),
    ("too many tickets never stops a reply", replace(alice, token=ALICES, tickets_last_hour=99), Outcome.COMMENT, 1,
     "participant_token"),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "outcome", "ticket", "rung"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_ladder(facts: Facts, outcome: Outcome, ticket: int | None, rung: str) -> None:
    route = decide(facts)
    assert (route.outcome, route.ticket, route.matched_by) == (outcome, ticket, rung)


def test_every_rung_has_a_case() -> None:
    assert {case[4] for case in CASES} == {rung.__name__ for rung in LADDER}


@pytest.mark.parametrize(("verdict", "verified"), [(PASS, True), (NONE, False), (TEMPERROR, False)])
@pytest.mark.parametrize(
    "facts",
    [replace(alice, token=ALICES), replace(alice, minted=1, takes_part=ON_1), replace(alice, tag=1, takes_part=ON_1), alice],
)
def test_only_a_proved_sender_goes_without_the_badge(facts: Facts, verdict: SenderVerdict, verified: bool) -> None:
    assert decide(replace(facts, verdict=verdict)).verified is verified


def test_a_stranger_who_names_a_ticket_leaves_a_hint_and_learns_nothing() -> None:
    route = decide(replace(charlie, tag=1))
    assert (route.may_belong_to, route.ticket, route.acknowledge) == (1, None, True)


def test_an_answer_to_a_note_stays_inside_whichever_way_it_finds_the_ticket() -> None:
    proved = replace(bob, verdict=PASS, by_dkim=True, minted=1)
    assert decide(proved).purpose is Purpose.REPLY
    assert decide(replace(proved, answers_note=True)).purpose is Purpose.NOTE
    assert decide(replace(proved, token=replace(BOBS_NOTE, person=21))).purpose is Purpose.NOTE


def test_a_reply_to_a_note_keeps_the_purpose_of_its_token() -> None:
    assert decide(replace(bob, token=BOBS_NOTE)).purpose is Purpose.NOTE


MACHINES = [
    ("an auto-reply on a ticket is folded there", replace(alice, token=ALICES, takes_part=ON_1), Kind.AUTO_REPLIED, Outcome.COMMENT),
    ("an auto-reply of somebody in copy only is pending", replace(charlie, theirs=1, theirs_addressed=True), Kind.AUTO_REPLIED,
     Outcome.PENDING),
    ("an auto-reply to a token from elsewhere is pending", replace(charlie, token=ALICES), Kind.AUTO_GENERATED, Outcome.PENDING),
    ("an auto-reply to nothing is held", charlie, Kind.AUTO_REPLIED, Outcome.HELD),
    ("a robot's report opens a ticket", charlie, Kind.AUTO_GENERATED, Outcome.NEW),
    ("a list mail opens a ticket", charlie, Kind.LIST, Outcome.NEW),
    ("an agent's out-of-office is ignored", replace(bob, token=BOBS), Kind.AUTO_REPLIED, Outcome.IGNORED),
    ("an agent's unproved out-of-office is ignored too", bob, Kind.AUTO_REPLIED, Outcome.IGNORED),
    ("an agent's out-of-office with SPF alone is ignored too", replace(bob, tag=1, verdict=PASS), Kind.AUTO_REPLIED, Outcome.IGNORED),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "kind", "outcome"), [case[1:] for case in MACHINES], ids=[case[0] for case in MACHINES])
def test_machines(facts: Facts, kind: Kind, outcome: Outcome) -> None:
    route = decide(facts, kind)
    assert route.outcome == outcome
    assert not (route.acknowledge and outcome == Outcome.NEW), "no machine is acknowledged"
    assert not route.tell_staff_member


def test_a_participant_who_writes_through_a_list_is_a_normal_reply() -> None:
    route = decide(replace(alice, tag=1, takes_part=ON_1), Kind.LIST)
    assert (route.outcome, route.automatic) == (Outcome.COMMENT, False)
