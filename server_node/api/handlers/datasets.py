"""Data sets: a signed manifest first, then its sealed chunks in any order, then a receipt.

→ POST   /v1/datasets {manifest}                 ← {id, missing, state}; repeating it resumes an upload
→ GET    /v1/datasets                            ← {datasets}: own, shared with me, public
→ GET    /v1/datasets/ID                         ← {..., manifest, missing, receipt, peer_confirmed}
→ PUT    /v1/datasets/ID/chunks/N  sealed bytes  ← {missing_count}
→ POST   /v1/datasets/ID/finish                  ← {receipt, state}
→ DELETE /v1/datasets/ID {dataset-delete}        ← {receipt}
"""

from __future__ import annotations

import json
from typing import Any

from common.errors import BadInput
from server_node.api.call import Answer, Call
from server_node.store.datasets import DatasetInfo


async def create(call: Call) -> Answer:
    """Announce a data set, or continue an upload that was cut off."""
    dataset = await call.node.datasets.create(call.user, call.body["document"])
    return {"id": dataset.id, "missing": await call.node.uploads.missing(dataset), "state": dataset.row.state}


async def list_all(call: Call) -> Answer:
    """Every data set the user may see."""
    return {"datasets": [_public(dataset) for dataset in await call.node.datasets.listed(call.user.name)]}


async def show(call: Call) -> Answer:
    """One data set with its manifest, the missing chunks and the receipt."""
    dataset = await call.node.datasets.get(call.dataset.id)
    return {
        **_public(dataset),
        "manifest": dataset.document,
        "missing": await call.node.uploads.missing(dataset),
        "receipt": json.loads(dataset.row.receipt) if dataset.row.receipt else None,
        "peer_confirmed": dataset.row.peer_confirmed,
    }


async def put_chunk(call: Call) -> Answer:
    """Store one sealed chunk; its announced hash and length are compared before a byte of it is read."""
    dataset = await call.node.datasets.get(call.dataset.id)
    announced = call.request.headers.get("X-Chunk-Hash")
    if announced is None:
        raise BadInput("The header X-Chunk-Hash is missing.", field="X-Chunk-Hash")
    number = int(call.part("number"))
    size = call.node.uploads.expected_size(dataset, number, announced)
    sealed = await call.read_exactly(size)
    return {"missing_count": await call.node.uploads.save_chunk(dataset, number, sealed)}


async def finish(call: Call) -> Answer:
    """Ask for the receipt once every chunk is here."""
    dataset = await call.node.datasets.get(call.dataset.id)
    receipt = await call.node.uploads.finish(dataset)
    call.node.confirmer.wake()
    return {"receipt": receipt, "state": (await call.node.datasets.info(dataset.id)).row.state}


async def delete(call: Call) -> Answer:
    """Destroy a data set that no unfinished job needs."""
    await call.node.admission.require_unused(call.dataset.id)
    return {"receipt": await call.node.uploads.delete(call.dataset, call.user, call.body["document"])}


def _public(dataset: DatasetInfo) -> dict[str, Any]:
    return {"id": dataset.id, "owner": dataset.row.owner, "state": dataset.row.state, **dataset.about}
