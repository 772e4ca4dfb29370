"""Subjects that machines write, in the languages they speak: absence notices and delivery reports; and marks of reply and forward.

Tables and three questions, no more: what follows from an answer is said in classify and delivery_report.
"""

from __future__ import annotations

import re

_LONGEST = 300

_REPLY = r"(?:re|aw|sv|antw|odp|resp?|vs|ynt|回复|答复)\s*[::]"
_FORWARD = r"(?:fwd?|wg|tr|rv|enc|i|vl|vb|doorst|пересл|转发)\s*[::]"

_ABSENCE = (
    r"auto(?:matic(?:ally)?|mated)?[ -]?(?:reply|response|respond(?:er)?|generated reply)(?: from [^:]{1,60})?",
    r"out[ -]of[ -](?:the[ -])?office(?: (?:auto[ -]?reply|reply|message|notification|notice|response))?",
    r"(?:on )?(?:vacation|holiday|annual leave|maternity leave) (?:auto-?)?(?:reply|response|message|notice)",
    r"on (?:vacation|annual leave|maternity leave|parental leave)|away from my (?:mail|e-?mail|desk|office)",
    r"automatische (?:antwort|rückantwort)|auto(?:matische)?[ -]?antwort|nicht im (?:büro|haus)",
    r"abwesend|abwesenheit(?:s(?:notiz|meldung|benachrichtigung|agent|assistent))?",
    r"réponse (?:automatique|d'absence)|absente? du bureau|absence du bureau|(?:message|notification) d'absence",
    r"(?:respuesta|contestación) automática|fuera de (?:la )?oficina|ausente de la oficina",
    r"risposta automatica|fuori (?:sede|ufficio)|assente dall'ufficio|messaggio automatico di assenza",
    r"resposta automática|ausência temporária|fora do escritório|ausente do escritório|mensagem automática de ausência",
    r"automatische? (?:antwoord|beantwoording)|afwezig(?:heids(?:bericht|melding|assistent))?|niet aanwezig|buiten kantoor",
    r"automati(?:skt|sk) svar|auto-?svar|frånvaro(?:meddelande|besked)?|frånvarande",
    r"fraværs(?:besked|melding|meddelelse)|fraværende|ikke til ?stede|ikke på kontoret",
    r"automaattinen vastaus|poissaoloviesti|poissa(?: toimistosta)?|sjálfvirkt svar|automaatvastus",
    r"autoodpowiedź|automatyczna odpowiedź|odpowiedź automatyczna|nieobecność(?: w biurze)?|poza biurem",
    r"automatick[áé] odpov[eě](?:ď|di)|mimo kancelář|mimo kanceláriu|nepřítomnost",
    r"automatikus válasz|házon kívül|răspuns automat|automatski odgovor|samodejni odgovor",
    r"automatinis atsakymas|automātiskā atbilde|otomatik (?:yanıt|cevap)|ofis dışında",
    r"автоматическ(?:ий ответ|ое сообщение)|автоответ(?:чик)?|отсутствие на рабочем месте|вне офиса",
    r"автоматична відповідь|автовідповідь|автоматичен отговор",
    r"αυτόματη απάντηση|εκτός γραφείου|תשובה אוטומטית|מענה אוטומטי|رد تلقائي|الرد التلقائي|خارج المكتب",
    r"自動(?:応答|返信)(?:メール)?|不在(?:通知|のお知らせ)|自动(?:答复|回复)|自動(?:回覆|回復|答覆)|外出(?:自动回复)?",
    r"자동 ?(?:회신|응답)|부재중(?: 자동 회신)?|trả lời tự động|balasan otomatis|jawaban otomatis|di luar kantor",
    r"การ?ตอบกลับอัตโนมัติ",
)
_FAILURE = (
    r"undeliver|returned? (?:e-?)?mail|returned to sender|returning (?:your )?(?:message|mail)",
    r"deliver(?:y|ing)\b.{0,30}\b(?:fail|status|problem|error|notif|report|unsuccess|delay|abort|refus|was not)",
    r"(?:fail|error|problem|unable|trouble|could(?: not|n't)|cannot|can't)\w*\b.{0,30}\b(?:deliver|sending)",
    r"fail(?:ed|ure) (?:notice|to deliver|mail|delivery)|could not send message|not delivered|non-?\s?deliver|nondeliv",
    r"(?:mail|message)\b.{0,20}\b(?:fail|error|delayed|bounced|rejected)|rejected (?:mail|message)",
    r"bounced? (?:mail|message|notif)|(?:mail|email) bounce",
    r"unzustellbar|nicht zugestellt|zustell(?:ung|fehler)|unbestellbar|onbestelbaar|niet bezorgd",
    r"échec|non remis|non[- ]?distribu|no (?:se (?:pudo|puede)|ha sido) entreg|no entregad",
    r"impossibile recapitare|mancat[ao] (?:consegna|recapito)|não (?:foi )?(?:entreg|poss)|falha (?:na|no|de) ent",
    r"olevererbar|kunde inte levereras|kan ikke leveres|uleveret|perilletoimi",
    r"niedostarcz|nie dostarczon|nedoručiteln|kézbesíthetetlen",
    r"недостав|не (?:было |может быть )?доставлен|невозможно доставить",
    r"配信|配達|送信エラー|エラーメール|未達|退信|投递|无法送达|未傳遞|반송",
)

# The end, a colon, or a reply mark must follow: "Out of office chairs" and "Abwesenheit beantragen" are people's subjects.
_OUT_OF_OFFICE = re.compile(
    rf"\[?(?:{'|'.join(_ABSENCE)})\]?\s*(?:[!.]*$|[::]|(?:[-–]\s*)?{_REPLY})"
    r"|[^:]{1,60} is out of the office \((?:returning|until) [^()]{1,60}\)\.?$",
    re.IGNORECASE,
)
_TELLS_FAILURE = re.compile("|".join(_FAILURE), re.IGNORECASE)
_REPLY_MARK = re.compile(rf"\s*{_REPLY}", re.IGNORECASE)
_FORWARD_MARK = re.compile(rf"\s*{_FORWARD}", re.IGNORECASE)


def out_of_office(subject: str) -> str | None:
    """The words of an absence notice when the subject opens with them and then ends, or goes on after a colon or a reply mark."""
    match = _OUT_OF_OFFICE.match(subject.strip()[:_LONGEST])
    return match[0].strip() if match else None


def tells_failure(subject: str) -> bool:
    """The subject is one that mail systems give to a delivery report; a reply or an absence notice that quotes one is not."""
    text = subject[:_LONGEST]
    return _TELLS_FAILURE.search(text) is not None and _REPLY_MARK.match(text) is None and out_of_office(text) is None


def is_forwarded(subject: str) -> bool:
    """Somebody passed a mail on: what it quotes is not news about a mail of ours."""
    return _FORWARD_MARK.match(subject) is not None
