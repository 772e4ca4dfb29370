"""Person or machine: each rule with a case it decides and a mail next to it that it must leave to others."""

from __future__ import annotations

import pytest

from mail_ingest import machine_subjects
from mail_ingest.classify import MAX_HOPS, RULES, classify, hops
from mail_ingest.mail import DeliveryReport, Envelope, FailedRecipient, Kind, ParsedMail
from mail_ingest.parse import parse

ALICE = Envelope("alice@example.com", ("support@help.test",))
NOBODY = Envelope("", ("support@help.test",))


def mail(*fields: str, text: str = "Hello, my printer is on fire.") -> ParsedMail:
    """A mail of alice with these fields besides the usual ones; a field of the usual ones is replaced."""
    own = {field.partition(":")[0].lower() for field in fields}
    usual = ("From: Alice <alice@example.com>", "To: support@help.test", "Subject: Printer", "Message-ID: <1@example.com>")
    head = [field for field in usual if field.partition(":")[0].lower() not in own]
    return parse("\r\n".join([*head, *fields, "", text]).encode())


DECIDED = [
    ("a mail without any mark is a person's", mail(), ALICE, Kind.PERSON, "no_mark_of_a_machine"),
    ("Auto-Submitted: no is a person's word", mail("Auto-Submitted: no"), ALICE, Kind.PERSON, "no_mark_of_a_machine"),
    ("a comment after no changes nothing", mail("Auto-Submitted: No (by hand)"), ALICE, Kind.PERSON, "no_mark_of_a_machine"),
    ("an empty Auto-Submitted says nothing", mail("Auto-Submitted:"), ALICE, Kind.PERSON, "no_mark_of_a_machine"),
    ("auto-replied", mail("Auto-Submitted: auto-replied"), ALICE, Kind.AUTO_REPLIED, "says_auto_replied"),
    ("with a parameter", mail('Auto-Submitted: Auto-Replied; owner-email="a@b"'), ALICE, Kind.AUTO_REPLIED, "says_auto_replied"),
    ("auto-replied by a null path", mail("Auto-Submitted: auto-replied"), NOBODY, Kind.AUTO_REPLIED, "says_auto_replied"),
    ("auto-generated", mail("Auto-Submitted: auto-generated"), ALICE, Kind.AUTO_GENERATED, "says_auto_generated"),
    ("auto-notified (RFC 5436)", mail("Auto-Submitted: auto-notified"), ALICE, Kind.AUTO_GENERATED, "says_auto_generated"),
    ("Precedence: auto_reply", mail("Precedence: auto_reply"), ALICE, Kind.AUTO_REPLIED, "precedence_auto_reply"),
    ("X-Precedence counts as well", mail("X-Precedence: Auto_Reply"), ALICE, Kind.AUTO_REPLIED, "precedence_auto_reply"),
    ("Precedence: first-class", mail("Precedence: first-class"), ALICE, Kind.PERSON, "no_mark_of_a_machine"),
    ("X-Autoreply", mail("X-Autoreply: yes"), ALICE, Kind.AUTO_REPLIED, "carries_responder_field"),
    ("X-Autoreply: no", mail("X-Autoreply: no"), ALICE, Kind.PERSON, "no_mark_of_a_machine"),
    ("X-Autorespond", mail("X-Autorespond: Printer"), ALICE, Kind.AUTO_REPLIED, "carries_responder_field"),
    ("X-AutoReply-From", mail("X-AutoReply-From: alice@example.com"), ALICE, Kind.AUTO_REPLIED, "carries_responder_field"),
    ("X-FC-MachineGenerated", mail("X-FC-MachineGenerated: true"), ALICE, Kind.AUTO_REPLIED, "carries_responder_field"),
    (
        "X-Auto-Response-Suppress alone proves nothing",
        mail("X-Auto-Response-Suppress: DR, OOF, AutoReply"),
        ALICE,
        Kind.PERSON,
        "no_mark_of_a_machine",
    ),
    ("an absence notice", mail("Subject: Automatic reply: Printer"), ALICE, Kind.AUTO_REPLIED, "out_of_office_subject"),
    (
        "an absence notice marked as generated is a reply still",
        mail("Subject: Automatic reply: Printer", "Auto-Submitted: auto-generated"),
        ALICE,
        Kind.AUTO_REPLIED,
        "out_of_office_subject",
    ),
    ("List-Id", mail("List-Id: <team.example.com>"), ALICE, Kind.LIST, "sent_to_a_list"),
    ("List-Unsubscribe", mail("List-Unsubscribe: <mailto:x@example.com>"), ALICE, Kind.LIST, "sent_to_a_list"),
    ("Precedence: bulk", mail("Precedence: bulk"), ALICE, Kind.LIST, "precedence_bulk"),
    (
        "automatic beats list",
        mail("List-Id: <team.example.com>", "Auto-Submitted: auto-generated"),
        ALICE,
        Kind.AUTO_GENERATED,
        "says_auto_generated",
    ),
    (
        "a read receipt",
        mail('Content-Type: multipart/report; report-type="disposition-notification"; boundary=b'),
        NOBODY,
        Kind.AUTO_REPLIED,
        "read_receipt",
    ),
    (
        "another report",
        mail("Content-Type: multipart/report; report-type=tlsrpt; boundary=b"),
        ALICE,
        Kind.AUTO_GENERATED,
        "typed_as_report",
    ),
    (
        "a report that nobody could read",
        mail("Content-Type: multipart/report; report-type=delivery-status; boundary=b"),
        ALICE,
        Kind.BOUNCE,
        "typed_as_delivery_report",
    ),
    ("X-Failed-Recipients", mail("X-Failed-Recipients: bob@example.org"), ALICE, Kind.BOUNCE, "names_failed_recipients"),
    ("a mailer-daemon", mail("From: Mail Delivery <MAILER-DAEMON@example.com>"), ALICE, Kind.BOUNCE, "from_mailer_daemon"),
    ("a mailer-daemon without a domain", mail("From: mailer-daemon"), ALICE, Kind.BOUNCE, "from_mailer_daemon"),
    ("a postmaster may be a person", mail("From: Bob <postmaster@example.com>"), ALICE, Kind.PERSON, "no_mark_of_a_machine"),
    ("a null return path alone", mail(), NOBODY, Kind.BOUNCE, "null_return_path"),
]


