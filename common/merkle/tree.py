"""The Merkle tree of RFC 6962 / RFC 9162 over SHA-256: leaf and node hashes, roots, and two ways of holding a tree.

Leaves and inner nodes are hashed with different first bytes, so that neither can be passed off as the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from common.errors import BadInput

HASH_BYTES: Final = 32
_LEAF_PREFIX: Final = b"\x00"
_NODE_PREFIX: Final = b"\x01"
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """``SHA-256(0x00 || entry)``, 32 bytes."""
    return hashlib.sha256(_LEAF_PREFIX + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """``SHA-256(0x01 || left || right)``, 32 bytes."""
    return hashlib.sha256(_NODE_PREFIX + left + right).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Root over leaf hashes (32 bytes each); no leaves give ``SHA-256("")``."""
    tree = CompactTree()
    tree.extend(leaves)
    return tree.root()


class NodeSource(Protocol):
    """A tree whose complete subtrees can be looked up: all that proofs need."""

    @property
    def size(self) -> int:
        """Number of leaves."""

    def node(self, level: int, index: int) -> bytes:
        """Hash of the complete subtree over leaves ``index * 2**level`` to ``(index + 1) * 2**level - 1``."""


def range_root(source: NodeSource, start: int, end: int) -> bytes:
    """Root over the leaves ``start`` to ``end - 1``, as a subtree of RFC 6962 has them.

    ``start`` must be a multiple of the smallest power of two that is not below ``end - start``.
    """
    count = end - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return source.node(level, start >> level)
    middle = start + split_point(count)
    return node_hash(range_root(source, start, middle), range_root(source, middle, end))


def split_point(count: int) -> int:
    """The largest power of two below ``count`` (``count`` >= 2)."""
    return 1 << ((count - 1).bit_length() - 1)


class CompactTree:
    """Only the complete subtrees on the right edge: appends and roots in O(log n) time and memory."""

    def __init__(self) -> None:
        self._size = 0
        self._peaks: list[bytes] = []

    @property
    def size(self) -> int:
        return self._size

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash (32 bytes)."""
        _check_hash(leaf)
        node, size = leaf, self._size
        while size & 1:
            node = node_hash(self._peaks.pop(), node)
            size >>= 1
        self._peaks.append(node)
        self._size += 1

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes in order."""
        for leaf in leaves:
            self.append(leaf)

    def root(self) -> bytes:
        """Root over everything appended so far, 32 bytes."""
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def copy(self) -> CompactTree:
        """An independent tree with the same leaves."""
        other = CompactTree()
        other._size, other._peaks = self._size, list(self._peaks)
        return other


class MerkleTree:
    """Every complete subtree, one flat byte string a level (64 bytes a leaf in all): a :class:`NodeSource`."""

    def __init__(self) -> None:
        self._levels: list[bytearray] = [bytearray()]

    @property
    def size(self) -> int:
        return len(self._levels[0]) // HASH_BYTES

    def append(self, leaf: bytes) -> int:
        """Add one leaf hash (32 bytes); gives its index."""
        _check_hash(leaf)
        index = self.size
        node, level, position = leaf, 0, index
        self._levels[0] += node
        while position & 1:
            node = node_hash(self.node(level, position - 1), node)
            level, position = level + 1, position >> 1
            if level == len(self._levels):
                self._levels.append(bytearray())
            self._levels[level] += node
        return index

    def node(self, level: int, index: int) -> bytes:
        """Hash of a complete subtree.

        Raises:
            BadInput: the subtree is not complete.
        """
        start = index * HASH_BYTES
        if level >= len(self._levels) or not 0 <= start < len(self._levels[level]):
            raise BadInput(f"The tree has no complete subtree {index} on level {level}.")
        return bytes(self._levels[level][start : start + HASH_BYTES])

    def root(self, size: int | None = None) -> bytes:
        """Root over the first ``size`` leaves (all of them by default), 32 bytes.

        Raises:
            BadInput: the tree never had that size.
        """
        size = self.size if size is None else size
        if not 0 <= size <= self.size:
            raise BadInput(f"The tree has {self.size} leaves, not {size}.")
        return range_root(self, 0, size) if size else EMPTY_ROOT

    def compact(self) -> CompactTree:
        """The right edge alone, to try out an append on."""
        tree, start = CompactTree(), 0
        for level in range(self.size.bit_length() - 1, -1, -1):
            if self.size >> level & 1:
                tree._peaks.append(self.node(level, start >> level))
                start += 1 << level
        tree._size = self.size
        return tree


def _check_hash(leaf: bytes) -> None:
    if len(leaf) != HASH_BYTES:
        raise BadInput(f"A leaf hash has {HASH_BYTES} bytes, not {len(leaf)}.")
