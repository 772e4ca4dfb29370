"""What people and telephones put under their text, language by language: data, no rule. `signatures.py` reads by it.

`MOBILE` are beginnings of lines that a device or app adds by itself, `MOBILE_ENDS` ends of such lines where the language puts the
device first. `CLOSINGS` are whole lines before the name ("Kind regards"); a name may follow on the same line.
Alternatives are parted by "|", and compared without case.
"""

from __future__ import annotations

MOBILE = {
    "en": "Sent from my|Sent from a|Sent from the|Sent from Yahoo|Sent from Outlook|Sent from Mail|Sent from Proton"
    "|Sent from Gmail|Sent from Samsung|Sent from iPhone|Sent from iPad|Sent from Android|Sent from BlueMail"
    "|Sent from Mailbox|Sent from Windows|Sent from Spark|Sent from Airmail|Sent from myMail|Sent from Nine"
    "|Sent from Aqua Mail|Sent from FairEmail|Sent from BlackBerry|Sent from Superhuman|Sent from Front|Sent from Zoho"
    "|Sent from AOL|Sent from Workspace|Sent from TypeApp|Sent from phone|Sent from mobile|Sent from Xfinity"
    "|Sent from handheld|Sent from Surface|Sent from Galaxy|Sent wirelessly|Sent via|Sent with|Sent on the go|Sent using"
    "|Sent by my|Sent through|Sent on a|Sent on my|Sent in mobile|Get Outlook for|Get BlueMail for|Get Proton Mail for"
    "|Get TypeApp for|Get the all new|Download Outlook for|Typed on my|Written on my|Please excuse typos"
    "|Please excuse my brevity|Please excuse brevity|Excuse typos|Excuse my brevity|Virus-free."
    "|Powered by Cricket Wireless|Yahoo Mail: Search|Yahoo Mail Stationery|Yahoo Mail for|Connected by|Sorry for typos"
    "|Apologies for brevity|Do You Yahoo!?",
    "de": "Von meinem iPhone|Von meinem iPad|Von meinem Handy|Von meinem Samsung|Von meinem Smartphone"
    "|Von meinem Mobiltelefon|Von meinem Android|Von meinem Mobilgerät|Von meinem Tablet|Von unterwegs|Gesendet von"
    "|Gesendet mit|Gesendet aus|Gesendet via|Gesendet über|Gesendet per|Versendet mit|Versendet von|Verschickt mit"
    "|Verfasst mit|Holen Sie sich Outlook|Outlook für|Outlook herunterladen|Diese Nachricht wurde von meinem"
    "|Diese Nachricht wurde mit|Mobil gesendet|Mit der mobilen App|Virenfrei.",
    "fr": "Envoyé de mon|Envoyé depuis|Envoyé à partir|Envoyé avec|Envoyé via|Envoyé par mon|Envoyé du|Envoyé sans fil"
    "|Envoyé de l'|Provenance :|Télécharger Outlook|Obtenir Outlook|Obtenez Outlook|Téléchargez Outlook|Sans virus."
    "|Garanti sans virus",
    "es": "Enviado desde|Enviado con|Enviado de mi|Enviado a través|Enviado por mi|Enviado mediante|Enviado vía"
    "|Obtener Outlook|Obtén Outlook|Descargar Outlook|Libre de virus.",
    "pt": "Enviado do meu|Enviado a partir|Enviado pelo|Enviado via|Enviado de meu|Enviado com|Enviado por|Enviado da"
    "|Enviado através|Obter o Outlook|Obtenha o Outlook|Obter Outlook|Baixe o Outlook|Livre de vírus.",
    "it": "Inviato da|Inviato dal|Inviato con|Inviato tramite|Inviato via|Inviata da|Scarica Outlook|Ottieni Outlook"
    "|Privo di virus.",
    "nl": "Verzonden vanaf|Verzonden met|Verzonden vanuit|Verstuurd vanaf|Verstuurd met|Verstuurd vanuit|Verstuurd via"
    "|Verzonden via|Outlook voor|Outlook downloaden|Download Outlook voor|Vrij van virussen.|Virusvrij.",
    "sv": "Skickat från|Skickat med|Skickat via|Skickades från|Skaffa Outlook|Hämta Outlook|Hämta BlueMail",
    "no": "Sendt fra|Sendt med|Sendt via|Skaff deg Outlook|Få Outlook|Last ned Outlook",
    "da": "Sendt fra|Sendt med|Sendt via|Hent Outlook|Få Outlook til|Download Outlook til",
    "fi": "Lähetetty|Hanki Outlook|Lataa Outlook|Hae Outlook",
    "pl": "Wysłane z|Wysłano z|Wysłane przez|Wysłane za|Wysłane od|Wiadomość wysłana z|Pobierz program Outlook"
    "|Pobierz aplikację Outlook|Uzyskaj Outlook|Wolne od wirusów.",
    "cs": "Odesláno z|Odesláno ze|Odesláno pomocí|Odesláno přes|Získejte Outlook|Stáhnout Outlook|Získat Outlook|Bez virů."
    "|Neobsahuje žádné viry.",
    "sk": "Odoslané z|Odoslané zo|Odoslané pomocou|Odoslané cez|Získajte Outlook|Získať Outlook",
    "ru": "Отправлено с|Отправлено из|Отправлено через|Отправлено от|Отправлено при|Скачать Outlook|Получить Outlook"
    "|Получите Outlook|Без вирусов.|Послано с",
    "uk": "Надіслано з|Надіслано із|Надіслано через|Відправлено з|Відправлено із|Отримати Outlook|Отримайте Outlook"
    "|Завантажити Outlook",
    "tr": "Android için Outlook|iOS için Outlook|Outlook'u edinin|Virüs bulunmuyor.",
    "hu": "Elküldve a|Elküldve az|Küldve a|Küldve az|Az Outlook beszerzése|Outlook beszerzése|Az én iPhone|A Outlook|Vírusmentes.",
    "ro": "Trimis de pe|Trimis din|Trimis prin|Trimis cu|Trimis de la|Obțineți Outlook|Descărcați Outlook",
    "el": "Στάλθηκε από|Εστάλη από|Αποστολή από|Λήψη του Outlook|Αποκτήστε το Outlook|Κατεβάστε το Outlook",
    "he": "נשלח מה|נשלח מ|נשלח באמצעות|קבל את Outlook|קבל/י את Outlook|הורד את Outlook",
    "ar": "أرسلت من|تم الإرسال من|أُرسلت من|مرسل من|تم إرساله من|الحصول على Outlook|احصل على Outlook",
    "zh": "发自我的|发送自我的|发自|從我的|从我的|傳送自|寄自我的|自我的|來自我的|来自我的|發自我的|获取 Outlook"
    "|取得 Outlook|下載 Outlook|下载 Outlook|发送自|從我的 iPhone 傳送|使用 Outlook",
    "ja": "iPhoneから送信|iPadから送信|Androidから送信|スマートフォンから送信|携帯から送信|Outlook for iOS を入手"
    "|Outlook for Android を入手|iOS 版 Outlook|Yahoo!メール",
    "ko": "나의 iPhone|내 iPhone|iPhone에서 보냄|나의 iPad|내 iPad|iPad에서 보냄|Samsung에서|삼성|내 Galaxy|Galaxy에서"
    "|iOS용 Outlook|Android용 Outlook",
    "vi": "Đã gửi từ|Được gửi từ|Gửi từ|Từ iPhone|Từ iPad|Tải Outlook|Tải về Outlook|Nhận Outlook|Outlook cho|Đã gửi bằng",
    "ca": "Enviat des de|Enviat del|Enviat amb",
    "hr": "Poslano s|Poslano iz|Poslato sa",
    "id": "Dikirim dari|Terkirim dari",
}

