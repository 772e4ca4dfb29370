"""The listener over real sockets with a real database: what is accepted is durable, what is refused is refused in the right words."""

from __future__ import annotations

import os
import re
import signal
import smtplib
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from helpdesk import addressing
from helpdesk.addressing import Purpose, ReplyToken
from helpdesk.errors import BadSetting
from helpdesk.installation import Installation, opened
from helpdesk.settings import Settings
from mail_ingest.listener.limits import Limits
from tests.mail_ingest.listening import MAIL, Client, listener

ENHANCED = re.compile(r"(?:2\d\d[ -]2|4\d\d[ -]4|5\d\d[ -]5)\.\d\.\d+ .+")


@pytest.fixture
def installation(settings: Settings) -> Iterator[Installation]:
    changed = {"broker_url": None, "smtp_listen": "127.0.0.1:0", "inbound_addresses": {"bugs@example.org": "bug"}}
    one = opened(settings.model_copy(update=changed))
    yield one
    one.engine.dispose()


@pytest.fixture
def port(installation: Installation) -> Iterator[int]:
    with listener(installation, limits=Limits(mail_bytes=100_000)) as one:
        yield one.port


@pytest.fixture
def client(port: int) -> Iterator[Client]:
    with Client(port) as one:
        yield one


def rows(engine: Engine, what: str = "inbound_mail") -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text(f"select count(*) from {what}")) or 0)  # noqa: S608 (our own table names)


def stored(engine: Engine) -> list[bytes]:
    with engine.connect() as connection:
        return [bytes(one) for one in connection.scalars(text("select content from inbound_raw order by inbound_mail_id"))]


# --- accepted


def test_a_mail_is_a_row_before_the_client_hears_250(client: Client, engine: Engine) -> None:
    answer = client.deliver(MAIL)
    with engine.connect() as connection:
        row = connection.execute(text("select * from inbound_mail")).mappings().one()
    assert answer == f"250 2.0.0 accepted as {row['id']}"
    assert (row["source"], row["mail_from"], row["rcpt_to"]) == ("smtp", "alice@example.com", ["support@help.test"])
    assert (row["client_ip"], row["helo"], row["size"]) == ("127.0.0.1", "client.example", len(MAIL))
    assert stored(engine) == [MAIL]


BODIES = [
    b"",
    b"\r\n",
    b".\r\n",
    b"..\r\n...\r\n.\r\n",
    b"ends with a dot.\r\n.begins with one\r\n",
    b"bare\nline\rends\r\n",
    b"\xff\xfe\x00 eight bits\r\n",
    b"x" * 90_000 + b"\r\n",
    b"no line end before the next dot\r\n.\r\n" * 100,
]


def test_the_bytes_arrive_as_they_were_sent(client: Client, engine: Engine) -> None:
    mails = [b"From: alice@example.com\r\nSubject: %d\r\n\r\n" % number + body for number, body in enumerate(BODIES)]
    assert [client.deliver(mail)[:3] for mail in mails] == ["250"] * len(mails)
    assert stored(engine) == mails


def test_a_mail_without_any_line_is_a_mail(client: Client, engine: Engine) -> None:
    client.begin()
    client.send(b".\r\n")
    assert client.answer().startswith("250")
    assert stored(engine) == [b""]


def test_a_line_of_megabytes_is_a_line(installation: Installation) -> None:
    mail = b"Subject: long\r\n\r\n" + b"x" * 5_000_000 + b"\r\n"
    with listener(installation) as one, Client(one.port) as client:
        assert client.deliver(mail).startswith("250")
    assert stored(installation.engine) == [mail]


OURS = [
    "support@help.test",
    "SUPPORT@Help.Test",
    "support+anything@help.test",
    "bounce+anything@help.test",
    "bugs@example.org",
    "bugs+tag@example.org",
]


def test_our_addresses_are_taken(client: Client) -> None:
    assert {address: client.deliver(MAIL, address)[:3] for address in OURS} == dict.fromkeys(OURS, "250")


def test_a_reply_address_and_a_return_path_are_taken(client: Client, installation: Installation) -> None:
    mint = installation.mint
    reply = addressing.reply_address(mint, ReplyToken(ticket=1, person=2, purpose=Purpose.REPLY))
    assert client.deliver(MAIL, reply, addressing.return_path(mint, 7)).startswith("250")


def test_the_null_sender_is_taken_and_empty(client: Client, engine: Engine) -> None:
    assert client.deliver(MAIL, sender="").startswith("250")
    with engine.connect() as connection:
        assert connection.scalar(text("select mail_from from inbound_mail")) == ""


