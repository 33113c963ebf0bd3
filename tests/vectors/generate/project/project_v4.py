"""Makes project_v4.json from the product's own code.

Run it: ``python -m tests.vectors.generate.project.project_v4 > tests/vectors/project_v4.json``;
``tests/vectors/verify/project/project_v4.py`` checks it with a second implementation.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from common.architecture import build_architecture, initial_tensors
from common.crypto.domains import DROPOUT_V1, WEIGHT_INIT_V1
from common.crypto.prg import derive_key
from common.schedule import dropout_plan, learning_rates
from common.specification import PREPARATIONS, Specification, parse_specification

SEED = bytes(range(32))
SHAPE = (20, 20, 1)
CLASSES = ["healthy", "ill", "unclear"]
RATES = (("cosine", "0.5", 10), ("step", "0.05", 10), ("one-cycle", "0.5", 10), ("constant", "0.05", 4))
LAYERS: list[dict[str, Any]] = [
    {"layer": "conv", "outputs": 4, "kernel": [3, 2], "stride": 2, "padding": 1, "groups": 1, "bias": True},
    {"layer": "residual", "layers": [{"layer": "batch-norm"}, {"layer": "square"}]},
    {"layer": "dropout", "drop": 64},
    {"layer": "flatten"},
    {"layer": "linear", "outputs": 3, "bias": True},
]
MODELS: tuple[dict[str, Any], ...] = (
    {"name": "logistic", "hidden": [], "bias": False, "layers": []},
    {"name": "mlp", "hidden": [5, 4], "bias": True, "layers": []},
    {"name": "lenet", "hidden": [], "bias": True, "layers": []},
    {"name": "resnet", "hidden": [], "bias": False, "layers": []},
    {"name": "custom", "hidden": [], "bias": False, "layers": LAYERS},
)


def specification(
    model: dict[str, Any], extractor: str = "square", schedule: str = "cosine", rate: str = "0.05"
) -> Specification:
    member = {"user": "alice", "role": "owner", "verify_key": "11" * 32, "seal_key": "22" * 32}
    return parse_specification(
        {
            "version": 4, "id": "77" * 16, "revision": 2, "name": "vectors", "purpose": "Tell ill from healthy.",
            "owner": "alice", "members": [member], "recipients": ["alice"], "testers": ["alice"],
            "datasets": [{"id": "33" * 32, "owner": "alice"}],
            "servers": {"a": "44" * 32, "b": "55" * 32, "helper": "66" * 32}, "preparation": "helper",
            "ring": {"fraction_bits": 16}, "hiding": {"k": 4, "mask": extractor != "none", "scale": "unit"},
            "features": {"extractor": extractor}, "model": model,
            "training": {"epochs": 2, "batch": 8, "loss": "softmax", "optimizer": "adam", "momentum": "0.9",
                         "learning_rate": rate, "schedule": schedule, "weight_decay": "0.0005", "clip": "1",
                         "validation": 0},
        }
    )  # fmt: skip


def preparation_case(preparation: str) -> dict[str, Any]:
    """The same specification with another preparation, and so with the keys of those who compute."""
    servers = {"a": "44" * 32, "b": "55" * 32} | ({"helper": "66" * 32} if preparation == "helper" else {})
    found = parse_specification({**specification(MODELS[4]).body, "preparation": preparation, "servers": servers})
    return {"preparation": preparation, "servers": servers, "hash": found.hash}


def network_case(model: dict[str, Any], extractor: str) -> dict[str, Any]:
    spec = specification(model, extractor)
    found = build_architecture(spec, SHAPE, 8, CLASSES)
    return {
        "model": model,
        "extractor": extractor,
        "nodes": list(found.nodes),
        "features": found.features,
        "tensors": {name: list(shape) for name, shape in found.tensors.items()},
        "shapes": {name: list(shape) for name, shape in found.shapes.items()},
    }


def start_case() -> dict[str, Any]:
    found = build_architecture(specification(MODELS[4]), SHAPE, 8, CLASSES)
    keys = {name: derive_key(SEED, WEIGHT_INIT_V1, name.encode()).hex() for name in found.tensors}
    tensors = initial_tensors(found, SEED, 16)
    return {
        "seed": SEED.hex(),
        "nodes": list(found.head),
        "stream_keys": keys,
        "shapes": {name: list(shape) for name, shape in found.tensors.items()},
        "tensors": {name: value.reshape(-1)[:60].tolist() for name, value in tensors.items()},
    }


def dropout_case(epoch: int, step: int, node: str, drop: int) -> dict[str, Any]:
    context = epoch.to_bytes(4, "little") + step.to_bytes(4, "little") + node.encode()
    return {
        "seed": SEED.hex(), "epoch": epoch, "step": step, "node": node, "drop": drop,
        "stream_key": derive_key(SEED, DROPOUT_V1, context).hex(),
        "kept": dropout_plan(SEED, epoch, step, node, (2, 3, 3, 2), drop).tolist(),
    }  # fmt: skip


def vectors() -> dict[str, Any]:
    spec = specification(MODELS[4])
    rates = []
    for schedule, rate, steps in RATES:
        training = specification(MODELS[0], schedule=schedule, rate=rate).training
        rates.append({"schedule": schedule, "learning_rate": rate, "steps": steps,
                      "rates": learning_rates(training, steps)})  # fmt: skip
    pairs = [(model, extractor) for model in MODELS for extractor in ("none", "square")]
    pairs += [(MODELS[0], "average-pool"), (MODELS[1], "filter-bank"), (MODELS[4], "average-pool")]
    return {
        "about": "specifications, networks, rates, the start and dropout of project-v4",
        "source": "tests/vectors/generate/project/project_v4.py",
        "check": "tests/vectors/verify/project/project_v4.py",
        "specification": spec.body,
        "hash": spec.hash,
        "preparations": [preparation_case(name) for name in PREPARATIONS],
        "networks": [network_case(model, extractor) for model, extractor in pairs],
        "rates": rates,
        "start": start_case(),
        "dropout": [dropout_case(0, 0, "dropout0", 64), dropout_case(3, 258, "dropout1", 200)],
    }


if __name__ == "__main__":
    json.dump(vectors(), sys.stdout, indent=1)
    sys.stdout.write("\n")
