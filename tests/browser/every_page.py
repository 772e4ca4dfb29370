"""Where a browser finds every page: a GET route that is not named here fails the sweep."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk.models import CannedResponse, Comment, FaqEntry, InboundMail, OutboxMessage, Ticket, Webhook

ALICE, ADMIN = "alice@example.com", "ada@elm.example"


@dataclass(frozen=True)
class Visit:
    """A page of a route: its address, who looks (None: nobody is signed in), its status. `{...}` are made by the sweep."""

    path: str
    who: str | None = None
    status: int = 200


def staff(*paths: str) -> tuple[Visit, ...]:
    """As an administrator, who sees all there is."""
    return tuple(Visit(path, ADMIN) for path in paths)


VISITS: dict[str, tuple[Visit, ...]] = {
    "/": (Visit("/"),),
    "/submit": (Visit("/submit"),),
    "/submitted": (Visit("/submitted", status=404),),
    "/my-tickets": (Visit("/my-tickets"), Visit("/my-tickets", ALICE)),
    "/my-tickets/link": (Visit("/my-tickets/link?token={token}"),),
    "/ticket/{tag}": (Visit("/ticket/{alices}", ALICE),),
    "/known-issues": (Visit("/known-issues"), Visit("/known-issues?q=nothing+like+this")),
    "/known-issues/{tag}": (Visit("/known-issues/{issue}"),),
    "/known-issues/{tag}/me-too": (Visit("/known-issues/{issue}/me-too", status=404),),
    "/faq": (Visit("/faq"), Visit("/faq?q=calendar")),
    "/confirm-mail/{key}": (Visit("/confirm-mail/x", status=404),),
    "/unsubscribe/{key}": (Visit("/unsubscribe/x", status=404),),
    "/login": (Visit("/login"),),
    "/login/forgot": (Visit("/login/forgot"),),
    "/set-password/{key}": (Visit("/set-password/x", status=404),),
    "/playground": (Visit("/playground"),),
    "/api/docs": (Visit("/api/docs"),),
    "/api/docs/{group}": (Visit("/api/docs/tickets"),),
    "/admin": staff("/admin", "/admin?view=all", "/admin?view=mine&priority=critical&tag=none"),
    "/admin/views": staff("/admin/views"),
    "/admin/ticket/{tag}": staff("/admin/ticket/{alices}", "/admin/ticket/{long}", "/admin/ticket/{merged}"),
    "/admin/ticket/{tag}/merge": staff("/admin/ticket/{alices}/merge?into={long}"),
    "/admin/ticket/{tag}/split": staff("/admin/ticket/{long}/split"),
    "/admin/outbox": staff("/admin/outbox"),
    "/admin/outbox/{number}": staff("/admin/outbox/{mail}"),
    "/admin/held": staff("/admin/held"),
    "/admin/held/{number}": staff("/admin/held/{held}"),
    "/admin/canned": staff("/admin/canned"),
    "/admin/canned/new": staff("/admin/canned/new"),
    "/admin/canned/{number}": staff("/admin/canned/{canned}"),
    "/admin/people": staff("/admin/people"),
    "/admin/me": staff("/admin/me"),
    "/admin/security": staff("/admin/security"),
    "/admin/security/two-step": staff("/admin/security/two-step"),
    "/admin/tokens": staff("/admin/tokens"),
    "/admin/metrics": staff("/admin/metrics"),
    "/admin/audit": staff("/admin/audit"),
    "/admin/system": staff("/admin/system"),
    "/admin/faq": staff("/admin/faq"),
    "/admin/faq/new": staff("/admin/faq/new"),
    "/admin/faq/{number}": staff("/admin/faq/{entry}"),
    "/admin/webhooks": staff("/admin/webhooks"),
    "/admin/webhooks/new": staff("/admin/webhooks/new"),
    "/admin/webhooks/{number}": staff("/admin/webhooks/{webhook}"),
}
# what is no page of ours: files, feeds, tables, mails in their frames, answers to programs, and doors that lead on
NO_PAGES = {
    "/healthz", "/readyz", "/metrics", "/brand/style.css", "/brand/logo", "/known-issues.atom", "/known-issues.json",
    "/ticket/{tag}/files/{identifier}", "/ticket/{tag}/original/{message}", "/playground/mail/{number}.html",
    "/admin/ticket/{tag}/canned/{number}", "/admin/ticket/{tag}/original/{message}", "/admin/ticket/{tag}/raw/{number}",
    "/admin/outbox/{number}/html", "/admin/outbox/{number}/raw", "/admin/held/{number}/original", "/admin/held/{number}/raw",
    "/admin/metrics.csv", "/admin/audit.csv", "/login/sso", "/login/sso/callback",
    # these need a state of their own: test_first_start.py visits them
    "/setup", "/login/code", "/login/enrol",
}  # fmt: skip


def places(session: Session) -> dict[str, str]:
    """What the `{...}` in the addresses stand for, in a helpdesk with the demo's data and a webhook."""
    posted = select(Comment.ticket_number).where(~Comment.internal)
    alices = select(Ticket.number).where(Ticket.number.in_(posted), Ticket.requester.has(name="Alice Weber"))
    longest = select(Comment.ticket_number).group_by(Comment.ticket_number).order_by(func.count().desc())
    tags = {
        "alices": alices.limit(1),
        "long": longest.limit(1),
        "issue": select(func.min(Ticket.number)).where(Ticket.is_public),
        "merged": select(func.min(Ticket.number)).where(Ticket.merged_into.is_not(None)),
    }
    numbers = {
        "mail": select(func.max(OutboxMessage.id)),
        "held": select(func.min(InboundMail.id)).where(InboundMail.state == "held"),
        "canned": select(func.min(CannedResponse.id)),
        "entry": select(func.min(FaqEntry.id)),
        "webhook": select(func.min(Webhook.id)),
    }
    found = {name: session.scalar(wanted) for name, wanted in (tags | numbers).items()}
    assert None not in found.values(), f"the demo lacks one: {found}"
    shown = {name: f"ELM-{number:03d}" if name in tags else str(number) for name, number in found.items()}
    return shown | {"token": secrets.token_urlsafe(16)}
