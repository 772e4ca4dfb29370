"""A mail full of scripts, opened by an agent and by its requester: nothing of it runs, asks or reports home."""

from __future__ import annotations

import secrets
from email.message import EmailMessage

import pytest
from playwright.sync_api import Dialog, Page, Request

from tests.browser.demo import AGENT, US, Demo

EVIL = "https://evil.example"
PAYLOADS = (
    "<script>document.title='owned'</script>", "<img src=x onerror=\"document.title='owned'\">", "<svg onload=\"document.title='owned'\">",
    "<a href=\"javascript:document.title='owned'\">x</a>", "<iframe srcdoc=\"<script>parent.document.title='owned'</script>\"></iframe>",
    "<form action=/logout method=post><button>x</button></form>", "<body onpageshow=alert(1)>", "<details open ontoggle=alert(1)>x</details>",
    f"<img src={EVIL}/pixel>", f"<link rel=stylesheet href={EVIL}/css>", f"<style>@import url({EVIL}/css); body {{background: url({EVIL}/bg)}}</style>",
    f"<meta http-equiv=refresh content='0; url={EVIL}'>", f"<base href={EVIL}>", "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<input autofocus onfocus=alert(1)>", "<video><source onerror=alert(1)></video>", "\"><script>alert(1)</script>", "{{7*7}}${alert(1)}",
)  # fmt: skip


@pytest.fixture(scope="module")
def hostile(demo: Demo) -> tuple[str, str]:
    """The tag of its ticket, and its sender."""
    sender = f"mallory-{secrets.token_hex(4)}@hostile.example.net"
    mail = EmailMessage()
    mail["From"] = f'"<img src=x onerror=alert(1)> Mallory" <{sender}>'
    mail["To"] = US
    mail["Subject"] = "<script>alert(1)</script><img src=x onerror=alert(1)> hello"
    mail["Message-ID"] = f"<{sender}>"
    mail.set_content("\n".join(PAYLOADS))
    mail.add_alternative("<html><body><p>Hello</p>" + "\n".join(PAYLOADS) + "</body></html>", subtype="html")
    for name, kind in (("<img src=x onerror=alert(1)>.png", "png"), ('"><script>alert(1)</script>.svg', "svg+xml")):
        mail.add_attachment(
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", maintype="image", subtype=kind, filename=name
        )
    return demo.mailed(mail.as_bytes(), sender), sender


@pytest.mark.parametrize("whose", ["agent", "requester"])
def test_nothing_of_it_runs(whose: str, demo: Demo, hostile: tuple[str, str]) -> None:
    tag, sender = hostile
    page, _ = demo.page(AGENT if whose == "agent" else sender)
    dialogs: list[str] = []
    outside: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    def note(request: Request) -> None:
        if not request.url.startswith((demo.http, "data:", "about:")):
            outside.append(request.url)

    page.on("dialog", dismiss)
    page.on("request", note)
    paths = (
        (f"/admin/ticket/{tag}", "/admin?view=all", "/admin/people?q=mallory")
        if whose == "agent"
        else (f"/ticket/{tag}", "/my-tickets")
    )
    for path in paths:
        answer = page.goto(path, wait_until="networkidle")
        assert answer is not None
        assert answer.status == 200, path
        _open_all(page)
        assert "owned" not in page.title()
    assert "{{7*7}}" in page.goto(paths[0]).text()  # type: ignore[union-attr]
    page.context.close()
    assert (dialogs, outside) == ([], [])


def _open_all(page: Page) -> None:
    """Unfold what is folded, with the frames in which mails are laid out."""
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    page.wait_for_load_state("networkidle")
