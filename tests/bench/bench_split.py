"""How fast a folder of images becomes two bundles: raw megabytes of pixels per second, by file format.

Run it: ``python -m tests.bench.bench_split``, or ``make bench``. One line of JSON comes out. ``arrays`` leaves reading
and decoding out: it is what splitting, sealing, hashing and writing can do at most.
"""

from __future__ import annotations

import json
import os
import platform
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from common.crypto.rng import SystemRandom
from common.crypto.sealing import SealingKey
from common.crypto.signing import SigningKey
from common.sharing.manifest import Description
from desktop_client.offline_plugin.encode import Encoding
from desktop_client.offline_plugin.output import BundleOutput
from desktop_client.offline_plugin.plugin import ReadOptions, SplitKeys, SplitOptions, split_images
from desktop_client.offline_plugin.split import ChunkSplitter

SIDE = 224
IMAGES = 400
FORMATS: dict[str, dict[str, Any]] = {"bmp": {}, "png": {"compress_level": 1}, "jpg": {"quality": 90}}


def main() -> dict[str, Any]:
    """Measure everything and return the figures."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        raw = IMAGES * SIDE * SIDE * 3
        seconds = {"arrays": _best(lambda turn: _split_arrays(root / f"arrays-{turn}"))}
        for suffix, options in FORMATS.items():
            source = _pictures(root / suffix, suffix, options)
            seconds[suffix] = _best(lambda turn: _split_files(source, root / f"{source.name}-{turn}"))
    return {
        "bench": "split",
        "machine": {"cpu": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()},
        "images": IMAGES,
        "shape": [SIDE, SIDE, 3],
        "raw_mb": round(raw / 1e6, 1),
        "raw_mb_per_s": {name: round(raw / 1e6 / value, 1) for name, value in seconds.items()},
    }


def _best(action: Callable[[int], None], turns: int = 3) -> float:
    taken = []
    for turn in range(turns):
        start = time.perf_counter()
        action(turn)
        taken.append(time.perf_counter() - start)
    return min(taken)


def _scenes(count: int) -> list[np.ndarray[Any, np.dtype[np.uint8]]]:
    """Smooth pictures with a little noise: compressible like photographs."""
    generator = np.random.default_rng(1)
    scenes = []
    for _ in range(count):
        coarse = Image.fromarray(generator.integers(0, 256, (7, 7, 3), dtype=np.uint8))
        smooth = np.asarray(coarse.resize((SIDE, SIDE), Image.Resampling.BICUBIC)).astype(np.int16)
        noise = generator.integers(-4, 5, smooth.shape, dtype=np.int16)
        scenes.append(np.clip(smooth + noise, 0, 255).astype(np.uint8))
    return scenes


def _pictures(folder: Path, suffix: str, options: dict[str, Any]) -> Path:
    scenes = _scenes(20)
    for index in range(IMAGES):
        path = folder / str(index % 2) / f"{index:05d}.{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(scenes[index % len(scenes)]).save(path, **options)
    return folder


def _split_files(source: Path, target: Path) -> None:
    rng = SystemRandom()
    options = SplitOptions(ReadOptions(Encoding(SIDE, SIDE, 3)), "bench", "bench", "2026-01-01T00:00:00Z")
    keys = SplitKeys(SigningKey.generate(rng), SealingKey.generate(rng).public, SealingKey.generate(rng).public)
    split_images(source, options, keys, target, rng)


def _split_arrays(target: Path) -> None:
    rng = SystemRandom()
    keys = (SealingKey.generate(rng).public, SealingKey.generate(rng).public)
    nonce = rng.token(16)
    about = Description(
        "bench", (SIDE, SIDE, 3), 8, 16, ("0", "1"), "bench", "00" * 32, "2026-01-01T00:00:00Z", nonce.hex(),
        "private", (), (), "", keys,
    )  # fmt: skip
    pixels = _scenes(1)[0]
    with BundleOutput(target, nonce) as output:
        with ChunkSplitter(about, rng, output.add) as splitter:
            for index in range(IMAGES):
                splitter.add(pixels, index % 2)
            splitter.finish()
        output.commit({})


def test_bench_split_prints_its_figures() -> None:
    print(json.dumps(main()))


if __name__ == "__main__":
    print(json.dumps(main()))
