"""What is known of a mail when the ladder is climbed. Shapes only: the rungs are in `route`, the queries in `route_facts`."""

from __future__ import annotations

from dataclasses import dataclass

from helpdesk.addressing import Purpose
from mail_ingest.mail import SenderVerdict


@dataclass(frozen=True, slots=True)
class TokenFact:
    """A reply token that still counts: whose it is, on which ticket, and what answering does."""

    ticket: int
    person: int
    addresses: frozenset[str]
    purpose: Purpose
    seen: int
    is_staff: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known when the ladder is climbed; numbers of tickets are already those that merges lead to.

    `takes_part`: tickets among those named by a signal in which From takes part. `theirs_addressed`: From stood in To or Cc of
    the stored mail that this one answers; `answers_note`: it answers a note, of ours or of a colleague.
    `answers_update`: it answers our mail to the followers of a known issue.
    `confirmed`: the agent in From said of this very mail that it is theirs.
    `own_address`: it went to this agent's own address for new tickets. `to_participants`: somebody who takes part in the ticket of
    `theirs`, or of `early`, stands in To or Cc. `staff` is the agent whose address From is;
    `disabled_staff`: they were one. `forward`: another mail is passed on to us. `closed_for_good`: those among the named tickets
    that no reply reopens. Tickets and comments of the last hour and day: what From's mail became, on whatever tickets.
    """

    sender: str | None
    verdict: SenderVerdict = SenderVerdict.NONE
    by_dkim: bool = False
    confirmed: bool = False
    staff: int | None = None
    disabled_staff: bool = False
    staff_must_pass: bool = False
    token: TokenFact | None = None
    minted: int | None = None
    answers_note: bool = False
    answers_update: bool = False
    own_address: bool = False
    to_participants: bool = False
    theirs: int | None = None
    theirs_addressed: bool = False
    tag: int | None = None
    early: int | None = None
    takes_part: frozenset[int] = frozenset()
    forward: bool = False
    closed_for_good: frozenset[int] = frozenset()
    tickets_last_hour: int = 0
    tickets_last_day: int = 0
    comments_last_hour: int = 0
    comments_last_day: int = 0

    @property
    def signal(self) -> int | None:
        """The ticket that any signal names, in the order of their strength."""
        return next((one for one in (self.token and self.token.ticket, self.minted, self.theirs, self.tag) if one), None)
