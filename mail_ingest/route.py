"""Which ticket a mail belongs to: `LADDER`, first rung that answers wins. Pure: facts in, route out; the queries: route_facts.

Signals: a valid reply token (T), our MAC in In-Reply-To or References (M), a stored inbound Message-ID there (X), `[ELM-n]` in the
subject (tag), From takes part in that ticket (F), From is an active agent's address (S), and the judge's word on From (A).
Never a signal: Reply-To, Sender, a display name, Cc, X- fields, a subject alone, SPF alone, similar titles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from helpdesk.addressing import Purpose
from helpdesk.words import HELD_WORDS, HeldReason
from mail_ingest.mail import Kind, Outcome, Route, SenderVerdict
from mail_ingest.routing.facts import Facts, TokenFact

__all__ = ["LADDER", "Facts", "Outcome", "Route", "TokenFact", "decide"]

MOST_TICKETS_AN_HOUR, MOST_TICKETS_A_DAY = 10, 30
MOST_COMMENTS_AN_HOUR, MOST_COMMENTS_A_DAY = 60, 200
PASS, NONE, FAIL, TEMPERROR = SenderVerdict.PASS, SenderVerdict.NONE, SenderVerdict.FAIL, SenderVerdict.TEMPERROR


Rung = Callable[[Facts], Route | None]


def decide(facts: Facts, kind: Kind = Kind.PERSON) -> Route:
    """The first rung of `LADDER` that answers, then what `kind` of mail it is; the route names the rungs tried before.

    A reply to a ticket that is closed for good becomes a new one that follows it.
    """
    tried: list[str] = []
    for rung in LADDER:
        route = rung(facts)
        if route is not None:
            named = replace(route, matched_by=rung.__name__, tried=tuple(tried))
            return _too_late(_for_machines(named, facts, kind), facts)
        tried.append(rung.__name__)
    raise AssertionError("the last rung always answers")


# --- the rungs


def no_sender(facts: Facts) -> Route | None:
    """Nobody can be answered: no From, several, or one that is no mailbox."""
    return _held(HeldReason.NO_SENDER, facts.signal) if facts.sender is None else None


def disabled_agent(facts: Facts) -> Route | None:
    """An agent who was disabled has no voice, whatever they prove."""
    return _held(HeldReason.DISABLED_AGENT, facts.signal) if facts.disabled_staff else None


def staff_waits_for_dns(facts: Facts) -> Route | None:
    """S, A=TEMPERROR: judged again for up to 48 hours; no command runs before, and the agent learns of one that is held then."""
    if facts.staff is None or facts.verdict != TEMPERROR:
        return None
    why = "the sender could not be checked yet"
    return Route(Outcome.LATER, reason=why, held=HeldReason.STAFF_UNJUDGED, tell_staff_member=True)


def staff_token(facts: Facts) -> Route | None:
    """S, T of this agent, A not FAIL (PASS where a judge is configured): a comment as that agent, commands run."""
    token = facts.token
    if facts.staff is None or token is None or token.person != facts.staff or not token.is_staff:
        return None
    if facts.verdict == FAIL or (facts.verdict != PASS and facts.staff_must_pass):
        return None
    return Route(Outcome.STAFF_COMMENT, token.ticket, facts.staff, purpose=token.purpose, seen=token.seen)


def staff_forward(facts: Facts) -> Route | None:
    """S who proved it, no token of a ticket, and a mail handed over: a new ticket for whoever wrote that one."""
    if not _proved_agent(facts) or facts.token is not None or not facts.forward:
        return None
    return Route(Outcome.STAFF_OPENS, person=facts.staff, may_belong_to=facts.minted or facts.theirs or facts.tag)


def staff_without_token(facts: Facts) -> Route | None:
    """S, A=PASS and our Message-ID, X, a tag or an early answer: as that agent by DKIM, else pending until they say it was them.

    By X or an early answer alone (they wrote to the requester themselves) it is a note, unless somebody who takes part has it in To
    or Cc: what was written to colleagues only, with us in copy, goes to nobody. Once they said that it was them, any token counts.
    """
    ticket = facts.minted or facts.theirs or facts.tag or facts.early
    ticket = facts.signal or ticket if facts.confirmed else ticket
    if facts.staff is None or facts.verdict != PASS or ticket is None:
        return None
    if facts.by_dkim or facts.confirmed:
        # an answer to a note stays inside, whichever way it found the ticket
        note = facts.answers_note or (facts.token is not None and facts.token.purpose == Purpose.NOTE)
        directly = facts.minted is None and (facts.theirs is not None or facts.signal is None)
        note = note or (directly and not facts.to_participants)
        return Route(Outcome.STAFF_COMMENT, ticket, facts.staff, purpose=Purpose.NOTE if note else Purpose.REPLY)
    return Route(Outcome.PENDING, ticket, verified=False, reason="an agent's address without token or DKIM", tell_staff_member=True)


def staff_unproven(facts: Facts) -> Route | None:
    """S without proof (FAIL, or NONE without their token): held, and the real person is told."""
    if facts.staff is None or facts.verdict == PASS or (_proved_agent(facts) and facts.token is None):
        return None
    return replace(_held(HeldReason.STAFF_UNPROVEN, facts.signal), tell_staff_member=True)


def staff_new(facts: Facts) -> Route | None:
    """S who proved it, no token of a ticket, nothing above: a new ticket, for whom `#requester` says, else the agent's own."""
    if not _proved_agent(facts) or facts.token is not None:
        return None
    return Route(Outcome.STAFF_OPENS, person=facts.staff, may_belong_to=facts.signal)


