"""The address an IPFS node must give to a blob, computed here: CID version 1, SHA-256, raw leaves of 256 KiB.

One leaf is its own address; several are the children of one UnixFS node, in the order of the bytes (IPFS
specifications: CID, DAG-PB, UnixFS). Every node that adds a file with these parameters comes to the same address.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b32encode
from typing import Final

PIECE: Final = 256 * 1024
MAX_PIECES: Final = 174
"""Links that one UnixFS node takes before there is a second layer."""
FORM: Final = re.compile(r"baf(?:kre|ybe)[a-z2-7]{53}")
_RAW, _DAG_PB = 0x55, 0x70
_SHA2_256 = b"\x12\x20"
_FILE = 2
_NUMBER, _BYTES = 0, 2


def cid_of(data: bytes) -> str:
    """The address of a blob, 59 characters.

    Raises:
        ValueError: longer than ``PIECE`` times ``MAX_PIECES``.
    """
    view = memoryview(data)
    pieces = [view[start : start + PIECE] for start in range(0, len(data), PIECE)] or [view]
    if len(pieces) > MAX_PIECES:
        raise ValueError("this is too long for a blob")
    leaves = [_cid(_RAW, piece) for piece in pieces]
    if len(leaves) == 1:
        return _text(leaves[0])
    sizes = [len(piece) for piece in pieces]
    links = b"".join(_field(2, _link(leaf, size)) for leaf, size in zip(leaves, sizes, strict=True))
    return _text(_cid(_DAG_PB, links + _field(1, _file(sizes))))


def _link(leaf: bytes, size: int) -> bytes:
    """PBLink {Hash, Name, Tsize}; a piece of a file has no name."""
    return _field(1, leaf) + _field(2, b"") + _number(3, size)


def _file(sizes: list[int]) -> bytes:
    """UnixFS Data {Type, filesize, blocksizes}."""
    return _number(1, _FILE) + _number(3, sum(sizes)) + b"".join(_number(4, size) for size in sizes)


def _cid(codec: int, block: bytes | memoryview) -> bytes:
    return bytes((1, codec)) + _SHA2_256 + hashlib.sha256(block).digest()


def _text(cid: bytes) -> str:
    """Multibase base32, lower case, no padding."""
    return "b" + b32encode(cid).decode("ascii").lower().rstrip("=")


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | _BYTES) + _varint(len(content)) + content


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3 | _NUMBER) + _varint(value)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
