"""This node's share chunks: checked against the signed manifest, opened, parsed, then kept encrypted.

A finished data set has a small index file beside the blobs, so that a worker reads its shares without a database.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from common.config import Settings
from common.crypto import domains
from common.crypto.rng import RandomSource, SystemRandom
from common.crypto.sealing import SealingKey
from common.errors import BadManifest, BadSignature, BlobsGone, StoreDamaged
from common.ids import DatasetId, Party
from common.net.files import write_private
from common.net.identity import NodeIdentity
from common.sharing.bundle import Chunk, parse_chunk
from common.sharing.manifest import Manifest, verify_manifest
from server_node.settings import load
from server_node.storage.blobs import Blobs
from server_node.storage.places import open_blobs
from server_node.storage.vault import Vault

_ID = re.compile(r"[0-9a-f]{64}")
_TEND_SECONDS = 30.0
_INDEX_KEYS = {"version", "dataset", "party", "key", "manifest", "addresses"}


class ShareStore:
    """The share side of a node's folder; methods block and need no event loop, unless they are coroutines."""

    def __init__(self, folder: Path, party: Party, sealing: SealingKey, vault: Vault, blobs: Blobs) -> None:
        self._index_root = folder / "index"
        self._index_root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._party, self._sealing, self._vault, self.blobs = party, sealing, vault, blobs

    async def require_answer(self) -> None:
        """Raises:
        BlobsGone: the store of the blobs cannot be used now.
        """
        said = await self.blobs.check()
        if said != "ok":
            raise BlobsGone(said)

    def new_key(self, dataset: DatasetId) -> bytes:
        """A fresh wrapped key for a data set that is going to be uploaded."""
        return self._vault.new_key(dataset)

    def save_chunk(self, dataset: DatasetId, manifest: Manifest, number: int, key: bytes, sealed: bytes) -> str:
        """Check, open, parse and store one sealed chunk; returns the address of its blob.

        Raises:
            ShareTampered: not the bytes the owner signed for; nothing was opened.
            BadSeal: not sealed for this node.
            BadBundle: opened, but not what the manifest says.
            DiskFull, BlobsGone: nothing was stored.
        """
        manifest.check_sealed(number, self._party, sealed)
        plain = self._sealing.open(domains.CHUNK_SEAL_V1, sealed)
        # There is one right header and one right length, so what parses is kept as it came.
        parse_chunk(plain, manifest.expectation(number, self._party))
        return self.blobs.put(self._vault.encrypt(key, dataset, str(number), plain))

    def write_index(self, dataset: DatasetId, document: dict[str, Any], key: bytes, addresses: Sequence[str]) -> None:
        """Make a complete data set readable by workers.

        Raises:
            DiskFull: no index was written.
        """
        index = {
            "version": 1,
            "dataset": dataset,
            "party": self._party.letter,
            "key": key.hex(),
            "manifest": document,
            "addresses": list(addresses),
        }
        write_private(self._index_path(dataset), json.dumps(index).encode())

    def delete(self, dataset: DatasetId, addresses: Sequence[str]) -> None:
        """Forget a data set; the key goes first."""
        self.forget_index(dataset)
        for address in addresses:
            self.blobs.delete(address)

    def forget_index(self, dataset: DatasetId) -> None:
        """Make a data set unreadable for workers; its index holds the wrapped key."""
        self._index_path(dataset).unlink(missing_ok=True)

    def sweep_indexes(self, complete: set[str]) -> int:
        """Remove every index, also a half-written one, of a data set that is not in ``complete``. Returns how many."""
        unwanted = [path for path in self._index_root.iterdir() if path.suffix != ".json" or path.stem not in complete]
        for path in unwanted:
            path.unlink(missing_ok=True)
        return len(unwanted)

    def iter_chunks(self, dataset: DatasetId) -> Iterator[Chunk]:
        """This party's chunks of a finished data set, in order; one is in memory at a time.

        Raises:
            StoreDamaged: index or blob is missing, damaged or belongs to another data set.
            BlobsGone: the store of the blobs does not answer.
        """
        key, addresses, manifest = self._read_index(dataset)
        for number, address in enumerate(addresses):
            plain = self._vault.decrypt(key, dataset, str(number), self.blobs.get(address))
            yield parse_chunk(plain, manifest.expectation(number, self._party))

    def _read_index(self, dataset: DatasetId) -> tuple[bytes, list[str], Manifest]:
        try:
            index = json.loads(self._index_path(dataset).read_text(encoding="utf-8"))
            if not isinstance(index, dict) or set(index) != _INDEX_KEYS or index["version"] != 1:
                raise ValueError("not an index")
            found, manifest = verify_manifest(index["manifest"])
            if (found, index["party"]) != (dataset, self._party.letter):
                raise ValueError("another data set or party")
            addresses = [str(address) for address in index["addresses"]]
            if len(addresses) != len(manifest.chunks):
                raise ValueError("chunks are missing")
            return bytes.fromhex(index["key"]), addresses, manifest
        except (OSError, ValueError, TypeError, BadManifest, BadSignature) as error:
            raise StoreDamaged("The index of a data set is missing or damaged.", dataset=dataset) from error

    def _index_path(self, dataset: DatasetId) -> Path:
        if not _ID.fullmatch(dataset):
            raise StoreDamaged("This is not the id of a data set.")
        return self._index_root / f"{dataset}.json"


def open_share_store(
    folder: Path, identity: NodeIdentity, settings: Settings | None = None, rng: RandomSource | None = None
) -> ShareStore:
    """The share store of the node in ``folder``; node and worker processes open it alike.

    Raises:
        ConfigError: the settings, read from the folder if they are not given, cannot be used.
    """
    rng = rng or SystemRandom()
    root = folder / "shares"
    blobs = open_blobs(root, folder, settings if settings is not None else load(folder), rng)
    return ShareStore(root, Party.from_letter(identity.role), identity.sealing, Vault(identity.storage_key, rng), blobs)


async def keep_tended(shares: ShareStore) -> None:
    """Look after the blobs as long as this runs."""
    while True:
        await asyncio.to_thread(shares.blobs.tend)
        await asyncio.sleep(_TEND_SECONDS)
