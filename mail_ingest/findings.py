"""What is found out about a mail before any transaction: read in the child, its sender judged, its files stored (stages 3-5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from helpdesk import addressing, attachments, db, people
from helpdesk.attachments import File, StoredFile
from helpdesk.installation import Installation
from mail_ingest import authenticate, classify
from mail_ingest.act import claims_to_be_us
from mail_ingest.authenticate import Judge, Judgement
from mail_ingest.mail import Address, Attachment, Envelope, Forwarded, Kind, ParsedMail, Reading, SenderVerdict
from mail_ingest.reader import Reader
from mail_ingest.sender import rewritten
from mail_ingest.sender.resolver import Resolver, SystemResolver


@dataclass(frozen=True, slots=True)
class Work:
    """One mail with all that was found out before the transaction; `handed_over`: the mail that an agent forwards, its files."""

    mail_id: int
    raw: bytes
    envelope: Envelope
    reading: Reading
    judgement: Judgement
    files: tuple[StoredFile, ...]
    handed_over: Forwarded | None = None
    handed_files: tuple[StoredFile, ...] = ()

    @property
    def mail(self) -> ParsedMail:
        """What the bytes say."""
        return self.reading.mail


@dataclass(frozen=True, slots=True)
class Tools:
    """What a process that reads mail holds: the installation, the reader's children, the judge and its DNS."""

    house: Installation
    reader: Reader
    judge: Judge
    resolver: Resolver


@contextmanager
def opened(house: Installation, *, children: int = 2) -> Iterator[Tools]:
    """The tools that the settings describe, with `children` to read mail, for as long as the block lasts; raises BadSetting."""
    settings = house.settings
    judge = authenticate.judge_from_setting(settings.judge, settings.trusted_mtas)
    with Reader(children=children) as reader:
        yield Tools(house, reader, judge, SystemResolver())


def find_out(tools: Tools, mail_id: int, raw: bytes, envelope: Envelope, *, keep_files: bool = True) -> Work:
    """Read and judge one mail; our own, reports and what is over a cap are not judged, and their files are not kept."""
    reading = tools.reader.read(raw, envelope)
    if is_own(tools.house.mint, reading.mail):
        # the child has no keys; `classify.RULES` stays the one table that says what follows
        reading = replace(reading, verdict=classify.classify(reading.mail, envelope, report=reading.report, ours=lambda _: True))
    if reading.over_cap is not None or reading.verdict.kind in (Kind.OWN, Kind.BOUNCE, Kind.COMPLAINT):
        return Work(mail_id, raw, envelope, reading, authenticate.NOT_ASKED, ())
    reading, judgement = _judged(tools, raw, envelope, reading)
    files = _kept(tools.house, reading.mail.attachments, keep_files)
    handed_over = tools.reader.handed_over(raw) if _from_an_agent(tools.house, reading) else None
    handed = _kept(tools.house, handed_over.attachments, keep_files) if handed_over is not None else ()
    return Work(mail_id, raw, envelope, reading, judgement, files, handed_over, handed)


def with_its_sender(house: Installation, reading: Reading, envelope: Envelope, verdict: SenderVerdict) -> Reading:
    """The reading of a mail that was judged so, with its real sender: whom X-Original-From names where From was rewritten to us."""
    said = _rewritten(house, reading.mail, envelope, verdict)
    return reading if said is None else replace(reading, mail=replace(reading.mail, senders=(said,)))


def stored(house: Installation, came: Iterable[Attachment]) -> tuple[StoredFile, ...]:
    """The files of a mail, their bytes in storage: to be called where no transaction is open."""
    files = (File(one.filename, one.content_type, one.content, one.inline, one.content_id) for one in came)
    return tuple(attachments.store(house.storage, files))


def is_own(mint: addressing.Mint, mail: ParsedMail) -> bool:
    """We wrote this mail and somebody sent it back: our loop header, or a Message-ID with our MAC."""
    value = addressing.loop_value(mint)
    return value in mail.all("x-helpdesk-loop") or (
        mail.message_id is not None and addressing.read_message_id(mint, mail.message_id) is not None
    )


def _kept(house: Installation, came: Iterable[Attachment], keep: bool) -> tuple[StoredFile, ...]:
    """The stored files; for a dry run their names, of which nothing is stored."""
    if keep:
        return stored(house, came)
    return tuple(StoredFile("", one.filename, one.content_type, len(one.content), b"", one.inline, one.content_id) for one in came)


def _from_an_agent(house: Installation, reading: Reading) -> bool:
    """Whether a person's mail has an agent's address in From: what is handed over in it may matter."""
    if reading.mail.sender is None or reading.verdict.kind not in (Kind.PERSON, Kind.LIST):
        return False
    with db.transaction(house.engine) as session:
        person = people.person_at(session, reading.mail.sender.address)
        return person is not None and person.is_staff


def _judged(tools: Tools, raw: bytes, envelope: Envelope, reading: Reading) -> tuple[Reading, Judgement]:
    """The reading with its real sender, and how far that one is proved: whom X-Original-From names is proved by nothing."""
    judgement = authenticate.judge(reading.mail, raw, envelope, tools.judge, tools.resolver)
    said = with_its_sender(tools.house, reading, envelope, judgement.verdict)
    if said is reading or said.mail.sender is None:
        return reading, judgement
    was = ", ".join(one.address for one in reading.mail.senders)
    words = f"From was rewritten to {was}; a trusted relay says in X-Original-From: {said.mail.sender.address}"
    return said, Judgement(SenderVerdict.NONE, words)


def _rewritten(house: Installation, mail: ParsedMail, envelope: Envelope, verdict: SenderVerdict) -> Address | None:
    if verdict == SenderVerdict.FAIL or authenticate.from_defects(mail) or not claims_to_be_us(house, mail):
        return None  # whoever forges our address could name anybody in that field, and no policy of theirs would be asked
    return rewritten.original_sender(mail, envelope.client_ip, house.settings.trusted_mtas)
