"""Which files of an agent's mail the requester gets."""

from __future__ import annotations

import base64

import pytest
from sqlalchemy import select

from helpdesk.models import Attachment, InboundMail
from tests.mail_ingest.mails import part
from tests.mail_ingest.staff.world import BOB, JUDGE, World

SIGNATURE = "Bob Builder\nBuilder Ltd\n+49 30 1234567"


def writes(world: World, number: int, *parts: bytes) -> InboundMail:
    """Bob's answer of these parts."""
    token = world.token(number)
    head = (
        f"From: {BOB}\r\nTo: {token}\r\nSubject: Re: Printer\r\nMessage-ID: <files-{number}-{len(parts)}@client.example>\r\n"
        f"Authentication-Results: {JUDGE}; dkim=pass header.d=help.test\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="frontier"\r\n\r\n'
    )
    body = b"".join(b"--frontier\r\n" + one + b"\r\n" for one in parts) + b"--frontier--\r\n"
    return world.arrives(head.encode() + body, to=token)


def named(kind: str, name: str, content: bytes = b"x", *fields: str) -> bytes:
    """A file."""
    return part(f'{kind}; name="{name}"', content, f'Content-Disposition: attachment; filename="{name}"', *fields)


def image(cid: str) -> bytes:
    """A picture of the HTML."""
    return part(f'image/png; name="{cid}.png"', b"png", f"Content-ID: <{cid}@client.example>", "Content-Disposition: inline")


def attached(world: World) -> list[str]:
    """What stands on tickets."""
    with world.session() as session:
        return list(session.scalars(select(Attachment.filename).order_by(Attachment.filename)))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("application/pkcs7-mime", "smime.p7m"),
        ("application/octet-stream", "smime.p7s"),
        ("application/ms-tnef", "winmail.dat"),
        ("application/octet-stream", "winmail.dat"),
        ("application/octet-stream", "Bob.vcf"),
        ("application/octet-stream", "OpenPGP_0x1.asc"),
    ],
)
def test_what_a_program_adds_is_left_out_and_named(world: World, kind: str, name: str) -> None:
    number = world.alice_writes()
    row = writes(world, number, part("text/plain", "Use water."), named(kind, name), named("application/pdf", "plan.pdf"))
    assert (row.state, attached(world)) == ("comment", ["plan.pdf"])
    assert name in row.trace["result"]["reason"]


def test_a_picture_goes_where_it_stands_in_the_answer_and_the_logo_of_the_signature_does_not(world: World) -> None:
    number = world.alice_writes()
    world.prefers(signature=SIGNATURE)
    shown = "<br>".join(SIGNATURE.split("\n"))
    page = (
        '<html><body><p>Turn this:</p><p><img src="cid:shot@client.example"></p><p>It must go round.</p>'
        f'<p>{shown}<br><img src="cid:logo@client.example"></p></body></html>'
    )
    row = writes(world, number, part("text/html; charset=utf-8", page), image("shot"), image("logo"))
    assert (row.state, attached(world)) == ("comment", ["shot.png"]), row.trace
    assert world.said(number)[0][1].endswith("It must go round.")


def test_a_note_keeps_all_files(world: World) -> None:
    number = world.alice_writes()
    writes(world, number, part("text/plain", "#note\nLook."), named("text/vcard", "Alice.vcf"))
    assert attached(world) == ["Alice.vcf"]


@pytest.mark.parametrize("encoded", [False, True])
@pytest.mark.parametrize("name", ["notice.eml", "notice.msg"])
def test_a_mail_of_ours_that_is_attached_holds_the_answer(world: World, encoded: bool, name: str) -> None:
    number = world.alice_writes()
    words = f"see {world.token(number)} for more " * 3
    inner = base64.encodebytes(words.encode()).decode() if encoded else words
    content = base64.encodebytes(f"From: a@example.org\n\n{inner}".encode())
    row = writes(
        world, number, part("text/plain", "As I wrote."), named("application/octet-stream", name, content, "Content-Transfer-Encoding: base64")
    )  # fmt: skip
    assert (row.state, "reply address of ours" in str(row.held_reason), world.said(number)) == ("held", True, [])
