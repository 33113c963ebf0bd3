"""The command line against real nodes: how a project changes, who decides about it, and what waits for whom."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from common.errors import Conflict, Forbidden, NotFound, UsageError
from tests.helpers.desktop.local_world import Shell, write_images

Capture = pytest.CaptureFixture[str]


def upload(shell: Shell, capsys: Capture, folder: Path) -> str:
    images = write_images(folder / "images", 4, seed=1)
    words = ("--out", folder / "split", "--name", "bars", "--size", "12x12", "--share-with", "alice")
    shell.json(capsys, "dataset", "split", images, *words)
    return str(shell.json(capsys, "dataset", "upload", folder / "split")["dataset"])


def create(shell: Shell, capsys: Capture, dataset: str, *options: str) -> str:
    words = ("project", "create", "bars", "--dataset", dataset, "--k", "2", "--epochs", "1", "--validation", "0")
    return str(shell.json(capsys, *words, "--batch", "8", *options)["id"])


def waiting(shell: Shell, capsys: Capture, project: str, kind: str = "consents") -> list[dict[str, Any]]:
    return [row for row in shell.json(capsys, "decisions")[kind] if row["project"] == project]


def test_consent_shows_what_changed_since_the_last_one(
    alice: Shell, bob: Shell, capsys: Capture, tmp_path: Path
) -> None:
    his = upload(bob, capsys, tmp_path / "his")
    project = create(alice, capsys, his, "--purpose", "Tell bars apart.")
    [row] = waiting(bob, capsys, project)
    assert (row["dataset"], row["servers"], row["reminded"]) == (his, ["a", "b"], None)
    assert bob.json(capsys, "consent", "give", project, "--yes")["missing_consents"] == []
    assert waiting(bob, capsys, project) == []
    revised = alice.json(
        capsys, "project", "clone", project, "--revise", "--yes", "--set", "training.epochs=8", "--set", "hiding.k=4"
    )
    assert (revised["id"], revised["revision"]) == (project, 2)
    assert [one["field"] for one in revised["changes"]] == ["hiding.k", "training.epochs"]
    shown = alice.json(capsys, "project", "show", project)
    assert (shown["state"], shown["missing_consents"], shown["revision"]) == ("awaiting-consent", [his], 2)
    lines = bob.json(capsys, "consent", "give", project, "--yes")["summary"]
    start = lines.index("changed since revision 1, to which you consented:")
    assert lines[start + 1 : start + 3] == ["  * Images mixed: 2 → 4.", "  * Passes over all images: 1 → 8."]
    assert "purpose     Tell bars apart." in lines
    alice.json(capsys, "project", "clone", project, "--revise", "--yes", "--set", "training.epochs=9")
    lines = bob.json(capsys, "consent", "decline", project, "--yes", "--reason", "too long")
    assert lines["missing_consents"] == [his]
    found = alice.json(capsys, "project", "show", project)
    assert [(one["decision"], one["reason"]) for one in found["decisions"]] == [("declined", "too long")]
    compared = alice.json(capsys, "project", "changes", project, "--from", "1")
    assert compared["sentences"] == ["Images mixed: 2 → 4.", "Passes over all images: 1 → 9."]
    history = bob.json(capsys, "project", "revisions", project)
    assert [(one["revision"], [d["decision"] for d in one["decisions"]]) for one in history] == [
        (1, ["granted"]),
        (2, ["granted"]),
        (3, ["declined"]),
    ]


def test_clone_is_a_project_of_its_own(alice: Shell, bob: Shell, capsys: Capture, tmp_path: Path) -> None:
    his = upload(bob, capsys, tmp_path / "his")
    project = create(alice, capsys, his)
    cloned = bob.json(capsys, "project", "clone", project, "--yes", "--name", "his own", "--member", "alice:viewer")
    assert cloned["id"] != project and (cloned["revision"], cloned["specification"]["owner"]) == (1, "bob")
    assert [(m["user"], m["role"]) for m in cloned["specification"]["members"]] == [
        ("alice", "viewer"),
        ("bob", "owner"),
    ]
    assert bob.run("project", "clone", project, "--revise", "--yes", "--set", "training.epochs=3") == (
        Forbidden.exit_code
    )
    for wrong in (("--set", "training.speed=3"), ("--remove-member", "carol"), ("--set", "training.epochs")):
        assert alice.run("project", "clone", project, "--revise", "--yes", *wrong) == UsageError.exit_code
    assert alice.run("project", "clone", project, "--revise", "--yes") == UsageError.exit_code, "nothing would change"
    assert alice.run("project", "clone", project, "--set", "training.epochs=3") == UsageError.exit_code, "no terminal"
    assert alice.run("project", "changes", project) == UsageError.exit_code, "there is only one revision"
    assert alice.json(capsys, "project", "repair", project)["carried"] == {"a": [], "b": []}


def test_reminders_and_the_archive(alice: Shell, bob: Shell, capsys: Capture, tmp_path: Path) -> None:
    his = upload(bob, capsys, tmp_path / "his")
    project = create(alice, capsys, his)
    assert alice.json(capsys, "project", "remind", project) == {"reminded": ["bob"], "spared": []}
    assert alice.json(capsys, "project", "remind", project) == {"reminded": [], "spared": ["bob"]}
    capsys.readouterr()
    assert bob.run("decisions") == 0
    text = capsys.readouterr().out
    assert f"imguard consent give {project}" in text and ", reminded 2" in text
    assert bob.run("project", "archive", project, "--yes") == Forbidden.exit_code
    assert alice.run("project", "archive", project) == UsageError.exit_code, "no terminal and no --yes"
    assert alice.json(capsys, "project", "archive", project, "--yes", "--reason", "over")["state"] == "archived"
    assert waiting(bob, capsys, project) == []
    assert bob.run("consent", "give", project, "--yes") == Conflict.exit_code
    assert alice.run("job", "start", project) == Conflict.exit_code
    assert alice.json(capsys, "project", "restore", project)["state"] == "awaiting-consent"
    assert bob.json(capsys, "consent", "give", project, "--yes", "--days", "7")["missing_consents"] == []
    [ending] = waiting(bob, capsys, project, "ending")
    assert ending["dataset"] == his


def test_draft_becomes_a_project(alice: Shell, bob: Shell, capsys: Capture, tmp_path: Path) -> None:
    his = upload(bob, capsys, tmp_path / "his")
    small = ("--set", "training.epochs=1", "--set", "training.batch=8", "--set", "training.validation=0")
    draft = alice.json(capsys, "project", "draft", "new", "bars", "--member", "bob:editor", *small)
    assert draft["version"] == 1 and draft["members"] == {"alice": "owner", "bob": "editor"}
    identity = draft["id"]
    edit = ("project", "draft", "edit", identity)
    edited = bob.json(capsys, *edit, "--dataset", his, "--set", "hiding.k=2", "--set", "purpose=Tell bars apart.")
    assert (edited["version"], edited["author"], edited["content"]["datasets"]) == (2, "bob", [his])
    assert identity in {one["id"] for one in alice.json(capsys, "project", "draft", "list")}
    shown = alice.json(capsys, "project", "draft", "show", identity[:8])
    assert shown["content"]["training"]["epochs"] == 1 and shown["content"]["purpose"] == "Tell bars apart."
    assert bob.run(*edit, "--member", "eve:viewer") == Forbidden.exit_code
    assert bob.run("project", "draft", "remove", identity, "--yes") == Forbidden.exit_code
    assert alice.run(*edit, "--member", "bob:king") != 0
    published = alice.json(capsys, "project", "publish", identity, "--yes")
    assert (published["id"], published["revision"], published["specification"]["hiding"]["k"]) == (identity, 1, 2)
    assert alice.run("project", "draft", "show", identity) == NotFound.exit_code
    again = alice.json(capsys, "project", "draft", "new", "bars 2", "--from", identity, "--set", "hiding.k=4")
    assert again["id"] == identity
    published = alice.json(capsys, "project", "publish", identity, "--yes")
    assert (published["revision"], published["specification"]["name"]) == (2, "bars 2")
    thrown = alice.json(capsys, "project", "draft", "new", "nothing")["id"]
    assert alice.json(capsys, "project", "draft", "remove", thrown, "--yes") == {"id": thrown}
    assert thrown not in {one["id"] for one in alice.json(capsys, "project", "draft", "list")}
