"""Where a node keeps its blobs: files in its folder, or an IPFS node besides, as the settings say.

An address tells where its blob is. So after a change of the setting new blobs go to the new place, and the old ones are
still found in the old one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from common.config import Settings
from common.crypto.rng import RandomSource
from common.errors import ConfigError
from common.net.endpoint import Endpoint, EndpointFiles, parse_endpoint
from server_node.storage.blobs import BlobFiles, Blobs
from server_node.storage.ipfs.cid import FORM
from server_node.storage.ipfs.store import IpfsBlobs

FILES: Final = "files:"
_SETTING: Final = "blobs_url"
_MIB: Final = 1 << 20


class BlobPlaces:
    """Puts blobs where the settings say, and finds each where its address says."""

    def __init__(self, files: BlobFiles, ipfs: IpfsBlobs | None = None) -> None:
        self._files, self._ipfs = files, ipfs
        self._chosen: Blobs = ipfs or files

    def require_room(self, size: int) -> None:
        self._chosen.require_room(size)

    def put(self, data: bytes) -> str:
        return self._chosen.put(data)

    def get(self, address: str) -> bytes:
        return self._of(address).get(address)

    def holds(self, address: str) -> bool:
        return self._of(address).holds(address)

    def delete(self, address: str) -> None:
        self._of(address).delete(address)

    def sweep(self, known: set[str]) -> int:
        return self._files.sweep(known) + (self._ipfs.sweep(known) if self._ipfs is not None else 0)

    def tend(self) -> None:
        self._chosen.tend()

    async def check(self) -> str:
        return await self._chosen.check()

    def close(self) -> None:
        self._chosen.close()

    def _of(self, address: str) -> Blobs:
        if not FORM.fullmatch(address):
            return self._files
        if self._ipfs is None:
            raise ConfigError(f"A blob is in an IPFS node, and the setting {_SETTING!r} names none.", setting=_SETTING)
        return self._ipfs


def open_blobs(root: Path, node: Path, settings: Settings, rng: RandomSource) -> BlobPlaces:
    """The blobs below ``root`` of the node in the folder ``node``; nobody is asked yet.

    Raises:
        ConfigError: the setting cannot be used.
    """
    reserve = settings["disk_reserve_mib"] * _MIB
    files = BlobFiles(root / "blobs", reserve, rng)
    if settings[_SETTING] == FILES:
        return BlobPlaces(files)
    return BlobPlaces(files, IpfsBlobs(root / "ipfs", blobs_endpoint(node, settings), reserve))


def blobs_endpoint(folder: Path, settings: Settings) -> Endpoint:
    """Where the IPFS node is.

    Raises:
        ConfigError: not a URL of one, or a password would cross the network in clear.
    """
    secret, certificates = settings["blobs_password_file"], settings["blobs_ca_file"]
    files = EndpointFiles(folder / secret if secret else None, folder / certificates if certificates else None)
    found = parse_endpoint(_SETTING, settings[_SETTING], ("ipfs+http", "ipfs+https"), files)
    if found.path:
        raise ConfigError(f"Setting {_SETTING!r} must end after the port.", setting=_SETTING)
    if found.scheme == "ipfs+http" and not found.is_local:
        raise ConfigError(f"Setting {_SETTING!r} needs ipfs+https: for another machine.", setting=_SETTING)
    return found
