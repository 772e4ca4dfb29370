"""What an agent types into each mail program, and nothing else, is posted and run: parse, cut, read, for every shape of reply."""

from __future__ import annotations

import pytest

from mail_ingest import commands, parse, reply_text
from mail_ingest.mail import CommandBlock
from mail_ingest.quotes import questions
from tests.client_shapes import CLIENTS, Client
from tests.client_shapes.apple import corrected
from tests.client_shapes.shape import Typed, Writer, html_part, mail, original
from tests.workers.facts_of import outgoing
from workers import compose
from workers.outgoing import MessageFacts

QUESTION = MessageFacts(
    "Alice",
    False,
    "I was charged twice.\n\nThe first time was on Monday.\nThe second one on Friday, at noon.\n\n#closed\n\nThank you!\nAlice",
)
NOTICE = compose.compose(outgoing("comment", message=QUESTION))
ANSWERED = original(NOTICE.mime)
BOB = Writer("Bob Builder", "bob@agents.example")
SIGNED = Writer(
    "Bob Builder",
    "bob@agents.example",
    (
        "Kind regards", "Bob Builder", "Senior Support Engineer", "Building & Sons Ltd.", "12 High Street, 10115 Berlin",
        "T +49 30 555 0101", "M +49 170 555 0102", "bob@agents.example | www.agents.example",
    ),
)  # fmt: skip
ANSWER = "Dear Alice,\n\nthe money is on its way.\nIt takes three days: the bank is slow.\n\nDid that answer your question?"
BLOCK = "#macro refund\n#resolved"
RUN = [("macro", "refund"), ("status", "resolved")]
# what must never be posted: of the signature, of the quote, of our own lines in it
NEVER = ("0101", "High Street", "agents.example", "Sent from", "Get Outlook", "Proton", "charged twice", "on Monday", "as a public answer",
         "support+", "ELM-001", "wrote:", "#closed", "By mail", "Alice wrote", "Original", "Subject")  # fmt: skip

TYPED = {
    "commands on top": (Typed(top=f"{BLOCK}\n\n{ANSWER}"), ANSWER, RUN),
    "commands below the text": (Typed(top=f"{ANSWER}\n\n{BLOCK}"), ANSWER, RUN),
    "commands right below the text": (Typed(top=f"{ANSWER}\n{BLOCK}"), ANSWER, RUN),
    "commands on both sides": (Typed(top=f"#macro refund\n{ANSWER}\n\n#resolved"), ANSWER, RUN),
    "commands with capitals": (Typed(top=f"#Macro refund\n#Resolved\n\n{ANSWER}"), ANSWER, RUN),
    "commands only": (Typed(top=BLOCK), "", RUN),
    "one command only": (Typed(top="#Resolved"), "", RUN[1:]),
    "no command": (Typed(top=ANSWER), ANSWER, []),
    "one word": (Typed(top="Yes."), "Yes.", []),
    "a value with an address": (
        Typed(top=f"#assign dora@agents.example\n#tag Money bank\n\n{ANSWER}"),
        ANSWER,
        [("assign", "dora@agents.example"), ("tag", "money bank")],
    ),
    "below the quote": (Typed(bottom=f"{ANSWER}\n\n{BLOCK}"), ANSWER, RUN),
    "below the quote, commands first": (Typed(bottom=f"{BLOCK}\n\n{ANSWER}"), ANSWER, RUN),
    "below the quote, commands only": (Typed(bottom=BLOCK), "", RUN),
    "commands above and the text below the quote": (Typed(top=BLOCK, bottom=ANSWER), ANSWER, RUN),
}  # fmt: skip


def read(raw: bytes, sent: tuple[str, ...]) -> CommandBlock:
    """As `process` and `staff_mail` do."""
    parsed = parse.parse(raw)
    name = parsed.sender.name if parsed.sender else ""
    reply = reply_text.visible(parsed.text, parsed.html, sent, sender_name=name)
    return commands.read("" if reply.cut_by == reply_text.NOTHING_LEFT else reply.visible)


