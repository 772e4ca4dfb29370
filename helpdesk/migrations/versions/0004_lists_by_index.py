"""Lists and searches find people and assignees by index.

Rules: expand first (add nullable, backfill in batches), contract one release later; indexes on big tables CONCURRENTLY in a
migration of their own; nothing that needs an extension or a PostgreSQL newer than 16.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index names, addresses and assignees while mail goes on coming in."""
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_people_name_words",
            "people",
            [sa.literal_column("to_tsvector('simple'::regconfig, name)")],
            postgresql_using="gin",
            postgresql_concurrently=True,
            if_not_exists=True,
        )
        op.create_index(
            "ix_person_addresses_beginning",
            "person_addresses",
            ["address"],
            postgresql_ops={"address": "text_pattern_ops"},
            postgresql_concurrently=True,
            if_not_exists=True,
        )
        op.create_index(
            "ix_person_addresses_domain",
            "person_addresses",
            [sa.literal_column("split_part(address, '@'::text, 2)")],
            postgresql_concurrently=True,
            if_not_exists=True,
        )
        op.create_index(
            "ix_tickets_assignee_updated",
            "tickets",
            ["assignee_id", sa.literal_column("updated_at desc"), sa.literal_column("number desc")],
            postgresql_concurrently=True,
            if_not_exists=True,
        )
        # the planner chooses between "newest first" and "words first" by how common a word is: it must know more words
        op.execute("alter table search_documents alter column words set statistics 300")
        for table in ("people", "person_addresses", "search_documents"):
            op.execute(f"analyze {table}")


def downgrade() -> None:
    """Drop them."""
    with op.get_context().autocommit_block():
        op.execute("alter table search_documents alter column words set statistics -1")
        op.drop_index("ix_tickets_assignee_updated", table_name="tickets", postgresql_concurrently=True, if_exists=True)
        op.drop_index("ix_person_addresses_domain", table_name="person_addresses", postgresql_concurrently=True, if_exists=True)
        op.drop_index("ix_person_addresses_beginning", table_name="person_addresses", postgresql_concurrently=True, if_exists=True)
        op.drop_index("ix_people_name_words", table_name="people", postgresql_concurrently=True, if_exists=True)
