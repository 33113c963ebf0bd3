"""Makes model_v1.json from the product's own code.

Run it: ``python -m tests.vectors.generate.model_v1 > tests/vectors/model_v1.json``;
``tests/vectors/verify/model_v1.py`` checks it with a second implementation.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from nacl import bindings

from common.architecture import build_architecture
from common.crypto import domains
from common.crypto.sealing import SealingKey
from common.ids import Party
from desktop_client.reveal.combine import combine, open_share, write_model
from server_node.model.release import model_share
from server_node.model.snapshot import Checkpoint, checkpoint_path, save_checkpoint
from server_node.train.head import HeadState
from tests.helpers.seeded import SeededRandom
from tests.vectors.generate.train_v1 import SEED, specification

JOB = "0123456789abcdef" * 2


def shares() -> list[HeadState]:
    """Shares of the weights of an mlp from four features over three to two classes, and of their velocities."""
    rng = SeededRandom("model")
    shapes = {"head.0.weight": (4, 3), "head.1.weight": (3, 2)}

    def ring(shape: tuple[int, ...]) -> np.ndarray[Any, np.dtype[np.int64]]:
        return np.frombuffer(rng.token(8 * int(np.prod(shape))), "<i8").astype(np.int64).reshape(shape)

    groups: list[dict[str, list[torch.Tensor]]] = []
    for _ in ("weights", "velocity"):
        group = {}
        for name, shape in shapes.items():
            values, first = ring(shape) >> 44, ring(shape)
            group[name] = [torch.from_numpy(first), torch.from_numpy(values - first)]
        groups.append(group)
    return [
        HeadState(*({name: halves[party] for name, halves in group.items()} for group in groups)) for party in Party
    ]


def seal_with(once: SealingKey, recipient: SealingKey, plain: bytes) -> bytes:
    """A sealed box with a known one-time key, built from libsodium's parts."""
    tag = domains.MODEL_SEAL_V1.encode()
    framed = len(tag).to_bytes(2, "big") + tag + plain
    once_public, public = bytes.fromhex(once.public), bytes.fromhex(recipient.public)
    nonce = hashlib.blake2b(once_public + public, digest_size=24).digest()
    return once_public + bindings.crypto_box(framed, nonce, public, once.to_bytes())


def vectors() -> dict[str, Any]:
    spec = specification("average-pool", "mlp")
    architecture = build_architecture(spec, (4, 4, 1), 8, ["healthy", "ill"])
    states, rng = shares(), SeededRandom("model-seal")
    recipient = SealingKey.generate(rng)
    plain = [model_share(JOB, party, spec, architecture, states[party]) for party in Party]
    sealed = [seal_with(SealingKey.generate(rng), recipient, share) for share in plain]
    model = combine(*(open_share(recipient, one) for one in sealed))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.igm"
        write_model(path, model)
        digest = save_checkpoint(Path(folder), Checkpoint(JOB, 1, SEED, states[0]))
        checkpoint = checkpoint_path(Path(folder), 1)
        files = {"model": path.read_bytes().hex(), "checkpoint": checkpoint.read_bytes().hex()}
    return {
        "about": "shares, sealed shares, model and checkpoint of model-v1",
        "source": "tests/vectors/generate/model_v1.py",
        "check": "tests/vectors/verify/model_v1.py",
        "specification": spec.body,
        "recipient_secret": recipient.to_bytes().hex(),
        "plain_a": plain[0].hex(),
        "plain_b": plain[1].hex(),
        "sealed_a": sealed[0].hex(),
        "sealed_b": sealed[1].hex(),
        "tensors": {name: tensor.tolist() for name, tensor in model.tensors.items()},
        "model_file": files["model"],
        "checkpoint_name": checkpoint.name,
        "checkpoint_file": files["checkpoint"],
        "checkpoint_hash": digest,
    }


if __name__ == "__main__":
    json.dump(vectors(), sys.stdout, indent=1)
    sys.stdout.write("\n")
