"""Mail of machines, told over real SMTP: out-of-office replies, lists, our own mail that comes back, and reports of delivery."""

from __future__ import annotations

from tests.letters import letter
from tests.stories.ladder_mails import (
    answering,
    judged,
    not_delivered,
    out_of_office,
    person,
    proved,
    reason,
    reply_to,
    spec,
    text_of,
)
from tests.stories.ladder_world import BOB, Ladder
from tests.stories.world import US

NOBODY = ""  # the null return path of reports (RFC 5321 section 4.5.5)


def test_an_out_of_office_reply_is_folded_on_its_ticket_and_moves_nobody(ladder: Ladder) -> None:
    alice = person("alice", "away")
    opened, acknowledgement = ladder.opens(alice, "Coffee", "There is none.")
    ladder.reply(opened.tag, "There is some.", status="resolved")
    to = reply_to(acknowledgement)
    became = ladder.post(out_of_office(alice, to), to=to, mail_from=NOBODY)
    assert (became.state, became.ticket, became.sent) == ("comment", opened.ticket, ())
    last = ladder.page(opened.tag).last
    assert (last.kind, last.rung, last.pending) == ("automatic", "participant_token", "")
    assert ladder.page(opened.tag).status == "Resolved"


def test_an_out_of_office_reply_of_somebody_else_waits_for_an_agent(ladder: Ladder) -> None:
    alice = person("alice", "deputy")
    opened, acknowledgement = ladder.opens(alice, "Tea", "There is none.")
    to = reply_to(acknowledgement)
    became = ladder.post(out_of_office(person("mallory", "deputy"), to), to=to, mail_from=NOBODY)
    assert (became.state, became.ticket, became.sent) == ("comment", opened.ticket, ())
    last = ladder.page(opened.tag).last
    assert (last.kind, last.rung, last.pending != "") == ("automatic", "forwarded_token", True)


def test_an_out_of_office_reply_to_nothing_of_ours_is_held(ladder: Ladder) -> None:
    became = ladder.post(out_of_office(person("alice", "robot"), US))
    assert (became.state, became.ticket, became.sent) == ("held", None, ())
    assert ladder.why_held(became) == ("H9", "new", None)


def test_a_mail_from_a_list_is_a_ticket_without_acknowledgement_and_its_readers_may_answer(ladder: Ladder) -> None:
    alice = person("alice", "list")
    became = ladder.post(letter(alice, US, "[users] Release", "It is out.", list_id="<users.list.example.com>"))
    assert (became.state, became.told) == ("ticket", {})
    assert list(became.told_staff) == [spec(BOB)]
    # a participant whose mail went through a list is a person all the same
    to = reply_to(ladder.reply(became.tag, "What is new?")[spec(alice)])
    again = ladder.post(letter(alice, to, "Re: Release", "Everything.", precedence="list"), to=to)
    assert (again.state, again.ticket, list(again.told_staff)) == ("comment", became.ticket, [spec(BOB)])
    assert ladder.page(became.tag).last.kind == "requester"


def test_our_own_mail_that_comes_back_ends_as_a_loop_and_does_nothing_else(ladder: Ladder) -> None:
    alice = person("alice", "mirror")
    opened, acknowledgement = ladder.opens(alice, "Mirror", "Look.")
    notice = opened.told_staff[spec(BOB)]
    before = ladder.page(opened.tag).text
    for ours in (acknowledgement, notice):
        became = ladder.post(ours.content, to=reply_to(ours))
        assert (became.state, became.ticket, became.sent) == ("loop", None, ())
    # a forwarder that makes an envelope, a Message-ID and a sender of its own leaves our loop header
    foreign = letter(alice, US, "Fwd", "x", x_helpdesk_loop=str(acknowledgement.message["X-Helpdesk-Loop"]))
    assert ladder.post(foreign).state == "loop"
    assert ladder.page(opened.tag).text == before


