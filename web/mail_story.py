"""What was made of a mail, step by step, in words: from the trace that its row keeps. For the playground and the ticket page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from helpdesk import held_mail
from helpdesk.models import InboundMail, InboundState, OutboxMessage

WAITING = ("Parsed", "Judged", "Classified", "Routed", "Cut", "Commands", "Result", "Mails out")
VERDICTS = {
    "pass": "The sender is proved.",
    "none": "Nothing proves or disproves the sender.",
    "fail": "The sender's domain disowns this mail.",
    "temperror": "The sender could not be checked: DNS did not answer.",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One stage: `state` is done, running, waiting, skipped or bad; `code` names the rule that decided."""

    name: str
    state: str
    line: str
    code: str | None = None
    detail: str | None = None


def steps(row: InboundMail, told: list[OutboxMessage], prefix: str) -> list[Step]:
    """Each stage of this mail in order; those to come are waiting. `told` is what it caused to be sent."""
    accepted = Step("Accepted", "done", f"{row.size:,} bytes, committed to the database before the 250.", f"mail {row.id}")
    trace: dict[str, Any] = row.trace or {}
    if "result" not in trace:
        broken = row.attempts > 0
        now = Step("Parsed", "bad" if broken else "running", "A try failed; the next one comes." if broken else "Being read …")
        return [accepted, now, *(Step(name, "waiting", "") for name in WAITING[1:])]
    return [
        accepted,
        _parsed(trace["parsed"]),
        Step("Judged", "done", VERDICTS[trace["judged"]["verdict"]], trace["judged"]["verdict"].upper(), trace["judged"]["detail"]),
        _classified(trace["classified"]),
        *_routed(trace, prefix),
        _cut(trace),
        _commands(trace["result"]),
        _result(row, trace["result"], prefix),
        _told(told),
    ]


def outcome(row: InboundMail, prefix: str) -> tuple[str, str]:
    """(what became of it, in a few words; its tone: good, warn, bad or "")."""
    tag = f"{prefix}-{row.ticket_number:03d}" if row.ticket_number is not None else ""
    match row.state:
        case InboundState.TICKET:
            return f"New ticket {tag}", "good"
        case InboundState.COMMENT:
            return f"Message on {tag}", "good"
        case InboundState.COMMAND:
            return f"Commands on {tag}", "good"
        case InboundState.HELD:
            why = held_mail.why(row.held_number, row.held_reason)
            return f"Held{f' ({why.code})' if why.code else ''}: {why.detail or why.reason}", "bad"
        case InboundState.RECEIVED:
            return "On its way", ""
        case _:
            return str(row.state).capitalize(), "warn"


def _parsed(parsed: dict[str, Any]) -> Step:
    files = parsed["attachments"]
    line = f"From {', '.join(parsed['from']) or 'nobody'}{f', {files} file' + ('s' if files > 1 else '') if files else ''}."
    return Step("Parsed", "done", line, detail="Defects: " + ", ".join(parsed["defects"]) if parsed["defects"] else None)


def _classified(classified: dict[str, Any]) -> Step:
    words = {"person": "A person wrote it.", "auto-replied": "An automatic reply.", "auto-generated": "A machine wrote it."}
    return Step(
        "Classified", "done", words.get(classified["kind"], classified["kind"]), classified["rule"], classified["reason"] or None
    )


def _routed(trace: dict[str, Any], prefix: str) -> list[Step]:
    routed = trace.get("routed")
    if routed is None:
        return [Step("Routed", "skipped", "Such a mail belongs to no ticket.")]
    where = (
        f"It belongs to {prefix}-{routed['ticket']:03d}."
        if routed["ticket"]
        else "It names no ticket that its sender takes part in."
    )
    tried = "Tried before: " + ", ".join(routed["tried"]) if routed["tried"] else None
    return [Step("Routed", "done", where, routed["rung"], tried)]


def _cut(trace: dict[str, Any]) -> Step:
    cut = trace.get("cut")
    if cut is None or not (cut["trimmed"] or cut["signature"]):
        return Step("Cut", "skipped", "Nothing to cut: every word is new.")
    parts = [f"{cut['trimmed']} characters of quoted text"] if cut["trimmed"] else []
    parts += [f"a signature of {cut['signature']} characters"] if cut["signature"] else []
    return Step("Cut", "done", f"{' and '.join(parts).capitalize()}: kept, and folded.", cut["by"])


def _commands(result: dict[str, Any]) -> Step:
    done = result.get("commands") or ()
    return Step("Commands", "done", ", ".join(done)) if done else Step("Commands", "skipped", "None.")


def _result(row: InboundMail, result: dict[str, Any], prefix: str) -> Step:
    words, tone = outcome(row, prefix)
    return Step("Result", "bad" if tone == "bad" else "done", f"{words}.", detail=result["reason"] or None)


def _told(told: list[OutboxMessage]) -> Step:
    if not told:
        return Step("Mails out", "skipped", "Nobody is told.")
    lines = [f"{message.kind.replace('_', ' ')} to {message.recipient}: {message.state}" for message in told]
    return Step("Mails out", "done", f"{len(told)} mail{'s' if len(told) > 1 else ''}.", detail="\n".join(lines))
