"""What can be set, from where, and what is refused with which sentence."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from helpdesk.errors import BadSetting
from helpdesk.settings import load, secret_keys


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_variables_win_over_files_and_files_over_dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("HELPDESK_NAME=From dotenv\nHELPDESK_TICKET_PREFIX=DOT\n")
    assert (load().name, load().ticket_prefix) == ("From dotenv", "DOT")
    (tmp_path / "secret").write_text("From a file\n")
    monkeypatch.setenv("HELPDESK_NAME_FILE", str(tmp_path / "secret"))
    assert load().name == "From a file"
    monkeypatch.setenv("HELPDESK_NAME", "From a variable")
    assert load().name == "From a variable"


def test_a_file_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELPDESK_SECRET_KEY_FILE", "/nowhere/key")
    with pytest.raises(BadSetting, match="HELPDESK_SECRET_KEY_FILE cannot be read"):
        load()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SUPPORT_ADDRESS", "x", "HELPDESK_SUPPORT_ADDRESS is wrong: is not an e-mail address."),
        ("BASE_URL", "help.test", "HELPDESK_BASE_URL is wrong: is not an http or https address."),
        ("TIME_ZONE", "Mars/Base", "HELPDESK_TIME_ZONE is wrong: invalid timezone: Mars/Base."),
        ("OUTBOUND", "relay:25", "HELPDESK_OUTBOUND is wrong: is neither `capture` nor smtp://user:pass@host:port."),
        ("SENDER_CHECK", "yes", "HELPDESK_SENDER_CHECK is wrong: is none of `local`, `authserv:ID`, `ses`, `off`."),
        (
            "SENDER_CHECK",
            "authserv:mx.test",
            "HELPDESK_SENDER_CHECK is `authserv:`, which needs HELPDESK_TRUSTED_MTAS: whose word is believed.",
        ),
        ("TRUSTED_MTAS", "mx.test", "HELPDESK_TRUSTED_MTAS is wrong: holds “mx.test”, which is neither an address nor a network."),
        ("SECRET_KEY", "short", "HELPDESK_SECRET_KEY is wrong: has fewer than 16 characters."),
        ("SMTP_LISTEN", "127.0.0.1:70000", "HELPDESK_SMTP_LISTEN is wrong: is not HOST:PORT."),
        (
            "UNDO_SECONDS",
            "soon",
            "HELPDESK_UNDO_SECONDS is wrong: Input should be a valid integer, unable to parse string as an integer.",
        ),
        ("DATABASE_SCHEMA", "a;b", "HELPDESK_DATABASE_SCHEMA is wrong: String should match pattern '^[a-z_][a-z0-9_]{0,62}$'."),
    ],
)
def test_a_wrong_value_is_one_sentence_that_names_the_setting(
    name: str, value: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"HELPDESK_{name}", value)
    with pytest.raises(BadSetting) as error:
        load()
    assert str(error.value) == sentence


def test_the_demo_listens_on_this_machine_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELPDESK_DEMO", "1")
    assert load().demo
    monkeypatch.setenv("HELPDESK_WEB_LISTEN", "0.0.0.0:8000")
    with pytest.raises(BadSetting, match="HELPDESK_DEMO signs everybody in"):
        load()


def test_inbound_addresses_say_type_and_priority(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELPDESK_INBOUND_ADDRESSES", "Bugs@x.test=bug,high; sales@x.test=question;info@x.test")
    assert load().inbound_addresses == {"bugs@x.test": "bug,high", "sales@x.test": "question", "info@x.test": ""}
    monkeypatch.setenv("HELPDESK_INBOUND_ADDRESSES", "bugs@x.test=insect")
    with pytest.raises(BadSetting, match="HELPDESK_INBOUND_ADDRESSES is wrong: says “insect”"):
        load()


@pytest.mark.parametrize(
    ("listen", "judge", "must_pass"),
    [("127.0.0.1:2525", "off", False), ("[::1]:25", "off", False), ("0.0.0.0:25", "local", True), ("mail.test:25", "local", True)],
)
def test_strangers_are_judged_as_soon_as_they_can_reach_the_listener(listen: str, judge: str, must_pass: bool) -> None:
    settings = load(smtp_listen=listen)
    assert (settings.judge, settings.staff_must_pass) == (judge, must_pass)
    assert load(smtp_listen=listen, staff_needs_pass=False).staff_must_pass is False


def test_a_missing_secret_key_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    settings = load(data_dir=tmp_path / "data")
    first = secret_keys(settings)
    assert secret_keys(settings) == first
    assert len(first[0]) >= 32
    assert stat.S_IMODE((tmp_path / "data" / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret_key"]


def test_old_keys_come_after_the_new_one() -> None:
    keys = secret_keys(load(secret_key="a" * 20, secret_keys_old="b, c"))
    assert keys == (b"a" * 20, b"b", b"c")
