"""From images to what lies on the disks of both nodes: the product's splitter, seals and share stores."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from common.crypto.sealing import SealingKey
from common.crypto.signing import SigningKey
from common.ids import DatasetId, Party
from common.sharing import manifest
from common.sharing.share_chunk import Chunk
from desktop_client.offline_plugin.split import ChunkSplitter, SealedChunk
from server_node.storage.blobs import BlobFiles
from server_node.storage.vault import Vault
from server_node.store.shares import ShareStore
from tests.helpers.seeded import SeededRandom

CLASSES = ("dark", "bright")


@dataclass
class StoredSet:
    """A data set at both nodes."""

    dataset: DatasetId
    stores: tuple[ShareStore, ShareStore]
    folders: tuple[Path, Path]

    def chunks(self, party: Party) -> list[Chunk]:
        """What the node opens with its own keys."""
        return list(self.stores[party].iter_chunks(self.dataset))

    def pixels(self, party: Party) -> npt.NDArray[Any]:
        """This node's share of every image, in the order of the store."""
        return np.concatenate([chunk.pixels_share() for chunk in self.chunks(party)])

    def labels(self, party: Party) -> npt.NDArray[Any]:
        return np.concatenate([chunk.labels_share() for chunk in self.chunks(party)])

    def files(self, party: Party) -> list[bytes]:
        """Every blob as it lies on the disk."""
        blobs = self.folders[party] / "shares" / "blobs"
        return [path.read_bytes() for path in sorted(blobs.rglob("*")) if path.is_file()]


def store_images(root: Path, images: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64], name: str) -> StoredSet:
    """Split, seal, and store at both nodes; images keep their order here."""
    rng = SeededRandom(name)
    owner = SigningKey.generate(rng)
    seals = (SealingKey.generate(rng), SealingKey.generate(rng))
    about = manifest.Description(
        name=name, shape=images.shape[1:], bits=8, ring_bits=16, classes=CLASSES, owner="alice",
        owner_key=owner.verify_key, created="2026-01-01T00:00:00Z", nonce=rng.token(16).hex(), visibility="private",
        shared_with=(), tags=(), description="", seal_keys=(seals[0].public, seals[1].public),
    )  # fmt: skip
    sealed: list[SealedChunk] = []
    with ChunkSplitter(about, rng, sealed.append) as splitter:
        for pixels, label in zip(images, labels, strict=True):
            splitter.add(pixels, int(label))
        splitter.finish()
    body = manifest.build(about, tuple(_entry(chunk) for chunk in sealed))
    document = manifest.sign_manifest(body, owner)
    dataset, checked = manifest.verify_manifest(document)
    folders, stores = (root / "node-a", root / "node-b"), []
    for party in Party:
        shares = folders[party] / "shares"
        blobs = BlobFiles(shares / "blobs", 0, rng)
        store = ShareStore(shares, party, seals[party], Vault(rng.token(32), rng), blobs)
        key = store.new_key(dataset)
        parts = [(chunk.a, chunk.b)[party] for chunk in sealed]
        addresses = [store.save_chunk(dataset, checked, number, key, part) for number, part in enumerate(parts)]
        store.write_index(dataset, document, key, addresses)
        stores.append(store)
    return StoredSet(dataset, (stores[0], stores[1]), folders)


def _entry(chunk: SealedChunk) -> manifest.ChunkEntry:
    refs = [manifest.SealedRef(hashlib.sha256(part).hexdigest(), len(part)) for part in (chunk.a, chunk.b)]
    return manifest.ChunkEntry(chunk.count, refs[0], refs[1])
