"""Accounts with organisations, roles and devices; settings of data sets; revisions, drafts and decisions; news.

Projects, consents and jobs of version 1 are left out: their specifications have a form that is not computed any more.
Logins end, for they do not name a device.
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

from server_node.storage.migrations.columns import TABLE, document, number

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_LEFT_OUT = ("job_events", "jobs", "consents", "memberships", "projects", "tokens")
_NO_ORGANISATION = "unassigned"


def upgrade() -> None:
    """Keep accounts, data sets and chunks; make everything else anew."""
    for table in _LEFT_OUT:
        op.drop_table(table)
    _users()
    _datasets()
    _identity()
    _projects()
    _jobs()
    _others()
    op.execute("INSERT INTO account_keys (verify_key, user) SELECT verify_key, name FROM users")


def _users() -> None:
    """No document of before names an organisation or a role; an administrator gives them."""
    with op.batch_alter_table("users") as table:
        table.add_column(sa.Column("organisation", sa.String(64)))
        table.add_column(sa.Column("role", sa.String(16)))
        table.add_column(sa.Column("version", number()))
    users = sa.table("users", sa.column("organisation"), sa.column("role"), sa.column("version"))
    op.execute(users.update().values(organisation=_NO_ORGANISATION, role="user", version=0))
    with op.batch_alter_table("users") as table:
        table.alter_column("organisation", existing_type=sa.String(64), nullable=False)
        table.alter_column("role", existing_type=sa.String(16), nullable=False)
        table.alter_column("version", existing_type=number(), nullable=False)
        table.create_index("ix_users_state", ["state"])


def _datasets() -> None:
    with op.batch_alter_table("datasets") as table:
        table.add_column(sa.Column("enabled", sa.Boolean()))
        table.add_column(sa.Column("version", number()))
        table.add_column(sa.Column("settings", document()))
        table.add_column(sa.Column("size", sa.BigInteger()))
        table.add_column(sa.Column("deletion", document()))
    _fill_datasets()
    with op.batch_alter_table("datasets") as table:
        table.alter_column("enabled", existing_type=sa.Boolean(), nullable=False)
        table.alter_column("version", existing_type=number(), nullable=False)
        table.alter_column("size", existing_type=sa.BigInteger(), nullable=False)


def _fill_datasets() -> None:
    """The size is that of the chunks that are here; what lists show comes from the manifest."""
    names = ("id", "manifest", "summary", "state", "enabled", "version", "size")
    datasets = sa.table("datasets", *(sa.column(name) for name in names))
    chunks = sa.table("chunks", sa.column("dataset"), sa.column("size"))
    here = sa.select(sa.func.coalesce(sa.func.sum(chunks.c.size), 0)).where(chunks.c.dataset == datasets.c.id)
    op.execute(datasets.update().values(enabled=True, version=0, size=here.scalar_subquery()))
    op.execute(datasets.update().where(datasets.c.state == "disabled").values(state="mismatched"))
    connection = op.get_bind()
    for dataset in connection.execute(sa.select(datasets.c.id)).scalars().all():
        mine = datasets.c.id == dataset
        row = connection.execute(sa.select(datasets.c.manifest, datasets.c.summary).where(mine)).one()
        description = json.loads(row.manifest)["body"]["description"]
        shown = {**json.loads(row.summary), "description": description, "class_counts": None}
        connection.execute(datasets.update().where(mine).values(summary=json.dumps(shown)))


def _identity() -> None:
    op.create_table(
        "account_keys",
        sa.Column("verify_key", sa.String(64), primary_key=True),
        sa.Column("user", sa.String(64), sa.ForeignKey("users.name"), nullable=False),
        **TABLE,
    )
    op.create_table(
        "account_documents",
        sa.Column("user", sa.String(64), sa.ForeignKey("users.name"), primary_key=True),
        sa.Column("version", number(), primary_key=True),
        sa.Column("document", document(), nullable=False),
        **TABLE,
    )
    op.create_table(
        "registrations",
        sa.Column("user", sa.String(64), sa.ForeignKey("users.name"), primary_key=True),
        sa.Column("document", document(), nullable=False),
        sa.Column("is_waiting", sa.Boolean(), nullable=False),
        sa.Column("created", number(), nullable=False),
        **TABLE,
    )
    op.create_table(
        "invitations",
        sa.Column("code_hash", sa.String(64), primary_key=True),
        sa.Column("user", sa.String(64), nullable=False, index=True),
        sa.Column("organisation", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("expires", number(), nullable=False),
        sa.Column("created", number(), nullable=False, index=True),
        sa.Column("document", document(), nullable=False),
        **TABLE,
    )
    op.create_table(
        "devices",
        sa.Column("user", sa.String(64), sa.ForeignKey("users.name"), primary_key=True),
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created", number(), nullable=False),
        sa.Column("last_login", number()),
        **TABLE,
    )
    op.create_table(
        "tokens",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("user", sa.String(64), sa.ForeignKey("users.name"), nullable=False, index=True),
        sa.Column("device", sa.String(64), nullable=False),
        sa.Column("expires", number(), nullable=False, index=True),
        **TABLE,
    )


def _projects() -> None:
    op.create_table(
        "projects",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
        sa.Column("owner", sa.String(64), sa.ForeignKey("users.name"), nullable=False),
        sa.Column("is_archived", sa.Boolean(), nullable=False),
        sa.Column("archive", document()),
        sa.Column("created", number(), nullable=False),
        **TABLE,
    )
    op.create_table(
        "revisions",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("project", sa.String(32), sa.ForeignKey("projects.id"), nullable=False, index=True),
        sa.Column("number", number(), nullable=False),
        sa.Column("document", document(), nullable=False),
        sa.Column("created", number(), nullable=False),
        sa.UniqueConstraint("project", "number"),
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
        sa.Column("revision", sa.String(64), sa.ForeignKey("revisions.hash"), primary_key=True),
        sa.Column("dataset", sa.String(64), primary_key=True),
        sa.Column("owner", sa.String(64), nullable=False, index=True),
        sa.Column("decision", sa.String(10), nullable=False),
        sa.Column("document", document(), nullable=False),
        sa.Column("reason", document(), nullable=False),
        sa.Column("expires", number()),
        sa.Column("time", number(), nullable=False),
        **TABLE,
    )
    op.create_table(
        "reminders",
        sa.Column("project", sa.String(32), sa.ForeignKey("projects.id"), primary_key=True),
        sa.Column("user", sa.String(64), primary_key=True, index=True),
        sa.Column("sender", sa.String(64), nullable=False),
        sa.Column("time", number(), nullable=False),
        **TABLE,
    )
    op.create_table(
        "drafts",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("version", number(), nullable=False),
        sa.Column("document", document(), nullable=False),
        sa.Column("author", sa.String(64), nullable=False),
        sa.Column("changed", number(), nullable=False),
        **TABLE,
    )
    op.create_table(
        "draft_members",
        sa.Column("draft", sa.String(32), sa.ForeignKey("drafts.id"), primary_key=True),
        sa.Column("user", sa.String(64), primary_key=True, index=True),
        sa.Column("role", sa.String(8), nullable=False),
        **TABLE,
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("project", sa.String(32), sa.ForeignKey("projects.id"), nullable=False, index=True),
        sa.Column("specification", sa.String(64), nullable=False),
        sa.Column("starter", sa.String(64), nullable=False),
        sa.Column("organisation", sa.String(64), nullable=False),
        sa.Column("document", document(), nullable=False),
        sa.Column("controls", document(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("is_computed", sa.Boolean(), nullable=False),
        sa.Column("attempt", number(), nullable=False),
        sa.Column("stalled", number(), nullable=False),
        sa.Column("stage", sa.String(16)),
        sa.Column("progress", document()),
        sa.Column("stages", document()),
        sa.Column("epoch", number()),
        sa.Column("error", document()),
        sa.Column("waiting", document()),
        sa.Column("model", document()),
        sa.Column("created", number(), nullable=False),
        sa.Column("ended", number()),
        **TABLE,
    )
    op.create_table(
        "job_events",
        sa.Column("job", sa.String(32), sa.ForeignKey("jobs.id"), primary_key=True),
        sa.Column("number", number(), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("body", document(), nullable=False),
        **TABLE,
    )


def _others() -> None:
    op.create_table(
        "dataset_events",
        sa.Column("id", number(), primary_key=True, autoincrement=True),
        sa.Column("dataset", sa.String(64), sa.ForeignKey("datasets.id"), nullable=False, index=True),
        sa.Column("time", number(), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("facts", document(), nullable=False),
        **TABLE,
    )
    op.create_table(
        "news",
        sa.Column("id", number(), primary_key=True, autoincrement=True),
        sa.Column("time", number(), nullable=False, index=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("audience", document()),
        sa.Column("body", document(), nullable=False),
        sqlite_autoincrement=True,
        **TABLE,
    )
    op.create_table(
        "writer",
        sa.Column("id", number(), primary_key=True, autoincrement=False),
        sa.Column("node", sa.String(64), nullable=False),
        sa.Column("holder", sa.String(32), nullable=False),
        sa.Column("mark", sa.String(32), nullable=False),
        **TABLE,
    )
