"""The command line against real nodes whose workers are told what to do: jobs paused, resumed, retried and watched."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from common.errors import Conflict, Forbidden, NodeUnreachable, RangeExceeded, UsageError
from tests.helpers.commands.program import Place, wait_for_line
from tests.helpers.desktop.local_world import CHEAP, ScriptedDeployment, Shell, running, write_images

Capture = pytest.CaptureFixture[str]
Both = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptedDeployment]:
    with running(ScriptedDeployment(tmp_path_factory.mktemp("world") / "poc", cost=CHEAP)) as local:
        yield local


@pytest.fixture
def alice(local: ScriptedDeployment) -> Shell:
    return Shell(local, 1).logged_in()


@pytest.fixture
def bob(local: ScriptedDeployment) -> Shell:
    return Shell(local, 2).logged_in()


def start(shell: Shell, capsys: Capture, folder: Path) -> str:
    """A job of alice on fresh images; bob is a viewer of its project."""
    words = ("--out", folder / "split", "--name", "bars", "--size", "12x12")
    dataset = shell.json(capsys, "dataset", "split", write_images(folder / "images", 8), *words)["dataset"]
    shell.json(capsys, "dataset", "upload", folder / "split")
    options = ("--k", "2", "--epochs", "1", "--validation", "0", "--batch", "8", "--member", "bob:viewer")
    project = str(shell.json(capsys, "project", "create", "bars", "--dataset", dataset, *options)["id"])
    shell.json(capsys, "consent", "give", project, "--yes")
    return str(shell.json(capsys, "job", "start", project)["job"])


def until(shell: Shell, capsys: Capture, job: str, condition: Callable[[Both], bool]) -> Both:
    """Ask for the status until it is as wanted; the test's timeout is the limit."""
    while True:
        found: Both = shell.json(capsys, "job", "status", job)
        if condition(found):
            return found


def are(state: str) -> Callable[[Both], bool]:
    return lambda found: [found[role]["state"] for role in ("a", "b")] == [state, state]


def text(shell: Shell, capsys: Capture, *words: str) -> str:
    """What a command that goes well prints for people."""
    capsys.readouterr()
    assert shell.run(*words) == 0
    return capsys.readouterr().out


def refused(shell: Shell, capsys: Capture, code: int, *words: str) -> str:
    """What a command says that must fail with this exit code."""
    capsys.readouterr()
    assert shell.run(*words) == code
    return capsys.readouterr().err


def test_job_is_paused_and_resumed(
    local: ScriptedDeployment, alice: Shell, bob: Shell, capsys: Capture, tmp_path: Path
) -> None:
    for role in ("a", "b"):
        local.order(role, "pausable talk")
    job = start(alice, capsys, tmp_path)
    until(alice, capsys, job, are("training"))
    for action in ("pause", "resume", "retry"):
        said = refused(bob, capsys, Forbidden.exit_code, "job", action, job)
        assert "This needs the role editor or owner or who began the test here." in said, "a viewer is told who may"
    said = refused(alice, capsys, Conflict.exit_code, "job", "resume", job)
    assert "The job is training; there is nothing to resume." in said
    paused = alice.json(capsys, "job", "pause", job[:8])
    assert (paused["id"], paused["wants_pause"], paused["controls"]) == (job, True, 1)
    until(alice, capsys, job, are("paused"))
    assert f"Next: imguard job resume {job}" in text(bob, capsys, "job", "status", job[:8])
    said = refused(alice, capsys, Conflict.exit_code, "job", "retry", job)
    assert "The job is paused; there is nothing to retry." in said
    assert alice.json(capsys, "job", "resume", job)["controls"] == 2
    outcome = bob.json(capsys, "job", "watch", job)
    assert (outcome["states"], len(outcome["metrics"])) == ({"a": "finished", "b": "finished"}, 1)
    said = refused(alice, capsys, Conflict.exit_code, "job", "pause", job)
    assert "The job is finished; there is nothing to pause." in said
    assert "Next:" not in text(alice, capsys, "job", "status", job)