@pytest.mark.parametrize(("read", "envelope", "kind", "rule"), [case[1:] for case in DECIDED], ids=[case[0] for case in DECIDED])
def test_the_first_rule_that_gives_a_reason_decides(read: ParsedMail, envelope: Envelope, kind: Kind, rule: str) -> None:
    verdict = classify(read, envelope)
    assert (verdict.kind, verdict.rule) == (kind, rule)
    assert bool(verdict.reason) == (kind is not Kind.PERSON)


def test_a_report_that_was_read_makes_a_bounce_whatever_else_the_mail_says() -> None:
    report = DeliveryReport((FailedRecipient("bob@example.org", "failed"),))
    verdict = classify(mail("Auto-Submitted: auto-replied"), NOBODY, report=report)
    assert (verdict.kind, verdict.rule) == (Kind.BOUNCE, "reports_delivery")
    assert "bob@example.org" in verdict.reason


def test_a_complaint_is_told_from_a_bounce() -> None:
    assert classify(mail(), ALICE, report=DeliveryReport((), complaint=True)).kind is Kind.COMPLAINT


def test_our_own_mail_is_own_before_it_is_anything_else() -> None:
    looped = mail("X-Helpdesk-Loop: secret", "Auto-Submitted: auto-generated")
    assert classify(looped, NOBODY, ours=lambda one: "secret" in one.all("x-helpdesk-loop")).rule == "carries_our_mark"


def test_a_forged_loop_header_is_not_ours() -> None:
    assert (
        classify(mail("X-Helpdesk-Loop: guess"), ALICE, ours=lambda one: "secret" in one.all("x-helpdesk-loop")).kind is Kind.PERSON
    )


def test_every_rule_has_a_case_and_its_first_docstring_line_says_the_rule() -> None:
    decided = {case[4] for case in DECIDED} | {"carries_our_mark", "complains", "reports_delivery"}
    assert {rule.__name__ for _, rule in RULES} <= decided
    assert all(rule.__doc__ and rule.__doc__.splitlines()[0].endswith(".") for _, rule in RULES)


def test_hops_are_counted_so_that_a_circle_can_be_held() -> None:
    assert hops(mail(*["Received: from a by b"] * (MAX_HOPS + 1))) > MAX_HOPS
    assert hops(mail()) == 0


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: Printer", "Out of Office", "Out of office: back on Monday", "Out of Office Re: Printer", "Auto-reply: [ELM-12] x",
        "Out of Office AutoReply: Printer", "[Auto-Reply] Re: Printer", "Alice Doe is out of the office (returning 01/02/2030)",
        "Automatische Antwort: Drucker", "Abwesenheitsnotiz: Drucker", "Abwesend", "Abwesenheit: bis Montag",
        "Réponse automatique : Imprimante", "Absence du bureau: retour lundi", "Respuesta automática: Impresora", "Fuera de la oficina: x",
        "Risposta automatica: Stampante", "Resposta automática: x", "Automatisch antwoord: Printer", "Afwezig: tot maandag",
        "Automatiskt svar: Skrivare", "Automatisk svar: Printer", "Frånvaro: semester", "Automaattinen vastaus: Tulostin",
        "Autoodpowiedź: Drukarka", "Odpowiedź automatyczna: Drukarka", "Automatická odpověď: Tiskárna", "Automatikus válasz: x",
        "Автоматический ответ: Принтер", "Автоматична відповідь: x", "Otomatik yanıt: Yazıcı", "自動応答: プリンター", "自动答复: 打印机",
        "자동 회신: 프린터", "Αυτόματη απάντηση: x", "Trả lời tự động: x",
    ],
)  # fmt: skip
def test_absence_notices_are_known_in_the_common_languages(subject: str) -> None:
    assert machine_subjects.out_of_office(subject) is not None


@pytest.mark.parametrize(
    "subject",
    [
        "Out of office chairs", "Out of office furniture: quote", "Re: Out of office", "RE: Automatic reply: Printer", "Please set my out of office: how?",
        "Automatic reply does not work", "Abwesenheit beantragen", "Abwesenheitsnotiz einrichten", "Réponse automatique impossible", "Vacation request",
        "Bob is out of the office and I need help", "Autoreply settings", "On vacation I lost my phone", "Poissa verkosta", "外出申请", "",
    ],
)  # fmt: skip
def test_a_person_who_writes_about_absence_is_a_person(subject: str) -> None:
    assert machine_subjects.out_of_office(subject) is None
