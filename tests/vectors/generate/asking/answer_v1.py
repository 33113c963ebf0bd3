"""Makes answer_v1.json from the product's own code.

Run it: ``python -m tests.vectors.generate.asking.answer_v1 > tests/vectors/answer_v1.json``;
``tests/vectors/verify/asking/answer_v1.py`` checks it with a second implementation.
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

from common.crypto import domains
from common.crypto.sealing import SealingKey
from common.crypto.signing import SigningKey
from common.documents import sign_document
from common.ids import Party
from desktop_client.reveal.answers import combine_answer, open_answer_share
from server_node.model.answers import Answer, answer_share, moved_by
from server_node.model.kept import keep_weights
from server_node.model.question import KEPT_NAME, Question
from server_node.model.snapshot import Checkpoint, checkpoint_bytes
from server_node.storage.vault import Vault
from server_node.train.state import ModelState
from tests.helpers.seeded import SeededRandom

TRAINING, TEST, DATASET, PROJECT = "0123456789abcdef" * 2, "fedcba9876543210" * 2, "33" * 32, "77" * 32
TOSS, STORAGE_KEY = bytes(range(32)), bytes(range(32, 64))
TIME = "2027-01-31T12:00:00Z"
SIGNER = SigningKey.from_bytes(bytes(range(32)))
ABOUT = {"test": TEST, "project_hash": PROJECT, "classes": ["healthy", "ill", "unclear"], "fraction_bits": 16}
LOGITS = [[98304, -16384, 1], [0, 131072, -65536], [-1, 5, 32768]]
LABELS = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]


def halves() -> list[Answer]:
    """Both servers' shares as the network left them."""
    first = np.frombuffer(SeededRandom("answer").token(2 * 8 * 9), "<i8").reshape(2, 3, 3)
    second = np.array([LOGITS, LABELS], np.int64) - first
    return [Answer(torch.from_numpy(part[0].copy()), torch.from_numpy(part[1].copy())) for part in (first, second)]


def kept() -> dict[str, str]:
    """Weights of a job as A keeps them."""
    weights = {"head.0.weight": torch.tensor([[1, -2], [2**62, 0]]), "head.0.bias": torch.tensor([7, -(2**63)])}
    last = Checkpoint(TRAINING, 4, TOSS, ModelState(weights, {}, 20), 1, 2)
    with tempfile.TemporaryDirectory() as folder:
        keep_weights(Path(folder), Vault(STORAGE_KEY, SeededRandom("kept")), last)
        file = (Path(folder) / KEPT_NAME).read_bytes()
    return {"storage_key": STORAGE_KEY.hex(), "plain": checkpoint_bytes(last).hex(), "file": file.hex()}


def seal_with(once: SealingKey, recipient: SealingKey, plain: bytes) -> bytes:
    """A sealed box with a known one-time key, built from libsodium's parts."""
    tag = domains.ANSWER_SEAL_V1.encode()
    framed = len(tag).to_bytes(2, "big") + tag + plain
    once_public, public = bytes.fromhex(once.public), bytes.fromhex(recipient.public)
    nonce = hashlib.blake2b(once_public + public, digest_size=24).digest()
    return once_public + bindings.crypto_box(framed, nonce, public, once.to_bytes())


def vectors() -> dict[str, Any]:
    rng, before = SeededRandom("answer-seal"), halves()
    asker = SealingKey.generate(rng)
    question = Question(TRAINING, DATASET, "carol", SIGNER.verify_key, asker.public)
    after = [moved_by(TOSS, party, before[party]) for party in Party]
    plain = [answer_share(party, question, ABOUT, after[party]) for party in Party]
    sealed = [seal_with(SealingKey.generate(rng), asker, share) for share in plain]
    answer = combine_answer(*(open_answer_share(asker, one) for one in sealed))
    start = {"project_hash": PROJECT, "training": TRAINING, "dataset": DATASET, "nonce": "ab" * 16}
    return {
        "about": "documents, kept weights, shares and sealed shares of test-v1, and the answer they make",
        "source": "tests/vectors/generate/asking/answer_v1.py",
        "check": "tests/vectors/verify/asking/answer_v1.py",
        "documents": [
            sign_document("test-start", start, SIGNER),
            sign_document("model-forget", {"job": TRAINING, "time": TIME}, SIGNER),
        ],
        "kept": kept(),
        "toss": TOSS.hex(),
        "before": [[part.logits.tolist(), part.labels.tolist()] for part in before],
        "asker_secret": asker.to_bytes().hex(),
        "plain_a": plain[0].hex(),
        "plain_b": plain[1].hex(),
        "sealed_a": sealed[0].hex(),
        "sealed_b": sealed[1].hex(),
        "logits": answer.logits.tolist(),
        "labels": answer.labels.tolist(),
    }


if __name__ == "__main__":
    json.dump(vectors(), sys.stdout, indent=1)
    sys.stdout.write("\n")
