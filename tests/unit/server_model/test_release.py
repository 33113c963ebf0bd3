"""The trained weights leave a server only sealed, for exactly the recipients of the project."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pytest

from common.crypto import domains
from common.crypto.sealing import SealingKey
from common.documents import canonical, digest
from common.errors import BadSeal, DiskFull
from common.ids import Party
from desktop_client.reveal.combine import combine, open_share
from server_node.model.release import Release, model_share, release_model
from server_node.train.state import ModelState
from tests.helpers.jobs.projects import KEYS, architecture, model_of, specification
from tests.helpers.two_party.operations import share, uniform

SPEC = specification(model=model_of("mlp", 3))
NETWORK = architecture(SPEC, (8, 8, 1), classes=4)
WEIGHTS = {name: uniform(-(2**17), 2**17, *shape, seed=5) for name, shape in NETWORK.tensors.items()}
SHARES = {name: share(value) for name, value in WEIGHTS.items()}


def state(party: Party) -> ModelState:
    own = {name: pair[party] for name, pair in SHARES.items()}
    return ModelState(own)


def release(folder: Path, party: Party = Party.P0) -> Release:
    folder.mkdir(exist_ok=True)
    return release_model(folder, "job-1", party, SPEC, NETWORK, state(party))


def test_release_is_one_file_for_each_recipient(tmp_path: Path) -> None:
    found = release(tmp_path)
    assert found.files == {"alice": "model-alice.sealed", "bob": "model-bob.sealed"}
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(found.files.values())
    for user, name in found.files.items():
        path = tmp_path / name
        assert hashlib.sha256(path.read_bytes()).hexdigest() == found.hashes[user]
        assert path.stat().st_mode & 0o777 == 0o600


def test_release_hashes_say_what_was_sealed(tmp_path: Path) -> None:
    found = release(tmp_path)
    plain = model_share("job-1", Party.P0, SPEC, NETWORK, state(Party.P0))
    assert found.share_hash == hashlib.sha256(plain).hexdigest()
    assert found.hash == digest(found.hashes)
    assert KEYS["alice"].open(domains.MODEL_SEAL_V1, (tmp_path / found.files["alice"]).read_bytes()) == plain


@pytest.mark.parametrize("recipient", ["alice", "bob"])
def test_release_opens_for_its_recipient_alone(tmp_path: Path, recipient: str) -> None:
    found = release(tmp_path)
    sealed = (tmp_path / found.files[recipient]).read_bytes()
    open_share(KEYS[recipient], sealed)
    for other in set(KEYS) - {recipient}:
        with pytest.raises(BadSeal):
            open_share(KEYS[other], sealed)
    stranger = SealingKey.from_bytes(bytes(range(32)))
    with pytest.raises(BadSeal):
        open_share(stranger, sealed)


def test_release_is_bound_to_its_purpose(tmp_path: Path) -> None:
    found = release(tmp_path)
    with pytest.raises(BadSeal):
        KEYS["alice"].open(domains.CHUNK_SEAL_V1, (tmp_path / found.files["alice"]).read_bytes())


def test_release_is_sealed_afresh_each_time(tmp_path: Path) -> None:
    first, second = release(tmp_path / "one"), release(tmp_path / "two")
    assert first.share_hash == second.share_hash
    assert not set(first.hashes.values()) & set(second.hashes.values())


def test_damaged_release_does_not_open(tmp_path: Path) -> None:
    found = release(tmp_path)
    sealed = (tmp_path / found.files["bob"]).read_bytes()
    for place in range(0, len(sealed), 7):
        with pytest.raises(BadSeal):
            open_share(KEYS["bob"], sealed[:place] + bytes([sealed[place] ^ 4]) + sealed[place + 1 :])


def test_both_releases_together_are_the_model(tmp_path: Path) -> None:
    opened = []
    for party in Party:
        found = release(tmp_path / party.letter, party)
        opened.append(open_share(KEYS["bob"], (tmp_path / party.letter / found.files["bob"]).read_bytes()))
    model = combine(opened[0], opened[1])
    for name, weight in WEIGHTS.items():
        np.testing.assert_array_equal(model.tensors[name], weight.double().numpy() / 2**16)
    assert model.architecture == NETWORK.as_json()
    assert (model.header["job"], model.header["project_hash"]) == ("job-1", SPEC.hash)


def test_share_is_header_and_tensors_in_order() -> None:
    plain = model_share("job-1", Party.P1, SPEC, NETWORK, state(Party.P1))
    size = int.from_bytes(plain[:4], "little")
    header = json.loads(plain[4 : 4 + size])
    assert canonical(header) == plain[4 : 4 + size]
    assert header["party"] == "b" and header["epoch"] == SPEC.training.epochs and header["fraction_bits"] == 16
    assert header["tensors"] == [{"name": name, "shape": list(shape)} for name, shape in NETWORK.tensors.items()]
    words = np.frombuffer(plain, "<i8", offset=4 + size)
    expected = np.concatenate([pair[1].reshape(-1).numpy() for pair in SHARES.values()])
    np.testing.assert_array_equal(words, expected)


def test_share_of_one_server_is_not_the_model() -> None:
    for pair in SHARES.values():
        for own in pair:
            assert float((own.abs() < 2**40).double().mean()) < 0.05


def test_full_disk_keeps_no_half_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object) -> None:
        raise OSError(28, "no room")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull):
        release(tmp_path)
    assert not list(tmp_path.iterdir())
