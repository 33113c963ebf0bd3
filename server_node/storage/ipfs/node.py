"""What is asked of an IPFS node over its HTTP RPC interface: add and pin, cat, unpin, how it is.

Everything blocks, and is meant for threads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import urllib3
from urllib3.exceptions import HTTPError, ProtocolError

from common.errors import BlobsGone, DiskFull, StoreDamaged
from common.net.endpoint import Endpoint
from server_node.storage.ipfs.cid import PIECE

_CONNECT_SECONDS, _READ_SECONDS = 3.0, 30.0
_LOOK_SECONDS = 15
"""How long the node itself looks for a block before it says that it has none."""
_MAX_ANSWER: Final = 64 * 1024
_MAX_MESSAGE: Final = 300
_MISSING: Final = re.compile(r"not found|timed out|deadline exceeded|could not find|no such file", re.IGNORECASE)
_NOT_PINNED: Final = re.compile(r"not pinned", re.IGNORECASE)
_FULL: Final = re.compile(r"no space left|ENOSPC|quota exceeded|maximum storage", re.IGNORECASE)
# What makes two nodes come to the same address; see cid.py.
_ADD: Final = {
    "cid-version": "1",
    "hash": "sha2-256",
    "raw-leaves": "true",
    "chunker": f"size-{PIECE}",
    "trickle": "false",
    "wrap-with-directory": "false",
    "pin": "true",
    "progress": "false",
    "quieter": "true",
    "cid-base": "base32",
}


class IpfsNode:
    """Connections to one IPFS node; may be used by several threads at once."""

    def __init__(self, endpoint: Endpoint) -> None:
        scheme = endpoint.scheme.removeprefix("ipfs+")
        self._url = f"{scheme}://{endpoint.authority}/api/v0/"
        self._headers: Mapping[str, str] = {}
        if endpoint.user or endpoint.password:
            self._headers = urllib3.make_headers(basic_auth=f"{endpoint.user}:{endpoint.password}")
        self._pool = urllib3.PoolManager(
            maxsize=8,
            retries=False,
            timeout=urllib3.Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS),
            ca_certs=None if endpoint.ca_file is None else str(endpoint.ca_file),
        )

    def close(self) -> None:
        self._pool.clear()

    def add(self, data: bytes) -> str:
        """Store and pin ``data``; returns the address the node gave it.

        Raises:
            BlobsGone: the node cannot be asked, or does not know what it did.
            DiskFull: it has no room.
        """
        answer = self._ask("add", _ADD, _MAX_ANSWER, data)
        if not answer.is_good:
            raise answer.refusal()
        return str(answer.facts.get("Hash"))

    def cat(self, cid: str, limit: int) -> bytes:
        """The bytes at an address, at most ``limit`` of them; they are not verified here.

        Raises:
            StoreDamaged: the node has no such bytes.
            BlobsGone: it cannot be asked.
        """
        # A node with peers asks all of them for what it does not have; what is not pinned need not be looked for.
        if not self.is_pinned(cid):
            raise StoreDamaged("The IPFS node does not have a block that it was given.", address=cid)
        parameters = {"arg": cid, "length": str(limit), "timeout": f"{_LOOK_SECONDS}s"}
        answer = self._ask("cat", parameters, limit)
        if not answer.is_good and _MISSING.search(answer.message):
            raise StoreDamaged("The IPFS node lost a block that it had promised to keep.", address=cid)
        if not answer.is_good:
            raise answer.refusal()
        return answer.body

    def is_pinned(self, cid: str) -> bool:
        """Whether the node promises to keep what is at this address.

        Raises:
            BlobsGone: it cannot be asked.
        """
        answer = self._ask("pin/ls", {"arg": cid, "type": "recursive"}, _MAX_ANSWER)
        if not answer.is_good and not _NOT_PINNED.search(answer.message):
            raise answer.refusal()
        return answer.is_good

    def unpin(self, cid: str) -> bool:
        """Let the node forget an address whenever it next makes room; whether it was pinned.

        Raises:
            BlobsGone: it cannot be asked.
        """
        answer = self._ask("pin/rm", {"arg": cid, "recursive": "true"}, _MAX_ANSWER)
        if not answer.is_good and not _NOT_PINNED.search(answer.message):
            raise answer.refusal()
        return answer.is_good

    def room(self) -> int:
        """Bytes that the node may still take by its own limit.

        Raises:
            BlobsGone: it cannot be asked.
        """
        answer = self._ask("repo/stat", {"size-only": "true"}, _MAX_ANSWER)
        try:
            return int(answer.facts["StorageMax"]) - int(answer.facts["RepoSize"])
        except (KeyError, TypeError, ValueError):
            raise answer.refusal() from None

    def name(self) -> str:
        """The peer id of the node.

        Raises:
            BlobsGone: it cannot be asked.
        """
        answer = self._ask("id", {}, _MAX_ANSWER)
        found = answer.facts.get("ID")
        if not isinstance(found, str):
            raise answer.refusal()
        return found

    def _ask(self, what: str, parameters: Mapping[str, str], limit: int, data: bytes | None = None) -> _Answer:
        """A body longer than ``limit`` is cut there, and no more of it is read."""
        try:
            return self._ask_once(what, parameters, limit, data)
        except ProtocolError:
            # Most likely a connection that was kept had been closed meanwhile. Asking again does no harm: everything
            # here can be done twice.
            pass
        try:
            return self._ask_once(what, parameters, limit, data)
        except ProtocolError as error:
            raise BlobsGone("The connection to the IPFS node broke.") from error

    def _ask_once(self, what: str, parameters: Mapping[str, str], limit: int, data: bytes | None) -> _Answer:
        fields = None if data is None else {"file": ("blob", data, "application/octet-stream")}
        url = f"{self._url}{what}?{urlencode(parameters)}"
        try:
            answer = self._pool.request(
                "POST", url, fields=fields, headers=self._headers, redirect=False, preload_content=False
            )
            body = _read(answer, limit)
        except ProtocolError:
            raise
        except (HTTPError, OSError) as error:
            raise BlobsGone(f"The IPFS node does not answer ({type(error).__name__}).") from error
        return _Answer(what, answer.status, body)


def _read(answer: urllib3.BaseHTTPResponse, limit: int) -> bytes:
    """At most ``limit`` bytes; a connection with more in it is given up, one that was read to its end is kept."""
    body = bytearray()
    while len(body) <= limit and (piece := answer.read(PIECE, decode_content=False)):
        body += piece
    if len(body) > limit:
        answer.close()
    return bytes(body[:limit])


@dataclass(frozen=True)
class _Answer:
    what: str
    status: int
    body: bytes

    @property
    def is_good(self) -> bool:
        return self.status == 200

    @property
    def facts(self) -> dict[str, Any]:
        """The last JSON object of the body: add says one for each file, the others say one."""
        try:
            found = json.loads(self.body.strip().rpartition(b"\n")[2])
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def message(self) -> str:
        """Why it was refused."""
        return str(self.facts.get("Message", ""))[:_MAX_MESSAGE]

    def refusal(self) -> BlobsGone | DiskFull:
        """What a bad answer means."""
        if _FULL.search(self.message):
            return DiskFull("The IPFS node has no room left.")
        return BlobsGone(f"The IPFS node could not do {self.what}: {self.message or f'status {self.status}'}.")
