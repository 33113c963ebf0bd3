"""What tests ask about an upload: the node's answer, the files in its folder, and what a worker would read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from common.ids import DatasetId
from common.net.identity import load_node_identity
from server_node.store.shares import open_share_store
from tests.helpers.nodes.members import Dataset, Member
from tests.helpers.nodes.pair import Pair

LARGE = {"side": 64, "count": 1100}
"""Three chunks: for A a seed, 4 MiB and a seed, for B the other way round."""


async def show(member: Member, dataset: Dataset, role: str = "a") -> dict[str, Any]:
    return await member.ask(role, "GET", f"/v1/datasets/{dataset.id}")


async def announce(member: Member, dataset: Dataset, role: str = "a") -> dict[str, Any]:
    return await member.ask(role, "POST", "/v1/datasets", {"document": dataset.document})


def blobs(pair: Pair, role: str) -> list[Path]:
    return [path for path in (pair.folder(role) / "shares" / "blobs").glob("??/*") if path.is_file()]


def chunks_of(pair: Pair, role: str, dataset: Dataset) -> list[bytes]:
    """The payloads a worker of this node would read."""
    store = open_share_store(pair.folder(role), load_node_identity(pair.folder(role)))
    return [bytes(chunk.payload) for chunk in store.iter_chunks(DatasetId(dataset.id))]
