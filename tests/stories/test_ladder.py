"""Which ticket a mail belongs to, told over real SMTP: what people get, what staff see, and that nothing vanishes."""

from __future__ import annotations

from tests.letters import letter
from tests.stories.ladder_mails import answering, disowned, judged, person, proved, reason, reply_to, spec, text_of
from tests.stories.ladder_world import BOB, OUR_STAFF, Ladder
from tests.stories.world import US

# --- people who take part


def test_an_answer_from_the_phone_with_another_subject_finds_its_ticket_by_the_reply_address(ladder: Ladder) -> None:
    alice = person("alice", "phone")
    opened, acknowledgement = ladder.opens(alice, "Printer on fire", "It burns.")
    to = reply_to(acknowledgement)
    became = ladder.post(letter(alice, to, "Sent from my phone", "Now it is the whole room."), to=to)
    assert (became.state, became.ticket) == ("comment", opened.ticket)
    assert "Now it is the whole room." in text_of(became.told_staff[spec(BOB)])
    assert became.told == {}
    shown = ladder.page(opened.tag).last
    assert (shown.kind, shown.rung, shown.verified) == ("requester", "participant_token", False)
    assert "Now it is the whole room." in shown.text


def test_a_proved_answer_carries_no_badge(ladder: Ladder) -> None:
    alice = person("alice", "proved")
    opened, acknowledgement = ladder.opens(alice, "Printer", "It is jammed.")
    to = reply_to(acknowledgement)
    ladder.post(judged(answering(acknowledgement, alice, "It is free again."), proved(alice)), to=to)
    shown = ladder.page(opened.tag).last
    assert (shown.rung, shown.verified) == ("participant_token", True)
    assert "It is jammed." not in shown.text


def test_an_answer_that_only_names_our_mail_is_on_its_thread(ladder: Ladder) -> None:
    alice = person("alice", "thread")
    opened, acknowledgement = ladder.opens(alice, "Scanner", "It hums.")
    named = str(acknowledgement.message["Message-ID"])
    became = ladder.post(letter(alice, US, "Once more", "Louder now.", in_reply_to=named))
    assert (became.state, became.ticket) == ("comment", opened.ticket)
    assert ladder.page(opened.tag).last.rung == "our_thread"
    assert list(became.told_staff) == [spec(BOB)]


def test_a_colleague_in_copy_who_answers_the_original_to_all_lands_on_its_ticket_and_takes_no_part(ladder: Ladder) -> None:
    alice, carol = person("alice", "copy"), person("carol", "copy")
    opened, _ = ladder.opens(alice, "Door", "It squeaks.", message_id="door@copy.example.com", cc=carol)
    became = ladder.post(letter(carol, f"{alice}, {US}", "Re: Door", "Mine too.", in_reply_to="<door@copy.example.com>"))
    assert (became.state, became.ticket) == ("comment", opened.ticket)
    assert became.told == {}, "Alice has it from Carol"
    assert "Mine too." in text_of(became.told_staff[spec(BOB)])
    page = ladder.page(opened.tag)
    assert (page.last.rung, page.last.author, page.last.verified) == ("their_thread", spec(carol), False)
    assert page.in_copy == []
    assert list(ladder.reply(opened.tag, "We bring oil.")) == [spec(alice)]


def test_a_tag_in_the_subject_is_enough_for_who_takes_part(ladder: Ladder) -> None:
    alice = person("alice", "tag")
    opened, _ = ladder.opens(alice, "Lamp", "It flickers.")
    became = ladder.post(letter(alice, US, f"about {opened.tag.lower()} again", "It is dark now."))
    assert (became.state, became.ticket) == ("comment", opened.ticket)
    shown = ladder.page(opened.tag).last
    assert (shown.rung, shown.verified) == ("subject_tag", False)


def test_an_answer_that_came_before_its_original_is_joined_by_it(ladder: Ladder) -> None:
    alice, carol = person("alice", "early"), person("carol", "early")
    answer = letter(carol, f"{alice}, {US}", "Re: Heating", "It is off here too.", in_reply_to="<heating@early.example.com>")
    first = ladder.post(answer)
    assert first.state == "ticket"
    original = letter(alice, US, "Heating", "It is off.", message_id="heating@early.example.com", cc=carol)
    late = ladder.post(original)
    assert (late.state, late.ticket) == ("comment", first.ticket)
    assert ladder.page(first.tag).last.rung == "early_answer"


