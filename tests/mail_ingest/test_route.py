"""The ladder, rung by rung, with its refusals: facts in, route out, no database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from helpdesk.addressing import Purpose
from helpdesk.words import HeldReason
from mail_ingest.mail import Kind, SenderVerdict
from mail_ingest.route import FAIL, LADDER, NONE, PASS, TEMPERROR, Facts, Outcome, TokenFact, decide

ALICE, BOB = 10, 20
ALICES = TokenFact(1, ALICE, frozenset({"alice@example.com"}), Purpose.REPLY, 5, is_staff=False)
BOBS = TokenFact(1, BOB, frozenset({"bob@help.test"}), Purpose.REPLY, 5, is_staff=True)
DORAS = replace(BOBS, person=21, addresses=frozenset({"dora@help.test"}))
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
    ("another agent's token is no thread of theirs, even with DKIM", replace(bob, token=DORAS, verdict=PASS, by_dkim=True),
     Outcome.PENDING, 1, "forwarded_token"),
    ("another agent's token is not enough", replace(bob, token=DORAS), Outcome.HELD, 1, "staff_unproven"),
    ("an agent waits while DNS is away", replace(bob, token=BOBS, verdict=TEMPERROR), Outcome.LATER, None, "staff_waits_for_dns"),
    ("an agent with DKIM needs no token on our thread", replace(bob, minted=1, verdict=PASS, by_dkim=True), Outcome.STAFF_COMMENT, 1,
     "staff_without_token"),
    ("an agent with DKIM needs no token with a tag", replace(bob, tag=1, verdict=PASS, by_dkim=True), Outcome.STAFF_COMMENT, 1,
     "staff_without_token"),
    ("an agent with SPF alone is asked first", replace(bob, tag=1, verdict=PASS), Outcome.PENDING, 1, "staff_without_token"),
    ("an agent with DKIM who answers the requester's own mail", replace(bob, theirs=1, verdict=PASS, by_dkim=True),
     Outcome.STAFF_COMMENT, 1, "staff_without_token"),
    ("a customer's token in an agent's hand is pending", replace(bob, token=ALICES, verdict=PASS), Outcome.PENDING, 1,
     "forwarded_token"),
    ("an agent's unproved mail waits for nobody when it names nothing", replace(bob, verdict=FAIL), Outcome.HELD, None,
     "staff_unproven"),
    ("an agent waits while DNS is away, whatever they name", replace(bob, tag=1, verdict=TEMPERROR), Outcome.LATER, None,
     "staff_waits_for_dns"),
    ("an agent's address without any proof is held", replace(bob, tag=1), Outcome.HELD, 1, "staff_unproven"),
    ("an agent's address that fails is held", replace(bob, minted=1, verdict=FAIL), Outcome.HELD, 1, "staff_unproven"),
    ("a proved agent opens a ticket", replace(bob, verdict=PASS), Outcome.STAFF_OPENS, None, "staff_new"),
    ("a proved agent hands a mail over", replace(bob, verdict=PASS, forward=True), Outcome.STAFF_OPENS, None, "staff_forward"),
    ("a proved agent's forward that quotes our tag is handed over", replace(bob, verdict=PASS, by_dkim=True, forward=True, tag=1),
     Outcome.STAFF_OPENS, None, "staff_forward"),
    ("an agent's token beats their forward", replace(bob, verdict=PASS, forward=True, token=BOBS), Outcome.STAFF_COMMENT, 1,
     "staff_token"),
    ("an agent's forward that nothing proves is held", replace(bob, forward=True), Outcome.HELD, None, "staff_unproven"),
    ("an agent's forward that fails is held", replace(bob, forward=True, verdict=FAIL), Outcome.HELD, None, "staff_unproven"),
    ("an agent's own address for new tickets is proof where no judge is", replace(bob, forward=True, own_address=True),
     Outcome.STAFF_OPENS, None, "staff_forward"),
    ("an agent's own address for new tickets is no proof beside a judge", replace(bob, forward=True, own_address=True,
     staff_must_pass=True), Outcome.HELD, None, "staff_unproven"),
    ("a disabled agent who fails has no voice either", Facts("bob@help.test", verdict=FAIL, disabled_staff=True), Outcome.HELD, None,
     "disabled_agent"),
    ("a disabled agent in copy of a ticket has no voice", Facts("bob@help.test", disabled_staff=True, tag=1, takes_part=ON_1),
     Outcome.HELD, 1, "disabled_agent"),
    ("a disabled agent has no voice", Facts("bob@help.test", verdict=PASS, by_dkim=True, disabled_staff=True, tag=1), Outcome.HELD, 1,
     "disabled_agent"),
    ("an agent with SPF alone who said that it was them", replace(bob, tag=1, verdict=PASS, confirmed=True), Outcome.STAFF_COMMENT, 1,
     "staff_without_token"),
    ("an agent with a customer's token who said that it was them", replace(bob, token=ALICES, verdict=PASS, confirmed=True),
     Outcome.STAFF_COMMENT, 1, "staff_without_token"),
    ("an agent's mail with DKIM that came after its answer", replace(bob, early=1, verdict=PASS, by_dkim=True), Outcome.STAFF_COMMENT,
     1, "staff_without_token"),
    ("an agent's mail with SPF alone that came after its answer", replace(bob, early=1, verdict=PASS), Outcome.PENDING, 1,
     "staff_without_token"),
    ("an agent's mail without proof that came after its answer", replace(bob, early=1), Outcome.HELD, None, "staff_unproven"),
    ("an agent's token in a customer's hand is pending", replace(charlie, token=BOBS), Outcome.PENDING, 1, "forwarded_token"),
    # participants
    ("a participant's token with PASS", replace(alice, token=ALICES, verdict=PASS), Outcome.COMMENT, 1, "participant_token"),
    ("a participant's token without a judge", replace(alice, token=ALICES), Outcome.COMMENT, 1, "participant_token"),
    ("a participant's token with TEMPERROR counts as NONE", replace(alice, token=ALICES, verdict=TEMPERROR), Outcome.COMMENT, 1,
     "participant_token"),
    ("a participant's token from another address of theirs", replace(alice, sender="alice@home.example", token=replace(ALICES,
     addresses=frozenset({"alice@example.com", "alice@home.example"}))), Outcome.COMMENT, 1, "participant_token"),
    ("a removed participant's token is no token: they are a stranger", replace(alice, token=None, tag=1), Outcome.NEW, None,
     "stranger"),
    ("a removed participant who names our mail is a stranger", replace(alice, token=None, minted=1, verdict=PASS), Outcome.NEW, None,
     "stranger"),
    ("a token of another ticket beats our thread", replace(alice, token=ALICES, minted=2, takes_part=frozenset({1, 2})),
     Outcome.COMMENT, 1, "participant_token"),
    ("a participant's token with FAIL is pending", replace(alice, token=ALICES, verdict=FAIL), Outcome.PENDING, 1, "failed_sender"),
    ("the token beats the tag", replace(alice, token=ALICES, tag=2, takes_part=frozenset({1, 2})), Outcome.COMMENT, 1,
     "participant_token"),
    ("a forwarded token of a fellow participant speaks for them", replace(charlie, token=ALICES, takes_part=ON_1), Outcome.COMMENT, 1,
     "forwarded_token"),
    ("a forwarded token of a fellow participant who fails is pending", replace(charlie, token=ALICES, takes_part=ON_1, verdict=FAIL),
     Outcome.PENDING, 1, "forwarded_token"),
    ("a forwarded token of a stranger is pending however well they are proved", replace(charlie, token=ALICES, verdict=PASS),
     Outcome.PENDING, 1, "forwarded_token"),
    ("a forwarded token of a participant of another ticket is pending", replace(charlie, token=ALICES, takes_part=frozenset({2})),
     Outcome.PENDING, 1, "forwarded_token"),
    ("a forwarded token of a stranger who fails is pending", replace(charlie, token=ALICES, verdict=FAIL), Outcome.PENDING, 1,
     "forwarded_token"),
    ("a forwarded token of a stranger is pending", replace(charlie, token=ALICES), Outcome.PENDING, 1, "forwarded_token"),
    ("our Message-ID of a participant", replace(alice, minted=1, takes_part=ON_1), Outcome.COMMENT, 1, "our_thread"),
    ("our Message-ID of a participant who fails is pending", replace(alice, minted=1, takes_part=ON_1, verdict=FAIL), Outcome.PENDING,
     1, "failed_sender"),
    ("our Message-ID of a stranger opens a ticket with a hint", replace(charlie, minted=1), Outcome.NEW, None, "stranger"),
    ("our thread beats the tag", replace(alice, minted=1, tag=2, takes_part=frozenset({1, 2})), Outcome.COMMENT, 1, "our_thread"),
    ("our thread of a stranger who takes part where the tag points", replace(alice, minted=2, tag=1, takes_part=ON_1),
     Outcome.COMMENT, 1, "subject_tag"),
    ("their Message-ID of a participant who fails is pending", replace(alice, theirs=1, takes_part=ON_1, verdict=FAIL),
     Outcome.PENDING, 1, "failed_sender"),
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
    ("a tag of a stranger who fails is pending", replace(charlie, tag=1, verdict=FAIL), Outcome.PENDING, 1, "failed_sender"),
    ("a reply that came before its original", replace(charlie, early=1), Outcome.COMMENT, 1, "early_answer"),
    ("an early answer that fails is held", replace(charlie, early=1, verdict=FAIL), Outcome.HELD, None, "failed_sender"),
    ("a failed sender without a signal is held", replace(charlie, verdict=FAIL), Outcome.HELD, None, "failed_sender"),
    ("the tenth ticket in an hour is opened", replace(charlie, tickets_last_hour=9, tickets_last_day=29), Outcome.NEW, None, "new"),
    ("a stranger's hint does not get around the number of tickets", replace(charlie, tag=1, tickets_last_hour=10), Outcome.HELD,
     None, "too_many_tickets"),
    ("the eleventh ticket in an hour is held", replace(charlie, tickets_last_hour=10), Outcome.HELD, None, "too_many_tickets"),
    ("the thirty-first ticket in a day is held", replace(charlie, tickets_last_day=30), Outcome.HELD, None, "too_many_tickets"),
    ("too many tickets never stops a reply", replace(alice, token=ALICES, tickets_last_hour=99), Outcome.COMMENT, 1,
     "participant_token"),
    # how many messages
    ("the sixtieth message in an hour is taken", replace(alice, token=ALICES, comments_last_hour=59, comments_last_day=199),
     Outcome.COMMENT, 1, "participant_token"),
    ("the sixty-first message in an hour is held", replace(alice, token=ALICES, comments_last_hour=60), Outcome.HELD, 1,
     "too_many_comments"),
    ("the two-hundred-and-first message in a day is held", replace(alice, tag=1, takes_part=ON_1, comments_last_day=200),
     Outcome.HELD, 1, "too_many_comments"),
    ("too many messages are too many of a proved sender too", replace(alice, token=ALICES, verdict=PASS, comments_last_hour=60),
     Outcome.HELD, 1, "too_many_comments"),
    ("too many messages are too many of the colleague in copy too", replace(charlie, theirs=1, theirs_addressed=True,
     comments_last_hour=60), Outcome.HELD, 1, "too_many_comments"),
    ("too many messages include answers that came early", replace(charlie, early=1, comments_last_hour=60), Outcome.HELD, 1,
     "too_many_comments"),
    ("too many messages never stop an agent", replace(bob, token=BOBS, comments_last_hour=99), Outcome.STAFF_COMMENT, 1,
     "staff_token"),
    ("too many messages do not stop a new ticket", replace(alice, comments_last_hour=99), Outcome.NEW, None, "new"),
    # forwards
    ("a forward is a new ticket", replace(alice, forward=True), Outcome.NEW, None, "forward"),
    ("a forward of a participant that quotes our tag is a new ticket", replace(alice, forward=True, tag=1, takes_part=ON_1),
     Outcome.NEW, None, "forward"),
    ("a stranger's forward that quotes our tag is a new ticket", replace(charlie, forward=True, tag=1), Outcome.NEW, None, "forward"),
    ("a stranger's forward of our mail is a new ticket", replace(charlie, forward=True, minted=1), Outcome.NEW, None, "forward"),
    ("the token beats the forward", replace(alice, forward=True, token=ALICES), Outcome.COMMENT, 1, "participant_token"),
    ("a participant's forward within our thread answers it", replace(alice, forward=True, minted=1, takes_part=ON_1),
     Outcome.COMMENT, 1, "our_thread"),
    ("a participant's forward within their own thread answers it", replace(alice, forward=True, theirs=1, takes_part=ON_1),
     Outcome.COMMENT, 1, "their_thread"),
    ("a forward that fails is pending where its tag points", replace(alice, forward=True, tag=1, takes_part=ON_1, verdict=FAIL),
     Outcome.PENDING, 1, "failed_sender"),
    ("a forward that fails and names nothing is held", replace(alice, forward=True, verdict=FAIL), Outcome.HELD, None,
     "failed_sender"),
    ("forwards count as tickets", replace(alice, forward=True, tickets_last_hour=10), Outcome.HELD, None, "too_many_tickets"),
    # closed long ago
    ("a reply to a ticket closed long ago starts a new one", replace(alice, token=ALICES, closed_for_good=ON_1), Outcome.NEW, None,
     "participant_token"),
    ("a late reply is one ticket too many after ten in an hour", replace(alice, token=ALICES, closed_for_good=ON_1,
     tickets_last_hour=10), Outcome.HELD, 1, "too_many_tickets"),
    ("a late reply is one ticket too many after thirty in a day", replace(alice, tag=1, takes_part=ON_1, closed_for_good=ON_1,
     tickets_last_day=30), Outcome.HELD, 1, "too_many_tickets"),
    ("a late reply that is not believed stays pending where it belongs", replace(charlie, token=ALICES, closed_for_good=ON_1),
     Outcome.PENDING, 1, "forwarded_token"),
    ("an agent writes on a ticket closed long ago", replace(bob, token=BOBS, closed_for_good=ON_1), Outcome.STAFF_COMMENT, 1,
     "staff_token"),
    ("another ticket that was closed long ago changes nothing", replace(alice, token=ALICES, closed_for_good=frozenset({2})),
     Outcome.COMMENT, 1, "participant_token"),
]  # fmt: skip

# each refusal of the table (email.md section 4), by the sentence that shows it
REFUSALS = {
    "A=FAIL of a participant's token": "a participant's token with FAIL is pending",
    "A=FAIL of a fellow participant": "a forwarded token of a fellow participant who fails is pending",
    "A=FAIL on our thread": "our Message-ID of a participant who fails is pending",
    "A=FAIL on their thread": "their Message-ID of a participant who fails is pending",
    "A=FAIL of the colleague in copy": "their Message-ID of the colleague in copy who fails is pending",
    "A=FAIL with a tag": "a tag of a participant who fails is pending",
    "A=FAIL of an early answer": "an early answer that fails is held",
    "A=FAIL with nothing": "a failed sender without a signal is held",
    "A=FAIL of an agent's token": "an agent's token with FAIL is held",
    "A=FAIL of an agent": "an agent's address that fails is held",
    "A=NONE of an agent without token": "an agent's address without any proof is held",
    "A=NONE of an agent where a judge is": "with a judge an agent's token needs PASS",
    "A=TEMPERROR of an agent": "an agent waits while DNS is away",
    "SPF alone of an agent": "an agent with SPF alone is asked first",
    "another agent's token": "another agent's token is not enough",
    "a customer's token with an agent": "a customer's token in an agent's hand is pending",
    "an agent's token with a customer": "an agent's token in a customer's hand is pending",
    "a disabled agent": "a disabled agent has no voice",
    "a removed participant's token": "a removed participant's token is no token: they are a stranger",
    "a stranger's token": "a forwarded token of a stranger is pending",
    "no participant, our thread": "our Message-ID of a stranger opens a ticket with a hint",
    "no participant, their thread": "their Message-ID of a stranger opens a ticket",
    "no participant, tag": "a tag of a stranger opens a ticket",
    "a participant of another ticket": "a tag of a participant of another ticket opens a ticket",
    "no single sender": "no single sender is held",
    "too many tickets": "the eleventh ticket in an hour is held",
    "too many messages": "the sixty-first message in an hour is held",
    "an agent's unproved forward": "an agent's forward that nothing proves is held",
    "a forward with a tag": "a forward of a participant that quotes our tag is a new ticket",
    "closed long ago": "a reply to a ticket closed long ago starts a new one",
}


@pytest.mark.parametrize(("facts", "outcome", "ticket", "rung"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_ladder(facts: Facts, outcome: Outcome, ticket: int | None, rung: str) -> None:
    route = decide(facts)
    assert (route.outcome, route.ticket, route.matched_by) == (outcome, ticket, rung)


def test_every_rung_has_a_case() -> None:
    assert {case[4] for case in CASES} == {rung.__name__ for rung in LADDER}


def test_every_refusal_has_a_case_and_no_sentence_stands_twice() -> None:
    sentences = [case[0] for case in CASES]
    assert len(set(sentences)) == len(sentences)
    assert set(REFUSALS.values()) <= set(sentences)
    assert not {one for one in CASES if one[0] in REFUSALS.values() and one[2] in (Outcome.COMMENT, Outcome.STAFF_COMMENT)}


def test_every_rung_says_its_rule_and_the_last_one_always_answers() -> None:
    assert all(rung.__doc__ and rung.__doc__.splitlines()[0].endswith(".") for rung in LADDER)
    assert decide(alice).tried == tuple(rung.__name__ for rung in LADDER[:-1])


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


@pytest.mark.parametrize("naming", [replace(charlie, minted=1), replace(charlie, theirs=1), replace(charlie, tag=1)])
def test_a_forward_leaves_a_hint_of_the_ticket_it_names(naming: Facts) -> None:
    assert decide(replace(naming, forward=True)).may_belong_to == 1


def test_a_late_reply_follows_the_old_ticket_and_is_acknowledged() -> None:
    route = decide(replace(alice, token=ALICES, closed_for_good=ON_1, verdict=PASS))
    assert (route.follows, route.may_belong_to, route.verified, route.acknowledge) == (1, None, True, True)


def test_what_is_held_for_too_many_tickets_names_the_rungs_before() -> None:
    route = decide(replace(alice, token=ALICES, closed_for_good=ON_1, tickets_last_hour=10))
    assert (route.held, route.tried[-1]) == (HeldReason.TOO_MANY_TICKETS, "participant_token")


def test_an_answer_to_a_note_stays_inside_whichever_way_it_finds_the_ticket() -> None:
    proved = replace(bob, verdict=PASS, by_dkim=True, minted=1)
    assert decide(proved).purpose is Purpose.REPLY
    assert decide(replace(proved, answers_note=True)).purpose is Purpose.NOTE
    assert decide(replace(proved, token=replace(BOBS_NOTE, person=21))).purpose is Purpose.NOTE


def test_an_agents_mail_that_came_after_its_answer_is_public_where_somebody_who_takes_part_has_it() -> None:
    proved = replace(bob, verdict=PASS, by_dkim=True, early=1)
    assert decide(proved).purpose is Purpose.NOTE
    assert decide(replace(proved, to_participants=True)).purpose is Purpose.REPLY
    assert decide(replace(proved, tag=1)).purpose is Purpose.REPLY


def test_an_agent_learns_of_a_mail_that_could_not_be_checked_once_it_is_held() -> None:
    assert decide(replace(bob, tag=1, verdict=TEMPERROR)).tell_staff_member


def test_a_reply_to_a_note_keeps_the_purpose_of_its_token() -> None:
    assert decide(replace(bob, token=BOBS_NOTE)).purpose is Purpose.NOTE


MACHINES = [
    ("an auto-reply of a fellow participant with another's token is folded", replace(charlie, token=ALICES, takes_part=ON_1),
     Kind.AUTO_REPLIED, Outcome.COMMENT),
    ("an auto-reply in our thread is folded", replace(alice, minted=1, takes_part=ON_1), Kind.AUTO_REPLIED, Outcome.COMMENT),
    ("a robot with a valid token is pending however well it is proved", replace(charlie, token=ALICES, verdict=PASS),
     Kind.AUTO_GENERATED, Outcome.PENDING),
    ("a robot that answers early is pending", replace(charlie, early=1), Kind.AUTO_GENERATED, Outcome.PENDING),
    ("a robot with our Message-ID and no part opens a ticket", replace(charlie, minted=1), Kind.AUTO_GENERATED, Outcome.NEW),
    ("an auto-reply with our Message-ID and no part is held", replace(charlie, minted=1), Kind.AUTO_REPLIED, Outcome.HELD),
    ("an auto-reply on a ticket closed long ago is folded there", replace(alice, token=ALICES, takes_part=ON_1, closed_for_good=ON_1),
     Kind.AUTO_REPLIED, Outcome.COMMENT),
    ("an auto-reply that fails is pending", replace(alice, token=ALICES, takes_part=ON_1, verdict=FAIL), Kind.AUTO_REPLIED,
     Outcome.PENDING),
    ("too many auto-replies are held", replace(alice, token=ALICES, takes_part=ON_1, comments_last_hour=60), Kind.AUTO_REPLIED,
     Outcome.HELD),
    ("a proved agent's out-of-office to nothing is ignored", replace(bob, verdict=PASS), Kind.AUTO_REPLIED, Outcome.IGNORED),
    ("a proved agent's report opens a ticket and gives no commands", replace(bob, verdict=PASS), Kind.AUTO_GENERATED, Outcome.NEW),
    ("an auto-reply on a ticket is folded there", replace(alice, token=ALICES, takes_part=ON_1), Kind.AUTO_REPLIED, Outcome.COMMENT),
    ("an auto-reply of somebody in copy only is pending", replace(charlie, theirs=1, theirs_addressed=True), Kind.AUTO_REPLIED,
     Outcome.PENDING),
    ("an auto-reply to a token from elsewhere is pending", replace(charlie, token=ALICES), Kind.AUTO_GENERATED, Outcome.PENDING),
    ("an auto-reply to nothing is held", charlie, Kind.AUTO_REPLIED, Outcome.HELD),
    ("a robot's report opens a ticket", charlie, Kind.AUTO_GENERATED, Outcome.NEW),
    ("a list mail opens a ticket", charlie, Kind.LIST, Outcome.NEW),
    ("an agent's cron mail that nothing proves is held as any other", bob, Kind.AUTO_GENERATED, Outcome.HELD),
    ("an agent's cron mail with a token waits on the ticket and runs nothing", replace(bob, token=BOBS), Kind.AUTO_GENERATED,
     Outcome.PENDING),
    ("an agent's cron mail with SPF alone waits on the ticket", replace(bob, tag=1, verdict=PASS), Kind.AUTO_GENERATED,
     Outcome.PENDING),
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
