"""A deployment on this machine and data sets of noise, for measuring what the platform around the engine can do."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from common.crypto import domains
from common.crypto.rng import SystemRandom
from common.crypto.sealing import seal
from common.ids import Party
from common.sharing import manifest
from common.sharing.bundle import BundleWriter
from common.sharing.share_chunk import ChunkExpectation, ChunkKind, write_chunk
from desktop_client.keystore import UserKeys, open_keys
from desktop_client.poc.deployment import LocalDeployment
from desktop_client.settings import Profile

RNG = SystemRandom()


@contextmanager
def deployment(root: Path) -> Iterator[LocalDeployment]:
    """Node A, node B, the log and two users in processes of their own."""
    with LocalDeployment(root / "poc") as local:
        yield local


def profile_of(local: LocalDeployment, number: int = 1) -> tuple[Profile, UserKeys]:
    """Profile and opened keys of a user."""
    profile = Profile(local.client(number))
    return profile, open_keys(profile.keys_path, local.password(number))


def description(profile: Profile, side: int, name: str) -> manifest.Description:
    """What a data set of colour pictures of this side says of itself."""
    nodes, user = profile.deployment(), profile.user()
    return manifest.Description(
        name=name, shape=(side, side, 3), bits=8, ring_bits=16, classes=("well", "ill"), owner=user.name,
        owner_key=user.verify_key, created="2026-01-01T00:00:00Z", nonce=RNG.token(16).hex(), visibility="private",
        shared_with=(), tags=(), description="", seal_keys=(nodes.node("a").seal_key, nodes.node("b").seal_key),
    )  # fmt: skip


def sealed_chunks(about: manifest.Description, images: int) -> Iterator[tuple[int, tuple[bytes, bytes]]]:
    """Number of images and both sealed shares of each chunk; a share is uniform, so noise is as good as any picture."""
    noise = RNG.token(about.layout.images_per_chunk * about.layout.image_elements * about.ring_bits // 8)
    nonce = bytes.fromhex(about.nonce)
    for index, start in enumerate(range(0, images, about.layout.images_per_chunk)):
        count = min(about.layout.images_per_chunk, images - start)
        sealed = []
        for party in Party:
            expect = ChunkExpectation(about.layout, nonce, party, index, count)
            size = expect.payload_bytes
            payload = RNG.token(size) if expect.kind is ChunkKind.SEED else noise[:size]
            plain = write_chunk(expect, payload)
            sealed.append(seal(about.seal_keys[party], domains.CHUNK_SEAL_V1, plain))
        yield count, (sealed[0], sealed[1])


def entry_of(count: int, sealed: tuple[bytes, bytes]) -> manifest.ChunkEntry:
    """The commitment to one chunk."""
    refs = [manifest.SealedRef(hashlib.sha256(one).hexdigest(), len(one)) for one in sealed]
    return manifest.ChunkEntry(count, refs[0], refs[1])


def write_dataset(folder: Path, about: manifest.Description, keys: UserKeys, images: int) -> None:
    """A split data set on the disk, as the offline program leaves it; one chunk is in memory at a time."""
    folder.mkdir(parents=True)
    entries = []
    files = [(folder / f"server-{party.letter}.bundle").open("w+b") for party in Party]
    writers = [BundleWriter(file, party, bytes.fromhex(about.nonce)) for file, party in zip(files, Party, strict=True)]
    for count, sealed in sealed_chunks(about, images):
        entries.append(entry_of(count, sealed))
        for writer, one in zip(writers, sealed, strict=True):
            writer.add(one)
    for writer, file in zip(writers, files, strict=True):
        writer.finish()
        file.close()
    document = manifest.sign_manifest(manifest.build(about, tuple(entries)), keys.signing)
    (folder / "manifest.json").write_text(json.dumps(document), encoding="utf-8")


def machine() -> dict[str, Any]:
    """Where it was measured."""
    return {"cpu": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()}


def forget_peak(pid: int) -> None:
    """Start measuring the peak memory of a process anew (proc(5), Linux)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")


def peak_mb(pid: int) -> int:
    """The largest resident memory of a process since :func:`forget_peak`."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) // 1024


def cpu_seconds(pid: int) -> float:
    """Processor time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
