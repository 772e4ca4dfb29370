"""One frozen `Settings`, read once by each entry point from HELPDESK_* variables, `.env` and `*_FILE`.

Each field's description is its documentation: `docs/settings.md` is made from here. A wrong value stops the start with one sentence
that names the setting (`BadSetting`).
"""

from __future__ import annotations

import os
import re
import secrets
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from helpdesk.errors import BadSetting
from helpdesk.words import Priority, TicketType

PREFIX = "HELPDESK_"
SECRET_FIELDS = ("database_url", "broker_url", "secret_key", "secret_keys_old", "outbound", "oidc_client_secret", "jwt_secret")


def _address(value: str) -> str:
    local, at, domain = value.strip().rpartition("@")
    if not at or not local or not re.fullmatch(r"[A-Za-z0-9.-]+", domain) or re.search(r"[\s<>,;:\"\\]", local):
        raise ValueError("is not an e-mail address")
    return f"{local}@{domain.lower()}"


def _listen(value: str) -> str:
    host, colon, port = value.rpartition(":")
    if not colon or not host or not port.isdigit() or int(port) > 65535:
        raise ValueError("is not HOST:PORT")
    return value


def is_loopback(listen: str) -> bool:
    """Whether only this machine reaches HOST:PORT."""
    host = listen.rpartition(":")[0].strip("[]")
    return host in ("localhost", "::1") or host.startswith("127.")


MailAddress = Annotated[str, AfterValidator(_address)]
HostPort = Annotated[str, AfterValidator(_listen)]


