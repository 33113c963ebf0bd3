"""Search and order of rows, small and large."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from desktop_client.state.table import Column, RowTable

Row = tuple[str, int]
COLUMNS: tuple[Column[Row], ...] = (
    Column("Name", lambda row: row[0]),
    Column("Count", lambda row: str(row[1]), lambda row: row[1], is_number=True),
)


def _names(model: RowTable[Row]) -> list[str]:
    return [row[0] for row in model.shown]


def test_rows_are_shown_searched_and_ordered(qtbot: QtBot) -> None:
    model = RowTable(COLUMNS)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.replace([("b", 10), ("a", 9), ("c", 100)])
    assert _names(model) == ["b", "a", "c"]
    model.sort(1)
    assert _names(model) == ["a", "b", "c"]
    model.sort(0, Qt.SortOrder.DescendingOrder)
    assert _names(model) == ["c", "b", "a"]
    model.search(lambda row: row[1] >= 10)
    assert _names(model) == ["c", "b"]
    model.extend([("d", 11), ("e", 1)])
    assert _names(model) == ["d", "c", "b"]
    model.change(0, ("b", 12))
    assert model.data(model.index(2, 1)) == "12"
    tester.deleteLater()


def test_search_and_order_of_100_000_rows_come_in_many_small_slices(qtbot: QtBot) -> None:
    model = RowTable(COLUMNS)
    model.replace([(f"{(n * 7919) % 100_003:06d}.png", n) for n in range(100_000)])
    before = model.shown
    with qtbot.waitSignal(model.arranged, timeout=20_000):
        model.search(lambda row: "77" in row[0])
        assert model.shown == before, "the old list stays until the new one is whole"
    with qtbot.waitSignal(model.arranged, timeout=20_000):
        model.sort(0)
    names = _names(model)
    assert names == sorted(names) and all("77" in name for name in names) and len(names) > 1000
