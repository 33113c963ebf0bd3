"""How fast a split data set reaches both servers, and how much memory that takes.

Run it: ``python -m tests.bench.platform.bench_upload [IMAGES ...] [--side 224] [--folder DIR]``, or ``make bench``. One
line of JSON comes out. The client is the program `imguard dataset upload` from its start to its end; A, B and the log
run beside it. Raw megabytes are those of the pictures: what travels is twice that.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from desktop_client.poc.deployment import LocalDeployment
from tests.bench.platform import world

IMAGES = (1_000, 4_000)
_LOOK_SECONDS = 0.05


def main(images: tuple[int, ...] = IMAGES, side: int = 224, folder: Path | None = None) -> dict[str, Any]:
    """Measure each number of images and return the figures."""
    with tempfile.TemporaryDirectory(dir=folder) as name, world.deployment(Path(name)) as local:
        _command(local, "login")
        rows = [_measure(local, Path(name) / f"split-{count}", count, side) for count in images]
    return {"bench": "upload", "machine": world.machine(), "side": side, "rows": rows}


def _measure(local: LocalDeployment, folder: Path, images: int, side: int) -> dict[str, Any]:
    profile, keys = world.profile_of(local)
    world.write_dataset(folder, world.description(profile, side, folder.name), keys, images)
    pids = {role: mark.pid for role, mark in local.running().items() if role in ("a", "b")}
    for pid in pids.values():
        world.forget_peak(pid)
    used = {role: world.cpu_seconds(pid) for role, pid in pids.items()}
    seconds, client_mb, client_cpu = _command(local, "dataset", "upload", str(folder))
    raw = images * side * side * 3 / 1e6
    for bundle in folder.glob("*.bundle"):
        bundle.unlink()
    return {
        "images": images,
        "seconds": round(seconds, 2),
        "raw_mb_per_s": round(raw / seconds, 1),
        "peak_mb": {"client": client_mb, **{role: world.peak_mb(pid) for role, pid in pids.items()}},
        "cpu_seconds": {
            "client": round(client_cpu, 2),
            **{role: round(world.cpu_seconds(pid) - used[role], 2) for role, pid in pids.items()},
        },
    }


def _command(local: LocalDeployment, *words: str) -> tuple[float, int, float]:
    """Seconds, peak memory and processor time of one command of the first user."""
    secret = {"IMGUARD_PROFILE": str(local.client(1)), "IMGUARD_PASSWORD": local.password(1)}
    began = time.perf_counter()
    command = [sys.executable, "-m", "desktop_client", "--quiet", *words]
    peak = 0
    with subprocess.Popen(command, env={**os.environ, **secret}, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            # What the parent had at the fork counts for ru_maxrss, so the child itself is asked while it runs.
            with suppress(OSError, StopIteration):
                peak, used = max(peak, world.peak_mb(process.pid)), world.cpu_seconds(process.pid)
            with suppress(subprocess.TimeoutExpired):
                process.wait(_LOOK_SECONDS)
    seconds = time.perf_counter() - began
    if process.returncode:
        raise RuntimeError(f"imguard {' '.join(words)} ended with {process.returncode}")
    return seconds, peak, used


def test_bench_upload_prints_its_figures() -> None:
    print(json.dumps(main()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("images", nargs="*", type=int, default=list(IMAGES))
    parser.add_argument("--side", type=int, default=224)
    parser.add_argument("--folder", type=Path, help="Where it is kept meanwhile; four times the raw bytes.")
    given = parser.parse_args()
    print(json.dumps(main(tuple(given.images), given.side, given.folder)))
