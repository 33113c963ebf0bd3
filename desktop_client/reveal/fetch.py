"""Fetch both sealed shares of a trained model and put them together."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Protocol

from common.crypto.sealing import SealingKey
from common.errors import BadBundle
from desktop_client.reveal.combine import Model, combine, open_share


class ModelSource(Protocol):
    """A server node, as far as fetching a model goes."""

    async def model_share(self, job: str) -> bytes:
        """The sealed share for the user who is logged in; length-capped by the transport."""
        ...


@dataclass(frozen=True, repr=False)
class Sealed:
    """Both sealed shares of a model as the servers sent them."""

    a: bytes
    b: bytes

    @property
    def hashes(self) -> tuple[str, str]:
        """SHA-256 of each, as the servers wrote them into the log when they sealed them."""
        return hashlib.sha256(self.a).hexdigest(), hashlib.sha256(self.b).hexdigest()


async def fetch_sealed(node_a: ModelSource, node_b: ModelSource, job: str) -> Sealed:
    """Both shares at the same time.

    Raises:
        AppError: a node refused or is away.
    """
    found = await asyncio.gather(node_a.model_share(job), node_b.model_share(job), return_exceptions=True)
    return Sealed(*(_received(answer) for answer in found))


def open_model(sealed: Sealed, wanted: tuple[str, str], key: SealingKey) -> Model:
    """Open both shares with the user's own key and add them; ``wanted`` is (job id, project hash).

    Raises:
        BadSeal, BadBundle, PeerMismatch: what came is not this model for this user.
    """
    model = combine(open_share(key, sealed.a), open_share(key, sealed.b))
    if (model.header["job"], model.header["project_hash"]) != wanted:
        raise BadBundle("The servers sent the model of another job or project.")
    return model


async def fetch_model(node_a: ModelSource, node_b: ModelSource, wanted: tuple[str, str], key: SealingKey) -> Model:
    """:func:`fetch_sealed` and :func:`open_model` in one.

    Raises:
        AppError: a node refused or is away.
        BadSeal, BadBundle, PeerMismatch: what came is not this model for this user.
    """
    return open_model(await fetch_sealed(node_a, node_b, wanted[0]), wanted, key)


def _received(answer: bytes | BaseException) -> bytes:
    if isinstance(answer, BaseException):
        raise answer
    return answer
