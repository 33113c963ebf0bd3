"""Small trained models as two shares, made the slow and obvious way."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import numpy.typing as npt

from common.architecture import build_architecture, parse_architecture
from common.documents import canonical
from common.specification import parse_specification
from desktop_client.reveal.combine import Model
from tests.helpers.jobs.projects import model_of

CLASSES = ["healthy", "ill", "unclear"]
FRACTION_BITS = 16
LAYERS: list[dict[str, Any]] = [
    {"layer": "conv", "outputs": 6, "kernel": [3, 5], "stride": 1, "padding": 2, "groups": 1, "bias": True},
    {"layer": "batch-norm"},
    {"layer": "relu"},
    {"layer": "max-pool", "size": 3, "stride": 2},
    {"layer": "residual", "layers": [
        {"layer": "conv", "outputs": 6, "kernel": [3, 3], "stride": 1, "padding": 1, "groups": 3, "bias": False},
        {"layer": "batch-norm"},
        {"layer": "residual", "layers": [{"layer": "square"}]},
    ]},
    {"layer": "dropout", "drop": 64},
    {"layer": "average-pool", "size": 3},
    {"layer": "conv", "outputs": 4, "kernel": [2, 1], "stride": 2, "padding": 1, "groups": 2, "bias": True},
    {"layer": "flatten"},
    {"layer": "linear", "outputs": 5, "bias": True},
    {"layer": "batch-norm"},
    {"layer": "relu"},
    {"layer": "linear", "outputs": 3, "bias": False},
]  # fmt: skip
"""A network with a layer of every kind but one."""


def specification(extractor: str = "average-pool", head: str = "mlp", scale: str = "unit") -> dict[str, Any]:
    """A specification body that the checks accept."""
    member = {"user": "alice", "role": "owner", "verify_key": "11" * 32, "seal_key": "22" * 32}
    return {
        "version": 3, "id": "77" * 16, "revision": 1, "name": "films", "purpose": "", "owner": "alice",
        "members": [member], "recipients": ["alice"],
        "datasets": [{"id": "33" * 32, "owner": "alice"}], "servers": {"a": "44" * 32, "b": "55" * 32},
        "preparation": "cot", "ring": {"fraction_bits": FRACTION_BITS},
        "hiding": {"k": 2, "mask": extractor != "none", "scale": scale}, "features": {"extractor": extractor},
        "model": model_of(head, 5, bias=head == "lenet", layers=LAYERS if head == "custom" else ()),
        "training": {"epochs": 3, "batch": 32, "loss": "softmax", "optimizer": "sgd", "momentum": "0.9",
                     "learning_rate": "0.05", "schedule": "constant", "weight_decay": "0", "clip": "0",
                     "validation": 0},
    }  # fmt: skip


def architecture(extractor: str, head: str, scale: str, channels: int, bits: int = 8) -> dict[str, Any]:
    """The architecture of such a specification for images of 16 x 20 pixels."""
    spec = parse_specification(specification(extractor, head, scale))
    return build_architecture(spec, (16, 20, channels), bits, CLASSES).as_json()


def header(body: dict[str, Any], shapes: dict[str, list[int]]) -> dict[str, Any]:
    """The header of a model, without a party."""
    return {
        "version": 2, "job": "j" * 32, "project_hash": "66" * 32, "architecture": body,
        "tensors": [{"name": name, "shape": shape} for name, shape in shapes.items()],
        "fraction_bits": FRACTION_BITS, "epoch": 3,
    }  # fmt: skip


def shapes_of(body: dict[str, Any]) -> dict[str, list[int]]:
    """Tensor shapes of an architecture."""
    return {name: list(shape) for name, shape in parse_architecture(body).tensors.items()}


def random_model(body: dict[str, Any], seed: int = 0) -> Model:
    """A model with random weights that fixed point can hold exactly."""
    rng = np.random.default_rng(seed)
    shapes = shapes_of(body)
    tensors = {n: np.round(rng.normal(0, 0.3, s) * 2**FRACTION_BITS) / 2**FRACTION_BITS for n, s in shapes.items()}
    for name in tensors:
        if name.endswith("variance"):
            tensors[name] = np.abs(tensors[name])
    return Model(header(body, shapes), tensors)


def shares_of(model: Model, seed: int = 1) -> dict[str, bytes]:
    """The plaintext of both shares of a model."""
    rng = np.random.default_rng(seed)
    halves: dict[str, list[npt.NDArray[np.uint64]]] = {"a": [], "b": []}
    for entry in model.header["tensors"]:
        value = np.round(model.tensors[entry["name"]] * 2**FRACTION_BITS).astype(np.int64).view(np.uint64)
        mask = rng.integers(0, 2**64, value.shape, np.uint64)
        halves["a"].append(mask)
        halves["b"].append(value - mask)
    return {party: share_bytes({**model.header, "party": party}, halves[party]) for party in halves}


def share_bytes(head: dict[str, Any], tensors: list[npt.NDArray[np.uint64]]) -> bytes:
    """Length, header, tensors."""
    raw = canonical(head)
    return struct.pack("<I", len(raw)) + raw + b"".join(t.astype("<u8").tobytes() for t in tensors)
