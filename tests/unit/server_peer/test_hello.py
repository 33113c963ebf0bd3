"""The first words between two workers: their bytes, and what is refused."""

from __future__ import annotations

import pytest

from common.errors import PeerMismatch
from common.ids import Party
from server_node.peer.hello import HELLO_BYTES, MAX_LANES, Hello, check_version

MINE = Hello(Party.P1, Party.P0, 2, 3, bytes(range(16)), bytes(range(32)))
WRITTEN = "030001000203" + bytes(range(16)).hex() + bytes(range(32)).hex()


def test_hello_has_the_bytes_of_the_specification() -> None:
    assert MINE.pack().hex() == WRITTEN
    assert len(MINE.pack()) == HELLO_BYTES == 54
    assert Hello.parse(bytes.fromhex(WRITTEN)) == MINE


@pytest.mark.parametrize(
    ("place", "value"),
    [(0, 2), (0, 4), (1, 1), (2, 2), (3, 2), (4, 4), (5, MAX_LANES + 1), (5, 1)],
    ids=["old", "new", "far", "party", "direction", "link", "lanes", "fewer lanes"],
)
def test_hello_that_cannot_be_is_refused(place: int, value: int) -> None:
    read = bytearray(MINE.pack())
    read[place] = value
    with pytest.raises(PeerMismatch):
        Hello.parse(bytes(read))


def test_hello_of_another_version_is_named() -> None:
    with pytest.raises(PeerMismatch, match="speaks version 2 of the link, this one 3"):
        check_version(b"\x02\x00")
