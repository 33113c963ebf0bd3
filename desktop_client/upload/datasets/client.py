"""The typed calls about data sets, and about what an operator allows."""

from __future__ import annotations

from typing import Any

from desktop_client.upload import answers
from desktop_client.upload.answers import UploadState
from desktop_client.upload.identity.client import IdentityClient, part
from desktop_client.upload.transport import Call

Document = dict[str, Any]


class DatasetClient(IdentityClient):
    """Data sets of one server node. Every call may raise what :class:`Transport` raises."""

    async def announce(self, manifest: Document, chunks: int) -> UploadState:
        """Post a signed manifest of ``chunks`` chunks; repeating it tells what is still missing."""
        found = await self._json("POST", "/v1/datasets", Call(json={"document": manifest}))
        missing = answers.indices(found, "missing", chunks)
        return UploadState(answers.text(found, "id"), missing, answers.text(found, "state"))

    async def datasets(self) -> list[dict[str, Any]]:
        return answers.items(await self._json("GET", "/v1/datasets"), "datasets")

    async def dataset(self, dataset: str) -> dict[str, Any]:
        return await self._json("GET", f"/v1/datasets/{part(dataset)}")

    async def put_chunk(self, dataset: str, index: int, sealed: bytes, chunk_hash: str) -> None:
        """Send one sealed chunk; sending it again does no harm."""
        headers = {"X-Chunk-Hash": chunk_hash, "Content-Type": "application/octet-stream"}
        await self._json("PUT", f"/v1/datasets/{part(dataset)}/chunks/{index}", Call(data=sealed, headers=headers))

    async def finish_dataset(self, dataset: str) -> dict[str, Any]:
        """The node's receipt and the state of the data set."""
        return await self._json("POST", f"/v1/datasets/{part(dataset)}/finish")

    async def change_dataset(self, dataset: str, document: Document) -> dict[str, Any]:
        """Put signed settings into force."""
        call = Call(json={"document": document})
        return await self._json("POST", f"/v1/datasets/{part(dataset)}/settings", call)

    async def dataset_history(self, dataset: str) -> list[dict[str, Any]]:
        """What happened to a data set of the user, oldest first; also after it was deleted."""
        return answers.items(await self._json("GET", f"/v1/datasets/{part(dataset)}/history"), "events")

    async def dataset_uses(self, dataset: str) -> dict[str, Any]:
        """Projects and unfinished jobs with a data set of the user."""
        return await self._json("GET", f"/v1/datasets/{part(dataset)}/uses")

    async def delete_dataset(self, dataset: str, document: Document, reason: dict[str, str]) -> dict[str, Any]:
        """Delete a data set; ``reason`` holds the words the document commits to, and their salt."""
        call = Call(json={"document": document, "reason": reason})
        return await self._json("DELETE", f"/v1/datasets/{part(dataset)}", call)

    async def policy(self) -> dict[str, Any]:
        """What the operator of this server allows."""
        return await self._json("GET", "/v1/policy")