def test_two_recipients_of_one_mail_are_one_row(client: Client, engine: Engine) -> None:
    assert client.deliver(MAIL, "support@help.test", "bugs@example.org").startswith("250")
    with engine.connect() as connection:
        assert connection.scalars(text("select rcpt_to from inbound_mail")).all() == [["support@help.test", "bugs@example.org"]]


def test_the_same_bytes_twice_are_one_row_and_an_arrival(client: Client, engine: Engine) -> None:
    first, second = client.deliver(MAIL), client.deliver(b"Received: by relay.example\r\n" + MAIL, "bugs@example.org")
    assert first == second
    assert (rows(engine), rows(engine, "inbound_arrivals")) == (1, 1)


def test_an_address_in_another_script_is_taken(client: Client, engine: Engine) -> None:
    assert client.say("MAIL FROM:<алиса@пример.example> SMTPUTF8 BODY=8BITMIME").startswith("250")
    assert client.say("RCPT TO:<support@help.test>").startswith("250")
    client.say("DATA")
    client.send(MAIL + b".\r\n")
    assert client.answer().startswith("250")
    with engine.connect() as connection:
        assert connection.scalar(text("select mail_from from inbound_mail")) == "алиса@пример.example"


def test_a_sender_that_is_no_text_is_taken(client: Client) -> None:
    assert client.say("MAIL FROM:<ren\udce9@example.com>").startswith("250")
    assert client.say("RCPT TO:<support@help.test>").startswith("250")
    client.say("DATA")
    client.send(MAIL + b".\r\n")
    assert client.answer().startswith("250")


def test_smtplib_is_understood(port: int, engine: Engine) -> None:
    with smtplib.SMTP("127.0.0.1", port, local_hostname="client.example") as client:
        refused = client.sendmail("alice@example.com", ["support@help.test", "nobody@help.test"], MAIL)
        assert list(refused) == ["nobody@help.test"]
        assert {"size", "pipelining", "8bitmime", "smtputf8", "enhancedstatuscodes"} <= set(client.esmtp_features)
        assert not {"auth", "starttls"} & set(client.esmtp_features)
    assert rows(engine) == 1


def test_commands_sent_all_at_once_are_answered_one_by_one(client: Client, engine: Engine) -> None:
    client.send(b"MAIL FROM:<alice@example.com>\r\nRCPT TO:<support@help.test>\r\nRCPT TO:<nobody@help.test>\r\nDATA\r\n")
    assert [client.answer()[:3] for _ in range(4)] == ["250", "250", "550", "354"]
    client.send(MAIL + b".\r\nMAIL FROM:<>\r\nRCPT TO:<support@help.test>\r\nDATA\r\n")
    assert [client.answer()[:3] for _ in range(4)] == ["250", "250", "250", "354"]
    client.send(b"another\r\n.\r\nQUIT\r\n")
    assert [client.answer()[:3] for _ in range(2)] == ["250", "221"]
    assert rows(engine) == 2


def test_a_mail_that_comes_byte_by_byte_is_the_same_mail(client: Client, engine: Engine) -> None:
    client.begin()
    for byte in MAIL + b"..\r\n.\r\n":
        client.send(bytes([byte]))
    assert client.answer().startswith("250")
    assert stored(engine) == [MAIL + b".\r\n"]


def test_many_clients_at_once_share_commits_and_each_gets_its_own_row(port: int, engine: Engine) -> None:
    def deliver(number: int) -> list[str]:
        with Client(port) as client:
            return [client.deliver(MAIL + b"%d %d\r\n" % (number, one)) for one in range(20)]

    with ThreadPoolExecutor(10) as threads:
        answers = [answer for found in threads.map(deliver, range(10)) for answer in found]
    assert all(answer.startswith("250 2.0.0 accepted as ") for answer in answers)
    assert len(set(answers)) == rows(engine) == 200


# --- refused for good


NOT_OURS = {
    "nobody@help.test": "550 5.1.1",
    "supports@help.test": "550 5.1.1",
    "mallory@example.com": "550 5.7.1",
    "support@help.test.example": "550 5.7.1",
    "support%example.com@help.test": "550 5.7.1",
    "support@example.com@help.test": "550 5.7.1",
    '"mallory@example.com"@help.test': "550 5.7.1",
    "example.com!mallory@help.test": "550 5.7.1",
    "@help.test:mallory@example.com": "550 5.7.1",
    "@example.com,@help.test:support@help.test": "550 5.7.1",
    "support": "550 5.7.1",
    "": "550 5.7.1",
    "support@help.test mallory@example.com": "553 5.1.3",
    "support@help.test> <mallory@example.com": "501 5.5.4",
    "support@help.test\x00": "553 5.1.3",
}


