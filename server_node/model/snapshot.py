"""Checkpoints: this party's share of weights and of the optimiser's memory after an epoch (``docs/specs/train-v2.md``).

The file is a length-prefixed canonical JSON header, the int64 little-endian tensors in header order, and a SHA-256 of
all that.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from common.documents import canonical
from common.errors import StoreDamaged
from common.net.files import write_private
from common.system.permissions import sync_folder
from server_node.train.state import SLOTS, ModelState

_HEADER_CAP: Final = 1 << 20
_DIGEST_BYTES: Final = 32
VERSION: Final = 3
_WEIGHTS: Final = "weights"


@dataclass(frozen=True)
class Checkpoint:
    """A state after ``epochs_done`` epochs of a job.

    ``seed`` is the joint toss that fixes all later draws, ``halvings`` how often the learning rate was halved.
    ``attempt`` is the one that computed the last epoch: each shares its results anew, and an attempt computes an epoch
    once, so shares of the same epoch and attempt belong together.
    """

    job: str
    epochs_done: int
    seed: bytes
    state: ModelState
    halvings: int = 0
    attempt: int = 1

    @property
    def agreement(self) -> bytes:
        """Digest of what both servers' checkpoints have in common, 32 bytes."""
        common = [self.job, self.epochs_done, self.seed.hex(), self.halvings, self.state.steps, self.attempt]
        return hashlib.sha256(canonical(common)).digest()


def checkpoint_path(folder: Path, epochs_done: int) -> Path:
    return folder / f"checkpoint-{epochs_done:05d}"


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> str:
    """Write a checkpoint atomically; returns its SHA-256 for the log.

    Raises:
        DiskFull: the earlier checkpoints are untouched.
    """
    data = checkpoint_bytes(checkpoint)
    write_private(checkpoint_path(folder, checkpoint.epochs_done), data)
    return data[-_DIGEST_BYTES:].hex()


def checkpoint_bytes(checkpoint: Checkpoint) -> bytes:
    """Header, tensors and the SHA-256 of both."""
    groups = {_WEIGHTS: checkpoint.state.weights, **checkpoint.state.slots}
    tensors = [(group, name, value) for group, values in groups.items() for name, value in values.items()]
    header = canonical(
        {
            "version": VERSION,
            "job": checkpoint.job,
            "epochs_done": checkpoint.epochs_done,
            "seed": checkpoint.seed.hex(),
            "halvings": checkpoint.halvings,
            "attempt": checkpoint.attempt,
            "steps": checkpoint.state.steps,
            "tensors": [{"group": g, "name": n, "shape": list(v.shape)} for g, n, v in tensors],
        }
    )
    body = struct.pack("<I", len(header)) + header + b"".join(tensor_bytes(value) for _, _, value in tensors)
    return body + hashlib.sha256(body).digest()


def discard_checkpoints(folder: Path, epochs: Iterable[int]) -> None:
    """Delete checkpoints that the other server lacks, and wait for the disk.

    Once their epochs are computed again, such a share would meet one of another sharing of the same weights.
    """
    for number in epochs:
        checkpoint_path(folder, number).unlink(missing_ok=True)
    sync_folder(folder)


def load_checkpoint(folder: Path, epochs_done: int) -> Checkpoint:
    """Raises:
    StoreDamaged: missing or not what was written.
    """
    try:
        return parse_checkpoint(checkpoint_path(folder, epochs_done).read_bytes())
    except (OSError, StoreDamaged) as error:
        raise StoreDamaged(f"The checkpoint after epoch {epochs_done} is missing or damaged.") from error


def parse_checkpoint(data: bytes) -> Checkpoint:
    """What :func:`checkpoint_bytes` made.

    Raises:
        StoreDamaged: it is something else.
    """
    body, digest = data[:-_DIGEST_BYTES], data[-_DIGEST_BYTES:]
    try:
        if not hmac.compare_digest(hashlib.sha256(body).digest(), digest):
            raise ValueError("digest")
        return _parse(body)
    except (ValueError, KeyError, TypeError, struct.error) as error:
        raise StoreDamaged("This is no checkpoint, or a damaged one.") from error


def tensor_bytes(value: torch.Tensor) -> bytes:
    """Little-endian int64 in C order."""
    return value.cpu().contiguous().numpy().astype("<i8", copy=False).tobytes()


def _parse(body: bytes) -> Checkpoint:
    (length,) = struct.unpack_from("<I", body)
    if length > _HEADER_CAP:
        raise ValueError("header")
    header: dict[str, Any] = json.loads(body[4 : 4 + length])
    groups: dict[str, dict[str, torch.Tensor]] = {group: {} for group in (_WEIGHTS, *SLOTS)}
    position = 4 + length
    for entry in header["tensors"]:
        shape = tuple(int(side) for side in entry["shape"])
        count = int(np.prod(shape))
        values = np.frombuffer(body, "<i8", count, position).astype(np.int64)
        groups[entry["group"]][entry["name"]] = torch.from_numpy(values.reshape(shape))
        position += 8 * count
    if header["version"] != VERSION or position != len(body):
        raise ValueError("length")
    slots = {kind: groups[kind] for kind in SLOTS if groups[kind]}
    state = ModelState(groups[_WEIGHTS], slots, int(header["steps"]))
    seed = bytes.fromhex(header["seed"])
    halvings, attempt = int(header["halvings"]), int(header["attempt"])
    return Checkpoint(header["job"], int(header["epochs_done"]), seed, state, halvings, attempt)
