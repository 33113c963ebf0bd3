"""How long the window takes to stand there, and how much memory it holds then and with a long list: one JSON object.

``python -m tests.bench.window.bench_start [ROWS]``. Every start is a process of its own with an empty profile, without
a screen; the first one is not counted, for it reads the libraries from disk.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

STARTS = 5


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    found = [_start(0) for _ in range(STARTS + 1)][1:]
    listed = _start(rows)
    shown = {
        "machine": platform.processor() or platform.machine(),
        "python": platform.python_version(),
        "starts": STARTS,
        "seconds_to_window": round(median(one["seconds"] for one in found), 3),
        "slowest": round(max(one["seconds"] for one in found), 3),
        "memory_mb": round(median(one["memory"] for one in found) / 1e6, 1),
        "rows": rows,
        "memory_with_rows_mb": round(listed["memory"] / 1e6, 1),
        "has_torch": any(one["has_torch"] for one in [*found, listed]),
    }
    print(json.dumps(shown, indent=1))


def _start(rows: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as profile:
        command = [sys.executable, "-m", "tests.bench.window.started", profile, str(rows), repr(time.time())]
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
        root = Path(__file__).parents[3]
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=True)
        found: dict[str, float] = json.loads(done.stdout)
        return found


if __name__ == "__main__":
    main()
