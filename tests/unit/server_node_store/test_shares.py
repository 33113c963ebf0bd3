"""Share chunks on disk: refused before they are used, readable by a worker without a database."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from common.crypto import domains
from common.crypto.rng import SystemRandom
from common.crypto.sealing import SealingKey, seal
from common.crypto.signing import SigningKey
from common.errors import BadBundle, BadSeal, ShareTampered, StoreDamaged
from common.ids import DatasetId, Party
from common.sharing import manifest
from common.sharing.share_chunk import ChunkExpectation, ChunkLayout, write_chunk
from server_node.storage.blobs import BlobFiles
from server_node.storage.vault import Vault
from server_node.store.shares import ShareStore

RNG = SystemRandom()
NODES = {party: SealingKey.from_bytes(bytes([party + 1]) * 32) for party in Party}
OWNER = SigningKey.from_bytes(bytes(32))
SEED = b"s" * 32


def split(plain: bytes | None = None, to: Party = Party.P0) -> tuple[DatasetId, dict[str, Any], bytes]:
    """A data set of one chunk: id, signed manifest and the sealed chunk of server A."""
    about = manifest.Description(
        name="films", shape=(2, 2, 1), bits=8, ring_bits=16, classes=("well", "ill"), owner="alice",
        owner_key=OWNER.verify_key, created="2026-01-01T00:00:00Z", nonce="00" * 16, visibility="private",
        shared_with=(), tags=(), description="", seal_keys=(NODES[Party.P0].public, NODES[Party.P1].public),
    )  # fmt: skip
    layout = ChunkExpectation(about.layout, bytes(16), Party.P0, 0, 3)
    other = ChunkExpectation(about.layout, bytes(16), Party.P1, 0, 3)
    sealed = seal(NODES[to].public, domains.CHUNK_SEAL_V1, plain or write_chunk(layout, SEED))
    entry = manifest.ChunkEntry(3, ref(sealed), manifest.SealedRef("00" * 32, other.sealed_size))
    body = manifest.build(about, (entry,))
    return manifest.dataset_id(body), manifest.sign_manifest(body, OWNER), sealed


def ref(sealed: bytes) -> manifest.SealedRef:
    return manifest.SealedRef(hashlib.sha256(sealed).hexdigest(), len(sealed))


@pytest.fixture
def store(tmp_path: Path) -> ShareStore:
    vault = Vault(bytes(32), RNG)
    return ShareStore(tmp_path, Party.P0, NODES[Party.P0], vault, BlobFiles(tmp_path / "blobs"))


def save(store: ShareStore, dataset: DatasetId, document: dict[str, Any], sealed: bytes) -> None:
    key = store.new_key(dataset)
    address = store.save_chunk(dataset, manifest.validate(document["body"]), 0, key, sealed)
    store.write_index(dataset, document, key, [address])


def test_saved_chunks_are_read_back_parsed(store: ShareStore) -> None:
    dataset, document, sealed = split()
    save(store, dataset, document, sealed)
    [chunk] = store.iter_chunks(dataset)
    assert bytes(chunk.payload) == SEED and chunk.expect.count == 3
    assert chunk.pixels_share().shape == (3, 2, 2, 1) and chunk.labels_share().shape == (3, 2)


def test_changed_chunk_is_refused_before_it_is_opened(store: ShareStore, tmp_path: Path) -> None:
    dataset, document, sealed = split()
    for position in range(0, len(sealed), 7):
        damaged = bytearray(sealed)
        damaged[position] ^= 1
        with pytest.raises(ShareTampered):
            save(store, dataset, document, bytes(damaged))
    with pytest.raises(ShareTampered):
        save(store, dataset, document, sealed + b"\x00")
    assert not any(path.is_file() for path in tmp_path.rglob("*"))


def test_chunk_for_the_other_server_is_refused(store: ShareStore) -> None:
    with pytest.raises(BadSeal):
        save(store, *split(to=Party.P1))


def test_chunk_of_another_place_is_refused(store: ShareStore) -> None:
    layout = ChunkLayout((2, 2, 1), 2, 16)
    for changed in ({"index": 2}, {"count": 2}, {"nonce": b"n" * 16}, {"party": Party.P1, "index": 1}):
        fields: dict[str, Any] = {"nonce": bytes(16), "party": Party.P0, "index": 0, "count": 3, **changed}
        with pytest.raises(BadBundle):
            save(store, *split(write_chunk(ChunkExpectation(layout, **fields), SEED)))


def test_deleted_data_set_cannot_be_read(store: ShareStore, tmp_path: Path) -> None:
    dataset, document, sealed = split()
    save(store, dataset, document, sealed)
    [address] = [path.name for path in (tmp_path / "blobs").glob("??/*")]
    store.delete(dataset, [address])
    with pytest.raises(StoreDamaged):
        list(store.iter_chunks(dataset))
    assert not any(path.is_file() for path in tmp_path.rglob("*"))


def test_damaged_index_is_named(store: ShareStore, tmp_path: Path) -> None:
    dataset, document, sealed = split()
    save(store, dataset, document, sealed)
    path = tmp_path / "index" / f"{dataset}.json"
    good = json.loads(path.read_text())
    bad: list[Any] = [
        [],
        {},
        {**good, "version": 2},
        {**good, "dataset": "ab" * 32, "manifest": {}},
        {**good, "party": "b"},
        {**good, "addresses": []},
        {**good, "addresses": ["../../x"]},
        {**good, "addresses": ["ab" * 32]},
        {**good, "key": "00"},
        {**good, "key": "zz"},
        {**good, "manifest": {**document, "signature": "00" * 64}},
    ]
    for index in bad:
        path.write_text(json.dumps(index))
        with pytest.raises(StoreDamaged):
            list(store.iter_chunks(dataset))
    path.write_text("{")
    with pytest.raises(StoreDamaged):
        list(store.iter_chunks(dataset))
    with pytest.raises(StoreDamaged):
        list(store.iter_chunks(DatasetId("../" + dataset)))


def test_swapped_data_sets_are_noticed(store: ShareStore, tmp_path: Path) -> None:
    dataset, document, sealed = split()
    save(store, dataset, document, sealed)
    other = DatasetId("ab" * 32)
    (tmp_path / "index" / f"{dataset}.json").rename(tmp_path / "index" / f"{other}.json")
    with pytest.raises(StoreDamaged):
        list(store.iter_chunks(other))
