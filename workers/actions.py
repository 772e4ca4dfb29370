"""What a recipient can do with one touch: `mailto:` links, prefilled and signed by the reply token in their address.

They work on a phone and without login, and nobody who follows links (scanners, previews) can set them off: only a mail acts.
"""

from __future__ import annotations

from dataclasses import dataclass

from helpdesk import addressing
from helpdesk.addressing import Purpose, ReplyToken
from helpdesk.words import SOLVED_SENTENCE
from workers.kinds import KINDS
from workers.mail_headers import mailto
from workers.outgoing import Outgoing

LONGEST_SUBJECT = 120  # characters: the whole URI stays under 1,900 with room for the percent signs


@dataclass(frozen=True, slots=True)
class Action:
    """The word on the link, and the link."""

    label: str
    url: str


# What else stands in such a mail (a signature, a word to colleagues) is a note: it never goes to the requester by accident.
_FOR_STAFF = (("Take", "#take"), ("Resolve", "#resolved"), ("Note", ""))
# kinds that say that a mail of the agent is held: what settles it
_FOR_HELD = {
    "command_error": (("Send without these lines", "#send"), ("Discard", "#discard")),
    "newer_message": (("Send it as it is", "#send"), ("Discard", "#discard")),
    "confirm_commands": (("Discard", "#discard"),),
    "maybe_signature": (("Send without it", "#send"), ("Send with it", "#send whole"), ("Discard", "#discard")),
}


def actions(mail: Outgoing, subject: str) -> tuple[Action, ...]:
    """Take, Resolve and Note for staff, or what settles their held mail; "It is solved" for a requester who got an answer.

    Nothing without a ticket and a person. A link about a held mail names our answer in In-Reply-To (RFC 6068 section 6.1); where a
    client leaves that out, the token finds the only held mail on the ticket.
    """
    if mail.ticket is None or mail.person is None:
        return ()
    short = subject[:LONGEST_SUBJECT]
    if KINDS[mail.kind].to_staff:
        address = _address(mail, mail.ticket.number, mail.person, Purpose.NOTE)
        if mail.data.get("final"):
            return ()
        answers = {"In-Reply-To": f"<{addressing.message_id(mail.house.mint, mail.ticket.number, mail.number)}>"}
        more = answers if mail.kind in _FOR_HELD else {}
        return tuple(
            Action(label, mailto(address, subject=short, **more, **({"body": f"{body}\r\n"} if body else {})))
            for label, body in _FOR_HELD.get(mail.kind, _FOR_STAFF)
        )
    if mail.kind == "reply" and mail.is_requester and not (mail.status and mail.status.new in ("resolved", "closed")):
        address = _address(mail, mail.ticket.number, mail.person, Purpose.RESOLVE)
        return (Action("It is solved", mailto(address, subject=short, body=f"{SOLVED_SENTENCE}\r\n")),)
    return ()


def leaving(mail: Outgoing) -> str:
    """The address that ends such mail to somebody outside who takes part: "" where nothing automatic comes to them."""
    kind = KINDS[mail.kind]
    if mail.ticket is None or mail.person is None or kind.to_staff or kind.public or (mail.kind == "reply" and mail.is_requester):
        return ""
    return _address(mail, mail.ticket.number, mail.person, Purpose.UNSUBSCRIBE)


def _address(mail: Outgoing, ticket: int, person: int, purpose: Purpose) -> str:
    return addressing.reply_address(mail.house.mint, ReplyToken(ticket, person, purpose, mail.seen))
