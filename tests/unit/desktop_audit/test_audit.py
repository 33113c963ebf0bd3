"""The log is verified row by row against what this profile saw before; the first bad row is named."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from common.crypto.rng import SystemRandom
from common.crypto.signing import SigningKey
from common.documents import canonical, digest, sign_document
from common.errors import BadInput, BadSignature, LogFork, LogTampered, StoreDamaged
from common.merkle.checkpoint import Checkpoint, open_checkpoint, origin_of, sign_checkpoint
from common.merkle.entry import user_actor
from common.merkle.proof import check_inclusion, decode_proof, encode_proof, prove_consistency
from common.merkle.tree import MerkleTree, leaf_hash
from common.net.identity import NodeIdentity
from desktop_client.settings import Profile, UserRecord
from desktop_client.upload import audit
from desktop_client.upload.audit import LogCheck, verify_log, write_proof
from desktop_client.upload.audit_copy import LogCopy, save_log
from desktop_client.upload.client import LogClient
from desktop_client.upload.receipts import Receipt, keep_receipt
from tests.helpers.desktop.fake_nodes import make_deployment

ALICE = SigningKey.generate(SystemRandom())


class FakeLog(LogClient):
    """A log node in memory that can lie."""

    def __init__(self, key: SigningKey) -> None:
        self.key = key
        self.rows: list[Any] = []
        self.short = 0
        self.claims: int | None = None

    def _tree(self) -> MerkleTree:
        tree = MerkleTree()
        for row in self.rows:
            tree.append(leaf_hash(canonical(row)))
        return tree

    async def checkpoint(self) -> str:
        tree = self._tree()
        size = tree.size if self.claims is None else self.claims
        return sign_checkpoint(Checkpoint(origin_of(self.key.verify_key), size, tree.root()), self.key)

    async def entries(self, start: int, end: int) -> list[bytes]:
        return [canonical(row) for row in self.rows[start : end - self.short]]

    async def consistency(self, first: int, second: int) -> object:
        return encode_proof(prove_consistency(self._tree(), first, second))


class Place:
    """A profile of alice, the nodes' keys and a log with some rows."""

    def __init__(self, folder: Path, rows: int) -> None:
        self.identities = make_deployment(folder, {"a": 1, "b": 2, "log": 3})
        self.deployment = self.identities["a"].deployment
        self.profile = Profile(folder / "profile")
        self.profile.create()
        self.profile.save_user(UserRecord("alice", ALICE.verify_key, "22" * 32))
        self.log = FakeLog(self.identities["log"].signing)
        self.add(rows)

    def add(self, count: int, actor: str | None = None, **subject: str) -> None:
        for _ in range(count):
            number = len(self.log.rows)
            role = "ab"[number % 2]
            event = _event(self.identities[role], number, actor or f"node:{role}", subject)
            self.log.rows.append(event)

    async def verify(self, step: Callable[[int, int], None] = lambda done, total: None) -> LogCheck:
        return await verify_log(self.log, self.deployment, self.profile, step)


def _event(identity: NodeIdentity, number: int, actor: str, subject: dict[str, str]) -> dict[str, Any]:
    body = {
        "version": 1, "id": f"{number:032x}", "time": "2026-01-01T00:00:00Z", "actor": actor,
        "action": "dataset-receipt", "subject": subject,
    }  # fmt: skip
    return sign_document("event", body, identity.signing)


async def test_copy_of_a_log_is_verified_without_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "BATCH", 4)
    place = Place(tmp_path, 7)
    early = tmp_path / "early.jsonl"
    await save_log(place.log, 7, await place.log.checkpoint(), early, lambda done, total: None)
    place.add(4, user_actor(ALICE.verify_key))
    copy_path = tmp_path / "copy.jsonl"
    await save_log(place.log, 11, await place.log.checkpoint(), copy_path, lambda done, total: None)
    auditor = Profile(tmp_path / "auditor")
    auditor.create()
    for path, size, seen in ((early, 7, 0), (copy_path, 11, 7), (copy_path, 11, 11)):
        found = await verify_log(LogCopy(path), place.deployment, auditor, lambda done, total: None)
        assert (found.report.size, found.remembered_size, found.own) == (size, seen, [])
    assert len((await verify_log(LogCopy(copy_path), place.deployment, place.profile, lambda *step: None)).own) == 4
    with pytest.raises(LogFork):
        await verify_log(LogCopy(early), place.deployment, auditor, lambda done, total: None)


