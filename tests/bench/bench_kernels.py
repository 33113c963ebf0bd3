"""How fast the lowest loops are: ring products beside float64 BLAS and torch's own, windows, streams.

Run it: ``python -m tests.bench.bench_kernels [--threads 1,2] [--works products] [--device cuda]``, or ``make bench``.
One line of JSON comes out. Competitors run in turn, so that a busy machine is busy for all of them; each figure is the
best of the turns, ``ratio`` the median over the turns of BLAS's time divided by ours. With one thread its own time
counts. The environment variables that set OpenBLAS up should be unset.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from server_node.kernels import matmul_cuda
from server_node.kernels.compiled import warm_up
from server_node.kernels.matmul import ring_matmul
from server_node.kernels.windows import Window, fold, unfold

# Rows, depth, columns, and which of the two matrices is read transposed.
PRODUCTS = [
    (128, 784, 128, "nn"),
    (1024, 1024, 1024, "nn"),
    (73728, 500, 50, "nn"),
    (128, 128, 10, "nn"),
    (784, 128, 128, "tn"),
    (128, 128, 784, "nt"),
    (25, 73728, 20, "tn"),
    (8192, 50, 500, "nn"),
]
ON_A_GPU = [(128, 784, 128), (1024, 1024, 1024), (4096, 4096, 4096), (73728, 500, 50)]
WINDOWS = [
    ((128, 28, 28, 1), Window((5, 5))),
    ((128, 12, 12, 20), Window((5, 5))),
    ((128, 24, 24, 20), Window((2, 2), 2)),
]
STREAM_BYTES = 1 << 24
TURNS = 5
TURN_SECONDS = 0.03
SETTLE_SECONDS = 0.03
Way = Callable[[], object]
Clock = Callable[[], float]


def main(
    threads: tuple[int, ...] = (1, 2), device: str = "cpu", works: str = "products,windows,streams"
) -> dict[str, Any]:
    """Measure and return the figures."""
    before = torch.get_num_threads()
    warm_up(lambda name: None)
    figures: dict[str, Any] = {
        "bench": "kernels",
        "machine": {"cpu": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()},
    }
    try:
        if device == "cuda":
            figures |= {"device": torch.cuda.get_device_name(), "gpu_gop_per_s": [_gpu_product(*s) for s in ON_A_GPU]}
        else:
            if "products" in works:
                figures["gop_per_s"] = [_product(count, *shape) for count in threads for shape in PRODUCTS]
            torch.set_num_threads(1)
            if "windows" in works:
                figures["windows_gb_per_s"] = [_window(shape, window) for shape, window in WINDOWS]
            if "streams" in works:
                figures["stream_gb_per_s"] = _stream()
    finally:
        torch.set_num_threads(before)
    return figures


def _in_turn(ways: dict[str, Way], clock: Clock = time.thread_time) -> dict[str, list[float]]:
    """Seconds of a call in every turn of each way; what others do to the machine hardly changes a thread's own time."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(TURNS):
        for name, way in ways.items():
            # Threads of the one before stay awake for a while and would take a core away.
            _calls(way, clock, SETTLE_SECONDS)
            taken[name].append(min(_calls(way, clock, TURN_SECONDS)))
    return taken


def _calls(way: Way, clock: Clock, seconds: float) -> list[float]:
    """Seconds of each of the calls, one at least, that begin in the given time."""
    taken: list[float] = []
    end = time.perf_counter() + seconds
    while not taken or time.perf_counter() < end:
        start = clock()
        way()
        taken.append(clock() - start)
    return taken


def _set_threads(count: int) -> None:
    """For torch, for the ring products, and for the OpenBLAS that numpy brings."""
    torch.set_num_threads(count)
    libraries = list(Path(np.__file__).parents[1].glob("numpy.libs/*openblas*"))
    if not libraries:
        raise RuntimeError("this numpy does not bring its OpenBLAS: install it from its wheel to compare")
    for library in libraries:
        ctypes.CDLL(str(library)).scipy_openblas_set_num_threads64_(count)


def _words(*shape: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(1).integers(-(2**63), 2**63 - 1, shape, dtype=np.int64))


def _product(threads: int, m: int, k: int, n: int, layout: str) -> dict[str, Any]:
    _set_threads(threads)
    a = _words(k, m).T if layout[0] == "t" else _words(m, k)
    b = _words(n, k).T if layout[1] == "t" else _words(k, n)
    out, x, y = torch.empty((m, n), dtype=torch.int64), a.double().numpy(), b.double().numpy()
    ways: dict[str, Way] = {"ring": lambda: ring_matmul(a, b, out), "blas": lambda: x @ y, "torch": lambda: a @ b}
    taken = _in_turn(ways, time.thread_time if threads == 1 else time.perf_counter)
    ratio = statistics.median(blas / ring for ring, blas in zip(taken["ring"], taken["blas"], strict=True))
    rates = {name: round(2e-9 * m * k * n / min(seconds), 1) for name, seconds in taken.items()}
    return {"shape": [m, k, n], "layout": layout, "threads": threads, **rates, "ratio": round(ratio, 2)}


def _finished(way: Way) -> None:
    way()
    torch.cuda.synchronize()


def _gpu_product(m: int, k: int, n: int) -> dict[str, Any]:
    a, b = _words(m, k).cuda(), _words(k, n).cuda()
    x, y = a.double(), b.double()
    ways: dict[str, Way] = {"ring": lambda: ring_matmul(a, b), "blas": lambda: x @ y}
    ways["by_places"] = lambda: matmul_cuda.product_by_places(a, b)
    if m * n < 1 << 22:
        ways["at_once"] = lambda: matmul_cuda.product_at_once(a, b)
    taken = _in_turn({name: partial(_finished, way) for name, way in ways.items()}, time.perf_counter)
    exact = bool(torch.equal(ring_matmul(a[:64], b).cpu(), ring_matmul(a[:64].cpu(), b.cpu())))
    rates = {name: round(2e-9 * m * k * n / min(seconds), 1) for name, seconds in taken.items()}
    return {"shape": [m, k, n], **rates, "seconds": min(taken["ring"]), "exact": exact}


def _window(shape: tuple[int, int, int, int], window: Window) -> dict[str, Any]:
    image = _words(*shape)
    columns = unfold(image, window)
    taken = _in_turn({"unfold": lambda: unfold(image, window), "fold": lambda: fold(columns, window, shape)})
    rates = {name: round(8e-9 * columns.numel() / min(seconds), 1) for name, seconds in taken.items()}
    return {"shape": list(shape), "kernel": list(window.kernel), "stride": window.stride, **rates}


def _stream() -> dict[str, float]:
    """Into memory that is used again, and into memory that the system gives afresh."""
    from common.crypto.prg import KEY_BYTES, Stream

    stream, target = Stream(bytes(KEY_BYTES)), np.zeros(STREAM_BYTES, np.uint8)
    taken = _in_turn({"fill": lambda: stream.fill(target), "raw": lambda: stream.raw(STREAM_BYTES)})
    return {name: round(1e-9 * STREAM_BYTES / min(seconds), 1) for name, seconds in taken.items()}


def test_bench_kernels_prints_its_figures() -> None:
    print(json.dumps(main((1,))))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="measure the kernels")
    parser.add_argument("--threads", default="1,2", help="comma-separated numbers of threads")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--works", default="products,windows,streams", help="which of these on the processor")
    options = parser.parse_args()
    print(json.dumps(main(tuple(map(int, options.threads.split(","))), options.device, options.works)))
