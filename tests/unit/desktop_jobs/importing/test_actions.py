"""Scan, split and upload through the real child process, at fake nodes."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest

from common.errors import BadBundle, BadManifest, Conflict, KeysLocked, NodeUnreachable, NotLoggedIn, PolicyRefused
from desktop_client.jobs.importing import (
    Moved,
    Phase,
    Standing,
    bring_bundles,
    discard_bundles,
    document,
    estimate_import,
    list_imports,
    open_import,
    run_import,
    save_selection,
    scan_paths,
    split_import,
    upload_import,
)
from desktop_client.offline_plugin.gathering.selection import About
from tests.helpers.desktop.fake_nodes import fixed
from tests.unit.desktop_jobs.importing.world import draft, open_office, pictures, selection
from tests.unit.offline_plugin.pictures import folder_of_classes

pytestmark = pytest.mark.slow


async def test_importing_scan_gives_rows_and_counts(tmp_path: Path) -> None:
    folder_of_classes(tmp_path, 2, ("a", "b"))
    (tmp_path / "a" / "x.txt").write_text("x")
    rows: list[object] = []
    refused: list[object] = []
    found = await scan_paths([tmp_path], rows.extend, refused.extend)
    assert (len(rows), refused[0]) == (4, ("a/x.txt", "not-a-picture",
            "not a readable PNG, JPEG, BMP, TIFF, WebP or DICOM picture"))  # fmt: skip
    assert (found.counts, found.sizes, found.files) == ({"a": 2, "b": 2}, ((8, 8, 4),), 4)
    assert found.suggested == {"height": 8, "width": 8, "channels": 1, "bits": 8}


async def test_importing_from_folder_to_both_servers(tmp_path: Path) -> None:
    async with open_office(tmp_path) as (office, world):
        made = await draft(office, pictures(tmp_path, 5))
        (tmp_path / "in" / "class0" / "bad.png").write_text("x")
        told: list[Moved] = []
        assert (await estimate_import(office, made.id)).images == 6
        done = await run_import(office, made.id, told.append)
        assert (done.standing, done.count, done.refused_count) == (Standing.UPLOADED, 5, 1)
        assert done.refused[0][:2] == ("class0/bad.png", "not-a-picture")
        assert {index for _, index in world.fakes["a"].chunks} == {0, 1, 2}
        assert await run_import(office, made.id) == await open_import(office, made.id)
        last = [moved for moved in told if moved.progress.stage == "upload"][-1]
        assert last.a is not None and last.b is not None
        assert (last.a.total_chunks, last.b.total_chunks) == (3, 3)
        assert last.a.total_bytes == done.bytes["a"] and last.b.total_bytes == done.bytes["b"]
        assert last.progress.total == sum(done.bytes.values()) and last.progress.unit == "bytes"
        assert not (await discard_bundles(office, made.id)).has_bundles


async def test_importing_needs_unlocked_keys_to_split_only(tmp_path: Path) -> None:
    async with open_office(tmp_path) as (office, world):
        made = await draft(office, pictures(tmp_path, 2, 16), 16)
        office.lock()
        with pytest.raises(KeysLocked):
            await split_import(office, made.id)
        assert (await open_import(office, made.id)).standing is Standing.DRAFT
        office.use(world.keys)
        await split_import(office, made.id)
        office.lock()
        assert (await upload_import(office, made.id)).standing is Standing.UPLOADED


async def test_importing_a_failed_split_says_why_and_can_be_mended(tmp_path: Path) -> None:
    async with open_office(tmp_path) as (office, _):
        made = await draft(office, pictures(tmp_path, 2, 16), 16)
        await save_selection(office, made.id, selection(made, about=About(name=" films ")))
        with pytest.raises(BadManifest):
            await split_import(office, made.id)
        failed = await open_import(office, made.id)
        assert failed.standing is Standing.FAILED and isinstance(failed.error, BadManifest)
        assert os.listdir(failed.folder.parent) == ["lock"]
        await save_selection(office, made.id, selection(made, about=About(name="films")))
        assert (await split_import(office, made.id)).standing is Standing.SPLIT


async def test_importing_a_failed_upload_says_why_and_goes_on(tmp_path: Path) -> None:
    async with open_office(tmp_path, {"upload_retries": 0}) as (office, world):
        made = await draft(office, pictures(tmp_path, 2, 16), 16)
        world.fakes["b"].faults = [PolicyRefused("No room for you.")]
        with pytest.raises(PolicyRefused):
            await run_import(office, made.id)
        failed = await open_import(office, made.id)
        assert failed.standing is Standing.FAILED and failed.phase is Phase.UPLOADING
        done = await run_import(office, made.id)
        assert (done.standing, done.error) == (Standing.UPLOADED, None)


async def test_importing_renews_a_login_that_ran_out(tmp_path: Path) -> None:
    async with open_office(tmp_path) as (office, world):
        for fake in world.fakes.values():
            fake.extra["POST", "/v1/auth/challenge"] = fixed({"nonce": "00" * 32})
            fake.extra["POST", "/v1/auth/login"] = fixed({"token": fake.token})
        made = await draft(office, pictures(tmp_path, 2, 16), 16)
        await split_import(office, made.id)
        office.profile.forget_tokens()
        office.lock()
        with pytest.raises(NotLoggedIn):
            await upload_import(office, made.id)
        office.use(world.keys)
        assert (await upload_import(office, made.id)).standing is Standing.UPLOADED
        assert office.profile.tokens() == {role: world.fakes[role].token for role in ("a", "b")}


async def test_importing_to_a_chosen_folder_and_back_by_hand(tmp_path: Path) -> None:
    async with open_office(tmp_path) as (office, _):
        made = await draft(office, pictures(tmp_path, 2, 16), 16)
        done = await split_import(office, made.id, out=tmp_path / "usb")
        assert done.folder == tmp_path / "usb"
        assert sorted(os.listdir(tmp_path / "usb")) == ["manifest.json", "server-a.bundle", "server-b.bundle"]
        (tmp_path / "usb").rename(tmp_path / "carried")
        assert (await open_import(office, made.id)).standing is Standing.DRAFT
        brought = await bring_bundles(office, tmp_path / "carried")
        assert (brought.standing, brought.dataset, brought.count) == (Standing.SPLIT, done.dataset, 2)
        assert brought.selection.about.name == "films" and brought.bytes == done.bytes
        with pytest.raises(Conflict):
            await split_import(office, brought.id)
        assert (await run_import(office, brought.id)).standing is Standing.UPLOADED
        (tmp_path / "carried" / "server-b.bundle").unlink()
        with pytest.raises(BadBundle):
            await bring_bundles(office, tmp_path / "carried")


async def test_importing_does_each_thing_once_at_a_time(tmp_path: Path) -> None:
    async with open_office(tmp_path) as (office, _):
        made = await draft(office, pictures(tmp_path, 2, 16), 16)
        both = await asyncio.gather(*(split_import(office, made.id) for _ in range(2)), return_exceptions=True)
        assert sorted(type(one).__name__ for one in both) == ["Conflict", "Import"]
        with pytest.raises(Conflict):
            await split_import(office, made.id)


async def test_importing_knows_a_split_whose_note_was_lost(tmp_path: Path) -> None:
    async with open_office(tmp_path) as (office, _):
        made = await draft(office, pictures(tmp_path, 2, 16), 16)
        done = await split_import(office, made.id)
        lost = replace(done, phase=Phase.SPLITTING, dataset="", count=0, bytes={})
        document.save(office.profile, lost)
        assert [row.standing for row in await list_imports(office)] == [Standing.SPLIT]
        again = await run_import(office, made.id)
        assert (again.dataset, again.count, again.bytes) == (done.dataset, 2, done.bytes)


async def test_importing_nodes_that_are_away_are_named(tmp_path: Path) -> None:
    async with open_office(tmp_path, {"upload_retries": 0}) as (office, _):
        made = await draft(office, pictures(tmp_path, 2, 16), 16)
        await split_import(office, made.id)
    with pytest.raises(NodeUnreachable):
        await upload_import(office, made.id)