async def test_copy_of_a_log_that_was_changed_is_noticed(tmp_path: Path) -> None:
    place = Place(tmp_path, 5)
    path = tmp_path / "copy.jsonl"
    await save_log(place.log, 5, await place.log.checkpoint(), path, lambda done, total: None)
    head, *rows = path.read_bytes().splitlines(keepends=True)
    changed = {
        "Row 2 ": [*rows[:2], rows[2].replace(b'"time":"2026', b'"time":"2027'), *rows[3:]],
        "Row 3 ": [*rows[:3], b"{\n", *rows[4:]],
        "Row 4 ": rows[:4],
        "Row 1 ": [rows[0], b"1" * 10_000 + b"\n"],
    }
    for says, lines in changed.items():
        path.write_bytes(head + b"".join(lines))
        with pytest.raises(LogTampered, match=says):
            await verify_log(LogCopy(path), place.deployment, place.profile, lambda done, total: None)
    for content in (b"", b"{}\n", b"[" * 9000, b'{"kind":"imguard-log-copy","version":2}\n', rows[0]):
        path.write_bytes(content)
        with pytest.raises(BadInput, match="copy of a log"):
            LogCopy(path)
    with pytest.raises(BadInput, match="no file"):
        LogCopy(tmp_path / "none")


async def test_copy_of_a_log_that_is_held_back_is_not_kept(tmp_path: Path) -> None:
    place = Place(tmp_path, 5)
    with pytest.raises(LogTampered, match="Row 5"):
        await save_log(place.log, 9, await place.log.checkpoint(), tmp_path / "copy", lambda done, total: None)
    assert not list(tmp_path.glob("copy*"))


async def test_events_under_a_rotated_key_are_own_events_too(tmp_path: Path) -> None:
    place = Place(tmp_path, 2)
    place.add(1, user_actor(ALICE.verify_key))
    place.add(1, user_actor("44" * 32))
    place.profile.save_user(UserRecord("alice", "44" * 32, "22" * 32, former=(ALICE.verify_key,)))
    assert place.profile.user().former == (ALICE.verify_key,)
    assert [event.index for event in (await place.verify()).own] == [2, 3]


async def test_verify_whole_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "BATCH", 4)
    place = Place(tmp_path, 11)
    steps: list[tuple[int, int]] = []
    found = await place.verify(lambda *step: steps.append(step))
    assert (found.report.size, found.remembered_size) == (11, 0)
    assert found.report.actions == {"dataset-receipt": 11}
    assert steps == [(4, 11), (8, 11), (11, 11)]


async def test_verify_empty_log(tmp_path: Path) -> None:
    place = Place(tmp_path, 0)
    assert (await place.verify()).report.size == 0


async def test_verify_remembers_and_accepts_growth(tmp_path: Path) -> None:
    place = Place(tmp_path, 5)
    await place.verify()
    assert (await place.verify()).remembered_size == 5
    place.add(4)
    assert (await place.verify()).remembered_size == 5
    assert (await place.verify()).remembered_size == 9


@pytest.mark.parametrize("row", [0, 3, 6])
async def test_verify_names_the_first_changed_row(tmp_path: Path, row: int) -> None:
    place = Place(tmp_path, 7)
    changed = copy.deepcopy(place.log.rows[row])
    changed["body"]["subject"] = {"dataset": "other"}
    place.log.rows[row] = changed
    with pytest.raises(LogTampered, match=f"Row {row} ") as found:
        await place.verify()
    assert found.value.details["row"] == row
    assert not place.profile.checkpoint_path.exists()


async def test_verify_row_signed_by_a_stranger_is_named(tmp_path: Path) -> None:
    place = Place(tmp_path, 3)
    place.log.rows.append(_event(place.identities["log"], 3, "node:a", {}))
    with pytest.raises(LogTampered, match="Row 3 "):
        await place.verify()


async def test_verify_rewritten_history_is_a_fork(tmp_path: Path) -> None:
    place = Place(tmp_path, 6)
    await place.verify()
    place.log.rows[2] = _event(place.identities["a"], 2, "node:a", {"dataset": "other"})
    with pytest.raises(LogFork):
        await place.verify()
    place.add(3)
    with pytest.raises(LogFork):
        await place.verify()


