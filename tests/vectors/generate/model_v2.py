"""Makes model_v2.json from the product's own code.

Run it: ``python -m tests.vectors.generate.model_v2 > tests/vectors/model_v2.json``;
``tests/vectors/verify/model_v2.py`` checks it with a second implementation.
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

from common.architecture import Architecture, build_architecture
from common.crypto import domains
from common.crypto.sealing import SealingKey
from common.ids import Party
from common.specification import Specification, parse_specification
from desktop_client.reveal.combine import combine, open_share, write_model
from desktop_client.reveal.network import build_network, forward
from server_node.model.release import model_share
from server_node.train.state import ModelState
from tests.helpers.seeded import SeededRandom

JOB = "0123456789abcdef" * 2
SHAPE = (5, 6, 1)
CLASSES = ["healthy", "ill"]
ONE = 1 << 16
LAYERS: list[dict[str, Any]] = [
    {"layer": "conv", "outputs": 4, "kernel": [2, 3], "stride": 1, "padding": 1, "groups": 1, "bias": True},
    {"layer": "batch-norm"},
    {"layer": "relu"},
    {"layer": "residual", "layers": [
        {"layer": "conv", "outputs": 4, "kernel": [1, 1], "stride": 1, "padding": 0, "groups": 2, "bias": False},
        {"layer": "square"},
    ]},
    {"layer": "max-pool", "size": 2, "stride": 1},
    {"layer": "average-pool", "size": 2},
    {"layer": "dropout", "drop": 64},
    {"layer": "flatten"},
    {"layer": "linear", "outputs": 2, "bias": True},
]  # fmt: skip


def specification() -> Specification:
    member = {"user": "alice", "role": "owner", "verify_key": "11" * 32, "seal_key": "22" * 32}
    return parse_specification(
        {
            "version": 3, "id": "77" * 16, "revision": 1, "name": "vectors", "purpose": "", "owner": "alice",
            "members": [member], "recipients": ["alice"],
            "datasets": [{"id": "33" * 32, "owner": "alice"}], "servers": {"a": "44" * 32, "b": "55" * 32},
            "preparation": "cot", "ring": {"fraction_bits": 16}, "hiding": {"k": 4, "mask": True, "scale": "unit"},
            "features": {"extractor": "square"},
            "model": {"name": "custom", "hidden": [], "bias": False, "layers": LAYERS},
            "training": {"epochs": 2, "batch": 8, "loss": "softmax", "optimizer": "sgd", "momentum": "0.9",
                         "learning_rate": "0.05", "schedule": "cosine", "weight_decay": "0.0005", "clip": "1",
                         "validation": 0},
        }
    )  # fmt: skip


def states(architecture: Architecture) -> list[ModelState]:
    """Shares of random tensors between minus one and one; of variances, between zero and one."""
    rng = SeededRandom("model")
    weights: list[dict[str, torch.Tensor]] = [{}, {}]
    for name, shape in architecture.tensors.items():
        first, drawn = (np.frombuffer(rng.token(8 * int(np.prod(shape))), "<i8").reshape(shape) for _ in range(2))
        value = np.mod(drawn, ONE) if name.endswith("variance") else np.mod(drawn, 2 * ONE) - ONE
        weights[0][name], weights[1][name] = torch.from_numpy(first.copy()), torch.from_numpy(value - first)
    return [ModelState(tensors) for tensors in weights]


def seal_with(once: SealingKey, recipient: SealingKey, plain: bytes) -> bytes:
    """A sealed box with a known one-time key, built from libsodium's parts."""
    tag = domains.MODEL_SEAL_V1.encode()
    framed = len(tag).to_bytes(2, "big") + tag + plain
    once_public, public = bytes.fromhex(once.public), bytes.fromhex(recipient.public)
    nonce = hashlib.blake2b(once_public + public, digest_size=24).digest()
    return once_public + bindings.crypto_box(framed, nonce, public, once.to_bytes())


def vectors() -> dict[str, Any]:
    spec = specification()
    architecture = build_architecture(spec, SHAPE, 8, CLASSES)
    halves, rng = states(architecture), SeededRandom("model-seal")
    recipient = SealingKey.generate(rng)
    plain = [model_share(JOB, party, spec, architecture, halves[party]) for party in Party]
    sealed = [seal_with(SealingKey.generate(rng), recipient, share) for share in plain]
    model = combine(*(open_share(recipient, one) for one in sealed))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.igm"
        write_model(path, model)
        file = path.read_bytes()
    images = np.frombuffer(rng.token(2 * int(np.prod(SHAPE))), np.uint8).reshape(2, *SHAPE)
    return {
        "about": "shares, sealed shares and model of model-v2, and what the model says about images",
        "source": "tests/vectors/generate/model_v2.py",
        "check": "tests/vectors/verify/model_v2.py",
        "specification": spec.body,
        "recipient_secret": recipient.to_bytes().hex(),
        "plain_a": plain[0].hex(),
        "plain_b": plain[1].hex(),
        "sealed_a": sealed[0].hex(),
        "sealed_b": sealed[1].hex(),
        "tensors": {name: tensor.tolist() for name, tensor in model.tensors.items()},
        "model_file": file.hex(),
        "images": images.tolist(),
        "logits": [[round(value, 9) for value in row] for row in forward(build_network(model), images).tolist()],
    }


if __name__ == "__main__":
    json.dump(vectors(), sys.stdout, indent=1)
    sys.stdout.write("\n")
