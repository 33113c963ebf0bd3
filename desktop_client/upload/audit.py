"""Verify the whole log without trusting the log node, and write a proof that others can check offline."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from common.deployment import Deployment
from common.errors import LogTampered
from common.merkle.checkpoint import Checkpoint, open_checkpoint
from common.merkle.entry import Action, Event, user_actor
from common.merkle.proof import decode_proof, encode_proof, prove_inclusion
from common.merkle.replay import Replay, Report
from common.merkle.tree import MerkleTree
from common.merkle.witness import Witness
from common.net.files import write_atomic
from desktop_client.settings import Profile
from desktop_client.upload.audit_copy import LogSource
from desktop_client.upload.receipts import kept_digests

BATCH: Final = 256
MAX_OWN: Final = 100_000
PROOF_KIND: Final = "imguard-log-proof"


@dataclass(frozen=True)
class OwnEvent:
    """One thing this user did, as the log has it, with the proof that it is in the log."""

    index: int
    time: str
    action: str
    leaf: str
    proof: list[str] = field(repr=False)


@dataclass(frozen=True)
class LogCheck:
    """What a complete check of the log gave.

    ``unlogged`` names each receipt of this profile that its server did not record, as ``<data set>-<a or b>``.
    """

    report: Report
    remembered_size: int
    note: str = field(repr=False)
    own: list[OwnEvent] = field(default_factory=list)
    unlogged: list[str] = field(default_factory=list)

    def proof_file(self) -> dict[str, Any]:
        """JSON value: the signed checkpoint, the counts, and an inclusion proof for each own event."""
        return {
            "kind": PROOF_KIND,
            "version": 1,
            "checkpoint": self.note,
            "size": self.report.size,
            "root": self.report.root.hex(),
            "actions": self.report.actions,
            "own": [asdict(event) for event in self.own],
        }


async def verify_log(
    log: LogSource, deployment: Deployment, profile: Profile, progress: Callable[[int, int], None]
) -> LogCheck:
    """Replay every entry against the signed checkpoint and against the checkpoint remembered in the profile.

    The new checkpoint is remembered only when everything was right.

    Raises:
        LogTampered: names the first bad row.
        LogFork: the log contradicts what it showed this profile before.
    """
    log_key = deployment.node("log").verify_key
    witness = Witness(profile.checkpoint_path, log_key)
    known = witness.remembered()
    note = await log.checkpoint()
    checkpoint = open_checkpoint(note, log_key)
    is_longer = known is not None and 0 < known.size < checkpoint.size
    proof = decode_proof(await log.consistency(known.size, checkpoint.size)) if known and is_longer else []
    writers = {deployment.node(role).verify_key: role for role in ("a", "b")}
    replay, tree = Replay(writers), MerkleTree()
    mine, receipts = _actors(profile), kept_digests(profile.receipts_path)
    own: list[tuple[int, Event]] = []
    while replay.size < checkpoint.size:
        for entry in await _batch(log, replay.size, checkpoint.size):
            index = replay.size
            event = replay.feed(entry)
            tree.append(event.leaf)
            if event.action == Action.DATASET_RECEIPT:
                receipts.pop(_confirmed(event, writers[event.signer]), None)
            if event.body["actor"] in mine and len(own) < MAX_OWN:
                own.append((index, event))
        progress(replay.size, checkpoint.size)
    report = replay.finish(checkpoint)
    witness.accept(note, proof)
    events = [_own_event(tree, checkpoint, index, event) for index, event in own]
    return LogCheck(report, known.size if known else 0, note, events, sorted(receipts.values()))


def write_proof(path: Path, check: LogCheck) -> None:
    """Write the proof file."""
    write_atomic(path, json.dumps(check.proof_file(), indent=1, sort_keys=True).encode())


async def _batch(log: LogSource, start: int, end: int) -> list[bytes]:
    wanted = min(end, start + BATCH)
    entries = await log.entries(start, wanted)
    if not 0 < len(entries) <= wanted - start:
        raise LogTampered(f"Row {start} is missing: the log node does not show it.", row=start)
    return entries


def _own_event(tree: MerkleTree, checkpoint: Checkpoint, index: int, event: Event) -> OwnEvent:
    proof = encode_proof(prove_inclusion(tree, index, checkpoint.size))
    return OwnEvent(index, str(event.body["time"]), event.action, event.leaf.hex(), proof)


def _actors(profile: Profile) -> set[str]:
    """The pseudonyms of the user: of the present key, and of those that were rotated."""
    if not (profile.root / "user.json").exists():
        return set()
    user = profile.user()
    return {user_actor(key) for key in (user.verify_key, *user.former)}


def _confirmed(event: Event, role: str) -> tuple[str, str, str]:
    """Server, data set and digest of the receipt that a row records; nothing that is kept where others wrote it."""
    subject = event.body["subject"]
    writer = role if event.body["actor"] == f"node:{role}" else ""
    return writer, str(subject.get("dataset")), str(subject.get("receipt"))