async def test_verify_log_that_forgot_rows_is_a_fork(tmp_path: Path) -> None:
    place = Place(tmp_path, 6)
    await place.verify()
    del place.log.rows[4:]
    with pytest.raises(LogFork):
        await place.verify()


async def test_verify_withheld_rows_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "BATCH", 4)
    place = Place(tmp_path, 9)
    place.log.claims = 12
    with pytest.raises(LogTampered, match="Row 9 "):
        await place.verify()


async def test_verify_rows_that_are_not_under_the_checkpoint_are_noticed(tmp_path: Path) -> None:
    place = Place(tmp_path, 6)
    place.log.claims = 5
    with pytest.raises(LogTampered):
        await place.verify()


async def test_verify_checkpoint_of_another_log_is_refused(tmp_path: Path) -> None:
    place = Place(tmp_path, 2)
    place.log.key = SigningKey.generate(SystemRandom())
    with pytest.raises((BadSignature, LogTampered)):
        await place.verify()


async def test_proof_file_shows_own_events_without_the_log(tmp_path: Path) -> None:
    place = Place(tmp_path, 5)
    place.add(2, user_actor(ALICE.verify_key))
    place.add(3)
    found = await place.verify()
    assert [event.index for event in found.own] == [5, 6]
    write_proof(tmp_path / "proof.json", found)
    body = json.loads((tmp_path / "proof.json").read_text(encoding="utf-8"))
    checkpoint = open_checkpoint(body["checkpoint"], place.deployment.node("log").verify_key)
    for event in body["own"]:
        proof = decode_proof(event["proof"])
        check_inclusion(bytes.fromhex(event["leaf"]), event["index"], checkpoint.size, proof, checkpoint.root)
        assert leaf_hash(canonical(place.log.rows[event["index"]])).hex() == event["leaf"]


def _keep(place: Place, dataset: str, role: str) -> str:
    """Keep a receipt in the profile and give its digest."""
    document = sign_document("receipt", {"dataset": dataset, "party": role}, place.identities[role].signing)
    keep_receipt(place.profile.receipts_path, document, Receipt(dataset, role, 1, 1, ""))
    return digest(document)


async def test_verify_tells_which_receipts_are_not_logged(tmp_path: Path) -> None:
    place = Place(tmp_path, 2)
    first, second = "11" * 32, "22" * 32
    kept = {(dataset, role): _keep(place, dataset, role) for dataset in (first, second) for role in "ab"}
    place.add(1, dataset=first, receipt=kept[first, "a"])
    place.add(1, dataset=first, receipt=kept[first, "b"])
    assert (await place.verify()).unlogged == [f"{second}-a", f"{second}-b"]
    place.add(1, dataset=second, receipt=kept[second, "b"])  # written by A
    place.add(1, dataset=first, receipt=kept[second, "b"])
    place.add(2, dataset=second, receipt="33" * 32)
    assert (await place.verify()).unlogged == [f"{second}-a", f"{second}-b"]
    place.add(1, dataset=second, receipt=kept[second, "a"])
    assert (await place.verify()).unlogged == [f"{second}-b"]


async def test_verify_takes_only_a_receipt_row_by_the_server_itself(tmp_path: Path) -> None:
    place = Place(tmp_path, 0)
    kept = _keep(place, "11" * 32, "a")
    place.add(2, user_actor(ALICE.verify_key), dataset="11" * 32, receipt=kept)
    row = _event(place.identities["a"], 2, "node:a", {"dataset": "11" * 32, "receipt": kept})
    body = {**row["body"], "action": "dataset-upload"}
    place.log.rows.append(sign_document("event", body, place.identities["a"].signing))
    assert (await place.verify()).unlogged == [f"{'11' * 32}-a"]


@pytest.mark.parametrize("content", [b"", b"{", b"1.5", b"[" * 60_000, b" " * 100_000])
async def test_verify_damaged_receipt_is_named(tmp_path: Path, content: bytes) -> None:
    place = Place(tmp_path, 1)
    place.profile.receipts_path.mkdir()
    (place.profile.receipts_path / f"{'11' * 32}-b.json").write_bytes(content)
    with pytest.raises(StoreDamaged, match="-b.json"):
        await place.verify()
