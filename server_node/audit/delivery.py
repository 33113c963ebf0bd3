"""One delivery to the log node: hand the events over and believe nothing of the answer that cannot be checked.

→ POST /v1/entries {documents}          over TLS, with this node's certificate
← {entries: [{index, leaf_hash, proof}], checkpoint}
→ GET /v1/proof/consistency             from the size remembered to the one of the checkpoint
← {proof}
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

from common.errors import (
    AppError,
    BadInput,
    BadSignature,
    LogTampered,
    NodeUnreachable,
    TooLarge,
    UnknownCertificate,
    error_from_dict,
)
from common.merkle.checkpoint import Checkpoint
from common.merkle.entry import check_event
from common.merkle.proof import check_inclusion, decode_hash, decode_proof
from common.merkle.witness import Witness

MAX_ANSWER: Final = 4 * 1024 * 1024
_TIMEOUT: Final = aiohttp.ClientTimeout(total=60, sock_connect=10, sock_read=30)
_FOR_EVER: Final = (BadInput, BadSignature, TooLarge)


class EventRefused(Exception):
    """The log node will never take the event at ``position`` of the batch."""

    def __init__(self, position: int, error: AppError) -> None:
        super().__init__(str(error))
        self.position, self.error = position, error


@dataclass(frozen=True)
class LogNode:
    """The log node as another node reaches it."""

    url: str
    tls: ssl.SSLContext
    witness: Witness


class Courier:
    """Delivers batches over one HTTP session."""

    def __init__(self, session: aiohttp.ClientSession, node: LogNode) -> None:
        self._session = session
        self._node = node

    async def deliver(self, documents: Sequence[dict[str, Any]]) -> list[int]:
        """Hand events over; gives their positions once the log's checkpoint and every inclusion proof was verified.

        Raises:
            EventRefused: the log node names one event that it will never take; none of the batch was taken.
            LogFork, LogTampered, BadSignature: the log's answer is not honest.
            NodeUnreachable, UnknownCertificate: try again later.
            AppError: whatever else the log node refused with.
        """
        leaves = [check_event(document).leaf for document in documents]
        try:
            answer = await self._ask("POST", "/v1/entries", {"documents": list(documents)})
        except AppError as error:
            position = error.details.get("position")
            if isinstance(error, _FOR_EVER) and type(position) is int and 0 <= position < len(documents):
                raise EventRefused(position, error) from error
            raise
        entries, note = answer.get("entries"), answer.get("checkpoint")
        if not isinstance(note, str) or not isinstance(entries, list) or len(entries) != len(leaves):
            raise LogTampered("The log node confirmed something else than was sent.")
        checkpoint = await self._witness(note)
        return [
            _checked_position(entry, leaf, checkpoint.size, checkpoint.root)
            for entry, leaf in zip(entries, leaves, strict=True)
        ]

    async def _witness(self, note: str) -> Checkpoint:
        witness = self._node.witness
        # Threads, because it reads and flushes a file.
        offered, known = await asyncio.to_thread(lambda: (witness.read(note), witness.size))
        proof: object = []
        if 0 < known < offered.size:
            path = f"/v1/proof/consistency?first={known}&second={offered.size}"
            proof = (await self._ask("GET", path)).get("proof")
        return await asyncio.to_thread(witness.accept, note, decode_proof(proof))

    async def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        try:
            async with self._session.request(
                method, self._node.url + path, json=body, ssl=self._node.tls, allow_redirects=False
            ) as response:
                raw = await _read(response)
                status = response.status
        except aiohttp.ClientConnectorCertificateError as error:
            raise UnknownCertificate("The certificate of the log node was not issued for this deployment.") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise NodeUnreachable(f"The log node does not answer: {type(error).__name__}.") from error
        try:
            answer = json.loads(raw)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise NodeUnreachable("What answers at the log node's address is no log node.", status=status)
        if status >= 300:
            raise error_from_dict(answer.get("error"))
        return answer


@asynccontextmanager
async def connect(node: LogNode) -> AsyncIterator[Courier]:
    """A courier with a session of its own."""
    async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
        yield Courier(session, node)


def _checked_position(entry: object, leaf: bytes, size: int, root: bytes) -> int:
    if not isinstance(entry, dict) or type(entry.get("index")) is not int:
        raise LogTampered("The log node confirmed something else than was sent.")
    if decode_hash(entry.get("leaf_hash")) != leaf:
        raise LogTampered("The log node confirmed another event than was sent.")
    index = int(entry["index"])
    check_inclusion(leaf, index, size, decode_proof(entry.get("proof")), root)
    return index


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The body, unless it is longer than any honest one."""
    data = bytearray()
    async for piece in response.content.iter_any():
        data += piece
        if len(data) > MAX_ANSWER:
            raise NodeUnreachable("The answer of the log node is too long.")
    return bytes(data)