def too_many_comments(facts: Facts) -> Route | None:
    """More than 60 messages in an hour or 200 in a day from one sender, on whatever tickets and however proved: held."""
    over = facts.comments_last_hour >= MOST_COMMENTS_AN_HOUR or facts.comments_last_day >= MOST_COMMENTS_A_DAY
    named = facts.signal or facts.early
    return _held(HeldReason.TOO_MANY_COMMENTS, named) if over and named is not None else None


def participant_token(facts: Facts) -> Route | None:
    """T for P, From is P, A not FAIL: a comment as P."""
    token = facts.token
    if token is None or facts.sender not in token.addresses or facts.verdict == FAIL or token.is_staff:
        return None
    return Route(
        Outcome.COMMENT, token.ticket, token.person, verified=facts.verdict == PASS, purpose=token.purpose, seen=token.seen
    )


def forwarded_token(facts: Facts) -> Route | None:
    """T for P, From is somebody else: another participant speaks for themselves (A not FAIL), anyone else is pending."""
    token = facts.token
    if token is None or facts.sender in token.addresses:
        return None
    if token.ticket in facts.takes_part and facts.verdict != FAIL:
        return _as_participant(facts, token.ticket)
    return Route(Outcome.PENDING, token.ticket, verified=False, reason="sent to somebody else's reply address")


def our_thread(facts: Facts) -> Route | None:
    """M, From takes part, A not FAIL: a comment."""
    return _as_participant(facts, facts.minted)


def their_thread(facts: Facts) -> Route | None:
    """X, and From takes part or stood in To or Cc of that mail, A not FAIL: a comment; the sender is not added."""
    if facts.theirs_addressed and facts.theirs is not None and facts.verdict != FAIL and facts.theirs not in facts.takes_part:
        return Route(Outcome.COMMENT, facts.theirs, verified=facts.verdict == PASS)
    return _as_participant(facts, facts.theirs)


def subject_tag(facts: Facts) -> Route | None:
    """[ELM-n] in the subject of what is no forward, From takes part, A not FAIL: a comment."""
    return _as_participant(facts, facts.tag) if not facts.forward else None


def early_answer(facts: Facts) -> Route | None:
    """A stored mail names this Message-ID, and each sender stood in the other's To or Cc: the reply came before its original."""
    if facts.early is None or facts.verdict == FAIL:
        return None
    return Route(Outcome.COMMENT, facts.early, verified=facts.verdict == PASS)


def failed_sender(facts: Facts) -> Route | None:
    """A=FAIL: pending on the ticket that a signal names, else held; never acknowledged."""
    if facts.verdict != FAIL:
        return None
    if facts.signal is not None:
        return Route(Outcome.PENDING, facts.signal, verified=False, reason=HELD_WORDS[HeldReason.SENDER_DISOWNED])
    return _held(HeldReason.SENDER_DISOWNED)


def too_many_tickets(facts: Facts) -> Route | None:
    """More than 10 new tickets in an hour or 30 in a day from one sender: held."""
    if facts.tickets_last_hour >= MOST_TICKETS_AN_HOUR or facts.tickets_last_day >= MOST_TICKETS_A_DAY:
        return _held(HeldReason.TOO_MANY_TICKETS)
    return None


