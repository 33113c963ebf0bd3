"""Routes about data sets."""

from __future__ import annotations

from common.sharing.manifest import MAX_MANIFEST_BYTES
from server_node.api.handlers import datasets
from server_node.api.routes.route import Route
from server_node.api.schemas import datasets as schemas
from server_node.api.schemas.fields import NOTHING

_MANIFEST_BYTES = MAX_MANIFEST_BYTES + 64 * 1024
_ALL = "/v1/datasets"
_ONE = f"{_ALL}/{{id:[0-9a-f]{{64}}}}"
_CHUNK = f"{_ONE}/chunks/{{number:[0-9]{{1,6}}}}"

ROUTES = (
    Route("datasets.create", "POST", _ALL, datasets.create, schemas.MANIFEST, _MANIFEST_BYTES),
    Route("datasets.list", "GET", _ALL, datasets.list_all),
    Route("datasets.show", "GET", _ONE, datasets.show),
    Route("datasets.chunk", "PUT", _CHUNK, datasets.put_chunk),
    Route("datasets.finish", "POST", f"{_ONE}/finish", datasets.finish, NOTHING),
    Route("datasets.delete", "DELETE", _ONE, datasets.delete, schemas.DELETION),
)
