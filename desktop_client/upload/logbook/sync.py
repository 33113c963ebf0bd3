"""Fetch what is new in the log, and take it into the copy once it was verified."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from common.deployment import Deployment
from common.errors import BadInput, BadSignature, LogFork, LogTampered, StoreDamaged
from common.merkle.checkpoint import Checkpoint, open_checkpoint
from common.merkle.entry import Event
from common.merkle.proof import decode_proof, prove_consistency
from common.merkle.replay import checked_row
from common.merkle.tree import MerkleTree
from common.merkle.witness import Witness
from desktop_client.settings import Profile
from desktop_client.upload.audit_copy import LogSource
from desktop_client.upload.logbook.book import BookState, LogBook

BATCH: Final = 256
Step = Callable[[int, int], None]


async def sync_log(log: LogSource, deployment: Deployment, profile: Profile, step: Step) -> BookState:
    """Bring the copy of a profile up to the newest checkpoint; what was verified before is not fetched again.

    Rows that arrive are kept at once, so that a fetch that was cut off goes on where it was; they count only when the
    root over all rows is the one that the log signed, and that continues what this profile saw before.

    Raises:
        LogTampered: a row is not what it should be; rows of this fetch are forgotten.
        LogFork: the log contradicts what it showed this profile before.
        Conflict: another process fetches just now.
    """
    book = LogBook(profile.root)
    with book.held():
        book.prepare()
        return await _Fetch(log, deployment, profile, book).run(step)


class _Fetch:
    """One run: the log, what it has to fit to, and where it goes."""

    def __init__(self, log: LogSource, deployment: Deployment, profile: Profile, book: LogBook) -> None:
        self._log, self._book = log, book
        self._log_key = deployment.node("log").verify_key
        self._writers = {deployment.node(role).verify_key: role for role in ("a", "b")}
        self._witness = Witness(profile.checkpoint_path, self._log_key)

    async def run(self, step: Step) -> BookState:
        note = await self._log.checkpoint()
        checkpoint = open_checkpoint(note, self._log_key)
        tree = self._own_tree()
        verified = self._book.state().size
        if tree.size > max(verified, checkpoint.size):
            self._book.drop(max(verified, checkpoint.size))
            tree = self._book.tree()
        try:
            await self._rows(tree, checkpoint, step)
            await self._accept(tree, checkpoint, note)
        except LogTampered:
            # A row that was kept pending may be the wrong one; the next fetch asks for all of them again.
            self._book.drop(verified)
            raise
        fetched = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._book.settle(checkpoint.size, note, fetched)
        return BookState(checkpoint.size, note, fetched)

    async def _rows(self, tree: MerkleTree, checkpoint: Checkpoint, step: Step) -> None:
        step(min(tree.size, checkpoint.size), checkpoint.size)
        while tree.size < checkpoint.size:
            first = tree.size
            wanted = min(checkpoint.size, first + BATCH)
            found = await self._log.entries(first, wanted)
            if not 0 < len(found) <= wanted - first:
                raise LogTampered(f"Row {first} is missing: the log node does not show it.", row=first)
            events = [self._checked(first + place, entry) for place, entry in enumerate(found)]
            self._book.add(first, events)
            for event, _ in events:
                tree.append(event.leaf)
            step(tree.size, checkpoint.size)

    def _checked(self, number: int, entry: bytes) -> tuple[Event, str]:
        event = checked_row(number, entry)
        if event.signer not in self._writers:
            raise LogTampered(f"Row {number} was signed by a key that is no node's of this deployment.", row=number)
        return event, self._writers[event.signer]

    async def _accept(self, tree: MerkleTree, checkpoint: Checkpoint, note: str) -> None:
        """The rows are those that were signed for, and continue what was seen before; then this is remembered."""
        known = self._witness.remembered()
        is_longer = known is not None and 0 < known.size < checkpoint.size
        is_whole = tree.size != checkpoint.size or tree.root() == checkpoint.root
        proof: list[bytes] = []
        if known is not None and is_longer:
            # Rows that do not fit tell nothing about who lied; the log's own proof shows whether it is a fork.
            offered = await self._log.consistency(known.size, checkpoint.size) if not is_whole else None
            proof = prove_consistency(tree, known.size, checkpoint.size) if is_whole else decode_proof(offered)
        if is_whole or known is not None:
            self._witness.accept(note, proof)
        if not is_whole:
            raise LogTampered(
                f"The {tree.size} rows are well formed but are not the ones the checkpoint was signed for."
            )
        if checkpoint.size < tree.size:
            raise LogFork(
                f"The log has {checkpoint.size} rows, and had {tree.size} before.",
                remembered=tree.size,
                offered=checkpoint.size,
            )

    def _own_tree(self) -> MerkleTree:
        """The tree over what is here; a copy that is not what was verified once is given up."""
        state = self._book.state()
        try:
            tree = self._book.tree()
            sound = not state.size or tree.root(state.size) == open_checkpoint(state.checkpoint, self._log_key).root
        except (StoreDamaged, BadInput, LogTampered, BadSignature):
            sound = False
        if sound:
            return tree
        self._book.settle(0, "", "")
        self._book.drop(0)
        return MerkleTree()
