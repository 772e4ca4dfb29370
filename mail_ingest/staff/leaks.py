"""Nothing of the agent goes to the requester with their words: the signature is cut, and what may be one is asked about once."""

from __future__ import annotations

from dataclasses import replace

from helpdesk.staff import preferences
from mail_ingest import commands
from mail_ingest.mail import CommandBlock
from mail_ingest.staff import naming, own_tail
from mail_ingest.staff.desk import Desk
from mail_ingest.staff.own_tail import Known

# commands that say all there is to say: below them stands nothing that anybody should get
_ALONE = frozenset({"send", "discard", "undo", "show", "help"})


class MaybeALeak(Exception):
    """The answer waits: `block` of it may not be for the requester."""

    def __init__(self, block: str) -> None:
        super().__init__("it may carry the agent's own data")
        self.block = block


def without_known_tail(desk: Desk, said: str) -> tuple[Desk, str]:
    """What the agent wrote, commands included, without a signature that is known to be theirs: what is left may be commands only.

    Below `#send` and the like also a block that we asked about, or would, is no text. Where nothing is left, all of it stays.
    """
    if not said.strip() or desk.incoming.row.amended.get("no_leak") == "whole":
        return desk, said
    known = _known(desk)
    found = own_tail.without_known(said, known)
    if found.cut and (found.text.strip() or _has_files(desk)):
        return _kept_beside(desk, found.cut), found.text
    block = commands.read(said)
    if not block.text or not block.commands or not {one.name for one in block.commands} <= _ALONE:
        return desk, said
    asked = naming.answered(desk)
    question = str(asked.data.get("block", "")) if asked is not None and asked.kind == "maybe_signature" else ""
    below = own_tail.without_known(block.text, Known(), question)
    rest = own_tail.parted(block.text, known, beside=True)
    if (below.cut and not below.text) or block.text in (rest.cut, rest.doubt):
        return _kept_beside(desk, block.text), own_tail.without(said, block.text)
    return desk, said


def without_own_tail(desk: Desk, block: CommandBlock) -> tuple[Desk, CommandBlock]:
    """A public answer without its agent's signature, which the message keeps beside its text, for staff.

    Raises MaybeALeak where it is not sure; what the agent says then (`amended["no_leak"]`: "cut" or "whole") is remembered.
    """
    if not block.text.strip():
        return desk, block
    known = _known(desk)
    found = own_tail.parted(block.text, known, beside=bool(block.commands) or _has_files(desk))
    text, cut = found.text, found.cut
    nothing_else = not cut and own_tail.without_known(text, known).cut == text
    doubt = text if nothing_else else found.doubt
    if doubt:
        match desk.incoming.row.amended.get("no_leak"):
            case "cut":
                text, cut = own_tail.without(text, doubt), doubt
                if not nothing_else and found.text.endswith(doubt):
                    _remember(desk, known, doubt)
            case "whole":
                preferences.learn(desk.agent, wanted="" if nothing_else else own_tail.normal(doubt))
            case _:
                raise MaybeALeak(doubt)
    preferences.learn(desk.agent, tail=own_tail.tail(block.text))
    return _kept_beside(desk, cut) if cut else desk, replace(block, text=text)


def _known(desk: Desk) -> Known:
    learned = preferences.learned(desk.agent)
    own = frozenset(one.address for one in desk.agent.addresses)
    return Known(preferences.of(desk.agent).signature, learned.tails, frozenset(learned.wanted), own, learned.cuts)


def _remember(desk: Desk, known: Known, block: str) -> None:
    """The first block that is agreed to be cut becomes the stored signature; those of other devices are kept beside it."""
    if known.signature:
        preferences.learn(desk.agent, cut=own_tail.normal(block))
    else:
        preferences.keep(desk.agent, {"signature": block})


def _has_files(desk: Desk) -> bool:
    return any(not one.inline for one in desk.incoming.files)


def _kept_beside(desk: Desk, cut: str) -> Desk:
    kept = desk.incoming.text
    read = replace(kept, signature="\n".join(part for part in (cut, kept.signature) if part))
    return replace(desk, incoming=replace(desk.incoming, text=read))
