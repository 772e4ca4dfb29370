"""Second factors and single sign-on, who looks at a ticket, saved views, and what webhooks need.

Rules: expand first (add nullable, backfill in batches), contract one release later; indexes on big tables CONCURRENTLY in a
migration of their own; nothing that needs an extension or a PostgreSQL newer than 16.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is new."""
    op.create_table(
        "saved_views",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_saved_views_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
    )
    op.create_index(
        "uq_saved_views_name",
        "saved_views",
        [sa.literal_column("coalesce(person_id, 0)"), sa.literal_column("lower(name)")],
        unique=True,
    )
    op.create_table(
        "presence",
        sa.Column("ticket_number", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("writing", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_presence_person_id")),
        sa.ForeignKeyConstraint(["ticket_number"], ["tickets.number"], name=op.f("fk_presence_ticket_number"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("ticket_number", "person_id", name=op.f("pk_presence")),
        prefixes=["UNLOGGED"],
    )
    op.create_index("ix_presence_seen", "presence", ["seen_at"], unique=False)
    op.add_column("people", sa.Column("totp_step", sa.BigInteger(), nullable=True))
    op.add_column(
        "people", sa.Column("recovery_codes", postgresql.ARRAY(sa.LargeBinary()), server_default=sa.text("'{}'"), nullable=False)
    )
    op.add_column("people", sa.Column("oidc_subject", sa.Text(), nullable=True))
    op.create_index(
        "ix_people_oidc_subject", "people", ["oidc_subject"], unique=True, postgresql_where=sa.text("oidc_subject is not null")
    )
    op.add_column("sign_in_sessions", sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False))
    op.add_column("sign_in_sessions", sa.Column("method", sa.Text(), server_default="password", nullable=False))
    op.add_column("sign_in_sessions", sa.Column("network", sa.Text(), server_default="", nullable=False))
    op.create_unique_constraint(op.f("uq_sign_in_sessions_id"), "sign_in_sessions", ["id"])
    op.add_column("webhooks", sa.Column("name", sa.Text(), server_default="", nullable=False))
    op.add_column("webhooks", sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("webhooks", sa.Column("created_by", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_webhooks_created_by"), "webhooks", "people", ["created_by"], ["id"])


def downgrade() -> None:
    """Take it away again."""
    op.drop_constraint(op.f("fk_webhooks_created_by"), "webhooks", type_="foreignkey")
    op.drop_column("webhooks", "created_by")
    op.drop_column("webhooks", "failing_since")
    op.drop_column("webhooks", "name")
    op.drop_constraint(op.f("uq_sign_in_sessions_id"), "sign_in_sessions", type_="unique")
    op.drop_column("sign_in_sessions", "network")
    op.drop_column("sign_in_sessions", "method")
    op.drop_column("sign_in_sessions", "id")
    op.drop_index("ix_people_oidc_subject", table_name="people", postgresql_where=sa.text("oidc_subject is not null"))
    op.drop_column("people", "oidc_subject")
    op.drop_column("people", "recovery_codes")
    op.drop_column("people", "totp_step")
    op.drop_index("ix_presence_seen", table_name="presence")
    op.drop_table("presence")
    op.drop_index("uq_saved_views_name", table_name="saved_views")
    op.drop_table("saved_views")
