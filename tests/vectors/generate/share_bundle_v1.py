"""Makes share_bundle_v1.json from the product's own code.

Run it: ``python -m tests.vectors.generate.share_bundle_v1 > tests/vectors/share_bundle_v1.json``;
``tests/vectors/verify/share_bundle_v1.py`` checks it with a second implementation.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
from typing import Any

import numpy as np
import numpy.typing as npt
from nacl import bindings

from common.crypto import domains, prg
from common.crypto.sealing import SealingKey
from common.crypto.signing import SigningKey
from common.ids import Party
from common.sharing.bundle import BundleWriter
from common.sharing.compact import RING_BITS_OF, expand_seed, split_chunk
from common.sharing.manifest import ChunkEntry, Description, SealedRef, build, dataset_id, sign_manifest
from common.sharing.share_chunk import ChunkExpectation, ChunkKind, ChunkLayout, write_chunk
from tests.helpers.seeded import SeededRandom

CASES = ((8, (2, 2, 1), 2, 3, 0), (12, (1, 3, 1), 3, 2, 1), (16, (2, 1, 3), 2, 2, 6))
"""Bits, shape, classes, images and chunk index of the chunks that are written out."""
ACCUMULATED_CASES = 10_000


class FixedSeed:
    """Hands out one given seed, so that a case states everything it depends on."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed

    def token(self, size: int) -> bytes:
        assert size == len(self._seed)
        return self._seed


def case_values(
    name: str, bits: int, shape: tuple[int, int, int], classes: int, count: int
) -> tuple[npt.NDArray[Any], npt.NDArray[np.uint8]]:
    """Pixels and one-hot labels from the case's name alone; the first pixel is 0 and the last one is the greatest."""
    rng = SeededRandom(name)
    pixels = np.frombuffer(rng.token(2 * count * int(np.prod(shape))), "<u2") & (2**bits - 1)
    pixels[0], pixels[-1] = 0, 2**bits - 1
    labels = np.zeros((count, classes), np.uint8)
    labels[np.arange(count), np.frombuffer(rng.token(count), np.uint8) % classes] = 1
    return pixels.reshape(count, *shape).astype(np.uint8 if bits == 8 else np.uint16), labels


def plain_chunks(seed: bytes, pixels: Any, labels: Any, expects: list[ChunkExpectation]) -> list[bytes]:
    """Plaintext chunk of A and of B."""
    seed, data = split_chunk(pixels, labels, FixedSeed(seed), expects[0].layout.ring_bits)
    return [write_chunk(e, seed if e.kind is ChunkKind.SEED else data) for e in expects]


def expectations(layout: ChunkLayout, nonce: bytes, index: int, count: int) -> list[ChunkExpectation]:
    return [ChunkExpectation(layout, nonce, party, index, count) for party in Party]


def chunk_case(bits: int, shape: tuple[int, int, int], classes: int, count: int, index: int) -> dict[str, Any]:
    name = f"chunk-{bits}"
    pixels, labels = case_values(name, bits, shape, classes, count)
    rng = SeededRandom(name + "-secret")
    seed, nonce = rng.token(32), rng.token(16)
    layout = ChunkLayout(shape, classes, RING_BITS_OF[bits])
    expects = expectations(layout, nonce, index, count)
    plain_a, plain_b = plain_chunks(seed, pixels, labels, expects)
    stream = expand_seed(seed, pixels.size + labels.size, layout.ring_bits)
    return {
        "bits": bits, "ring_bits": layout.ring_bits, "shape": list(shape), "classes": classes, "count": count,
        "index": index, "nonce": nonce.hex(), "pixels": pixels.ravel().tolist(), "labels": labels.ravel().tolist(),
        "seed": seed.hex(), "stream_key": prg.derive_key(seed, domains.PIXEL_STREAM_V1).hex(),
        "stream": stream.tolist(), "header_a": expects[0].header().hex(), "header_b": expects[1].header().hex(),
        "plain_a": plain_a.hex(), "plain_b": plain_b.hex(),
    }  # fmt: skip


