"""What a person brings: one folder, a table, or several things dropped together."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from common.errors import BadImage, BadInput
from desktop_client.offline_plugin.gathering.loose import UNLABELLED, open_loose, open_places
from desktop_client.offline_plugin.sources import Item, Refusal


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(path.name.encode())
    return path


def labelled(paths: Sequence[Path]) -> list[tuple[str, str]]:
    source = open_loose(paths)
    return [(entry.name, source.classes[entry.label]) for entry in source.items() if isinstance(entry, Item)]


def test_loose_one_folder_has_a_class_for_each_folder_inside(tmp_path: Path) -> None:
    for name in ("10/a.png", "2/deep/b.png", "loose.png", ".hidden", "2/.hidden"):
        touch(tmp_path / name)
    assert open_loose([tmp_path]).classes == ("2", "10", UNLABELLED)
    assert labelled([tmp_path]) == [("10/a.png", "10"), ("2/deep/b.png", "2"), ("loose.png", UNLABELLED)]


def test_loose_a_flat_folder_is_unlabelled(tmp_path: Path) -> None:
    touch(tmp_path / "a.png")
    assert labelled([tmp_path]) == [("a.png", UNLABELLED)]


def test_loose_a_table_gives_the_labels(tmp_path: Path) -> None:
    touch(tmp_path / "a.png")
    (tmp_path / "t.CSV").write_text("file,label\na.png,cat\n", encoding="utf-8")
    assert labelled([tmp_path / "t.CSV"]) == [("a.png", "cat")]
    assert open_places([tmp_path / "t.CSV"]).locate("a.png").read_bytes() == b"a.png"


def test_loose_several_folders_are_classes_and_files_have_none(tmp_path: Path) -> None:
    for name in ("x/ill/a.png", "x/well/b.png", "y/ill/c.png", "y/d.png"):
        touch(tmp_path / name)
    paths = [tmp_path / "x" / "ill", tmp_path / "x" / "well", tmp_path / "y" / "ill", tmp_path / "y" / "d.png"]
    found = labelled([*paths, paths[3]])
    assert found == [
        ("ill/a.png", "ill"), ("well/b.png", "well"), ("ill (2)/c.png", "ill"), ("d.png", UNLABELLED)
    ]  # fmt: skip
    places = open_places(paths)
    assert [places.locate(name).read_bytes() for name, _ in found] == [b"a.png", b"b.png", b"c.png", b"d.png"]


def test_loose_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    paths = [touch(tmp_path / folder / "a.png") for folder in ("x", "y", "z")]
    assert [name for name, _ in labelled(paths)] == ["a.png", "a (2).png", "a (3).png"]
    assert open_places(paths).locate("a (3).png") == paths[2].resolve()


@pytest.mark.parametrize("name", ["../secret", "x/../../secret", "x/link", "x/none", "none", "x", "", "x/.."])
def test_loose_nothing_outside_is_found(tmp_path: Path, name: str) -> None:
    touch(tmp_path / "secret")
    touch(tmp_path / "in" / "x" / "a.png")
    touch(tmp_path / "in" / "b.png")
    os.symlink(tmp_path / "secret", tmp_path / "in" / "x" / "link")
    inside = (tmp_path / "in").resolve()
    for paths in ([tmp_path / "in"], [tmp_path / "in" / "x", tmp_path / "in" / "b.png"]):
        try:
            found = open_places(paths).locate(name)
        except BadImage:
            continue
        assert found.is_relative_to(inside) and found.is_dir()


def test_loose_links_to_folders_are_refused(tmp_path: Path) -> None:
    touch(tmp_path / "in" / "a" / "x.png")
    os.symlink(tmp_path / "in" / "a", tmp_path / "in" / "b", target_is_directory=True)
    refused = [entry for entry in open_loose([tmp_path / "in"]).items() if isinstance(entry, Refusal)]
    assert refused == [Refusal("b", "links to folders are not followed", "linked-folder")]


def test_loose_needs_something_that_is_there(tmp_path: Path) -> None:
    for paths in ([], [tmp_path / "none"], [tmp_path, tmp_path / "none"]):
        with pytest.raises(BadInput):
            open_loose(paths)
        with pytest.raises(BadInput):
            open_places(paths)
