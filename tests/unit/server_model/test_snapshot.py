"""Checkpoints come back exactly, are never half-written, and no damaged byte goes unnoticed."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.errors import DiskFull, StoreDamaged
from server_node.model.snapshot import Checkpoint, checkpoint_path, load_checkpoint, save_checkpoint, tensor_bytes
from server_node.train.state import ModelState
from tests.helpers.two_party.operations import RING, uniform

SEED = bytes(range(32))


def state(seed: int = 0) -> ModelState:
    shapes = {"head.0.weight": (3, 2), "head.1.weight": (2, 4)}
    groups = [
        {name: uniform(*RING, *shape, seed=seed + index + offset) for index, (name, shape) in enumerate(shapes.items())}
        for offset in (0, 10, 20)
    ]
    return ModelState(groups[0], {"first": groups[1], "second": groups[2]}, 40 + seed)


def checkpoint(epochs_done: int = 1, seed: int = 0) -> Checkpoint:
    return Checkpoint("job-1", epochs_done, SEED, state(seed), halvings=1, attempt=4)


def assert_same(first: ModelState, second: ModelState) -> None:
    assert (list(first.slots), first.steps) == (list(second.slots), second.steps)
    groups = [[state.weights, *state.slots.values()] for state in (first, second)]
    for one, other in zip(*groups, strict=True):
        assert list(one) == list(other)
        assert all(torch.equal(one[name], other[name]) and one[name].dtype == torch.int64 for name in one)


def test_checkpoint_comes_back_exactly(tmp_path: Path) -> None:
    saved = checkpoint(7)
    save_checkpoint(tmp_path, saved)
    found = load_checkpoint(tmp_path, 7)
    assert (found.job, found.epochs_done, found.seed, found.halvings, found.attempt) == ("job-1", 7, SEED, 1, 4)
    assert_same(found.state, saved.state)


def test_checkpoint_can_be_trained_on(tmp_path: Path) -> None:
    """What was read is writable memory of its own."""
    save_checkpoint(tmp_path, checkpoint())
    found = load_checkpoint(tmp_path, 1)
    found.state.weights["head.0.weight"] += 1
    assert torch.equal(found.state.weights["head.0.weight"], state().weights["head.0.weight"] + 1)


def test_checkpoint_hash_is_that_of_its_content(tmp_path: Path) -> None:
    digest = save_checkpoint(tmp_path, checkpoint())
    data = checkpoint_path(tmp_path, 1).read_bytes()
    assert digest == hashlib.sha256(data[:-32]).hexdigest() == data[-32:].hex()
    assert save_checkpoint(tmp_path, checkpoint()) == digest != save_checkpoint(tmp_path, checkpoint(seed=1))


def test_checkpoint_is_for_this_account_only(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, checkpoint())
    assert checkpoint_path(tmp_path, 1).stat().st_mode & 0o777 == 0o600


def test_checkpoints_of_different_epochs_lie_side_by_side(tmp_path: Path) -> None:
    for epoch in (1, 2, 10):
        save_checkpoint(tmp_path, checkpoint(epoch, seed=epoch))
    for epoch in (1, 2, 10):
        assert_same(load_checkpoint(tmp_path, epoch).state, state(epoch))
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["checkpoint-00001", "checkpoint-00002", "checkpoint-00010"]


def test_transposed_tensors_are_written_in_order() -> None:
    value = uniform(*RING, 3, 5).T
    assert tensor_bytes(value) == b"".join(int(v).to_bytes(8, "little", signed=True) for row in value for v in row)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(job=st.text(max_size=20), seed=st.binary(max_size=40), sides=st.lists(st.integers(1, 4), min_size=1, max_size=3))
def test_checkpoint_of_any_form_comes_back(tmp_path: Path, job: str, seed: bytes, sides: list[int]) -> None:
    values = {f"t{n}": uniform(*RING, n, 2, seed=n) for n in sides}
    velocity = {name: value + 1 for name, value in values.items()}
    saved = Checkpoint(job, 3, seed, ModelState(values, {"velocity": velocity}))
    try:
        save_checkpoint(tmp_path, saved)
    except UnicodeEncodeError:
        return
    found = load_checkpoint(tmp_path, 3)
    assert (found.job, found.seed) == (job, seed)
    assert_same(found.state, saved.state)


# --- damage ------------------------------------------------------------------------------------------------------


def test_every_damaged_byte_is_noticed(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, checkpoint())
    path = checkpoint_path(tmp_path, 1)
    good = path.read_bytes()
    for place in range(len(good)):
        for flip in (1, 0x80):
            path.write_bytes(good[:place] + bytes([good[place] ^ flip]) + good[place + 1 :])
            with pytest.raises(StoreDamaged):
                load_checkpoint(tmp_path, 1)
    path.write_bytes(good)
    assert_same(load_checkpoint(tmp_path, 1).state, state())


def test_every_shortened_checkpoint_is_noticed(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, checkpoint())
    path = checkpoint_path(tmp_path, 1)
    good = path.read_bytes()
    for size in range(len(good)):
        path.write_bytes(good[:size])
        with pytest.raises(StoreDamaged):
            load_checkpoint(tmp_path, 1)
    path.write_bytes(good + b"\x00")
    with pytest.raises(StoreDamaged):
        load_checkpoint(tmp_path, 1)


def rewritten(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """A change by somebody who also mends the digest: the form is checked as well."""
    return lambda good: (body := change(good[:-32])) + hashlib.sha256(body).digest()


FORGED: dict[str, Callable[[bytes], bytes]] = {
    "another version": rewritten(lambda body: body.replace(b'"version":3', b'"version":2')),
    "more data than the header says": rewritten(lambda body: body + bytes(8)),
    "less data than the header says": rewritten(lambda body: body[:-8]),
    "a header longer than the file": rewritten(lambda body: (1 << 19).to_bytes(4, "little") + body[4:]),
    "a header longer than any": rewritten(lambda body: (1 << 31).to_bytes(4, "little") + body[4:]),
    "no JSON": rewritten(lambda body: body[:4] + b"[" + body[5:]),
    "an unknown group": rewritten(lambda body: body.replace(b'"group":"second"', b'"group":"third"')),
    "an endless shape": rewritten(lambda body: body.replace(b'"shape":[3,2]', b'"shape":[3,99999999999]')),
    "a negative shape": rewritten(lambda body: body.replace(b'"shape":[3,2]', b'"shape":[-3,2]')),
    "an empty file": lambda good: b"",
    "only a digest": lambda good: hashlib.sha256(b"").digest(),
}


@pytest.mark.parametrize("name", FORGED)
def test_checkpoint_of_another_form_is_refused(tmp_path: Path, name: str) -> None:
    save_checkpoint(tmp_path, checkpoint())
    path = checkpoint_path(tmp_path, 1)
    good = path.read_bytes()
    forged = FORGED[name](good)
    assert forged != good
    path.write_bytes(forged)
    with pytest.raises(StoreDamaged, match="epoch 1"):
        load_checkpoint(tmp_path, 1)


def test_missing_checkpoint_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreDamaged, match="epoch 4"):
        load_checkpoint(tmp_path, 4)


# --- all or nothing ----------------------------------------------------------------------------------------------


def full_disk(*arguments: object) -> None:
    raise OSError(errno.ENOSPC, "no room")


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_full_disk_leaves_the_earlier_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    save_checkpoint(tmp_path, checkpoint(1))
    with monkeypatch.context() as patch:
        patch.setattr(os, call, full_disk)
        for epoch in (1, 2):
            with pytest.raises(DiskFull):
                save_checkpoint(tmp_path, checkpoint(epoch, seed=5))
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint-00001"]
    assert_same(load_checkpoint(tmp_path, 1).state, state())


def test_checkpoint_gets_its_name_when_it_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written beside, flushed, renamed, and the folder flushed: in this order."""
    order: list[str] = []
    plain_sync, plain_replace = os.fsync, os.replace

    def sync(handle: int) -> None:
        order.append("sync")
        plain_sync(handle)

    def replace(source: Path, target: Path) -> None:
        assert not target.exists() and source.stat().st_size > 200
        order.append("rename")
        plain_replace(source, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "replace", replace)
    save_checkpoint(tmp_path, checkpoint())
    assert order == ["sync", "rename", "sync"]
