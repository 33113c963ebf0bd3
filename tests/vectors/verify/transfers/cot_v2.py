"""Checks cot_v2.json with a second, slow and obvious implementation that shares no code with the product.

Run it: ``python -m tests.vectors.verify.transfers.cot_v2``. Group arithmetic is that of RFC 8032 in affine coordinates;
the extension follows its definition: one sum over all leaves for every row.
"""

from __future__ import annotations

import hashlib
import json
from functools import reduce
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.vectors.verify.transfers.silent import check_silent

VECTORS = Path(__file__).resolve().parents[2] / "cot_v2.json"
Point = tuple[int, int]
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
BASE_Y = 4 * pow(5, -1, P) % P


# --- the group ---------------------------------------------------------------------------------------------------


def add(a: Point, b: Point) -> Point:
    (x1, y1), (x2, y2) = a, b
    k = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + k, -1, P) % P
    y = (y1 * y2 + x1 * x2) * pow(1 - k, -1, P) % P
    return x, y


def negative(a: Point) -> Point:
    return -a[0] % P, a[1]


def times(scalar: int, a: Point) -> Point:
    total: Point = (0, 1)
    while scalar:
        if scalar & 1:
            total = add(total, a)
        a, scalar = add(a, a), scalar >> 1
    return total


def decode(data: bytes) -> Point:
    y = int.from_bytes(data, "little") & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert (x * x - square) % P == 0, "not on the curve"
    return (P - x if x & 1 != data[31] >> 7 else x), y


def encode(a: Point) -> bytes:
    return (a[1] | (a[0] & 1) << 255).to_bytes(32, "little")


def base() -> Point:
    return decode(BASE_Y.to_bytes(32, "little"))


# --- base OT -----------------------------------------------------------------------------------------------------


def key(index: int, public: bytes, answer: bytes, shared: Point) -> str:
    transcript = index.to_bytes(4, "little") + public + answer
    return hashlib.blake2b(b"imguard/base-ot/v1" + transcript + encode(shared), digest_size=16).hexdigest()


def check_base_ot(vector: dict[str, Any]) -> None:
    case = vector["base_ot"]
    sender = int.from_bytes(bytes.fromhex(case["sender_token"]), "little") % ORDER
    big_a = times(sender, base())
    assert case["public"] == encode(big_a).hex()
    public = bytes.fromhex(case["public"])
    for index, (token, choice) in enumerate(zip(case["receiver_tokens"], case["choices"], strict=True)):
        receiver = int.from_bytes(bytes.fromhex(token), "little") % ORDER
        big_b = times(receiver, base())
        if choice:
            big_b = add(big_b, big_a)
        answer = encode(big_b)
        assert case["answers"][index] == answer.hex()
        zero = key(index, public, answer, times(sender, big_b))
        one = key(index, public, answer, times(sender, add(big_b, negative(big_a))))
        assert case["pairs"][index] == [zero, one]
        assert case["keys"][index] == key(index, public, answer, times(receiver, big_a))
        assert case["keys"][index] == [zero, one][choice]


# --- trees -------------------------------------------------------------------------------------------------------


def children(node: bytes) -> tuple[bytes, bytes]:
    grown = hashlib.blake2b(b"imguard/ot-tree/v1", key=node, digest_size=32).digest()
    return grown[:16], grown[16:]


def leaf(root: bytes, path: int, depth: int) -> bytes:
    """The leaf reached by the bits of ``path``, most significant first."""
    for floor in reversed(range(depth)):
        root = children(root)[path >> floor & 1]
    return root


def check_trees(vector: dict[str, Any]) -> None:
    case = vector["trees"]
    depth = case["depth"]
    assert len(case["corrections"]) == 2 * len(case["missing"]) * depth * 2 * 16
    for tree, hole in enumerate(case["missing"]):
        full = [leaf(bytes.fromhex(case["roots"][tree]), path, depth).hex() for path in range(1 << depth)]
        assert case["leaves"][tree] == full
        assert case["punctured"][tree] == [None if path == hole else full[path] for path in range(1 << depth)]


# --- extension ---------------------------------------------------------------------------------------------------


