"""Classes of files: changes, undo, and the way to a kept selection and back."""

from __future__ import annotations

from typing import Any

from desktop_client.offline_plugin.gathering.loose import UNLABELLED
from desktop_client.offline_plugin.gathering.selection import Selection
from desktop_client.state.importing.labels import Labels


def _row(name: str, label: str) -> list[Any]:
    return [name, label, 20, 10, "png", 300]


def _labels(selection: Selection | None = None) -> Labels:
    made = Labels(selection)
    made.add([_row("a1", "a"), _row("a2", "a"), _row("b1", "b"), _row("b2", "b"), _row("x", UNLABELLED)])
    return made


def _now(labels: Labels) -> list[str | None]:
    return [labels.label(file) for file in range(len(labels))]


def _kept(labels: Labels) -> Selection:
    return labels.freeze().apply(Selection(("/films",)))


def test_files_come_with_their_class_and_what_has_none_is_counted_apart() -> None:
    labels = _labels()
    assert labels.counts() == [("a", 2), ("b", 2), (UNLABELLED, 1)]
    assert (labels.used, labels.unlabelled, labels.left_out, labels.classes) == (4, 1, 0, ["a", "b"])
    found = labels.picture(4)
    assert (found.name, found.label, found.width, found.height, found.bytes) == ("x", UNLABELLED, 20, 10, 300)


def test_classes_that_are_numbers_are_ordered_as_numbers() -> None:
    labels = Labels()
    labels.add([_row("1", "10"), _row("2", "9"), _row("3", UNLABELLED)])
    assert labels.counts() == [("9", 1), ("10", 1), (UNLABELLED, 1)]


def test_changes_are_undone_and_redone_in_order() -> None:
    labels = _labels()
    assert labels.assign([0, 4], "c")
    assert labels.leave_out([1])
    assert labels.rename("b", "beta")
    assert _now(labels) == ["c", None, "beta", "beta", "c"]
    assert (labels.used, labels.left_out) == (4, 1)
    for expected in (["c", None, "b", "b", "c"], ["c", "a", "b", "b", "c"], ["a", "a", "b", "b", UNLABELLED]):
        assert labels.undo() and _now(labels) == expected
    assert not labels.undo() and not labels.can_undo
    assert labels.redo() and labels.redo() and labels.redo() and not labels.redo()
    assert _now(labels) == ["c", None, "beta", "beta", "c"]


def test_changes_that_change_nothing_are_not_remembered() -> None:
    labels = _labels()
    assert not (labels.assign([0], "a") or labels.assign([0], " ") or labels.restore([0]) or labels.rename("a", "a"))
    assert not labels.can_undo


def test_rename_to_a_name_that_is_there_merges_and_is_undone_file_by_file() -> None:
    labels = _labels()
    assert labels.rename("b", "a") and labels.counts() == [("a", 4), (UNLABELLED, 1)]
    assert labels.undo() and labels.counts() == [("a", 2), ("b", 2), (UNLABELLED, 1)]


def test_a_name_that_became_free_and_came_back_belongs_to_the_older_class() -> None:
    labels = _labels()
    labels.rename("a", "alpha")
    labels.assign([2], "a")
    assert labels.undo() and labels.undo()
    assert _now(labels) == ["a", "a", "b", "b", UNLABELLED]
    labels.assign([3], "a")
    assert labels.counts() == [("a", 3), ("b", 1), (UNLABELLED, 1)]


def test_restore_gives_back_the_class_that_was_found() -> None:
    labels = _labels()
    labels.assign([0, 1], "b")
    labels.leave_out([2])
    labels.restore([0, 2])
    assert _now(labels) == ["a", "b", "b", "b", UNLABELLED]


def test_where_finds_by_class_and_by_words() -> None:
    labels = _labels()
    labels.leave_out([3])
    assert (labels.where("a"), labels.where(None), labels.where("", "B"), labels.where("b", "2")) == (
        [0, 1], [3], [2, 3], [],
    )  # fmt: skip


def test_kept_selection_names_whole_classes_where_it_can() -> None:
    labels = _labels()
    labels.rename("a", "alpha")
    labels.leave_out([2, 3])
    labels.assign([4], "alpha")
    kept = _kept(labels)
    assert (dict(kept.renamed), sorted(kept.dropped)) == ({"a": "alpha", UNLABELLED: "alpha"}, ["b"])
    assert not kept.labels and not kept.excluded


def test_kept_selection_names_single_files_elsewhere() -> None:
    labels = _labels()
    labels.assign([1], "b")
    labels.leave_out([2])
    kept = _kept(labels)
    assert (dict(kept.labels), sorted(kept.excluded)) == ({"a2": "b"}, ["b1"])
    assert not kept.renamed and not kept.dropped


def test_kept_selection_gives_the_same_classes_when_it_is_opened_again() -> None:
    labels = _labels()
    labels.rename("a", "alpha")
    labels.assign([3], "alpha")
    labels.leave_out([0])
    labels.assign([4], "new")
    again = _labels(_kept(labels))
    assert _now(again) == _now(labels) == [None, "alpha", "b", "alpha", "new"]
    assert again.counts() == labels.counts() and not again.can_undo
    again.restore([0])
    assert again.label(0) == "a"
