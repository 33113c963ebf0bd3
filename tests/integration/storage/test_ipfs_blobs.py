"""Blobs in a real IPFS node: what was put comes back verified; a wrong block and a lost node have different names."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from common.crypto.rng import SystemRandom
from common.errors import BlobsGone, DiskFull, StoreDamaged
from common.net.endpoint import Endpoint
from server_node.storage.ipfs import node, store
from server_node.storage.ipfs.cid import PIECE, cid_of
from server_node.storage.ipfs.node import IpfsNode
from server_node.storage.ipfs.store import IpfsBlobs
from tests.services.available import IPFS, need
from tests.services.gate import gate
from tests.services.own_ipfs import own_ipfs

RNG = SystemRandom()


def shared() -> Endpoint:
    """The node that all tests share; random content keeps them apart."""
    [url] = need(IPFS)
    parts = urlsplit(url)
    return Endpoint("ipfs+http", str(parts.hostname), int(parts.port or 0))


@contextmanager
def opened(folder: Path, endpoint: Endpoint | None = None) -> Iterator[tuple[IpfsBlobs, IpfsNode]]:
    """The store, and a view of the node beside it."""
    blobs, view = IpfsBlobs(folder, endpoint or shared()), IpfsNode(endpoint or shared())
    try:
        yield blobs, view
    finally:
        blobs.close()
        view.close()


def names(folder: Path, place: str) -> list[str]:
    return [path.name for path in (folder / place).iterdir()]


@pytest.mark.parametrize("size", [1, 40, PIECE, PIECE + 1, 4 * 1024 * 1024 + 28])
def test_blob_gets_the_address_that_was_computed_here(tmp_path: Path, size: int) -> None:
    data = RNG.token(size)
    with opened(tmp_path) as (blobs, view):
        address = blobs.put(data)
        assert address == cid_of(data) and len(address) == 59
        assert blobs.get(address) == data and blobs.holds(address) and view.is_pinned(address)
        assert blobs.put(data) == address
        assert names(tmp_path, "pins") == [address]


def test_deleted_blob_is_unpinned_when_the_node_is_asked_next(tmp_path: Path) -> None:
    with opened(tmp_path) as (blobs, view):
        kept, gone = blobs.put(RNG.token(100)), blobs.put(RNG.token(100))
        blobs.delete(gone)
        blobs.delete(gone)
        assert not blobs.holds(gone) and view.is_pinned(gone)
        blobs.tend()
        assert not view.is_pinned(gone) and view.is_pinned(kept)
        assert names(tmp_path, "doomed") == [] and names(tmp_path, "pins") == [kept]


def test_sweep_leaves_pins_of_others_alone(tmp_path: Path) -> None:
    with opened(tmp_path / "mine") as (blobs, view), opened(tmp_path / "others") as (others, _):
        kept, orphan, foreign = blobs.put(RNG.token(9)), blobs.put(RNG.token(9)), others.put(RNG.token(9))
        assert blobs.sweep({kept}) == 1
        blobs.tend()
        assert [view.is_pinned(address) for address in (kept, orphan, foreign)] == [True, False, True]


def test_block_that_was_never_there_is_missing_not_waited_for(tmp_path: Path) -> None:
    with opened(tmp_path) as (blobs, _):
        absent = cid_of(RNG.token(32))
        assert not blobs.holds(absent)
        with pytest.raises(StoreDamaged, match="does not have a block"):
            blobs.get(absent)


@pytest.mark.parametrize("address", ["", "ab" * 32, "../pins", "bafkrei" + "A" * 52, "zb2rhiNU6Jwbs5V7Xm6VJNFWmc6c7ZK"])
def test_other_addresses_are_asked_of_nobody(tmp_path: Path, address: str) -> None:
    with opened(tmp_path, Endpoint("ipfs+http", "127.0.0.1", 1)) as (blobs, _):
        for call in (blobs.get, blobs.holds, blobs.delete):
            with pytest.raises(StoreDamaged):
                call(address)


def test_nothing_longer_than_a_blob_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path) as (blobs, _):
        data = RNG.token(1000)
        address = blobs.put(data)
        monkeypatch.setattr(store, "MAX_BLOB", 999)
        with pytest.raises(ValueError, match="too long"):
            blobs.put(data)
        with pytest.raises(StoreDamaged, match="wrong block"):
            blobs.get(address)


def test_limit_of_the_node_is_known_before_an_upload(tmp_path: Path) -> None:
    with opened(tmp_path) as (blobs, view):
        blobs.require_room(view.room() + 1)
        blobs.tend()
        blobs.require_room(1)
        with pytest.raises(DiskFull):
            blobs.require_room(1 << 60)


async def test_lost_node_has_a_name_and_comes_back_by_itself(tmp_path: Path) -> None:
    async with gate(shared().port) as door:
        with opened(tmp_path, Endpoint("ipfs+http", "127.0.0.1", door.port)) as (blobs, view):
            kept, doomed = RNG.token(5000), RNG.token(10)
            address = await asyncio.to_thread(blobs.put, kept)
            unwanted = await asyncio.to_thread(blobs.put, doomed)
            assert await blobs.check() == "ok"
            await door.close()
            lost = RNG.token(20)
            questions: list[Callable[[], object]] = [
                lambda: blobs.put(lost), lambda: blobs.get(address), lambda: blobs.holds(address)
            ]  # fmt: skip
            for question in questions:
                with pytest.raises(BlobsGone) as gone:
                    await asyncio.to_thread(question)
                assert gone.value.is_temporary and gone.value.status == 503
            assert (await blobs.check()).startswith("The IPFS node does not answer")
            blobs.delete(unwanted)
            await asyncio.to_thread(blobs.tend)
            # What failed may have arrived all the same, so it is on the list, too.
            assert sorted(names(tmp_path, "doomed")) == sorted([unwanted, cid_of(lost)])
            await door.open()
            await asyncio.to_thread(blobs.tend)
            assert await asyncio.to_thread(view.is_pinned, unwanted) is False
            assert names(tmp_path, "doomed") == [cid_of(lost)]
            assert await asyncio.to_thread(blobs.get, address) == kept and await blobs.check() == "ok"


def test_what_may_still_arrive_stays_on_the_list_for_ten_minutes(tmp_path: Path) -> None:
    now = [0.0]
    blobs = IpfsBlobs(tmp_path, shared(), clock=lambda: now[0])
    late = cid_of(RNG.token(8))
    (tmp_path / "doomed" / late).touch()
    made = (tmp_path / "doomed" / late).stat().st_mtime
    for age, left in ((0.0, [late]), (600.0, [late]), (600.5, [])):
        now[0] = made + age
        blobs.tend()
        assert names(tmp_path, "doomed") == left
    blobs.close()


@pytest.mark.timeout(300)
def test_node_that_was_killed_still_has_every_block_and_a_damaged_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node, "_LOOK_SECONDS", 1)
    with own_ipfs(tmp_path) as server:
        with opened(tmp_path / "mine", Endpoint("ipfs+http", "127.0.0.1", server.port)) as (blobs, _):
            small, large = RNG.token(300), RNG.token(3 * PIECE)
            addresses = [blobs.put(small), blobs.put(large)]
            server.stop()
            with pytest.raises(BlobsGone):
                blobs.get(addresses[0])
            [block] = [path for path in server.blocks() if path.read_bytes() == small]
            server.start()
            assert [blobs.get(address) for address in addresses] == [small, large]
            assert blobs.holds(addresses[0]) and blobs.holds(addresses[1])
            block.write_bytes(small[:-1] + bytes([small[-1] ^ 1]))
            with pytest.raises(StoreDamaged, match="wrong block"):
                blobs.get(addresses[0])
            block.unlink()
            with pytest.raises(StoreDamaged, match="lost a block"):
                blobs.get(addresses[0])
            assert blobs.get(addresses[1]) == large
