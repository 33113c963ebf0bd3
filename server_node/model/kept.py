"""A server's own share of a finished model, kept for tests while its project names testers (``docs/specs/test-v1.md``).

    file = own key, wrapped by the storage key (60 bytes) || a checkpoint without the optimiser's memory, encrypted

The share is one uniform number for each weight and says nothing by itself.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from common.errors import StoreDamaged
from common.net.files import write_private
from server_node.model.question import KEPT_NAME
from server_node.model.snapshot import Checkpoint, checkpoint_bytes, parse_checkpoint
from server_node.storage.vault import Vault
from server_node.train.state import ModelState

_WRAPPED_BYTES: Final = 60
_PART: Final = "weights"


def keep_weights(folder: Path, vault: Vault, last: Checkpoint) -> str:
    """Write the weights of the last state of a job into its folder; the SHA-256 of what was encrypted.

    Raises:
        DiskFull: there is no such file then, or the one there was.
    """
    state = ModelState(last.state.weights, {}, last.state.steps)
    plain = checkpoint_bytes(Checkpoint(last.job, last.epochs_done, last.seed, state, last.halvings, last.attempt))
    key = vault.new_key(last.job)
    write_private(folder / KEPT_NAME, key + vault.encrypt(key, last.job, _PART, plain))
    return hashlib.sha256(plain).hexdigest()


def kept_weights(folder: Path, vault: Vault, job: str) -> Checkpoint:
    """The kept weights of a job.

    Raises:
        StoreDamaged: there are none any more, or they are not what was written.
    """
    try:
        data = (folder / KEPT_NAME).read_bytes()
    except OSError as error:
        raise StoreDamaged("The server does not keep its share of this model any more.", job=job) from error
    found = parse_checkpoint(vault.decrypt(data[:_WRAPPED_BYTES], job, _PART, data[_WRAPPED_BYTES:]))
    if found.job != job:
        raise StoreDamaged("The kept weights are those of another job.", job=job)
    return found