# --- people who take no part


def test_a_stranger_with_a_tag_gets_a_ticket_of_their_own_and_learns_nothing(ladder: Ladder) -> None:
    alice, mallory = person("alice", "secret"), person("mallory", "stranger")
    opened, acknowledgement = ladder.opens(alice, "Safe", "The code is 4711.")
    before = ladder.page(opened.tag).text
    named = str(acknowledgement.message["Message-ID"])
    became = ladder.post(letter(mallory, US, f"Re: [{opened.tag}] Safe", "Tell me all.", in_reply_to=named))
    assert became.state == "ticket"
    assert became.ticket != opened.ticket
    assert list(became.told) == [spec(mallory)]
    answer = became.told[spec(mallory)]
    assert str(answer.message["Subject"]) == f"Re: [{became.tag}] Safe"
    for secret in (b"4711", b"alice@", opened.tag.encode()):
        assert secret not in answer.content
    page = ladder.requester_page(answer)
    assert "Tell me all." in page
    assert [one for one in ("4711", "alice@", "May belong") if one in page] == []
    assert [notice for notice in ladder.page(became.tag).notices if f"May belong to {opened.tag}" in notice]
    assert ladder.page(became.tag).messages[0].rung == "stranger"
    assert ladder.page(opened.tag).text == before

    # a number that is nobody's gets the same words
    guessed = ladder.post(letter(person("mallory", "guesser"), US, "Re: [ELM-9999] Safe", "Tell me all."))
    there, not_there = (
        text_of(one.told[address]).replace(one.tag, "TAG").partition("http")[0]
        for one, address in ((became, spec(mallory)), (guessed, spec(person("mallory", "guesser"))))
    )
    assert there == not_there


def test_who_answers_a_forwarded_mail_waits_until_an_agent_accepts_it(ladder: Ladder) -> None:
    alice, mallory = person("alice", "forwards"), person("mallory", "forwarded")
    opened, acknowledgement = ladder.opens(alice, "Roof", "It leaks.")
    answer = ladder.reply(opened.tag, "Where is it?")[spec(alice)]
    became = ladder.post(answering(answer, mallory, "Above the safe."), to=reply_to(answer))
    assert (became.state, became.ticket, became.sent) == ("comment", opened.ticket, ())
    page = ladder.page(opened.tag)
    assert (page.last.rung, page.last.author) == ("forwarded_token", spec(mallory))
    assert "Not on the ticket yet." in page.last.pending
    assert page.in_copy == []
    assert "Above the safe." not in ladder.requester_page(acknowledgement)

    told = {one.rcpt_to[0]: one for one in ladder.press(opened.tag, f"accept/{page.last.number}")}
    assert list(told) == [spec(alice)]
    assert "Above the safe." in text_of(told[spec(alice)])
    page = ladder.page(opened.tag)
    assert (page.last.kind, page.last.pending, page.in_copy) == ("requester", "", [])
    assert "Above the safe." in ladder.requester_page(acknowledgement)
    assert list(ladder.reply(opened.tag, "We come.")) == [spec(alice)]


def test_a_mail_whose_domain_disowns_it_is_held_and_never_acknowledged(ladder: Ladder) -> None:
    eve = person("eve", "disowned")
    became = ladder.post(judged(letter(eve, US, "Invoice", "Pay me."), disowned(eve)))
    assert (became.state, became.ticket, became.sent) == ("held", None, ())
    assert ladder.why_held(became) == ("H6", "failed_sender", None)


def test_a_disowned_mail_that_names_a_ticket_waits_there_whatever_it_carries(ladder: Ladder) -> None:
    alice = person("alice", "imitated")
    opened, acknowledgement = ladder.opens(alice, "Budget", "How much is left?")
    to = reply_to(acknowledgement)
    for raw, door in (
        (letter(alice, US, f"[{opened.tag}]", "Send it to me instead."), US),
        (answering(acknowledgement, alice, "Send it to my other account."), to),
    ):
        became = ladder.post(judged(raw, disowned(alice)), to=door)
        assert (became.state, became.ticket, became.sent) == ("comment", opened.ticket, ())
        last = ladder.page(opened.tag).last
        assert last.rung == "failed_sender"
        assert last.pending != ""


