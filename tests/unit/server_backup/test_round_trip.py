"""A node is copied and made anew: everything is there but logins and what correlations are made of."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from common.errors import BackupDamaged, BackupLocked, BadInput, ConfigError, Conflict
from common.net.files import hold_folder
from common.net.identity import load_node_identity
from common.pipeline import JobState
from server_node.backup import take
from server_node.backup.frames import FrameWriter
from server_node.backup.restore import Order, restore_backup
from server_node.backup.take import Wish, take_backup
from server_node.settings import load
from server_node.storage.blobs import BlobFiles
from server_node.storage.database import Database
from server_node.storage.location import Location, sqlite_at
from server_node.storage.rows import Base, ChunkRow, Dataset, News, Token
from tests.helpers.backups.world import (
    CHEAP,
    KEPT,
    MODEL,
    PASSWORD,
    UPLOADED_HALF,
    USABLE,
    WRAPPED,
    World,
    delete_dataset,
    job_id,
    make_world,
)
from tests.helpers.databases.server import KINDS, fresh_database

UNFINISHED = [state for state in JobState if not state.is_final]


@pytest.fixture(params=KINDS)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    if request.param == "sqlite":
        yield await make_world(tmp_path)
        return
    async with fresh_database() as location:
        url = location.url.render_as_string(hide_password=False)
        yield await make_world(tmp_path, location, url)


async def backup(world: World, name: str = "one.backup", **wish: Any) -> dict[str, Any]:
    return await asyncio.to_thread(take_backup, Wish(world.folder, world.folder.parent / name, cost=CHEAP, **wish))


async def restore(world: World, name: str = "one.backup", **order: Any) -> dict[str, Any]:
    order.setdefault("keys", world.folder / "keys")
    parent = world.folder.parent
    return await asyncio.to_thread(restore_backup, Order(parent / name, parent / "new", **order))


async def rows(location: Location) -> dict[str, list[Any]]:
    """Every row of every table."""
    database = await Database.open(location)
    async with database.reading() as session:
        found = {
            table.name: [tuple(row) for row in (await session.execute(select(table).order_by(*table.primary_key)))]
            for table in Base.metadata.sorted_tables
            if table.name != "writer"
        }
    await database.close()
    return found


async def test_restored_node_is_the_one_that_was_copied(world: World) -> None:
    before = await rows(world.location)
    report = await backup(world)
    assert (report["damaged"], report["deleted_meanwhile"], report["has_keys"]) == ([], [], False)
    restored = await restore(world)
    new = world.folder.parent / "new"
    after = await rows(sqlite_at(new / "node.db"))
    assert (after.pop("tokens"), after.pop("challenges")) == ([], [])
    assert len(before.pop("tokens")) == len(before.pop("challenges")) == 1
    [*old, (number, _, kind, audience, text)] = after.pop("news")
    assert old == before.pop("news") and number > 1_700_000_000 and (kind, audience) == ("node", None)
    assert json.loads(text) == {"state": "restored", "created": restored["created"]}
    assert after == before and len(after["chunks"]) == 4 and len(after["jobs"]) == len(JobState)
    assert load_node_identity(new).signing.verify_key == load_node_identity(world.folder).signing.verify_key
    assert load(new)["database_url"] == "sqlite:"
    for name in ("deployment.json", "tls.pem", "policy.toml"):
        assert (new / name).read_bytes() == (world.folder / name).read_bytes()
    with closing(sqlite3.connect(new / "outbox.db")) as outbox:
        assert outbox.execute("select count(*) from events where state = 'waiting'").fetchone() == (1,)
    assert [job["id"] for job in restored["jobs"]] == sorted(job_id(state) for state in UNFINISHED)
    assert (restored["uploads"], restored["damaged"]) == ([UPLOADED_HALF], [])
    assert all(path.stat().st_mode & 0o077 == 0 for path in new.rglob("*") if path.is_file())


async def test_nothing_that_makes_correlations_comes_back(world: World) -> None:
    await backup(world)
    await restore(world)
    new = world.folder.parent / "new"
    for state in JobState:
        expected = {*KEPT, MODEL} if state is JobState.FINISHED else KEPT
        assert world.job_files(new, state) == expected, state


async def test_tables_go_back_into_a_server(world: World) -> None:
    if world.location.path is not None:
        pytest.skip("the tables are in a file here")
    await backup(world)
    async with fresh_database() as place:
        await restore(world, database=place, database_url="mysql+asyncmy://imguard@127.0.0.1/other")
        new = world.folder.parent / "new"
        assert not (new / "node.db").exists()
        assert load(new)["database_url"] == "mysql+asyncmy://imguard@127.0.0.1/other"
        after = await rows(place)
        assert after["tokens"] == [] and len(after["jobs"]) == len(JobState)
        with pytest.raises(Conflict, match="has rows already"):
            await asyncio.to_thread(
                restore_backup,
                Order(world.folder.parent / "one.backup", world.folder.parent / "newer", None, None, place, "x"),
            )
        assert not (world.folder.parent / "newer").exists()


async def test_keys_come_along_under_a_password_only(tmp_path: Path) -> None:
    world = await make_world(tmp_path)
    key = (world.folder / "keys" / "storage.key").read_bytes()
    with pytest.raises(BadInput):
        await backup(world, with_keys=True, password="short")
    await backup(world, with_keys=True, password=PASSWORD)
    await backup(world, "plain.backup")
    assert key not in (tmp_path / "one.backup").read_bytes() + (tmp_path / "plain.backup").read_bytes()
    assert WRAPPED not in (tmp_path / "one.backup").read_bytes() and WRAPPED in (tmp_path / "plain.backup").read_bytes()
    for wrong in (None, "another password"):
        with pytest.raises(BackupLocked):
            await restore(world, password=wrong, keys=None)
    report = await restore(world, password=PASSWORD, keys=None)
    assert report["has_keys"] and (tmp_path / "new" / "keys" / "storage.key").read_bytes() == key


async def test_keys_of_another_node_are_refused(tmp_path: Path) -> None:
    world = await make_world(tmp_path)
    await backup(world)
    with pytest.raises(ConfigError, match="another node"):
        await restore(world, keys=world.pair.folder("b") / "keys")
    assert not list(tmp_path.glob("*new*"))
    report = await restore(world, keys=None)
    assert not report["has_keys"] and not (tmp_path / "new" / "keys").exists()


async def test_numbers_of_news_are_not_used_again(tmp_path: Path) -> None:
    """Whoever saw news after the backup was made must not take others for them."""
    world = await make_world(tmp_path)
    await backup(world)
    await restore(world)
    database = await Database.open(tmp_path / "new" / "node.db")
    async with database.writing() as session:
        first = News(time=2, kind="dataset", audience=None, body="{}")
        session.add(first)
    async with database.reading() as session:
        numbers = list(await session.scalars(select(News.id).order_by(News.id)))
    await database.close()
    assert numbers[0] == 1 and numbers[1] > 1_700_000_000 and numbers[2:] == [numbers[1] + 1]


async def test_keys_that_are_given_are_compared_also_if_the_backup_has_some(tmp_path: Path) -> None:
    """Else a backup that somebody else made and put in its place would become this node."""
    world = await make_world(tmp_path)
    await backup(world, with_keys=True, password=PASSWORD)
    with pytest.raises(ConfigError, match="another node"):
        await restore(world, password=PASSWORD, keys=world.pair.folder("b") / "keys")
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "identity.key").write_bytes((world.folder / "keys" / "identity.key").read_bytes())
    with pytest.raises(ConfigError, match=r"no sealing\.key"):
        await restore(world, password=PASSWORD, keys=tmp_path / "half")
    assert not (tmp_path / "new").exists()
    assert (await restore(world, password=PASSWORD))["has_keys"]


async def test_keys_in_a_backup_without_a_lock_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = await make_world(tmp_path)
    with pytest.raises(BadInput, match="password"):
        await backup(world, with_keys=True)
    monkeypatch.setattr(take, "FrameWriter", lambda file, rng, password, cost: FrameWriter(file, rng))
    await backup(world, with_keys=True, password=PASSWORD)
    with pytest.raises(BackupDamaged, match="not locked"):
        await restore(world, keys=None)
    assert not (tmp_path / "new").exists()


async def test_password_of_the_database_is_in_no_backup(tmp_path: Path) -> None:
    world = await make_world(tmp_path)
    secret = "mysql+asyncmy://imguard:geheim-geheim@127.0.0.1/imguard"
    world.pair.settings("a", database_url=secret)
    assert "geheim" in (world.folder / "settings.toml").read_text()
    assert "geheim" not in take._settings_without_secrets(load(world.folder))


async def test_tables_lie_nowhere_in_clear_but_in_the_folder_of_the_node(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await make_world(tmp_path)
    (world.folder / ".backup-killed").mkdir()
    (world.folder / ".backup-killed" / "node.db").write_bytes(WRAPPED)
    (world.folder / ".backup-other").mkdir()
    other = hold_folder(world.folder / ".backup-other")
    (tmp_path / "usb").mkdir()
    add_jobs = take._add_jobs
    seen: list[str] = []

    def look_first(taking: Any) -> None:
        seen.extend(path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("node.db"))
        add_jobs(taking)

    monkeypatch.setattr(take, "_add_jobs", look_first)
    await backup(world, "usb/one.backup", password=PASSWORD)
    os.close(other)
    assert set(seen) == {"a"} and [path.name for path in (tmp_path / "usb").iterdir()] == ["one.backup"]
    assert [path.name for path in world.folder.glob(".backup-*")] == [".backup-other"]


async def test_data_set_that_is_deleted_meanwhile_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await make_world(tmp_path)
    add_jobs = take._add_jobs

    def delete_first(taking: Any) -> None:
        asyncio.run(delete_dataset(world.location, USABLE))
        add_jobs(taking)

    monkeypatch.setattr(take, "_add_jobs", delete_first)
    report = await backup(world)
    assert report["deleted_meanwhile"] == [USABLE]
    assert WRAPPED + USABLE.encode() not in (tmp_path / "one.backup").read_bytes()
    await restore(world)
    with closing(sqlite3.connect(tmp_path / "new" / "node.db")) as connection:
        assert connection.execute("select state, wrapped_key from datasets where id = ?", [USABLE]).fetchone() == (
            "deleted",
            b"",
        )


async def test_damaged_chunk_is_told_and_the_rest_comes_back(tmp_path: Path) -> None:
    world = await make_world(tmp_path)
    blobs = (world.folder / "shares" / "blobs").glob("??/*")
    blob = next(path for path in blobs if USABLE.encode() in path.read_bytes())
    blob.write_bytes(b"something else")
    assert (await backup(world))["damaged"] == [USABLE]
    assert (await restore(world))["damaged"] == [USABLE]
    restored = BlobFiles(tmp_path / "new" / "shares" / "blobs")
    database = await Database.open(tmp_path / "new" / "node.db")
    async with database.reading() as session:
        query = select(ChunkRow.address).where(ChunkRow.dataset == UPLOADED_HALF)
        assert UPLOADED_HALF.encode() in restored.get((await session.scalars(query)).one())
        assert (await session.get_one(Dataset, UPLOADED_HALF)).state == "uploading"
        assert (await session.scalars(select(Token))).all() == []
    await database.close()


async def test_files_that_are_there_are_not_overwritten(tmp_path: Path) -> None:
    world = await make_world(tmp_path)
    (tmp_path / "one.backup").write_text("precious")
    with pytest.raises(Conflict):
        await backup(world)
    assert (tmp_path / "one.backup").read_text() == "precious"
    await backup(world, "two.backup")
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "file").write_text("precious")
    with pytest.raises(Conflict):
        await restore(world, "two.backup")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["file"]


async def test_backup_signed_by_another_node_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = await make_world(tmp_path)
    other = load_node_identity(world.pair.folder("b"))
    monkeypatch.setattr(take, "load_node_identity", lambda folder: other)
    await backup(world)
    with pytest.raises(BackupDamaged, match="not signed"):
        await restore(world)
    assert not (tmp_path / "new").exists()
