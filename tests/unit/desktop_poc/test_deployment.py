"""A local deployment that cannot start leaves nothing behind, and never touches what is not its own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from common.errors import Conflict, NodeStartFailed, NotFound, StoreDamaged
from desktop_client.poc.deployment import LocalDeployment, find_local


def _failing(self: LocalDeployment, role: str, verb: str, *options: str) -> list[str]:
    return [sys.executable, "-c", "raise SystemExit('no room here')", "-m", "server_node"]


def test_start_that_fails_leaves_an_empty_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LocalDeployment, "_command", _failing)
    local = LocalDeployment(tmp_path / "poc")
    with pytest.raises(NodeStartFailed, match="no room here"):
        local.start()
    assert not (tmp_path / "poc").exists()
    assert local.leftover_processes() == []


def test_start_that_is_interrupted_leaves_an_empty_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(line: str) -> None:
        if line.startswith("making keys"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        LocalDeployment(tmp_path / "poc", interrupt).start()
    assert not (tmp_path / "poc").exists()


def test_start_in_a_folder_with_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(Conflict, match="not empty"):
        LocalDeployment(tmp_path).start()
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_remove_deletes_only_what_belongs_to_it(tmp_path: Path) -> None:
    for name in ("node-a", "node-b", "log", "kit", "client-1", "client-2", "thesis"):
        (tmp_path / name).mkdir()
    (tmp_path / "poc.json").write_text("{}", encoding="utf-8")
    find_local(tmp_path).remove()
    assert [path.name for path in tmp_path.iterdir()] == ["thesis"]


def test_find_local_without_a_deployment_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        find_local(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", '{"a": {}}', '{"a": {"pid": "x", "started": "1"}}', '{"a": 7}'])
def test_damaged_process_list_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "pids.json").write_text(text, encoding="utf-8")
    with pytest.raises(StoreDamaged):
        find_local(tmp_path).running()
