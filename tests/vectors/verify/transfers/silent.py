"""The part of the second implementation about silent rounds: whole trees by recursion, the code row by row."""

from __future__ import annotations

import hashlib
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

LOCALITY, SPARE = 10, 128
Set = tuple[int, int, int]


def blocks(data: bytes) -> list[int]:
    return [int.from_bytes(data[at : at + 16], "little") for at in range(0, len(data), 16)]


def stream(key: bytes, size: int) -> bytes:
    """AES-128 in counter mode from zero."""
    aes = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return b"".join(aes.update(number.to_bytes(16, "big")) for number in range(-(-size // 16)))[:size]


def derive(session: bytes, tag: bytes, number: int) -> bytes:
    return hashlib.blake2b(tag + b"\0" + number.to_bytes(4, "little"), key=session, digest_size=16).digest()


class Tree:
    """One tree with all its nodes; children of x are H(x) and x ^ H(x)."""

    def __init__(self, key: bytes, left: int, delta: int, depth: int) -> None:
        self._aes = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
        self.levels = [[left, left ^ delta]]
        while len(self.levels) < depth:
            self.levels.append([child for node in self.levels[-1] for child in self._children(node)])

    def _children(self, node: int) -> tuple[int, int]:
        low, high = node & (2**64 - 1), node >> 64
        turned = high | (high ^ low) << 64
        made = int.from_bytes(self._aes.update(turned.to_bytes(16, "little")), "little") ^ turned
        return made, node ^ made

    def left_sum(self, level: int) -> int:
        total = 0
        for node in self.levels[level][::2]:
            total ^= node
        return total


def reserve_of(one: Set) -> int:
    trees, log_secret, depth = one
    return (1 << log_secret) + trees * depth + SPARE


def play_round(case: Set, session: bytes, number: int, delta: int, q: list[int], x: list[int]) -> Any:
    """(message of the round, q of its outputs, choices of its outputs); ``x`` are the choices of the reserve."""
    trees, log_secret, depth = case
    secret, block = 1 << log_secret, 1 << depth
    keys = stream(derive(session, b"imguard/silent-tree/v1", number), 16 * trees)
    code = stream(derive(session, b"imguard/silent-code/v1", number), 4 * LOCALITY * trees * block)
    message, outputs, choices = b"", [], []
    for tree in range(trees):
        at = secret + tree * depth
        grown = Tree(keys[16 * tree : 16 * tree + 16], q[at], delta, depth)
        message += b"".join((q[at + f] ^ grown.left_sum(f)).to_bytes(16, "little") for f in range(1, depth))
        # The hole is where the receiver never knows a node: at each level on the side that it did not choose.
        hole = sum((1 - x[at + f]) << (depth - 1 - f) for f in range(depth))
        outputs += [leaf & ~1 for leaf in grown.levels[-1]]
        choices += [int(place == hole) for place in range(block)]
    for row in range(trees * block):
        for j in range(LOCALITY):
            word = 4 * (LOCALITY * row + j)
            index = int.from_bytes(code[word : word + 4], "little") % secret
            outputs[row] ^= q[index]
            choices[row] ^= x[index]
    return message, outputs, choices


def check_silent(vector: dict[str, Any]) -> None:
    case = vector["silent"]
    session = bytes.fromhex(case["session"]) + bytes([case["receiver"]])
    delta = int.from_bytes(bytes.fromhex(case["delta"]), "little")
    first, wanted = (tuple(one) for one in case["sets"])
    assert delta & 1 and reserve_of(wanted) > 2 * reserve_of(first)
    bits = int.from_bytes(bytes.fromhex(case["start_choices"]), "little")
    q = [value & ~1 for value in blocks(bytes.fromhex(case["start_q"]))]
    x = [bits >> index & 1 for index in range(len(q))]
    made_q: list[int] = []
    made_x: list[int] = []
    for number, sums in enumerate(case["sums"]):
        one = wanted if number else first
        message, outputs, choices = play_round(one, session, number, delta, q, x)
        found = {"bytes": len(message), "first": message[:16].hex(), "sha256": hashlib.sha256(message).hexdigest()}
        assert sums == found
        kept = reserve_of(wanted)
        q, x = outputs[-kept:], choices[-kept:]
        made_q, made_x = made_q + outputs[:-kept], made_x + choices[:-kept]
    total = 64 * sum(case["calls"])
    assert len(made_q) >= total > len(made_q) - (len(outputs) - kept), "a round too many, or one too few"
    wishes = int.from_bytes(bytes.fromhex(case["choices"]), "little")
    flips = int.from_bytes(bytes.fromhex("".join(case["flips"])), "little")
    assert flips == wishes ^ sum(bit << index for index, bit in enumerate(made_x[:total]))
    t_rows = [made_q[index] ^ (delta if made_x[index] else 0) for index in range(total)]
    q_rows = [made_q[index] ^ (delta if flips >> index & 1 else 0) for index in range(total)]
    for index in range(total):
        assert q_rows[index] ^ t_rows[index] == (delta if wishes >> index & 1 else 0)
    for name, table in (("q", q_rows), ("t", t_rows)):
        rows = [value.to_bytes(16, "little") for value in table]
        assert case[f"{name}_first"] == [row.hex() for row in rows[:4]]
        assert case[f"{name}_sha256"] == hashlib.sha256(b"".join(rows)).hexdigest()
