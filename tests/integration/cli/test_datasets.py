"""The command line at real nodes: data sets after their upload, at both servers or only one of them, and policies."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from common.errors import Conflict, Forbidden, NodeUnreachable, NotFound, UsageError
from desktop_client.upload.client import NodeClient
from tests.helpers.desktop.local_world import Shell, write_images

Capture = pytest.CaptureFixture[str]


def upload(shell: Shell, capsys: Capture, folder: Path, name: str = "bars") -> str:
    images = write_images(folder / "images", 4, seed=len(name))
    words = ("--out", folder / "split", "--name", name, "--size", "12x12")
    dataset = str(shell.json(capsys, "dataset", "split", images, *words)["dataset"])
    assert shell.json(capsys, "dataset", "upload", folder / "split")["states"] == ["usable", "usable"]
    return dataset


def text(shell: Shell, capsys: Capture, *words: str) -> str:
    """What a command that must succeed prints for people, remarks included."""
    capsys.readouterr()
    code = shell.run(*words)
    found = capsys.readouterr()
    assert code == 0, found.err
    return found.out + found.err


def away(role: str, name: str, patch: pytest.MonkeyPatch) -> None:
    """One server does not answer one kind of request."""
    ask = getattr(NodeClient, name)

    async def cut_off(node: NodeClient, *given: Any) -> Any:
        if node.node.role == role:
            raise NodeUnreachable("cut off")
        return await ask(node, *given)

    patch.setattr(NodeClient, name, cut_off)


def test_settings_from_upload_to_sharing(alice: Shell, bob: Shell, capsys: Capture, tmp_path: Path) -> None:
    dataset = upload(alice, capsys, tmp_path)
    assert bob.run("dataset", "show", dataset) == NotFound.exit_code
    done = alice.json(capsys, "dataset", "share", dataset, "--with", "bob")
    assert done["servers"] == {"a": True, "b": True} and done["settings"]["shared_with"] == ["bob"]
    told = text(alice, capsys, "dataset", "edit", dataset, "--tag", "lungs", "--class-counts", "4,4,4")
    assert "class_counts: None -> [4, 4, 4]" in told and "settings 2 are in force at A and B" in told
    shown = text(bob, capsys, "dataset", "show", dataset[:12])
    assert "bar0 (4), bar1 (4), bar2 (4)" in shown and "shared with bob" in shown and "switched on" in shown
    assert bob.run("dataset", "edit", dataset, "--tag", "mine") == Forbidden.exit_code
    assert alice.run("dataset", "share", dataset) == UsageError.exit_code
    assert alice.run("dataset", "edit", dataset) == UsageError.exit_code
    assert alice.json(capsys, "dataset", "share", dataset, "--not-with", "bob")["settings"]["visibility"] == "private"
    assert bob.run("dataset", "show", dataset) == NotFound.exit_code
    history = alice.json(capsys, "dataset", "history", dataset)
    assert [event["kind"] for event in history["b"]] == ["announced", "received", "confirmed", *["settings"] * 3]


def test_list_filters(alice: Shell, bob: Shell, capsys: Capture, tmp_path: Path) -> None:
    tagged, plain = upload(alice, capsys, tmp_path / "1", "tagged"), upload(alice, capsys, tmp_path / "2", "plain")
    alice.json(capsys, "dataset", "edit", tagged, "--tag", "filtered")
    alice.json(capsys, "dataset", "share", tagged, "--public")
    listed = {one["id"]: one for one in alice.json(capsys, "dataset", "list", "--mine")}
    assert {tagged, plain} <= set(listed)
    assert listed[tagged]["servers"] == {"a": "usable", "b": "usable"} and listed[tagged]["agree"]
    assert [one["id"] for one in alice.json(capsys, "dataset", "list", "--tag", "filtered")] == [tagged]
    assert [one["id"] for one in bob.json(capsys, "dataset", "list", "--owner", "alice", "--name", "TAGG")] == [tagged]
    assert plain in {one["id"] for one in alice.json(capsys, "dataset", "list", "--visibility", "private")}
    assert tagged[:64] in text(alice, capsys, "dataset", "list", "--state", "usable", "--enabled")


def test_switched_off_data_set_starts_no_job(alice: Shell, capsys: Capture, tmp_path: Path) -> None:
    dataset = upload(alice, capsys, tmp_path)
    words = ("project", "create", "off", "--dataset", dataset, "--k", "2", "--epochs", "1", "--validation", "0")
    project = str(alice.json(capsys, *words, "--batch", "4")["id"])
    assert alice.run("consent", "give", project, "--yes") == 0
    assert alice.run("dataset", "disable", dataset) == UsageError.exit_code, "no terminal and no --yes"
    told = text(alice, capsys, "dataset", "disable", dataset, "--yes")
    assert "of alice): no new job can start" in told
    assert "usable, off" in text(alice, capsys, "dataset", "list", "--disabled")
    assert alice.run("job", "start", project) == Conflict.exit_code
    uses = alice.json(capsys, "dataset", "uses", dataset)
    assert [one["project"] for one in uses["projects"]] == [project] and uses["jobs"] == []
    assert alice.json(capsys, "dataset", "enable", dataset)["settings"]["enabled"] is True


def test_server_that_missed_a_change_is_repaired(
    alice: Shell, capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = upload(alice, capsys, tmp_path)
    with monkeypatch.context() as patch:
        away("b", "change_dataset", patch)
        assert alice.run("dataset", "edit", dataset, "--tag", "half") == NodeUnreachable.exit_code
    assert f"imguard dataset repair {dataset}" in capsys.readouterr().err
    assert f"imguard dataset repair {dataset}" in text(alice, capsys, "dataset", "show", dataset)
    [row] = alice.json(capsys, "dataset", "list", "--tag", "half")
    assert not row["agree"]
    assert alice.json(capsys, "dataset", "repair", dataset)["servers"] == {"a": True, "b": True}
    found = alice.json(capsys, "dataset", "show", dataset)
    assert found["a"]["settings"] == found["b"]["settings"] and found["b"]["tags"] == ["half"]


def test_deletion_at_one_server_is_completed_and_its_receipts_kept(
    alice: Shell, capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = upload(alice, capsys, tmp_path)
    with monkeypatch.context() as patch:
        away("b", "delete_dataset", patch)
        assert alice.run("dataset", "delete", dataset, "--yes") == NodeUnreachable.exit_code
    [row] = [one for one in alice.json(capsys, "dataset", "list") if one["id"] == dataset]
    assert row["servers"] == {"a": None, "b": "usable"}
    found = alice.json(capsys, "dataset", "delete", dataset, "--yes", "--reason", "Done with it.")
    assert [one["body"]["party"] for one in found["receipts"]] == ["a", "b"]
    folder = alice.local.client(1) / "receipts"
    kept = [json.loads((folder / f"{dataset}-{role}.deleted.json").read_text(encoding="utf-8")) for role in "ab"]
    assert kept == found["receipts"]
    assert dataset not in {one["id"] for one in alice.json(capsys, "dataset", "list")}
    last = alice.json(capsys, "dataset", "history", dataset)["b"][-1]
    assert (last["kind"], last["facts"]["reason"]["text"]) == ("deleted", "Done with it.")
    assert alice.json(capsys, "dataset", "delete", dataset, "--yes")["receipts"] == kept


def test_policies_stand_side_by_side(alice: Shell, capsys: Capture, tmp_path: Path) -> None:
    path = alice.local.node("b") / "policy.toml"
    beside = path.with_suffix(".new")
    beside.write_text(
        'version = 1\n[projects]\nmodels = ["mlp"]\n[datasets]\nimages_per_dataset = 3\n', encoding="utf-8"
    )
    os.replace(beside, path)
    try:
        found = alice.json(capsys, "policy")
        assert (found["a"]["projects"]["models"], found["b"]["projects"]["models"]) == (None, ["mlp"])
        rows = [" ".join(line.split()) for line in text(alice, capsys, "policy").splitlines()]
        assert "models any mlp" in rows and "images of a data set any 3" in rows
        images = write_images(tmp_path / "images", 4)
        words = ("--out", tmp_path / "split", "--name", "many", "--size", "12x12")
        assert alice.run("dataset", "split", images, *words) == 0
        assert alice.run("dataset", "upload", tmp_path / "split") == 36
        assert "at most 3" in capsys.readouterr().err
    finally:
        path.unlink()
