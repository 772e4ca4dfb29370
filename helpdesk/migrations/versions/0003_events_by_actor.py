"""The audit trail is read by person.

Rules: expand first (add nullable, backfill in batches), contract one release later; indexes on big tables CONCURRENTLY in a
migration of their own; nothing that needs an extension or a PostgreSQL newer than 16.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index events by actor while mail goes on coming in."""
    with op.get_context().autocommit_block():
        op.create_index("ix_events_actor", "events", ["actor_id", "id"], postgresql_concurrently=True, if_not_exists=True)


def downgrade() -> None:
    """Drop it."""
    with op.get_context().autocommit_block():
        op.drop_index("ix_events_actor", table_name="events", postgresql_concurrently=True, if_exists=True)
