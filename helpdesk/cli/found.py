"""The settings of a command: its environment's, and beside a running `serve` the servers that one started."""

from __future__ import annotations

from helpdesk import logs
from helpdesk.errors import BadSetting
from helpdesk.settings import Settings, load


def settings() -> Settings:
    """The settings; beside a running `serve`, its own servers where no URL is set. Raises BadSetting where there is no database."""
    from helpdesk import embedded, processes

    settings = load()
    logs.configure(settings.log_format)
    if settings.database_url and settings.broker_url:
        return settings
    for data_dir in (settings.data_dir, settings.data_dir / "demo"):
        if processes.is_supervised(data_dir):
            found = embedded.published(data_dir)
            overrides = {
                "data_dir": data_dir,
                "database_url": settings.database_url or found.database_url,
                "broker_url": settings.broker_url or found.broker_url,
            }
            return settings.model_copy(update=overrides)
    if not settings.database_url:
        raise BadSetting(
            "HELPDESK_DATABASE_URL is not set and no `helpdesk serve` runs on HELPDESK_DATA_DIR: start one, or name a PostgreSQL."
        )
    return settings
