"""What people outside ask for by mail besides writing: "it is solved", `reopen`, no more mail, "me too". Their text is no command.

An address of ours says what is asked (its purpose, signed); the two words that count, `reopen` and `+1`, count alone and only where
a mail of ours named them. Whatever else somebody writes is a message, and is posted as one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from helpdesk import lifecycle, participants, people, tickets, upvotes
from helpdesk.addressing import Purpose
from helpdesk.attachments import StoredFile
from helpdesk.errors import NotFound
from helpdesk.models import Person, PersonAddress, Status, Ticket, Upvote
from helpdesk.permissions import Via, viewer_of
from helpdesk.words import SOLVED_SENTENCE
from mail_ingest.mail import Kind, ReplyText, Route, SenderVerdict
from mail_ingest.reply_text import NOTHING_LEFT
from mail_ingest.route import our_thread, participant_token
from mail_ingest.thanks import is_only_thanks

BY_OUR_MAC = (participant_token.__name__, our_thread.__name__)
DONE = (Status.RESOLVED, Status.CLOSED)
# what mail programs and people write into a mail whose address says it all
_LEAVING = frozenset({"unsubscribe", "leave", "stop", "remove"})
_ME_TOO = frozenset({"+1", "metoo"})
_SENTENCE = re.compile(re.escape(SOLVED_SENTENCE.rstrip(".")).replace(r"\ ", r"\s+") + r"[ \t]*(?:[.!,;]+|$)", re.IGNORECASE)
_SIGN_OFF = frozenset(
    """best kind warm regards greetings cheers sincerely yours mit freundlichen grüßen viele liebe grüße gruß mfg lg vg cordialement
    bien à vous saludos un saludo cordial cordiali saluti atenciosamente met vriendelijke groet mvh hälsningar hilsen""".split()
)


class Wish(Enum):
    """What a mail asks of its ticket; `NOTHING`: what is asked for is so already."""

    SOLVED = "resolved by its requester"
    REOPEN = "reopened by its requester"
    LEAVE = "no more mail about it to its sender"
    NOTHING = "it was resolved already"


@dataclass(frozen=True, slots=True)
class Asked:
    """A wish, and what else the mail says (`says`, "" for nothing); `thanks`: that is no more than thanks."""

    wish: Wish
    says: str
    thanks: bool = False


def asked(
    session: Session,
    ticket: Ticket,
    author: Person,
    route: Route,
    kind: Kind,
    text: ReplyText,
    files: Collection[StoredFile] = (),
    names: tuple[str, ...] = (),
) -> Asked | None:
    """What this mail on the ticket asks for, or None: then it is a message like any other. Machines ask for nothing.

    `names` may stand below the words. The route must let the sender speak (A not FAIL); the ticket must be locked.
    """
    if kind != Kind.PERSON or route.automatic or author.is_staff or ticket.restricted:
        return None
    said = "" if text.cut_by == NOTHING_LEFT else text.visible.strip()
    attached = any(not file.inline for file in files)
    if route.matched_by == participant_token.__name__ and route.person == author.id:
        if route.purpose == Purpose.UNSUBSCRIBE:
            nothing = _bare(said) in _LEAVING or _is_sign_off(said, names)
            return _with_words(Wish.LEAVE, "" if nothing else said, attached, names)
        if route.purpose == Purpose.RESOLVE and (rest := without_the_sentence(said, names)) is not None:
            if ticket.status in DONE:
                return _with_words(Wish.NOTHING, rest, attached, names)
            return _with_words(Wish.SOLVED, rest, attached, names) if author.id == ticket.requester_id else None
    word, _, below = said.partition("\n")
    if _bare(word) == "reopen" and _is_sign_off(below, names) and not attached and _may_reopen(session, ticket, author, route):
        return Asked(Wish.REOPEN, "")
    return None


def grant(session: Session, ticket: Ticket, author: Person, asked: Asked) -> str:
    """Do it in the sender's own name, with their own rights; gives what was done, in words."""
    by = viewer_of(author, Via.EMAIL, address=author.address)
    if asked.wish == Wish.SOLVED:
        tickets.change_status(session, ticket, Status.RESOLVED, by)
    elif asked.wish == Wish.REOPEN:
        tickets.reopen(session, ticket, by)
    elif asked.wish == Wish.LEAVE:
        participants.leave(session, ticket, author, by)
    return asked.wish.value


def me_too(session: Session, number: int, address: str, name: str, verdict: SenderVerdict) -> str:
    """Count the sender of a `+1` (`is_me_too`) in, once, if they are proved; gives what became of it, in words."""
    if verdict != SenderVerdict.PASS:
        return "a “me too” of an address that is not proved: not counted"
    person = people.find_or_make(session, address, name)
    if session.get(Upvote, (number, person.id)) is not None:
        return "a “me too” that is counted already"
    try:
        upvotes.add(session, number, person, viewer_of(person, Via.EMAIL, address=address))
    except NotFound:
        return "a “me too” on what is no known issue any more"
    proved = update(PersonAddress).where(PersonAddress.address == address.lower(), PersonAddress.verified_at.is_(None))
    session.execute(proved.values(verified_at=func.now()))
    return "a “me too”, counted"


def is_me_too(kind: Kind, text: ReplyText, name: str) -> bool:
    """A person wrote "+1", "+ 1" or "me too" and nothing else but their name."""
    lines = [line for line in text.visible.splitlines() if line.strip()]
    said = "".join("".join(lines[:1]).split()).rstrip(".!").casefold()
    return kind == Kind.PERSON and said in _ME_TOO and _is_sign_off("\n".join(lines[1:]), (name,))


def _with_words(wish: Wish, said: str, attached: bool, names: tuple[str, ...]) -> Asked:
    if not said and attached:
        return Asked(wish, "(no text)")
    return Asked(wish, said, is_only_thanks(said, names))


def without_the_sentence(said: str, names: tuple[str, ...]) -> str | None:
    """What stands beside the prefilled sentence; None where somebody took it out and wrote something else instead.

    An address book may keep the address: what is written to it later solves nothing.
    """
    lines = said.splitlines()
    place = next((at for at, line in enumerate(lines) if _SENTENCE.match(line.strip())), None)
    if place is None:
        return "" if _is_sign_off(said, names) else None
    lines[place] = _SENTENCE.sub("", lines[place].strip(), count=1)
    rest = "\n".join(lines).strip()
    return "" if _is_sign_off(rest, names) else rest


def _is_sign_off(text: str, names: tuple[str, ...]) -> bool:
    """Nothing, or a signature in the sender's own name."""
    own = {word for name in names for word in _words(name)}
    return all(word in own or word in _SIGN_OFF for word in _words(text)) and not any(one.isdigit() for one in text)


def _may_reopen(session: Session, ticket: Ticket, author: Person, route: Route) -> bool:
    """The requester of a ticket that is done, known by a MAC of ours or proved, up to the limit of reopening by mail."""
    known = route.verified or route.matched_by in BY_OUR_MAC
    if not known or author.id != ticket.requester_id or ticket.status not in DONE or tickets.is_spam(ticket):
        return False
    return not lifecycle.was_reopened_too_often(session, ticket.number)


def _bare(text: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFKC", text).casefold() if one.isalnum())


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", unicodedata.normalize("NFC", text).casefold())
