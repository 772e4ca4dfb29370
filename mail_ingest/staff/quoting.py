"""What an agent's answer may quote: messages that its readers have, and nothing that our notice told the agent alone."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from urllib.parse import unquote

from sqlalchemy import select

from helpdesk import addressing, conversation
from helpdesk.errors import Refused
from helpdesk.models import CommentState, OutboxMessage, Ticket
from mail_ingest.mail import CommandBlock
from mail_ingest.quotes import questions
from mail_ingest.quotes.marks import is_quoted
from mail_ingest.quotes.questions import MaybeQuoted
from mail_ingest.staff import naming
from mail_ingest.staff.desk import Desk

MOST_NOTICES = 20  # of ours to this agent about the ticket, the newest: one quotes the one before
_ADDRESS = re.compile(r"[\w.%+=-]{1,128}@[\w.-]{1,255}")
_TOKEN = "holds a reply address of ours, which is somebody's key to this ticket: leave it out."  # noqa: S105 (no password)
_LINK = "holds a link of ours that is one person's own key, or a page for staff alone: leave it out."
_MAYBE = "“{line}” seems to be the rest of a quoted note, which its readers may not have: begin it with >, or leave it out."


def answers_only(desk: Desk, ticket: Ticket, block: CommandBlock, *, internal: bool) -> CommandBlock:
    """The text with no more quoted than its readers have: for a note the whole conversation, else what is public.

    Raises Refused where a line may be the rest of a quotation that they may not have.
    """
    messages = conversation.read(desk.session, desk.by, ticket).messages
    readable = [one.content for one in messages if internal or (not one.internal and one.state == CommentState.POSTED)]
    if not any(map(is_quoted, block.text.split("\n"))):
        return block
    notices = _notices(desk, ticket)
    ours = [*notices, *(one.content for one in messages)]
    try:
        text = questions.kept(block.text, [ticket.description, *readable], ours, cites=bool(notices))
    except MaybeQuoted as error:
        raise Refused(_MAYBE.format(line=error.line.strip()[:200])) from error
    lines = (line for line in text.split("\n") if not (is_quoted(line) and key_in(desk, line, internal=internal)))
    return replace(block, text="\n".join(lines))


def refuse_keys(desk: Desk, text: str, *, internal: bool = False, what: str = "Your text") -> None:
    """No message carries what gives its reader somebody else's rights; raises Refused, with `what` as the subject of the sentence.

    A reply address with a token is refused anywhere: who has it could write in somebody's name. A public text also has no link to a
    ticket with a key, none that confirms or unsubscribes, and none to a page of the staff.
    """
    found = key_in(desk, text, internal=internal)
    if found:
        raise Refused(f"{what} {found}")


def key_in(desk: Desk, text: str, *, internal: bool = False) -> str:
    """What kind of key of ours the text holds, in words that follow its subject; "" where it holds none."""
    plain = html.unescape(unquote(unquote(text)))  # a link inside a link of a scanner is quoted twice
    mint = desk.house.mint
    ours = mint.support_address.rpartition("@")[0].lower() + mint.separator
    for found in _ADDRESS.findall(plain.lower()):
        # what stands before it in a link, and the full stop of a sentence, belong to no address
        at = found.rfind(ours)
        if at >= 0 and addressing.read_reply_address(mint, found[at:].rstrip(".-_")) is not None:
            return _TOKEN
    return _LINK if not internal and _keys(desk.house.settings.base_url).search(plain) else ""


def _keys(base_url: str) -> re.Pattern[str]:
    """Links with or without their scheme: programs show them without."""
    place = re.escape(base_url.partition("://")[2] or base_url)
    rights = r"ticket/[\w-]+/?\?(?:[^\s<>]*&)?key=|confirm-mail/|unsubscribe/|admin(?![\w-])"
    return re.compile(rf"(?<![\w.-]){place}/(?:{rights})", re.IGNORECASE)


def _notices(desk: Desk, ticket: Ticket) -> list[str]:
    """What we mailed to this agent about the ticket, the answered mail last: the newest texts are compared first."""
    wanted = select(OutboxMessage.body_text, OutboxMessage.mime).where(
        OutboxMessage.ticket_number == ticket.number, OutboxMessage.person_id == desk.agent.id, OutboxMessage.body_text.is_not(None)
    )
    found = desk.session.execute(wanted.order_by(OutboxMessage.id.desc()).limit(MOST_NOTICES))
    rows: list[tuple[str | None, bytes | None]] = [(row.body_text, row.mime) for row in found]
    answered = naming.answered(desk)
    if answered is not None:
        rows.insert(0, (answered.body_text, answered.mime))
    texts = [text for plain, mime in reversed(rows) for text in (plain, questions.as_quoted(mime) if mime else None)]
    return [one for one in texts if one]