def test_log_of_a_job_is_shown_in_order_and_by_stage(
    local: ScriptedDeployment, alice: Shell, bob: Shell, capsys: Capture, tmp_path: Path
) -> None:
    for role in ("a", "b"):
        local.order(role, "talk")
    job = start(alice, capsys, tmp_path)
    assert bob.json(capsys, "job", "watch", job)["states"] == {"a": "finished", "b": "finished"}
    found = bob.json(capsys, "job", "log", job[:8])
    lines = [("", "INFO", "attempt 1"), ("prepare", "INFO", "segments are kept")]
    lines.append(("train", "WARNING", "an epoch was undone"))
    for role in ("a", "b"):
        assert [(one["stage"], one["level"], one["text"]) for one in found[role]] == lines
    chosen = bob.json(capsys, "job", "log", job, "--stage", "train")
    assert {role: [one["text"] for one in chosen[role]] for role in chosen} == {
        "a": ["an epoch was undone"],
        "b": ["an epoch was undone"],
    }
    rows = [line.split(maxsplit=3)[1:] for line in text(bob, capsys, "job", "log", job).splitlines()]
    assert rows[0] == ["AT", "STAGE", "LINE"] and len(rows) == 7
    assert [row[2] for row in rows if row[0] == "A"][1:] == ["segments are kept", "an epoch was undone"]
    assert text(bob, capsys, "job", "log", job, "--stage", "seal") == "No line of the stage seal yet.\n"
    assert bob.run("job", "log", job, "--stage", "upload") == UsageError.exit_code


def test_failed_job_says_why_and_is_retried(
    local: ScriptedDeployment, alice: Shell, bob: Shell, capsys: Capture, tmp_path: Path
) -> None:
    for role in ("a", "b"):
        local.order(role, "fail finish")
    job = start(alice, capsys, tmp_path)
    said = refused(bob, capsys, RangeExceeded.exit_code, "job", "watch", job)
    assert f"imguard job retry {job[:8]}" in said and "It went wrong." in said
    shown = text(bob, capsys, "job", "status", job)
    assert shown.count("It went wrong.") == 2 and f"Next: imguard job retry {job}" in shown
    [row] = [line for line in text(bob, capsys, "job", "status").splitlines() if line.startswith(job)]
    assert row.split(maxsplit=4)[3] == "failed" and row.endswith("It went wrong.")
    said = refused(alice, capsys, Conflict.exit_code, "job", "resume", job)
    assert "The job is failed; there is nothing to resume." in said
    assert alice.json(capsys, "job", "retry", job[:8])["error"] is None
    outcome = alice.json(capsys, "job", "watch", job)
    assert outcome["states"] == {"a": "finished", "b": "finished"}


def test_watching_goes_on_while_servers_die_and_a_job_waits_and_is_paused(
    local: ScriptedDeployment, alice: Shell, capsys: Capture, tmp_path: Path
) -> None:
    for role in ("a", "b"):
        local.order(role, "hang hang finish")
    job = start(alice, capsys, tmp_path)
    place = Place(tmp_path).with_user(local.client(1))
    with place.started("job", "watch", job, "--json") as watching:
        wait_for_line(watching, "state: training")
        local.kill("b")
        wait_for_line(watching, "server B does not answer; the job is not harmed")
        local.kill("a")
        local.start_again("a")
        wait_for_line(watching, "waiting: ")
        shown = text(alice, capsys, "job", "status", job)
        assert "server A  queued" in shown and "it is tried again by itself" in shown
        assert f"Next: imguard job watch {job}" in shown and "server B  Node local-b" in shown
        assert alice.json(capsys, "job", "status", job)["b"] is None
        assert alice.json(capsys, "job", "log", job) == {"a": [], "b": None}
        assert text(alice, capsys, "job", "log", job) == "No worker has written anything yet.\n"
        local.start_again("b")
        wait_for_line(watching, "server B answers again")
        until(alice, capsys, job, are("training"))
        assert alice.json(capsys, "job", "pause", job, "--now")["wants_pause"] is True
        wait_for_line(watching, f"state: paused; it waits until a member runs `imguard job resume {job[:8]}`")
        until(alice, capsys, job, are("paused"))
        alice.json(capsys, "job", "resume", job)
        wait_for_line(watching, "a member asked to go on")
        out, err = watching.communicate(timeout=60)
    assert watching.returncode == 0, err
    assert json.loads(out)["states"] == {"a": "finished", "b": "finished"}


def test_status_needs_one_server_at_least(
    local: ScriptedDeployment, alice: Shell, capsys: Capture, tmp_path: Path
) -> None:
    for role in ("a", "b"):
        local.order(role, "finish")
    job = start(alice, capsys, tmp_path)
    until(alice, capsys, job, are("finished"))
    try:
        for role in ("a", "b"):
            local.kill(role)
        said = refused(alice, capsys, NodeUnreachable.exit_code, "job", "status", job)
        assert "Node local-a" in said
    finally:
        for role in ("a", "b"):
            local.start_again(role)
