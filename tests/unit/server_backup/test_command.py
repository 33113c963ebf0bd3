"""``imguard-server backup``, ``restore`` and ``migrate`` as a person types them."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from common.errors import Conflict, UsageError
from common.net.files import hold_folder
from common.pipeline import JobState
from server_node.cli import cli
from server_node.storage.migrations.steps import newest
from tests.helpers.backups.world import PASSWORD, World, make_world
from tests.helpers.databases.fixture import write_sqlite
from tests.helpers.databases.server import fresh_database, needs_mysql


@pytest.fixture
def world(tmp_path: Path) -> World:
    return asyncio.run(make_world(tmp_path))


def run(*words: object, **options: Any) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words], **options)


def test_backup_and_restore_say_what_to_do_next(world: World, tmp_path: Path) -> None:
    file = tmp_path / "a.backup"
    made = run("backup", "--dir", world.folder, file)
    assert made.exit_code == 0 and "keep a copy of keys/" in made.output, made.output
    found = run("restore", "--dir", tmp_path / "new", "--keys", world.folder / "keys", file)
    assert found.exit_code == 0, found.output
    unfinished = sum(not state.is_final for state in JobState)
    assert found.output.count("it prepares anew") == unfinished and "All logins have ended" in found.output


def test_keys_need_a_password_from_a_file_or_a_terminal(world: World, tmp_path: Path) -> None:
    (tmp_path / "password").write_text(PASSWORD + "\n")
    file = tmp_path / "a.backup"
    refused = run("backup", "--dir", world.folder, "--with-keys", file)
    assert isinstance(refused.exception, UsageError) and not file.exists()
    words = ("--password-file", tmp_path / "password", "--json", file)
    made = json.loads(run("backup", "--dir", world.folder, "--with-keys", *words).stdout)
    assert (made["has_keys"], made["node"], made["version"]) == (True, "node-a", 1)
    found = json.loads(run("restore", "--dir", tmp_path / "new", *words).stdout)
    assert found["has_keys"] and (tmp_path / "new" / "keys" / "identity.key").exists()


def test_migrate_looks_first_and_then_does_it(world: World) -> None:
    (world.folder / "node.db").unlink()
    write_sqlite(world.folder / "node.db")
    words = ("migrate", "--dir", world.folder, "--json")
    before = run(*words, "--check")
    assert (before.exit_code, json.loads(before.stdout)["is_current"]) == (1, False)
    assert json.loads(run(*words).stdout) == {"version": "0001", "newest": newest(), "is_current": True}
    after = run(*words, "--check")
    assert (after.exit_code, json.loads(after.stdout)["version"]) == (0, newest())


def test_running_node_is_not_migrated_under_its_feet(world: World) -> None:
    handle = hold_folder(world.folder)
    try:
        refused = run("migrate", "--dir", world.folder)
    finally:
        os.close(handle)
    assert isinstance(refused.exception, Conflict) and "stop it first" in str(refused.exception)


@needs_mysql
def test_migrate_moves_everything_to_a_server(world: World, tmp_path: Path) -> None:
    async def move() -> dict[str, Any]:
        async with fresh_database() as place:
            (tmp_path / "password").write_text(place.url.password or "")
            url = f"mysql://{place.url.username}@{place.url.host}:{place.url.port}/{place.url.database}"
            to = ("--to", url, "--to-password-file", tmp_path / "password")
            words = ("migrate", "--dir", world.folder, *to, "--json")
            moved = await asyncio.to_thread(run, *words)
            again = await asyncio.to_thread(run, *words)
            assert isinstance(again.exception, Conflict), again.output
            answer: dict[str, Any] = json.loads(moved.stdout)
            return answer

    rows = asyncio.run(move())["rows"]
    assert (rows["users"], rows["datasets"], rows["chunks"], rows["tokens"]) == (1, 3, 4, 1)
