"""Checks project_v4.json with a second, slow and obvious implementation that shares no code with the product.

Run it: ``python -m tests.vectors.verify.project.project_v4``.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

VECTORS = Path(__file__).resolve().parents[2] / "project_v4.json"
Layers = list[dict[str, Any]]


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def stream_key(seed: bytes, domain: bytes, context: bytes) -> bytes:
    return hashlib.blake2b(domain + b"\x00" + context, key=seed, digest_size=16).digest()


def stream(key: bytes) -> Iterator[int]:
    """Bytes of AES-128 of the block numbers 0, 1, 2, ..."""
    aes = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    block = 0
    while True:
        yield from aes.update(block.to_bytes(16, "big"))
        block += 1


def digest(value: object) -> str:
    return hashlib.sha256(b"imguard/digest/v1\x00" + canonical(value)).hexdigest()


def check_hash(vector: dict[str, Any]) -> None:
    assert vector["hash"] == digest(vector["specification"])


def check_preparations(vector: dict[str, Any]) -> None:
    """Each has a hash of its own; only a helper is one more who computes."""
    for case in vector["preparations"]:
        wanted = {"cot": ["a", "b"], "hybrid": ["a", "b"], "helper": ["a", "b", "helper"]}[case["preparation"]]
        assert sorted(case["servers"]) == wanted
        changed = {name: case[name] for name in ("preparation", "servers")}
        assert case["hash"] == digest({**vector["specification"], **changed})
    assert len({case["hash"] for case in vector["preparations"]}) == 3


def check_networks(vector: dict[str, Any]) -> None:
    for case in vector["networks"]:
        layers = layers_of(case["model"], 3)
        flat = layers[0]["layer"] in ("linear", "flatten")
        layers = layers[1:] if layers[0]["layer"] == "flatten" else layers
        heads = ["square", "average-pool", "scale"]
        public = {"none": [], "square": heads[:1], "average-pool": heads}.get(case["extractor"])
        count = sum(node["op"] in ("square", "conv2d", "average-pool", "scale", "flatten", "concat")
                    and not node["id"].endswith(tuple("0123456789")) for node in case["nodes"])  # fmt: skip
        if public is not None:
            public = [*public, "flatten"] if flat else public
            assert [node["op"] for node in case["nodes"][:count]] == public
        assert case["features"] == ("features" if count else "x")
        written: Layers = []
        append(layers, case["features"], written, Counter())
        written[-1]["id"] = "logits"
        assert case["nodes"][count:] == written
        check_tensors(case, count)


def layers_of(model: dict[str, Any], classes: int) -> Layers:
    """The layers of a named model, written out."""
    bias = model["bias"]

    def linear(outputs: int) -> dict[str, Any]:
        return {"layer": "linear", "outputs": outputs, "bias": bias}

    def conv(outputs: int, kernel: int, stride: int, padding: int, bias: bool) -> dict[str, Any]:
        return {"layer": "conv", "outputs": outputs, "kernel": [kernel, kernel], "stride": stride, "padding": padding,
                "groups": 1, "bias": bias}  # fmt: skip

    relu, norm, half = {"layer": "relu"}, {"layer": "batch-norm"}, {"layer": "average-pool", "size": 2}
    if model["name"] == "custom":
        return list(model["layers"])
    if model["name"] == "logistic":
        return [linear(classes)]
    if model["name"] == "mlp":
        return [layer for width in model["hidden"] for layer in (linear(width), relu)] + [linear(classes)]
    if model["name"] == "lenet":
        return [
            conv(20, 5, 1, 0, bias), relu, half, conv(50, 5, 1, 0, bias), relu, half, {"layer": "flatten"},
            linear(500), relu, linear(classes),
        ]  # fmt: skip
    found: Layers = []
    for width, stride in ((16, 1), (32, 2)):
        inner = [conv(width, 3, 1, 1, False), norm, relu, conv(width, 3, 1, 1, False), norm]
        found += [conv(width, 3, stride, 1, False), norm, relu, {"layer": "residual", "layers": inner}, relu]
    return [*found, {"layer": "global-average-pool"}, linear(classes)]


def append(layers: Layers, last: str, nodes: Layers, seen: Counter[str]) -> str:
    for layer in layers:
        op = "add" if layer["layer"] == "residual" else layer["layer"]
        if op == "add":
            node: dict[str, Any] = {"in": [append(layer["layers"], last, nodes, seen), last]}
        else:
            node = {"in": [last], **{k: v for k, v in layer.items() if k not in ("layer", "bias")}}
        head = f"head.{seen['linear'] + seen['conv'] + seen['batch-norm']}"
        if op in ("linear", "conv"):
            node |= {"weight": f"{head}.weight", "bias": f"{head}.bias" if layer["bias"] else None}
        if op == "batch-norm":
            node |= {part: f"{head}.{part}" for part in ("weight", "bias", "mean", "variance")}
        last = f"{op}{seen[op]}"
        nodes.append({"id": last, "op": op, **node})
        seen[op] += 1
    return last


def check_tensors(case: dict[str, Any], public: int) -> None:
    """Tensor shapes from the shapes of the nodes, and shapes of the nodes where they are plain arithmetic."""
    found: dict[str, list[int]] = {}
    for node in case["nodes"][public:]:
        source, result = case["shapes"][node["in"][0]], case["shapes"][node["id"]]
        if node["op"] == "linear":
            found[node["weight"]] = [source[0], node["outputs"]]
            assert result == [node["outputs"]] and len(source) == 1
        elif node["op"] == "conv":
            found[node["weight"]] = [*node["kernel"], source[0], node["outputs"]]
            sides = [(side + 2 * node["padding"] - k) // node["stride"] + 1
                     for side, k in zip(source[1:], node["kernel"], strict=True)]  # fmt: skip
            assert result == [node["outputs"], *sides]
        elif node["op"] == "batch-norm":
            found |= {node[part]: [source[0]] for part in ("weight", "bias", "mean", "variance")}
        elif node["op"] == "average-pool":
            assert result == [source[0], source[1] // node["size"], source[2] // node["size"]]
        elif node["op"] in ("flatten", "global-average-pool"):
            assert result == [math.prod(source) if node["op"] == "flatten" else source[0]]
        else:
            assert result == source
        if node["op"] in ("linear", "conv") and node["bias"] is not None:
            found[node["bias"]] = [node["outputs"]]
    assert list(found.items()) == list(case["tensors"].items())


def check_rates(vector: dict[str, Any]) -> None:
    for case in vector["rates"]:
        peak, steps = float(case["learning_rate"]) * 65536, case["steps"]
        warm = max(1, int(0.2 * steps))
        for step, found in enumerate(case["rates"]):
            rate = {
                "constant": peak,
                "cosine": peak * 0.5 * (1 + math.cos(math.pi * step / steps)),
                "step": peak / (1 if 2 * step < steps else 10 if 4 * step < 3 * steps else 100),
                "one-cycle": peak * (step + 1) / warm if step < warm
                else peak * 0.5 * (1 + math.cos(math.pi * (step - warm) / (steps - warm))),
            }[case["schedule"]]  # fmt: skip
            assert found == max(1, round(rate))
        assert len(case["rates"]) == steps


def check_start(vector: dict[str, Any]) -> None:
    case = vector["start"]
    seed = bytes.fromhex(case["seed"])
    weighted = [node["weight"] for node in case["nodes"] if node["op"] in ("linear", "conv")]
    ones = [node[part] for node in case["nodes"] if node["op"] == "batch-norm" for part in ("weight", "variance")]
    for name, values in case["tensors"].items():
        key = stream_key(seed, b"imguard/weight-init/v1", name.encode())
        assert key.hex() == case["stream_keys"][name]
        shape = case["shapes"][name]
        wanted = [65536 if name in ones else 0] * min(60, math.prod(shape))
        if name in weighted[:-1]:
            limit = round(math.sqrt(6 / math.prod(shape[:-1])) * 65536)
            source = stream(key)
            drawn = [int.from_bytes(bytes(next(source) for _ in range(8)), "little") for _ in wanted]
            wanted = [word % (2 * limit + 1) - limit for word in drawn]
        assert values == wanted


def check_dropout(vector: dict[str, Any]) -> None:
    for case in vector["dropout"]:
        context = case["epoch"].to_bytes(4, "little") + case["step"].to_bytes(4, "little") + case["node"].encode()
        key = stream_key(bytes.fromhex(case["seed"]), b"imguard/dropout/v1", context)
        assert key.hex() == case["stream_key"]
        source = stream(key)
        for image in case["kept"]:
            for row in image:
                for pixel in row:
                    assert pixel == [int(next(source) >= case["drop"]) for _ in pixel]


def main() -> None:
    vector = json.loads(VECTORS.read_text(encoding="utf-8"))
    for check in (check_hash, check_preparations, check_networks, check_rates, check_start, check_dropout):
        check(vector)
    print(f"{VECTORS.name}: second implementation agrees")


if __name__ == "__main__":
    main()
