"""What a server node answers about projects, consents and drafts, as typed calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desktop_client.upload import answers
from desktop_client.upload.identity.client import IdentityClient, part
from desktop_client.upload.transport import Call

Document = dict[str, Any]


class ProjectClient(IdentityClient):
    """A server node as members of projects see it."""

    async def create_project(self, document: Document) -> dict[str, Any]:
        """Hand in the first revision of a project, or the next one."""
        return await self._json("POST", "/v1/projects", Call(json={"document": document}))

    async def projects(self) -> list[dict[str, Any]]:
        return answers.items(await self._json("GET", "/v1/projects"), "projects")

    async def project(self, project: str) -> dict[str, Any]:
        return await self._json("GET", f"/v1/projects/{part(project)}")

    async def revisions(self, project: str) -> list[dict[str, Any]]:
        """Every revision, oldest first, with what was decided about it."""
        return answers.items(await self._json("GET", f"/v1/projects/{part(project)}/revisions"), "revisions")

    async def revision(self, project: str, number: int) -> dict[str, Any]:
        return await self._json("GET", f"/v1/projects/{part(project)}/revisions/{number}")

    async def consent(self, project: str, document: Document, reason: dict[str, str]) -> dict[str, Any]:
        """Hand in a consent or a refusal with the words of its reason."""
        call = Call(json={"document": document, "reason": reason})
        return await self._json("POST", f"/v1/projects/{part(project)}/consents", call)

    async def withdraw(self, project: str, document: Document, reason: dict[str, str]) -> dict[str, Any]:
        call = Call(json={"document": document, "reason": reason})
        return await self._json("DELETE", f"/v1/projects/{part(project)}/consents", call)

    async def archive_project(self, project: str, document: Document) -> dict[str, Any]:
        return await self._json("POST", f"/v1/projects/{part(project)}/archive", Call(json={"document": document}))

    async def remind(self, project: str) -> dict[str, Any]:
        return await self._json("POST", f"/v1/projects/{part(project)}/reminders", Call(json={}))

    async def estimate(self, specification: Document, datasets: Mapping[str, Document]) -> dict[str, Any]:
        """What a job would cost; ``datasets`` describes those that the node does not have."""
        call = Call(json={"specification": specification, "datasets": dict(datasets)})
        return await self._json("POST", "/v1/estimates", call)

    async def summary(self) -> dict[str, Any]:
        """How much there is of everything that the user may know of."""
        return await self._json("GET", "/v1/summary")

    async def decisions(self) -> dict[str, Any]:
        """What waits for the user."""
        return await self._json("GET", "/v1/decisions")

    async def drafts(self) -> list[dict[str, Any]]:
        return answers.items(await self._json("GET", "/v1/drafts"), "drafts")

    async def draft(self, draft: str) -> dict[str, Any]:
        return await self._json("GET", f"/v1/drafts/{part(draft)}")

    async def save_draft(self, draft: str, document: Document) -> dict[str, Any]:
        return await self._json("PUT", f"/v1/drafts/{part(draft)}", Call(json={"document": document}))

    async def remove_draft(self, draft: str) -> dict[str, Any]:
        return await self._json("DELETE", f"/v1/drafts/{part(draft)}")
