"""Ratios between the systems' rows, and the table that is printed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.bench.peers.systems import OURS

Row = dict[str, Any]
HEADS = ("work", "system", "seconds", "prepare", "MB sent", "rounds", "peak MB", "times ours", "with prep", "bytes")
WIDTHS = (8, 18, 9, 9, 9, 7, 8, 11, 10, 7)


def with_ratios(rows: Iterable[Row]) -> list[Row]:
    """The rows of one piece of work; those of peers say how many times our figures theirs are.

    ``times_ours`` compares seconds online, ``times_ours_prepared`` counts our preparation in, ``bytes_times_ours``
    compares what both parties sent while online.
    """
    found = [dict(row) for row in rows]
    ours = next((row for row in found if row["system"] == OURS and "failed" not in row), None)
    for row in found:
        if ours is None or row is ours or "failed" in row:
            continue
        online, preparation = ours["online_seconds"], ours["preparation_seconds"]
        row["times_ours"] = round(row["online_seconds"] / online, 2)
        row["times_ours_prepared"] = round(row["online_seconds"] / (online + preparation), 2)
        row["bytes_times_ours"] = round(row["bytes_both_parties"] / ours["bytes_both_parties"], 2)
    return found


def heading() -> str:
    """First line of the table."""
    return _line(HEADS)


def lines(rows: Iterable[Row]) -> str:
    """One line of the table for each row."""
    return "\n".join(_of(row) for row in rows)


def _of(row: Row) -> str:
    if "failed" in row:
        return f"{_line((row['work'], row['system']))} failed: {row['failed']}"
    sent = row["bytes_both_parties"] / 1e6
    seconds, prepare = f"{row['online_seconds']:.4f}", row.get("preparation_seconds")
    return _line(
        (
            row["work"], row["system"], seconds, "" if prepare is None else f"{prepare:.4f}", f"{sent:.2f}",
            str(row["rounds"]), str(row["peak_mb"]), *(str(row.get(name, "")) for name in
            ("times_ours", "times_ours_prepared", "bytes_times_ours")),
        )
    )  # fmt: skip


def _line(cells: Iterable[str]) -> str:
    sides = "<<>>>>>>>>"
    return "".join(f"{cell:{side}{width}}" for cell, side, width in zip(cells, sides, WIDTHS, strict=False)).rstrip()
