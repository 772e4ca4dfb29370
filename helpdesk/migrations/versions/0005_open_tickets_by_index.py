"""Open tickets without an owner are found by index however many are open.

Rules: expand first (add nullable, backfill in batches), contract one release later; indexes on big tables CONCURRENTLY in a
migration of their own; nothing that needs an extension or a PostgreSQL newer than 16.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ACTIVE = "status in ('open', 'in_progress') and merged_into is null"


def upgrade() -> None:
    """Index them while mail goes on coming in."""
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_tickets_unassigned_queue",
            "tickets",
            ["waiting_since", "number"],
            postgresql_where=sa.text(f"{_ACTIVE} and assignee_id is null"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    """Drop it."""
    with op.get_context().autocommit_block():
        op.drop_index("ix_tickets_unassigned_queue", table_name="tickets", postgresql_concurrently=True, if_exists=True)
