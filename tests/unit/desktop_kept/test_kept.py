"""What is kept of a model says where it came from, and what of that can be proved again later."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from common.errors import BadBundle, BadInput, StoreDamaged
from desktop_client.reveal.combine import Model, read_model, write_model
from desktop_client.reveal.evaluation.result import evaluate_logits
from desktop_client.reveal.kept import record as kept
from desktop_client.reveal.kept.verify import Point, verify_model
from tests.helpers.desktop.kept_models import JOB, agreed, trained

KNOWN = {"project": "77" * 16, "recipient": "user:1", "sealed_a": "aa" * 32, "sealed_b": "bb" * 32}


def _keep(folder: Path, model: Model | None = None) -> Path:
    path = kept.model_path(folder, JOB)
    kept.keep_model(path, model or trained(), {**KNOWN, "specification": agreed().body})
    return path


def _standings(path: Path, logged: Any = None) -> dict[str, str]:
    return {check.code: check.standing for check in verify_model(path, logged)}


def test_model_and_record_come_back(tmp_path: Path) -> None:
    path = _keep(tmp_path)
    assert path == tmp_path / "models" / f"{JOB}.igm"
    found = kept.read_record(path)
    assert found is not None and found.agreed().hash == agreed().hash
    assert (found.job, found.sealed_a, found.file_hash) == (JOB, "aa" * 32, kept.file_hash(path))
    assert read_model(path).header == trained().header
    assert kept.loss_of(path) == "softmax"
    assert kept.kept_models(tmp_path) == [path]
    if sys.platform != "win32":
        assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


def test_fetching_again_forgets_what_was_about_another_file(tmp_path: Path) -> None:
    path = _keep(tmp_path)
    kept.keep_evaluation(path, evaluate_logits(["x", "y"], np.eye(2), np.array([0, 1])))
    found = kept.read_evaluation(path)
    assert found is not None and found.accuracy == 1.0
    _keep(tmp_path)
    assert kept.read_evaluation(path) is None


def test_killed_before_the_record_leaves_a_model_without_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _keep(tmp_path)

    def die(*given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(kept, "write_private", die)
    with pytest.raises(KeyboardInterrupt):
        _keep(tmp_path, trained(epoch=1))
    assert kept.read_record(path) is None
    assert read_model(path).header["epoch"] == 1
    assert kept.loss_of(path) == "softmax"


@pytest.mark.parametrize("job", ["", "..", "a/b", "ü", "a" * 65, "a.b"])
def test_names_that_are_no_job_are_refused(tmp_path: Path, job: str) -> None:
    with pytest.raises(BadInput):
        kept.model_path(tmp_path, job)


@pytest.mark.parametrize(
    "change",
    [b"", b"[", b"[]", b"{}", {"version": 2}, {"job": 3}, {"specification": []}, {"more": 1}],
)
def test_damaged_record_is_named(tmp_path: Path, change: Any) -> None:
    path = _keep(tmp_path)
    beside = kept.record_path(path)
    value = change if isinstance(change, bytes) else json.dumps({**json.loads(beside.read_bytes()), **change}).encode()
    beside.write_bytes(value)
    with pytest.raises(StoreDamaged):
        kept.read_record(path)


def test_everything_that_can_be_proved_is(tmp_path: Path) -> None:
    rows = {("a", JOB, "aa" * 32): 7, ("b", JOB, "bb" * 32): 9}
    path = _keep(tmp_path)
    found = verify_model(path, lambda *asked: rows.get(asked))
    assert [check.code for check in found] == list(Point)
    assert {check.code: check.standing for check in found} == {
        **dict.fromkeys(Point, "proved"), Point.HONEST_TRAINING: "unprovable"
    }  # fmt: skip
    details = {check.code: check.details for check in found}
    assert (details[Point.LOGGED_A], details[Point.LOGGED_B]) == ({"row": 7}, {"row": 9})
    assert details[Point.EPOCHS] == {"agreed": 3, "found": 3}
    assert details[Point.SPECIFICATION] == {"hash": agreed().hash, "revision": 1}


def test_log_that_does_not_know_the_shares_proves_nothing(tmp_path: Path) -> None:
    path = _keep(tmp_path)
    for logged in (None, lambda role, job, digest: None):
        found = _standings(path, logged)
        assert (found["logged-a"], found["logged-b"], found["network"]) == ("missing", "missing", "proved")


def test_model_without_record_can_only_be_run(tmp_path: Path) -> None:
    path = tmp_path / "given.igm"
    write_model(path, trained())
    found = _standings(path, lambda *asked: 1)
    assert found.pop("network") == "proved" and found.pop("honest-training") == "unprovable"
    assert set(found.values()) == {"missing"}


def test_what_does_not_fit_is_named(tmp_path: Path) -> None:
    path = _keep(tmp_path)
    assert _changed(path, trained(agreed(revision=2))) == {"file-unchanged", "specification"}
    assert _changed(path, trained(epoch=2)) == {"file-unchanged", "epochs"}
    assert _changed(path, trained(job="f" * 32)) == {"file-unchanged", "right-job"}
    other = trained()
    other.tensors["head.0.weight"][0, 0] = 7.0
    assert _changed(path, other) == {"file-unchanged"}
    smaller = agreed(model={"name": "logistic", "hidden": [], "bias": True, "layers": []})
    kept.keep_model(path, trained(smaller), {**KNOWN, "specification": smaller.body})
    assert _failed(path) == {"agreed-network"}


def _changed(path: Path, model: Model) -> set[str]:
    write_model(path, model)
    return _failed(path)


def _failed(path: Path) -> set[str]:
    return {code for code, standing in _standings(path).items() if standing == "failed"}


def test_file_that_is_no_model_is_an_error(tmp_path: Path) -> None:
    path = _keep(tmp_path)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(BadBundle):
        verify_model(path, None)
