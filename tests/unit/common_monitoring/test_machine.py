"""How busy a machine is: plausible figures, rates over no less than a second however many ask."""

from __future__ import annotations

from pathlib import Path

from common.monitoring.machine import LEAST_SECONDS, Machine


def test_machine_says_what_it_has(tmp_path: Path) -> None:
    now = [100.0]
    machine = Machine(tmp_path, lambda: now[0])
    now[0] = 160.5
    found = machine.measure()
    assert 0 < found["memory_used"] < found["memory_total"]
    assert 0 < found["disk_free"] < found["disk_total"]
    assert found["uptime_seconds"] == 60
    assert found["processor_percent"] >= 0
    assert found["received_per_second"] >= 0 and found["sent_per_second"] >= 0


def test_machine_is_measured_at_most_once_a_second(tmp_path: Path) -> None:
    now = [100.0]
    machine = Machine(tmp_path, lambda: now[0])
    first = machine.recent()
    now[0] += LEAST_SECONDS - 0.01
    assert machine.recent() is first
    now[0] += 0.02
    again = machine.recent()
    assert again is not first
    assert again["uptime_seconds"] == 1
