"""Folders of pictures as users have them: easy to learn, or broken."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

BARS = ("bar0", "bar1", "bar2")


def write_bars(folder: Path, per_class: int, side: int = 12, seed: int = 0) -> Path:
    """Three classes: a bright bar in the upper, middle or lower third, on noise."""
    generator = np.random.default_rng(seed)
    third = side // 3
    for label, name in enumerate(BARS):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for index in range(per_class):
            pixels = generator.integers(0, 60, (side, side))
            pixels[third * label : third * label + third - 1, 1:-1] += 150
            Image.fromarray(pixels.astype(np.uint8)).save(folder / name / f"{index:03d}.png")
    return folder


def spoil(folder: Path) -> dict[str, bytes]:
    """Put files into a folder of pictures that are none; gives them by name."""
    good = (folder / BARS[0] / "000.png").read_bytes()
    broken = {
        f"{BARS[0]}/broken-a.png": good[: len(good) // 2],
        f"{BARS[0]}/broken-b.png": good[:40],
        f"{BARS[1]}/broken-c.png": b"",
        f"{BARS[1]}/broken-d.png": b"this is a letter to my doctor",
        f"{BARS[2]}/broken-e.png": bytes(100),
        f"{BARS[2]}/broken-f.jpg": b"\xff\xd8\xff" + bytes(30),
    }
    for name, data in broken.items():
        (folder / name).write_bytes(data)
    return broken