MOBILE_ENDS = (
    "gönderildi|gönderilmiştir|edinin|から送信|から送信されました|を入手|에서 보냄|에서 보낸 메일|에서 보냈습니다|다운로드"
    "|傳送|发送|發送|寄出|küldve|gesendet|gesendet.|saatana|mobiililaitteestani|lähetetty|aracılığıyla gönderildi"
    "|beszerzése"
)
MOBILE_DEVICES = (
    "iphone|ipad|ios|android|samsung|galaxy|outlook|blackberry|handy|smartphone|huawei|xiaomi|mobil|telefon|yahoo|gmail"
    "|mail|スマ|携帯|手机|手機|휴대폰"
)

CLOSINGS = {
    "en": "Best|Best regards|Best wishes|All the best|Kind regards|Kindest regards|Warm regards|Warmest regards|Warmly"
    "|Regards|Many thanks and regards|Thanks and regards|Thanks & regards|Thank you and regards|Thanks and best regards"
    "|Thanks & best regards|With best regards|With kind regards|With regards|Best Rgds|Brgds|Sincerely|Sincerely yours"
    "|Yours sincerely|Yours faithfully|Yours truly|Very truly yours|Respectfully|Cordially|Cheers|Thanks|Thank you"
    "|Many thanks|Thanks a lot|Thanks again|Thank you again|Thanks in advance|Thank you in advance|Thank you so much"
    "|Thank you very much|Thanks so much|Thx|Tks|BR|KR|Rgds|Take care|Have a nice day|Have a great day|Have a good day"
    "|Talk soon|Yours|Greetings|Kind Rgds|With thanks|Good luck|Best of luck|Have a nice weekend|Have a great weekend"
    "|Have a good weekend|Looking forward to hearing from you|Thanks for your help|Thank you for your help",
    "de": "Mit freundlichen Grüßen|Mit freundlichen Grüssen|Mit freundlichem Gruß|Mit freundlichem Gruss|Freundliche Grüße"
    "|Freundliche Grüsse|Freundlicher Gruß|Viele Grüße|Viele Grüsse|Viele Gruesse|Liebe Grüße|Liebe Grüsse|Beste Grüße"
    "|Beste Grüsse|Schöne Grüße|Herzliche Grüße|Herzliche Grüsse|Herzlichst|Gruß|Gruss|Grüße|Grüsse|MfG|LG|VG|BG|Danke"
    "|Vielen Dank|Besten Dank|Danke und Gruß|Danke und viele Grüße|Vielen Dank und viele Grüße|Mit besten Grüßen"
    "|Mit herzlichen Grüßen|Hochachtungsvoll|Danke im Voraus|Vielen Dank im Voraus|Mit besten Grüssen"
    "|Mit freundlichen Gruessen|Schönen Gruß|Vielen Dank und freundliche Grüße|Besten Gruß|Lieben Gruß|Schönen Tag noch"
    "|Bis dann|Viele Grüße / Best regards|Mit freundlichen Grüßen / Best regards",
    "fr": "Cordialement|Bien cordialement|Très cordialement|Bien à vous|Bien à toi|Salutations|Meilleures salutations"
    "|Sincères salutations|Merci|Merci d'avance|Merci beaucoup|Cdt|Cdlt|Amicalement|Bonne journée|Bonne soirée"
    "|Bien amicalement|Respectueusement|Avec mes remerciements|Merci par avance|Je vous remercie|Bonne réception|À bientôt"
    "|Merci et bonne journée",
    "es": "Saludos|Un saludo|Saludos cordiales|Cordiales saludos|Un cordial saludo|Atentamente|Muchas gracias|Gracias"
    "|Cordialmente|Un abrazo|Gracias de antemano|Muchas gracias de antemano|Saludos y gracias|Gracias y saludos|Atte|Atte."
    "|Quedo atento|Quedo a la espera|Mil gracias|Slds|Salu2",
    "pt": "Atenciosamente|Cumprimentos|Com os melhores cumprimentos|Melhores cumprimentos|Obrigado|Obrigada|Muito obrigado"
    "|Muito obrigada|Abraço|Abraços|Att|Att.|Cordialmente|Saudações|Grato|Grata|Desde já agradeço|Agradeço desde já"
    "|Os melhores cumprimentos|Cordiais cumprimentos|Atte",
    "it": "Cordiali saluti|Distinti saluti|Saluti|Un saluto|Un cordiale saluto|Grazie|Grazie mille|Cordialmente"
    "|Grazie in anticipo|Ringrazio|Buona giornata|Grazie e saluti|Grazie e cordiali saluti|A presto|Tanti saluti"
    "|In attesa di un riscontro|Buon lavoro|Molte grazie",
    "nl": "Met vriendelijke groet|Met vriendelijke groeten|Vriendelijke groet|Vriendelijke groeten|Groet|Groeten|Mvg"
    "|Hartelijke groet|Hartelijke groeten|Bedankt|Dank u|Dank je|Dank je wel|Alvast bedankt|Hoogachtend"
    "|Met hartelijke groet|Bij voorbaat dank|Beste groeten|Gr|Gr.|Fijne dag|Dank alvast",
    "sv": "Med vänlig hälsning|Med vänliga hälsningar|Vänliga hälsningar|Vänlig hälsning|Mvh|Hälsningar|Bästa hälsningar"
    "|Tack|Tack på förhand|Tack så mycket|Hälsn|Vänligen|Allt gott|Med bästa hälsningar|Varma hälsningar|Vh|Hälsning|Tack!",
    "no": "Med vennlig hilsen|Vennlig hilsen|Mvh|Hilsen|Beste hilsen|Takk|På forhånd takk|Tusen takk|Vh|Hilsener"
    "|Ha en fin dag|Med beste hilsen|Takk på forhånd",
    "da": "Med venlig hilsen|Venlig hilsen|Mvh|Hilsen|De bedste hilsner|Kh|Vh|Tak|På forhånd tak|Mange tak|Bedste hilsner"
    "|Kærlig hilsen|Mange hilsner|Tak på forhånd|Venligst|Med venlige hilsner",
    "fi": "Ystävällisin terveisin|Terveisin|Terv|Terv.|T|Kiitos|Kiitos etukäteen|Yt|Parhain terveisin|Terveiset|Kiitoksia"
    "|Parhaat terveiset|Yst. terv.|Kiitos paljon|Ystävällisesti|Hyvää päivänjatkoa",
    "pl": "Pozdrawiam|Pozdrowienia|Z poważaniem|Z wyrazami szacunku|Serdecznie pozdrawiam|Dziękuję|Z góry dziękuję|Pozdr"
    "|Pozdr.|Dzięki|Łączę pozdrowienia|Z pozdrowieniami|Pozdrawiam serdecznie|Dziękuję i pozdrawiam|Miłego dnia"
    "|Pozdrawiam,|Z góry dziękuję za pomoc",
    "cs": "S pozdravem|S úctou|Děkuji|Děkuji předem|Předem děkuji|Díky|Hezký den|Zdraví|Přeji hezký den"
    "|S přátelským pozdravem|Moc děkuji|Děkuji, s pozdravem|Pěkný den",
    "sk": "S pozdravom|S úctou|Ďakujem|Vopred ďakujem|Vďaka|Ďakujem vopred|Pekný deň|Prajem pekný deň",
    "ru": "С уважением|Спасибо|Заранее спасибо|С наилучшими пожеланиями|Всего доброго|С наилучшими|Благодарю"
    "|Всего хорошего|Большое спасибо|С благодарностью|С ув|С ув.|Хорошего дня|Спасибо большое|Заранее благодарю|Удачи"
    "|С приветом",
    "uk": "З повагою|Дякую|Щиро дякую|З найкращими побажаннями|Наперед дякую|Заздалегідь дякую|Всього найкращого"
    "|Дуже дякую|Гарного дня|Щиро",
    "tr": "Saygılarımla|Saygılar|İyi çalışmalar|Teşekkürler|Teşekkür ederim|Sevgiler|İyi günler|Selamlar|Saygılarımızla"
    "|Kolay gelsin|Çok teşekkürler|Şimdiden teşekkürler",
    "hu": "Üdvözlettel|Tisztelettel|Üdv|Üdv.|Köszönöm|Köszönettel|Köszönöm szépen|Előre is köszönöm|Üdvözlöm|Szép napot"
    "|Köszi|Minden jót",
    "ro": "Cu stimă|Cu respect|Mulțumesc|Multumesc|Cele bune|O zi bună|Cu deosebită considerație|Vă mulțumesc"
    "|Vă mulțumesc anticipat|Toate cele bune|Mulțumesc anticipat|Mulţumesc|Numai bine|O zi frumoasă|Salutări",
    "el": "Με εκτίμηση|Ευχαριστώ|Ευχαριστώ πολύ|Φιλικά|Χαιρετισμούς|Με φιλικούς χαιρετισμούς|Ευχαριστώ εκ των προτέρων"
    "|Σας ευχαριστώ|Με φιλικά χαιρετίσματα",
    "he": "בברכה|תודה|תודה רבה|תודה מראש|בכבוד רב|בברכה רבה|כל טוב|תודה וברכה|יום טוב",
    "ar": "مع تحياتي|مع خالص التحية|تحياتي|شكرا|شكراً|شكرا جزيلا|شكراً جزيلاً|مع أطيب التحيات|وتفضلوا بقبول فائق الاحترام"
    "|مع الشكر|أطيب التحيات|مع فائق الاحترام",
    "zh": "此致|此致敬礼|此致敬禮|谢谢|謝謝|祝好|顺颂商祺|敬上|祝商祺|多谢|多謝|谢谢!|敬礼|敬禮|順頌商祺|祝工作顺利|祝 好"
    "|非常感谢|感谢",
    "ja": "よろしくお願いいたします|よろしくお願いします|宜しくお願い致します|よろしくお願い致します|敬具"
    "|以上、よろしくお願いいたします|以上|以上です|何卒よろしくお願いいたします|ありがとうございます"
    "|ありがとうございました|宜しくお願いいたします|宜しくお願いします|以上、宜しくお願い致します",
    "ko": "감사합니다|고맙습니다|감사드립니다|올림|드림|수고하세요|안녕히 계세요|감사합니다. 안녕히 계세요",
    "vi": "Trân trọng|Xin cảm ơn|Cảm ơn|Thân mến|Kính thư|Thân ái|Trân trọng cảm ơn|Cảm ơn nhiều|Kính chào",
}

