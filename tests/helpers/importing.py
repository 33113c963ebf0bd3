"""Files that were never there: what a scan would find, and a viewer that answers at once."""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from common.errors import AppError
from desktop_client.jobs.child import OnPart
from desktop_client.jobs.importing import Moved, ScanResult
from desktop_client.jobs.importing.actions import Row
from desktop_client.jobs.importing.document import Refused
from desktop_client.jobs.task import Progress

PART = 500


def picture(kind: str, side: int = 16) -> str:
    """A small real picture file in base64."""
    made = io.BytesIO()
    Image.new("L", (side, side), 90).save(made, kind)
    return base64.b64encode(made.getvalue()).decode()


def rows(count: int, classes: Sequence[str] = ("healthy", "ill")) -> list[Row]:
    """So many files, class after class in turn."""
    named = ((n, classes[n % len(classes)]) for n in range(count))
    return [(f"{label}/{n:06d}.png", label, 28, 28, "png", 300) for n, label in named]


def summary(count: int, **more: Any) -> ScanResult:
    """What a scan says of these at the end."""
    values: dict[str, Any] = {
        "classes": ("healthy", "ill"), "counts": {}, "sizes": ((28, 28, count),), "different_sizes": 1,
        "kinds": {"png": count}, "files": count, "refused": 0, "bytes": 300 * count, "colour": 0, "deep": 0,
        "suggested": {"height": 28, "width": 28, "channels": 1, "bits": 8},
    }  # fmt: skip
    return ScanResult(**{**values, **more})


class FakeScan:
    """Stands for ``scan_paths``: gives canned rows; with ``is_held`` it waits at the end until it is cancelled."""

    def __init__(self, found: Sequence[Row], refused: Sequence[Refused] = (), is_held: bool = False) -> None:
        self.found, self.refused, self.is_held = list(found), list(refused), is_held
        self.asked: list[list[Path]] = []
        self.failure: AppError | None = None

    async def __call__(
        self,
        paths: Sequence[Path],
        on_rows: Callable[[list[Row]], None],
        on_refused: Callable[[list[Refused]], None],
        report: Callable[[Moved], None],
    ) -> ScanResult:
        self.asked.append(list(paths))
        if self.failure is not None:
            raise self.failure
        for start in range(0, len(self.found), PART):
            on_rows(self.found[start : start + PART])
            report(Moved(Progress(start, len(self.found), "files", "scan")))
            await asyncio.sleep(0)
        if self.refused:
            on_refused(self.refused)
        if self.is_held:
            await asyncio.Event().wait()
        return summary(len(self.found), refused=len(self.refused))


class FakeViewer:
    """Answers what a window asks of the child process; ``asked`` lists actions and arguments."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.closed = 0
        self.failures: dict[str, AppError] = {}
        self.preview: dict[str, Any] = {
            "before": picture("PNG"), "after": picture("PNG"), "size": [64, 48], "shape": [28, 28, 1],
            "histogram_before": [1] * 256, "histogram_after": [2] * 256, "dropped": [["dicom", "PatientName"]],
            "is_dicom": True, "window": [40.0, 400.0], "values": [-1000.0, 1000.0],
        }  # fmt: skip
        share = {"png": picture("PNG"), "histogram": [1] * 256, "uniformity": {}, "correlation": 0.01}
        self.shares: dict[str, Any] = {
            "original": picture("PNG"), "histogram": [1] * 256, "a": share, "b": share, "bits": 8, "ring_bits": 16,
        }  # fmt: skip

    async def start(self) -> None:
        return None

    async def ask(
        self, do: str, args: Mapping[str, Any], on_part: OnPart | None = None, *, lane: str | None = None
    ) -> dict[str, Any]:
        self.asked.append((do, dict(args)))
        if do in self.failures:
            raise self.failures[do]
        if do == "thumbnails":
            names = args["names"]
            data = picture("JPEG")
            for start in range(0, len(names), 12):
                if on_part is not None:
                    on_part({"thumbnails": [[name, 16, 16, data] for name in names[start : start + 12]]})
                await asyncio.sleep(0)
            return {"shown": len(names), "refused": 0}
        return self.preview if do == "preview" else self.shares

    async def close(self) -> None:
        self.closed += 1
