"""Small networks by hand: a list of layers after flat or image features, with random tensors in fixed point."""

from __future__ import annotations

from typing import Any

import torch

from common.architecture import Architecture, parse_architecture
from tests.helpers.two_party.operations import uniform

ONE = 1 << 16
Tensors = dict[str, torch.Tensor]


def network(shape: tuple[int, int, int], *layers: dict[str, Any], flat: bool = False) -> Architecture:
    """Layers one after the other on images [c, h, w], or on them flattened; ids are ``n0``, ``n1``, ...

    A layer may name its inputs by ``in``, else it takes the one before. The number of classes is that of the outputs.
    """
    nodes: list[dict[str, Any]] = [{"id": "flat", "op": "flatten", "in": ["x"]}] if flat else []
    last = features = "flat" if flat else "x"
    for number, layer in enumerate(layers):
        node = {"id": f"n{number}", "in": [last], **layer}
        if node["op"] in ("linear", "conv"):
            node = {"weight": f"n{number}.weight", "bias": None, **node}
            node["bias"] = f"n{number}.bias" if node["bias"] else None
        if node["op"] == "batch-norm":
            node.update({part: f"n{number}.{part}" for part in ("weight", "bias", "mean", "variance")})
        nodes.append(node)
        last = node["id"]
    classes = [str(index) for index in range(nodes[-1]["outputs"])] if "outputs" in nodes[-1] else ["0", "1"]
    body = {"nodes": nodes, "input": list(shape), "classes": classes, "features": features}
    return parse_architecture({**body, "pixels": {"scale": "unit", "bits": 8}})


def linear(outputs: int, bias: bool = True) -> dict[str, Any]:
    return {"op": "linear", "outputs": outputs, "bias": bias}


def conv(outputs: int, kernel: tuple[int, int] = (3, 3), bias: bool = True, **options: int) -> dict[str, Any]:
    """``options``: stride, padding, groups."""
    return {"op": "conv", "outputs": outputs, "kernel": list(kernel), "bias": bias,
            "stride": 1, "padding": 0, "groups": 1, **options}  # fmt: skip


def layer(op: str, **fields: Any) -> dict[str, Any]:
    return {"op": op, **fields}


def fixed(values: torch.Tensor) -> torch.Tensor:
    """Nearest numbers with 16 fractional bits."""
    return (values * ONE).round().to(torch.int64)


def random_tensors(found: Architecture, seed: int = 5) -> Tensors:
    """Fixed point, up to one half; variances between one half and two."""
    tensors = {}
    for index, (name, shape) in enumerate(found.tensors.items()):
        low, high = (ONE // 2, 2 * ONE) if name.endswith("variance") else (-ONE // 2, ONE // 2)
        tensors[name] = uniform(low, high, *shape, seed=seed + index)
    return tensors


def random_images(found: Architecture, batch: int, seed: int = 0, low: float = -1.0, high: float = 1.0) -> torch.Tensor:
    """Features of a batch in fixed point: [b, f], or [b, h, w, c] for images."""
    shape = found.shapes[found.features]
    sides = shape if len(shape) == 1 else (*shape[1:], shape[0])
    return uniform(round(low * ONE), round(high * ONE), batch, *sides, seed=seed)


def random_labels(found: Architecture, batch: int, seed: int = 0) -> torch.Tensor:
    """Mixed labels that sum to one, in fixed point."""
    cuts = uniform(0, 257, batch, len(found.classes) - 1, seed=900 + seed).sort(dim=1).values
    ends = torch.cat([cuts, torch.full((batch, 1), 256)], dim=1)
    return torch.diff(ends, dim=1, prepend=torch.zeros(batch, 1, dtype=torch.int64)) << 8