def test_who_is_not_ours_is_refused_at_rcpt(client: Client, engine: Engine) -> None:
    client.say("MAIL FROM:<mallory@example.com>")
    assert {one: client.say(f"RCPT TO:<{one}>")[:9] for one in NOT_OURS} == NOT_OURS
    assert client.say("DATA").startswith("554 5.5.1")
    assert rows(engine) == 0


def test_a_mail_of_the_largest_size_is_taken_and_one_byte_more_is_not(client: Client, engine: Engine) -> None:
    largest = MAIL + b"x" * (100_000 - len(MAIL) - 2) + b"\r\n"
    assert client.deliver(largest).startswith("250")
    assert client.deliver(b"x" + largest).startswith("552 5.3.4")
    assert client.deliver(b"x" * 3_000_000 + b"\r\n").startswith("552 5.3.4")
    assert client.deliver(b"." * 100_001).startswith("552 5.3.4")
    assert stored(engine) == [largest]


def test_a_size_that_is_too_big_is_refused_before_the_mail_is_sent(client: Client) -> None:
    assert client.say("MAIL FROM:<alice@example.com> SIZE=100001").startswith("552 5.3.4")
    assert client.say("MAIL FROM:<alice@example.com> SIZE=100000").startswith("250")


def test_a_lie_about_the_size_does_not_help(client: Client, engine: Engine) -> None:
    assert client.begin(options=" SIZE=10").startswith("354")
    client.send(b"x" * 200_000 + b"\r\n.\r\n")
    assert client.answer().startswith("552 5.3.4")
    assert client.deliver(MAIL).startswith("250")
    assert stored(engine) == [MAIL]


