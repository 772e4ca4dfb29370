"""Is a reply nothing but thanks? Then a resolved ticket stays resolved."""

from __future__ import annotations

import re
import unicodedata

MOST_WORDS = 14
# words that thank or are content: one of them at least must be there
THANKS = frozenset(
    """thank thanks thankyou thx tnx ty cheers tack takk tak kiitos danke dankeschön dank bedankt merci gracias obrigado obrigada
    grazie dziękuję dzięki dzieki děkuji díky dakujem köszönöm köszi mulțumesc multumesc mersi спасибо благодарю дякую благодаря
    teşekkürler teşekkür sağol ευχαριστώ תודה شكرا شکراً 谢谢 謝謝 感谢 感謝 ありがとう
    ありがとうございます ありがとうございました 감사합니다 고맙습니다
    cảm ơn terima kasih aitäh paldies ačiū hvala""".split()
)
# words that may stand beside them; any other word makes the reply more than thanks
BESIDE = frozenset(
    """you very much so many lot lots a all the for your you're quick fast help support answer reply again well done great perfect
    awesome super nice good excellent brilliant wonderful works working it that this is now fine ok okay yes solved fixed resolved
    problem issue everything best regards kind warm hi hello dear hey and team guys have day weekend nice cool wow amazing
    vielen herzlichen besten schön schnelle hilfe antwort für die das der es geht jetzt alles klar gut passt prima viele liebe grüße
    mit freundlichen hallo beaucoup bien pour votre aide réponse rapide parfait ça marche bonjour cordialement muchas mil muy por su
    ayuda respuesta perfecto todo bien hola saludos molte mille per aiuto perfetto tutto bene ciao saluti muito pela ajuda perfeito
    olá hartelijk voor de hulp snelle reactie mvg så mycket hälsningar mvh mange tusen hilsen paljon avusta wielkie bardzo za pomoc
    pozdrawiam moc pomoc большое огромное за помощь все работает дуже за çok ederim yardımınız için""".split()
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def is_only_thanks(text: str, names: tuple[str, ...] = ()) -> bool:
    """Every word thanks or goes with thanks, at most 14 of them, and nothing is asked; `names` (people's own) are ignored.

    Careful by nature: an unknown word, a digit or a question mark makes it a message that reopens.
    """
    if "?" in text or "？" in text or any(one.isdigit() for one in text):
        return False
    own = {word for name in names for word in _words(name)}
    said = [word for word in _words(text) if word not in own]
    if not 0 < len(said) <= MOST_WORDS:
        return False
    return any(word in THANKS for word in said) and all(word in THANKS or word in BESIDE for word in said)


def _words(text: str) -> list[str]:
    return [word.replace("’", "'") for word in _WORD.findall(unicodedata.normalize("NFC", text).casefold())]
