"""How alembic meets our tables: always inside the connection that `helpdesk.db.migrate` holds."""

from typing import Any

from alembic import context

from helpdesk.models import Base


def _ours(_object: Any, name: str | None, kind: str, _reflected: bool, _compare_to: Any) -> bool:
    """Partitions are made by housekeeping, not by models."""
    return not (kind == "table" and name is not None and name.startswith("inbound_raw_"))


context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata, include_object=_ours)
with context.begin_transaction():
    context.run_migrations()