NO_ENDS = [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r", b"\r.\r\n", b"\r\n.\x00\r\n", b"\n\n.\r\n"]


def test_only_one_mail_comes_out_of_one_however_its_dots_are_dressed(client: Client, engine: Engine) -> None:
    smuggled = b"MAIL FROM:<ceo@example.org>\r\nRCPT TO:<support@help.test>\r\nDATA\r\nFrom: ceo@example.org\r\n\r\nPay.\r\n"
    for number, end in enumerate(NO_ENDS, 1):
        client.begin()
        client.send(MAIL + b"%d" % number + end + smuggled + b".\r\n")
        assert client.answer().startswith("250")
        assert client.say("NOOP").startswith("250")
        assert rows(engine) == number
    assert all(b"ceo@example.org" in mail for mail in stored(engine))


def test_every_answer_has_an_enhanced_status_code_and_repeats_nothing(installation: Installation) -> None:
    says = [
        "HELO", "MAIL", "MAIL TO:<x>", "RCPT TO:<support@help.test>", "DATA", "VRFY", "VRFY root", "EXPN staff", "HELP", "HELP MAIL",
        "NOOP", "RSET", "RSET x", "MAIL FROM:<a@example.com> BODY=X", "MAIL FROM:<a@example.com> X=Y", "MAIL FROM:<<>", "QUIT x",
        "MAIL FROM:<a@example.com> SMTPUTF8=1", "MAIL FROM:<a@example.com> SIZE=x", "MAIL FROM:<a@example.com> =", "JUNK",
        "MAIL FROM:<a@example.com> BODY=8BITMIME", "MAIL FROM:<b@example.com>", "RCPT TO:<support@help.test> X=Y", "RCPT", "RCPT TO:",
        "RCPT TO:<support@help.test>", "DATA x", "RCPT TO:<\udcff@help.test>", "QUIT",
    ]  # fmt: skip
    with listener(installation, limits=Limits(bad_commands=100)) as one, Client(one.port) as client:
        answers = {line: client.say(line) for line in says}
        with Client(one.port, greeted=False) as stranger:
            stranger.answer()
            answers["too early"] = stranger.say("MAIL FROM:<a@example.com>")
    assert {line: answer for line, answer in answers.items() if not ENHANCED.fullmatch(answer)} == {}
    assert (answers["VRFY root"][:3], answers["EXPN staff"][:3], answers["too early"][:3]) == ("252", "502", "503")


NONSENSE = [
    "",
    "AUTH PLAIN AGEAYg==",
    "STARTTLS",
    "XCLIENT ADDR=1.2.3.4",
    "\udcff\udcfe",
    "BDAT 10",
    "MAIL FROM:<a> SIZE=²",
    "A" * 70_000,
]


def test_nonsense_and_what_is_not_offered_leaves_the_connection_usable(client: Client) -> None:
    for line in NONSENSE:
        assert client.say(line)[:1] in "45"
        assert client.deliver(MAIL).startswith("250")


def test_the_greeting_says_nothing_of_versions(client: Client) -> None:
    assert client.greeting == "220 help.test ESMTP"


def test_an_11th_bad_command_ends_the_connection(client: Client) -> None:
    assert [client.say("JUNK")[:3] for _ in range(11)] == ["500"] * 10 + ["421"]
    assert client.answer() == ""


def test_recipients_over_the_limit_wait_for_another_time(client: Client) -> None:
    client.say("MAIL FROM:<alice@example.com>")
    answers = [client.say(f"RCPT TO:<support+{number}@help.test>")[:9] for number in range(25)]
    assert answers == ["250 2.1.5"] * 20 + ["452 4.5.3"] * 5
    client.say("RSET")
    client.say("MAIL FROM:<mallory@example.com>")
    answers = [client.say(f"RCPT TO:<name{number}@help.test>")[:9] for number in range(25)]
    assert answers == ["550 5.1.1"] * 20 + ["452 4.5.3"] * 5


def test_vrfy_says_nothing_a_hundred_times_and_then_goodbye(client: Client) -> None:
    assert [client.say("VRFY root")[:3] for _ in range(101)] == ["252"] * 100 + ["421"]


# --- trouble of ours


def test_a_database_that_is_away_is_451_and_then_all_is_well(
    client: Client, engine: Engine, administer: Callable[[str], None]
) -> None:
    assert client.deliver(MAIL).startswith("250")
    name = engine.url.database
    administer(f"alter database {name} with allow_connections false")
    administer(f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'")  # noqa: S608 (the same)
    another = MAIL + b"another\r\n"
    assert client.deliver(another) == "451 4.3.0 trouble of ours, try again later"
    administer(f"alter database {name} with allow_connections true")
    assert client.deliver(another).startswith("250")
    assert rows(engine) == 2


@pytest.fixture
def lock(engine: Engine) -> Iterator[Connection]:
    """Nobody else can write a mail until this is rolled back."""
    with engine.connect() as connection:
        connection.execute(text("lock table inbound_mail in access exclusive mode"))
        yield connection


def test_a_database_that_hangs_is_451_and_a_retry_finds_the_row(installation: Installation, lock: Connection) -> None:
    with listener(installation, patience=0.2) as one, Client(one.port) as client:
        assert client.deliver(MAIL).startswith("451 4.3.0")
        lock.rollback()
        # the first try is committed by now or soon: either way there is one row
        while not (answer := client.deliver(MAIL)).startswith("250"):
            assert answer.startswith("451")
    assert rows(installation.engine) == 1


def test_a_client_that_leaves_during_the_commit_finds_its_row_when_it_comes_again(
    port: int, engine: Engine, lock: Connection
) -> None:
    with Client(port) as client:
        client.begin()
        client.send(MAIL + b".\r\n")
        blocked = text("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while not connection.scalar(blocked):
                pass
    lock.rollback()
    with Client(port) as client:
        assert client.deliver(MAIL).startswith("250")
    assert (rows(engine), rows(engine, "inbound_arrivals")) == (1, 1)


def test_a_client_that_leaves_before_the_dot_leaves_no_row(port: int, engine: Engine) -> None:
    for _ in range(3):
        with Client(port) as client:
            client.begin()
            client.send(MAIL)
    with Client(port) as client:
        assert client.deliver(MAIL + b"whole\r\n").startswith("250")
    assert stored(engine) == [MAIL + b"whole\r\n"]


def test_more_mail_at_once_than_fits_in_memory_is_451(installation: Installation) -> None:
    with listener(installation, limits=Limits(bytes_in_flight=50_000)) as one, Client(one.port) as client:
        assert client.deliver(b"x" * 60_000).startswith("451 4.3.2")
        assert client.say("MAIL FROM:<alice@example.com> SIZE=50001").startswith("451 4.3.2")
        assert client.deliver(b"x" * 40_000).startswith("250")
        assert client.deliver(b"y" * 40_000).startswith("250")


def test_a_disk_without_room_for_a_mail_is_452_before_the_mail_is_sent(installation: Installation) -> None:
    installation.settings.data_dir.mkdir()
    with listener(installation, limits=Limits(mail_bytes=2**60)) as one, Client(one.port) as client:
        assert client.say("MAIL FROM:<alice@example.com>").startswith("452 4.3.1")


def test_an_error_of_ours_is_451_without_a_word_about_it(port: int, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("alter table inbound_mail rename column helo to secret_name"))
    with Client(port) as client:
        assert client.deliver(MAIL) == "451 4.3.0 trouble of ours, try again later"
        assert client.say("NOOP").startswith("250")


# --- limits and the end


def test_a_connection_too_many_hears_421_and_the_others_go_on(installation: Installation) -> None:
    limits = Limits(connections=2, grace_seconds=3600)
    with listener(installation, limits=limits) as one, Client(one.port) as first, Client(one.port):
        with Client(one.port, greeted=False) as third:
            assert third.answer().startswith("421 4.7.0")
            assert third.answer() == ""
        assert first.deliver(MAIL).startswith("250")
        assert first.say("QUIT").startswith("221")
        assert first.answer() == ""
        with Client(one.port) as fourth:
            assert fourth.deliver(MAIL).startswith("250")


def test_in_a_full_house_the_slowest_gives_way(installation: Installation) -> None:
    limits = Limits(connections=2, grace_seconds=0)
    with listener(installation, limits=limits) as one, Client(one.port) as slow, Client(one.port) as busy:
        slow.begin()
        slow.send(b"x")
        busy.begin()
        busy.send(b"y.\r\n" * 100_000)
        with Client(one.port) as third:
            assert third.deliver(MAIL).startswith("250")
            assert slow.answer().startswith("421 4.7.0")
            busy.send(b".\r\n")
            assert busy.answer().startswith("250")


def test_who_says_nothing_is_sent_away(installation: Installation) -> None:
    with listener(installation, limits=Limits(idle_seconds=0.1)) as one, Client(one.port) as client:
        assert client.answer().startswith("421 4.4.2")
        assert client.answer() == ""


def test_who_never_ends_a_mail_is_sent_away(installation: Installation) -> None:
    with listener(installation, limits=Limits(data_seconds=0.1)) as one, Client(one.port) as client:
        client.begin()
        assert client.answer().startswith("421 4.4.2")
    assert rows(installation.engine) == 0


def test_closing_sends_the_idle_away_and_lets_a_mail_be_finished(installation: Installation) -> None:
    with listener(installation) as one, Client(one.port) as idle, Client(one.port) as busy:
        busy.begin()
        one.ask_to_close()
        assert idle.answer().startswith("421 4.3.2")
        busy.send(MAIL + b".\r\n")
        assert busy.answer().startswith("250")
        assert busy.answer().startswith("421 4.3.2")
    assert rows(installation.engine) == 1


def test_closing_does_not_wait_for_ever(installation: Installation) -> None:
    with listener(installation, drain_seconds=0.1) as one, Client(one.port) as client:
        client.begin()
        one.close()
        assert client.answer() == ""


def test_an_address_that_is_taken_stops_the_start_with_a_sentence(installation: Installation, port: int) -> None:
    taken = installation.settings.model_copy(update={"smtp_listen": f"127.0.0.1:{port}"})
    with pytest.raises(BadSetting, match="HELPDESK_SMTP_LISTEN is wrong"), listener(replace(installation, settings=taken)):
        pass


def test_sigterm_ends_the_process_with_status_0(settings: Settings, tmp_path: Path) -> None:
    program = (
        "import logging; logging.basicConfig(level=logging.INFO, format='%(message)s')\n"
        "from helpdesk.installation import opened; from helpdesk.settings import load; from mail_ingest import smtp\n"
        "smtp.run(opened(load()))\n"
    )
    environment = {
        **os.environ,
        "HELPDESK_DATABASE_URL": str(settings.database_url),
        "HELPDESK_DATA_DIR": str(tmp_path),
        "HELPDESK_SUPPORT_ADDRESS": "support@help.test",
        "HELPDESK_SMTP_LISTEN": "127.0.0.1:0",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr
        assert process.stdout
        listening = process.stderr.readline()
        with Client(int(listening.rpartition(":")[2])) as client:
            client.begin()
            process.send_signal(signal.SIGTERM)
            client.send(MAIL + b".\r\n")
            assert client.answer().startswith("250 2.0.0 accepted as 1")
        assert process.wait() == 0
        assert process.stdout.read() == ""
        assert "accepted as 1: mail from 'alice@example.com' to ('support@help.test',) by 127.0.0.1" in process.stderr.read()
