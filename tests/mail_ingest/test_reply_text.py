"""What a person wrote and what they quoted: each rule with cases in several languages and clients, and counter-cases."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail_ingest import reply_text
from tests.mail_ingest.quotes.introductions import INTRODUCTIONS

ANSWER = "It works now, many people say."


def shown(text: str, html: str | None = None, sent: tuple[str, ...] = (), sender_name: str = "") -> str:
    return reply_text.visible(text, html, sent, sender_name=sender_name).visible


# ------------------------------------------------------------------------------------------------------------- introductions


@pytest.mark.parametrize("quote", ["> Please restart it.\n> Bob", "Please restart it.\nBob"], ids=["marked", "unmarked"])
@pytest.mark.parametrize("introduction", INTRODUCTIONS.values(), ids=INTRODUCTIONS.keys())
def test_an_introduction_in_any_language_is_cut_with_its_quote(introduction: str, quote: str) -> None:
    reply = reply_text.visible(f"{ANSWER}\n\n{introduction}\n\n{quote}\n", None)
    assert reply.visible == ANSWER
    assert "Please restart it." in reply.trimmed
    assert reply.cut_by in {"introduction", "banner"}


@pytest.mark.parametrize("introduction", ["On Tuesday Bob wrote:", "Bob Smith schrieb:", "Blah blah wrote:", "Боб пишет:"])
def test_a_name_and_a_verb_introduce_only_what_is_quoted(introduction: str) -> None:
    assert shown(f"{ANSWER}\n\n{introduction}\n> Please restart it.") == ANSWER
    unquoted = f"{ANSWER}\n\n{introduction}\nPlease restart it."
    assert shown(unquoted) == unquoted


@pytest.mark.parametrize(
    "text",
    [
        "On 3 May 2023 at 10:00 I wrote:\nplease fix it.\nDid you?",
        "Am 3.5.2023 um 10:00 schrieb ich Ihnen folgendes:\nBitte prüfen.\nWas nun?",
        'El 3 de mayo de 2023 compramos el producto y el vendedor escribió:\n"todo bien".\nPero no.',
        "Here is the log of 2023-05-03 10:00:00 from alice@example.com:\n\nERROR 500\nERROR 501",
        "At 10:00 on 03/05/2023 the server sent:\nERROR 500 to alice@example.com",
        "The manual says this:\n\nPress start.\n\nBut it does nothing.",
        "He wrote:\nI can't do it.\nWhat now?",
        "Blah-blah-blah\nOn blah-blah-blah",
        "On 3 May 2023 it broke.\nOn 4 May it worked.\nOn 5 May it broke again.",
    ],
)
def test_a_sentence_that_reads_like_an_introduction_is_kept(text: str) -> None:
    assert shown(text) == text


def test_an_introduction_is_joined_over_four_line_breaks() -> None:
    broken = "On Thu, 31 Mar 2016 at 11:16 Bob Smith\n\n<\nmailto:Bob Smith <bob@help.test>\n> wrote:"
    assert shown(f"One\n\n{broken}\n\n\nTwo") == "One"


def test_an_introduction_takes_no_sentence_above_it_along() -> None:
    assert shown("I called on 3 May.\nSee you.\nAm 03.05.2023 um 10:00 schrieb Bob Smith:\n> x") == "I called on 3 May.\nSee you."


def test_an_introduction_may_share_the_line_of_the_answer() -> None:
    assert shown("yes On Wed, May 3, 2023 at 10:00 AM, bob@help.test wrote:\n> Shall we?") == "yes"


# --------------------------------------------------------------------------------------------------- header blocks and banners

HEADER_BLOCKS = {
    "English Outlook": "From: Bob Smith <bob@help.test>\nSent: Wednesday, 3 May 2023 10:00\nTo: Alice\nSubject: Printer",
    "English Outlook on the web": "________________________________\nFrom: Bob <bob@help.test>\nSent: 3 May 2023 10:00\nTo: Alice\nSubject: x",
    "English bold": "*From:* Bob Smith [mailto:\nbob@help.test]\n*Sent:* Wednesday, May 3, 2023 10:00 AM\n*To:* Alice\n*Subject:* Printer",
    "English Hotmail": "Date: Wed, 3 May 2023 10:00:00 +0200\nTo: alice@example.com\nFrom: bob@help.test\nSubject: Printer",
    "English two fields on a line": "From: bob@help.test Date: Wed, 3 May 2023 10:00:00 -0700",
    "English long Cc": "From: Bob\nSent: 3 May 2023\nTo: Alice\nCc: a@example.com;\nb@example.com; c@example.com;\nd@example.com\nSubject: x",
    "German": "Von: Bob Smith <bob@help.test>\nGesendet: Mittwoch, 3. Mai 2023 10:00\nAn: Alice\nBetreff: Drucker",
    "French": "De : Bob Smith <bob@help.test>\nEnvoyé : mercredi 3 mai 2023 10:00\nÀ : Alice\nObjet : Imprimante",
    "Spanish": "De: Bob Smith <bob@help.test>\nEnviado el: miércoles, 3 de mayo de 2023 10:00\nPara: Alice\nAsunto: Impresora",
    "Portuguese": "De: Bob Smith <bob@help.test>\nEnviada em: quarta-feira, 3 de maio de 2023 10:00\nPara: Alice\nAssunto: Impressora",
    "Italian": "Da: Bob Smith <bob@help.test>\nInviato: mercoledì 3 maggio 2023 10:00\nA: Alice\nOggetto: Stampante",
    "Dutch": "Van: Bob Smith <bob@help.test>\nVerzonden: woensdag 3 mei 2023 10:00\nAan: Alice\nOnderwerp: Printer",
    "Swedish": "Från: Bob Smith <bob@help.test>\nSkickat: den 3 maj 2023 10:00\nTill: Alice\nÄmne: Skrivare",
    "Norwegian": "Fra: Bob Smith <bob@help.test>\nSendt: onsdag 3. mai 2023 10:00\nTil: Alice\nEmne: Skriver",
    "Finnish": "Lähettäjä: Bob Smith <bob@help.test>\nLähetetty: keskiviikko 3. toukokuuta 2023 10.00\nVastaanottaja: Alice\nAihe: Tulostin",
    "Polish": "Od: Bob Smith <bob@help.test>\nWysłano: środa, 3 maja 2023 10:00\nDo: Alice\nTemat: Drukarka",
    "Czech": "Od: Bob Smith <bob@help.test>\nOdesláno: středa 3. května 2023 10:00\nKomu: Alice\nPředmět: Tiskárna",
    "Russian": "От: Bob Smith <bob@help.test>\nОтправлено: 3 мая 2023 г. 10:00\nКому: Alice\nТема: Принтер",
    "Ukrainian": "Від: Bob Smith <bob@help.test>\nНадіслано: 3 травня 2023 р. 10:00\nКому: Alice\nТема: Принтер",
    "Turkish": "Kimden: Bob Smith <bob@help.test>\nGönderildi: 3 Mayıs 2023 Çarşamba 10:00\nKime: Alice\nKonu: Yazıcı",
    "Hungarian": "Feladó: Bob Smith <bob@help.test>\nElküldve: 2023. május 3. 10:00\nCímzett: Alice\nTárgy: Nyomtató",
    "Romanian": "De la: Bob Smith <bob@help.test>\nTrimis: miercuri, 3 mai 2023 10:00\nCătre: Alice\nSubiect: Imprimantă",
    "Greek": "Από: Bob Smith <bob@help.test>\nΣτάλθηκε: Τετάρτη, 3 Μαΐου 2023 10:00\nΠρος: Alice\nΘέμα: Εκτυπωτής",
    "Hebrew": "מאת: Bob Smith <bob@help.test>\nנשלח: יום רביעי 3 מאי 2023 10:00\nאל: Alice\nנושא: מדפסת",
    "Arabic": "من: Bob Smith <bob@help.test>\nتم الإرسال: الأربعاء، 3 مايو 2023 10:00\nإلى: Alice\nالموضوع: طابعة",
    "Chinese": "发件人: Bob Smith <bob@help.test>\n发送时间: 2023年5月3日 10:00\n收件人: Alice\n主题: 打印机",
    "Chinese (Taiwan)": "寄件者： Bob Smith <bob@help.test>\n寄件日期： 2023年5月3日 上午 10:00\n收件者： Alice\n主旨： 印表機",
    "Japanese": "差出人: Bob Smith <bob@help.test>\n送信日時: 2023年5月3日 10:00\n宛先: Alice\n件名: プリンター",
    "Korean": "보낸 사람: Bob Smith <bob@help.test>\n보낸 날짜: 2023년 5월 3일 수요일 오전 10:00\n받는 사람: Alice\n제목: 프린터",
    "Vietnamese": "Từ: Bob Smith <bob@help.test>\nĐã gửi: Thứ Tư, 3 tháng 5, 2023 10:00\nĐến: Alice\nChủ đề: Máy in",
}


@pytest.mark.parametrize("block", HEADER_BLOCKS.values(), ids=HEADER_BLOCKS.keys())
def test_a_header_block_in_any_language_is_cut_with_all_below_it(block: str) -> None:
    reply = reply_text.visible(f"{ANSWER}\n\n{block}\n\nDear Alice,\nplease restart it.\n", None)
    assert (reply.visible, reply.cut_by) == (ANSWER, "header block")


@pytest.mark.parametrize(
    "text",
    [
        "Date: Wednesday 3 May 2023\nTime: 10:00\nPlace: London\nSee you there",
        "From: London\nTo: Paris\nDate: 3 May\nand lost my bag",
        "From: Berlin\nTo: Hamburg\nDate: 2023-05-03 10:00\nPlease book this.",
        "OS: Linux\nVersion: 3.2\nTo: reproduce click\nDo it.",
        "Subject: printing\n\nit does not work",
    ],
)
def test_a_list_with_colons_is_no_header_block(text: str) -> None:
    assert shown(text) == text


@pytest.mark.parametrize(
    "banner",
    ["-----Original Message-----", "-------- Original message --------", "-----Ursprüngliche Nachricht-----", "-------- Message original --------",
     "-----Mensaje original-----", "-----Mensagem original-----", "-----Messaggio originale-----", "-----Oorspronkelijk bericht-----",
     "-----Ursprungligt meddelande-----", "-----Opprinnelig melding-----", "-----Oprindelig meddelelse-----", "-----Alkuperäinen viesti-----",
     "-----Oryginalna wiadomość-----", "---------- Původní e-mail ----------", "-----Исходное сообщение-----", "-----Orijinal Mesaj-----",
     "-----Eredeti üzenet-----", "-----Mesaj original-----", "-----Αρχικό μήνυμα-----", "-----הודעה מקורית-----",
     "------------------ 原始邮件 ------------------", "-----原始郵件-----", "-----元のメッセージ-----", "-----원본 메시지-----"],
)  # fmt: skip
def test_a_banner_of_the_original_mail_is_cut_with_all_below_it(banner: str) -> None:
    assert shown(f"{ANSWER}\n\n{banner}\nBob, please restart it.") == ANSWER


@pytest.mark.parametrize(
    "text",
    [
        "See the original message below\nand tell me.",
        "First part\n\n----------\n\nSecond part of what I say",
        "Steps:\n---\n1. open\n---\n2. close\nThen it crashes.",
        "------- Enter Feedback Below -------\n\nAll is well.",
    ],
)
def test_a_rule_alone_cuts_nothing(text: str) -> None:
    assert shown(text) == text


def test_a_forwarded_mail_is_content_and_stays() -> None:
    text = (
        "See what they say:\n\n---------- Forwarded message ---------\nFrom: Carol <carol@example.org>\nSubject: x\n\nIt is broken."
    )
    assert shown(text) == text


# ------------------------------------------------------------------------------------------------------ questions and answers


def test_answers_between_quoted_lines_stay_as_question_and_answer() -> None:
    text = "On Wed, May 3, 2023 at 10:00 AM Bob <bob@help.test> wrote:\n> Which one?\nThe red one.\n> Since when?\nMonday.\n> Bye\n> Bob"
    reply = reply_text.visible(text, None)
    assert reply.visible == "> Which one?\nThe red one.\n> Since when?\nMonday."
    assert "> Bye" in reply.trimmed


@pytest.mark.parametrize(
    ("text", "visible"),
    [
        ("Bob wrote:\n> a whole mail\n> of his\n\nThis is my answer.", "This is my answer."),
        ("Above.\n\nOn Wed, 3 May 2023, Bob wrote:\n> a whole mail\n\nBelow.", "Above.\n\nBelow."),
        ("> one question\n\nThe answer.", "> one question\n\nThe answer."),
        ("The answer.\n\n> the mail", "The answer."),
        ("Answer.\n\nOn Wed, 3 May 2023, Bob wrote:\n> the mail\n\n-- \nAlice", "Answer."),
        ("Answer.\n\nOn Wed, 3 May 2023, Bob wrote:\n> the mail\n\nRegards, Alice", "Answer."),
    ],
    ids=["below", "around", "a quote chosen by hand", "quote at the end", "signature below", "closing below"],
)
def test_one_introduced_quote_is_cut_and_the_text_around_it_stays(text: str, visible: str) -> None:
    assert shown(text) == visible


def test_the_broken_rest_of_a_long_quoted_line_is_no_answer() -> None:
    quote = "> Please let us know of your availability for Tuesday or Wednesday of the\nnext week\n> between 8:30 and 10:30.\n"
    assert shown(f"Fine.\n\nOn Wed, 3 May 2023, Bob wrote:\n{quote}") == "Fine."


@pytest.mark.parametrize(
    "quote",
    [
        "2011/4/7 Bob \u0438ova <bob@help.test>\n\n>  Cool beans",
        "On Thursday, October 25, 2012 at 3:03 PM, Bob wrote:\n\n>\n> Post a response\n>\n(http://example.com/c/YzOT) >\n> see it\n>",
        "On Monday, 24 September, 2012 at 3:46 PM, Bob wrote:\n\n> View ticket (http://example.com/action\n_nonce=3dd518)\n>",
        "Date: Wed, 16 May 2012 00:15:02 -0600\nTo: alice@example.com\n\nHello",
        "##- Please type your reply above this line -##\n\nHello",
    ],
    ids=["date and mailbox", "link between", "broken link", "date and recipient", "reply above"],
)
def test_rarer_shapes_of_a_quote_are_known(quote: str) -> None:
    assert shown(f"{ANSWER}\n\n{quote}") == ANSWER


@pytest.mark.parametrize(
    "text",
    [
        "> only a quote",
        "On Wed, 3 May 2023, Bob wrote:\n> only a quote",
        "-----Original Message-----\nFrom: bob@help.test\n\nhello",
        "--\nAlice",
    ],
)
def test_where_nothing_would_be_left_everything_stays_and_says_so(text: str) -> None:
    reply = reply_text.visible(text, None)
    assert reply.visible == text
    assert reply.cut_by in {reply_text.NOTHING_LEFT, None}


def test_a_quote_alone_is_nobodys_own_words() -> None:
    assert reply_text.visible("On Wed, 3 May 2023, Bob wrote:\n> #resolved", None).cut_by == reply_text.NOTHING_LEFT


@pytest.mark.parametrize(
    ("text", "signature"),
    [
        ("It is broken.\n\n> see the log\n\n--\nAlice", "--\nAlice"),
        (
            "Help!\n\n---------- Forwarded message ---------\nFrom: Carol <carol@example.org>\nSubject: x\n\nBroken.\n\nRegards,\nCarol",
            "",
        ),
        ("Hi,\n\nFrom: a@example.com\nSent: today\nSubject: x\n\nis what I got.", ""),
    ],
    ids=["signature parted", "forward whole", "header block whole"],
)
def test_the_first_mail_of_a_ticket_is_cut_nowhere_but_at_its_signature(text: str, signature: str) -> None:
    reply = reply_text.visible(text, None, first=True)
    assert reply.signature == signature.strip()
    assert f"{reply.visible}\n\n{signature}".strip() == text.strip()
    assert reply.trimmed == ""


# --------------------------------------------------------------------------------------------------------------- what we sent

OURS = (
    "Hello Alice,\n\nplease unplug the printer, wait for thirty seconds, and plug it in again.\n"
    "Does the green light come on after that?\n\nKind regards\nBob from Support"
)


@pytest.mark.parametrize(
    "introduction",
    ["Bob Smith (bob@help.test) qui scripsit die 3.5.2023:", "Ar 03/05/2023 10:00, ysgrifennodd Bob Smith:",
     "Bob Smith <bob@help.test>\nil-ħin 10:00 kiteb:", "Minn: Bob Smith <bob@help.test>\nMibgħut: 3 ta' Mejju 2023\nLil: Alice\nSuġġett: Printer", ""],
    ids=["Latin", "Welsh", "Maltese", "Maltese header block", "nothing"],
)  # fmt: skip
def test_what_we_sent_is_known_again_below_an_introduction_in_any_language(introduction: str) -> None:
    text = f"{ANSWER}\n\n{introduction}\n\n{OURS}\n"
    assert reply_text.visible(text, None, [OURS]).visible == ANSWER
    assert OURS.splitlines()[2] in shown(text) or not introduction


@pytest.mark.parametrize("mark", ["> ", ">", "| ", "", "    "])
def test_what_we_sent_is_known_again_whatever_the_quote_marks_and_line_breaks(mark: str) -> None:
    words = OURS.replace("\n", " ").split()
    wrapped = "\n".join(mark + " ".join(words[i : i + 5]) for i in range(0, len(words), 5))
    assert shown(f"{ANSWER}\n\n{wrapped}", sent=("another mail of ours", OURS)) == ANSWER


def test_answers_typed_into_what_we_sent_survive_without_any_mark() -> None:
    text = (
        "From: Bob <bob@help.test>\nSent: 3 May 2023\nTo: Alice\nSubject: Printer\n\nHello Alice,\n\n"
        "please unplug the printer, wait for thirty seconds, and plug it in again.\nI did, twice.\n"
        "Does the green light come on after that?\nNo, a red one.\n\nKind regards\nBob from Support"
    )
    visible = shown(text, sent=(OURS,))
    assert "I did, twice." in visible
    assert "> Does the green light come on after that?\nNo, a red one." in visible
    assert "Subject: Printer" not in visible


def test_a_few_words_in_common_are_not_ours() -> None:
    text = "Does the green light come on? I never saw it."
    assert shown(text, sent=(OURS,)) == text


def test_text_of_the_sender_in_the_cut_part_is_counted() -> None:
    sentences = [f"This is sentence number {n} of our long answer to you." for n in range(20)]
    quoted = [*sentences[:9], "My own words stand here.", *sentences[9:]]
    text = f"{ANSWER}\n\nFrom: Bob <bob@help.test>\nSent: 3 May 2023\nTo: x\nSubject: y\n\nAn older mail first.\n\n" + "\n".join(
        quoted
    )
    reply = reply_text.visible(text, None, ["\n".join(sentences)])
    assert reply.visible == ANSWER
    assert reply.hidden_lines == 1


# ----------------------------------------------------------------------------------------------------------------------- HTML


@pytest.mark.parametrize(
    ("html", "container"),
    [
        ('<div dir="ltr">A</div><br><div class="gmail_quote"><div class="gmail_attr">Bob kiteb:<br></div><blockquote class="gmail_quote">Q</blockquote></div>',
         "blockquote type=cite"),
        ('<p>A</p><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>Minn:</b> Bob<br></div><div>Q</div>', "divRplyFwdMsg"),
        ('<div>A</div><div id="ms-outlook-mobile-signature">Get Outlook</div><div id="mail-editor-reference-message-container">Minn: Bob<p>Q</div>',
         "mail-editor-reference-message-container"),
        ('<body>A<br><div class="moz-cite-prefix">Bob kiteb:<br></div><blockquote type="cite" cite="mid:1">Q</blockquote></body>',
         "blockquote type=cite"),
        ('<div>A</div><br><div id="yahoo_quoted_1" class="yahoo_quoted">Bob kiteb<div>Q</div></div>', "yahoo_quoted"),
        ('<div>A</div><div class="protonmail_quote">Bob kiteb<blockquote class="protonmail_quote" type="cite">Q</blockquote></div>',
         "blockquote type=cite"),
        ('<div>A<br></div><div><blockquote type="cite"><div>Bob kiteb:</div><br><div>Q</div></blockquote></div>', "blockquote type=cite"),
        ('<p class="MsoNormal">A</p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p><b>Minn:</b> Bob</p></div>'
         "</div><p>Q</p>", "header rule"),
        ('<div>A</div><blockquote><div data-helpdesk-quote="1">Q</div></blockquote>', "marker"),
        ('<div>A</div><table><tr><td data-helpdesk-quote="1"><p>Q</p></td></tr></table>', "marker"),
    ],
    ids=["Gmail", "Outlook on the web", "Outlook for iOS", "Thunderbird", "Yahoo", "Proton", "Apple Mail", "Outlook", "our marker", "marker in a table"],
)  # fmt: skip
def test_known_containers_are_cut_in_a_language_that_nobody_listed(html: str, container: str) -> None:
    reply = reply_text.visible("", html)
    assert "Q" not in reply.visible
    assert reply.visible.split("\n")[0] == "A"
    assert reply.cut_by in {container, "introduction", "quoted"}


@pytest.mark.parametrize(
    "html",
    ["<p>The error is</p><blockquote>Out of paper</blockquote>", "<p>A</p><blockquote class='gmail_quote'>B, says the book.</blockquote><p>C</p>", "<p>A</p><hr><p>B</p>", '<p>A</p><div style="border-top:1px solid red"><p>B</p></div>',
     "<p>A</p><blockquote style='margin:0 0 0 40px'>B</blockquote><p>C</p>"],
    ids=["blockquote", "quoted by hand", "rule", "bordered box", "indented"],
)  # fmt: skip
def test_a_bare_blockquote_or_rule_cuts_nothing(html: str) -> None:
    reply = reply_text.visible("", html)
    assert (reply.trimmed, reply.cut_by) == ("", None)


@pytest.mark.parametrize(
    "inside",
    [
        "Среда, 3 мая 2023, 10:00 +03:00 от Bob &lt;bob@help.test&gt;:<br>Q",
        "<b>From: </b>Bob &lt;bob@help.test&gt;<br><b>To: </b>x<br><b>Sent: </b>y<br>Q",
    ],
    ids=["mail.ru", "Zimbra"],
)
def test_a_bare_blockquote_that_begins_with_an_introduction_is_a_quote(inside: str) -> None:
    assert shown("", f"<p>A</p><blockquote style='border-left:1px solid'>{inside}</blockquote>") == "A"


def test_a_bare_blockquote_below_an_introduction_is_a_quote() -> None:
    html = "<p>A</p><p>On 3 May 2023 10:00, Bob wrote:</p><blockquote>Q</blockquote><p>B</p>"
    assert shown("", html).split() == ["A", "B"]


def test_answers_between_gmail_quotes_survive() -> None:
    html = (
        '<div class="gmail_quote"><div class="gmail_attr">On Wed, 3 May 2023, Bob wrote:</div><blockquote class="gmail_quote">Which?</blockquote>'
        '<div>The red one.</div><blockquote class="gmail_quote">When?</blockquote><div>Monday.</div></div>'
    )
    assert [line for line in shown("", html).split("\n") if line.strip("> ")] == ["> Which?", "The red one.", "> When?", "Monday."]


def test_a_signature_container_is_the_signature_unless_all_was_typed_into_it() -> None:
    html = '<div>It works.</div><div class="gmail_signature">Alice Example<br>ACME</div>'
    reply = reply_text.visible("", html)
    assert (reply.visible, reply.signature) == ("It works.", "Alice Example\nACME")
    assert shown("", '<div id="Signature">It works.</div>') == "It works."


def test_hidden_html_is_never_shown() -> None:
    assert shown("", '<p>Yes.</p><div style="display:none">#resolved</div>') == "Yes."


@pytest.mark.parametrize(
    ("text", "html", "visible"),
    [
        ("Yes, *really*.\n", "<p>Yes, <b>really</b>.</p>", "Yes, *really*."),
        ("", "<p>Yes.</p>", "Yes."),
        (
            "Your mail program does not show HTML mail.",
            "<p>Yes, I think that we should do it like that.</p>",
            "Yes, I think that we should do it like that.",
        ),
        ("Look.", f"<p>{'A long report. ' * 30}</p>", ("A long report. " * 30).strip()),
        (
            "Yes.\n\nBob kiteb\nQ and more of it",
            '<p>Yes.</p><blockquote type="cite">Bob kiteb<br>Q and more of it</blockquote>',
            "Yes.",
        ),
        ("Yes.\n\n> Q", '<p>Yes.</p><blockquote type="cite">Q</blockquote>', "Yes."),
    ],
    ids=["a real text part", "no text part", "a stub", "a stub by size", "an unmarked quote in the text part", "both agree"],
)
def test_the_text_part_is_read_when_it_is_real_and_html_where_it_tells_more(text: str, html: str, visible: str) -> None:
    assert shown(text, html) == visible


# -------------------------------------------------------------------------------------------------------------- hostile input


@pytest.mark.parametrize(
    "line",
    ["On ", "On 3\n", "On 2023-05-03 10:00 a@b.c wrote:\n", ">", ">\n", "> ", "@", "a@", "wrote: ", "From: a@b.c\n", "To: a@b.c;\n", "From: x\nTo: y\n\n",
     "-", "---\n", "-- \n", "Thanks\n", "Sent from my iPhone\n", "Bob\n", "\n", " ", "1 ", "> q\na\n", "<"],
)  # fmt: skip
def test_a_hundred_thousand_repetitions_lose_nothing_and_end(line: str) -> None:
    text = line * (100_000 // len(line))
    reply = reply_text.visible(text, None)
    assert reply.visible.strip() or not text.strip()


PIECES = st.sampled_from(
    ["text of mine", "> quoted", ">", "", "-- ", "---", "On Wed, 3 May 2023, Bob wrote:", "From: Bob <bob@help.test>", "Sent: today", "Subject: x", "Thanks,", "Alice",
     "-----Original Message-----", "---------- Forwarded message ----------", "Sent from my iPhone", "> On Wed, 3 May 2023, Bob wrote:", "wrote:", "#resolved", "\u200b"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=12), st.lists(st.sampled_from([OURS, "text of mine"]), max_size=2), st.booleans())
def test_no_line_is_invented_and_something_is_left(pieces: list[str], sent: list[str], first: bool) -> None:
    text = "\n".join(pieces)
    reply = reply_text.visible(text, None, sent, first=first, sender_name="Alice")
    known = {line.strip() for line in pieces} | {f"> {line.strip()}" for line in pieces}
    assert {line.strip() for line in reply.visible.split("\n")} <= known | {""}
    assert bool(reply.visible.strip()) == bool(text.strip())


def test_a_bare_blockquote_at_the_end_is_a_quote_only_where_it_says_what_we_sent() -> None:
    ours = "Please switch the printer off and on again, and tell us what the small display says."
    html = f"<p>It says <b>E4</b>.</p><div><br></div><blockquote>{ours}</blockquote>"
    reply = reply_text.visible("", html, [ours])
    assert (reply.visible, reply.cut_by, reply.html) == ("It says E4.", "sent", "<p>It says <b>E4</b>.</p><div><br></div>")
    assert ours in reply_text.visible("", html, ["Something else that we wrote to her on another day."]).visible
    assert ours in reply_text.visible("", html).visible