def forward(facts: Facts) -> Route | None:
    """A forward to us that answers nothing (no token, M or X above): a new ticket, with a hint for staff where it names one."""
    named = facts.minted or facts.theirs or facts.tag
    return Route(Outcome.NEW, verified=facts.verdict == PASS, may_belong_to=named) if facts.forward else None


def stranger(facts: Facts) -> Route | None:
    """M, X or a tag, but no participant: a ticket of their own, with a hint for staff only; nobody learns whether n exists."""
    named = facts.minted or facts.theirs or facts.tag
    if named is None:
        return None
    update = facts.answers_update and named == (facts.minted or facts.theirs)
    return Route(Outcome.NEW, verified=facts.verdict == PASS, may_belong_to=named, answers_update=update)


def new(facts: Facts) -> Route | None:
    """Nothing matches: a new ticket."""
    return Route(Outcome.NEW, verified=facts.verdict == PASS)


LADDER: tuple[Rung, ...] = (
    no_sender,
    disabled_agent,
    staff_waits_for_dns,
    staff_token,
    staff_forward,
    staff_without_token,
    staff_unproven,
    staff_new,
    too_many_comments,
    participant_token,
    forwarded_token,
    our_thread,
    their_thread,
    subject_tag,
    early_answer,
    failed_sender,
    too_many_tickets,
    forward,
    stranger,
    new,
)


def _held(reason: HeldReason, ticket: int | None = None) -> Route:
    return Route(Outcome.HELD, ticket, reason=HELD_WORDS[reason], held=reason)


def _proved_agent(facts: Facts) -> bool:
    """A=PASS, or the agent's own address for new tickets where no judge is set. From alone opens nothing in anybody's name."""
    own = facts.own_address and facts.verdict != FAIL and not facts.staff_must_pass
    return facts.staff is not None and (facts.verdict == PASS or own)


def _as_participant(facts: Facts, ticket: int | None) -> Route | None:
    if ticket is None or ticket not in facts.takes_part or facts.verdict == FAIL:
        return None
    return Route(Outcome.COMMENT, ticket, verified=facts.verdict == PASS)


def _for_machines(route: Route, facts: Facts, kind: Kind) -> Route:
    """Automatic mail: folded on a ticket if From takes part, else pending; on none: auto-replies are held, no acknowledgement."""
    if kind == Kind.LIST:
        return replace(route, acknowledge=False)
    if kind not in (Kind.AUTO_REPLIED, Kind.AUTO_GENERATED):
        return route
    if facts.staff is not None and kind == Kind.AUTO_REPLIED:
        return replace(route, outcome=Outcome.IGNORED, reason="an agent's automatic reply", tell_staff_member=False)
    route = replace(route, tell_staff_member=False)
    if route.outcome == Outcome.STAFF_COMMENT and not facts.confirmed:
        # what a machine writes in an agent's name gives no commands and goes to nobody
        return replace(route, outcome=Outcome.PENDING, reason="an agent's automatic mail", automatic=True, acknowledge=False)
    if route.outcome == Outcome.STAFF_OPENS:
        route = replace(route, outcome=Outcome.NEW)  # a machine that writes in an agent's name gives no commands
    if route.outcome == Outcome.COMMENT and route.ticket not in facts.takes_part:
        # whatever token it carries: an address of ours that is given to a robot elsewhere makes it no participant (Ticket Trick)
        return replace(route, outcome=Outcome.PENDING, reason="an automatic mail of somebody who takes no part", automatic=True)
    if route.outcome == Outcome.NEW and kind == Kind.AUTO_REPLIED:
        return replace(_held(HeldReason.AUTOMATIC_REPLY), matched_by=route.matched_by, tried=route.tried)
    return replace(route, automatic=True, acknowledge=False)


def _too_late(route: Route, facts: Facts) -> Route:
    """A person's reply to a ticket that no reply reopens: a new ticket that follows it, and counts as one."""
    if route.outcome != Outcome.COMMENT or route.automatic or route.ticket not in facts.closed_for_good:
        return route
    if (held := too_many_tickets(facts)) is not None:
        return replace(held, ticket=route.ticket, matched_by=too_many_tickets.__name__, tried=(*route.tried, route.matched_by))
    return replace(route, outcome=Outcome.NEW, ticket=None, follows=route.ticket)
