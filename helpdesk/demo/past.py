"""The weeks before the scene, so that figures and charts have something to show: one question, one answer each. Data only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Past:
    """One settled ticket: opened `days_ago`, first answered after `first` hours, closed after `done` hours."""

    days_ago: float
    who: str
    agent: str
    type: str
    first: float
    done: float
    tag: str
    title: str
    question: str
    answer: str


BOB, MIRA, ADA = "bob@elm.example", "mira@elm.example", "ada@elm.example"

PAST = (
    Past(41.3, "grace", MIRA, "question", 2.1, 5, "groups", "Rename a class group", "Can a group be renamed after term has begun?",
         "Yes: Settings → Groups → the pencil. Members and bookings stay."),
    Past(40.2, "sam", BOB, "bug", 0.8, 20, "reminders", "Reminder at three in the morning", "Our crew got a reminder at 03:00 for a 09:00 "
         "shift.", "The shift was in another time zone than the crew. I have set both to Europe/Dublin."),
    Past(38.4, "ingrid", BOB, "question", 4.5, 9, "plans", "Change the plan in the middle of a month", "What happens to what we paid?",
         "The rest is counted against the new plan, to the day."),
    Past(37.1, "marco", MIRA, "bug", 1.2, 3, "bookings", "Table for zero people", "Somebody booked a table for 0 people. Twice.",
         "The form takes one to twenty people now. Thank you for the laugh."),
    Past(36.6, "priya", ADA, "question", 3.0, 26, "legal", "Where is our data kept?", "A patient asks in which country.",
         "In Frankfurt, with the backups in Paris. The list is on our trust page."),
    Past(34.9, "tomas", BOB, "question", 0.6, 1.5, "sync", "Read-only calendar for the kitchen", "The kitchen should see bookings, not change "
         "them.", "Share it as “viewer”: Settings → Sharing → Kitchen → Viewer."),
    Past(33.2, "lena", MIRA, "feature", 6.0, 48, "dark-mode", "Dark mode", "Please. My eyes.", "It comes with the next release. Your name is "
         "on the list of people we tell."),
    Past(32.5, "fatima", MIRA, "question", 1.7, 2.5, "billing", "Invoice to another address", "Our accountant has a new address.",
         "Done, from this month on invoices go there."),
    Past(31.0, "jonas", BOB, "bug", 0.4, 6, "import", "Import stops at row 300", "The file has 412 rows, 300 arrive.",
         "Row 301 held a date of the year 20215. I have mended the file and imported the rest."),
    Past(29.7, "alice", BOB, "question", 2.2, 4, "invitations", "Who can invite?", "Everybody or only administrators?",
         "Everybody, unless “members only” is on under Settings → People."),
    Past(28.4, "yuki", ADA, "bug", 8.2, 30, "holidays", "祝日が一日ずれています", "振替休日が月曜日ではなく火曜日に表示されます。",
         "田中様\n\n修正いたしました。ご報告ありがとうございます。"),
    Past(27.8, "sam", BOB, "question", 1.1, 2, "feeds", "Colours in the feed", "Can each wall have its own colour in the feed?",
         "Yes, the feed carries the colour of the resource; your program has to use it."),
    Past(26.9, "grace", MIRA, "question", 0.9, 3, "school", "Parents without an account", "Do parents need an account to see sports day?",
         "No: share the calendar by link. They cannot change anything."),
    Past(25.5, "dmitri", MIRA, "bug", 5.1, 52, "pdf", "PDF без логотипа", "Логотип школы не печатается.", "Логотип был в формате WebP, "
         "экспорт понимает его начиная с сегодняшнего дня."),
    Past(24.3, "marco", BOB, "bug", 0.3, 1.2, "bookings", "Closed on Monday, booked on Monday", "Guests can book Mondays.",
         "The holiday rule had switched Mondays on. Switched off, and I have written to the two guests for you."),
    Past(23.6, "ingrid", BOB, "feature", 7.4, 70, "resources", "Deposit for a bike", "Can a booking ask for a deposit?",
         "Not yet. I have added your case to the request, which has eleven others."),
    Past(22.1, "priya", ADA, "bug", 0.5, 4, "resources", "Room 2 is gone", "Room 2 has vanished from the list!",
         "It was archived by your colleague at 08:12. I have brought it back, nothing is lost."),
    Past(21.4, "tomas", MIRA, "question", 2.8, 3.5, "billing", "Pay by invoice", "We cannot pay by card.",
         "I have switched you to invoices, due in 30 days."),
    Past(20.2, "alice", BOB, "bug", 1.4, 8, "sync", "Deleted meeting comes back", "I delete it, an hour later it is there again.",
         "A second phone still had it and put it back. We now keep deletions for 30 days."),
    Past(19.8, "fatima", ADA, "question", 3.3, 24, "legal", "Right to erasure", "How do we erase a former employee?",
         "Settings → People → Erase. Their meetings stay, without the name."),
    Past(18.5, "lena", MIRA, "question", 1.0, 1.8, "billing", "Zwei Rechnungen im März", "Wir haben zwei Rechnungen bekommen.",
         "Die zweite ist storniert, entschuldige bitte."),
    Past(17.3, "jonas", BOB, "question", 0.7, 2, "time-zone", "Summer time in Tromsø", "Do we have to do something on Sunday?",
         "Nothing at all, calendars with a named zone follow by themselves."),
    Past(16.9, "sam", BOB, "bug", 0.2, 0.9, "feeds", "All feeds 404", "Every feed says 404 since ten minutes.",
         "A deployment went wrong and was taken back. Sorry: the report is on our status page."),
    Past(15.6, "grace", MIRA, "feature", 4.4, 40, "recurrence", "Every second Wednesday", "Can an event repeat every second Wednesday?",
         "Yes: Repeat → Weekly → every 2 weeks."),
    Past(14.2, "marco", BOB, "question", 2.0, 2.6, "opening-hours", "Open on New Year's Eve", "How do I open until two?",
         "Opening hours → Exceptions → 31 December, 17:00–02:00."),
    Past(13.8, "yuki", ADA, "question", 9.5, 28, "plans", "教育機関向けプラン", "教育機関向けの割引はありますか。", "はい、ございます。申請書をお送りいたしました。"),
    Past(12.7, "ingrid", BOB, "bug", 1.3, 5, "bookings", "Bike booked twice", "Bike 2 was booked twice for Saturday.",
         "The second booking came from the old form. It is off now, and the later guest has bike 3."),
    Past(11.9, "dmitri", MIRA, "question", 3.7, 7, "groups", "Архив старых групп", "Можно ли скрыть группы прошлого года?",
         "Да: Настройки → Группы → В архив."),
    Past(11.2, "alice", BOB, "question", 0.5, 1.1, "plans", "How many guests?", "Is there a limit for guests in a meeting?",
         "Two hundred. Beyond that a webinar is kinder to everybody."),
    Past(10.4, "priya", MIRA, "bug", 0.9, 3.2, "reminders", "Reminder in the wrong language", "Patients get English reminders.",
         "The language is now that of the calendar: German."),
    Past(9.6, "tomas", BOB, "question", 1.9, 2.4, "sync", "New phone", "How do I move to a new phone?",
         "Add the account on the new one; nothing has to be copied."),
    Past(8.8, "fatima", MIRA, "feature", 5.6, 31, "invitations", "Decline with a reason", "People decline and do not say why.",
         "On the list, with a note that you would like it to be optional."),
    Past(8.1, "lena", ADA, "bug", 0.6, 2.2, "dark-mode", "White flash when opening", "At night the page flashes white before it turns dark.",
         "Fixed: the choice is now known before the page is drawn."),
    Past(7.4, "sam", MIRA, "question", 1.5, 3, "resources", "Close wall 2 for a week", "We set new routes on wall 2.",
         "Resources → Wall 2 → Closed from/until. Bookings in that week are told."),
)  # fmt: skip
