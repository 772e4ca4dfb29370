"""What an agent's text commands: reads command lines at the top and at the bottom of it; runs nothing, knows no permission.

    mail    = [block] text [block]        after quote and signature were removed
    block   = command lines               the first, or the last, lines of the text
    command = "#" name [SP value] EOL     alone on its line, any case; "/" too for known names

`COMMANDS` (in `command_table`) is the whole table: the card of `#help` and the documentation are printed from it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from mail_ingest.command_table import COMMANDS, STATUS_NAMES, BadValue, Rule
from mail_ingest.mail import Command, CommandBlock, CommandProblem
from mail_ingest.quotes import marks
from mail_ingest.quotes.languages import fold
from mail_ingest.quotes.marks import Mark

MOST_COMMANDS = 50
MOST_PROBLEMS = 20
LONGEST_COMMAND = 500
_LOOKALIKE = 0.75

_NAMES = {name: rule for rule in COMMANDS for name in (rule.name, *rule.aliases)}
_LINE = re.compile(r"([#/])([^\W\d_][\w-]{0,39})(?:[.,;:!]{0,3}|[:=]? +(.*))")
_FOREIGN = frozenset((Mark.INTRODUCTION, Mark.HEADER, Mark.BANNER, Mark.FORWARD))


@dataclass(frozen=True, slots=True)
class _Line:
    """One line that has the form of a command: its rule (None for an unknown name), its value or what is wrong with it."""

    sign: str
    name: str
    rule: Rule | None
    given: str
    value: str
    bad: BadValue | None = None

    @property
    def runs(self) -> bool:
        return self.rule is not None and self.bad is None


def read(text: str) -> CommandBlock:
    """The first and last lines of an agent's own text are commands; with any problem nothing is to be done and nothing to be sent.

    `text` is `ReplyText.visible` (and "" where its `cut_by` is NOTHING_LEFT: then no word is the agent's). The top block is strict:
    an unknown name or a bad value is a problem. The bottom block takes known commands only. A line elsewhere that is exactly a
    command, or looks like a misspelt one, is a problem too (leak guard). Nothing at or below an introduction, a header block or a
    forward is read. A status command becomes `status` with the name of the status as value.
    """
    lines = text.split("\n")
    own = _own(lines)
    parsed = [_parse(line) if i < own else None for i, line in enumerate(lines)]
    top = _top(lines, parsed, own)
    bottom = _bottom(lines, parsed, top, own)
    commands: list[Command] = []
    problems: list[CommandProblem] = []
    for i, found in enumerate(parsed):
        if found is None:
            continue
        if found.rule is not None and found.bad is None and (i < top or i >= bottom):
            commands.append(_command(found.rule, found.value, i + 1, below=i >= bottom))
        elif i < top:
            problems.append(_problem(found, lines[i], i + 1))
        elif _leaks(found):
            problems.append(_leak(found, lines[i], i + 1))
    problems += _contradictions(commands, lines)
    rest = [*lines[top:bottom], *lines[own:]]
    return CommandBlock("\n".join(rest).strip("\n").rstrip(), tuple(commands), tuple(problems[:MOST_PROBLEMS]))


def card() -> str:
    """The card that `#help` mails: every command with its value and what it does, one a line."""
    shown = [(f"#{rule.name} {rule.usage}".rstrip(), rule) for rule in COMMANDS]
    width = max(len(form) for form, _ in shown)
    return "\n".join(f"{form:<{width}}  {rule.does}{_also(rule)}" for form, rule in shown)


def _also(rule: Rule) -> str:
    return f" (also {', '.join('#' + alias for alias in rule.aliases)})" if rule.aliases else ""


def _own(lines: Sequence[str]) -> int:
    """Where somebody else's words begin: commands are never read from there on."""
    return next((i for i, mark in enumerate(marks.mark(lines)) if mark in _FOREIGN), len(lines))


def _plain(line: str) -> str:
    """The line with one kind of blank, no invisible signs, no bold stars, and a narrow "#": what editors make of a command."""
    line = line.replace("\u00a0", " ").replace("\u202f", " ").replace("\t", " ").replace("＃", "#")
    line = re.sub(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]", "", line).strip()
    return line.strip("*_").strip() if line[:1] in "*_" else line


def _parse(line: str) -> _Line | None:
    plain = _plain(line[:LONGEST_COMMAND])
    match = _LINE.fullmatch(plain)
    if match is None:
        return None
    sign, given, value = match.group(1), match.group(2), (match.group(3) or "").strip()
    name = fold(given).rstrip("-_")
    rule = _NAMES.get(name) or _NAMES.get(name.replace("-", "_"))
    if rule is None:
        return _Line(sign, name, None, given, value) if sign == "#" else None
    if len(line) > LONGEST_COMMAND:
        return _Line(sign, name, rule, given, "", BadValue(f"the line is longer than {LONGEST_COMMAND} characters"))
    try:
        return _Line(sign, name, rule, given, rule.check(value))
    except BadValue as bad:
        return _Line(sign, name, rule, given, value, bad)


def _top(lines: Sequence[str], parsed: Sequence[_Line | None], own: int) -> int:
    top = i = 0
    while i < own and (parsed[i] is not None or not lines[i].strip()):
        top = i + 1 if parsed[i] is not None else top
        i += 1
    return top


def _bottom(lines: Sequence[str], parsed: Sequence[_Line | None], top: int, own: int) -> int:
    bottom = own
    for i in range(own - 1, top - 1, -1):
        found = parsed[i]
        if found is not None and found.runs:
            bottom = i
        elif lines[i].strip():
            break
    return bottom


def _command(rule: Rule, value: str, line: int, *, below: bool) -> Command:
    if rule.name in STATUS_NAMES:
        return Command("status", STATUS_NAMES[rule.name], line, below=below)
    return Command(rule.name, value, line, below=below)


def _problem(found: _Line, text: str, line: int) -> CommandProblem:
    shown = _shown(text)
    if found.bad is not None:
        return CommandProblem(line, shown, found.bad.reason, found.bad.suggestion)
    return CommandProblem(line, shown, f"there is no command #{found.given}", _similar(found))


def _leaks(found: _Line) -> bool:
    """Would this line, sent as text, be a command that went astray? Words after a command without a value make it text."""
    if found.rule is None:
        return not found.value and _similar(found) is not None
    return found.bad is None or (found.sign == "#" and found.rule.usage != "")


def _leak(found: _Line, text: str, line: int) -> CommandProblem:
    if not found.runs:
        return _problem(found, text, line)
    return CommandProblem(line, _shown(text), "a command stands first or last in the text; this one is in the middle")


def _shown(line: str) -> str:
    return line.strip()[:200]


def _similar(found: _Line) -> str | None:
    near = difflib.get_close_matches(found.name, list(_NAMES), n=1, cutoff=_LOOKALIKE)
    if not near:
        return None
    rule = _NAMES[near[0]]
    return f"#{rule.name} {found.value if rule.usage else ''}".rstrip()


def _contradictions(commands: Sequence[Command], lines: Sequence[str]) -> list[CommandProblem]:
    """Two different values for what can have one only, a note that is a reply, and more commands than anyone types."""
    problems: list[CommandProblem] = []
    seen: dict[str, Command] = {}
    for command in commands:
        key = {"note": "audience", "reply": "audience", "take": "assign"}.get(command.name, command.name)
        before = seen.setdefault(key, command)
        if key in _SINGLE and (before.name, before.value) != (command.name, command.value):
            reason = f"this contradicts line {before.line}: {lines[before.line - 1].strip()[:80]}"
            problems.append(CommandProblem(command.line, _shown(lines[command.line - 1]), reason))
    if len(commands) > MOST_COMMANDS:
        first = commands[MOST_COMMANDS].line
        reason = f"more than {MOST_COMMANDS} commands in one mail"
        problems.append(CommandProblem(first, _shown(lines[first - 1]), reason))
    return problems


_ONE_ONLY = ("audience", "status", "assign", "priority", "type", "known", "merge", "requester", "subject", "snooze", "send")
_SINGLE = frozenset(_ONE_ONLY)
