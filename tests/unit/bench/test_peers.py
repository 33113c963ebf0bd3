"""The comparison with other systems: which rows of ours there are, and ratios that count what was prepared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from server_node.offline.sources import OWN_SOURCES
from tests.bench.__main__ import SOURCES
from tests.bench.peers import contest, report
from tests.bench.peers.__main__ import main
from tests.bench.peers.systems import OURS, PEERS, Place

PLACE = Place(("127.0.0.1", "127.0.0.1"), ((), ()), "lo", 1, Path("unused"))


def row(system: str, online: float, sent: int, **more: Any) -> dict[str, Any]:
    figures = {"online_seconds": online, "bytes_both_parties": sent, "rounds": 7, "peak_mb": 90}
    return {"work": "W2", "system": system, **figures, **more}


def test_our_rows_take_every_source_once() -> None:
    assert sorted(OURS.values()) == sorted(SOURCES)
    assert set(SOURCES) == {"helper", *OWN_SOURCES}
    assert not set(OURS) & set(PEERS)


def test_ratios_are_those_to_our_last_row_with_what_was_prepared() -> None:
    rows = [
        row("spu-cheetah", 40.0, 30_000_000),
        row("ours-cot", 0.2, 7_000_000, preparation_seconds=19.8, preparation_bytes=11_993_000_000),
        row("ours-hybrid", 0.1, 7_000_000, preparation_seconds=0.7, preparation_bytes=53_000_000),
    ]
    cheetah, transfers, hybrid = report.with_ratios(rows)
    assert (cheetah["times_ours"], cheetah["times_ours_prepared"], cheetah["bytes_times_ours"]) == (400.0, 50.0, 0.5)
    assert (transfers["times_ours"], transfers["times_ours_prepared"]) == (2.0, 25.0)
    assert transfers["bytes_times_ours"] == 200.0
    assert "times_ours" not in hybrid


def test_ratios_leave_out_what_failed() -> None:
    failed = {"work": "W2", "system": "ours-hybrid", "failed": "no"}
    peer, ours, last = report.with_ratios([row("spu", 3.0, 10), row("ours", 1.0, 10), failed])
    assert peer["times_ours"] == 3.0 and ours == row("ours", 1.0, 10) and last == failed
    assert report.with_ratios([row("spu", 3.0, 10), failed]) == [row("spu", 3.0, 10), failed]


def test_table_has_a_column_for_each_figure() -> None:
    assert len(report.HEADS) == len(report.WIDTHS)
    made = row("ours-hybrid", 0.1, 7_000_000, preparation_seconds=0.7, preparation_bytes=53_000_000)
    told = report.lines(report.with_ratios([row("spu-cheetah", 40.0, 30_000_000), made])).splitlines()
    assert told[0].split() == ["W2", "spu-cheetah", "40.0000", "30.00", "7", "90", "400.0", "50.0", "0.5"]
    assert told[1].split() == ["W2", "ours-hybrid", "0.1000", "0.7000", "7.00", "53.00", "7", "90"]
    assert [told[1].index("53.00") + 5, told[1].index("0.7000") + 6] == [
        report.heading().index(name) + len(name) for name in ("prep MB", "prepare")
    ]


def test_our_rows_are_measured_each_with_its_own_source(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str, int]] = []

    def measure_ours(work: str, source: str, repeats: int) -> dict[str, Any]:
        asked.append((work, source, repeats))
        return {"online_seconds": 1.0, "source": source}

    monkeypatch.setattr(contest, "measure_ours", measure_ours)
    rows = contest.measure("W2", ["ours-cot", "ours-hybrid"], PLACE, 3)
    assert asked == [("W2", "cot", 3), ("W2", "hybrid", 3)]
    assert [(one["system"], one["source"]) for one in rows] == [("ours-cot", "cot"), ("ours-hybrid", "hybrid")]


def test_systems_that_are_not_known_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--only", "W2", "--systems", "ours-cot,oracle"])
    assert "there is no oracle; there is crypten" in capsys.readouterr().err