def as_typed(client: Client, text: str) -> str:
    return "\n".join(corrected(text.split("\n"))) if client.corrects else text


def cases() -> list[tuple[str, str, Writer]]:
    found = []
    for name, client in CLIENTS.items():
        for what, (typed, _, _) in TYPED.items():
            if (typed.bottom and "bottom" in client.places) or not typed.bottom:
                found += [(name, what, writer) for writer in ((BOB, SIGNED) if client.signs else (BOB,))]
    return found


@pytest.mark.parametrize("kept", [True, False], ids=["we know what we sent", "the sent text is gone"])
@pytest.mark.parametrize(
    ("name", "what", "writer"),
    cases(),
    ids=[f"{name}: {what}{', signed' if writer.signature else ''}" for name, what, writer in cases()],
)
def test_exactly_what_was_typed_is_posted_and_run(name: str, what: str, writer: Writer, kept: bool) -> None:
    client = CLIENTS[name]
    typed, text, run = TYPED[what]
    block = read(client.write(ANSWERED, writer, typed), (NOTICE.body_text,) if kept else ())
    assert block.problems == ()
    assert [(command.name, command.value.lower()) for command in block.commands] == run
    assert block.text.strip() == as_typed(client, text)
    assert not [word for word in NEVER if word in block.text]


# ------------------------------------------------------------------------------------------------ answers between quoted lines

BETWEEN = Typed(
    top="#take\nHello Alice,",
    between=(("on Monday", "That one we have paid back."), ("at noon", "This one is on its way.\nIt takes three days.")),
    bottom="Is that all?\n\n#resolved",
)
QUESTIONS_AND_ANSWERS = """Hello Alice,

> I was charged twice.
>
> The first time was on Monday.

That one we have paid back.

> The second one on Friday, at noon.

This one is on its way.
It takes three days.

{}Is that all?"""


@pytest.mark.parametrize("kept", [True, False], ids=["we know what we sent", "the sent text is gone"])
@pytest.mark.parametrize("name", [name for name, client in CLIENTS.items() if "between" in client.places])
def test_answers_between_quoted_lines_are_posted_with_their_questions_and_nothing_else(name: str, kept: bool) -> None:
    block = read(CLIENTS[name].write(ANSWERED, BOB, BETWEEN), (NOTICE.body_text,) if kept else ())
    assert block.problems == ()
    assert [(command.name, command.value) for command in block.commands] == [("take", ""), ("status", "resolved")]
    posted = questions.kept(block.text, [QUESTION.content], [NOTICE.body_text, questions.as_quoted(NOTICE.mime)])
    assert posted == QUESTIONS_AND_ANSWERS.format("> #closed\n>\n> Thank you!\n> Alice\n\n")


# ------------------------------------------------------------------------------------------------- how editors write command lines

SOUP = {
    "hard blanks": "<div>#macro&nbsp;refund</div><div>#resolved&nbsp;</div><div>&nbsp;</div><div>Done.</div>",
    "breaks": "#macro refund<br>#resolved<br><br>Done.",
    "breaks in a paragraph": "<p>#macro refund<br>\n#resolved</p><p>Done.</p>",
    "spans": "<p><span>#</span><span>macro</span> <span>refund</span></p><p><span lang=EN-US>#resolved</span></p><p>Done.</p>",
    "bold": "<div><b>#macro refund</b></div><div><strong><em>#resolved</em></strong></div><div>Done.</div>",
    "nested divs": "<div><div><div>#macro refund</div><div><div>#resolved<br></div></div></div><div><br></div><div>Done.</div></div>",
    "a table": "<table><tr><td>#macro refund</td></tr><tr><td>#resolved</td></tr><tr><td>Done.</td></tr></table>",
    "white space": "\n  <div>\n  #macro\n  refund\n  </div>\n\n  <div>\t#resolved\t</div>\n<div>Done.</div>",
    "invisible signs": "<div>\ufeff#macro\u200b refund</div><div>&#8203;#resolved&shy;</div><div>Done.</div>",
    "entities": "<div>&#35;macro refund</div><div>&num;resolved</div><div>Done.</div>",
    "capitals and a full stop": "<div>#Macro Refund</div><div>#Resolved.</div><div>Done.</div>",
    "at the end": "<div>Done.</div><div>#macro refund</div><div>#resolved</div><div><br></div><div>&nbsp;</div>",
    "Word": "<p class=MsoNormal>#macro refund<o:p></o:p></p><p class=MsoNormal>#resolved<o:p></o:p></p><p class=MsoNormal>Done.<o:p></o:p></p>",
    "a hashtag link": '<div>#macro refund</div><div><a href="https://mail.example/tags/resolved">#resolved</a></div><div>Done.</div>',
}


