"""Runs the migrations of ``versions/`` on a connection, inside the caller's transaction where there is one."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

VERSION_TABLE = "alembic_version"


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(Path(__file__).parent))


@cache
def versions() -> tuple[str, ...]:
    """Every version this program knows, oldest first."""
    return tuple(reversed([script.revision for script in _scripts().walk_revisions()]))


def newest() -> str:
    """The version this program works with."""
    return versions()[-1]


def found_version(connection: Connection) -> str | None:
    """The version the database says it has, known or not; None if it says nothing."""
    heads = MigrationContext.configure(connection).get_current_heads()
    return None if not heads else ", ".join(heads)


def mark_version(connection: Connection, version: str) -> None:
    """Write down that the tables have the form of ``version``, without changing them."""
    MigrationContext.configure(connection).stamp(_scripts(), version)


def run_steps(connection: Connection, target: str) -> None:
    """Run every migration from the version found up to ``target``."""

    def steps(found: Any, context: MigrationContext) -> Iterable[Any]:
        return _scripts()._upgrade_revs(target, found)

    context = MigrationContext.configure(connection, opts={"fn": steps})
    with Operations.context(context):
        context.run_migrations()
