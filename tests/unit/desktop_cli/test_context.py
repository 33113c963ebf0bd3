"""What all commands share: ids, confirmations, passwords and what is printed."""

from __future__ import annotations

import io
import json
from pathlib import Path

import click
import pytest

from common.errors import Cancelled, NotFound, UsageError
from desktop_client.cli.context import Session, confirm, emit, full_id, table
from desktop_client.cli.dataset.splitting import parse_classes, parse_size, parse_window
from desktop_client.plain import plain
from desktop_client.settings import Profile

IDS = ["aaaaaa11", "aaaaaa22", "bbbbbb33"]


def test_full_id_from_its_beginning() -> None:
    assert full_id("bbbbbb", IDS, "job") == "bbbbbb33"
    assert full_id("aaaaaa1", IDS, "job") == "aaaaaa11"
    assert full_id("xy", ["xy"], "job") == "xy"


@pytest.mark.parametrize(("given", "error"), [("aaaaaa", UsageError), ("bbbbb", UsageError), ("cccccc", NotFound)])
def test_full_id_that_is_not_clear_is_refused(given: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        full_id(given, IDS, "job")


def test_table_aligns_columns() -> None:
    assert table(("A", "LONG"), [("wide cell", 1), ("x", 22)]) == "A          LONG\nwide cell  1\nx          22"
    assert table(("A", "B"), []) == "A  B"


def test_emit_is_one_json_value_or_text(capsys: pytest.CaptureFixture[str]) -> None:
    emit({"b": [1], "a": "\u00e9"}, True, "text")
    assert json.loads(capsys.readouterr().out) == {"a": "\u00e9", "b": [1]}
    emit({}, False, "text")
    assert capsys.readouterr().out == "text\n"


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_confirm_needs_a_terminal_or_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    confirm("Really?", yes=True)
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    with pytest.raises(UsageError, match="--yes"):
        confirm("Really?", yes=False)


@pytest.mark.parametrize(("answer", "is_fine"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_confirm_asks_at_a_terminal(answer: str, is_fine: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", _Terminal(answer))
    if is_fine:
        confirm("Really?", yes=False)
    else:
        with pytest.raises(Cancelled, match="Nothing"):
            confirm("Really?", yes=False)


def test_password_comes_from_the_environment_or_a_prompt(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    session = Session(Profile(tmp_path))
    monkeypatch.setenv("IMGUARD_PASSWORD", "from environment")
    assert session.password() == "from environment"
    monkeypatch.delenv("IMGUARD_PASSWORD")
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(UsageError, match="IMGUARD_PASSWORD"):
        session.password()
    monkeypatch.setattr("sys.stdin", _Terminal(""))
    monkeypatch.setattr(click, "prompt", lambda *given, **named: f"typed {named['hide_input']}")
    assert session.password() == "typed True"
    monkeypatch.setenv("IMGUARD_FILE_PASSWORD", "of the file")
    assert session.password(variable="IMGUARD_FILE_PASSWORD") == "of the file"


def test_progress_is_silent_without_a_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Session(Profile(tmp_path)).progress("upload", "bytes") as step:
        step(1, 2)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("quiet", "as_json", "is_shown"), [(False, False, True), (True, False, False), (False, True, False)]
)
def test_progress_at_a_terminal_unless_quiet_or_for_a_program(
    quiet: bool, as_json: bool, is_shown: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = _Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    with Session(Profile(tmp_path), quiet).progress("upload", "bytes", as_json) as step:
        step(1, 2)
    assert ("upload" in terminal.getvalue()) == is_shown


def test_say_is_silent_when_quiet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Session(Profile(tmp_path), quiet=True).say("remark")
    Session(Profile(tmp_path)).say("shown")
    found = capsys.readouterr()
    assert (found.out, found.err) == ("", "shown\n")


@pytest.mark.parametrize("value", ["28", "28x", "x28", "28*28", "-1x5", "28x28x3", "123456x1"])
def test_size_of_another_form_is_refused(value: str) -> None:
    with pytest.raises(UsageError):
        parse_size(value)


@pytest.mark.parametrize(
    ("value", "window"),
    [(None, None), ("40,400", (40.0, 400.0)), ("-600,1500", (-600.0, 1500.0)), ("0.5,1", (0.5, 1.0))],
)
def test_context_windows(value: str | None, window: tuple[float, float] | None) -> None:
    assert parse_window(value) == window


@pytest.mark.parametrize("value", ["", "40", "40,0", "40,-3", "40,0.5", "nan,3", "40,inf", "40;400", "1,2,3", " 1,2"])
def test_context_windows_of_no_form_are_refused(value: str) -> None:
    with pytest.raises(UsageError):
        parse_window(value)


def test_size_and_classes() -> None:
    assert parse_size("28x32") == (28, 32)
    assert parse_classes("healthy, ill") == ("healthy", "ill")
    assert parse_classes(None) is None


HOSTILE = ["\x1b[2J", "\r", "\x08", "\x9b", "\x7f", "\u202e", "\u2066", "\u200f", "\u2028", "\ud800"]


@pytest.mark.parametrize("bad", HOSTILE)
def test_nothing_from_elsewhere_moves_the_cursor(bad: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = f"films{bad}: healthy"
    emit({}, False, f"one\n{name}")
    emit({"name": name}, True, "")
    Session(Profile(tmp_path)).say(name)
    Session(Profile(tmp_path), quiet=True).show(name)
    found = capsys.readouterr()
    assert bad not in found.out + found.err
    assert found.out.startswith(f"one\nfilms\\u{ord(bad[0]):04x}")
    assert json.loads(found.out[found.out.index("{") :]) == {"name": name}
    assert len(found.err.splitlines()) == 2


def test_table_cell_stays_in_its_line() -> None:
    assert table(("A", "B"), [("x\nforged  line", "\x1b[1A")]).splitlines()[1:] == ["x\\u000aforged  line  \\u001b[1A"]


def test_plain_leaves_names_of_people_alone() -> None:
    assert plain("Zo\u00eb \u674e \u05d3\u05d5\u05d3 \U0001f600") == "Zo\u00eb \u674e \u05d3\u05d5\u05d3 \U0001f600"