def test_a_mail_in_the_name_of_one_of_our_addresses_is_held(ladder: Ladder) -> None:
    became = ladder.post(letter(f"Alice via group <{US}>", US, "Rewritten", "By a group."))
    assert (became.state, became.sent) == ("held", ())
    assert ladder.why_held(became) == ("H2", None, None)


def test_a_proved_report_marks_the_message_stops_mail_to_the_address_and_is_told_to_its_author_once(ladder: Ladder) -> None:
    alice = person("alice", "gone")
    opened, _ = ladder.opens(alice, "Goodbye", "I leave.")
    answer = ladder.reply(opened.tag, "Come back.")[spec(alice)]
    assert ladder.page(opened.tag).last.deliveries == f"Sent {spec(alice)}"

    became = ladder.post(not_delivered(answer), to=answer.mail_from, mail_from=NOBODY)
    assert (became.state, became.ticket, became.told) == ("bounce", opened.ticket, {})
    assert list(became.told_staff) == [spec(BOB)]
    told = became.told_staff[spec(BOB)]
    assert reason(told).startswith("delivery_problem")
    assert f"did not arrive at {spec(alice)}" in text_of(told)
    page = ladder.page(opened.tag)
    assert page.messages[-1].deliveries == f"Not delivered {spec(alice)}"
    assert len([one for one in page.events if "not delivered" in one]) == 1
    assert opened.tag in ladder.tree("/admin?view=problems").text()

    again = ladder.post(not_delivered(answer), to=answer.mail_from, mail_from=NOBODY)
    assert (again.state, again.ticket, again.sent) == ("bounce", opened.ticket, ())
    assert ladder.page(opened.tag).messages == page.messages

    assert spec(alice) not in ladder.reply(opened.tag, "Can you hear us?")
    assert ladder.page(opened.tag).last.deliveries == f"Not sent {spec(alice)}"

    # who writes again, and proves it, is there again
    ladder.post(judged(letter(alice, US, f"[{opened.tag}]", "I am back."), proved(alice)))
    assert list(ladder.reply(opened.tag, "Welcome.")) == [spec(alice)]


def test_a_report_that_nothing_proves_changes_nothing(ladder: Ladder) -> None:
    alice = person("alice", "still")
    opened, _ = ladder.opens(alice, "Hello", "I am here.")
    answer = ladder.reply(opened.tag, "So are we.")[spec(alice)]
    before = ladder.page(opened.tag).text
    own_id = str(answer.message["Message-ID"])
    forged_id = own_id.replace(own_id.rpartition(".")[2].partition("@")[0], "a" * 16).encode()
    raw = not_delivered(answer).replace(own_id.encode(), forged_id)
    for to in (US, answer.mail_from.replace(answer.mail_from[8:20], "a" * 12)):
        became = ladder.post(raw.replace(answer.mail_from.encode(), to.encode()), to=to, mail_from=NOBODY)
        assert (became.state, became.ticket, became.sent) == ("bounce", None, ())
    assert ladder.page(opened.tag).text == before
    assert list(ladder.reply(opened.tag, "Still there?")) == [spec(alice)]


def test_a_report_of_delay_is_shown_and_stops_nothing(ladder: Ladder) -> None:
    alice = person("alice", "slow")
    opened, _ = ladder.opens(alice, "Slow", "It takes long.")
    answer = ladder.reply(opened.tag, "It does.")[spec(alice)]
    became = ladder.post(not_delivered(answer, "4.4.1"), to=answer.mail_from, mail_from=NOBODY)
    assert (became.state, became.ticket, became.sent) == ("bounce", opened.ticket, ())
    assert ladder.page(opened.tag).last.deliveries.endswith(spec(alice))
    assert list(ladder.reply(opened.tag, "Still?")) == [spec(alice)]
    to = reply_to(answer)
    assert ladder.post(answering(answer, alice, "It came."), to=to).state == "comment"
