"""The command line against real nodes: data sets, projects and the log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from common.errors import Conflict, Forbidden, NodeUnreachable, NotFound, UsageError
from desktop_client.cli.main import run
from desktop_client.poc.deployment import LocalDeployment
from desktop_client.upload.client import NodeClient
from tests.helpers.desktop.local_world import Shell, running_deployment, write_images

Capture = pytest.CaptureFixture[str]


def _upload(shell: Shell, capsys: Capture, folder: Path, *options: str) -> str:
    images = write_images(folder / "images", 4, seed=len(list(folder.parent.iterdir())))
    words = ("--out", folder / "split", "--name", "bars", "--size", "12x12")
    made = shell.json(capsys, "dataset", "split", images, *words, *options)
    sent = shell.json(capsys, "dataset", "upload", folder / "split")
    assert sent["dataset"] == made["dataset"]
    assert sent["states"] == ["usable", "usable"]
    assert sent["bytes"] == [made["bytes"]["a"], made["bytes"]["b"]]
    return str(made["dataset"])


def _project(shell: Shell, capsys: Capture, dataset: str, *options: str) -> str:
    words = ("project", "create", "bars", "--dataset", dataset, "--k", "2", "--epochs", "1", "--validation", "0")
    return str(shell.json(capsys, *words, "--batch", "8", *options)["id"])


def test_dataset_is_private_until_it_is_shared(alice: Shell, bob: Shell, capsys: Capture, tmp_path: Path) -> None:
    private = _upload(alice, capsys, tmp_path / "private")
    shared = _upload(alice, capsys, tmp_path / "shared", "--share-with", "bob")
    seen = {one["id"] for one in bob.json(capsys, "dataset", "list")}
    assert shared in seen and private not in seen
    assert bob.run("dataset", "show", private[:16]) == NotFound.exit_code
    found = bob.json(capsys, "dataset", "show", shared[:16])
    assert found["a"]["classes"] == ["bar0", "bar1", "bar2"]
    assert bob.run("dataset", "delete", shared[:16], "--yes") == Forbidden.exit_code


def test_dataset_upload_again_sends_nothing(alice: Shell, capsys: Capture, tmp_path: Path) -> None:
    dataset = _upload(alice, capsys, tmp_path / "d")
    again = alice.json(capsys, "dataset", "upload", tmp_path / "d" / "split")
    assert (again["dataset"], again["states"]) == (dataset, ["usable", "usable"])


def test_dataset_delete_asks_and_then_deletes(alice: Shell, capsys: Capture, tmp_path: Path) -> None:
    dataset = _upload(alice, capsys, tmp_path / "d")
    assert alice.run("dataset", "delete", dataset) == UsageError.exit_code, "no terminal and no --yes"
    assert dataset in {one["id"] for one in alice.json(capsys, "dataset", "list")}
    found = alice.json(capsys, "dataset", "delete", dataset, "--yes")
    assert [receipt["kind"] for receipt in found["receipts"]] == ["delete-receipt"] * 2
    assert dataset not in {one["id"] for one in alice.json(capsys, "dataset", "list")}


def test_dataset_deleted_at_one_server_only_is_deleted_at_the_other(
    alice: Shell, capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = _upload(alice, capsys, tmp_path / "d")
    delete = NodeClient.delete_dataset

    async def cut_off(node: NodeClient, *given: Any) -> dict[str, Any]:
        if node.node.role == "b":
            raise NodeUnreachable("cut off")
        return await delete(node, *given)

    with monkeypatch.context() as patch:
        patch.setattr(NodeClient, "delete_dataset", cut_off)
        assert alice.run("dataset", "delete", dataset, "--yes") == NodeUnreachable.exit_code
    [left] = [one for one in alice.json(capsys, "dataset", "list") if one["id"] == dataset]
    assert left["servers"] == {"a": None, "b": "usable"}
    found = alice.json(capsys, "dataset", "delete", dataset, "--yes")
    assert found["receipts"][1]["body"]["party"] == "b"


def test_project_needs_every_owner(alice: Shell, bob: Shell, capsys: Capture, tmp_path: Path) -> None:
    hers = _upload(alice, capsys, tmp_path / "hers")
    his = _upload(bob, capsys, tmp_path / "his", "--share-with", "alice")
    project = _project(alice, capsys, hers, "--dataset", his)
    found: dict[str, Any] = bob.json(capsys, "project", "show", project)
    assert [(m["user"], m["role"]) for m in found["specification"]["members"]] == [
        ("alice", "owner"),
        ("bob", "editor"),
    ]
    assert sorted(found["missing_consents"]) == sorted([hers, his])
    assert alice.run("job", "start", project) == 29
    assert alice.json(capsys, "consent", "give", project, "--yes")["missing_consents"] == [his]
    assert bob.run("consent", "give", project) == UsageError.exit_code, "no terminal and no --yes"
    assert bob.json(capsys, "consent", "give", project, "--yes")["missing_consents"] == []
    capsys.readouterr()
    assert bob.run("--quiet", "consent", "give", project, "--yes") == 0
    assert f"(id {project}, revision 1)" in capsys.readouterr().err, "what is signed is shown"
    signed = bob.json(capsys, "consent", "give", project, "--yes")
    assert signed["specification"] == found["specification"] and f"your data   {his}" in signed["summary"][-1]
    assert bob.run("consent", "withdraw", project, "--yes") == 0
    assert bob.json(capsys, "project", "show", project)["missing_consents"] == [his]
    assert project in {one["id"] for one in bob.json(capsys, "project", "list")}


def test_project_is_invisible_to_others(alice: Shell, bob: Shell, capsys: Capture, tmp_path: Path) -> None:
    project = _project(alice, capsys, _upload(alice, capsys, tmp_path / "d"))
    assert bob.run("project", "show", project) == NotFound.exit_code
    assert alice.run("consent", "give", project[:8], "--yes", "--dataset", "00" * 32) == NotFound.exit_code


def test_project_show_says_what_a_person_would_sign(alice: Shell, capsys: Capture, tmp_path: Path) -> None:
    project = _project(alice, capsys, _upload(alice, capsys, tmp_path / "d"), "--scale", "signed")
    capsys.readouterr()
    assert alice.run("project", "show", project) == 0
    text = capsys.readouterr().out
    assert "scale signed" in text and "model to    alice" in text and project in text
    assert "nobody else is involved" in text and "head.0.weight" in text
    found = alice.json(capsys, "project", "show", project)["network"]
    assert found["parameters"] == found["tensors"][0]["shape"][0] * len(found["architecture"]["classes"])


def test_log_verify_shows_own_events_and_writes_a_proof(alice: Shell, capsys: Capture, tmp_path: Path) -> None:
    _upload(alice, capsys, tmp_path / "d")
    first = alice.json(capsys, "log", "verify", "--proof", tmp_path / "proof.json")
    assert first["size"] > 0
    assert {"register", "login"} & {event["action"] for event in first["own"]}
    second = alice.json(capsys, "log", "verify")
    assert second["remembered_size"] >= first["size"]
    proof = json.loads((tmp_path / "proof.json").read_text(encoding="utf-8"))
    assert proof["size"] == first["size"] and len(proof["own"]) == len(first["own"])


def test_poc_status_and_a_second_start(local: LocalDeployment, capsys: Capture) -> None:
    assert run(["poc", "status", "--dir", str(local.folder), "--json"]) == 0
    running = json.loads(capsys.readouterr().out)["running"]
    assert all(isinstance(running[role], int) for role in ("a", "b", "log"))
    assert run(["poc", "up", "--dir", str(local.folder)]) == Conflict.exit_code
    assert run(["poc", "down", "--dir", str(local.folder), "--remove"]) == UsageError.exit_code
    assert sorted(local.leftover_processes()) == sorted(running.values())


def test_node_that_is_away_is_named(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deployment of its own, because this stops it, starts it again and finds everything still there."""
    with running_deployment(tmp_path / "poc") as local:
        shell = Shell(local, 1).logged_in()
        dataset = _upload(shell, capsys, tmp_path / "d")
        local.stop()
        assert shell.run("dataset", "list") == NodeUnreachable.exit_code
        assert local.running() == {}
        local.start()
        assert [one["id"] for one in shell.json(capsys, "dataset", "list")] == [dataset]
    assert run(["poc", "down", "--dir", str(tmp_path / "poc"), "--remove", "--yes"]) == 0
    assert not (tmp_path / "poc").exists()
