"""The document of an import, and what it means after a restart."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from common.errors import BadInput, Conflict, DiskFull, NotFound
from desktop_client.jobs.importing import (
    Import,
    Phase,
    Standing,
    delete_import,
    discard_bundles,
    document,
    list_imports,
    new_import,
    open_import,
    save_selection,
)
from desktop_client.jobs.office import Office
from desktop_client.offline_plugin.gathering.selection import About, Selection
from desktop_client.settings import Profile

ID = "0123456789abcdef" * 2


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    yield Office(Profile(tmp_path / "profile"))


def whole(profile: Profile) -> Import:
    return Import(
        id=ID, created="2026-01-31T12:00:00Z", selection=Selection(("/films",), labels={"a": "b"}),
        folder=document.bundles_folder(profile, ID), phase=Phase.UPLOADING, is_brought=True, dataset="d" * 64, count=7,
        bytes={"a": 1, "b": 2}, refused=(("x.png", "empty", "empty file"),), refused_count=3, error=None,
    )  # fmt: skip


def write_bundles(folder: Path) -> None:
    folder.mkdir(parents=True)
    for name in ("manifest.json", "server-a.bundle", "server-b.bundle"):
        (folder / name).write_text("x")


def test_document_survives_being_written_down(office: Office) -> None:
    found = whole(office.profile)
    document.save(office.profile, found)
    assert document.load(office.profile, ID) == found
    failed = replace(found, error=DiskFull("No room.", needed=5))
    again = document.load(office.profile, document.save(office.profile, failed).id)
    assert isinstance(again.error, DiskFull) and again.error.as_dict() == DiskFull("No room.", needed=5).as_dict()


def test_document_is_for_its_owner_only(office: Office) -> None:
    document.save(office.profile, whole(office.profile))
    assert os.stat(document.imports_folder(office.profile) / f"{ID}.json").st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["id", "phase", "bytes", "folder", "refused", "count", "selection", "error"])
def test_document_that_is_damaged_is_told_and_can_be_deleted(office: Office, name: str) -> None:
    document.save(office.profile, whole(office.profile))
    path = document.imports_folder(office.profile) / f"{ID}.json"
    body = json.loads(path.read_text())
    body[name] = {"count": "x", "bytes": {"a": "x"}}.get(name, 3 if name != "folder" else None)
    if name in ("error", "folder"):
        del body[name]
    path.write_text(json.dumps(body))
    with pytest.raises(BadInput):
        document.load(office.profile, ID)


@pytest.mark.parametrize("number", ["", "../x", ID.upper(), ID[1:], f"{ID}/"])
def test_document_of_no_id_is_not_found(office: Office, number: str) -> None:
    with pytest.raises(NotFound):
        document.load(office.profile, number)


@pytest.mark.parametrize(
    ("phase", "bundles", "standing"),
    [
        (Phase.DRAFT, False, Standing.DRAFT), (Phase.SPLITTING, False, Standing.DRAFT),
        (Phase.SPLITTING, True, Standing.SPLIT), (Phase.SPLIT, True, Standing.SPLIT),
        (Phase.SPLIT, False, Standing.DRAFT), (Phase.UPLOADING, True, Standing.PAUSED),
        (Phase.UPLOADED, False, Standing.UPLOADED),
    ],
)  # fmt: skip
def test_document_standing_after_a_restart(office: Office, phase: Phase, bundles: bool, standing: Standing) -> None:
    found = replace(whole(office.profile), phase=phase, is_brought=False)
    if bundles:
        write_bundles(found.folder)
    document.save(office.profile, found)
    assert document.load(office.profile, ID).standing is standing
    failed = replace(found, error=DiskFull())
    assert document.save(office.profile, failed).standing is Standing.FAILED


@pytest.mark.parametrize("phase", [Phase.SPLITTING, Phase.UPLOADING])
def test_document_standing_while_it_runs(office: Office, phase: Phase) -> None:
    document.save(office.profile, replace(whole(office.profile), phase=phase))
    with document.held(office.profile, ID):
        assert document.load(office.profile, ID).standing.value == phase.value
        with pytest.raises(Conflict):
            with document.held(office.profile, ID):
                raise AssertionError
    assert not document.is_held(office.profile, ID)


async def test_desk_lists_the_newest_first_with_damaged_ones(office: Office, tmp_path: Path) -> None:
    assert await list_imports(office) == []
    first = await new_import(office, [tmp_path / "x"])
    document.save(office.profile, replace(first, created="2020-01-01T00:00:00Z"))
    second = await new_import(office, [tmp_path / "y"])
    (document.imports_folder(office.profile) / f"{ID}.json").write_text("{")
    rows = await list_imports(office)
    assert [row.id for row in rows] == [second.id, first.id, ID]
    assert [row.standing for row in rows] == [Standing.DRAFT, Standing.DRAFT, Standing.DAMAGED]
    await delete_import(office, ID)
    assert len(await list_imports(office)) == 2


async def test_desk_keeps_what_a_person_changed(office: Office, tmp_path: Path) -> None:
    made = await new_import(office, [tmp_path / "x"])
    assert made.selection.paths == (str(tmp_path / "x"),)
    changed = replace(made.selection.relabelled(["a.png"], "ill"), about=About("Films"))
    assert (await save_selection(office, made.id, changed)).selection == changed
    assert (await open_import(office, made.id)).selection == changed


async def test_desk_changes_nothing_that_is_split(office: Office, tmp_path: Path) -> None:
    made = await new_import(office, [tmp_path])
    write_bundles(made.folder)
    document.save(office.profile, replace(made, phase=Phase.SPLIT, dataset="d", count=3))
    with pytest.raises(Conflict):
        await save_selection(office, made.id, made.selection)
    back = await discard_bundles(office, made.id)
    assert (back.standing, back.dataset, back.count) == (Standing.DRAFT, "", 0)
    assert not made.folder.exists()
    await save_selection(office, made.id, made.selection)


async def test_desk_discards_the_bundles_of_what_is_uploaded(office: Office, tmp_path: Path) -> None:
    made = await new_import(office, [tmp_path])
    write_bundles(made.folder)
    document.save(office.profile, replace(made, phase=Phase.UPLOADED, dataset="d"))
    after = await discard_bundles(office, made.id)
    assert (after.standing, after.dataset, made.folder.exists()) == (Standing.UPLOADED, "d", False)


async def test_desk_bundles_of_others_are_left_alone(office: Office, tmp_path: Path) -> None:
    write_bundles(tmp_path / "carried")
    made = await new_import(office, [tmp_path])
    document.save(office.profile, replace(made, is_brought=True, folder=tmp_path / "carried"))
    with pytest.raises(Conflict):
        await discard_bundles(office, made.id)
    await delete_import(office, made.id)
    assert (tmp_path / "carried" / "server-a.bundle").exists()


async def test_desk_deletes_everything_of_its_own(office: Office, tmp_path: Path) -> None:
    made = await new_import(office, [tmp_path])
    write_bundles(made.folder)
    (made.folder.parent / ".bundles.abc12345").mkdir()
    await delete_import(office, made.id)
    assert os.listdir(document.imports_folder(office.profile)) == []


async def test_desk_takes_away_files_of_what_was_deleted_halfway(office: Office, tmp_path: Path) -> None:
    made = await new_import(office, [tmp_path])
    write_bundles(made.folder)
    document.remove(office.profile, made.id)
    (document.imports_folder(office.profile) / "notes").mkdir()
    await list_imports(office)
    assert os.listdir(document.imports_folder(office.profile)) == ["notes"]


async def test_desk_touches_nothing_that_runs(office: Office, tmp_path: Path) -> None:
    made = await new_import(office, [tmp_path])
    with document.held(office.profile, made.id):
        for work in (delete_import(office, made.id), discard_bundles(office, made.id)):
            with pytest.raises(Conflict):
                await work
    with pytest.raises(BadInput):
        await new_import(office, [])
