"""Specifications of small projects, and the keys of the people in them."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from common.architecture import Architecture, build_architecture
from common.crypto.sealing import SealingKey
from common.layers import Layer
from common.specification import Specification, parse_specification
from tests.helpers.seeded import SeededRandom

KEYS = {name: SealingKey.generate(SeededRandom(f"seal {name}")) for name in ("alice", "bob", "carol")}
RECIPIENTS = ("alice", "bob")


def body(**sections: Any) -> dict[str, Any]:
    """A specification the checks accept; a section given as a mapping changes only the fields it names."""
    plain: dict[str, Any] = {
        "version": 4,
        "id": "f" * 32,
        "revision": 1,
        "name": "films",
        "purpose": "Find ill films.",
        "owner": "alice",
        "members": [_member(name, role) for name, role in zip(KEYS, ("owner", "editor", "viewer"), strict=True)],
        "recipients": list(RECIPIENTS),
        "testers": ["alice", "carol"],
        "datasets": [{"id": "1" * 64, "owner": "alice"}, {"id": "2" * 64, "owner": "bob"}],
        "servers": {"a": "a" * 64, "b": "b" * 64},
        "preparation": "cot",
        "ring": {"fraction_bits": 16},
        "hiding": {"k": 4, "mask": True, "scale": "unit"},
        "features": {"extractor": "average-pool"},
        "model": model_of("logistic"),
        "training": {
            "epochs": 2,
            "batch": 8,
            "loss": "softmax",
            "optimizer": "sgd",
            "momentum": "0.9",
            "learning_rate": "0.5",
            "schedule": "one-cycle",
            "weight_decay": "0",
            "clip": "0",
            "validation": 8,
        },
    }
    for name, value in sections.items():
        plain[name] = {**plain[name], **value} if isinstance(plain.get(name), dict) else value
    return copy.deepcopy(plain)


def model_of(name: str, *hidden: int, bias: bool = False, layers: Sequence[Layer] = ()) -> dict[str, Any]:
    """The section of a specification that names the trained part; an ``mlp`` has eight hidden neurons by default."""
    widths = list(hidden) or [8]
    return {"name": name, "hidden": widths if name == "mlp" else [], "bias": bias, "layers": list(layers)}


def specification(**sections: Any) -> Specification:
    """:func:`body`, checked."""
    return parse_specification(body(**sections))


def architecture(spec: Specification, shape: tuple[int, int, int], bits: int = 8, classes: int = 2) -> Architecture:
    """The network of a specification for images [h, w, c]."""
    return build_architecture(spec, shape, bits, [f"class {index}" for index in range(classes)])


def _member(name: str, role: str) -> dict[str, str]:
    return {"user": name, "role": role, "verify_key": "c" * 64, "seal_key": KEYS[name].public}
