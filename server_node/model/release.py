"""Seals this party's share of the trained weights to each recipient; no server opens it again.

The format is ``docs/specs/model-v2.md``.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path

from common.architecture import Architecture
from common.crypto.domains import MODEL_SEAL_V1
from common.crypto.sealing import seal
from common.documents import canonical, digest
from common.ids import Party
from common.net.files import write_private
from common.specification import Specification
from server_node.model.snapshot import tensor_bytes
from server_node.train.state import ModelState


@dataclass(frozen=True)
class Release:
    """Sealed files and their hashes by recipient, the hash of them all, and the hash of the share inside."""

    files: dict[str, str]
    hashes: dict[str, str]
    share_hash: str

    @property
    def hash(self) -> str:
        return digest(self.hashes)


def release_model(
    folder: Path, job: str, party: Party, spec: Specification, architecture: Architecture, state: ModelState
) -> Release:
    """Write one sealed file per recipient into ``folder``; names are relative to it.

    Raises:
        DiskFull: no complete file is missing its end.
    """
    plain = model_share(job, party, spec, architecture, state)
    files, hashes = {}, {}
    for user in spec.recipients:
        member = spec.member(user)
        if member is None:
            continue
        sealed = seal(member["seal_key"], MODEL_SEAL_V1, plain)
        files[user] = f"model-{user}.sealed"
        hashes[user] = hashlib.sha256(sealed).hexdigest()
        write_private(folder / files[user], sealed)
    return Release(files, hashes, hashlib.sha256(plain).hexdigest())


def model_share(
    job: str, party: Party, spec: Specification, architecture: Architecture, state: ModelState
) -> bytes:
    """Header and this party's int64 share of every tensor."""
    header = canonical(
        {
            "version": 2,
            "job": job,
            "project_hash": spec.hash,
            "party": party.letter,
            "architecture": architecture.as_json(),
            "tensors": [{"name": name, "shape": list(value.shape)} for name, value in state.weights.items()],
            "fraction_bits": spec.fraction_bits,
            "epoch": spec.training.epochs,
        }
    )
    tensors = b"".join(tensor_bytes(value) for value in state.weights.values())
    return struct.pack("<I", len(header)) + header + tensors
