"""Upload one data set to both servers at the same time, chunk by chunk from its bundle files.

At most ``parallel_chunks`` chunks for each server are in memory. Whatever stops the upload, the same call continues
at the first missing chunk: the servers say what they lack.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from common.config import Settings
from common.errors import (
    BadBundle,
    BadManifest,
    BadSignature,
    BlobsGone,
    DatabaseGone,
    NodeUnreachable,
    PeerMismatch,
    RateLimited,
)
from common.heap import keep_freed
from common.ids import Party
from common.sharing.bundle import BundleReader
from common.sharing.manifest import MAX_MANIFEST_BYTES, Manifest, verify_manifest
from desktop_client.settings import Profile, UserRecord
from desktop_client.upload.answers import document, text
from desktop_client.upload.client import NodeClient, Nodes, first_error
from desktop_client.upload.plan import Standing, UploadPlan, delay_before
from desktop_client.upload.receipts import Receipt, check_receipt, keep_receipt

MANIFEST_NAME: Final = "manifest.json"
_COMPARE_ATTEMPTS: Final = 6
_KEPT_BYTES: Final = 64 * 1024 * 1024
_AGAIN: Final = (NodeUnreachable, RateLimited, DatabaseGone, BlobsGone)

Progress = Callable[[int, int], None]
"""Called with the bytes both servers have and the bytes in all."""
Watch = Callable[[Standing, Standing], None]
"""Called with what server A and server B have."""


@dataclass(frozen=True)
class LocalDataset:
    """A split data set on disk: signed manifest and one bundle for each server."""

    folder: Path
    id: str
    manifest: Manifest
    document: dict[str, Any]

    def bundle_path(self, role: str) -> Path:
        return self.folder / f"server-{role}.bundle"


@dataclass(frozen=True)
class Uploaded:
    """What both servers confirmed; ``states`` are those at A and at B, ``usable`` once they have compared manifests."""

    dataset: str
    receipts: tuple[Receipt, Receipt]
    states: tuple[str, str]


def open_dataset(folder: Path, user: UserRecord, seal_keys: tuple[str, str]) -> LocalDataset:
    """Read and check the manifest of a split data set.

    Raises:
        BadManifest, BadSignature: damaged, or not signed by this user.
        PeerMismatch: it was sealed for the servers of another deployment.
    """
    path = folder / MANIFEST_NAME
    try:
        if path.stat().st_size > MAX_MANIFEST_BYTES:
            raise BadManifest(f"{path} is too large for a manifest.")
        signed = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadManifest(f"Cannot read the manifest {path}: {error}") from error
    dataset, manifest = verify_manifest(signed)
    if manifest.about.owner != user.name or manifest.about.owner_key != user.verify_key:
        raise BadSignature(f"This data set belongs to {manifest.about.owner}, not to {user.name} with these keys.")
    if manifest.about.seal_keys != seal_keys:
        raise PeerMismatch("This data set was split for the servers of another deployment; split it again.")
    return LocalDataset(folder, dataset, manifest, signed)


def silent(done: int, total: int) -> None:
    """Progress that nobody looks at."""
    del done, total


def unwatched(a: Standing, b: Standing) -> None:
    """Standings that nobody looks at."""
    del a, b


async def upload(
    nodes: Nodes, profile: Profile, dataset: LocalDataset, progress: Progress = silent, watch: Watch = unwatched
) -> Uploaded:
    """Send what is missing, ask both servers for receipts, check them and keep them in the profile.

    Raises:
        AppError: a server refused or stayed away longer than the settings allow; call again to continue.
    """
    chunks = len(dataset.manifest.chunks)
    states = await nodes.both(lambda node: node.announce(dataset.document, chunks))
    if any(state.dataset != dataset.id for state in states):
        raise PeerMismatch("A server gave the data set another id than its manifest has.")
    sizes = {party.letter: [entry.of(party).size for entry in dataset.manifest.chunks] for party in Party}
    plan = UploadPlan(sizes, {"a": states[0].missing, "b": states[1].missing})
    keep_freed(_KEPT_BYTES)

    def tell() -> None:
        progress(plan.done_bytes, plan.total_bytes)
        watch(plan.standing("a"), plan.standing("b"))

    run = _Run(dataset, plan, profile.settings(), tell)
    await run.send(nodes)
    return await _confirm(nodes, profile, dataset)


class _Run:
    """One run of an upload."""

    def __init__(self, dataset: LocalDataset, plan: UploadPlan, settings: Settings, tell: Callable[[], None]) -> None:
        self._dataset, self._plan, self._tell = dataset, plan, tell
        self._parallel, self._retries = settings["parallel_chunks"], settings["upload_retries"]

    async def send(self, nodes: Nodes) -> None:
        self._tell()
        try:
            async with asyncio.TaskGroup() as group:
                for node in nodes.servers:
                    group.create_task(self._send_to(node))
        except BaseExceptionGroup as errors:
            raise first_error(errors) from errors

    async def _send_to(self, node: NodeClient) -> None:
        role = node.node.role
        with BundleReader(self._dataset.bundle_path(role)) as bundle:
            if bundle.party != Party.from_letter(role) or len(bundle) != len(self._dataset.manifest.chunks):
                raise BadBundle(f"{self._dataset.bundle_path(role).name} does not belong to this manifest.")
            async with asyncio.TaskGroup() as group:
                for _ in range(self._parallel):
                    group.create_task(self._work(node, bundle))

    async def _work(self, node: NodeClient, bundle: BundleReader) -> None:
        role = node.node.role
        while (chunk := self._plan.take(role)) is not None:
            try:
                await self._put(node, bundle, chunk)
            except BaseException:
                self._plan.give_back(role, chunk)
                raise
            self._plan.finish(role, chunk)
            self._tell()

    async def _put(self, node: NodeClient, bundle: BundleReader, chunk: int) -> None:
        party = Party.from_letter(node.node.role)
        sealed = await asyncio.to_thread(self._read, bundle, chunk, party)
        chunk_hash = self._dataset.manifest.chunks[chunk].of(party).hash
        for attempt in range(1, self._retries + 2):
            try:
                return await node.put_chunk(self._dataset.id, chunk, sealed, chunk_hash)
            except _AGAIN:
                if attempt > self._retries:
                    raise
                await asyncio.sleep(delay_before(attempt))

    def _read(self, bundle: BundleReader, chunk: int, party: Party) -> bytes:
        """One sealed chunk as the owner signed for it."""
        sealed = bundle.chunk(chunk)
        self._dataset.manifest.check_sealed(chunk, party, sealed)
        return sealed


async def _confirm(nodes: Nodes, profile: Profile, dataset: LocalDataset) -> Uploaded:
    answers = await nodes.both(lambda node: node.finish_dataset(dataset.id))
    receipts = []
    for node, answer in zip(nodes.servers, answers, strict=True):
        signed = document(answer, "receipt")
        receipt = check_receipt(signed, node.node, dataset.id, dataset.manifest)
        keep_receipt(profile.receipts_path, signed, receipt)
        receipts.append(receipt)
    return Uploaded(dataset.id, (receipts[0], receipts[1]), await _compared_states(nodes, dataset.id))


async def _compared_states(nodes: Nodes, dataset: str) -> tuple[str, str]:
    """State of a data set at A and at B once they have compared manifests; after a while, whatever it is."""
    for attempt in range(1, _COMPARE_ATTEMPTS + 1):
        found = await nodes.both(lambda node: node.dataset(dataset))
        states = text(found[0], "state"), text(found[1], "state")
        if "received" not in states:
            break
        await asyncio.sleep(delay_before(attempt))
    return states