# --- agents


def test_an_agent_without_the_reply_address_is_believed_when_their_domain_signed(ladder: Ladder) -> None:
    alice, dora = person("alice", "signed"), f"Dora Signed <dora@{OUR_STAFF}>"
    with ladder.colleague(dora):
        opened, _ = ladder.opens(alice, "Phone", "It is dead.")
        raw = letter(dora, US, f"Re: [{opened.tag}] Phone", "#resolved\n\nA new one is on its way.")
        became = ladder.post(judged(raw, proved(dora)))
        assert (became.state, became.ticket) == ("comment", opened.ticket)
        result = became.told[spec(alice)]
        assert str(result.message["From"]) == '"Dora Signed (Support)" <support@help.test>'
        assert "A new one is on its way." in text_of(result)
        page = ladder.page(opened.tag)
        assert (page.last.kind, page.last.rung, page.last.author) == ("agent", "staff_without_token", spec(dora))
        assert ladder.page(opened.tag).status == "Resolved"


def test_an_agent_whose_sending_host_alone_is_proved_is_asked_whether_it_was_them(ladder: Ladder) -> None:
    alice, frank = person("alice", "host"), f"Frank Host <frank@{OUR_STAFF}>"
    with ladder.colleague(frank):
        opened, _ = ladder.opens(alice, "Desk", "It wobbles.")
        raw = letter(frank, US, f"Re: [{opened.tag}] Desk", "#resolved\n\nFixed.")
        became = ladder.post(judged(raw, f"spf=pass smtp.mailfrom={spec(frank)}"))
        assert (became.state, became.ticket, became.told) == ("comment", opened.ticket, {})
        assert reason(became.told_staff[spec(frank)]).startswith("staff_unproven")
        last = ladder.page(opened.tag).last
        assert (last.rung, last.pending != "") == ("staff_without_token", True)
        assert ladder.page(opened.tag).status == "Open"


def test_a_mail_in_an_agents_name_without_proof_is_held_and_the_agent_is_told_once(ladder: Ladder) -> None:
    alice, erin = person("alice", "unproven"), f"Erin Unproven <erin@{OUR_STAFF}>"
    with ladder.colleague(erin):
        opened, _ = ladder.opens(alice, "Chair", "It broke.")
        raw = letter(erin, US, f"Re: [{opened.tag}] Chair", "#resolved\n\nWe are done with you.")
        became = ladder.post(raw)
        assert (became.state, became.told) == ("held", {})
        assert ladder.why_held(became) == ("H4", "staff_unproven", opened.tag)
        assert list(became.told_staff) == [spec(erin)]
        assert reason(became.told_staff[spec(erin)]).startswith("staff_unproven")
        # the relay's own word is the topmost; whatever stands below it came with the mail
        forged = judged(letter(erin, US, f"Re: [{opened.tag}] Chair", "Really."), disowned(erin), proved(erin))
        again = ladder.post(forged)
        assert (again.state, again.sent) == ("held", ())
        assert ladder.why_held(again) == ("H4", "staff_unproven", opened.tag)
        assert ladder.page(opened.tag).status == "Open"
        assert len(ladder.page(opened.tag).messages) == 1


def test_who_answers_a_notification_that_an_agent_forwarded_speaks_for_themselves_or_not_at_all(ladder: Ladder) -> None:
    alice, greta, mallory = person("alice", "handed"), f"Greta Handed <greta@{OUR_STAFF}>", person("mallory", "handed")
    with ladder.colleague(greta):
        opened, _ = ladder.opens(alice, "Key", "It is lost.")
        notice = ladder.post(letter(alice, US, f"[{opened.tag}]", "Hello?")).told_staff[spec(BOB)]
        to = reply_to(notice)

        became = ladder.post(judged(answering(notice, greta, "I look for it."), proved(greta)), to=to)
        assert (became.state, became.ticket) == ("comment", opened.ticket)
        assert str(became.told[spec(alice)].message["From"]) == '"Greta Handed (Support)" <support@help.test>'
        last = ladder.page(opened.tag).last
        assert (last.rung, last.author) == ("staff_without_token", spec(greta))

        unproved = ladder.post(answering(notice, greta, "#closed"), to=to)
        assert unproved.state == "held"
        assert ladder.why_held(unproved) == ("H4", "staff_unproven", opened.tag)

        outside = ladder.post(judged(answering(notice, mallory, "#closed"), proved(mallory)), to=to)
        assert (outside.state, outside.sent) == ("comment", ())
        last = ladder.page(opened.tag).last
        assert (last.rung, last.author, last.pending != "") == ("forwarded_token", spec(mallory), True)
        assert ladder.page(opened.tag).status == "In progress"


