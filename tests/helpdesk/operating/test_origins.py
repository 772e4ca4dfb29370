"""Settings as they are shown: where each came from, and never a secret."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from helpdesk.operating import origins
from helpdesk.settings import SECRET_FIELDS, Settings


def test_each_setting_says_where_it_came_from(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("# a comment\nexport HELPDESK_NAME=Elm\nhelpdesk_ticket_prefix = ABC\nHELPDESK_OUTBOUND=capture\n")
    environment = {"HELPDESK_OUTBOUND": "capture", "HELPDESK_SECRET_KEY_FILE": "/run/key"}
    settings = Settings(_env_file=None, demo=False, secret_key=SecretStr("x" * 20))  # type: ignore[call-arg]
    found = {one.name: one.origin for one in origins.listed(settings, environment, dotenv)}
    assert found["HELPDESK_OUTBOUND"] == "environment"
    assert found["HELPDESK_SECRET_KEY"] == "file"
    assert found["HELPDESK_NAME"] == found["HELPDESK_TICKET_PREFIX"] == ".env"
    assert found["HELPDESK_DEMO"] == "option"
    assert found["HELPDESK_BASE_URL"] == "default"


def test_secrets_are_never_shown_but_what_stands_beside_them_is() -> None:
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        secret_key=SecretStr("wild horses run free"),
        secret_keys_old=(SecretStr("wild geese fly south"),),
        database_url="postgresql://helpdesk:wild@db.example/helpdesk",
        broker_url="redis://:wild@cache.example:6379/0",
        outbound="smtp://mailer:wild@relay.example:587",
    )
    shown = {one.name: one for one in origins.listed(settings, {}, Path("/nonexistent"))}
    assert "wild" not in str(shown)
    assert shown["HELPDESK_DATABASE_URL"].value == f"postgresql://{origins.HIDDEN}@db.example/helpdesk"
    assert shown["HELPDESK_BROKER_URL"].value == f"redis://{origins.HIDDEN}@cache.example:6379/0"
    assert shown["HELPDESK_OUTBOUND"].value == f"smtp://{origins.HIDDEN}@relay.example:587"
    assert shown["HELPDESK_SECRET_KEY"].value == shown["HELPDESK_SECRET_KEYS_OLD"].value == origins.HIDDEN
    assert {name for name, one in shown.items() if one.secret} == {f"HELPDESK_{name.upper()}" for name in SECRET_FIELDS}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://helpdesk:wi@ld@db.example/helpdesk", f"postgresql://{origins.HIDDEN}@db.example/helpdesk"),
        ("postgresql://helpdesk:wi/ld@db.example/helpdesk", f"postgresql://{origins.HIDDEN}@db.example/helpdesk"),
        ("postgresql://help@desk:wi:/ld@db.example/helpdesk", f"postgresql://{origins.HIDDEN}@db.example/helpdesk"),
        ("postgresql://wild@db.example/helpdesk", f"postgresql://{origins.HIDDEN}@db.example/helpdesk"),
        ("postgresql://db.example/x?user=h&password=wild&a=b", f"postgresql://db.example/x?user=h&password={origins.HIDDEN}&a=b"),
        ("postgresql://db.example/helpdesk", "postgresql://db.example/helpdesk"),
    ],
)
def test_a_password_is_hidden_however_it_is_written(url: str, expected: str) -> None:
    settings = Settings(_env_file=None, database_url=url)  # type: ignore[call-arg]
    shown = {one.name: one.value for one in origins.listed(settings, {}, Path("/nonexistent"))}
    assert shown["HELPDESK_DATABASE_URL"] == expected


def test_values_are_said_in_words() -> None:
    settings = Settings(_env_file=None, trusted_mtas=("10.0.0.0/8", "::1"), inbound_addresses={"bugs@x.example": "bug"})  # type: ignore[call-arg]
    shown = {one.name: one.value for one in origins.listed(settings, {}, Path("/nonexistent"))}
    assert shown["HELPDESK_TRUSTED_MTAS"] == "10.0.0.0/8, ::1"
    assert shown["HELPDESK_INBOUND_ADDRESSES"] == "bugs@x.example=bug"
    assert shown["HELPDESK_DEMO"] == "no"
    assert shown["HELPDESK_BROKER_URL"] == ""