AFTERTHOUGHTS = "p.s|ps|p.p.s|nb|n.b|postscript|p.d|pd|з.ы|п.с|p.s."
CONTACT_LABELS = (
    "tel|tel.|phone|mobile|mob|cell|fax|direct|office|email|e-mail|mail|web|website|skype|linkedin|twitter|t|m|p|f|e|w|o|c"
    "|d|telefon|telefax|handy|mobil|tél|tél.|télécopie|móvil|teléfono|telefone|telemóvel|celular|cellulare|telefono"
    "|telefoon|puhelin|gsm|kom|kom.|тел|тел.|моб|моб.|факс|τηλ|τηλ.|כתובת|טלפון|נייד|电话|手机|电邮|電話|手機|メール|전화"
    "|휴대폰|điện thoại|đt|internet|homepage|www|whatsapp|telegram|ext|toll free|voice|facebook|instagram|icq|jabber"
)
# what stands in the notices that companies put below every mail
DISCLAIMERS = (
    "intended recipient|if you have received this|confidential and intended|received this e-mail in error"
    "|received this email in error|received this message in error|vertrauliche informationen|richtige adressat"
    "|irrtümlich erhalten|diese nachricht ist vertraulich|destinataire prévu|reçu ce message par erreur|message est confidentiel"
    "|destinatario indicado|recibido este mensaje por error|mensaje es confidencial|ricevuto questo messaggio per errore"
    "|uso esclusivo del destinatario|bestemd voor de geadresseerde|niet de geadresseerde|recebeu esta mensagem por engano"
    "|avsedda mottagaren|tilsigtede modtager|tiltenkte mottaker|zamierzonym adresatem"
)
