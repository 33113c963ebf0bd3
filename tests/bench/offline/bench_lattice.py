"""How long the parts of the ring-LWE scheme take: one process, one thread, microseconds for one polynomial.

Run it: ``python -m tests.bench.offline.bench_lattice``, or ``make bench``. One line of JSON comes out. A polynomial has
8192 coefficients; ``transform`` is modulo one prime, ``open`` and ``decrypt`` modulo two, everything else modulo all
four. What is printed is the fastest of many runs, since other programs only ever add to it. ``noise`` has the bounds.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from common.crypto.rng import SystemRandom
from server_node.offline.lattice import panels
from server_node.offline.lattice.ring import noise, scheme, transform
from server_node.offline.lattice.ring.kernels import portable, wide
from server_node.offline.lattice.ring.kernels.lanes import has_limb_products
from server_node.offline.lattice.ring.parameters import DEGREE, PLAIN_PRIMES, PRIMES, reply_bytes
from server_node.offline.lattice.ring.sampling import Secrets, expand
from tests.bench.two_processes import machine

MESSAGES = {"2^64": 1 << 64, "2^40": 1 << 40, "prime": PLAIN_PRIMES[0]}
REPEATS = 60
ROWS, TERMS, COLUMNS = 4, 32, 8
NOISE_TERMS = (1, 32, 512)
TOGETHER = 1 << 32
"""Coefficients whose statistical distance is bounded together: all of a long job."""


def fastest(call: Callable[[], object], count: int = 1) -> float:
    """Microseconds of one of ``count`` things that a call does."""
    best = float("inf")
    for _ in range(REPEATS):
        began = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - began)
    return round(1e6 * best / count, 2)


def transforms() -> dict[str, dict[str, float]]:
    """Both directions on each path this processor has."""
    chosen, figures = transform._kernels, {}
    paths: list[tuple[str, ModuleType]] = [("portable", portable)]
    if has_limb_products():
        paths.append(("wide", wide))
    rows = expand(bytes(32), 4)
    for name, kernels in paths:
        transform._kernels = kernels
        figures[name] = {
            "forward": fastest(lambda: transform.to_values(rows, PRIMES), rows.size // DEGREE),
            "backward": fastest(lambda: transform.to_coefficients(rows, PRIMES), rows.size // DEGREE),
        }
    transform._kernels = chosen
    return figures


def products() -> dict[str, float]:
    """Sums of products on packed polynomials, and packing."""
    rows = expand(bytes(32), TERMS)
    left = panels.empty(len(PRIMES), DEGREE, TERMS, ROWS)
    right = panels.empty(len(PRIMES), DEGREE, TERMS, COLUMNS)
    for place in range(ROWS):
        panels.pack(rows[None], left, (0, place))
    for place in range(COLUMNS):
        panels.pack(rows[None], right, (0, place))
    out = np.empty((ROWS, COLUMNS, len(PRIMES), DEGREE), np.uint64)
    moduli = panels.constants(PRIMES)
    return {
        "term": fastest(lambda: panels.multiply(left, right, moduli, out), ROWS * TERMS * COLUMNS),
        "pack": fastest(lambda: panels.pack(rows[None], right, (0, 0)), TERMS),
        "single": fastest(lambda: panels.product(rows[0], rows[1], moduli)),
    }


def steps(t: int) -> dict[str, float]:
    """What is done once for each polynomial modulo ``t``."""
    secrets, count, places = Secrets(SystemRandom()), 4, np.arange(DEGREE)
    words = secrets.words(count, DEGREE)
    messages = words if t == 1 << 64 else words % np.uint64(t)
    values = expand(bytes(32), 1)[0]
    c1 = np.empty((reply_bytes(t)[1], DEGREE), np.uint8)
    c0 = scheme.reply_messages(values.copy(), places, messages[0], t, secrets)
    scheme.reply_uniform(values.copy(), secrets, c1)
    opened = scheme.open_uniform(c1)
    return {
        "expand": fastest(lambda: expand(bytes(32), count), count),
        "encrypt": fastest(lambda: scheme.noisy(messages, t, secrets), count),
        "lift": fastest(lambda: scheme.lift(messages, t), count),
        "hide_zero": fastest(lambda: scheme.small(secrets.ternary()[None])),
        "reply_c1": fastest(lambda: scheme.reply_uniform(values, secrets, c1)),
        "reply_c0": fastest(lambda: scheme.reply_messages(values, places, messages[0], t, secrets)),
        "open": fastest(lambda: scheme.open_uniform(c1)),
        "decrypt": fastest(lambda: scheme.decode(opened, c0, places, t)),
    }


def bounds(t: int) -> dict[str, Any]:
    """Bits by which flooding hides the noise: of one coefficient at its worst, of many together on average."""
    worst = {str(terms): round(noise.masking_bits(terms, t), 1) for terms in NOISE_TERMS}
    together = {str(terms): round(noise.session_masking_bits(terms, t, TOGETHER), 1) for terms in NOISE_TERMS}
    return {
        "reply_bytes": reply_bytes(t),
        "most_terms": noise.most_terms(t),
        "worst_bits": worst,
        "together_bits": together,
    }


def main() -> dict[str, Any]:
    """Measure everything."""
    return {
        "bench": "lattice",
        "machine": machine(),
        "microseconds": {
            "transform": transforms(),
            "product": products(),
            **{name: steps(t) for name, t in MESSAGES.items()},
        },
        "noise": {name: bounds(t) for name, t in MESSAGES.items()},
    }


def test_bench_lattice_prints_its_figures() -> None:
    print(json.dumps(main()))


if __name__ == "__main__":
    print(json.dumps(main()))
