"""One start of the window for ``bench_start``: says how long it took and what it holds, and ends."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import psutil
from PySide6.QtWidgets import QApplication

from desktop_client.app import Program
from desktop_client.settings import Profile
from desktop_client.state.table import Column, RowTable

Row = tuple[str, str, str, int, int]


def main() -> None:
    profile, rows, began = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    application = QApplication([])
    program = Program(application, Profile(profile))
    program.start()
    application.processEvents()
    while not program.window.isVisible():
        application.processEvents()
    seconds = time.time() - began
    columns: tuple[Column[Row], ...] = (Column("File", lambda row: row[0]), Column("Class", lambda row: row[1]))
    table = RowTable(columns)
    table.replace([(f"class-{n % 10}/image-{n:06d}.png", f"class-{n % 10}", "", 512, n) for n in range(rows)])
    memory = psutil.Process().memory_info().rss
    program.window.retire()
    program.close()
    has_torch = any(name in sys.modules for name in ("torch", "onnx", "onnxruntime"))
    print(json.dumps({"seconds": seconds, "memory": memory, "has_torch": has_torch}))


if __name__ == "__main__":
    main()
