"""Makes train_v2.json from the product's own code.

Run it: ``python -m tests.vectors.generate.train_v2 > tests/vectors/train_v2.json``;
``tests/vectors/verify/train_v2.py`` checks it with a second implementation.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from common.architecture import Architecture, build_architecture
from common.crypto.domains import BATCH_PLAN_V1, WEIGHT_INIT_V1
from common.crypto.prg import derive_key
from common.ids import Party
from common.net.channel import Channel
from common.schedule import batch_order, learning_rates
from common.specification import Specification, parse_specification
from desktop_client.reveal.network import run_nodes
from server_node.model.snapshot import Checkpoint, checkpoint_path, save_checkpoint
from server_node.online.session import Session
from server_node.online.truncation import multiples, truncate
from server_node.train.state import ModelState, initial_state
from tests.helpers.dealer import Dealer
from tests.helpers.seeded import SeededRandom
from tests.helpers.simulate import run_two

SEED = bytes(range(32))
FRACTION_BITS = 16
RATES = (("one-cycle", "0.5", 10), ("constant", "0.05", 4), ("one-cycle", "0.000001", 3))
ACCUMULATED_CASES = 10_000


def specification(extractor: str, head: str, scale: str = "unit", rates: tuple[str, str] = ("one-cycle", "0.5")) -> Any:
    member = {"user": "alice", "role": "owner", "verify_key": "11" * 32, "seal_key": "22" * 32}
    return parse_specification(
        {
            "version": 3, "id": "77" * 16, "revision": 1, "name": "vectors", "purpose": "", "owner": "alice",
            "members": [member], "recipients": ["alice"],
            "datasets": [{"id": "33" * 32, "owner": "alice"}], "servers": {"a": "44" * 32, "b": "55" * 32},
            "preparation": "cot", "ring": {"fraction_bits": FRACTION_BITS},
            "hiding": {"k": 4, "mask": True, "scale": scale}, "features": {"extractor": extractor},
            "model": {"name": head, "hidden": [3] if head == "mlp" else [], "bias": False, "layers": []},
            "training": {"epochs": 2, "batch": 4, "loss": "softmax", "optimizer": "sgd", "momentum": "0.9",
                         "learning_rate": rates[1], "schedule": rates[0], "weight_decay": "0", "clip": "0",
                         "validation": 0},
        }
    )  # fmt: skip


def build(extractor: str, head: str, scale: str = "unit") -> Architecture:
    spec: Specification = specification(extractor, head, scale)
    return build_architecture(spec, (8, 8, 1), 8, ["healthy", "ill"])


def order_case(epoch: int, count: int) -> dict[str, Any]:
    key = derive_key(SEED, BATCH_PLAN_V1, epoch.to_bytes(4, "little"))
    order = batch_order(SEED, epoch, count).tolist()
    return {"seed": SEED.hex(), "epoch": epoch, "count": count, "stream_key": key.hex(), "order": order}


def rates_case(schedule: str, rate: str, steps: int) -> dict[str, Any]:
    spec: Specification = specification("average-pool", "logistic", rates=(schedule, rate))
    rates = learning_rates(spec.training, steps)
    return {"schedule": schedule, "learning_rate": rate, "steps": steps, "rates": rates}


def features_case(extractor: str, scale: str) -> dict[str, Any]:
    """An image of 8 x 8 pixels and its features; all values are exact in float64."""
    architecture = build(extractor, "logistic", scale)
    image = np.frombuffer(SeededRandom("features").token(64), np.uint8).reshape(1, 1, 8, 8)
    features = run_nodes(architecture.extractor, architecture.pixels.values(image), {})
    return {
        "extractor": extractor, "scale": scale, "image": image.ravel().tolist(), "nodes": list(architecture.extractor),
        "features": features.ravel().tolist(),
    }  # fmt: skip


def start_case() -> dict[str, Any]:
    """Initial weights of an mlp on 16 features, party A's share; B's is zero."""
    architecture = build("average-pool", "mlp")
    state = initial_state(Party.P0, FRACTION_BITS, architecture, SEED)
    keys = {name: derive_key(SEED, WEIGHT_INIT_V1, name.encode()).hex() for name in state.weights}
    return {
        "seed": SEED.hex(), "stream_keys": keys,
        "weights": {name: value.tolist() for name, value in state.weights.items()},
    }  # fmt: skip


def rounding_case() -> dict[str, Any]:
    """Shares, both results, factors and shifts; the sum is the floor or one more. The last row is a ring of 56 bits."""
    rng = SeededRandom("truncate")
    values = np.frombuffer(rng.token(64), "<i8").astype(np.int64).reshape(4, 2) // 8
    first = np.frombuffer(rng.token(64), "<i8").astype(np.int64).reshape(4, 2)
    values[3] >>= 8
    shares = (first, values - first)

    def protocol(party: Party, channel: Channel) -> list[list[int]]:
        session = Session(party, Dealer(party, b"truncate"), channel, FRACTION_BITS)
        rows = [torch.from_numpy(row.copy()) for row in shares[party]]
        cut = session.run(truncate(session, (rows[0], 16), (rows[1], 22)))
        many = session.run(multiples(session, rows[2], [(1, 16), (655, 32)]))
        small = session.run(multiples(session, rows[3], [(9830, 39)], ring_bits=56))
        return [out.tolist() for out in [*cut, *many, *small]]

    results = run_two(protocol).results
    columns = {"row": [0, 1, 2, 2, 3], "factor": [1, 1, 1, 655, 9830], "shift": [16, 22, 16, 32, 39],
               "ring_bits": [64, 64, 64, 64, 56]}  # fmt: skip
    return {**columns, "a": shares[0].tolist(), "b": shares[1].tolist(), "result_a": results[0], "result_b": results[1]}


def checkpoint_case() -> dict[str, Any]:
    """The file of a small state after two epochs."""
    values = np.frombuffer(SeededRandom("checkpoint").token(96), "<i8").astype(np.int64)
    shapes = {"head.0.weight": (2, 1), "head.0.bias": (1,)}
    groups, start = [], 0
    for _ in range(3):
        group = {}
        for name, shape in shapes.items():
            size = int(np.prod(shape))
            group[name] = torch.from_numpy(values[start : start + size].reshape(shape).copy())
            start += size
        groups.append(group)
    state = ModelState(groups[0], {"first": groups[1], "second": groups[2]}, 10)
    checkpoint = Checkpoint("00112233445566778899aabbccddeeff", 2, SEED, state, halvings=1, attempt=3)
    with tempfile.TemporaryDirectory() as folder:
        digest = save_checkpoint(Path(folder), checkpoint)
        data = checkpoint_path(Path(folder), 2).read_bytes()
    tensors = [
        {"group": group, "name": name, "values": value.tolist()}
        for group, content in zip(("weights", "first", "second"), groups, strict=True)
        for name, value in content.items()
    ]
    return {
        "job": checkpoint.job, "epochs_done": 2, "seed": SEED.hex(), "halvings": 1, "steps": 10, "attempt": 3,
        "tensors": tensors,
        "file": data.hex(), "logged": digest, "agreement": checkpoint.agreement.hex(),
    }  # fmt: skip


def accumulated(cases: int) -> str:
    """SHA-256 over the orders, int64 little-endian, of ``cases`` small epochs."""
    total = hashlib.sha256()
    for number in range(cases):
        seed = hashlib.sha256(number.to_bytes(4, "little")).digest()
        total.update(batch_order(seed, number % 7, 1 + number % 31).astype("<i8").tobytes())
    return total.hexdigest()


def vectors() -> dict[str, Any]:
    return {
        "about": "orders, learning rates, features, initial weights, roundings and a checkpoint of train-v2",
        "source": "tests/vectors/generate/train_v2.py",
        "check": "tests/vectors/verify/train_v2.py",
        "orders": [order_case(0, 8), order_case(1, 8)],
        "rates": [rates_case(*case) for case in RATES],
        "features": [features_case(e, s) for e in ("average-pool", "filter-bank") for s in ("unit", "signed")],
        "start": start_case(),
        "rounding": rounding_case(),
        "checkpoint": checkpoint_case(),
        "accumulated": {"cases": ACCUMULATED_CASES, "sha256": accumulated(ACCUMULATED_CASES)},
    }


if __name__ == "__main__":
    json.dump(vectors(), sys.stdout, indent=1)
    sys.stdout.write("\n")
