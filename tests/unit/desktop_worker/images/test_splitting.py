"""`estimate` and `split`: a saved import becomes bundles, or nothing."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from common.errors import BadInput, BadManifest, Cancelled, Conflict, DiskFull, UsageError
from desktop_client.offline_plugin.gathering.selection import KIND, About, Reading, Selection, selection_value
from desktop_client.offline_plugin.output import clear_remains
from tests.unit.desktop_worker.images.talk import Talk
from tests.unit.offline_plugin.pictures import NODES, OWNER, dicom_file, folder_of_classes, grey, put_together, save


def saved(folder: Path, selection: Selection) -> str:
    path = folder / "import.json"
    body = {"kind": KIND, "version": 1, "selection": selection_value(selection)}
    path.write_text(json.dumps(body), encoding="utf-8")
    return str(path)


def arguments(folder: Path, selection: Selection, **changes: Any) -> dict[str, Any]:
    return {
        "document": saved(folder, selection),
        "out": str(folder / "out"),
        "owner": "alice",
        "created": "2026-01-31T12:00:00Z",
        "signing": OWNER.to_bytes().hex(),
        "seal_keys": {"a": NODES[0].public, "b": NODES[1].public},
        **changes,
    }


def chosen(source: Path) -> Selection:
    return Selection((str(source),), reading=Reading(8, 8), about=About("Films", "of 2026", ("ct",)))


def test_split_honours_the_selection(tmp_path: Path) -> None:
    source = folder_of_classes(tmp_path / "in", 3)
    save(source / "none.png", grey())
    selection = replace(
        chosen(source), labels={"c/00000.png": "a"}, excluded=frozenset({"a/00000.png"}), renamed={"b": "z"}
    )
    talk = Talk("split", arguments(tmp_path, selection))
    assert talk.result["classes"] == {"a": 3, "c": 2, "z": 3} and talk.result["count"] == 8
    assert talk.parts["refused"] == [["none.png", "unlabelled", "it has no class"]]
    found = put_together(tmp_path / "out")
    wanted = {(grey(seed=1000 * number + index).tobytes(), label) for number, index, label in [
        (0, 1, 0), (0, 2, 0), (2, 0, 0), (2, 1, 1), (2, 2, 1), (1, 0, 2), (1, 1, 2), (1, 2, 2)]}  # fmt: skip
    assert set(found.pairs()) == wanted
    about = found.manifest.about
    assert (about.name, about.description, about.tags, about.owner) == ("Films", "of 2026", ("ct",), "alice")
    assert talk.result["folder"] == str(tmp_path / "out")
    assert talk.progress[0]["stage"] == "list" and talk.result["bytes"]["a"] > 0


def test_split_applies_the_window(tmp_path: Path) -> None:
    values = grey().astype("uint16") * 10
    dicom_file(tmp_path / "in" / "a" / "x.dcm", values)
    selection = replace(chosen(tmp_path / "in"), reading=Reading(8, 8, window=(1000.0, 2.0)))
    Talk("split", arguments(tmp_path, selection))
    pixels = put_together(tmp_path / "out").pixels[0, :, :, 0]
    assert ((pixels == 255) == (values >= 1000)).all() and set(pixels.ravel().tolist()) == {0, 255}


def test_estimate_counts_without_decoding(tmp_path: Path) -> None:
    source = folder_of_classes(tmp_path / "in", 3)
    (source / "a" / "x.png").write_text("no picture")
    (source / "y.png").write_text("no class")
    result = Talk("estimate", arguments(tmp_path, chosen(source))).result
    assert (result["images"], result["classes"], result["refused"]) == (10, {"a": 4, "b": 3, "c": 3}, 1)
    assert result["bytes"] == 10 * (64 + 3) * 2
    assert result["free"] > 0


def test_split_bytes_are_as_estimated(tmp_path: Path) -> None:
    selection = chosen(folder_of_classes(tmp_path / "in", 100))
    needed = Talk("estimate", arguments(tmp_path, selection)).result["bytes"]
    sizes = Talk("split", arguments(tmp_path, selection)).result["bytes"]
    assert needed < sizes["a"] + sizes["b"] < needed * 1.02


def test_split_without_room_reads_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(DiskFull) as caught:
        Talk("split", arguments(tmp_path, chosen(folder_of_classes(tmp_path / "in", 1))))
    assert caught.value.details == {"needed": 3 * 67 * 2, "free": 1000}
    assert sorted(os.listdir(tmp_path)) == ["import.json", "in"]


def test_split_that_is_cancelled_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        Talk("split", arguments(tmp_path, chosen(folder_of_classes(tmp_path / "in", 2))), cancelled=True)
    assert sorted(os.listdir(tmp_path)) == ["import.json", "in"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"signing": "zz"}, BadInput), ({"signing": "00"}, BadInput), ({"seal_keys": {}}, BadInput),
        ({"document": "none.json"}, BadInput), ({"owner": "Not A Name"}, BadManifest), ({"out": ""}, BadInput),
    ],
)  # fmt: skip
def test_split_refuses_arguments_without_form(tmp_path: Path, changes: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        Talk("split", arguments(tmp_path, chosen(folder_of_classes(tmp_path / "in", 1)), **changes))


def test_split_refuses_a_form_that_no_data_set_has(tmp_path: Path) -> None:
    selection = replace(chosen(folder_of_classes(tmp_path / "in", 1)), reading=Reading(8, 8, channels=2))
    with pytest.raises(UsageError):
        Talk("split", arguments(tmp_path, selection))


def test_split_takes_away_what_a_killed_one_left(tmp_path: Path) -> None:
    (tmp_path / ".out.abc12345").mkdir()
    (tmp_path / ".out.abc12345" / "server-a.bundle").write_bytes(b"x")
    (tmp_path / ".out.other678").mkdir()
    (tmp_path / ".out.other678" / "mine.txt").write_text("x")
    (tmp_path / ".outer.abc12345").mkdir()
    clear_remains(tmp_path / "out")
    assert sorted(os.listdir(tmp_path)) == [".out.other678", ".outer.abc12345"]
    clear_remains(tmp_path / "none" / "out")


def test_split_does_not_touch_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("x")
    with pytest.raises(Conflict):
        Talk("split", arguments(tmp_path, chosen(folder_of_classes(tmp_path / "in", 1))))
    assert (tmp_path / "out" / "mine.txt").read_text() == "x"
