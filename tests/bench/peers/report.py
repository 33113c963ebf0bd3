"""Ratios between the systems' rows, and the table that is printed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.bench.peers.systems import OURS

Row = dict[str, Any]
HEADS = ("work", "system", "seconds", "prepare", "MB sent", "prep MB", "rounds", "peak MB", "times ours", "with prep",
         "bytes")  # fmt: skip
WIDTHS = (8, 18, 9, 9, 9, 10, 7, 8, 11, 10, 7)


def with_ratios(rows: Iterable[Row]) -> list[Row]:
    """The rows of one piece of work; the others say how many times the figures of our last row theirs are.

    ``times_ours`` compares seconds online, ``times_ours_prepared`` those with what was prepared before,
    ``bytes_times_ours`` what both parties sent for both. A peer prepares nothing before: its rows have it in them.
    """
    found = [dict(row) for row in rows]
    ours = next((row for row in reversed(found) if row["system"] in OURS and "failed" not in row), None)
    for row in found:
        if ours is None or row is ours or "failed" in row:
            continue
        row["times_ours"] = _ratio(row["online_seconds"], ours["online_seconds"])
        row["times_ours_prepared"] = _ratio(_seconds(row), _seconds(ours))
        row["bytes_times_ours"] = _ratio(_bytes(row), _bytes(ours))
    return found


def _ratio(theirs: float, ours: float) -> float:
    """To three digits."""
    return float(f"{theirs / ours:.3g}")


def _seconds(row: Row) -> float:
    return float(row["online_seconds"] + row.get("preparation_seconds", 0.0))


def _bytes(row: Row) -> int:
    return int(row["bytes_both_parties"] + row.get("preparation_bytes", 0))


def heading() -> str:
    """First line of the table."""
    return _line(HEADS)


def lines(rows: Iterable[Row]) -> str:
    """One line of the table for each row."""
    return "\n".join(_of(row) for row in rows)


def _of(row: Row) -> str:
    if "failed" in row:
        return f"{_line((row['work'], row['system']))} failed: {row['failed']}"
    ratios = [str(row.get(name, "")) for name in ("times_ours", "times_ours_prepared", "bytes_times_ours")]
    return _line(
        [
            *(row["work"], row["system"]),
            *(_number(row, name, 1, 4) for name in ("online_seconds", "preparation_seconds")),
            *(_number(row, name, 10**6, 2) for name in ("bytes_both_parties", "preparation_bytes")),
            *(str(row["rounds"]), str(row["peak_mb"])),
            *ratios,
        ]
    )


def _number(row: Row, name: str, unit: int, digits: int) -> str:
    """A figure of a row in larger units; nothing where the row has none."""
    return f"{row[name] / unit:.{digits}f}" if name in row else ""


def _line(cells: Iterable[str]) -> str:
    sides = "<<>>>>>>>>>"
    return "".join(f"{cell:{side}{width}}" for cell, side, width in zip(cells, sides, WIDTHS, strict=False)).rstrip()
