"""Checks train_v2.json with a second, slow and obvious implementation that shares no code with the product.

Run it: ``python -m tests.vectors.verify.train_v2``. Fractions instead of floating point; AES one block at a time.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

VECTORS = Path(__file__).resolve().parents[1] / "train_v2.json"
RING = 1 << 64
Plane = list[list[Fraction]]


def stream_key(seed: bytes, domain: bytes, context: bytes) -> bytes:
    return hashlib.blake2b(domain + b"\x00" + context, key=seed, digest_size=16).digest()


def words(key: bytes) -> Iterator[int]:
    """64-bit little-endian words of AES-128 of the block numbers 0, 1, 2, ..."""
    aes = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    block = 0
    while True:
        raw = aes.update(block.to_bytes(16, "big"))
        yield int.from_bytes(raw[:8], "little")
        yield int.from_bytes(raw[8:], "little")
        block += 1


def order(seed: bytes, epoch: int, count: int) -> list[int]:
    source = words(stream_key(seed, b"imguard/batch-plan/v1", epoch.to_bytes(4, "little")))
    keys = [next(source) for _ in range(count)]
    return sorted(range(count), key=lambda place: (keys[place], place))


def check_orders(vector: dict[str, Any]) -> None:
    for case in vector["orders"]:
        seed, epoch = bytes.fromhex(case["seed"]), case["epoch"]
        assert stream_key(seed, b"imguard/batch-plan/v1", epoch.to_bytes(4, "little")).hex() == case["stream_key"]
        assert order(seed, epoch, case["count"]) == case["order"]


def check_rates(vector: dict[str, Any]) -> None:
    for case in vector["rates"]:
        peak, steps = float(case["learning_rate"]) * 65536, case["steps"]
        if case["schedule"] == "constant":
            assert case["rates"] == [round(peak)] * steps
            continue
        warm = max(1, int(0.2 * steps))
        rates = []
        for step in range(steps):
            if step < warm:
                rate = peak * (step + 1) / warm
            else:
                rate = peak * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))
            rates.append(max(1, round(rate)))
        assert rates == case["rates"]


def check_features(vector: dict[str, Any]) -> None:
    for case in vector["features"]:
        values = [Fraction(2 * p - 255 if case["scale"] == "signed" else p, 256) for p in case["image"]]
        found: dict[str, Any] = {"x": [[values[8 * row : 8 * row + 8] for row in range(8)]]}
        for node in case["nodes"]:
            found[node["id"]] = apply(node, [found[name] for name in node["in"]])
        assert [float(value) for value in found["features"]] == case["features"]


def apply(node: dict[str, Any], inputs: list[Any]) -> Any:
    planes, op = inputs[0], node["op"]
    if op == "concat":
        return [value for flat in inputs for value in flat]
    if op == "flatten":
        return [value for plane in planes for row in plane for value in row]
    if op == "square":
        return [[[value * value for value in row] for row in plane] for plane in planes]
    if op == "scale":
        factor = Fraction(node["numerator"], 1 << node["shift"])
        return [[[value * factor for value in row] for row in plane] for plane in planes]
    if op == "average-pool":
        return [pool(plane, node["size"]) for plane in planes]
    assert op == "conv2d"
    return [convolve(plane, kernel, node) for plane in planes for kernel in node["taps"]]


def pool(plane: Plane, size: int) -> Plane:
    return [
        [
            sum((plane[y * size + i][x * size + j] for i in range(size) for j in range(size)), Fraction(0)) / size**2
            for x in range(len(plane[0]) // size)
        ]
        for y in range(len(plane) // size)
    ]


def convolve(plane: Plane, kernel: list[list[int]], node: dict[str, Any]) -> Plane:
    height, width, stride, edge = len(plane), len(plane[0]), node["stride"], node["padding"]

    def at(y: int, x: int) -> Fraction:
        return plane[y][x] if 0 <= y < height and 0 <= x < width else Fraction(0)

    def value(top: int, left: int) -> Fraction:
        total = Fraction(0)
        for i, row in enumerate(kernel):
            for j, tap in enumerate(row):
                total += tap * at(top + i, left + j)
        return total / Fraction(1 << int(node["shift"]))

    tops = range(-edge, height + edge - len(kernel) + 1, stride)
    lefts = range(-edge, width + edge - len(kernel[0]) + 1, stride)
    return [[value(top, left) for left in lefts] for top in tops]


def check_start(vector: dict[str, Any]) -> None:
    case = vector["start"]
    seed, names = bytes.fromhex(case["seed"]), list(case["weights"])
    for name, rows in case["weights"].items():
        key = stream_key(seed, b"imguard/weight-init/v1", name.encode())
        assert key.hex() == case["stream_keys"][name]
        limit = 0 if name == names[-1] else round(math.sqrt(6 / len(rows)) * 65536)
        source = words(key)
        assert rows == [[next(source) % (2 * limit + 1) - limit for _ in row] for row in rows]


def check_rounding(vector: dict[str, Any]) -> None:
    """Every share from the formula, with the wrap as one bit; the sum is the floor or one more."""
    case = vector["rounding"]
    columns = (case[name] for name in ("row", "factor", "shift", "ring_bits", "result_a", "result_b"))
    for row, factor, shift, bits, results_a, results_b in zip(*columns, strict=True):
        ring = 1 << bits
        for a, b, out_a, out_b in zip(case["a"][row], case["b"][row], results_a, results_b, strict=True):
            value = (a + b + ring // 2) % ring - ring // 2
            result = (out_a + out_b + RING // 2) % RING - RING // 2
            moved = (a + ring // 4) % ring, b % ring
            wrap = 1 if sum(moved) >= ring else 0
            up, down = -(-moved[0] * factor >> shift), moved[1] * factor >> shift
            expected = up + down - (factor * wrap << (bits - shift)) - (factor * ring // 4 >> shift)
            assert (expected - result) % RING == 0
            assert result - (value * factor >> shift) in (0, 1)


def check_checkpoint(vector: dict[str, Any]) -> None:
    case = vector["checkpoint"]
    header = {name: case[name] for name in ("job", "epochs_done", "seed", "halvings", "attempt", "steps")}
    tensors = [{"group": t["group"], "name": t["name"], "shape": shape_of(t["values"])} for t in case["tensors"]]
    text = json.dumps({**header, "version": 3, "tensors": tensors}, sort_keys=True, separators=(",", ":")).encode()
    numbers = b"".join(v.to_bytes(8, "little", signed=True) for t in case["tensors"] for v in flat(t["values"]))
    body = len(text).to_bytes(4, "little") + text + numbers
    digest = hashlib.sha256(body).digest()
    assert (body + digest).hex() == case["file"] and digest.hex() == case["logged"]
    agreed = [case[name] for name in ("job", "epochs_done", "seed", "halvings", "steps", "attempt")]
    common = json.dumps(agreed, separators=(",", ":"))
    assert hashlib.sha256(common.encode()).hexdigest() == case["agreement"]


def shape_of(values: Any) -> list[int]:
    return [len(values), *shape_of(values[0])] if isinstance(values, list) else []


def flat(values: Any) -> list[int]:
    return [v for part in values for v in flat(part)] if isinstance(values, list) else [values]


def check_accumulated(vector: dict[str, Any]) -> None:
    total = hashlib.sha256()
    for number in range(vector["accumulated"]["cases"]):
        seed = hashlib.sha256(number.to_bytes(4, "little")).digest()
        found = order(seed, number % 7, 1 + number % 31)
        total.update(b"".join(place.to_bytes(8, "little") for place in found))
    assert total.hexdigest() == vector["accumulated"]["sha256"]


def main() -> None:
    vector = json.loads(VECTORS.read_text(encoding="utf-8"))
    checks = (check_orders, check_rates, check_features, check_start, check_rounding, check_checkpoint,
              check_accumulated)  # fmt: skip
    for check in checks:
        check(vector)
    print(f"{VECTORS.name}: second implementation agrees")


if __name__ == "__main__":
    main()
