"""A model is asked on the command line: real training, real questions, and the answers of the model in the clear."""

from __future__ import annotations

import io
import json
import sqlite3
from contextlib import closing, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from common.errors import Conflict, Forbidden, NotFound, UsageError
from desktop_client.poc.deployment import LocalDeployment
from tests.helpers.desktop.local_world import Shell, write_images

pytestmark = pytest.mark.slow
Capture = pytest.CaptureFixture[str]


@dataclass(frozen=True)
class Trained:
    """A finished training of alice that both may test; ``images`` are labelled ones of nobody's data set."""

    job: str
    project: str
    images: Path


@pytest.fixture(scope="module")
def trained(local: LocalDeployment, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """One model for the tests that leave it as it is."""
    return train(Shell(local, 1).logged_in(), tmp_path_factory.mktemp("trained"), "3")


def said(shell: Shell, *words: str | Path) -> Any:
    """What a command that goes well prints for programs, wherever it is run."""
    with redirect_stdout(io.StringIO()) as out:
        assert shell.run(*words, "--json") == 0
    return json.loads(out.getvalue())


def train(alice: Shell, folder: Path, epochs: str) -> Trained:
    words = ("--out", folder / "split", "--name", "bars", "--size", "12x12")
    dataset = said(alice, "dataset", "split", write_images(folder / "images", 24), *words)["dataset"]
    said(alice, "dataset", "upload", folder / "split")
    options = ("--k", "2", "--batch", "16", "--epochs", epochs, "--validation", "14", "--learning-rate", "0.1",
               "--member", "bob:viewer", "--tester", "bob", "--tester", "alice")  # fmt: skip
    project = said(alice, "project", "create", "bars", "--dataset", dataset, *options)["id"]
    said(alice, "consent", "give", project, "--yes")
    job = said(alice, "job", "start", project, "--watch")["job"]
    return Trained(str(job), str(project), write_images(folder / "tests", 6, seed=99))


def uploaded(shell: Shell, images: Path, folder: Path) -> str:
    words = ("--out", folder / "mine", "--name", "mine", "--size", "12x12", "--classes", "bar0,bar1,bar2")
    dataset = said(shell, "dataset", "split", images, *words)["dataset"]
    said(shell, "dataset", "upload", folder / "mine")
    return str(dataset)


def test_viewer_asks_and_gets_what_the_model_says_in_the_clear(
    trained: Trained, alice: Shell, bob: Shell, tmp_path: Path
) -> None:
    assert bob.run("model", "fetch", trained.job, "--out", tmp_path / "bob.igm") == Forbidden.exit_code
    asked = said(bob, "model", "query", trained.job[:8], "--data", trained.images, "--delete")
    model = tmp_path / "model.igm"
    said(alice, "model", "fetch", trained.job, "--out", model)
    local_test = said(alice, "model", "test", model, "--data", trained.images)
    for name in ("images", "accuracy", "classes", "confusion"):
        assert asked[name] == local_test[name], name
    assert asked["images"] == 18 and asked["job"] == trained.job
    assert asked["dataset"] not in {one["id"] for one in said(bob, "dataset", "list")}


def test_one_picture_whose_class_nobody_knows(trained: Trained, bob: Shell) -> None:
    picture = min((trained.images / "bar1").iterdir())
    asked = said(bob, "model", "query", trained.job, "--data", picture, "--delete")
    assert asked["taken_for"] == "bar1" and set(asked["probabilities"]) == {"bar0", "bar1", "bar2"}
    assert sum(asked["probabilities"].values()) == pytest.approx(1)


def test_uploaded_images_are_asked_about_and_the_answer_is_fetched_again(
    local: LocalDeployment, trained: Trained, alice: Shell, bob: Shell, capsys: Capture, tmp_path: Path
) -> None:
    mine = uploaded(bob, trained.images, tmp_path)
    asked = said(bob, "model", "query", trained.job, "--dataset", mine[:10])
    assert (asked["dataset"], asked["images"]) == (mine, 18)
    assert said(bob, "model", "answer", asked["test"][:8]) == asked
    assert alice.run("model", "answer", asked["test"]) == Forbidden.exit_code
    assert alice.run("model", "query", trained.job, "--dataset", mine) == NotFound.exit_code
    kinds = {one["id"]: one["kind"] for one in said(alice, "job", "status", "--project", trained.project)}
    assert kinds[trained.job] == "training" and kinds[asked["test"]] == "test"
    capsys.readouterr()
    assert alice.run("job", "status", asked["test"]) == 0
    out = capsys.readouterr().out
    assert f"of the model of job {trained.job}, by bob" in out and f"data set {mine}" in out
    assert alice.run("job", "status", trained.job) == 0
    assert "kept at the servers for tests" in capsys.readouterr().out
    assert [metrics_of(local, role, asked["test"]) for role in ("a", "b")] == [0, 0]


def metrics_of(local: LocalDeployment, role: str, job: str) -> int:
    """Events with shares of metrics that a server wrote down for a job."""
    with closing(sqlite3.connect(local.node(role) / "node.db", timeout=10)) as database:
        query = "SELECT count(*) FROM job_events WHERE job = ? AND kind = 'metrics'"
        return int(database.execute(query, (job,)).fetchone()[0])


def test_forgotten_model_cannot_be_asked(alice: Shell, bob: Shell, capsys: Capture, tmp_path: Path) -> None:
    found = train(alice, tmp_path, "1")
    assert bob.run("model", "forget", found.job, "--yes") == Forbidden.exit_code
    assert said(alice, "model", "forget", found.job[:8], "--yes")["forgotten"] == {"a": True, "b": True}
    capsys.readouterr()
    assert bob.run("model", "query", found.job, "--data", found.images) == Conflict.exit_code
    assert "does not keep its share" in capsys.readouterr().err
    assert said(alice, "model", "forget", found.job, "--yes")["forgotten"] == {"a": False, "b": False}
    actions = said(alice, "log", "verify")["actions"]
    assert actions["model-forget"] == 2 and actions["model-keep"] >= 2


@pytest.mark.parametrize(
    "words", [(), ("--data", ".", "--dataset", "3f2a90c1"), ("--data", ".", "--label", "ill")]
)
def test_query_of_nothing_or_too_much_is_refused(bob: Shell, words: tuple[str, ...]) -> None:
    assert bob.run("model", "query", "71ffa0c3", *words) == UsageError.exit_code
