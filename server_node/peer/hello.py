"""The first words on each connection between two workers (``docs/specs/wire-v1.md``, section 2.2)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from common.errors import PeerMismatch
from common.ids import Party

HELLO_VERSION: Final = 3
MAX_LANES: Final = 16
_FORM: Final = struct.Struct("<HBBBB16s32s")
HELLO_BYTES: Final = _FORM.size
VERSION_BYTES: Final = 2
MEETING_BYTES: Final = 16
"""Drawn by party 1 for all its connections, so that those of a worker that died while meeting are told apart."""


@dataclass(frozen=True)
class Hello:
    """Who speaks, in which direction of which link of which meeting; how many lanes it wants; what it computes."""

    party: Party
    direction: Party
    link: int
    lanes: int
    meeting: bytes
    digest: bytes

    def pack(self) -> bytes:
        """As it is sent."""
        return _FORM.pack(
            HELLO_VERSION, self.party, self.direction, self.link, self.lanes, self.meeting, self.digest
        )

    @classmethod
    def parse(cls, read: bytes) -> Hello:
        """Raises:
        PeerMismatch: no hello of this version, or a link that cannot be.
        """
        check_version(read)
        _, party, direction, link, lanes, meeting, digest = _FORM.unpack(read)
        if party > 1 or direction > 1 or lanes > MAX_LANES or link > lanes:
            raise PeerMismatch("The other server's greeting is damaged.")
        return cls(Party(party), Party(direction), link, lanes, meeting, digest)


def check_version(read: bytes | bytearray) -> None:
    """Raises:
    PeerMismatch: the first bytes of a hello name another version.
    """
    version = int.from_bytes(read[:VERSION_BYTES], "little")
    if version != HELLO_VERSION:
        raise PeerMismatch(f"The other server's worker speaks version {version} of the link, this one {HELLO_VERSION}.")
