"""The client reads exactly what ``tests/vectors/model_v2.json`` says."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from common.crypto.sealing import SealingKey
from desktop_client.reveal.combine import combine, open_share, read_model, write_model
from desktop_client.reveal.network import build_network

VECTOR = json.loads((Path(__file__).resolve().parents[2] / "vectors" / "model_v2.json").read_text(encoding="utf-8"))


def test_vectors_sealed_shares_give_the_tensors_and_the_model_file(tmp_path: Path) -> None:
    key = SealingKey.from_bytes(bytes.fromhex(VECTOR["recipient_secret"]))
    share_a, share_b = (open_share(key, bytes.fromhex(VECTOR[f"sealed_{party}"])) for party in "ab")
    model = combine(share_a, share_b)
    assert set(model.tensors) == set(VECTOR["tensors"])
    for name, values in VECTOR["tensors"].items():
        np.testing.assert_array_equal(model.tensors[name], values)
    write_model(tmp_path / "model", model)
    assert (tmp_path / "model").read_bytes().hex() == VECTOR["model_file"]
    again = read_model(tmp_path / "model")
    assert again.header == model.header
    assert build_network(again).shape == (5, 6, 1)
