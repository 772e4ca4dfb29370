"""Agents hand customers' mail over and answer from their own client, over real SMTP: whose ticket it is, who hears, one thread each."""

from __future__ import annotations

from collections.abc import Iterable
from email import message_from_bytes
from email.message import Message

from tests.letters import letter
from tests.stories.ladder_mails import answering, judged, person, proved, reply_to, spec, text_of
from tests.stories.ladder_world import BOB, OUR_STAFF, Ladder
from tests.stories.world import US

DORA = f"Dora Agent <dora@{OUR_STAFF}>"


def threads(mails: Iterable[bytes]) -> int:
    """How many threads a client shows that joins mails by References and In-Reply-To alone (JWZ), in a folder of these."""
    parents: dict[str, str] = {}

    def root(one: str) -> str:
        while parents.setdefault(one, one) != one:
            one = parents[one]
        return one

    parsed = [message_from_bytes(raw) for raw in mails]
    for mail in parsed:
        ids = _ids(mail)
        for other in ids[1:]:
            parents[root(other)] = root(ids[0])
    return len({root(_ids(mail)[0]) for mail in parsed})


def _ids(mail: Message) -> list[str]:
    return [str(mail["Message-ID"]).strip(), *f"{mail['References'] or ''} {mail['In-Reply-To'] or ''}".split()]


def test_a_customers_mail_that_an_agent_forwards_is_the_customers_ticket_and_their_answer_joins_it(ladder: Ladder) -> None:
    jane = person("jane", "forward")
    original = "<jane-1@forward.example.com>"
    text = (
        f"Please help her.\n\n-- \nBob\n+49 555 0101\n\n---------- Forwarded message ---------\nFrom: {jane}\n"
        "Date: Wed, May 3, 2023 at 10:00 AM\nSubject: Door\nTo: <bob@elsewhere.example>\n\nIt squeaks.\n"
    )
    raw = letter(BOB, US, "Fwd: Door", text, in_reply_to=original, references=original, message_id="f1@bobs-laptop.example")
    became = ladder.post(judged(raw, proved(BOB)))
    assert (became.state, became.told) == ("ticket", {}), "Jane did not write to us, and is not surprised"
    opened = became.told_staff[spec(BOB)]
    assert f"Opened {became.tag} for Jane <{spec(jane)}>. Wrong? Reply: #requester" in text_of(opened)

    # bob answers that mail: Jane gets it in the thread that she began
    answered = ladder.post(judged(answering(opened, BOB, "We bring oil."), proved(BOB)), to=reply_to(opened))
    reply = answered.told[spec(jane)]
    assert "We bring oil." in text_of(reply)
    assert reply.message["In-Reply-To"] == original
    for secret in (b"bobs-laptop", b"555 0101", b"agents.example", b"Please help her"):
        assert secret not in reply.content
    assert threads([letter(jane, BOB, "Door", "It squeaks.", message_id=original.strip("<>")), reply.content]) == 1

    # her next mail goes to Bob as before, with us in copy
    again = letter(jane, f"bob@elsewhere.example, {US}", "Re: Door", "Thanks, it still squeaks.", references=original)
    assert ladder.post(again).ticket == became.ticket


def test_an_agent_corrects_whose_it_is_by_a_reply(ladder: Ladder) -> None:
    jane, alice = person("jane", "correct"), person("alice", "correct")
    text = f"From: {jane}\nSent: Wednesday, May 3, 2023 10:00 AM\nTo: Bob\nSubject: Window\n\nIt is broken."
    became = ladder.post(judged(letter(BOB, US, "WG: Window", text), proved(BOB)))
    opened = became.told_staff[spec(BOB)]
    ladder.post(judged(answering(opened, BOB, f"#requester {spec(alice)}"), proved(BOB)), to=reply_to(opened))
    assert list(ladder.reply(became.tag, "We come on Monday.")) == [spec(alice)]


def test_two_agents_and_the_customer_each_see_one_thread(ladder: Ladder) -> None:
    alice = person("alice", "threads")
    with ladder.colleague(DORA):
        first = letter(alice, US, "Heating", "It is cold.", message_id="cold@threads.example.com")
        became = ladder.post(first)
        boxes: dict[str, list[bytes]] = {spec(alice): [first], spec(BOB): [], spec(DORA): []}

        def filed(sent: Iterable[object]) -> None:
            for one in sent:
                boxes[one.rcpt_to[0]].append(one.content)  # type: ignore[attr-defined]

        def writes(sender: str, raw: bytes, to: str) -> None:
            boxes[spec(sender)].append(raw)
            filed(ladder.post(raw, to=to).sent)

        filed(became.sent)
        notice = became.told_staff[spec(BOB)]
        # bob answers by mail, alice answers to all, dora who knows only her own notifications leaves a note and takes it
        writes(BOB, judged(answering(notice, BOB, "Which room?"), proved(BOB)), reply_to(notice))
        asked = next(one for one in reversed(ladder.sink.received) if one.rcpt_to[0] == spec(alice))
        writes(alice, answering(asked, alice, "All of them."), reply_to(asked))
        told = next(one for one in reversed(ladder.sink.received) if one.rcpt_to[0] == spec(DORA))
        writes(DORA, judged(answering(told, DORA, "#take\n#note\nThe boiler again, @bob."), proved(DORA)), reply_to(told))
        writes(DORA, judged(answering(told, DORA, "#send\nWe come."), proved(DORA)), reply_to(told))
        assert [(who, threads(mails)) for who, mails in boxes.items()] == [(who, 1) for who in boxes]
        assert all(len(mails) >= 3 for mails in boxes.values()), {who: len(mails) for who, mails in boxes.items()}
