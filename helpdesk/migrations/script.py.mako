"""${message}

Rules: expand first (add nullable, backfill in batches), contract one release later; indexes on big tables CONCURRENTLY in a
migration of their own; nothing that needs an extension or a PostgreSQL newer than 16.
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """${message}"""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Back to ${down_revision}."""
    ${downgrades if downgrades else "pass"}
