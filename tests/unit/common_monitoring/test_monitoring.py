"""The shared parts of monitoring: the token, the health report, the checks and the counters."""

from __future__ import annotations

import asyncio
import shutil
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from common.crypto.rng import SystemRandom
from common.errors import ConfigError
from common.monitoring import health
from common.monitoring.bearer import FILE_NAME, open_token
from common.monitoring.checks import check_disk, days_left, grade_certificate, grade_skew
from common.monitoring.health import Component, Finding, Grade, Health, by_sentence
from common.monitoring.traffic import Traffic

GIB = 1 << 30
NOW = datetime(2026, 6, 1, tzinfo=UTC)
Usage = namedtuple("Usage", "total used free")


# --- token -------------------------------------------------------------------------------------------------------


def test_a_token_is_made_once_and_recognised(tmp_path: Path) -> None:
    first = open_token(tmp_path, SystemRandom())
    kept = (tmp_path / FILE_NAME).read_text(encoding="ascii").strip()
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600
    again = open_token(tmp_path, SystemRandom())
    for one in (first, again):
        assert one.is_shown_in(f"Bearer {kept}")
    others = (None, "", "Bearer ", f"bearer {kept}", kept, f"Bearer {'0' * 64}", f"Bearer {kept}0", f"Bearer {kept}\n")
    assert not any(again.is_shown_in(other) for other in others)
    assert kept not in repr(first) + str(vars(first).keys())


def test_a_damaged_token_file_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("short\n", encoding="ascii")
    with pytest.raises(ConfigError, match="remove it"):
        open_token(tmp_path, SystemRandom())


# --- health ------------------------------------------------------------------------------------------------------


def part(name: str, grade: Grade, is_vital: bool = True) -> Component:
    async def check() -> Finding:
        return Finding(grade, f"{name} is {grade}")

    return Component(name, check, is_vital)


@pytest.mark.parametrize(
    ("parts", "status", "is_ready"),
    [
        ([part("a", Grade.OK), part("b", Grade.OK, False)], "ready", True),
        ([part("a", Grade.WARN), part("b", Grade.OK)], "degraded", True),
        ([part("a", Grade.OK), part("b", Grade.FAIL, False)], "degraded", True),
        ([part("a", Grade.OK), part("b", Grade.FAIL)], "unavailable", False),
    ],
)
async def test_the_status_is_that_of_the_worst_vital_part(parts: list[Component], status: str, is_ready: bool) -> None:
    report = await Health(parts).report()
    assert (report.status, report.is_ready) == (status, is_ready)
    assert report.details()["a"]["says"].startswith("a is ")


async def test_a_check_that_breaks_or_hangs_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.02)

    async def breaks() -> Finding:
        raise OSError("gone")

    async def hangs() -> Finding:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    report = await Health([Component("x", breaks), Component("y", hangs, False)]).report()
    assert report.findings["x"] == Finding(Grade.FAIL, "OSError: gone")
    assert report.findings["y"].says.startswith("No answer within")


async def test_an_answer_counts_for_a_while() -> None:
    asked, now = [], [100.0]

    async def check() -> Finding:
        asked.append(1)
        return Finding(Grade.OK)

    found = Health([Component("x", check)], lambda: now[0])
    await asyncio.gather(found.report(), found.report())
    assert len(asked) == 1
    now[0] += health.FRESH_SECONDS
    await found.report()
    assert len(asked) == 2


@pytest.mark.parametrize(("said", "grade"), [("ok", Grade.OK), ("The disk is gone.", Grade.WARN)])
async def test_a_sentence_becomes_a_finding(said: str, grade: Grade) -> None:
    async def ask() -> str:
        return said

    assert await by_sentence(ask, Grade.WARN)() == Finding(grade, said)


# --- checks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("free", "reserve", "grade"),
    [(10 * GIB, GIB, Grade.OK), (3 * GIB, GIB, Grade.WARN), (GIB - 1, 0, Grade.WARN), (GIB - 1, GIB, Grade.FAIL)],
)
def test_room_on_the_disk(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: int, reserve: int, grade: Grade
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(free, 0, free))
    assert check_disk(tmp_path, reserve).grade is grade


@pytest.mark.parametrize(("days", "grade"), [(-1, Grade.FAIL), (0, Grade.WARN), (29, Grade.WARN), (30, Grade.OK)])
def test_days_of_a_certificate(days: int, grade: Grade) -> None:
    end = NOW + timedelta(days=days, hours=1)
    assert days_left(end, NOW.timestamp()) == days
    assert grade_certificate(end, NOW.timestamp()).grade is grade


@pytest.mark.parametrize(
    ("seconds", "grade"), [(0, Grade.OK), (-5, Grade.OK), (6, Grade.WARN), (-60, Grade.WARN), (61, Grade.FAIL)]
)
def test_clocks_that_differ(seconds: float, grade: Grade) -> None:
    assert grade_skew(seconds, "server B").grade is grade


# --- counters ----------------------------------------------------------------------------------------------------


def test_requests_are_counted_by_route_and_status() -> None:
    traffic = Traffic()
    traffic.count("datasets.chunk", 200, 0.004, 1000)
    traffic.count("datasets.chunk", 422, 0.2, 500)
    lines = traffic.text().decode().splitlines()
    for line in (
        'imguard_requests_total{route="datasets.chunk",status="200"} 1.0',
        'imguard_requests_total{route="datasets.chunk",status="422"} 1.0',
        'imguard_request_bytes_total{route="datasets.chunk"} 1500.0',
        'imguard_request_seconds_bucket{le="0.005",route="datasets.chunk"} 1.0',
        'imguard_request_seconds_count{route="datasets.chunk"} 2.0',
    ):
        assert line in lines
    assert any(line.startswith("process_resident_memory_bytes ") for line in lines)
