"""Where the link of a mail leads: people outside get one that opens their ticket, staff get the address of their own page."""

from __future__ import annotations

from datetime import timedelta

import pytest

from helpdesk.sign_in import links
from helpdesk.sign_in.links import TicketKey
from tests.workers.facts_of import KINDS, MINT, NOW, outgoing
from workers import kinds
from workers.compose import compose, link

ABOUT_A_TICKET = [kind for kind in KINDS if outgoing(kind).ticket is not None]
PUBLIC = [kind for kind in ABOUT_A_TICKET if kinds.KINDS[kind].public]
OUTSIDE = [kind for kind in ABOUT_A_TICKET if not kinds.KINDS[kind].to_staff and kind not in PUBLIC]


@pytest.mark.parametrize("kind", OUTSIDE)
def test_people_outside_get_a_link_of_their_own_that_is_good_for_ninety_days(kind: str) -> None:
    facts = outgoing(kind)
    address, _, key = link(facts).partition("?key=")
    assert address == "https://help.test/ticket/ELM-001"
    assert facts.person is not None
    assert links.read_ticket_key(MINT.keys, key) == TicketKey(1, facts.person, NOW)
    assert timedelta(days=90) == links.LIFE
    assert link(facts) in compose(facts).body_text


@pytest.mark.parametrize("kind", [kind for kind in ABOUT_A_TICKET if kinds.KINDS[kind].to_staff])
def test_staff_sign_in_themselves(kind: str) -> None:
    assert link(outgoing(kind)) == "https://help.test/admin/ticket/ELM-001"
    assert b"?key=" not in compose(outgoing(kind)).mime.replace(b"=\r\n", b"").replace(b"=3D", b"=")


@pytest.mark.parametrize("kind", PUBLIC)
def test_what_tells_the_public_leads_to_what_is_public(kind: str) -> None:
    assert link(outgoing(kind)) == "https://help.test/known-issues/ELM-001"
    assert b"?key=" not in compose(outgoing(kind)).mime.replace(b"=\r\n", b"").replace(b"=3D", b"=")


def test_a_mail_to_nobody_in_particular_has_no_key() -> None:
    assert link(outgoing("acknowledgement", person=None)) == "https://help.test/ticket/ELM-001"
    assert link(outgoing("magic_link")) == "https://help.test"
