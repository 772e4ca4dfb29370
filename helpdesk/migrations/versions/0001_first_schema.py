"""The first schema: every table of the helpdesk.

Rules: expand first (add nullable, backfill in batches), contract one release later; indexes on big tables CONCURRENTLY in a
migration of their own; nothing that needs an extension or a PostgreSQL newer than 16.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "attempts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    op.create_index("ix_attempts_what_subject_at", "attempts", ["what", "subject", "at"], unique=False)
    op.create_table(
        "facts",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_facts")),
    )
    op.create_table(
        "faq_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("category", sa.Text(), server_default="", nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("published", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faq_entries")),
    )
    op.create_table(
        "inbound_mail",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("mail_from", sa.Text(), nullable=False),
        sa.Column("rcpt_to", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("client_ip", sa.Text(), nullable=True),
        sa.Column("helo", sa.Text(), nullable=True),
        sa.Column("verdicts", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("state", sa.Text(), server_default="received", nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("sender", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=True),
        sa.Column("matched_by", sa.Text(), nullable=True),
        sa.Column("sender_verdict", sa.Text(), nullable=True),
        sa.Column("held_number", sa.SmallInteger(), nullable=True),
        sa.Column("held_reason", sa.Text(), nullable=True),
        sa.Column("amended", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("trace", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("ticket_number", sa.BigInteger(), nullable=True),
        sa.Column("comment_id", sa.BigInteger(), nullable=True),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("raw_on", sa.Date(), nullable=False),
        sa.Column("raw_key", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state in ('received', 'ticket', 'comment', 'command', 'held', 'loop', 'bounce', 'ignored', 'dropped')",
            name=op.f("ck_inbound_mail_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_mail")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_inbound_mail_fingerprint")),
    )
    op.create_index(
        "ix_inbound_mail_due", "inbound_mail", ["due_at", "id"], unique=False, postgresql_where=sa.text("state = 'received'")
    )
    op.create_index(
        "ix_inbound_mail_held", "inbound_mail", ["received_at", "id"], unique=False, postgresql_where=sa.text("state = 'held'")
    )
    op.create_index(
        "ix_inbound_mail_message_id",
        "inbound_mail",
        ["message_id"],
        unique=False,
        postgresql_where=sa.text("message_id is not null"),
    )
    op.create_index(
        "ix_inbound_mail_raw", "inbound_mail", ["raw_on", "id"], unique=False, postgresql_where=sa.text("raw_key is null")
    )
    op.create_index("ix_inbound_mail_sender", "inbound_mail", ["sender", "received_at"], unique=False)
    op.create_index("ix_inbound_mail_ticket", "inbound_mail", ["ticket_number", "id"], unique=False)
    op.create_table(
        "inbound_raw",
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("inbound_mail_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("received_on", "inbound_mail_id", name=op.f("pk_inbound_raw")),
        postgresql_partition_by="RANGE (received_on)",
    )
    op.create_table(
        "people",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("role", sa.Text(), server_default="customer", nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("totp_secret", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("signature", sa.Text(), server_default="", nullable=False),
        sa.Column("prefs", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("role in ('customer', 'agent', 'admin')", name=op.f("ck_people_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
    )
    op.create_index(
        "ix_people_external_id", "people", ["external_id"], unique=True, postgresql_where=sa.text("external_id is not null")
    )
    op.create_index("ix_people_staff", "people", ["role"], unique=False, postgresql_where=sa.text("role <> 'customer'"))
    op.create_table(
        "sign_in_links",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_links_token_hash")),
    )
    op.create_index(op.f("ix_sign_in_links_address"), "sign_in_links", ["address"], unique=False)
    op.create_table(
        "suppressions",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("only_automatic", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_suppressions")),
    )
    op.create_table(
        "webhooks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), server_default="standard", nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), server_default="", nullable=False),
        sa.Column("events", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("disabled_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind in ('standard', 'slack', 'discord')", name=op.f("ck_webhooks_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_api_tokens_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    op.create_index(op.f("ix_api_tokens_person_id"), "api_tokens", ["person_id"], unique=False)
    op.create_table(
        "canned_responses",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("shortcut", sa.Text(), server_default="", nullable=False),
        sa.Column("actions", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("shared", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("used", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_canned_responses_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_responses")),
    )
    op.create_index(
        "uq_canned_shortcut_personal",
        "canned_responses",
        ["created_by", sa.literal_column("lower(shortcut)")],
        unique=True,
        postgresql_where=sa.text("not shared and shortcut <> ''"),
    )
    op.create_index(
        "uq_canned_shortcut_shared",
        "canned_responses",
        [sa.literal_column("lower(shortcut)")],
        unique=True,
        postgresql_where=sa.text("shared and shortcut <> ''"),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_idempotency_keys_person_id")),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(op.f("ix_idempotency_keys_created_at"), "idempotency_keys", ["created_at"], unique=False)
    op.create_table(
        "inbound_arrivals",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("inbound_mail_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("rcpt_to", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("client_ip", sa.Text(), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["inbound_mail_id"], ["inbound_mail.id"], name=op.f("fk_inbound_arrivals_inbound_mail_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_arrivals")),
    )
    op.create_index(op.f("ix_inbound_arrivals_inbound_mail_id"), "inbound_arrivals", ["inbound_mail_id"], unique=False)
    op.create_table(
        "mail_mailboxes",
        sa.Column("inbound_mail_id", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["inbound_mail_id"], ["inbound_mail.id"], name=op.f("fk_mail_mailboxes_inbound_mail_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("inbound_mail_id", "address", name=op.f("pk_mail_mailboxes")),
    )
    op.create_table(
        "mail_references",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("inbound_mail_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["inbound_mail_id"], ["inbound_mail.id"], name=op.f("fk_mail_references_inbound_mail_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", "inbound_mail_id", name=op.f("pk_mail_references")),
    )
    op.create_table(
        "person_addresses",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_person_addresses_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_addresses")),
        sa.UniqueConstraint("address", name=op.f("uq_person_addresses_address")),
    )
    op.create_index(op.f("ix_person_addresses_person_id"), "person_addresses", ["person_id"], unique=False)
    op.create_table(
        "sign_in_sessions",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_agent", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_sign_in_sessions_person_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in_sessions")),
    )
    op.create_index(op.f("ix_sign_in_sessions_expires_at"), "sign_in_sessions", ["expires_at"], unique=False)
    op.create_index(op.f("ix_sign_in_sessions_person_id"), "sign_in_sessions", ["person_id"], unique=False)
    op.create_table(
        "tickets",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("type", sa.Text(), server_default="other", nullable=False),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("priority", sa.Text(), server_default="medium", nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("description_html", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("requester_id", sa.BigInteger(), nullable=False),
        sa.Column("reporter_user_id", sa.Text(), nullable=True),
        sa.Column("assignee_id", sa.BigInteger(), nullable=True),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("is_public", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("upvotes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("environment", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("verified", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("restricted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("waiting_on", sa.Text(), server_default="us", nullable=False),
        sa.Column("waiting_since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("merged_into", sa.BigInteger(), nullable=True),
        sa.Column("inbound_mail_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("first_response_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("muted_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("priority in ('low', 'medium', 'high', 'critical')", name=op.f("ck_tickets_priority")),
        sa.CheckConstraint("source in ('web', 'email', 'api')", name=op.f("ck_tickets_source")),
        sa.CheckConstraint("status in ('open', 'in_progress', 'resolved', 'closed')", name=op.f("ck_tickets_status")),
        sa.CheckConstraint("type in ('bug', 'feature', 'question', 'other')", name=op.f("ck_tickets_type")),
        sa.CheckConstraint("waiting_on in ('us', 'customer')", name=op.f("ck_tickets_waiting_on")),
        sa.ForeignKeyConstraint(["assignee_id"], ["people.id"], name=op.f("fk_tickets_assignee_id")),
        sa.ForeignKeyConstraint(["inbound_mail_id"], ["inbound_mail.id"], name=op.f("fk_tickets_inbound_mail_id")),
        sa.ForeignKeyConstraint(["merged_into"], ["tickets.number"], name=op.f("fk_tickets_merged_into")),
        sa.ForeignKeyConstraint(["requester_id"], ["people.id"], name=op.f("fk_tickets_requester_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_tickets")),
        sa.UniqueConstraint("id", name=op.f("uq_tickets_id")),
    )
    op.create_index(
        "ix_tickets_assignee_queue",
        "tickets",
        ["assignee_id", "waiting_since", "number"],
        unique=False,
        postgresql_where=sa.text("status in ('open', 'in_progress') and merged_into is null"),
    )
    op.create_index("ix_tickets_created", "tickets", ["created_at"], unique=False)
    op.create_index(op.f("ix_tickets_inbound_mail_id"), "tickets", ["inbound_mail_id"], unique=False)
    op.create_index(
        "ix_tickets_known", "tickets", [sa.literal_column("updated_at desc")], unique=False, postgresql_where=sa.text("is_public")
    )
    op.create_index(op.f("ix_tickets_merged_into"), "tickets", ["merged_into"], unique=False)
    op.create_index(
        "ix_tickets_queue",
        "tickets",
        ["waiting_since", "number"],
        unique=False,
        postgresql_where=sa.text("status in ('open', 'in_progress') and merged_into is null"),
    )
    op.create_index("ix_tickets_requester", "tickets", ["requester_id", sa.literal_column("number desc")], unique=False)
    op.create_index(
        "ix_tickets_resolved", "tickets", ["resolved_at"], unique=False, postgresql_where=sa.text("status = 'resolved'")
    )
    op.create_index(
        "ix_tickets_snoozed", "tickets", ["snoozed_until"], unique=False, postgresql_where=sa.text("snoozed_until is not null")
    )
    op.create_index(
        "ix_tickets_status_updated",
        "tickets",
        ["status", sa.literal_column("updated_at desc"), sa.literal_column("number desc")],
        unique=False,
    )
    op.create_index("ix_tickets_tags", "tickets", ["tags"], unique=False, postgresql_using="gin")
    op.create_index(
        "ix_tickets_updated", "tickets", [sa.literal_column("updated_at desc"), sa.literal_column("number desc")], unique=False
    )
    op.create_index(
        "ix_tickets_waiting_queue",
        "tickets",
        ["waiting_on", "waiting_since", "number"],
        unique=False,
        postgresql_where=sa.text("status in ('open', 'in_progress') and merged_into is null"),
    )
    op.create_table(
        "comments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_number", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("author_address", sa.Text(), nullable=False),
        sa.Column("author_name", sa.Text(), server_default="", nullable=False),
        sa.Column("by_staff", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("internal", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("state", sa.Text(), server_default="posted", nullable=False),
        sa.Column("state_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("verified", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("automatic", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("trimmed", sa.Text(), server_default="", nullable=False),
        sa.Column("signature", sa.Text(), server_default="", nullable=False),
        sa.Column("hidden_lines", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("inbound_mail_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("source in ('web', 'email', 'api')", name=op.f("ck_comments_source")),
        sa.CheckConstraint("state in ('posted', 'pending', 'withdrawn')", name=op.f("ck_comments_state")),
        sa.ForeignKeyConstraint(["author_id"], ["people.id"], name=op.f("fk_comments_author_id")),
        sa.ForeignKeyConstraint(["inbound_mail_id"], ["inbound_mail.id"], name=op.f("fk_comments_inbound_mail_id")),
        sa.ForeignKeyConstraint(["ticket_number"], ["tickets.number"], name=op.f("fk_comments_ticket_number"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    op.create_index("ix_comments_author", "comments", ["author_id", "created_at"], unique=False)
    op.create_index(op.f("ix_comments_inbound_mail_id"), "comments", ["inbound_mail_id"], unique=False)
    op.create_index(
        "ix_comments_pending", "comments", ["ticket_number"], unique=False, postgresql_where=sa.text("state = 'pending'")
    )
    op.create_index("ix_comments_ticket", "comments", ["ticket_number", "id"], unique=False)
    op.create_table(
        "drafts",
        sa.Column("ticket_number", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("internal", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("seen_event_id", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_drafts_person_id")),
        sa.ForeignKeyConstraint(["ticket_number"], ["tickets.number"], name=op.f("fk_drafts_ticket_number"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("ticket_number", "person_id", name=op.f("pk_drafts")),
    )
    op.create_table(
        "muted_tickets",
        sa.Column("ticket_number", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_muted_tickets_person_id")),
        sa.ForeignKeyConstraint(
            ["ticket_number"], ["tickets.number"], name=op.f("fk_muted_tickets_ticket_number"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ticket_number", "person_id", name=op.f("pk_muted_tickets")),
    )
    op.create_table(
        "participants",
        sa.Column("ticket_number", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role in ('requester', 'cc')", name=op.f("ck_participants_role")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_participants_person_id")),
        sa.ForeignKeyConstraint(
            ["ticket_number"], ["tickets.number"], name=op.f("fk_participants_ticket_number"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ticket_number", "person_id", name=op.f("pk_participants")),
    )
    op.create_index("ix_participants_person", "participants", ["person_id", "ticket_number"], unique=False)
    op.create_table(
        "revoked_links",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_number", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_revoked_links_person_id")),
        sa.ForeignKeyConstraint(
            ["ticket_number"], ["tickets.number"], name=op.f("fk_revoked_links_ticket_number"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revoked_links")),
    )
    op.create_index(op.f("ix_revoked_links_ticket_number"), "revoked_links", ["ticket_number"], unique=False)
    op.create_table(
        "ticket_links",
        sa.Column("ticket_number", sa.BigInteger(), nullable=False),
        sa.Column("other_number", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["other_number"], ["tickets.number"], name=op.f("fk_ticket_links_other_number"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_number"], ["tickets.number"], name=op.f("fk_ticket_links_ticket_number"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ticket_number", "other_number", name=op.f("pk_ticket_links")),
    )
    op.create_index(op.f("ix_ticket_links_other_number"), "ticket_links", ["other_number"], unique=False)
    op.create_table(
        "upvotes",
        sa.Column("ticket_number", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_upvotes_person_id")),
        sa.ForeignKeyConstraint(["ticket_number"], ["tickets.number"], name=op.f("fk_upvotes_ticket_number"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("ticket_number", "person_id", name=op.f("pk_upvotes")),
    )
    op.create_table(
        "attachments",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("ticket_number", sa.BigInteger(), nullable=False),
        sa.Column("comment_id", sa.BigInteger(), nullable=True),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("inline", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("content_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_attachments_comment_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["ticket_number"], ["tickets.number"], name=op.f("fk_attachments_ticket_number"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        sa.UniqueConstraint("storage_key", name=op.f("uq_attachments_storage_key")),
    )
    op.create_index(op.f("ix_attachments_comment_id"), "attachments", ["comment_id"], unique=False)
    op.create_index(op.f("ix_attachments_ticket_number"), "attachments", ["ticket_number"], unique=False)
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_number", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("via", sa.Text(), server_default="system", nullable=False),
        sa.Column("comment_id", sa.BigInteger(), nullable=True),
        sa.Column("inbound_mail_id", sa.BigInteger(), nullable=True),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["people.id"], name=op.f("fk_events_actor_id")),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_events_comment_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["inbound_mail_id"], ["inbound_mail.id"], name=op.f("fk_events_inbound_mail_id")),
        sa.ForeignKeyConstraint(["ticket_number"], ["tickets.number"], name=op.f("fk_events_ticket_number"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index("ix_events_kind_created", "events", ["kind", "created_at"], unique=False)
    op.create_index("ix_events_ticket", "events", ["ticket_number", "id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), server_default="r", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("ticket_number", sa.BigInteger(), nullable=True),
        sa.Column("comment_id", sa.BigInteger(), nullable=True),
        sa.Column("inbound_mail_id", sa.BigInteger(), nullable=True),
        sa.Column("seen_event_id", sa.BigInteger(), nullable=True),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_answer", sa.Text(), nullable=True),
        sa.Column("ambiguous", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("peer_message_id", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("body_text", sa.Text(), nullable=True),
        sa.Column("envelope_from", sa.Text(), nullable=True),
        sa.Column("mime", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('queued', 'sent', 'captured', 'failed', 'suppressed', 'cancelled', 'digest')", name=op.f("ck_outbox_state")
        ),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_outbox_comment_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["inbound_mail_id"], ["inbound_mail.id"], name=op.f("fk_outbox_inbound_mail_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_outbox_person_id")),
        sa.ForeignKeyConstraint(["ticket_number"], ["tickets.number"], name=op.f("fk_outbox_ticket_number"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(
        "ix_outbox_acknowledged", "outbox", ["created_at"], unique=False, postgresql_where=sa.text("kind = 'acknowledgement'")
    )
    op.create_index("ix_outbox_comment", "outbox", ["comment_id"], unique=False)
    op.create_index(
        "ix_outbox_digest",
        "outbox",
        ["person_id", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'digest' and sent_at is null"),
    )
    op.create_index("ix_outbox_due", "outbox", ["due_at", "id"], unique=False, postgresql_where=sa.text("state = 'queued'"))
    op.create_index(
        "ix_outbox_peer_id", "outbox", ["peer_message_id"], unique=False, postgresql_where=sa.text("peer_message_id is not null")
    )
    op.create_index(
        "ix_outbox_problems",
        "outbox",
        [sa.literal_column("id desc")],
        unique=False,
        postgresql_where=sa.text("state in ('failed', 'suppressed')"),
    )
    op.create_index("ix_outbox_recipient_kind", "outbox", ["recipient", "kind", "created_at"], unique=False)
    op.create_index("ix_outbox_ticket", "outbox", ["ticket_number", "id"], unique=False)
    op.create_table(
        "search_documents",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_number", sa.BigInteger(), nullable=False),
        sa.Column("comment_id", sa.BigInteger(), nullable=True),
        sa.Column("internal", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_search_documents_comment_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["ticket_number"], ["tickets.number"], name=op.f("fk_search_documents_ticket_number"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_documents")),
        sa.UniqueConstraint("comment_id", name=op.f("uq_search_documents_comment_id")),
    )
    op.create_index("ix_search_documents_ticket", "search_documents", ["ticket_number"], unique=False)
    op.create_index("ix_search_documents_words", "search_documents", ["words"], unique=False, postgresql_using="gin")
    op.create_table(
        "delivery_problems",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("outbox_id", sa.BigInteger(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("diagnostic", sa.Text(), nullable=True),
        sa.Column("inbound_mail_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["inbound_mail_id"], ["inbound_mail.id"], name=op.f("fk_delivery_problems_inbound_mail_id")),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_delivery_problems_outbox_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_problems")),
    )
    op.create_index("ix_delivery_problems_address_at", "delivery_problems", ["address", "at"], unique=False)
    op.create_index(op.f("ix_delivery_problems_outbox_id"), "delivery_problems", ["outbox_id"], unique=False)
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("webhook_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=True),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status_code", sa.BigInteger(), nullable=True),
        sa.Column("last_answer", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_webhook_deliveries_event_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhooks.id"], name=op.f("fk_webhook_deliveries_webhook_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
    )
    op.create_index(
        "ix_webhook_deliveries_due",
        "webhook_deliveries",
        ["due_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index("ix_webhook_deliveries_webhook", "webhook_deliveries", ["webhook_id", "id"], unique=False)
    # raw mail is compressed neither twice nor in vain, and moved days go by dropping their partition
    op.execute("alter table inbound_raw alter column content set storage external")
    op.execute("create table inbound_raw_default partition of inbound_raw default")
    op.execute("alter table outbox alter column mime set storage external")


def downgrade() -> None:
    """Drop every table."""
    op.drop_index("ix_webhook_deliveries_webhook", table_name="webhook_deliveries")
    op.drop_index("ix_webhook_deliveries_due", table_name="webhook_deliveries", postgresql_where=sa.text("state = 'queued'"))
    op.drop_table("webhook_deliveries")
    op.drop_index(op.f("ix_delivery_problems_outbox_id"), table_name="delivery_problems")
    op.drop_index("ix_delivery_problems_address_at", table_name="delivery_problems")
    op.drop_table("delivery_problems")
    op.drop_index("ix_search_documents_words", table_name="search_documents", postgresql_using="gin")
    op.drop_index("ix_search_documents_ticket", table_name="search_documents")
    op.drop_table("search_documents")
    op.drop_index("ix_outbox_ticket", table_name="outbox")
    op.drop_index("ix_outbox_recipient_kind", table_name="outbox")
    op.drop_index("ix_outbox_problems", table_name="outbox", postgresql_where=sa.text("state in ('failed', 'suppressed')"))
    op.drop_index("ix_outbox_peer_id", table_name="outbox", postgresql_where=sa.text("peer_message_id is not null"))
    op.drop_index("ix_outbox_due", table_name="outbox", postgresql_where=sa.text("state = 'queued'"))
    op.drop_index("ix_outbox_digest", table_name="outbox", postgresql_where=sa.text("state = 'digest' and sent_at is null"))
    op.drop_index("ix_outbox_comment", table_name="outbox")
    op.drop_index("ix_outbox_acknowledged", table_name="outbox", postgresql_where=sa.text("kind = 'acknowledgement'"))
    op.drop_table("outbox")
    op.drop_index("ix_events_ticket", table_name="events")
    op.drop_index("ix_events_kind_created", table_name="events")
    op.drop_table("events")
    op.drop_index(op.f("ix_attachments_ticket_number"), table_name="attachments")
    op.drop_index(op.f("ix_attachments_comment_id"), table_name="attachments")
    op.drop_table("attachments")
    op.drop_table("upvotes")
    op.drop_index(op.f("ix_ticket_links_other_number"), table_name="ticket_links")
    op.drop_table("ticket_links")
    op.drop_index(op.f("ix_revoked_links_ticket_number"), table_name="revoked_links")
    op.drop_table("revoked_links")
    op.drop_index("ix_participants_person", table_name="participants")
    op.drop_table("participants")
    op.drop_table("muted_tickets")
    op.drop_table("drafts")
    op.drop_index("ix_comments_ticket", table_name="comments")
    op.drop_index("ix_comments_pending", table_name="comments", postgresql_where=sa.text("state = 'pending'"))
    op.drop_index(op.f("ix_comments_inbound_mail_id"), table_name="comments")
    op.drop_index("ix_comments_author", table_name="comments")
    op.drop_table("comments")
    op.drop_index(
        "ix_tickets_waiting_queue",
        table_name="tickets",
        postgresql_where=sa.text("status in ('open', 'in_progress') and merged_into is null"),
    )
    op.drop_index("ix_tickets_updated", table_name="tickets")
    op.drop_index("ix_tickets_tags", table_name="tickets", postgresql_using="gin")
    op.drop_index("ix_tickets_status_updated", table_name="tickets")
    op.drop_index("ix_tickets_snoozed", table_name="tickets", postgresql_where=sa.text("snoozed_until is not null"))
    op.drop_index("ix_tickets_resolved", table_name="tickets", postgresql_where=sa.text("status = 'resolved'"))
    op.drop_index("ix_tickets_requester", table_name="tickets")
    op.drop_index(
        "ix_tickets_queue",
        table_name="tickets",
        postgresql_where=sa.text("status in ('open', 'in_progress') and merged_into is null"),
    )
    op.drop_index(op.f("ix_tickets_merged_into"), table_name="tickets")
    op.drop_index("ix_tickets_known", table_name="tickets", postgresql_where=sa.text("is_public"))
    op.drop_index(op.f("ix_tickets_inbound_mail_id"), table_name="tickets")
    op.drop_index("ix_tickets_created", table_name="tickets")
    op.drop_index(
        "ix_tickets_assignee_queue",
        table_name="tickets",
        postgresql_where=sa.text("status in ('open', 'in_progress') and merged_into is null"),
    )
    op.drop_table("tickets")
    op.drop_index(op.f("ix_sign_in_sessions_person_id"), table_name="sign_in_sessions")
    op.drop_index(op.f("ix_sign_in_sessions_expires_at"), table_name="sign_in_sessions")
    op.drop_table("sign_in_sessions")
    op.drop_index(op.f("ix_person_addresses_person_id"), table_name="person_addresses")
    op.drop_table("person_addresses")
    op.drop_table("mail_references")
    op.drop_table("mail_mailboxes")
    op.drop_index(op.f("ix_inbound_arrivals_inbound_mail_id"), table_name="inbound_arrivals")
    op.drop_table("inbound_arrivals")
    op.drop_index(op.f("ix_idempotency_keys_created_at"), table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
    op.drop_index("uq_canned_shortcut_shared", table_name="canned_responses", postgresql_where=sa.text("shared and shortcut <> ''"))
    op.drop_index(
        "uq_canned_shortcut_personal", table_name="canned_responses", postgresql_where=sa.text("not shared and shortcut <> ''")
    )
    op.drop_table("canned_responses")
    op.drop_index(op.f("ix_api_tokens_person_id"), table_name="api_tokens")
    op.drop_table("api_tokens")
    op.drop_table("webhooks")
    op.drop_table("suppressions")
    op.drop_index(op.f("ix_sign_in_links_address"), table_name="sign_in_links")
    op.drop_table("sign_in_links")
    op.drop_index("ix_people_staff", table_name="people", postgresql_where=sa.text("role <> 'customer'"))
    op.drop_index("ix_people_external_id", table_name="people", postgresql_where=sa.text("external_id is not null"))
    op.drop_table("people")
    op.drop_table("inbound_raw")
    op.drop_index("ix_inbound_mail_ticket", table_name="inbound_mail")
    op.drop_index("ix_inbound_mail_sender", table_name="inbound_mail")
    op.drop_index("ix_inbound_mail_raw", table_name="inbound_mail", postgresql_where=sa.text("raw_key is null"))
    op.drop_index("ix_inbound_mail_message_id", table_name="inbound_mail", postgresql_where=sa.text("message_id is not null"))
    op.drop_index("ix_inbound_mail_held", table_name="inbound_mail", postgresql_where=sa.text("state = 'held'"))
    op.drop_index("ix_inbound_mail_due", table_name="inbound_mail", postgresql_where=sa.text("state = 'received'"))
    op.drop_table("inbound_mail")
    op.drop_table("faq_entries")
    op.drop_table("facts")
    op.drop_index("ix_attempts_what_subject_at", table_name="attempts")
    op.drop_table("attempts")