@pytest.mark.parametrize("html", SOUP.values(), ids=SOUP.keys())
def test_command_lines_are_found_whatever_an_editor_makes_of_them(html: str) -> None:
    client = html_part(f"<html><body>{html}{_QUOTE}</body></html>")
    block = read(mail(BOB, ANSWERED, client, domain="client.example"), ())
    assert block.problems == ()
    assert [(command.name, command.value.lower()) for command in block.commands] == RUN
    assert block.text.strip() == "Done."


_QUOTE = f'<div class="gmail_quote"><div class="gmail_attr">On 1 March Alice wrote:</div><blockquote class="gmail_quote">{ANSWERED.html}</blockquote></div>'


@pytest.mark.parametrize(
    "text", ["dora@agents.example<mailto:dora@agents.example>", "dora@agents.example <mailto:dora@agents.example>"]
)
def test_an_address_that_was_made_a_link_is_still_an_address(text: str) -> None:
    block = commands.read(f"#assign {text}\n#cc {text}\n\nDone.")
    assert [(command.name, command.value) for command in block.commands] == [
        ("assign", "dora@agents.example"),
        ("cc", "dora@agents.example"),
    ]


# ------------------------------------------------------------------------------------------------------------------- signatures

SIGNATURES = {
    "a closing and a name": ("Best,", "Bob"),
    "a name, a title and numbers": ("Bob Builder", "Senior Support Engineer", "T +49 30 555 0101", "www.agents.example"),
    "a closing, blank lines, a card": (
        "Kind regards,", "", "Bob Builder", "Senior Support Engineer", "", "Building & Sons Ltd.", "T +49 30 555 0101",
        "bob@agents.example", "www.agents.example",
    ),
    "a card and a disclaimer": (
        "Kind regards,", "", "Bob Builder", "Building & Sons Ltd. | T +49 30 555 0101 | www.agents.example", "",
        "This e-mail is confidential. If you are not the intended recipient, please tell the sender and delete it.",
    ),
    "a closing with fourteen lines": (
        "Mit freundlichen Grüßen", "", "Bob Builder", "Senior Support Engineer", "Customer Care", "", "Building & Sons GmbH",
        "Hochstraße 12", "10115 Berlin", "Telefon: +49 30 555 0101", "Fax: +49 30 555 0102", "Mobil: +49 170 555 0103",
        "bob@agents.example", "www.agents.example",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name, client in CLIENTS.items() if client.signs])
@pytest.mark.parametrize("signature", SIGNATURES.values(), ids=SIGNATURES.keys())
def test_commands_stand_above_any_signature_and_nothing_of_it_is_posted(signature: tuple[str, ...], name: str) -> None:
    writer = Writer("Bob Builder", "bob@agents.example", signature)
    block = read(CLIENTS[name].write(ANSWERED, writer, TYPED["commands below the text"][0]), (NOTICE.body_text,))
    assert block.problems == ()
    assert [(command.name, command.value) for command in block.commands] == RUN
    assert block.text.strip() == ANSWER


def test_a_mail_that_is_about_a_disclaimer_keeps_it() -> None:
    text = "If you have received this in error, says my mail. What does that mean, and may I switch it off?"
    assert reply_text.visible(text, None).visible == text
