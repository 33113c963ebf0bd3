"""From images to a model on the command line: shares, training by two real servers, the model on its owner's disk."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from common.errors import Cancelled, Conflict, Forbidden, NotFound
from desktop_client.jobs.entry import log_in
from desktop_client.jobs.models.cards import write_card
from desktop_client.jobs.models.comparison import read_run
from desktop_client.jobs.models.kept import TrialOptions, fetch_model, try_model, verify_model
from desktop_client.jobs.office import Office
from desktop_client.jobs.records import check_log, log_page
from desktop_client.poc.deployment import LocalDeployment
from desktop_client.settings import Profile
from desktop_client.upload.logbook.search import LogFilter
from tests.helpers.desktop.local_world import Shell, write_images

pytestmark = pytest.mark.slow
Capture = pytest.CaptureFixture[str]
POINTS = ("rows", "checkpoint", "remembered", "server-a", "server-b", "own-events", "receipts")


def _ready_project(shell: Shell, capsys: Capture, folder: Path, *options: str) -> str:
    """A project on fresh images whose only owner has consented."""
    images = write_images(folder / "images", 24)
    words = ("--out", folder / "split", "--name", "bars", "--size", "12x12")
    dataset = shell.json(capsys, "dataset", "split", images, *words)["dataset"]
    shell.json(capsys, "dataset", "upload", folder / "split")
    chosen = ("--dataset", dataset, "--k", "2", "--batch", "16", *options)
    project = shell.json(capsys, "project", "create", "bars", *chosen)["id"]
    assert shell.json(capsys, "consent", "give", project, "--yes")["missing_consents"] == []
    return str(project)


def test_training_gives_a_model_that_works_and_can_be_exported(
    local: LocalDeployment, capsys: Capture, tmp_path: Path
) -> None:
    alice, bob = Shell(local, 1).logged_in(), Shell(local, 2).logged_in()
    options = ("--epochs", "3", "--validation", "14", "--learning-rate", "0.1", "--member", "bob:viewer")
    project = _ready_project(alice, capsys, tmp_path, *options)
    outcome: dict[str, Any] = alice.json(capsys, "job", "start", project, "--watch")
    assert outcome["states"] == {"a": "finished", "b": "finished"}
    assert [metrics["epoch"] for metrics in outcome["metrics"]] == [1, 2, 3]
    assert outcome["metrics"][-1]["loss"] < outcome["metrics"][0]["loss"]
    job = outcome["job"]
    assert bob.json(capsys, "job", "watch", job[:8])["metrics"] == outcome["metrics"], "every member can open them"
    assert bob.run("model", "fetch", job, "--out", tmp_path / "bob.igm") == Forbidden.exit_code
    assert not (tmp_path / "bob.igm").exists()

    model = tmp_path / "model.igm"
    fetched = alice.json(capsys, "model", "fetch", job[:8], "--out", model)
    assert (fetched["parameters"], fetched["epoch"]) == (36 * 3, 3)
    tests = write_images(tmp_path / "tests", 10, seed=99)
    result = alice.json(capsys, "model", "test", model, "--data", tests)
    assert result["images"] == 30
    assert result["accuracy"] > 0.9
    assert sum(map(sum, result["confusion"])) == 30
    assert alice.run("model", "test", model, "--data", tests) == 0
    assert "bar2" in capsys.readouterr().out
    files = ("--onnx", tmp_path / "model.onnx", "--torch", tmp_path / "model.pt")
    assert len(alice.json(capsys, "model", "export", model, *files)["files"]) == 2
    actions = alice.json(capsys, "log", "verify")["actions"]
    assert {"job-start", "job-stage", "model-seal", "job-finish"} <= set(actions)
    asyncio.run(_in_the_window(Office(Profile(local.client(1))), local.password(1), job, tests, outcome))


async def _in_the_window(office: Office, password: str, job: str, tests: Path, outcome: dict[str, Any]) -> None:
    """The same training through what the desktop program asks: proved, tested, described, with its place in the log."""
    await log_in(office, password)
    try:
        info, _ = await fetch_model(office, job)
        checks = {check.code: check.standing for check in await verify_model(office, info.file)}
        assert {code for code, standing in checks.items() if standing != "proved"} == {"honest-training"}, checks
        trial = await try_model(office, info.file, tests, TrialOptions())
        assert (trial.evaluation.count, trial.evaluation.accuracy > 0.9) == (30, True)
        run = await read_run(office, job)
        assert [asdict(one) for one in run.metrics] == outcome["metrics"]
        assert run.seconds("train") > 0 and run.traffic("prepare") > 0
        verdict = await check_log(office)
        assert {point.code: point.standing for point in verdict.points} == dict.fromkeys(POINTS, "proved")
        page = await log_page(office, LogFilter(object=job, actions=("model-seal",)))
        assert {row.node for row in page.rows} == {"a", "b"}
        card = await write_card(office, info.file, "en")
        assert "NOT as it should be" not in card and f"{run.metrics[-1].loss:.4f}" in card
    finally:
        await office.disconnect()


def test_job_can_be_cancelled(local: LocalDeployment, capsys: Capture, tmp_path: Path) -> None:
    alice, bob = Shell(local, 1).logged_in(), Shell(local, 2).logged_in()
    project = _ready_project(alice, capsys, tmp_path, "--epochs", "1000", "--model", "mlp", "--hidden", "32")
    job = alice.json(capsys, "job", "start", project)["job"]
    assert job in {one["id"] for one in alice.json(capsys, "job", "status", "--project", project)}
    assert bob.run("job", "cancel", job, "--yes") == NotFound.exit_code
    assert alice.json(capsys, "job", "cancel", job[:8], "--yes")["states"] == {"a": "cancelled", "b": "cancelled"}
    assert alice.run("job", "watch", job) == Cancelled.exit_code
    assert alice.run("model", "fetch", job, "--out", tmp_path / "m") == Conflict.exit_code
    status = alice.json(capsys, "job", "status", job[:8])
    assert (status["a"]["state"], status["b"]["state"]) == ("cancelled", "cancelled")
    assert alice.json(capsys, "log", "verify")["actions"]["job-cancel"] >= 1
