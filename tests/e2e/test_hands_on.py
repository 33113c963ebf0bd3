"""The whole way by hand, command by command, as two owners on one deployment of real processes."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from common.errors import (
    BadBundle,
    ConsentMissing,
    Forbidden,
    NotFound,
    ShareTampered,
    WrongPassword,
)
from desktop_client.poc.deployment import find_local
from desktop_client.poc.process import find_processes
from tests.helpers.commands.pictures import BARS, write_bars
from tests.helpers.commands.program import Place, wait_for_line

pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True)
class World:
    """A running deployment, both users logged in, and one uploaded data set of each."""

    place: Place
    alice: Place
    bob: Place
    datasets: tuple[str, str]

    @property
    def deployment(self) -> Path:
        return self.place.root / "poc"

    def project(self, name: str, *options: str) -> str:
        """A project of alice on both data sets."""
        chosen = [word for dataset in self.datasets for word in ("--dataset", dataset)]
        words = ("--k", "2", "--batch", "16", "--validation", "12", "--learning-rate", "0.2")
        return str(self.alice.run("project", "create", name, *chosen, *words, *options, "--json").json()["id"])

    def agreed(self, name: str, *options: str) -> str:
        """A project that both owners have consented to."""
        project = self.project(name, *options)
        for user in (self.alice, self.bob):
            consented = user.run("consent", "give", project, "--yes", "--json").json()
        assert consented["missing_consents"] == []
        return project


def split_and_upload(user: Place, images: Path, name: str, *options: str) -> str:
    out = user.root / f"split-{name}"
    words = ("--out", out, "--name", name, "--size", "12x12", "--json")
    report = user.run("dataset", "split", images, *words, *options).json()
    assert report["refused"] == [] and set(report["classes"]) == set(BARS)
    uploaded = user.run("dataset", "upload", out, "--json").json()
    assert uploaded["states"] == ["usable", "usable"]
    return str(uploaded["dataset"])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    place = Place(tmp_path_factory.mktemp("hands-on"))
    try:
        up = place.run("poc", "up", "--dir", "poc", "--json").json()
        assert set(up["running"]) == {"a", "b", "log"} and all(up["running"].values())
        users = [place.with_user(place.root / "poc" / f"client-{number}") for number in (1, 2)]
        datasets = []
        for number, (user, other) in enumerate(zip(users, ("bob", "alice"), strict=True)):
            assert user.run("login", "--json").json()["nodes"] == ["a", "b", "log"]
            images = write_bars(place.root / f"images-{number}", 20, seed=number)
            datasets.append(split_and_upload(user, images, f"films-{number}", "--share-with", other))
        yield World(place, users[0], users[1], (datasets[0], datasets[1]))
    finally:
        find_local(place.root / "poc").stop()
    assert place.leftover() == []


def test_data_sets_are_listed_and_shown(world: World) -> None:
    listed = {one["id"]: one for one in world.alice.run("dataset", "list", "--json").json()}
    assert set(world.datasets) <= set(listed)
    assert {listed[one]["owner"] for one in world.datasets} == {"alice", "bob"}
    assert all(listed[one]["state"] == "usable" and listed[one]["count"] == 60 for one in world.datasets)
    shown = world.bob.run("dataset", "show", world.datasets[0][:10], "--json").json()
    assert shown["a"]["id"] == shown["b"]["id"] == world.datasets[0]
    assert shown["a"]["missing"] == shown["b"]["missing"] == []
    text = world.alice.run("dataset", "list").out
    assert text.splitlines()[0].split() == ["ID", "NAME", "OWNER", "IMAGES", "STATE", "FOR", "TAGS"]


def test_wrong_password_opens_nothing(world: World) -> None:
    stranger = world.alice.with_password("not the password")
    for words in (("login",), ("project", "create", "x", "--dataset", world.datasets[0])):
        assert stranger.run(*words).error(WrongPassword.exit_code)


def test_private_data_set_is_its_owners_alone(world: World) -> None:
    images = write_bars(world.place.root / "private", 4, seed=9)
    dataset = split_and_upload(world.bob, images, "private")
    for words in (("dataset", "show", dataset), ("dataset", "delete", dataset, "--yes")):
        world.alice.run(*words).error(NotFound.exit_code)
    assert dataset not in {one["id"] for one in world.alice.run("dataset", "list", "--json").json()}
    world.alice.run("project", "create", "theft", "--dataset", dataset).error(NotFound.exit_code)
    shared = world.alice.run("dataset", "delete", world.datasets[1], "--yes")
    assert shared.error(Forbidden.exit_code), "what is shared may be used, not deleted"
    receipts = world.bob.run("dataset", "delete", dataset, "--yes", "--json").json()["receipts"]
    assert [receipt["body"]["dataset"] for receipt in receipts] == [dataset] * 2
    world.bob.run("dataset", "show", dataset).error(NotFound.exit_code)


@pytest.mark.parametrize("role", ["a", pytest.param("b", marks=pytest.mark.slow)])
def test_tampered_bundle_is_refused_and_the_whole_one_still_goes_through(world: World, role: str) -> None:
    images = write_bars(world.place.root / f"tampered-{role}", 4, seed=5)
    out = world.place.root / f"split-tampered-{role}"
    words = ("--out", out, "--name", f"tampered-{role}", "--size", "12x12", "--json")
    dataset = world.alice.run("dataset", "split", images, *words).json()["dataset"]
    shutil.copytree(out, out.with_name(out.name + "-good"))
    bundle = out / f"server-{role}.bundle"
    data = bytearray(bundle.read_bytes())
    data[len(data) // 2] ^= 1
    bundle.write_bytes(data)
    refused = world.alice.run("dataset", "upload", out)
    assert refused.code in (ShareTampered.exit_code, BadBundle.exit_code)
    assert refused.error(refused.code)
    uploaded = world.alice.run("dataset", "upload", out.with_name(out.name + "-good"), "--json").json()
    assert uploaded == {"dataset": dataset, "states": ["usable", "usable"], "bytes": uploaded["bytes"]}
    world.alice.run("dataset", "delete", dataset, "--yes", "--json").json()


def test_training_needs_every_owners_consent_and_gives_every_owner_the_model(world: World, tmp_path: Path) -> None:
    project = world.project("films", "--epochs", "3")
    listed = {one["id"]: one for one in world.bob.run("project", "list", "--json").json()}
    assert listed[project]["name"] == "films"
    shown = world.bob.run("project", "show", project[:8], "--json").json()
    assert set(shown["missing_consents"]) == set(world.datasets)

    world.alice.run("job", "start", project).error(ConsentMissing.exit_code)
    world.alice.run("consent", "give", project, "--yes", "--json").json()
    refused = world.alice.run("job", "start", project)
    assert refused.error(ConsentMissing.exit_code), "one of two is not enough"
    world.bob.run("consent", "give", project, "--yes", "--json").json()

    outcome: dict[str, Any] = world.alice.run("job", "start", project, "--watch", "--json").json()
    assert outcome["states"] == {"a": "finished", "b": "finished"}
    assert [metrics["epoch"] for metrics in outcome["metrics"]] == [1, 2, 3]
    assert outcome["metrics"][-1]["accuracy"] > 0.6

    tests = write_bars(tmp_path / "tests", 15, seed=77)
    accuracies = []
    for user, name in ((world.alice, "alice"), (world.bob, "bob")):
        model = tmp_path / f"{name}.igm"
        fetched = user.run("model", "fetch", outcome["job"], "--out", model, "--json").json()
        assert (fetched["epoch"], fetched["parameters"]) == (3, 36 * 3)
        tested = user.run("model", "test", model, "--data", tests, "--json").json()
        assert tested["images"] == 45
        accuracies.append(tested["accuracy"])
    assert accuracies[0] == accuracies[1] > 0.9
    exported = world.bob.run(
        "model", "export", tmp_path / "bob.igm", "--onnx", tmp_path / "m.onnx", "--torch", tmp_path / "m.pt", "--json"
    ).json()
    assert all(Path(name).stat().st_size > 1000 for name in exported["files"])
    assert (tmp_path / "alice.igm").read_bytes() == (tmp_path / "bob.igm").read_bytes()


@pytest.mark.slow
def test_withdrawn_consent_stops_the_next_job(world: World) -> None:
    project = world.agreed("withdrawn", "--epochs", "1")
    world.bob.run("consent", "withdraw", project, "--yes", "--json").json()
    world.alice.run("job", "start", project).error(ConsentMissing.exit_code)


def worker_of(world: World, node: str) -> int | None:
    """Process id of the worker of a node."""
    folder = world.deployment / node
    for found in find_processes(folder):
        words = (Path("/proc") / str(found.pid) / "cmdline").read_bytes().split(b"\x00")
        if b"worker" in words:
            return found.pid
    return None


def test_job_goes_on_by_itself_after_its_worker_was_killed(world: World) -> None:
    """As the system does it when memory runs out, in the middle of the computation."""
    project = world.agreed("killed", "--epochs", "20")
    job = world.alice.run("job", "start", project, "--json").json()["job"]
    with world.alice.started("job", "watch", job) as watching:
        wait_for_line(watching, "epoch 1:")
        pid = worker_of(world, "node-b")
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        wait_for_line(watching, "goes on by itself from its last checkpoint")
        out, err = watching.communicate(timeout=200)
    assert watching.returncode == 0, err
    assert "is finished" in out
    status = world.bob.run("job", "status", job, "--json").json()
    assert all(status[role]["state"] == "finished" and status[role]["attempt"] >= 2 for role in ("a", "b"))
    log = world.bob.run("job", "log", job, "--json").json()
    assert {"attempt 1", "attempt 2"} <= {line["text"] for line in log["a"]}
    while worker_of(world, "node-a") is not None or worker_of(world, "node-b") is not None:
        continue
    for node in ("node-a", "node-b"):
        kept = {path.name for path in (world.deployment / node / "jobs" / job).glob("*")}
        assert "worker.log" in kept and len(kept) == 4, "the log, the model for two recipients, and weights for tests"


def test_log_holds_everything_and_verifies(world: World, tmp_path: Path) -> None:
    checked = world.bob.run("log", "verify", "--json", "--proof", tmp_path / "proof.json").json()
    assert {"register", "login", "dataset-upload", "dataset-receipt", "node-start"} <= set(checked["actions"])
    assert checked["own"] and checked["unlogged"] == []
    assert len(checked["root"]) == 64 and checked["size"] == sum(checked["actions"].values())
    proof = json.loads((tmp_path / "proof.json").read_text(encoding="utf-8"))
    assert proof["root"] == checked["root"]
    again = world.bob.run("log", "verify", "--json").json()
    assert again["remembered_size"] == checked["size"] <= again["size"]


@pytest.mark.slow
def test_deployment_comes_down_and_goes_away(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.run("poc", "up", "--dir", "poc", "--json").json()
    assert place.run("poc", "status", "--dir", "poc").out.count("runs, process") == 3
    down = place.run("poc", "down", "--dir", "poc", "--remove", "--yes", "--json").json()
    assert down["removed"] is True
    assert place.leftover() == [] and not (tmp_path / "poc").exists()
