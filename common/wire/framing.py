"""Frames of the link between two workers (``docs/specs/wire-v1.md``): a 16-byte header, then the body.

=======  =====  =========================================================
offset   bytes  meaning
=======  =====  =========================================================
0        2      ``IG``
2        2      version, little-endian, 1
4        8      step label: what this frame is and its place in the order
12       4      length of the body in bytes, little-endian
=======  =====  =========================================================

Both parties run the same protocol, so the receiver always knows the label and the length that must come next; anything
else is refused before a byte is allocated.
"""

from __future__ import annotations

import functools
import hashlib
import struct

from common.crypto.domains import STEP_LABEL_V1
from common.errors import BadFrame, WrongVersion

MAGIC = b"IG"
VERSION = 1
MAX_BODY = 1 << 30
_HEADER = struct.Struct("<2sHQI")
HEADER_BYTES = _HEADER.size


@functools.lru_cache(maxsize=4096)
def _step_tag(step: str) -> int:
    return int.from_bytes(hashlib.blake2b(f"{STEP_LABEL_V1}/{step}".encode(), digest_size=4).digest(), "little")


def label(step: str, position: int) -> int:
    """64-bit label: a tag of the step's name and the frame's position in its direction."""
    return _step_tag(step) << 32 | (position & 0xFFFFFFFF)


def encode_header(step: str, position: int, length: int) -> bytes:
    """Header of a frame.

    Raises:
        BadFrame: the body would be longer than the cap.
    """
    if length > MAX_BODY:
        raise BadFrame(f"A message of {length} bytes is longer than the protocol allows.")
    return _HEADER.pack(MAGIC, VERSION, label(step, position), length)


def check_header(header: bytes, step: str, position: int, length: int) -> None:
    """Raises:
    WrongVersion: the other side speaks another version.
    BadFrame: not the frame that must come next.
    """
    magic, version, found, size = _HEADER.unpack(header)
    if magic != MAGIC:
        raise BadFrame("The other server sent something that is not an ImageGuard message.")
    if version != VERSION:
        raise WrongVersion(f"The other server speaks wire version {version}, this one {VERSION}.")
    if found != label(step, position):
        raise BadFrame(f"The other server sent a message out of order at step {step!r}.", step=step)
    if size != length:
        raise BadFrame(f"The message at step {step!r} has {size} bytes instead of {length}.", step=step)
