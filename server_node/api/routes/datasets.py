"""Routes about data sets."""

from __future__ import annotations

from common.errors import (
    BadBundle,
    BadManifest,
    BadSeal,
    BlobsGone,
    Conflict,
    PolicyRefused,
    ShareTampered,
)
from common.sharing.manifest import MAX_MANIFEST_BYTES
from common.sharing.share_chunk import MAX_SEALED
from server_node.api.handlers import datasets
from server_node.api.routes.route import Route
from server_node.api.schemas import datasets as schemas
from server_node.api.schemas.fields import NOTHING, Parameter

_MANIFEST_BYTES = MAX_MANIFEST_BYTES + 64 * 1024
_ALL = "/v1/datasets"
_ONE = f"{_ALL}/{{id:[0-9a-f]{{64}}}}"
_CHUNK = f"{_ONE}/chunks/{{number:[0-9]{{1,6}}}}"

ROUTES = (
    Route(
        "datasets.create",
        "POST",
        _ALL,
        datasets.create,
        schemas.MANIFEST,
        _MANIFEST_BYTES,
        answer=schemas.ANNOUNCED,
        errors=(BadManifest, Conflict, PolicyRefused),
    ),
    Route("datasets.list", "GET", _ALL, datasets.list_all, answer=schemas.LISTED),
    Route("datasets.show", "GET", _ONE, datasets.show, answer=schemas.DATASET),
    Route(
        "datasets.chunk",
        "PUT",
        _CHUNK,
        datasets.put_chunk,
        schemas.CHUNK,
        MAX_SEALED,
        answer=schemas.STORED,
        errors=(ShareTampered, BadSeal, BadBundle, Conflict, BlobsGone),
        headers={"X-Chunk-Hash": Parameter(schemas.CHUNK_HASH, is_required=True)},
    ),
    Route(
        "datasets.finish",
        "POST",
        f"{_ONE}/finish",
        datasets.finish,
        NOTHING,
        answer=schemas.FINISHED,
        errors=(Conflict, BlobsGone),
    ),
    Route(
        "datasets.settings",
        "POST",
        f"{_ONE}/settings",
        datasets.settings,
        schemas.SETTINGS,
        answer=schemas.CHANGED,
        errors=(Conflict,),
    ),
    Route("datasets.history", "GET", f"{_ONE}/history", datasets.show_history, answer=schemas.HISTORY),
    Route("datasets.uses", "GET", f"{_ONE}/uses", datasets.uses, answer=schemas.USES),
    Route(
        "datasets.delete",
        "DELETE",
        _ONE,
        datasets.delete,
        schemas.DELETION,
        answer=schemas.DELETED,
        errors=(Conflict,),
    ),
)