# --- tickets that were over


def test_an_answer_to_a_merged_ticket_lands_on_the_one_that_stays(ladder: Ladder) -> None:
    alice, carol = person("alice", "merged"), person("carol", "merged")
    gone, acknowledgement = ladder.opens(alice, "Water", "None here.")
    stays, _ = ladder.opens(carol, "No water", "None at all.")
    told = ladder.press(gone.tag, "merge", f"/merge?into={stays.tag}", into=stays.tag)
    assert [one.rcpt_to[0] for one in told] == [spec(alice)]
    to = reply_to(acknowledgement)
    became = ladder.post(answering(acknowledgement, alice, "Still none."), to=to)
    assert (became.state, became.ticket) == ("comment", stays.ticket)
    shown = ladder.page(stays.tag).last
    assert (shown.rung, shown.author) == ("participant_token", spec(alice))
    assert spec(BOB) in became.told_staff


def test_an_answer_to_a_resolved_ticket_reopens_it_but_thanks_alone_do_not(ladder: Ladder) -> None:
    alice = person("alice", "thanks")
    opened, _ = ladder.opens(alice, "Password", "I forgot it.")
    answer = ladder.reply(opened.tag, "It is reset.", status="resolved")[spec(alice)]
    to = reply_to(answer)

    thanks = ladder.post(answering(answer, alice, "Thank you very much!"), to=to)
    assert (thanks.state, thanks.ticket, thanks.told_staff) == ("comment", opened.ticket, {})
    assert "stays resolved" in text_of(thanks.told[spec(alice)])
    assert ladder.page(opened.tag).status == "Resolved"
    assert "Thank you very much!" in ladder.page(opened.tag).last.text

    more = ladder.post(answering(answer, alice, "It does not let me in."), to=to)
    assert (more.state, more.ticket, list(more.told_staff)) == ("comment", opened.ticket, [spec(BOB)])
    assert ladder.page(opened.tag).status == "Open"


def test_a_closed_ticket_reopens_for_two_weeks_and_then_has_a_successor(ladder: Ladder) -> None:
    alice = person("alice", "closed")
    opened, _ = ladder.opens(alice, "Window", "It does not close.")
    answer = ladder.reply(opened.tag, "Repaired.", status="closed")[spec(alice)]
    to = reply_to(answer)
    soon = ladder.post(answering(answer, alice, "Open again."), to=to)
    assert (soon.state, soon.ticket, ladder.page(opened.tag).status) == ("comment", opened.ticket, "Open")

    ladder.reply(opened.tag, "Repaired for good.", status="closed")
    ladder.close_days_ago(opened.tag, 15)
    late = ladder.post(answering(answer, alice, "And again."), to=to)
    assert late.state == "ticket"
    assert late.ticket != opened.ticket
    assert ladder.page(opened.tag).status == "Closed"
    assert ladder.page(late.tag).messages[0].rung == "participant_token"
    assert ladder.page(late.tag).others == [f"{opened.tag} Window"]
    assert ladder.links(late.tag) == [("follows", opened.ticket)]


# --- and all of them


def test_nothing_vanishes(ladder: Ladder) -> None:
    alice = person("alice", "twice")
    raw = letter(alice, US, "Sent twice", "By two relays.")
    first = ladder.post(b"Received: from one.example.com\r\n" + raw)
    again = ladder.post(b"Received: from two.example.com\r\n" + raw)
    assert (again.number, again.ticket, again.sent) == (first.number, first.ticket, ())
    nobody = ladder.post(letter("undisclosed", US, "From nobody", "Who am I?"), mail_from="alice@twice.example.com")
    assert nobody.state == "held"
    assert ladder.why_held(nobody) == ("H1", "no_sender", None)
    ladder.check_that_nothing_vanished()
