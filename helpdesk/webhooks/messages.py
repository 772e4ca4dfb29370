"""What is posted: our own message, or the bodies that Slack and Discord take; no word of a stranger's mentions or links anything.

Links are made from BASE_URL, here and nowhere else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from helpdesk import addressing
from helpdesk.lifecycle import WORDS
from helpdesk.models import WebhookKind
from helpdesk.settings import Settings

EXCERPT = 300  # characters of a message that a chat shows
_SUPPRESS_EMBEDS = 4  # a flag of Discord's


@dataclass(frozen=True, slots=True)
class House:
    """Where links lead and what tags look like."""

    base_url: str
    prefix: str


def house_of(settings: Settings) -> House:
    """What all messages of this installation share."""
    return House(settings.base_url, settings.ticket_prefix)


def octets(kind: str, body: Mapping[str, Any], house: House) -> bytes:
    """The body of the request for a webhook of this kind, from what was frozen; the same each time."""
    told = with_links(body, house)
    shaped: Mapping[str, Any] = told
    if kind == WebhookKind.SLACK:
        shaped = {"text": _chat(told, _slack_escaped, _slack_link), "unfurl_links": False, "unfurl_media": False}
    elif kind == WebhookKind.DISCORD:
        text = _chat(told, _discord_escaped, _discord_link)
        shaped = {"content": text, "allowed_mentions": {"parse": []}, "flags": _SUPPRESS_EMBEDS}
    return json.dumps(shaped, ensure_ascii=False, separators=(",", ":")).encode()


def with_links(body: Mapping[str, Any], house: House) -> dict[str, Any]:
    """What was frozen, with the tags and the addresses of what it is about."""
    data = dict(body["data"])
    if "ticket" in data:
        name = addressing.tag(house.prefix, data["ticket"]["number"])
        into = data["ticket"]["merged_into"]
        data["ticket"] = data["ticket"] | {
            "tag": name,
            "merged_into": addressing.tag(house.prefix, into) if into is not None else None,
            "url": f"{house.base_url}/ticket/{name}",
        }
    if "mail" in data:
        number = data["mail"]["number"]
        code = f"H{number}" if number is not None else ""
        data["mail"] = data["mail"] | {"code": code, "url": f"{house.base_url}/admin/held/{data['mail']['id']}"}
    return {"type": body["type"], "version": body["version"], "id": body["id"], "timestamp": body["timestamp"], "data": data}


Escape = Callable[[str], str]
Link = Callable[[str, str], str]


def _chat(told: Mapping[str, Any], escaped: Escape, link: Link) -> str:
    """A line or two for people: what happened to what, by whom."""
    data = told["data"]
    says, by = _SENTENCES.get(told["type"], told["type"]), _who(data.get("actor"))
    if told["type"] == "webhook.test":
        return escaped(f"{says} It works.")
    if "mail" in data:
        mail = data["mail"]
        about = f"was held ({mail['reason']}): “{mail['subject'] or '(no subject)'}” from {mail['sender'] or 'nobody'}"
        return f"{link('A mail', mail['url'])} {escaped(_line(about, EXCERPT))}"
    ticket = data["ticket"]
    head = f"{link(ticket['tag'], ticket['url'])} {escaped(_line(ticket['title']))}"
    if "comment" in data:
        comment = data["comment"]
        who = comment["author"]["name"] or comment["author"]["email"]
        words = _line(comment["content"], EXCERPT)
        return f"{head}\n{escaped(f'{_line(who)} {says}: {words}')}"
    return f"{head}\n{escaped(_told(told['type'], says, data, by))}"


_SENTENCES = {
    "ticket.created": "New",
    "ticket.assigned": "Assigned to",
    "ticket.updated": "Changed",
    "ticket.resolved": "Resolved",
    "ticket.closed": "Closed",
    "ticket.reopened": "Opened again",
    "ticket.merged": "Merged into another ticket",
    "comment.created": "wrote",
    "note.created": "noted",
    "webhook.test": "This is a test.",
}


def _told(kind: str, says: str, data: Mapping[str, Any], by: str) -> str:
    ticket = data["ticket"]
    if kind == "ticket.created":
        return f"{says} {ticket['type']} from {_who(ticket['reporter'])}, priority {ticket['priority']}"
    if kind == "ticket.assigned":
        return f"{says} {_who(ticket['assignee']) or 'nobody'}{f' by {by}' if by else ''}"
    if kind == "ticket.updated":
        what = str(data["change"]["what"]).removesuffix("_changed").replace("_", " ")
        new = data["change"]["new"]
        value = ", ".join(str(one) for one in new) if isinstance(new, list) else "" if new is None else str(WORDS.get(new, new))
        return f"{says}{f' by {by}' if by else ''}: {what}{f' → {_line(value)}' if value else ''}"
    return f"{says}{f' by {by}' if by else ''}"


def _who(person: Mapping[str, Any] | None) -> str:
    return _line(person["name"] or person["email"] or "") if person else ""


def _line(text: str, most: int = 150) -> str:
    """One line, not too long."""
    plain = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def _no_mention(text: str) -> str:
    """A word joiner behind each @: chats that read @here or @everyone anywhere (Mattermost does) find none."""
    return text.replace("@", "@\N{WORD JOINER}")


def _slack_escaped(text: str) -> str:
    """Of Slack's markup &, < and > carry mentions and links; its stars and underlines are looks only."""
    return _no_mention(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


def _slack_link(text: str, url: str) -> str:
    return f"<{url}|{text}>"


def _discord_escaped(text: str) -> str:
    return _no_mention(re.sub(r"([\\*_~`|>#<\[\]():\-])", r"\\\1", text))


def _discord_link(text: str, url: str) -> str:
    return f"[{text}](<{url}>)"
