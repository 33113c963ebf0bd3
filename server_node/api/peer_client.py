"""Questions to the other server over HTTPS with this node's certificate: :class:`server_node.jobs.peers.PeerCalls`."""

from __future__ import annotations

import json
import ssl
from typing import Any

import aiohttp

from common.errors import AppError, BadFrame, NodeUnreachable, UnknownCertificate, error_from_dict
from common.ids import JobId
from common.net.tls import client_context
from common.pipeline import JobState
from server_node.jobs.peers import PeerStatus
from server_node.storage.context import NodeContext

_MAX_ANSWER = 256 * 1024
_CONNECT_SECONDS = 5.0


class HttpPeer:
    """The other server; open before use, close after. Raises ``NodeUnreachable`` or the error the other side names."""

    def __init__(self, context: NodeContext) -> None:
        self._other = context.other
        self._timeout = float(context.settings["peer_timeout_seconds"])
        identity = context.identity
        self._tls = client_context(identity.ca_pem, identity.cert_path, identity.key_path)
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Make the connection pool; no connection is made yet."""
        timeout = aiohttp.ClientTimeout(total=self._timeout, sock_connect=min(_CONNECT_SECONDS, self._timeout))
        connector = aiohttp.TCPConnector(ssl=self._tls, limit=8)
        self._session = aiohttp.ClientSession(connector=connector, timeout=timeout)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def info(self) -> dict[str, Any]:
        """Who the other server says it is: name, key, version, time."""
        return await self._ask("GET", "/v1/info", None)

    async def echo(self, data: bytes) -> bytes:
        """Have bytes sent back; at most 1 MiB."""
        raw, status = await self._send("POST", "/v1/peer/echo", max(len(data), _MAX_ANSWER), data=data)
        if status >= 300:
            _parse(raw, status)
        return raw

    async def compare_dataset(self, dataset: str, manifest_hash: str, state: str) -> tuple[str, str]:
        """Hash and state of the same data set there."""
        body = {"manifest_hash": manifest_hash, "state": state}
        answer = await self._ask("POST", f"/v1/peer/datasets/{dataset}", body)
        return str(answer.get("manifest_hash")), str(answer.get("state"))

    async def propose_job(self, document: dict[str, Any], job: JobId, controls: list[dict[str, Any]]) -> None:
        """Have a job and its controls checked and written down there."""
        await self._ask("POST", "/v1/peer/jobs", {"document": document, "job": job, "controls": controls})

    async def start_job(self, job: JobId, slot: int, attempt: int) -> None:
        """Have an attempt at a job begun there."""
        await self._ask("POST", f"/v1/peer/jobs/{job}/start", {"slot": slot, "attempt": attempt})

    async def end_job(self, job: JobId, error: AppError | None) -> None:
        """Say that a job failed here, or, without error, that it was cancelled. Details stay here."""
        reason = None if error is None else {**error.as_dict(), "details": {}}
        await self._ask("POST", f"/v1/peer/jobs/{job}/cancel", {"error": reason})

    async def job_status(self, job: JobId) -> PeerStatus:
        """Where the job stands there."""
        answer = await self._ask("GET", f"/v1/peer/jobs/{job}", None)
        try:
            state = JobState(str(answer.get("state")))
        except ValueError as error:
            raise BadFrame("The other server names an unknown state.") from error
        reason = answer.get("error")
        attempt = answer.get("attempt")
        return PeerStatus(
            state,
            answer.get("is_computed") is True,
            error_from_dict(reason) if reason else None,
            attempt if isinstance(attempt, int) else 0,
        )

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        raw, status = await self._send(method, path, _MAX_ANSWER, json=body)
        return _parse(raw, status)

    async def _send(self, method: str, path: str, limit: int, **body: Any) -> tuple[bytes, int]:
        """The answer, of which no more than one byte beyond the limit is taken, and its status."""
        if self._session is None:
            raise NodeUnreachable("The connection to the other server is not open.")
        try:
            url = self._other.url + path
            async with self._session.request(method, url, allow_redirects=False, **body) as response:
                raw = await response.content.read(limit + 1)
                while len(raw) <= limit and (more := await response.content.read(limit + 1 - len(raw))):
                    raw += more
                return raw, response.status
        except (aiohttp.ClientSSLError, ssl.SSLError) as error:
            raise UnknownCertificate("The other server's certificate was not accepted.") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise NodeUnreachable("The other server does not answer.", node=self._other.role) from error


def _parse(raw: bytes, status: int) -> dict[str, Any]:
    try:
        if len(raw) > _MAX_ANSWER:
            raise ValueError("too long")
        answer = json.loads(raw)
        if not isinstance(answer, dict):
            raise ValueError("not an object")
    except (ValueError, RecursionError) as error:
        raise BadFrame("The other server's answer cannot be read.") from error
    if status >= 300:
        raise error_from_dict(answer.get("error"))
    return answer
