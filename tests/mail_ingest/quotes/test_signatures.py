"""Signatures: each way in which one begins, in many languages, and texts that only look like one."""

from __future__ import annotations

import pytest

from mail_ingest.quotes import signatures

TEXT = ["Hello Bob,", "", "it works now, many people say.", ""]


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nAlice", "--\nAlice\nACME", "-- \nAlice\n\nDiese Nachricht ist vertraulich. Bitte nicht weitergeben.",
        "Sent from my iPhone", "Sent from my Verizon Wireless BlackBerry", "Get Outlook for iOS<https://aka.ms/x>", "Get Outlook for Android",
        "Sent from Yahoo Mail on Android", "Sent with Proton Mail secure email.", "Von meinem iPhone gesendet", "Gesendet mit der GMX Mail App",
        "Envoyé de mon iPhone", "Télécharger Outlook pour iOS", "Enviado desde mi iPhone", "Obtener Outlook para iOS", "Enviado do meu iPhone",
        "Inviato da iPhone", "Verstuurd vanaf mijn iPhone", "Verzonden vanaf mijn Samsung Galaxy", "Skickat från min iPhone", "Sendt fra min iPad",
        "Sendt fra min iPhone", "Lähetetty iPhonesta", "Wysłane z iPhone’a", "Odesláno z iPhonu", "Отправлено с iPhone", "Надіслано з iPhone",
        "iPhone’umdan gönderildi", "Az iPhone-omról küldve", "Trimis de pe iPhone-ul meu", "Στάλθηκε από το iPhone μου", "נשלח מה-iPhone שלי",
        "أرسلت من الـ iPhone", "发自我的 iPhone", "從我的iPhone傳送", "iPhoneから送信", "나의 iPhone에서 보냄", "Đã gửi từ iPhone của tôi",
        "Best regards\nAlice", "Kind regards,\nAlice Example\nHead of Printing\nACME Ltd\n+44 20 7946 0000", "Thanks,\nAlice", "Cheers", "Regards, Alice",
        "Mit freundlichen Grüßen\nAlice Example", "Viele Grüße\nAlice", "Cordialement,\nAlice", "Saludos,\nAlice", "Atenciosamente,\nAlice",
        "Cordiali saluti\nAlice", "Met vriendelijke groet,\nAlice", "Med vänlig hälsning\nAlice", "Mvh\nAlice", "Med venlig hilsen\nAlice", "Kh\nAlice",
        "Ystävällisin terveisin\nAlice", "Pozdrawiam\nAlice", "S pozdravem\nAlice", "С уважением,\nАлиса", "З повагою,\nАліса", "Saygılarımla\nAlice",
        "Üdvözlettel,\nAlice", "Cu stimă,\nAlice", "Με εκτίμηση,\nAlice", "בברכה,\nאליס", "مع تحياتي\nأليس", "此致\n敬礼\n爱丽丝", "よろしくお願いいたします。\nアリス",
        "감사합니다.\n앨리스 드림", "Trân trọng,\nAlice", "- alice", "-Alice\n\nSent from my HTC smartphone!",
        "Alice Example\nalice@example.com\n(555) 346-9947\nwww.example.com",
        "----------------\nLOGO\n\nAlice Example\n\nt. 555-931-0702\n\nskype: alice\n\nhttp://example.com/",
        "Alice", "Alice Example",
    ],
)  # fmt: skip
def test_a_signature_is_parted_from_the_text(signature: str) -> None:
    body, found = signatures.split([*TEXT, *signature.split("\n")], "Alice Example")
    assert "\n".join(body).strip() == "\n".join(TEXT).strip()
    assert "\n".join(found).strip() == signature.strip()


@pytest.mark.parametrize(
    "text",
    [
        "It failed. Thanks for looking into it, it is urgent.",
        "Two things.\n\nThanks,\nalso the second device is broken and needs a repair.",
        "One thing.\n\nKind regards\nAlice\n\nP.S. Does it work on Linux?",
        "One thing.\n\nThanks\nCan you call me?",
        "Hi Bob,\nThanks for prompt response!",
        "Hi Bob,\n\nThanks!",
        "Thanks",
        "We need:\n- apples\n- pears\n\n- bob",
        "Ask\n\nCarol",
        "The words best regards are a closing.",
        "We sent it from my office.",
        "an -- inside a line",
        "See my code:\n--\n" + "\n".join(f"line {n} of it" for n in range(40)),
        "Contact me\nat alice@example.com or by phone at 555 123 4567 today.",
        "Please do.\n\nThanks,\n#resolved",
        "Please do.\n\nRegards\nBob\n/close",
    ],
)
def test_what_only_resembles_a_signature_stays(text: str) -> None:
    assert signatures.split(text.split("\n"), "Alice Example") == (text.split("\n"), [])


@pytest.mark.parametrize(("line", "contact"), [
    ("alice@example.com", True), ("www.example.com", True), ("+49 30 123456", True), ("Tel: 030 123456", True), ("тел. 123-45-67", True),
    ("alice", False), ("12", False), ("call me at five", False), ("Note: all is well", False),
])  # fmt: skip
def test_contact_data_is_known(line: str, contact: bool) -> None:
    assert signatures.is_contact(line) is contact


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("Hey man! How are you?\n---\nRoman", "Hey man! How are you?"),
        ("Hey!\n-roman", "Hey!"),
        ("Hey!\n\nThanks!\nRoman", "Hey!"),
        ("Done.\n\nSent from my iPhone, sorry for typos", "Done."),
    ],
)
def test_a_short_signature_needs_no_empty_line(text: str, body: str) -> None:
    assert "\n".join(signatures.split(text.split("\n"))[0]) == body


@pytest.mark.parametrize(
    "text",
    [
        "Another mail\n\nSent from my desk, is much easier than from my mobile phone.",
        "fruit\n-apples",
        "A\n---\nand that is what I say",
    ],
)
def test_a_sentence_or_a_list_is_no_short_signature(text: str) -> None:
    assert "\n".join(signatures.split(text.split("\n"))[0]) == text
