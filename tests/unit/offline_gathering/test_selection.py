"""What a person changed: kept as a document, and honoured as a source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from common.errors import BadInput, UsageError, WrongVersion
from desktop_client.offline_plugin.gathering.selected import SelectedSource, read_options
from desktop_client.offline_plugin.gathering.selection import (
    KIND,
    About,
    Reading,
    Selection,
    parse_reading,
    parse_selection,
    read_document,
    selection_value,
)
from desktop_client.offline_plugin.sources import Item, Refusal
from tests.unit.offline_plugin.pictures import folder_of_classes, grey, save

FULL = Selection(
    paths=("/films",),
    labels={"a/1.png": "ill", "a/2.png": "well", "caf\udce9.png": "ill"},
    excluded=frozenset({"b/9.png"}),
    renamed={"a": "ill"},
    dropped=frozenset({"junk"}),
    classes=("well", "ill"),
    reading=Reading(32, 48, 3, 16, "crop", (-600.0, 1500.0), 1000),
    about=About("Films", "of 2026", ("ct",), "shared", ("bob",)),
)


def chosen(selection: Selection) -> tuple[list[tuple[str, str]], list[Refusal]]:
    source = SelectedSource(selection)
    entries = list(source.items())
    kept = [(entry.name, source.classes[entry.label]) for entry in entries if isinstance(entry, Item)]
    return kept, [entry for entry in entries if isinstance(entry, Refusal)]


def test_selection_survives_being_written_down() -> None:
    assert parse_selection(json.loads(json.dumps(selection_value(FULL)))) == FULL
    assert parse_selection(selection_value(Selection(("/x",)))) == Selection(("/x",))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("paths", "x"), ("paths", [1]), ("labels", []), ("labels", {"a": "x"}), ("excluded", {}), ("renamed", {"a": 1}),
        ("classes", "ab"), ("reading", {}), ("about", None), ("dropped", ["x" * 9000]), ("more", 1),
    ],
)  # fmt: skip
def test_selection_that_is_damaged_is_refused(field: str, value: Any) -> None:
    with pytest.raises(BadInput):
        parse_selection({**selection_value(FULL), field: value})


@pytest.mark.parametrize(("field", "value"), [("height", True), ("height", "8"), ("window", [1]), ("window", [1, "2"]),
                                              ("fit", 3)])  # fmt: skip
def test_selection_reading_that_is_damaged_is_refused(field: str, value: Any) -> None:
    with pytest.raises(BadInput):
        parse_reading({**selection_value(FULL)["reading"], field: value})


def test_selection_edits() -> None:
    edited = FULL.relabelled(["b/9.png", "c.png"], "well").without(["a/1.png"])
    assert edited.labels == {**FULL.labels, "b/9.png": "well", "c.png": "well"}
    assert edited.excluded == {"a/1.png"}
    assert edited.restored(["a/1.png", "c.png"]).labels == {
        "a/2.png": "well", "caf\udce9.png": "ill", "b/9.png": "well"
    }  # fmt: skip
    assert edited.restored(["a/1.png"]).excluded == frozenset()


def test_selection_without_changes_is_what_was_brought(tmp_path: Path) -> None:
    folder_of_classes(tmp_path, 1)
    assert chosen(Selection((str(tmp_path),))) == (
        [("a/00000.png", "a"), ("b/00000.png", "b"), ("c/00000.png", "c")], []
    )  # fmt: skip


def test_selection_changes_are_honoured(tmp_path: Path) -> None:
    folder_of_classes(tmp_path, 3)
    save(tmp_path / "loose.png", grey())
    save(tmp_path / "none.png", grey())
    selection = Selection(
        (str(tmp_path),),
        labels={"a/00000.png": "z", "loose.png": "b", "c/00001.png": "b"},
        excluded=frozenset({"a/00001.png", "gone.png"}),
        renamed={"a": "healthy"},
        dropped=frozenset({"c"}),
    )
    kept, refused = chosen(selection)
    assert kept == [
        ("a/00000.png", "z"), ("a/00002.png", "healthy"),
        ("b/00000.png", "b"), ("b/00001.png", "b"), ("b/00002.png", "b"), ("c/00001.png", "b"), ("loose.png", "b"),
    ]  # fmt: skip
    assert refused == [Refusal("none.png", "it has no class", "unlabelled")]
    assert SelectedSource(selection).classes == ("b", "healthy", "z")
    assert len(SelectedSource(selection)) == 7


def test_selection_fixed_classes_refuse_others(tmp_path: Path) -> None:
    folder_of_classes(tmp_path, 1)
    kept, refused = chosen(Selection((str(tmp_path),), classes=("c", "a")))
    assert kept == [("a/00000.png", "a"), ("c/00000.png", "c")]
    assert [(entry.file, entry.code) for entry in refused] == [("b/00000.png", "other-class")]


def test_selection_of_nothing_is_refused(tmp_path: Path) -> None:
    save(tmp_path / "none.png", grey())
    with pytest.raises(BadInput):
        SelectedSource(Selection((str(tmp_path),)))


def test_selection_says_how_images_are_read() -> None:
    options = read_options(FULL.reading)
    assert (options.encoding.shape, options.encoding.bits, options.encoding.fit) == ((32, 48, 3), 16, "crop")
    assert (options.limits.window, options.limits.max_pixels) == ((-600.0, 1500.0), 1000)
    with pytest.raises(UsageError):
        read_options(Reading(channels=2))


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"{", BadInput), (b"[]", BadInput), (b'{"kind":"other"}', BadInput), (b"[" * 100_000, BadInput),
        (b'{"kind":"imguard-import","version":2}', WrongVersion),
    ],
)  # fmt: skip
def test_selection_document_that_is_none_is_refused(tmp_path: Path, raw: bytes, error: type[Exception]) -> None:
    (tmp_path / "x.json").write_bytes(raw)
    with pytest.raises(error):
        read_document(tmp_path / "x.json")
    with pytest.raises(BadInput):
        read_document(tmp_path / "none.json")


def test_selection_document_is_read(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps({"kind": KIND, "version": 1, "id": "7"}), encoding="utf-8")
    assert read_document(tmp_path / "x.json")["id"] == "7"
