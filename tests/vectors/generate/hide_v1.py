"""Makes hide_v1.json from the product's own code.

Run it: ``python -m tests.vectors.generate.hide_v1 > tests/vectors/hide_v1.json``;
``tests/vectors/verify/hide_v1.py`` checks it with a second implementation.
"""

from __future__ import annotations

import hashlib
import json
import sys
from typing import Any

import numpy as np
import torch

from common.crypto.domains import MIX_PLAN_V1
from common.crypto.prg import derive_key
from common.ids import Party
from common.net.channel import Channel
from common.schedule import hold_back, mix_plan
from common.specification import Hiding
from server_node.hide.mixing import flip_signs, hide_pixels, mix, mixed_labels, pixel_values
from server_node.hide.toss import joint_seed
from server_node.kernels import bits
from server_node.online.session import Session
from tests.helpers.dealer import Dealer
from tests.helpers.seeded import SeededRandom
from tests.helpers.simulate import run_two

SEED = bytes(range(32))
PLANS = ((0, 6, 4), (1, 6, 4), (0, 5, 2), (0, 4, 6), (0, 3, 1))
"""Epoch, images and images mixed."""
HELD_BACK = (([10, 5], 4), ([10, 5], 100), ([7], 0))
FRACTION_BITS = 16
ACCUMULATED_CASES = 10_000


def toss_case() -> dict[str, str]:
    """The joint seed of two contributions, the same whoever is who."""
    parts = [SeededRandom("toss-a").token(32), SeededRandom("toss-b").token(32)]
    sources = (SeededRandom("toss-a"), SeededRandom("toss-b"))
    seeds = run_two(lambda party, channel: joint_seed(channel, sources[party])).results
    assert seeds[0] == seeds[1]
    return {"a": parts[0].hex(), "b": parts[1].hex(), "seed": seeds[0].hex()}


def plan_case(epoch: int, count: int, k: int) -> dict[str, Any]:
    plan = mix_plan(SEED, epoch, count, k)
    key = derive_key(SEED, MIX_PLAN_V1, epoch.to_bytes(4, "little"))
    return {
        "seed": SEED.hex(), "epoch": epoch, "count": count, "k": k, "stream_key": key.hex(),
        "sources": plan.sources.tolist(), "weights": plan.weights.tolist(),
    }  # fmt: skip


def held_back_case(counts: list[int], validation: int) -> dict[str, Any]:
    training, held_back = hold_back(counts, validation)
    return {
        "counts": counts, "validation": validation, "training": training.tolist(), "held_back": held_back.tolist(),
    }  # fmt: skip


def mixture_case(scale: str, depth: int) -> dict[str, Any]:
    """Four images of three pixels and two classes, mixed by the first plan that fits, in the clear as shares of A."""
    pixels = np.frombuffer(SeededRandom(f"pixels-{depth}").token(24), "<u2")[:12].astype(np.int64) % (1 << depth)
    images, labels = pixels.reshape(4, 3), np.eye(2, dtype=np.int64)[[0, 1, 1, 0]]
    plan = mix_plan(SEED, 0, 4, 4)
    rows, hiding = slice(None), Hiding(4, False, scale)

    def protocol(party: Party, channel: Channel) -> tuple[torch.Tensor, ...]:
        session = Session(party, Dealer(party), channel, FRACTION_BITS)
        own = torch.from_numpy(images if party is Party.P0 else np.zeros_like(images))
        classes = torch.from_numpy(labels if party is Party.P0 else np.zeros_like(labels))
        mixed = mix(pixel_values(session, own, scale, depth), plan, rows)
        hidden = session.run(hide_pixels(session, mixed, hiding, depth))
        return mixed, hidden, mixed_labels(session, mix(classes, plan, rows))

    first, second = run_two(protocol).results
    numerators, hidden, targets = (a + b for a, b in zip(first, second, strict=True))
    exact = numerators * 2.0 ** (FRACTION_BITS - depth - 8)
    assert bool(((hidden - exact.floor()) * (hidden - exact.floor() - 1) == 0).all())
    return {
        "seed": SEED.hex(), "scale": scale, "depth": depth, "images": images.tolist(), "labels": labels.tolist(),
        "numerators": numerators.tolist(), "labels_fixed_point": targets.tolist(),
    }  # fmt: skip


def flip_case() -> dict[str, Any]:
    """Three values and every number that occurs while their signs are flipped: by A, by B, by both."""
    shares = np.frombuffer(SeededRandom("flip").token(48), "<i8").astype(np.int64).reshape(2, 3)
    seen: dict[Party, list[int]] = {}

    def protocol(party: Party, channel: Channel) -> list[int]:
        def watch(step: str, value: torch.Tensor) -> None:
            assert step == "corrections"
            seen[party] = value.tolist()

        session = Session(party, Dealer(party, b"flip-62"), channel, FRACTION_BITS, watch)
        result: list[int] = session.run(flip_signs(session, torch.from_numpy(shares[party].copy()))).tolist()
        return result

    results = run_two(protocol).results
    case: dict[str, Any] = {}
    for party in Party:
        signs = Dealer(party, b"flip-62").random_ots(3)
        case[party.letter] = {
            "share": shares[party].tolist(), "signs": bits.unpack(signs.own, 3).tolist(),
            "chosen": signs.chosen.tolist(), "pad0": signs.pad0.tolist(), "pad1": signs.pad1.tolist(),
            "received": seen[party], "result": results[party],
        }  # fmt: skip
    return case


def accumulated(cases: int) -> str:
    """SHA-256 over sources and weights, int64 little-endian, of ``cases`` small plans."""
    total = hashlib.sha256()
    for number in range(cases):
        seed, k = hashlib.sha256(number.to_bytes(4, "little")).digest(), (1, 2, 4, 6)[number % 4]
        plan = mix_plan(seed, number % 7, 1 + number % 11, k)
        total.update(plan.sources.astype("<i8").tobytes() + plan.weights.astype("<i8").tobytes())
    return total.hexdigest()


def vectors() -> dict[str, Any]:
    return {
        "about": "joint toss, plans, held back images, mixtures and a sign flip of hide-v1",
        "source": "tests/vectors/generate/hide_v1.py",
        "check": "tests/vectors/verify/hide_v1.py",
        "toss": toss_case(),
        "plans": [plan_case(*case) for case in PLANS],
        "held_back": [held_back_case(*case) for case in HELD_BACK],
        "mixtures": [mixture_case(scale, depth) for depth in (8, 16) for scale in ("unit", "signed")],
        "flip": flip_case(),
        "accumulated": {"cases": ACCUMULATED_CASES, "sha256": accumulated(ACCUMULATED_CASES)},
    }


if __name__ == "__main__":
    json.dump(vectors(), sys.stdout, indent=1)
    sys.stdout.write("\n")
