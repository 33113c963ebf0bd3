"""The tables of the first release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server_node.storage.migrations.columns import TABLE, binary, document, number

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table."""
    _identity()
    _datasets()
    _projects()
    _jobs()


def _identity() -> None:
    op.create_table(
        "users",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("verify_key", sa.String(64), nullable=False, unique=True),
        sa.Column("seal_key", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created", number(), nullable=False),
        **TABLE,
    )
    op.create_table(
        "challenges",
        sa.Column("nonce", sa.String(64), primary_key=True),
        sa.Column("user", sa.String(64), nullable=False),
        sa.Column("expires", number(), nullable=False, index=True),
        **TABLE,
    )
    op.create_table(
        "tokens",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("user", sa.String(64), sa.ForeignKey("users.name"), nullable=False),
        sa.Column("expires", number(), nullable=False, index=True),
        **TABLE,
    )


def _datasets() -> None:
    op.create_table(
        "datasets",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("owner", sa.String(64), sa.ForeignKey("users.name"), nullable=False, index=True),
        sa.Column("summary", document(), nullable=False),
        sa.Column("manifest", document(), nullable=False),
        sa.Column("manifest_hash", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("peer_confirmed", sa.Boolean(), nullable=False),
        sa.Column("wrapped_key", binary(), nullable=False),
        sa.Column("receipt", document()),
        sa.Column("created", number(), nullable=False),
        **TABLE,
    )
    op.create_table(
        "chunks",
        sa.Column("dataset", sa.String(64), sa.ForeignKey("datasets.id"), primary_key=True),
        sa.Column("number", number(), primary_key=True),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("size", number(), nullable=False),
        **TABLE,
    )


def _projects() -> None:
    op.create_table(
        "projects",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
        sa.Column("owner", sa.String(64), sa.ForeignKey("users.name"), nullable=False),
        sa.Column("document", document(), nullable=False),
        sa.Column("created", number(), nullable=False),
        **TABLE,
    )
    op.create_table(
        "memberships",
        sa.Column("project", sa.String(32), sa.ForeignKey("projects.id"), primary_key=True),
        sa.Column("user", sa.String(64), primary_key=True, index=True),
        **TABLE,
    )
    op.create_table(
        "consents",
        sa.Column("project", sa.String(32), sa.ForeignKey("projects.id"), primary_key=True),
        sa.Column("dataset", sa.String(64), primary_key=True),
        sa.Column("document", document(), nullable=False),
        sa.Column("expires", number(), nullable=False),
        **TABLE,
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("project", sa.String(32), sa.ForeignKey("projects.id"), nullable=False, index=True),
        sa.Column("document", document(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("is_computed", sa.Boolean(), nullable=False),
        sa.Column("stage", sa.String(16)),
        sa.Column("progress", document()),
        sa.Column("epoch", number()),
        sa.Column("error", document()),
        sa.Column("model", document()),
        sa.Column("created", number(), nullable=False),
        **TABLE,
    )
    op.create_table(
        "job_events",
        sa.Column("job", sa.String(32), sa.ForeignKey("jobs.id"), primary_key=True),
        sa.Column("number", number(), primary_key=True),
        sa.Column("body", document(), nullable=False),
        **TABLE,
    )