class Settings(BaseSettings):
    """All that can be set; immutable once read."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True)

    database_url: str | None = Field(
        None, description="PostgreSQL URL. Unset: `helpdesk serve` starts its own PostgreSQL below DATA_DIR."
    )
    database_schema: str = Field("public", pattern=r"^[a-z_][a-z0-9_]{0,62}$", description="Schema that holds all tables.")
    broker_url: str | None = Field(None, description="Redis or Valkey URL. Unset: `helpdesk serve` starts its own Valkey.")
    data_dir: Path = Field(Path("var"), description="Embedded servers, attachments, raw mail and the generated secret key.")
    base_url: str = Field("http://127.0.0.1:8000", description="The address people type; every link is made from it.")
    web_listen: HostPort = Field("127.0.0.1:8000", description="HOST:PORT of the web process.")
    secret_key: SecretStr | None = Field(
        None, description="Signs reply addresses, Message-IDs and sessions. Generated into DATA_DIR/secret_key (0600) when absent."
    )
    secret_keys_old: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (), description="Earlier secret keys, comma-separated, newest first: still verified, never used to sign."
    )
    name: str = Field("Support", min_length=1, max_length=80, description="Name of the helpdesk in pages and mail.")
    ticket_prefix: str = Field("ELM", pattern=r"^[A-Z][A-Z0-9]{0,9}$", description="Prefix of ticket numbers: ELM-001.")
    support_address: MailAddress = Field("support@help.localhost", description="The address people mail.")
    inbound_addresses: Annotated[dict[str, str], NoDecode] = Field(
        {},
        description="Further addresses of ours: `bugs@x.example=bug,high; sales@x.example=question`. Both are optional.",
    )
    mail_domain: str | None = Field(
        None, description="Domain of reply addresses, return paths and Message-IDs. Default: that of SUPPORT_ADDRESS."
    )
    reply_separator: Literal["+", "-"] = Field("+", description="Between `support` and the token in reply addresses.")
    smtp_listen: HostPort = Field("127.0.0.1:2525", description="HOST:PORT of the SMTP listener.")
    outbound: str = Field(
        "capture",
        description="`capture` (kept in the outbox, sent nowhere) or smtp://user:pass@host:port (smtps:// is TLS at once).",
    )
    sender_check: str | None = Field(
        None,
        description="Who judges senders: `local` (SPF, DKIM, DMARC by DNS), `authserv:ID` (the word of a trusted relay), `ses` "
        "(the word of Amazon SES, for mail that came by it) or `off`. "
        "Default: `local`, or `off` when the listener is on loopback only.",
    )
    trusted_mtas: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Networks of relays in front of us, comma-separated: no per-address limits, believed for `authserv:`, and for "
        "X-Original-From where a mailing list or a web form put an address of ours into From.",
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Networks of web proxies whose X-Forwarded-For is believed, comma-separated."
    )
    staff_needs_pass: bool | None = Field(
        None, description="Agents' mail counts only when authenticated. Default: on, unless SENDER_CHECK is `off`."
    )
    max_mail_bytes: int = Field(25 * 1024 * 1024, ge=10_000, description="Largest mail accepted, in bytes.")
    undo_seconds: int = Field(15, ge=0, le=600, description="A reply written on the web waits this long before it is sent.")
    acknowledgements_an_hour: int = Field(
        3000,
        ge=1,
        description="So many acknowledgements leave within an hour, over all addresses; further ones wait, and administrators "
        "are told.",
    )
    time_zone: ZoneInfo | None = Field(None, description="Where the desk's day begins: `Europe/Berlin`. Default: UTC.")
    reopen_days: int = Field(14, ge=0, le=3650, description="A reply reopens a closed ticket for this many days.")
    require_totp: bool = Field(False, description="Agents who sign in by password must have an app for codes; docs/sign-in.md.")
    oidc_issuer: str | None = Field(None, description="Staff may sign in at this OpenID Connect provider (its issuer address).")
    oidc_client_id: str = Field("", description="Our name at the provider; our address there is BASE_URL/login/sso/callback.")
    oidc_client_secret: SecretStr | None = Field(None, description="Our secret at the provider; unset for a public client.")
    oidc_name: str = Field("single sign-on", max_length=40, description="The provider's name on the button: `Acme ID`.")
    jwt_secret: SecretStr | None = Field(None, description="The main site signs its users' tokens with this secret (HS256...).")
    jwt_jwks_url: str | None = Field(None, description="Or: where the main site's public keys are (JWKS), for RS256, ES256...")
    jwt_algorithm: str = Field("", description="The one algorithm of these tokens. Default: HS256 with a secret, else RS256.")
    jwt_issuer: str = Field("", description="What `iss` of the main site's tokens must be.")
    jwt_audience: str = Field("", description="What `aud` of the main site's tokens must hold.")
    jwt_cookie: str = Field(
        "", description="Cookie of the main site that holds such a token. Unset: only the Authorization header."
    )
    main_site_url: str | None = Field(None, description="The site this helpdesk belongs to: a link on public pages.")
    brand_color: str | None = Field(
        None,
        pattern=r"^#[0-9A-Fa-f]{6}$",
        description="Colour of buttons and links as #rrggbb; lighter or darker where text would be hard to read on it.",
    )
    brand_logo: Path | None = Field(None, description="Picture for the header of public pages: an SVG, PNG, WebP or JPEG file.")
    brand_css: Path | None = Field(None, description="Stylesheet of your own, read after ours on public pages.")
    webhook_allow_private: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Hosts, comma-separated, to which webhooks may go by http and at private addresses; all others need https "
        "and a public address.",
    )
    log_format: Literal["text", "json"] = Field("text", description="Log lines as text or JSON.")
    demo: bool = Field(False, description="Demo mode: playground and one-click sign-in; loopback only.")

    @field_validator("base_url", "main_site_url")
    @classmethod
    def _http(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"https?://[^/\s]+(/[^\s?#]*)?", value):
            raise ValueError("is not an http or https address")
        return value.rstrip("/") if value is not None else None

    @field_validator("outbound")
    @classmethod
    def _transport(cls, value: str) -> str:
        if value != "capture" and not re.fullmatch(r"smtps?://(?:[^@/\s]+@)?[^@:/\s]+(?::\d{1,5})?/?", value):
            raise ValueError("is neither `capture` nor smtp://user:pass@host:port")
        return value

    @field_validator("sender_check")
    @classmethod
    def _judge(cls, value: str | None) -> str | None:
        if value is not None and value not in ("local", "ses", "off") and not re.fullmatch(r"authserv:[^\s;]+", value):
            raise ValueError("is none of `local`, `authserv:ID`, `ses`, `off`")
        return value

    @field_validator("trusted_mtas", "trusted_proxies", "secret_keys_old", "webhook_allow_private", mode="before")
    @classmethod
    def _list(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("trusted_mtas", "trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            try:
                ip_network(network, strict=False)
            except ValueError:
                raise ValueError(f"holds “{network}”, which is neither an address nor a network") from None
        return value

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 16:
            raise ValueError("has fewer than 16 characters")
        return value

    @field_validator("inbound_addresses")
    @classmethod
    def _known_words(cls, value: dict[str, str]) -> dict[str, str]:
        for address, what in value.items():
            kind, _, priority = (part.strip() for part in what.partition(","))
            if (kind and kind not in list(TicketType)) or (priority and priority not in list(Priority)):
                raise ValueError(
                    f"says “{what}” for {address}: a type ({', '.join(TicketType)}) and a priority ({', '.join(Priority)})"
                )
        return value

    @field_validator("inbound_addresses", mode="before")
    @classmethod
    def _addresses(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        pairs = (part.partition("=") for part in value.replace("\n", ";").split(";") if part.strip())
        return {_address(address).lower(): what.strip() for address, _, what in pairs}

    @model_validator(mode="after")
    def _believable(self) -> Settings:
        if self.demo and not (is_loopback(self.web_listen) and is_loopback(self.smtp_listen)):
            raise ValueError(
                "HELPDESK_DEMO signs everybody in, so HELPDESK_WEB_LISTEN and HELPDESK_SMTP_LISTEN must be on loopback"
            )
        if (self.sender_check or "").startswith("authserv:") and not self.trusted_mtas:
            raise ValueError("HELPDESK_SENDER_CHECK is `authserv:`, which needs HELPDESK_TRUSTED_MTAS: whose word is believed")
        return self

    @property
    def domain(self) -> str:
        """Domain of what we mint."""
        return self.mail_domain or self.support_address.rpartition("@")[2]

    @property
    def judge(self) -> str:
        """The configured judge: strict as soon as strangers can reach the listener."""
        if self.sender_check is not None:
            return self.sender_check
        return "off" if is_loopback(self.smtp_listen) else "local"

    @property
    def staff_must_pass(self) -> bool:
        """Whether an agent's own token is not enough."""
        return self.judge != "off" if self.staff_needs_pass is None else self.staff_needs_pass

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then variables, then files named by `*_FILE`, then `.env`."""
        return init_settings, env_settings, _FileSource(settings_cls), dotenv_settings


class _FileSource(PydanticBaseSettingsSource):
    """HELPDESK_X_FILE names a file that holds the value of X (container secrets)."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        path = os.environ.get(f"{PREFIX}{field_name.upper()}_FILE")
        if not path:
            return None, field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").strip(), field_name, False
        except (OSError, UnicodeDecodeError) as error:
            raise BadSetting(f"{PREFIX}{field_name.upper()}_FILE cannot be read: {error}") from error

    def __call__(self) -> dict[str, Any]:
        values = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in values.items() if value is not None}


def load(**overrides: Any) -> Settings:
    """Read the settings, or raise BadSetting with one sentence naming the first wrong one."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        first = error.errors()[0]
        words = first["msg"].removeprefix("Value error, ")
        if not first["loc"]:
            raise BadSetting(f"{words}.") from None
        raise BadSetting(f"{PREFIX}{str(first['loc'][0]).upper()} is wrong: {words}.") from None


def secret_keys(settings: Settings) -> tuple[bytes, ...]:
    """The keys that verify, the signing one first; a missing SECRET_KEY is generated into DATA_DIR/secret_key (0600)."""
    if settings.secret_key is not None:
        current = settings.secret_key.get_secret_value().encode()
    else:
        current = _generated_key(settings.data_dir / "secret_key")
    return (current, *(old.get_secret_value().encode() for old in settings.secret_keys_old))


def _generated_key(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        # a complete file appears at once, so that two processes starting together read the same key
        draft = path.with_name(f".secret_key.{os.getpid()}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48), encoding="ascii")
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return path.read_bytes().strip()
    except OSError as error:
        raise BadSetting(f"HELPDESK_DATA_DIR cannot hold the secret key: {error}") from error
