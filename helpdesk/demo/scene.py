"""The scene of the demo: a week at Elm, who make a shared calendar for small teams. Data only."""

from __future__ import annotations

from dataclasses import dataclass

AGENTS = (
    ("bob@elm.example", "Bob Builder", "agent"),
    ("mira@elm.example", "Mira Sandoval", "agent"),
    ("ada@elm.example", "Ada Okafor", "admin"),
)

CUSTOMERS = {
    "alice": ("alice@example.com", "Alice Weber"),
    "jonas": ("jonas.lind@nordfisk.example", "Jonas Lind"),
    "priya": ("priya@brightdental.example", "Priya Raman"),
    "tomas": ("tomas.novak@kavarna.example", "Tomáš Novák"),
    "grace": ("grace@oakschool.example", "Grace Mbeki"),
    "lena": ("lena.fischer@studio-f.example", "Lena Fischer"),
    "sam": ("sam@climbhall.example", "Sam O'Neill"),
    "yuki": ("yuki.tanaka@hoshi.example", "田中 由紀"),
    "marco": ("marco@pizzarossi.example", "Marco Rossi"),
    "ingrid": ("ingrid@velo.example", "Ingrid Solberg"),
    "dmitri": ("d.petrov@arhiv.example", "Дмитрий Петров"),
    "fatima": ("fatima@greenleaf.example", "Fatima Zahra"),
    "ben": ("ben@example.com", "Ben Weber"),
    "kim": ("kim@partner-agency.example", "Kim Duarte"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """One message: `hours` after the ticket was opened, by a customer's key or an agent's address; `thanks` reopen nothing.

    `pending`: why it waits to be accepted.
    """

    hours: float
    who: str
    text: str
    note: bool = False
    status: str | None = None
    thanks: bool = False
    pending: str | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """One ticket: opened `hours_ago`, by whom, and what happened. `files` lie beside this module; `html` names them as `cid:`;
    `status` is reached after `settled` hours."""

    hours_ago: float
    who: str
    title: str
    text: str
    said: tuple[Said, ...] = ()
    type: str = "question"
    priority: str = "medium"
    tags: tuple[str, ...] = ()
    assignee: str | None = None
    status: str | None = None
    source: str = "email"
    known: bool = False
    votes: tuple[str, ...] = ()
    html: str | None = None
    files: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    snoozed_days: int = 0
    settled: float = 24.0
    workaround: str = ""


UNREACHED = "yuki"  # a full mailbox
BOB, MIRA, ADA = (address for address, _, _ in AGENTS)

STORIES = (
    Story(
        166, "jonas", "Calendar shows every meeting one hour late",
        "Hi,\n\nsince this morning all our meetings are one hour late, but only for colleagues in Tromsø. In Oslo it is fine.\n\n"
        "We have a boat to catch, literally.\n\nJonas",
        (
            Said(0.7, BOB, "Hello Jonas,\n\nthank you for the report. Could you tell me which time zone the profile of one of the "
                 "Tromsø colleagues shows (Settings → Profile)?\n\nBest,\nBob"),
            Said(2.1, "jonas", "It says “UTC+1 (fixed)”. The others have “Europe/Oslo”."),
            Said(2.4, BOB, "Fixed offsets do not follow summer time. The import of last night wrote them. @mira can you look at the importer?",
                 note=True),
            Said(3.0, BOB, "Found it: last night's import wrote a fixed offset. I have set all 14 profiles to Europe/Oslo; please reload "
                 "the calendar.\n\nSorry for the scare. The boat should be on time now.", status="resolved"),
            Said(20, "jonas", "All good, and the boat too. Thank you!", thanks=True),
        ),
        type="bug", priority="high", tags=("import", "time-zone"), assignee=BOB, status="resolved",
    ),
    Story(
        160, "grace", "Can teachers see only their own class?",
        "Dear support,\n\nwe would like to give every teacher access to the calendar of their own class only. Is that possible with the "
        "school plan?\n\nKind regards\nGrace Mbeki\nOak School",
        (
            Said(1.6, MIRA, "Dear Grace,\n\nyes: make one group per class, add the teacher as editor and untick “visible to everyone”. "
                 "Here is how it looks with three classes:\n\n1. Settings → Groups → New group\n2. Name it after the class\n"
                 "3. Members → add the teacher → Editor\n\nShall I set up the first one with you?\n\nMira"),
            Said(5.2, "grace", "That was easy. I have done all nine classes. Thank you, Mira!"),
        ),
        tags=("groups", "school"), assignee=MIRA, status="closed",
    ),
    Story(
        150, "sam", "Reminder mails arrive twice",
        "Since Monday every reminder arrives twice, a minute apart. Same text, same event. Both in Gmail and in Outlook.",
        (
            Said(0.9, MIRA, "Thank you, Sam. We see it too: a worker was restarted in the middle of its round. We are on it, and this "
                 "ticket is now public so that you can follow it."),
            Said(26, ADA, "Workaround: switch reminders to “digest” for now (Settings → Reminders). A fix is being tested."),
        ),
        type="bug", priority="critical", tags=("reminders",), assignee=ADA, known=True, votes=("alice", "marco", "ingrid", "fatima"),
        workaround="Switch reminders to **digest** for now: *Settings → Reminders*. Each event is then mentioned once, in the evening.",
    ),
    Story(
        141, "lena", "Invoice without VAT number",
        "Hallo,\n\nauf der letzten Rechnung fehlt unsere USt-IdNr. Könnt ihr sie bitte ergänzen? DE 123 456 789.\n\nDanke\nLena",
        (
            Said(3.5, MIRA, "Hallo Lena,\n\ndie Nummer ist eingetragen, die korrigierte Rechnung liegt unter Einstellungen → Rechnungen.\n\n"
                 "Viele Grüße\nMira", status="resolved"),
        ),
        tags=("billing",), assignee=MIRA, status="closed",
        html='<p>Hallo,</p><p>auf der letzten Rechnung fehlt unsere USt-IdNr. Könnt ihr sie bitte ergänzen?</p>'
             '<table><tr><td>Rechnung</td><td><b>2026-0417</b></td></tr><tr><td>USt-IdNr.</td><td><b>DE 123 456 789</b></td></tr></table>'
             '<p>Danke<br>Lena</p><p><img src="cid:logo.png" alt="studio-f" width="220" height="64"></p>',
        files=("logo.png",),
    ),
    Story(
        130, "marco", "Feature: opening hours that differ on holidays",
        "We are open on some holidays and closed on others. It would be great to set this once a year instead of editing every day.",
        (Said(4, BOB, "Good idea, Marco. I have put it on the list and will tell you when it moves."),),
        type="feature", priority="low", tags=("opening-hours",), source="web", known=True, votes=("grace", "tomas"),
        assignee=BOB, status="in_progress",
    ),
    Story(
        119, "tomas", "Sync with my phone stopped",
        "Dobrý den,\n\nthe calendar on my phone has not changed for three days. I removed the account and added it again, it says "
        "“invalid certificate”.\n\nT. Novák",
        (
            Said(1.1, BOB, "Hello Tomáš,\n\nwhich phone and which version of its system is it? Older ones (before 2016) do not know our "
                 "new certificate authority."),
            Said(1.9, "tomas", "An old tablet behind the bar, Android 6."),
            Said(2.5, BOB, "That explains it. There is a compatibility address for such devices: sync-legacy.elm.example. It will be "
                 "there until next summer.", status="resolved"),
        ),
        type="bug", tags=("sync", "android"), assignee=BOB, status="resolved",
    ),
    Story(
        96, "priya", "Two dentists, one room: how do we avoid double bookings?",
        "Both doctors can book room 2 at the same time. We noticed when two patients sat there.",
        (
            Said(0.5, MIRA, "Ouch! Rooms are “resources”: Settings → Resources → Room 2 → “one booking at a time”. Both calendars then "
                 "refuse a second booking.\n\nMay I switch it on for you?"),
            Said(0.9, "priya", "Yes please, for rooms 1 to 4."),
            Said(1.2, MIRA, "Done for all four.", status="resolved"),
        ),
        priority="high", tags=("resources",), assignee=MIRA, status="resolved",
    ),
    Story(
        75, "yuki", "日本語の祝日が表示されません",
        "お世話になっております。\n\n来年の祝日がカレンダーに表示されません。設定は「日本」になっています。\n\n田中",
        (Said(2, ADA, "田中様\n\nご連絡ありがとうございます。来年分のデータを本日追加いたしました。再読み込みをお願いいたします。"),),
        type="bug", tags=("holidays",), assignee=ADA,
    ),
    Story(
        52, "dmitri", "Экспорт в PDF обрезает длинные названия",
        "Здравствуйте!\n\nПри экспорте месяца в PDF длинные названия встреч обрезаются на середине слова.\n\nС уважением,\nДмитрий",
        type="bug", tags=("pdf",), assignee=MIRA, files=("march.png",), snoozed_days=4,
    ),
    Story(
        47, "ingrid", "How many calendars does the small plan include?",
        "We are five people and three bikes that can be booked. Does the small plan cover that?",
        (
            Said(1.3, BOB, "Hello Ingrid,\n\nthe small plan covers ten calendars; bikes are resources and do not count. You are fine.\n\nBob"),
            Said(1.8, "ingrid", "Perfect. And can a customer book a bike without an account?"),
        ),
        tags=("plans",), assignee=BOB,
    ),
    Story(
        30, "fatima", "Data processing agreement",
        "Hello, our auditor asks for a signed data processing agreement (Art. 28 GDPR). Could you send one by Friday?",
        (Said(0.4, MIRA, "@ada this one is yours: the auditor wants it by Friday.", note=True),),
        tags=("legal",), assignee=ADA, priority="high",
    ),
    Story(
        26, "alice", "Cannot invite people from outside our company",
        "Hi,\n\nwhen I add a guest with another domain, the field turns red and says “not allowed”. It worked last week.\n\nAlice",
        (
            Said(0.6, BOB, "Hi Alice,\n\nyour administrator switched on “members only” on Tuesday. Would you like me to ask them, or do "
                 "you want to?\n\nBob"),
            Said(22, "alice", "I asked. He says it was a mistake, but the switch is grey for him now?"),
            Said(24, "kim", "Hello, I am the guest in question. For me it says “invitation expired”, if that helps.",
                 pending="the sender takes no part in this ticket"),
        ),
        type="bug", tags=("invitations",), assignee=BOB, cc=("ben",),
        html='<p>Hi,</p><p>when I add a guest with another domain, the field turns red and says <b>“not allowed”</b>:</p>'
             '<p><img src="cid:invite-dialog.png" alt="The dialog “Invite guests”" width="640" height="400"></p>'
             '<p>It worked last week.</p><p>Alice</p>',
        files=("invite-dialog.png",),
    ),
    Story(
        9, "sam", "Calendar feed returns 500 for one room",
        "https://feeds.elm.example/climbhall/wall-3.ics gives an error 500, the other walls are fine. There is an event with an emoji "
        "in its name (🧗), maybe that is it?",
        type="bug", priority="high", tags=("feeds",),
    ),
    Story(
        5, "grace", "Sports day: repeat yearly on the second Friday of June",
        "Can an event repeat on the second Friday of June every year? I only find “every year on 12 June”.",
        tags=("recurrence",),
    ),
    Story(
        2.2, "lena", "Dark mode is too dark to read at noon",
        "Love the new dark mode, but outside on the terrace I can hardly read the grey text. Could it follow the system setting?",
        type="feature", priority="low", source="web",
    ),
    Story(
        0.6, "marco", "URGENT: bookings page down??",
        "Customers call because the bookings page shows only a spinner since 20 minutes. Friday evening!! Please help.",
        type="bug", priority="critical", tags=("bookings",), source="web", files=("bookings-page.png",),
        environment=(("browser", "Firefox 145"), ("os", "Windows 11"), ("url", "https://bookings.elm.example/pizzarossi")),
    ),
)  # fmt: skip

CANNED: tuple[tuple[str, str, str, dict[str, object]], ...] = (
    (
        "Ask for details", "details",
        "Hello {user_name|there},\n\nthank you for writing. Could you tell us\n\n- what you did,\n- what you expected,\n- what happened "
        "instead,\n\nand add a screenshot if you have one? We will look at it at once.\n\nBest regards\n{agent_first_name}",
        {},
    ),
    (
        "Refund done", "refund",
        "Hello {user_name|there},\n\nthe refund for {ticket_id} is on its way; your bank needs three to five days.\n\n"
        "Best regards\n{agent_first_name}",
        {"status": "resolved", "tags": ["billing"]},
    ),
    (
        "Known issue", "known",
        "Hello {user_name|there},\n\nthis is a known issue and we are working on it. You will hear from us in {ticket_id} as soon as it "
        "is fixed.\n\nBest regards\n{agent_first_name}",
        {"status": "in_progress"},
    ),
)  # fmt: skip

FAQ = (
    (
        "Getting started",
        "How do I invite my team?",
        "Open **Settings → People**, paste the addresses, press *Invite*. They get a link by mail.",
    ),
    ("Getting started", "Can I import my old calendar?", "Yes: **Settings → Import** takes `.ics` files up to 25 MB."),
    ("Billing", "Where are my invoices?", "Under **Settings → Invoices**, as PDF, for every month since you joined."),
    ("Sync", "How do I see Elm on my phone?", "Add a CalDAV account with the address shown under **Settings → Sync**."),
)
