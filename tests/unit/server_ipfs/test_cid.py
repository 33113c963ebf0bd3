"""Addresses that IPFS nodes give to known bytes."""

from __future__ import annotations

import pytest

from server_node.storage.ipfs.cid import FORM, MAX_PIECES, PIECE, cid_of

# What `ipfs add --cid-version=1` says about the same bytes.
KNOWN = {
    "nothing": (b"", "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"),
    "one line": (b"hello\n", "bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am"),
    "one whole piece": (bytes(PIECE), "bafkreiekhhjkxu4ztk3tyng3er3ijhg56mb44oe3gwbgquhzu4afrg2ksa"),
    "one byte more": (bytes(PIECE + 1), "bafybeigllfqgfpqydppr6cmv56g7ax4wyhruzswvcefv6j5kj77nzttfki"),
    "a chunk of images": (
        bytes(range(256)) * 16384 + b"x" * 28,
        "bafybeib57likwg44y3rawz2j6lweejdlxtsifelky4f2slwlrkle23romi",
    ),
}


@pytest.mark.parametrize("name", KNOWN)
def test_address_of_known_bytes(name: str) -> None:
    data, address = KNOWN[name]
    assert cid_of(data) == address and FORM.fullmatch(address)


def test_one_changed_bit_changes_the_address() -> None:
    data = bytearray(PIECE * 2)
    addresses = {cid_of(bytes(data))}
    for position in (0, PIECE - 1, PIECE, 2 * PIECE - 1):
        data[position] ^= 1
        addresses.add(cid_of(bytes(data)))
    assert len(addresses) == 5


def test_more_than_one_layer_is_refused() -> None:
    assert len(cid_of(bytes(PIECE * MAX_PIECES))) == 59
    with pytest.raises(ValueError, match="too long"):
        cid_of(bytes(PIECE * MAX_PIECES + 1))
