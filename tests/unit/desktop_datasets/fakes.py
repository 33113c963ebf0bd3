"""Two fake servers that keep settings of one data set as the real ones do, and may be told to be away or to lie."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from common.documents import sign_document
from common.errors import AppError, Conflict
from common.sharing.settings import KIND
from desktop_client.upload.transfer import LocalDataset
from tests.helpers.desktop.fake_nodes import Handler, fixed
from tests.unit.desktop_upload.world import World


def refused(error: AppError) -> Handler:
    return fixed({"error": error.as_dict()}, error.status)


class Holder:
    """The settings of a data set at one fake server."""

    def __init__(self, world: World, role: str, dataset: LocalDataset) -> None:
        self.manifest, self.settings = dataset.document, None
        self.taken: list[dict[str, Any]] = []
        self.away: AppError | None = None
        path = f"/v1/datasets/{dataset.id}"
        world.fakes[role].extra["GET", path] = self._show
        world.fakes[role].extra["POST", f"{path}/settings"] = self._take

    settings: dict[str, Any] | None

    @property
    def version(self) -> int:
        return 0 if self.settings is None else int(self.settings["body"]["version"])

    async def _show(self, request: web.Request) -> web.StreamResponse:
        if self.away:
            raise self.away
        return web.json_response({"manifest": self.manifest, "settings": self.settings})

    async def _take(self, request: web.Request) -> web.StreamResponse:
        if self.away:
            raise self.away
        document = (await request.json())["document"]
        if document["body"]["version"] <= self.version:
            raise Conflict("There are newer settings.")
        self.settings = document
        self.taken.append(document)
        return web.json_response({"version": self.version, "enabled": True})


def signed(world: World, dataset: str, version: int, **changes: Any) -> dict[str, Any]:
    """A settings document of the user."""
    body = {
        "dataset": dataset,
        "version": version,
        "visibility": "private",
        "shared_with": [],
        "tags": [],
        "description": "",
        "class_counts": None,
        "enabled": True,
        "time": "2026-01-31T12:00:00Z",
        **changes,
    }
    return sign_document(KIND, body, world.keys.signing)
