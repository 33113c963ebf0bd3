"""Fetch both sealed shares of a trained model and put them together."""

from __future__ import annotations

import asyncio
from typing import Protocol

from common.crypto.sealing import SealingKey
from common.errors import BadBundle
from desktop_client.reveal.combine import Model, combine, open_share


class ModelSource(Protocol):
    """A server node, as far as fetching a model goes."""

    async def model_share(self, job: str) -> bytes:
        """The sealed share for the user who is logged in; length-capped by the transport."""
        ...


async def fetch_model(node_a: ModelSource, node_b: ModelSource, wanted: tuple[str, str], key: SealingKey) -> Model:
    """Both shares at the same time, opened with the user's own key and added; ``wanted`` is (job id, project hash).

    Raises:
        AppError: a node refused or is away.
        BadSeal, BadBundle, PeerMismatch: what came is not this model for this user.
    """
    job, project_hash = wanted
    found = await asyncio.gather(node_a.model_share(job), node_b.model_share(job), return_exceptions=True)
    sealed_a, sealed_b = (_received(answer) for answer in found)
    model = combine(open_share(key, sealed_a), open_share(key, sealed_b))
    if (model.header["job"], model.header["project_hash"]) != (job, project_hash):
        raise BadBundle("The servers sent the model of another job or project.")
    return model


def _received(answer: bytes | BaseException) -> bytes:
    if isinstance(answer, BaseException):
        raise answer
    return answer
