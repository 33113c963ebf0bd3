"""`imguard demo` with its own digits: what it says, what it leaves, and that the kept deployment works again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from common.pipeline import Stage
from desktop_client.demo.pictures import write_digits
from desktop_client.offline_plugin.encode import Encoding
from desktop_client.offline_plugin.plugin import ReadOptions, read_images
from desktop_client.poc.deployment import LocalDeployment
from desktop_client.reveal.combine import read_model
from desktop_client.reveal.evaluate import predict
from desktop_client.reveal.exports.onnx_file import onnx_session
from desktop_client.reveal.network import Network, build_network
from desktop_client.reveal.torch_network import TorchNetwork
from tests.helpers.commands.program import Place, Result

pytestmark = pytest.mark.timeout(300)
SIDE = 24
OPTIONS = ("--images", "200", "--tests", "200", "--size", f"{SIDE}x{SIDE}", "--epochs", "2", "--model", "logistic",
           "--preparation", "cot")  # fmt: skip
CONVOLUTIONS = ("--images", "60", "--tests", "40", "--size", "16x16", "--epochs", "1")
FIELDS = {
    "accuracy", "clear_accuracy", "agreement", "network", "training", "preparation", "preparation_trust", "hiding",
    "images_trained", "images_tested", "seconds", "bytes_sent", "rounds", "stages", "model_path", "contact_sheet",
    "log_proof", "log_size", "log_verified", "leftover_processes",
}  # fmt: skip
RESULTS = {"model.igm", "model.onnx", "model.pt", "what-the-servers-see.png", "log-proof.json"}


@dataclass(frozen=True)
class Shown:
    """One run of the demo: where, what it printed, what it reported."""

    place: Place
    result: Result
    report: dict[str, Any]

    @property
    def kept(self) -> Path:
        return self.place.root / "kept"

    def network(self) -> Network:
        return build_network(read_model(Path(self.report["model_path"])))


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    place = Place(tmp_path_factory.mktemp("demo"))
    result = place.run("demo", *OPTIONS, "--keep", "kept", "--json", "report.json", "--out", "results")
    assert result.code == 0, result.err
    found = Shown(place, result, json.loads((place.root / "report.json").read_text(encoding="utf-8")))
    yield found
    LocalDeployment(found.kept).stop()
    assert place.leftover() == []


def test_demo_report_has_every_documented_field(shown: Shown) -> None:
    report = shown.report
    assert set(report) == FIELDS
    assert (report["images_trained"], report["images_tested"]) == (400, 200)
    assert report["preparation"] == "cot"
    assert report["hiding"] == {"k": 4, "mask": True, "scale": "unit"}
    assert report["log_verified"] is True and report["log_size"] > 20
    assert report["leftover_processes"] == 0


def test_demo_trains_convolutions_by_two_servers_alone(tmp_path: Path) -> None:
    """With nothing said about network and preparation; far too short to learn anything."""
    place = Place(tmp_path)
    result = place.run("demo", *CONVOLUTIONS, "--json", "report.json", "--out", "results")
    assert result.code == 0, result.err
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["preparation"] == "hybrid" and "nobody else is involved" in report["preparation_trust"]
    assert [layer["layer"] for layer in report["network"]["layers"]].count("conv") == 2
    assert (report["images_trained"], report["images_tested"], report["log_verified"]) == (120, 40, True)
    network = build_network(read_model(Path(report["model_path"])))
    weights = np.concatenate([tensor.reshape(-1) for tensor in network.tensors.values()])
    assert weights.size == report["network"]["parameters"] and np.isfinite(weights).all()
    assert 0 < np.abs(weights).max() < 4
    assert place.leftover() == []


def test_demo_learns_as_well_as_in_the_clear(shown: Shown) -> None:
    """Guessing gives a tenth; two short epochs on few digits give several times that, with and without shares."""
    accuracy, clear = shown.report["accuracy"], shown.report["clear_accuracy"]
    assert accuracy > 0.45
    assert abs(accuracy - clear) < 0.2
    assert 0 < shown.report["agreement"] <= 1


def test_demo_reports_the_cost_of_every_stage(shown: Shown) -> None:
    stages = {stage["name"]: stage for stage in shown.report["stages"]}
    assert list(stages) == [stage.value for stage in Stage]
    assert all(set(stage) == {"name", "seconds", "bytes_sent", "rounds"} for stage in stages.values())
    for name in ("prepare", "hide", "features", "train"):
        assert stages[name]["bytes_sent"] > 10_000 and stages[name]["rounds"] > 0
    assert stages["upload"]["bytes_sent"] > 2 * 400 * SIDE * SIDE
    assert all(stages[name]["seconds"] > 0 for name in stages if name != "seal")
    assert shown.report["bytes_sent"] == sum(stage["bytes_sent"] for stage in stages.values())
    assert 0 < stages["train"]["seconds"] < shown.report["seconds"] < 300
    assert shown.report["rounds"] == sum(stage["rounds"] for stage in stages.values())


def test_demo_tells_people_the_same(shown: Shown) -> None:
    out, report = shown.result.out, shown.report
    assert f"{report['accuracy']:.1%} on 200 images that were never uploaded" in out
    assert f"{report['clear_accuracy']:.1%}" in out
    assert "left running  nothing" in out
    assert "imguard poc up --dir" in out
    for stage in Stage:
        assert f"\n{stage.value} " in out
        assert f"{stage.value:<9} done" in shown.result.err
    for epoch in (1, 2):
        assert f"epoch {epoch} of 2: loss" in shown.result.err


def test_demo_leaves_its_results_and_nothing_else(shown: Shown) -> None:
    results = Path(shown.report["model_path"]).parent
    assert {path.name for path in results.iterdir()} == RESULTS
    assert Path(shown.report["model_path"]).stat().st_mode & 0o777 == 0o600
    assert list(shown.place.temporary.iterdir()) == []
    assert shown.place.leftover() == []
    with Image.open(shown.report["contact_sheet"]) as sheet:
        assert sheet.width > 500 and sheet.height > 500
    proof = json.loads(Path(shown.report["log_proof"]).read_text(encoding="utf-8"))
    assert proof["size"] == shown.report["log_size"] and proof["own"]


def test_demo_exports_predict_what_the_model_predicts(shown: Shown, tmp_path: Path) -> None:
    network = shown.network()
    digits = read_images(write_digits(tmp_path), ReadOptions(Encoding(SIDE, SIDE)), limit=300).array
    expected = predict(network, digits)
    results = Path(shown.report["model_path"]).parent
    session = onnx_session((results / "model.onnx").read_bytes())
    (found,) = session.run(["logits"], {"image": digits.astype(np.float32)})
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)
    module = TorchNetwork(network)
    module.load_state_dict(torch.load(results / "model.pt", weights_only=True))
    with torch.no_grad():
        np.testing.assert_allclose(module(torch.from_numpy(digits.astype(np.float32))).numpy(), expected, atol=1e-3)
    assert network.classes == tuple("0123456789")


def test_demo_keeps_the_whole_deployment(shown: Shown) -> None:
    for folder in ("node-a", "node-b", "log", "kit", "client-1", "client-2"):
        assert (shown.kept / folder).is_dir()
    for node in ("node-a", "node-b"):
        assert len([path for path in (shown.kept / node / "shares" / "blobs").rglob("*") if path.is_file()]) == 2
        (job,) = (shown.kept / node / "jobs").iterdir()
        assert {path.name for path in job.iterdir()} == {
            "model-alice.sealed", "model-bob.sealed", "weights.kept", "worker.log",
        }  # fmt: skip
        lines = (job / "worker.log").read_text(encoding="utf-8").splitlines()
        assert [line.rpartition(": ")[2] for line in lines] == ["attempt 1"]


def test_demo_nodes_logged_no_warning(shown: Shown) -> None:
    for role in ("a", "b", "log"):
        text = LocalDeployment(shown.kept).log_file(role).read_text(encoding="utf-8")
        assert not [line for line in text.splitlines() if "WARNING" in line or "ERROR" in line or "Traceback" in line]


def test_demo_prints_no_secret(shown: Shown) -> None:
    local = LocalDeployment(shown.kept)
    secrets = [local.password(1), local.password(2)]
    everything = shown.result.out + shown.result.err + "".join(
        local.log_file(role).read_text(encoding="utf-8") for role in ("a", "b", "log")
    )
    for secret in secrets:
        assert len(secret) > 10 and secret not in everything


def test_kept_deployment_runs_again(shown: Shown, tmp_path: Path) -> None:
    """As the last line of the report says; the other owner fetches the same model from it."""
    up = shown.place.run("poc", "up", "--dir", "kept", "--json").json()
    assert all(up["running"].values())
    bob = shown.place.with_user(shown.kept / "client-2")
    (job,) = bob.run("job", "status", "--json").json()
    assert job["state"] == "finished"
    fetched = bob.run("model", "fetch", job["id"], "--out", tmp_path / "bob.igm", "--json").json()
    first, second = shown.network(), build_network(read_model(Path(fetched["file"])))
    for name, tensor in first.tensors.items():
        np.testing.assert_array_equal(tensor, second.tensors[name])
    checked = bob.run("log", "verify", "--json").json()
    assert checked["size"] >= shown.report["log_size"] and checked["unlogged"] == []
    assert shown.place.run("poc", "down", "--dir", "kept", "--json").json()["running"] == {}
    assert shown.place.leftover() == []
