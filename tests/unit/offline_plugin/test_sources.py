"""Folders and tables: what is listed, in which order, and what never leaves the folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from common.errors import BadImage, BadInput
from desktop_client.offline_plugin.sources import MAX_DEPTH, Item, Refusal, Source, open_source, resolve_inside
from tests.unit.offline_plugin.pictures import folder_of_classes


def items(source: Source) -> list[Item]:
    return [entry for entry in source.items() if isinstance(entry, Item)]


def refused(source: Source) -> dict[str, str]:
    return {entry.file: entry.reason for entry in source.items() if isinstance(entry, Refusal)}


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


def table(path: Path, text: str) -> Source:
    path.write_text(text, encoding="utf-8")
    return open_source(path)


# --- folders ------------------------------------------------------------------------------------------------------


def test_folder_names_are_the_classes(tmp_path: Path) -> None:
    source = open_source(folder_of_classes(tmp_path, 2))
    assert source.classes == ("a", "b", "c")
    assert items(source)[:3] == [Item("a/00000.png", 0), Item("a/00001.png", 0), Item("b/00000.png", 1)]
    assert not refused(source)


def test_folder_numbers_are_sorted_as_numbers(tmp_path: Path) -> None:
    for name in ("10", "9", "0"):
        touch(tmp_path / name / "x.png")
    assert open_source(tmp_path).classes == ("0", "9", "10")


def test_folder_deeper_folders_belong_to_their_class(tmp_path: Path) -> None:
    touch(tmp_path / "cat" / "2020" / "may" / "x.png")
    assert items(open_source(tmp_path)) == [Item("cat/2020/may/x.png", 0)]


def test_folder_hidden_and_system_files_are_passed_over(tmp_path: Path) -> None:
    for name in ("cat/x.png", "cat/.DS_Store", "cat/Thumbs.db", ".git/config", "dog/.hidden/y.png"):
        touch(tmp_path / name)
    source = open_source(tmp_path)
    assert (source.classes, items(source), refused(source)) == (("cat", "dog"), [Item("cat/x.png", 0)], {})


def test_folder_stray_files_are_listed(tmp_path: Path) -> None:
    touch(tmp_path / "cat" / "x.png")
    touch(tmp_path / "y.png")
    assert refused(open_source(tmp_path)) == {"y.png": "lies outside the class folders"}


def test_folder_chosen_classes_fix_the_order_and_refuse_others(tmp_path: Path) -> None:
    folder_of_classes(tmp_path, 1)
    source = open_source(tmp_path, ("c", "z", "a"))
    assert source.classes == ("c", "z", "a")
    assert items(source) == [Item("c/00000.png", 0), Item("a/00000.png", 2)]
    assert refused(source) == {"b": "this class is not one of those chosen"}


def test_folder_two_spellings_of_one_name_are_one_class(tmp_path: Path) -> None:
    touch(tmp_path / "caf\u00e9" / "x.png")
    touch(tmp_path / "cafe\u0301" / "y.png")
    source = open_source(tmp_path)
    assert source.classes == ("caf\u00e9",)
    assert len(items(source)) == 2


def test_folder_linked_folders_are_not_followed(tmp_path: Path) -> None:
    touch(tmp_path / "secret" / "s.png")
    root = tmp_path / "in"
    touch(root / "cat" / "x.png")
    (root / "dog").symlink_to(tmp_path / "secret")
    (root / "cat" / "more").symlink_to(tmp_path / "secret")
    (root / "cat" / "loop").symlink_to(root)
    source = open_source(root)
    assert source.classes == ("cat",)
    assert set(refused(source)) == {"dog", "cat/more", "cat/loop"}
    assert set(refused(source).values()) == {"links to folders are not followed"}


def test_folder_nested_too_deep_is_listed(tmp_path: Path) -> None:
    touch(tmp_path / "/".join(["cat"] * (MAX_DEPTH + 3)) / "x.png")
    assert list(refused(open_source(tmp_path)).values()) == ["folders are nested too deep"]


def test_folder_name_that_is_no_text_is_made_printable(tmp_path: Path) -> None:
    touch(tmp_path / "cat" / "x.png")
    touch(Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\x1b[2J.png")))
    assert list(refused(open_source(tmp_path))) == ["??[2J.png"]


def test_folder_without_classes_is_refused(tmp_path: Path) -> None:
    touch(tmp_path / "x.png")
    with pytest.raises(BadInput, match="one folder inside for each class"):
        open_source(tmp_path)


def test_source_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no folder or table"):
        open_source(tmp_path / "missing")


# --- tables -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", [",", ";"])
def test_table_rows_become_items(tmp_path: Path, mark: str) -> None:
    rows = ["id,Label,File", "1,dog,x/1.png", "2,cat,2.png", "", '3,dog,"with space, and comma.png"']
    text = "\n".join(rows)
    if mark == ";":
        text = text.replace('"with space, and comma.png"', "3.png").replace(",", ";")
    source = table(tmp_path / "t.csv", "\ufeff" + text)
    assert source.classes == ("cat", "dog")
    assert [(item.name, item.label) for item in items(source)][:2] == [("x/1.png", 1), ("2.png", 0)]
    assert len(items(source)) == 3


def test_table_incomplete_and_repeated_rows_are_listed(tmp_path: Path) -> None:
    source = table(tmp_path / "t.csv", "file,label\n1.png,cat\n2.png\n,dog\n1.png,dog\n")
    assert items(source) == [Item("1.png", 0)]
    assert refused(source) == {
        "2.png": "the table gives no file or no label",
        "line 4": "the table gives no file or no label",
        "1.png": "the table names this file more than once",
    }


def test_table_other_labels_than_chosen_are_listed(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("file,label\n1.png,cat\n2.png,dog\n")
    source = open_source(tmp_path / "t.csv", ("dog",))
    assert items(source) == [Item("2.png", 0)]
    assert refused(source) == {"1.png": "this class is not one of those chosen"}


@pytest.mark.parametrize(
    "content",
    [b"", b"name,class\n1.png,cat\n", b"file,label\n", b"file,label\n\xff\xfe,cat\n", b"file,label\n" + b"x" * 200_000],
)
def test_table_unusable_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(BadInput):
        open_source(tmp_path / "t.csv")


# --- files --------------------------------------------------------------------------------------------------------


def test_resolve_file_and_link_inside_are_accepted(tmp_path: Path) -> None:
    real = touch(tmp_path / "in" / "a" / "x.png")
    (tmp_path / "in" / "a" / "link.png").symlink_to(real)
    for name in ("a/x.png", "a/link.png", "a/../a/x.png"):
        assert resolve_inside(tmp_path / "in", name) == real.resolve()


@pytest.mark.parametrize(
    "name", ["../secret.png", "a/../../secret.png", "a/link.png", "{tmp}/secret.png", "a/chain.png"]
)
def test_resolve_escape_is_refused(tmp_path: Path, name: str) -> None:
    secret = touch(tmp_path / "secret.png")
    touch(tmp_path / "in" / "a" / "x.png")
    (tmp_path / "in" / "a" / "link.png").symlink_to(secret)
    (tmp_path / "in" / "a" / "chain.png").symlink_to(tmp_path / "in" / "a" / "link.png")
    with pytest.raises(BadImage, match="leads outside the folder"):
        resolve_inside(tmp_path / "in", name.format(tmp=tmp_path))


@pytest.mark.parametrize(
    "name",
    ["gone.png", "a\x00b", "loop", "x" * 5000],
)
def test_resolve_what_is_not_there_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(BadImage, match="no such file"):
        resolve_inside(tmp_path, name)
