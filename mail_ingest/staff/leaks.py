"""Nothing of the agent goes to the requester with their words: the signature is cut, and what may be one is asked about once."""

from __future__ import annotations

from dataclasses import replace

from helpdesk.staff import preferences
from mail_ingest.mail import CommandBlock
from mail_ingest.staff import own_tail
from mail_ingest.staff.desk import Desk
from mail_ingest.staff.own_tail import Known


class MaybeALeak(Exception):
    """The answer waits: `block` of it may not be for the requester."""

    def __init__(self, block: str) -> None:
        super().__init__("it may carry the agent's own data")
        self.block = block


def without_own_tail(desk: Desk, block: CommandBlock) -> tuple[Desk, CommandBlock]:
    """A public answer without its agent's signature, which the message keeps beside its text, for staff.

    Raises MaybeALeak where it is not sure; what the agent says then (`amended["no_leak"]`: "cut" or "whole") is remembered.
    """
    if not block.text.strip():
        return desk, block
    learned = preferences.learned(desk.agent)
    own = frozenset(one.address for one in desk.agent.addresses)
    known = Known(preferences.of(desk.agent).signature, learned.tails, frozenset(learned.wanted), own)
    found = own_tail.parted(block.text, known)
    text, cut = found.text, found.cut
    if found.doubt:
        match desk.incoming.row.amended.get("no_leak"):
            case "cut":
                text, cut = own_tail.without(text, found.doubt), found.doubt
                if not known.signature and found.text.endswith(found.doubt):
                    preferences.keep(desk.agent, {"signature": found.doubt})
            case "whole":
                preferences.learn(desk.agent, wanted=own_tail.normal(found.doubt))
            case _:
                raise MaybeALeak(found.doubt)
    preferences.learn(desk.agent, tail=own_tail.tail(block.text))
    if not cut:
        return desk, replace(block, text=text)
    kept = desk.incoming.text
    read = replace(kept, signature="\n".join(part for part in (cut, kept.signature) if part))
    return replace(desk, incoming=replace(desk.incoming, text=read)), replace(block, text=text)
