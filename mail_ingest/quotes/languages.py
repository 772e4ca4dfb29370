"""What mail programs write around a quoted mail, language by language: data, no rule.

Each field holds alternatives parted by "|", as the programs print them (any case when read). `marks.py` reads lines by them.
Here are introductions ("On ... wrote:"), header labels (From, Sent, To, Subject) and banners ("-----Original Message-----").
What people and telephones put under their text is in `signature_languages.py`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """The words of one language.

    `starts` open an introduction, `wrote` is its verb (or what stands in its place), `i` are first persons: next to the verb they
    make it a sentence of the writer. `sent` labels occur in mail only; `date` labels elsewhere too.
    """

    code: str
    starts: str
    wrote: str
    sender: str
    date: str
    to: str
    subject: str
    sent: str = ""
    cc: str = ""
    i: str = ""
    original: str = ""
    forwarded: str = ""


LANGUAGES = (
    Language(
        "en", "On|At", "wrote|writes|sent", "From", "Date", "To", "Subject", sent="Sent|Sent at|Date Sent",
        cc="Cc|Bcc|Reply-To", i="I|we",
        original="Original Message|Original E-mail|Original Email|Original Mail|Original Appointment|Reply above this line"
        "|Please reply above this line|Type your reply above this line|Please type your reply above this line"
        "|Write above this line to reply|Reply Message|Reply to Message",
        forwarded="Forwarded message|Forwarded Mail|Forwarded Email|Begin forwarded message|Start of forwarded message"
        "|Fwd message",
    ),
    Language(
        "de", "Am", "schrieb|geschrieben|schreibt", "Von", "Datum", "An", "Betreff", sent="Gesendet|Gesendet am",
        cc="Kopie|Cc|Antwort an", i="ich|wir",
        original="Ursprüngliche Nachricht|Originalnachricht|Original-Nachricht|Original Nachricht|Antwort Nachricht"
        "|Ursprüngliche Mail|Ursprüngliche E-Mail|Originalmail",
        forwarded="Weitergeleitete Nachricht|Anfang der weitergeleiteten Nachricht|Weitergeleitete E-Mail"
        "|Weitergeleitete Mail",
    ),
    Language(
        "fr", "Le", "a écrit|écrivait|écrit|a ecrit", "De|Expéditeur", "Date", "À|A|Destinataire", "Objet|Sujet",
        sent="Envoyé|Envoyé le", cc="Copie à|Cc|Copie", i="j'ai|j’ai|nous",
        original="Message original|Message d'origine|Message d’origine|Courriel original|Mail original|Message initial",
        forwarded="Message transféré|Début du message réexpédié|Début du message transféré|Message transmis|Mail transféré",
    ),
    Language(
        "es", "El", "escribió|escribio|ha escrito", "De|Remitente", "Fecha", "Para|A", "Asunto",
        sent="Enviado|Enviado el|Enviada|Enviada el|Enviado a las", cc="Cc|Con copia", i="yo",
        original="Mensaje original|Correo original|Mensaje Original",
        forwarded="Mensaje reenviado|Inicio del mensaje reenviado|Correo reenviado",
    ),
    Language(
        "pt", "Em|No dia|A|Na|Às", "escreveu", "De|Remetente", "Data", "Para", "Assunto",
        sent="Enviado|Enviada|Enviado em|Enviada em|Data de envio", cc="Cc|Com cópia", i="eu",
        original="Mensagem original|E-mail original",
        forwarded="Mensagem encaminhada|Mensagem reencaminhada|Início da mensagem encaminhada"
        "|Início da mensagem reencaminhada|Início de mensagem encaminhada|Início da mensagem reenviada",
    ),
    Language(
        "it", "Il|In data|Il giorno", "ha scritto|scrive|scrisse", "Da|Mittente", "Data", "A|Destinatario", "Oggetto",
        sent="Inviato|Inviato il", cc="Cc|Copia", original="Messaggio originale|Messaggio originario",
        forwarded="Messaggio inoltrato|Inizio messaggio inoltrato|Inizio del messaggio inoltrato|Forwarded message",
    ),
    Language(
        "nl", "Op", "schreef|geschreven", "Van", "Datum", "Aan", "Onderwerp", sent="Verzonden|Verzonden op|Verstuurd",
        cc="Cc|Kopie", i="ik|wij",
        original="Oorspronkelijk bericht|Origineel bericht|Oorspronkelijke bericht|Originele bericht",
        forwarded="Doorgestuurd bericht|Begin doorgestuurd bericht|Begin van doorgestuurd bericht",
    ),
    Language(
        "sv", "Den|På", "skrev", "Från", "Datum", "Till", "Ämne", sent="Skickat|Skickat den|Skickades", cc="Kopia|Cc",
        i="jag|vi", original="Ursprungligt meddelande|Originalmeddelande|Ursprungligt mail",
        forwarded="Vidarebefordrat meddelande|Vidarebefordrat brev|Vidarebefordrat mail"
        "|Början på vidarebefordrat meddelande|Början av vidarebefordrat brev|Vidarebefordrat mejl",
    ),
    Language(
        "no", "Den|På|Kl.", "skrev", "Fra", "Dato", "Til", "Emne", sent="Sendt", cc="Kopi|Cc", i="jeg|vi",
        original="Opprinnelig melding|Original melding|Opprinnelig e-post|Opprinnelig meddelelse",
        forwarded="Videresendt melding|Videresendt e-post|Start på videresendt melding|Begynnelse på videresendt melding",
    ),
    Language(
        "da", "Den|Kl.", "skrev", "Fra", "Dato", "Til", "Emne", sent="Sendt", cc="Kopi|Cc", i="jeg|vi",
        original="Oprindelig meddelelse|Original meddelelse|Oprindelig besked|Original besked|Oprindelig e-mail",
        forwarded="Videresendt meddelelse|Start på videresendt besked|Videresendt besked|Begyndelse på videresendt besked",
    ),
    Language(
        "fi", "", "kirjoitti", "Lähettäjä", "Päivämäärä|Päiväys|Pvm", "Vastaanottaja|Saaja", "Aihe", sent="Lähetetty",
        cc="Kopio|Cc", original="Alkuperäinen viesti|Alkuperäinen sähköposti",
        forwarded="Välitetty viesti|Edelleenlähetetty viesti|Välitetty viesti alkaa|Edelleen välitetty viesti"
        "|Lähetetty edelleen",
    ),
    Language(
        "pl", "W dniu|Dnia|Dn.", "napisał|napisała|napisał(a)|napisał/a|napisali|pisze|Wiadomość napisana przez",
        "Od|Nadawca", "Data|Dnia", "Do|Odbiorca", "Temat", sent="Wysłano|Wysłane|Data wysłania", cc="DW|UDW|Cc|Kopia",
        i="ja", original="Oryginalna wiadomość|Wiadomość oryginalna|Wiadomość pierwotna|Oryginalny e-mail",
        forwarded="Przekazana wiadomość|Wiadomość przekazana dalej|Początek przekazywanej wiadomości|Przesłana wiadomość"
        "|Wiadomość przekazana|Treść przekazanej wiadomości|Treść przekazywanej wiadomości",
    ),
    Language(
        "cs", "Dne", "napsal|napsala|napsal(a)|napsal/a|píše", "Od", "Datum", "Komu|Pro", "Předmět",
        sent="Odesláno|Odeslané", cc="Kopie|Cc", i="jsem|já",
        original="Původní zpráva|Původní e-mail|Původní email|Originální zpráva",
        forwarded="Přeposlaná zpráva|Začátek přeposlané zprávy|Přeposlaný e-mail",
    ),
    Language(
        "sk", "Dňa", "napísal|napísala|napísal(a)|napísal/a|píše", "Od", "Dátum", "Komu|Pre", "Predmet", sent="Odoslané",
        cc="Kópia", i="som|ja", original="Pôvodná správa|Pôvodný e-mail",
        forwarded="Preposlaná správa|Začiatok preposlanej správy",
    ),
    Language(
        "ru", "В", "пишет|написал|написала|написал(а)|написал(-а)|писал|писала|писал(а)", "От|От кого|Отправитель", "Дата",
        "Кому|Получатель", "Тема", sent="Отправлено|Дата отправки|Отправлен", cc="Копия", i="я|мы",
        original="Исходное сообщение|Оригинальное сообщение|Исходное письмо|Первоначальное сообщение",
        forwarded="Пересылаемое сообщение|Пересланное сообщение|Начало переадресованного сообщения"
        "|Перенаправленное сообщение|Пересылаемое письмо|Начало пересылаемого сообщения|Переадресованное сообщение",
    ),
    Language(
        "uk", "У|В", "пише|написав|написала|написав(ла)|написав(-ла)|написав(а)|писав|писала", "Від|Від кого|Відправник",
        "Дата", "Кому|До", "Тема", sent="Надіслано|Відправлено", cc="Копія", i="я|ми",
        original="Оригінальне повідомлення|Вихідне повідомлення|Початкове повідомлення|Оригінал повідомлення",
        forwarded="Переслане повідомлення|Пересилається повідомлення|Початок пересланого повідомлення"
        "|Переадресоване повідомлення",
    ),
    Language(
        "tr", "", "yazdı|şunu yazdı|şunları yazdı", "Kimden|Gönderen", "Tarih", "Kime|Alıcı", "Konu",
        sent="Gönderildi|Gönderme Tarihi|Gönderim Tarihi|Gönderilme Tarihi|Gönderilme", cc="Bilgi|Cc",
        original="Orijinal Mesaj|Özgün İleti|Orijinal ileti|Orjinal Mesaj|Asıl ileti",
        forwarded="Yönlendirilen ileti|İletilen mesaj|Yönlendirilmiş ileti|İletilmiş ileti|Yönlendirilen mesaj",
    ),
    Language(
        "hu", "", "ezt írta|írta|a következőt írta", "Feladó|Küldő", "Dátum", "Címzett", "Tárgy",
        sent="Elküldve|Küldve|Küldés ideje|Küldte", cc="Másolatot kap|Másolat|Cc", original="Eredeti üzenet|Eredeti levél",
        forwarded="Továbbított üzenet|Továbbított levél",
    ),
    Language(
        "ro", "Pe|În|La data de|În data de|In", "a scris", "De la|De|Expeditor", "Data|Dată", "Către|Catre|La",
        "Subiect|Subiectul", sent="Trimis|Data trimiterii|Expediat", cc="Cc",
        original="Mesaj original|Mesajul original|Mesajul inițial",
        forwarded="Mesaj redirecționat|Mesaj redirecţionat|Începutul mesajului redirecționat|Mesaj transmis mai departe",
    ),
    Language(
        "el", "Στις|Την|Τη", "έγραψε", "Από", "Ημερομηνία", "Προς", "Θέμα", sent="Στάλθηκε|Εστάλη|Αποστολή",
        cc="Κοιν.|Κοινοποίηση|Κοιν", original="Αρχικό μήνυμα|Πρωτότυπο μήνυμα",
        forwarded="Προωθημένο μήνυμα|Προωθούμενο μήνυμα|Αρχή προωθημένου μηνύματος",
    ),
    Language(
        "he", "בתאריך|ב-|ביום", "כתב|כתבה|כתב/ה|כתבת|מאת", "מאת", "תאריך", "אל|ל", "נושא", sent="נשלח", cc="עותק|העתק",
        original="הודעה מקורית|ההודעה המקורית", forwarded="הודעה שהועברה|הודעה מועברת|תחילת ההודעה שהועברה",
    ),
    Language(
        "ar", "في|بتاريخ", "كتب|كتبت|كتب/ت|تمت كتابة ما يلي بواسطة", "من|المرسل", "التاريخ|تاريخ", "إلى|الى",
        "الموضوع|موضوع", sent="تم الإرسال|أرسلت|تاريخ الإرسال|أُرسلت", cc="نسخة|نسخة إلى",
        original="الرسالة الأصلية|رسالة أصلية",
        forwarded="رسالة معاد توجيهها|رسالة محولة|الرسالة المعاد توجيهها|بدء الرسالة المعاد توجيهها",
    ),
    Language(
        "zh-Hans", "在|于", "写道|寫道", "发件人|发信人", "日期|时间", "收件人|收信人", "主题",
        sent="发送时间|发送日期|发件时间", cc="抄送", original="原始邮件|邮件原件|原邮件|回复的原邮件|原始邮件信息",
        forwarded="转发的邮件|转发邮件|下面是被转发的邮件|转发邮件信息|转发的原邮件",
    ),
    Language(
        "zh-Hant", "在|於", "寫道|写道", "寄件者|寄件人", "日期|時間", "收件者|收件人", "主旨|主題",
        sent="寄件日期|傳送時間|傳送日期|寄件時間", cc="副本", original="原始郵件|原始訊息|原始信件",
        forwarded="轉寄的郵件|轉寄郵件|開始轉寄郵件|開始轉寄訊息|轉寄訊息|轉發的郵件",
    ),
    Language(
        "ja", "", "のメール|さんは書きました|さんが書きました|のメッセージ|さんからのメール", "差出人|送信者|送信元|発信者",
        "日付|日時", "宛先|To", "件名", sent="送信日時|送信日", cc="CC",
        original="元のメッセージ|元のメール|オリジナルメッセージ",
        forwarded="転送メッセージ|転送されたメッセージ|転送されたメール|転送メール",
    ),
    Language(
        "ko", "", "님이 작성|님이 씀|작성|님이 보낸 메일", "보낸 사람|보낸사람|발신|발신인", "날짜|일시",
        "받는 사람|받는사람|수신|수신인", "제목", sent="보낸 날짜|보낸날짜|보낸 시간|보낸시간", cc="참조",
        original="원본 메시지|원본 메일|원래 메시지|원본메시지",
        forwarded="전달된 메시지|전달된 메일|전달된 메세지|전달된 전자 메일",
    ),
    Language(
        "vi", "Vào|Vào lúc|Ngày", "đã viết|viết", "Từ|Người gửi", "Ngày", "Đến|Tới|Gửi tới|Người nhận", "Chủ đề|Tiêu đề",
        sent="Đã gửi|Ngày gửi|Gửi|Đã gửi lúc", cc="Cc|Đồng gửi", i="tôi", original="Tin nhắn gốc|Thư gốc|Thư ban đầu",
        forwarded="Thư được chuyển tiếp|Tin nhắn đã chuyển tiếp|Thư đã chuyển tiếp|Thư chuyển tiếp",
    ),
    Language(
        "bg", "На", "написа", "От", "Дата", "До", "Относно|Тема", sent="Изпратено", original="Оригинално съобщение",
    ),
    Language(
        "hr", "Dana|Dne", "napisao je|napisala je|je napisao|je napisala|je napisao/la", "Od|Šalje", "Datum", "Za|Prima",
        "Predmet|Naslov", sent="Poslano|Poslato", original="Izvorna poruka|Originalna poruka",
        forwarded="Proslijeđena poruka|Prosleđena poruka",
    ),
    Language(
        "sl", "Dne|V", "je napisal|je napisala|je napisal/-a", "Od", "Datum", "Za", "Zadeva", sent="Poslano",
        original="Izvirno sporočilo",
    ),
    Language(
        "ca", "El", "va escriure|ha escrit|Missatge de", "De", "Data", "Per a|A", "Assumpte|Tema", sent="Enviat",
        original="Missatge original",
    ),
    Language(
        "id", "Pada", "menulis", "Dari", "Tanggal", "Kepada|Untuk", "Subjek|Perihal", sent="Terkirim|Dikirim",
        original="Pesan Asli",
    ),
    Language(
        "et", "", "kirjutas", "Saatja|Kellelt", "Kuupäev", "Saaja|Kellele", "Teema", sent="Saadetud",
        original="Algne kiri|Algsõnum",
    ),
    Language(
        "lt", "", "rašė|parašė", "Nuo", "Data", "Kam|Iki", "Tema", sent="Išsiųsta", original="Originalus laiškas",
    ),
    Language(
        "lv", "", "rakstīja", "No|Sūtītājs", "Datums", "Kam|Adresāts", "Tēma|Temats", sent="Nosūtīts",
        original="Sākotnējais ziņojums",
    ),
    Language(
        "th", "เมื่อ", "เขียนว่า|เขียน", "จาก", "วันที่", "ถึง", "เรื่อง|หัวเรื่อง", sent="ส่ง", original="ข้อความต้นฉบับ",
    ),
    Language(
        "fa", "در", "نوشت|نوشته است", "از", "تاریخ", "به", "موضوع", sent="ارسال شده", original="پیام اصلی",
    ),
)  # fmt: skip


def fold(text: str) -> str:
    """The form in which words are compared: NFKC, no case, one kind of blank and apostrophe, no invisible characters."""
    if text.isascii():
        return text.lower().replace("\t", " ")
    text = unicodedata.normalize("NFKC", text).translate(_INVISIBLE).casefold()
    return text.replace("i̇", "i")


_INVISIBLE: dict[int, str | None] = {
    **dict.fromkeys((0xAD, 0x061C, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A))),
    0x2019: "'",
    0xA0: " ",
    0x202F: " ",
    0x09: " ",
}


def words(field: str) -> Iterator[str]:
    """The alternatives of one table field, folded."""
    return (fold(word) for word in field.split("|") if word)
