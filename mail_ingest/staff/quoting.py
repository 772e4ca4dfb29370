"""What an agent's answer may quote: messages that its readers have, and nothing that our notice told the agent alone."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import unquote

from helpdesk import addressing, conversation
from helpdesk.errors import Refused
from helpdesk.models import CommentState, Ticket
from mail_ingest.mail import CommandBlock
from mail_ingest.quotes import questions
from mail_ingest.staff import naming
from mail_ingest.staff.desk import Desk

_ADDRESS = re.compile(r"[\w.%+=-]{1,128}@[\w.-]{1,255}")


def answers_only(desk: Desk, ticket: Ticket, block: CommandBlock, *, internal: bool) -> CommandBlock:
    """The text with no more quoted than its readers have: for a note the whole conversation, else what is public.

    Raises Refused where a reply address with somebody's token is left in it: who has that could write in their name.
    """
    messages = conversation.read(desk.session, desk.by, ticket).messages
    readable = [one.content for one in messages if internal or (not one.internal and one.state == CommentState.POSTED)]
    answered = naming.answered(desk)
    notice = [answered.body_text] if answered is not None and answered.body_text else []
    text = questions.kept(block.text, [ticket.description, *readable], [*notice, *(one.content for one in messages)])
    for found in _ADDRESS.findall(unquote(text)):
        if addressing.read_reply_address(desk.house.mint, found) is not None:
            raise Refused("Your text holds a reply address of ours, which is somebody's key to this ticket: leave it out.")
    return replace(block, text=text)