def sealed_case(plain: bytes) -> dict[str, Any]:
    """A sealed box with a known one-time key, built from libsodium's parts."""
    rng = SeededRandom("seal")
    node, once = SealingKey.generate(rng), SealingKey.generate(rng)
    node_public, once_public = bytes.fromhex(node.public), bytes.fromhex(once.public)
    framed = len(domains.CHUNK_SEAL_V1).to_bytes(2, "big") + domains.CHUNK_SEAL_V1.encode() + plain
    nonce = hashlib.blake2b(once_public + node_public, digest_size=24).digest()
    sealed = once_public + bindings.crypto_box(framed, nonce, node_public, once.to_bytes())
    assert node.open(domains.CHUNK_SEAL_V1, sealed) == plain
    return {
        "secret": node.to_bytes().hex(), "public": node.public, "one_time_public": once.public, "nonce": nonce.hex(),
        "framed": framed.hex(), "plain": plain.hex(), "sealed": sealed.hex(),
        "sha256": hashlib.sha256(sealed).hexdigest(),
    }  # fmt: skip


def bundle_case(chunks: list[bytes]) -> dict[str, Any]:
    file = io.BytesIO()
    nonce = SeededRandom("bundle").token(16)
    writer = BundleWriter(file, Party.P1, nonce)
    for sealed in chunks:
        writer.add(sealed)
    writer.finish()
    return {"party": "b", "nonce": nonce.hex(), "chunks": [c.hex() for c in chunks], "file": file.getvalue().hex()}


def manifest_case() -> dict[str, Any]:
    rng = SeededRandom("manifest")
    owner = SigningKey.generate(rng)
    nodes = (SealingKey.generate(rng).public, SealingKey.generate(rng).public)
    about = Description(
        "Chest films", (28, 28, 1), 8, 16, ("normal", "pneumonia"), "alice", owner.verify_key,
        "2026-01-31T12:00:00Z", rng.token(16).hex(), "shared", ("bob", "carol"), ("x-ray",), "Two\nlines", nodes,
    )  # fmt: skip
    layout, nonce = about.layout, bytes.fromhex(about.nonce)
    entries = []
    for index, count in enumerate((layout.images_per_chunk, 5)):
        sizes = [e.sealed_size for e in expectations(layout, nonce, index, count)]
        refs = [SealedRef(hashlib.sha256(bytes([index, side])).hexdigest(), s) for side, s in enumerate(sizes)]
        entries.append(ChunkEntry(count, refs[0], refs[1]))
    body = build(about, tuple(entries))
    return {
        "owner_secret": owner.to_bytes().hex(),
        "dataset_id": dataset_id(body),
        "document": sign_manifest(body, owner),
    }


def accumulated(cases: int) -> str:
    """SHA-256 over both plaintext chunks of ``cases`` small random chunks, A before B."""
    total = hashlib.sha256()
    for number in range(cases):
        bits, shape, classes, count, seed, nonce = random_case(number)
        pixels, labels = case_values(f"case-{number}", bits, shape, classes, count)
        expects = expectations(ChunkLayout(shape, classes, RING_BITS_OF[bits]), nonce, number % 65_536, count)
        for plain in plain_chunks(seed, pixels, labels, expects):
            total.update(plain)
    return total.hexdigest()


def random_case(number: int) -> tuple[int, tuple[int, int, int], int, int, bytes, bytes]:
    """Bits, shape, classes, images, seed and nonce of an accumulated case."""
    rng = SeededRandom(f"shape-{number}")
    pick = rng.token(5)
    shape = (1 + pick[0] % 4, 1 + pick[1] % 4, (1, 3)[pick[2] % 2])
    return (8, 12, 16)[number % 3], shape, 1 + pick[3] % 4, 1 + pick[4] % 3, rng.token(32), rng.token(16)


def vectors() -> dict[str, Any]:
    chunks = [chunk_case(*case) for case in CASES]
    sealed = sealed_case(bytes.fromhex(chunks[0]["plain_b"]))
    return {
        "about": "chunks, a sealed chunk, a bundle and a manifest of share-bundle-v1",
        "source": "tests/vectors/generate/share_bundle_v1.py",
        "check": "tests/vectors/verify/share_bundle_v1.py",
        "chunks": chunks,
        "sealed": sealed,
        "bundle": bundle_case([bytes.fromhex(sealed["sealed"]), bytes.fromhex(sealed["sealed"])[::-1]]),
        "manifest": manifest_case(),
        "accumulated": {"cases": ACCUMULATED_CASES, "sha256": accumulated(ACCUMULATED_CASES)},
    }


if __name__ == "__main__":
    json.dump(vectors(), sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")
