"""Checks model_v2.json with a second, slow and obvious implementation that shares no code with the product.

Run it: ``python -m tests.vectors.verify.model_v2``.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
from itertools import product
from pathlib import Path
from typing import Any

from nacl.public import PrivateKey, SealedBox

VECTORS = Path(__file__).resolve().parents[1] / "model_v2.json"
TAG = b"imguard/model-seal/v1"


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def read_share(raw: bytes, code: str) -> tuple[dict[str, Any], list[Any]]:
    """Header and all elements; the bytes end with the last one."""
    length = int.from_bytes(raw[:4], "little")
    text = raw[4 : 4 + length]
    header: dict[str, Any] = json.loads(text)
    assert canonical(header) == text
    count = sum(math.prod(entry["shape"]) for entry in header["tensors"])
    return header, list(struct.unpack(f"<{count}{code}", raw[4 + length :]))


def flat(value: Any) -> list[Any]:
    return [leaf for part in value for leaf in flat(part)] if isinstance(value, list) else [value]


def nested(values: list[Any], shape: list[int]) -> Any:
    if len(shape) == 1:
        return values
    size = len(values) // shape[0]
    return [nested(values[i * size : (i + 1) * size], shape[1:]) for i in range(shape[0])]


def check_seals(vector: dict[str, Any]) -> None:
    box = SealedBox(PrivateKey(bytes.fromhex(vector["recipient_secret"])))
    for party in "ab":
        framed = box.decrypt(bytes.fromhex(vector[f"sealed_{party}"]))
        assert framed == len(TAG).to_bytes(2, "big") + TAG + bytes.fromhex(vector[f"plain_{party}"])


def check_headers(vector: dict[str, Any]) -> None:
    expected = hashlib.sha256(b"imguard/digest/v1\x00" + canonical(vector["specification"])).hexdigest()
    headers = [read_share(bytes.fromhex(vector[f"plain_{party}"]), "q")[0] for party in "ab"]
    for header, party in zip(headers, "ab", strict=True):
        assert header.pop("party") == party
        assert header["version"] == 2 and header["project_hash"] == expected
    assert headers[0] == headers[1]


def check_shapes(vector: dict[str, Any]) -> None:
    """The tensors are those that the nodes after the features name, in their order."""
    header, _ = read_share(bytes.fromhex(vector["model_file"]), "d")
    network = header["architecture"]
    channels, named = {"x": network["input"][0]}, []
    for node in network["nodes"]:
        source = channels[node["in"][0]]
        channels[node["id"]] = node.get("outputs", source)
        if node["op"] == "conv":
            named.append((node["weight"], [*node["kernel"], source // node["groups"], node["outputs"]]))
        if node["op"] in ("conv", "linear") and node["bias"] is not None:
            named.append((node["bias"], [node["outputs"]]))
        if node["op"] == "batch-norm":
            named += [(node[field], [source]) for field in ("weight", "bias", "mean", "variance")]
    found = [(entry["name"], entry["shape"]) for entry in header["tensors"]]
    assert [entry for entry in found if not (len(entry[1]) == 2)] == named


def check_model(vector: dict[str, Any]) -> None:
    """The model is the sum of the shares mod 2^64, as signed numbers over 2^16."""
    header, first = read_share(bytes.fromhex(vector["plain_a"]), "q")
    _, second = read_share(bytes.fromhex(vector["plain_b"]), "q")
    sums = [(a + b + (1 << 63)) % (1 << 64) - (1 << 63) for a, b in zip(first, second, strict=True)]
    values = [total / 65536 for total in sums]
    assert flat(list(vector["tensors"].values())) == values
    assert list(vector["tensors"]) == [entry["name"] for entry in header["tensors"]]
    model_header, model_values = read_share(bytes.fromhex(vector["model_file"]), "d")
    assert model_values == values
    assert model_header == {name: value for name, value in header.items() if name != "party"}


def check_logits(vector: dict[str, Any]) -> None:
    """What the nodes say about each image, value by value."""
    header, values = read_share(bytes.fromhex(vector["model_file"]), "d")
    tensors, start = {}, 0
    for entry in header["tensors"]:
        size = math.prod(entry["shape"])
        tensors[entry["name"]] = nested(values[start : start + size], entry["shape"])
        start += size
    for image, logits in zip(vector["images"], vector["logits"], strict=True):
        results: dict[str, Any] = {"x": [[[pixel[0] / 256 for pixel in row] for row in image]]}
        for node in header["architecture"]["nodes"]:
            results[node["id"]] = run(node, [results[name] for name in node["in"]], tensors)
        for found, wanted in zip(results[header["architecture"]["nodes"][-1]["id"]], logits, strict=True):
            assert abs(found - wanted) < 1e-8


def run(node: dict[str, Any], inputs: list[Any], tensors: dict[str, Any]) -> Any:
    """One node on lists: an image is a list of channels of rows, flat values are one list."""
    x, op = inputs[0], node["op"]
    if op == "linear":
        weight, bias = tensors[node["weight"]], tensors[node["bias"]]
        return [bias[o] + sum(value * weight[i][o] for i, value in enumerate(x)) for o in range(len(bias))]
    if op == "flatten":
        return flat(x)
    if op == "conv":
        return convolve(node, x, tensors)
    if op == "batch-norm":
        rows = zip(x, *(tensors[node[field]] for field in ("weight", "bias", "mean", "variance")), strict=True)
        return [
            [[(value - mean) / math.sqrt(variance + 0.00001) * weight + bias for value in row] for row in channel]
            for channel, weight, bias, mean, variance in rows
        ]
    if op in ("max-pool", "average-pool"):
        size, stride = node["size"], node.get("stride", node["size"])
        combine = max if op == "max-pool" else lambda cells: sum(cells) / len(cells)
        return [pool(channel, size, stride, combine) for channel in x]
    if op == "add":
        pairs = zip(flat(x), flat(inputs[1]), strict=True)
        return nested([a + b for a, b in pairs], [len(x), len(x[0]), len(x[0][0])])
    return [[[simple(op, value) for value in row] for row in channel] for channel in x]


def simple(op: str, value: float) -> float:
    return {"square": value * value, "relu": max(value, 0.0), "dropout": value}[op]


def pool(channel: Any, size: int, stride: int, combine: Any) -> Any:
    rows, columns = range(0, len(channel) - size + 1, stride), range(0, len(channel[0]) - size + 1, stride)
    cells = list(product(range(size), repeat=2))
    return [[combine([channel[i + a][j + b] for a, b in cells]) for j in columns] for i in rows]


def convolve(node: dict[str, Any], x: Any, tensors: dict[str, Any]) -> Any:
    """Weight [kh][kw][input in its group][output]; outside the image there are zeros."""
    weight, edge, stride = tensors[node["weight"]], node["padding"], node["stride"]
    bias = tensors[node["bias"]] if node["bias"] is not None else [0.0] * node["outputs"]
    kh, kw, inner, each = len(weight), len(weight[0]), len(weight[0][0]), node["outputs"] // node["groups"]
    height, width = len(x[0]), len(x[0][0])

    def at(channel: int, i: int, j: int) -> float:
        return float(x[channel][i][j]) if 0 <= i < height and 0 <= j < width else 0.0

    def value(o: int, i: int, j: int) -> float:
        cells = product(range(kh), range(kw), range(inner))
        group = o // each * inner
        terms = [at(group + c, i + a - edge, j + b - edge) * float(weight[a][b][c][o]) for a, b, c in cells]
        return float(bias[o]) + sum(terms)

    rows = range(0, height + 2 * edge - kh + 1, stride)
    columns = range(0, width + 2 * edge - kw + 1, stride)
    return [[[value(o, i, j) for j in columns] for i in rows] for o in range(node["outputs"])]


def main() -> None:
    vector = json.loads(VECTORS.read_text(encoding="utf-8"))
    for check in (check_seals, check_headers, check_shapes, check_model, check_logits):
        check(vector)
    print(f"{VECTORS.name}: second implementation agrees")


if __name__ == "__main__":
    main()
