"""What one running process knows of its installation: settings, database, mint, storage. Made once, at the entry point."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

from helpdesk import db, wake
from helpdesk.addressing import Mint
from helpdesk.errors import BadSetting
from helpdesk.settings import Settings, secret_keys
from helpdesk.storage import Storage


@dataclass(frozen=True, slots=True)
class Installation:
    """Handed to the entry points' functions; rules get the single values that they need."""

    settings: Settings
    engine: Engine
    mint: Mint
    keys: tuple[bytes, ...]
    storage: Storage


def mint_of(settings: Settings, keys: tuple[bytes, ...]) -> Mint:
    """The mint that these settings describe."""
    return Mint(settings.ticket_prefix, settings.support_address, settings.domain, settings.reply_separator, keys)


def opened(settings: Settings, *, pool_size: int = 5, max_overflow: int = 5) -> Installation:
    """Connect this process to its database and broker; raises BadSetting when no database is named."""
    if not settings.database_url:
        raise BadSetting("HELPDESK_DATABASE_URL is not set: name a PostgreSQL, or use `helpdesk serve`, which starts its own.")
    keys = secret_keys(settings)
    engine = db.connect(settings.database_url, schema=settings.database_schema, pool_size=pool_size, max_overflow=max_overflow)
    if settings.broker_url:
        wake.connect(wake.producer(settings.broker_url))
    return Installation(settings, engine, mint_of(settings, keys), keys, Storage(settings.data_dir / "files"))
