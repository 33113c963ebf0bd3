"""The command line: every command explains itself, every failure is two lines and an exit code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from common.errors import AppError, Conflict, DiskFull, NotRegistered, UsageError
from desktop_client.cli import main
from desktop_client.cli.main import COMMANDS, imguard, run


def _commands(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        for child in command.commands:
            yield from _commands(f"{name} {child}", command.commands[child])


ALL = dict(_commands("imguard", imguard))
LEAVES = {name: command for name, command in ALL.items() if not isinstance(command, click.Group)}
OWN = {name for name in ALL if not name.startswith("imguard demo")}


@pytest.mark.parametrize("name", sorted(OWN))
def test_every_command_has_an_example_that_names_it(name: str) -> None:
    text = ALL[name].help or ""
    example = text.partition("Example:")[2]
    assert name in example


@pytest.mark.parametrize("name", sorted(OWN))
def test_every_command_shows_its_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*name.split()[1:], "--help"]) == 0
    assert "Example:" in capsys.readouterr().out


@pytest.mark.parametrize("name", sorted(OWN & set(LEAVES)))
def test_every_command_can_answer_a_program(name: str) -> None:
    assert "as_json" in {option.name for option in LEAVES[name].params}


def test_no_command_takes_a_password_on_the_command_line() -> None:
    for command in ALL.values():
        assert not [p.name for p in command.params if "password" in (p.name or "")]


def test_help_of_the_program_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(name in text for name in COMMANDS)


def test_version_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("imguard")


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing"], ["job", "nothing"], ["login", "--fast"], ["provision", "new"],
        ["project", "create", "x", "--k", "3"],
    ],
)  # fmt: skip
def test_wrong_use_is_two_lines_and_exit_code_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    found = capsys.readouterr()
    assert found.out == ""
    first, second = found.err.splitlines()
    assert first.startswith("error: ")
    assert second == f"what to do: {UsageError.advice}"


def test_profile_without_a_user_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (
        ["login"],
        ["dataset", "list"],
        ["job", "status"],
        ["log", "verify"],
        ["users", "list"],
        ["device", "add"],
        ["keys", "fingerprint"],
        ["keys", "rotate", "--yes"],
    ):
        assert run(["--profile", str(tmp_path), *command]) == NotRegistered.exit_code
        assert "error: " in capsys.readouterr().err


def _raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail(*given: Any, **named: Any) -> None:
        raise error

    monkeypatch.setattr(main.imguard, "main", fail)


def test_named_error_gives_its_own_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _raising(monkeypatch, Conflict("Not now."))
    assert run([]) == Conflict.exit_code
    assert capsys.readouterr().err == f"error: Not now.\nwhat to do: {Conflict.advice}\n"


def test_error_text_from_a_node_cannot_draw_on_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _raising(monkeypatch, Conflict("\x1b[2Jall\nwhat to do: nothing\u202e"))
    assert run([]) == Conflict.exit_code
    found = capsys.readouterr().err
    assert len(found.splitlines()) == 2 and "\x1b" not in found and "\u202e" not in found


def test_named_error_inside_a_group_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = BaseExceptionGroup("inner", [ValueError("x"), DiskFull()])
    _raising(monkeypatch, BaseExceptionGroup("outer", [inner]))
    assert run([]) == DiskFull.exit_code


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.exceptions.Abort()])
def test_interrupt_is_exit_code_130(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    _raising(monkeypatch, error)
    assert run([]) == 130


def test_unexpected_failure_is_short_and_the_log_has_the_rest(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(main, "log_path", lambda: tmp_path / "logs" / "imguard.log")
    secret = "ab" * 32
    _raising(monkeypatch, RuntimeError(f"key {secret}"))
    assert run([]) == AppError.exit_code
    found = capsys.readouterr().err
    assert "Traceback" not in found and secret not in found
    assert str(tmp_path / "logs" / "imguard.log") in found
    text = (tmp_path / "logs" / "imguard.log").read_text(encoding="utf-8")
    assert "Traceback" in text and "RuntimeError" in text
    assert secret not in text
    assert (tmp_path / "logs" / "imguard.log").stat().st_mode & 0o777 == 0o600


def test_unexpected_failure_without_a_place_for_the_log_is_still_short(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(main, "log_path", lambda: tmp_path / "file" / "imguard.log")
    _raising(monkeypatch, RuntimeError("x"))
    assert run([]) == AppError.exit_code
    assert "Traceback" not in capsys.readouterr().err


def test_file_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _raising(monkeypatch, PermissionError(13, "Permission denied", str(tmp_path / "x")))
    assert run([]) == UsageError.exit_code
    _raising(monkeypatch, OSError(28, "No space left on device"))
    assert run([]) == DiskFull.exit_code


def test_provision_without_three_requests_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "r.json").write_text(json.dumps({"kind": "join-request"}), encoding="utf-8")
    assert run(["provision", "new", "--out", str(tmp_path / "kit"), str(tmp_path / "r.json")]) == 20
    assert not (tmp_path / "kit").exists()