def row_stream(leaf_key: bytes, size: int) -> int:
    """The leaf's keystream as a bit string, little-endian: AES-128 in counter mode from zero."""
    aes_key = hashlib.blake2b(b"imguard/ot-rows/v1\x00", key=leaf_key, digest_size=16).digest()
    aes = Cipher(algorithms.AES(aes_key), modes.ECB()).encryptor()
    blocks = b"".join(aes.update(number.to_bytes(16, "big")) for number in range(size // 16 + 1))
    return int.from_bytes(blocks[:size], "little")


def xor(values: list[int]) -> int:
    return reduce(int.__xor__, values, 0)


def check_extension(vector: dict[str, Any]) -> None:
    for case in vector["extension"]:
        depth, size = case["block_bits"], len(case["choices"]) // 2
        delta = int.from_bytes(bytes.fromhex(case["delta"]), "little")
        choices = int.from_bytes(bytes.fromhex(case["choices"]), "little")
        t_rows, q_rows, corrections = [], [], []
        for tree, root in enumerate(case["roots"]):
            streams = [row_stream(leaf(bytes.fromhex(root), path, depth), size) for path in range(1 << depth)]
            block = delta >> (tree * depth) & ((1 << depth) - 1)
            corrections.append(xor(streams) ^ choices)
            for bit in range(depth):
                t = xor([stream for path, stream in enumerate(streams) if path >> bit & 1])
                # The party with the hole knows every leaf but the one at its block, where the factor is zero.
                q = xor([stream for path, stream in enumerate(streams) if (path ^ block) >> bit & 1])
                t_rows.append(t)
                q_rows.append(q ^ (corrections[-1] if block >> bit & 1 else 0))
        assert case["corrections"] == b"".join(value.to_bytes(size, "little") for value in corrections).hex()
        q_columns, t_columns = columns(q_rows, 8 * size), columns(t_rows, 8 * size)
        for index, (q_column, t_column) in enumerate(zip(q_columns, t_columns, strict=True)):
            assert q_column ^ t_column == (delta if choices >> index & 1 else 0)
        for name, table in (("q", q_columns), ("t", t_columns)):
            rows = [value.to_bytes(16, "little") for value in table]
            assert case[f"{name}_first"] == [row.hex() for row in rows[:4]]
            assert case[f"{name}_sha256"] == hashlib.sha256(b"".join(rows)).hexdigest()


def columns(rows: list[int], count: int) -> list[int]:
    return [sum((row >> index & 1) << place for place, row in enumerate(rows)) for index in range(count)]


# --- pads --------------------------------------------------------------------------------------------------------


class Hash:
    """H(x, i) = pi(pi(x) ^ i) ^ pi(x), one block of AES at a time."""

    def __init__(self, session: bytes) -> None:
        aes_key = hashlib.blake2b(b"imguard/ot-hash/v1\x00", key=session, digest_size=16).digest()
        self._aes = Cipher(algorithms.AES(aes_key), modes.ECB()).encryptor()

    def permute(self, value: int) -> int:
        return int.from_bytes(self._aes.update(value.to_bytes(16, "little")), "little")

    def pad(self, key: bytes, index: int, words: int) -> bytes:
        inner = self.permute(int.from_bytes(key, "little"))
        blocks = [self.permute(inner ^ (index + (block << 64))) ^ inner for block in range((words + 1) // 2)]
        return b"".join(block.to_bytes(16, "little") for block in blocks)[: 8 * words]


def check_pads(vector: dict[str, Any]) -> None:
    for case in vector["pads"]:
        function = Hash(bytes.fromhex(case["session"]))
        keys = [bytes.fromhex(value) for value in case["keys"]]
        found = [function.pad(value, case["start"] + row, case["words"]).hex() for row, value in enumerate(keys)]
        assert case["pads"] == found


def check_accumulated(vector: dict[str, Any]) -> None:
    count = vector["accumulated"]["count"]
    function = Hash(bytes.fromhex(vector["pads"][0]["session"]))
    raw = hashlib.shake_256(b"accumulated|" + (1).to_bytes(8, "little")).digest(16 * count)
    total = hashlib.sha256()
    for row in range(count):
        total.update(function.pad(raw[16 * row : 16 * row + 16], 2**32 - count // 2 + row, 4))
    assert vector["accumulated"]["sha256"] == total.hexdigest()


CHECKS = (check_base_ot, check_trees, check_extension, check_silent, check_pads, check_accumulated)


def main() -> None:
    vector = json.loads(VECTORS.read_text(encoding="utf-8"))
    for check in CHECKS:
        check(vector)
    print(f"{VECTORS.name}: all checks passed")


if __name__ == "__main__":
    main()
