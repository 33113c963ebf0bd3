"""The vector file is what the product makes, the second implementation agrees, and the parsers accept it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from common.crypto.sealing import SealingKey
from common.ids import Party
from common.sharing.bundle import BundleReader
from common.sharing.compact import combine
from common.sharing.manifest import verify_manifest
from common.sharing.share_chunk import ChunkExpectation, ChunkLayout, open_chunk, parse_chunk
from tests.vectors.generate import share_bundle_v1 as generate
from tests.vectors.verify import share_bundle_v1 as verify


def load() -> dict[str, Any]:
    value = json.loads(verify.VECTORS.read_text(encoding="utf-8"))
    assert isinstance(value, dict)
    return value


def expectation(case: dict[str, Any], party: Party) -> ChunkExpectation:
    height, width, channels = case["shape"]
    layout = ChunkLayout((height, width, channels), case["classes"], case["ring_bits"])
    return ChunkExpectation(layout, bytes.fromhex(case["nonce"]), party, case["index"], case["count"])


def test_vectors_generator_makes_the_file() -> None:
    assert load() == generate.vectors()


def test_vectors_second_implementation_agrees() -> None:
    vector = load()
    checks = (verify.check_chunks, verify.check_sealed, verify.check_bundle, verify.check_manifest)
    for check in (*checks, verify.check_accumulated):
        check(vector)


def test_vectors_chunks_parse_and_combine_to_the_values() -> None:
    for case in load()["chunks"]:
        chunks = [
            parse_chunk(bytes.fromhex(case[f"plain_{party.letter}"]), expectation(case, party)) for party in Party
        ]
        pixels = combine(chunks[0].pixels_share(), chunks[1].pixels_share())
        labels = combine(chunks[0].labels_share(), chunks[1].labels_share())
        assert pixels.shape == (case["count"], *case["shape"])
        assert pixels.ravel().tolist() == case["pixels"]
        assert labels.ravel().tolist() == case["labels"]
        assert np.all(labels.sum(axis=1) == 1)


def test_vectors_sealed_chunk_opens() -> None:
    vector = load()
    sealed = vector["sealed"]
    key = SealingKey.from_bytes(bytes.fromhex(sealed["secret"]))
    chunk = open_chunk(key, bytes.fromhex(sealed["sealed"]), expectation(vector["chunks"][0], Party.P1))
    assert chunk.pixels_share().dtype == np.uint16


def test_vectors_bundle_reads_back(tmp_path: Path) -> None:
    case = load()["bundle"]
    path = tmp_path / "x.bundle"
    path.write_bytes(bytes.fromhex(case["file"]))
    with BundleReader(path) as reader:
        assert (reader.party.letter, reader.nonce.hex()) == (case["party"], case["nonce"])
        assert [sealed.hex() for sealed in reader] == case["chunks"]


def test_vectors_manifest_verifies() -> None:
    case = load()["manifest"]
    dataset, manifest = verify_manifest(case["document"])
    assert dataset == case["dataset_id"]
    assert manifest.count == sum(entry.count for entry in manifest.chunks)
