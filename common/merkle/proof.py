"""Inclusion and consistency proofs (RFC 9162, sections 2.1.3 and 2.1.4): made from a tree, checked with hashes alone.

``check_*`` raise or return nothing: a result that could be ignored would be ignored.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Final

from common.errors import BadInput, LogTampered
from common.merkle.tree import EMPTY_ROOT, HASH_BYTES, NodeSource, node_hash, range_root, split_point

MAX_PROOF: Final = 64


def prove_inclusion(source: NodeSource, index: int, size: int) -> list[bytes]:
    """Hashes that lead from leaf ``index`` to the root over the first ``size`` leaves; the lowest first.

    Raises:
        BadInput: unless ``0 <= index < size <= source.size``.
    """
    if not 0 <= index < size <= source.size:
        raise BadInput(f"There is no entry {index} in a log of size {size}.", index=index, size=size)
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + split_point(end - start)
        if index < middle:
            path.append(range_root(source, middle, end))
            end = middle
        else:
            path.append(range_root(source, start, middle))
            start = middle
    return path[::-1]


def prove_consistency(source: NodeSource, first: int, second: int) -> list[bytes]:
    """Hashes that show that the log of size ``second`` begins with that of size ``first``; none from 0 or to itself.

    Raises:
        BadInput: unless ``0 <= first <= second <= source.size``.
    """
    if not 0 <= first <= second <= source.size:
        raise BadInput(f"There are no log sizes {first} and {second}.", first=first, second=second)
    if first in (0, second):
        return []
    path: list[bytes] = []
    start, end, is_whole = 0, second, True
    while first != end:
        middle = start + split_point(end - start)
        if first <= middle:
            path.append(range_root(source, middle, end))
            end = middle
        else:
            path.append(range_root(source, start, middle))
            start, is_whole = middle, False
    if not is_whole:
        path.append(range_root(source, start, end))
    return path[::-1]


def check_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the entry with this leaf hash stands at ``index`` in the tree of ``size`` leaves and this root.

    Raises:
        LogTampered: the proof does not show that.
    """
    if not 0 <= index < size:
        raise LogTampered(f"A log of size {size} has no entry {index}.", index=index, size=size)
    _check_form([leaf, root, *proof])
    node, position, last = leaf, index, size - 1
    for sibling in proof:
        if last == 0:
            raise LogTampered("The inclusion proof is too long.", index=index, size=size)
        if position & 1 or position == last:
            node = node_hash(sibling, node)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        position, last = position >> 1, last >> 1
    if last != 0 or not hmac.compare_digest(node, root):
        raise LogTampered("The inclusion proof does not lead to the root.", index=index, size=size)


def check_consistency(first: int, first_root: bytes, second: int, second_root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the tree of size ``second`` begins with the tree of size ``first``.

    Raises:
        LogTampered: the proof does not show that.
    """
    if not 0 <= first <= second:
        raise LogTampered(f"The log went back from size {first} to {second}.", first=first, second=second)
    _check_form([first_root, second_root, *proof])
    if first in (0, second):
        expected = EMPTY_ROOT if first == 0 else second_root
        if proof or not hmac.compare_digest(first_root, expected):
            raise LogTampered("The two checkpoints do not fit together.", first=first, second=second)
        return
    old, new = _climb(first, first_root, second, proof)
    if not (hmac.compare_digest(old, first_root) and hmac.compare_digest(new, second_root)):
        raise LogTampered("The consistency proof does not lead to both roots.", first=first, second=second)


def _climb(first: int, first_root: bytes, second: int, proof: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The two roots that a consistency proof leads to (RFC 9162, 2.1.4.2, steps 3 to 7)."""
    path = list(proof) if first & (first - 1) else [first_root, *proof]
    position, last = first - 1, second - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    if not path:
        raise LogTampered("The consistency proof is empty.", first=first, second=second)
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise LogTampered("The consistency proof is too long.", first=first, second=second)
        if position & 1 or position == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise LogTampered("The consistency proof is too short.", first=first, second=second)
    return old, new


def encode_proof(proof: Sequence[bytes]) -> list[str]:
    """The proof as JSON carries it: hexadecimal strings."""
    return [node.hex() for node in proof]


def decode_proof(value: object) -> list[bytes]:
    """The proof from its JSON form.

    Raises:
        LogTampered: not a list of at most 64 strings of 64 lower-case hexadecimal characters.
    """
    if not isinstance(value, list) or len(value) > MAX_PROOF:
        raise LogTampered("A proof is a list of at most 64 hashes.")
    return [decode_hash(item) for item in value]


def decode_hash(value: object) -> bytes:
    """32 bytes from 64 lower-case hexadecimal characters.

    Raises:
        LogTampered: anything else.
    """
    if not isinstance(value, str) or len(value) != 2 * HASH_BYTES or set(value) - set("0123456789abcdef"):
        raise LogTampered("A hash has 64 lower-case hexadecimal characters.")
    return bytes.fromhex(value)


def _check_form(hashes: Sequence[bytes]) -> None:
    if len(hashes) > MAX_PROOF + 2 or any(len(item) != HASH_BYTES for item in hashes):
        raise LogTampered("A proof has at most 64 hashes of 32 bytes.")
