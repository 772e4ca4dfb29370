"""What agents command by mail, what they may not, and what comes of it: the tables of the stories.

In a text {tag} is the ticket itself, {other} another ticket, {third} the mailbox of somebody of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Told = dict[str, list[str]]


@dataclass(frozen=True)
class Story:
    """Bob's mail `text` (after his mail `first`): the fields it changes, who is mailed what, what stands on the ticket then.

    Where nothing proves that Bob wrote it (`proof` False) it is the reply address alone that speaks for him.
    """

    text: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    told: Told = field(default_factory=dict)
    said: tuple[tuple[str, str], ...] = ()
    first: str = ""
    proof: bool = False

    @property
    def name(self) -> str:
        return (f"{self.first} | " if self.first else "") + self.text


RESOLVED = {"status": "resolved"}
BEGUN = {"status": "in_progress"}  # by any answer that says nothing else
HEARD: Told = {"alice": ["status"]}
ANSWERED: Told = {"alice": ["reply"]}

MERGED = "We go on with this in {other}, so that everything about it stays together. Your answers to this mail arrive there."

DONE = (
    Story("#progress", {"status": "in_progress"}),
    Story("#resolved", RESOLVED, HEARD),
    Story("#Solved.", RESOLVED, HEARD),
    Story("/done", RESOLVED, HEARD),
    Story("#closed", {"status": "closed"}, HEARD),
    Story("#open", {"status": "open"}, HEARD, first="#resolved"),
    Story("#reopen", {"status": "open"}, HEARD, first="#closed"),
    Story("#status in progress", {"status": "in_progress"}),
    Story("#take", {"assignee": "bob"}),
    Story("#mine", {"assignee": "bob"}),
    Story("#assign dora", {"assignee": "dora"}, {"dora": ["assignment"]}),
    Story("#assign Dora Dean", {"assignee": "dora"}, {"dora": ["assignment"]}),
    Story("#assign none", {"assignee": None}, first="#assign dora"),
    Story("#priority high", {"priority": "high"}),
    Story("#type bug", {"type": "bug"}),
    Story("#tag fire -water", {"tags": ["fire"]}, first="#tag water"),
    Story("#subject Printer in flames", {"title": "Printer in flames"}),
    Story("#snooze 3d", {"snoozed": True}),
    Story("#mute"),
    Story("#known on", {"is_public": True}, proof=True),
    Story("#known off", {"is_public": False}, first="#known on", proof=True),
    Story("#cc {third}", proof=True),
    Story("#requester {third}", {"reporter": "charlie"}, proof=True),
    Story("#spam", {"status": "closed", "tags": ["spam"]}, proof=True),
    Story("#merge {other}", {"status": "closed"}, ANSWERED, (("public", MERGED),), proof=True),
    Story("#show", told={"bob": ["show"]}),
    Story("#help", told={"bob": ["help_card"]}),
    Story("#undo", {"priority": "medium"}, {"bob": ["receipt"]}, first="#priority high"),
    Story("#send", told={"bob": ["receipt"]}),
    Story("#discard", told={"bob": ["receipt"]}),
    # with words of bob's own
    Story("Put it out.", BEGUN, ANSWERED, (("public", "Put it out."),)),
    Story("#reply\nPut it out.", BEGUN, ANSWERED, (("public", "Put it out."),)),
    Story("#note\nBETWEENUS she pays.", {}, {}, (("note", "BETWEENUS she pays."),)),
    Story("BETWEENUS: @dora knows.\n\n/note", {}, {"dora": ["note"]}, (("note", "BETWEENUS: @dora knows."),)),
    Story("#Resolved\n\nPut it out.", RESOLVED, ANSWERED, (("public", "Put it out."),)),
    Story("Put it out.\n\n#resolved\n#tag fire", {**RESOLVED, "tags": ["fire"]}, ANSWERED, (("public", "Put it out."),)),
    Story("#assign dora\n\nPut it out.", {**BEGUN, "assignee": "dora"}, {**ANSWERED, "dora": ["assignment"]}, (("public", "Put it out."),)),
    Story("Put it out.", BEGUN, {**ANSWERED, "dora": ["comment"]}, (("public", "Put it out."),), first="#assign dora"),
    Story("# 3 apples\n#12\n\nPut it out.", BEGUN, ANSWERED, (("public", "# 3 apples\n#12\n\nPut it out."),)),
    # canned responses: text, placeholders, actions, and what bob wrote himself wins
    Story("#macro restart", BEGUN, ANSWERED, (("public", "Restart it, Alice."),)),
    Story("#m rest\n\nThen wait.", BEGUN, ANSWERED, (("public", "Restart it, Alice.\n\nThen wait."),)),
    Story("Wait.\n\n#canned Restart it", BEGUN, ANSWERED, (("public", "Wait.\n\nRestart it, Alice."),)),
    Story("#macro refund", {**RESOLVED, "tags": ["money"], "assignee": "bob"}, ANSWERED,
          (("public", "Hello Alice, {tag}: the money comes. Bob"),)),
    Story("#macro refund\n#progress", {"status": "in_progress", "tags": ["money"], "assignee": "bob"}, ANSWERED,
          (("public", "Hello Alice, {tag}: the money comes. Bob"),)),
    Story("#note\n#macro restart", {}, {}, (("note", "Restart it, Alice."),)),
)  # fmt: skip

# text, the bad line as it is shown, what is said of it, and what it is asked whether it was meant
REFUSED: tuple[tuple[str, str, str, str | None], ...] = (
    ("#resovled", "#resovled", "there is no command #resovled", "#resolved"),
    ("#prioritty high", "#prioritty high", "there is no command", "#priority high"),
    ("#xyzzy", "#xyzzy", "there is no command #xyzzy", None),
    ("#priority hihg", "#priority hihg", "the value is one of: low", "#priority high"),
    ("#status xyz", "#status xyz", "the value is one of: open", None),
    ("#type", "#type", "the value is one of: bug", None),
    ("#resolved for now", "#resolved for now", "takes no value", None),
    ("#tag ???", "#tag ???", "is no tag", None),
    ("#snooze soon", "#snooze soon", "how long?", None),
    ("#subject", "#subject", "the text is missing", None),
    ("#cc nobody", "#cc nobody", "is no mail address", None),
    ("#merge that one", "#merge that one", "a ticket is named like ELM-7", None),
    ("Hello.\n\n#resolved\n\nBye.", "#resolved", "this one is in the middle", None),
    ("Hello.\n\n#resovled\n\nBye.", "#resovled", "there is no command #resovled", "#resolved"),
    ("#resolved\n#closed", "#closed", "this contradicts line 1", None),
    ("#note\n#reply", "#reply", "this contradicts line 1", None),
    ("#assign nobody-here", "#assign nobody-here", "There is no single agent", None),
    ("#macro restrat", "#macro restrat", "“restart”", None),
    ("#macro re", "#macro re", "“refund” or “restart”", None),
    ("#merge {tag}", "#merge {tag}", "cannot be merged into itself", None),
    ("#merge ELM-99999", "#merge ELM-99999", "There is no ticket", None),
    ("#cc dora@agents.example", "#cc dora@agents.example", "agents are never in copy", None),
    ("#requester dora@agents.example", "#requester dora@agents.example", "An agent is no requester", None),
    ("#spam", "#spam", "would go to the sender of spam", None),
    ("#send\n#take", "#send", "stands alone", None),
    ("#discard", "#discard", "stands alone", None),
    ("#undo", "#undo", "stands alone", None),
)  # fmt: skip

DESTRUCTIVE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("#known on", {"is_public": True}),
    ("#merge {other}", {"status": "closed"}),
    ("#cc {third}", {}),
    ("#requester {third}", {"reporter": "charlie"}),
    ("#spam", {"status": "closed", "tags": ["spam"]}),
)
