"""`imguard-server preflight`: what stops a start is named before it does, and a node that runs is left alone."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from common.monitoring.health import Grade
from common.monitoring.lines import Line
from common.net.files import hold_folder
from common.net.identity import load_node_identity
from server_node.cli import cli
from server_node.preflight import checks
from server_node.preflight.command import gather
from tests.helpers.nodes.local import local_nodes
from tests.helpers.nodes.pair import Pair, make_pair


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return make_pair(tmp_path)


def found(folder: Path, where: str = "node") -> dict[str, Line]:
    return {line.check: line for line in gather(folder) if line.where == where}


def test_a_node_that_can_start(pair: Pair) -> None:
    lines = found(pair.folder("a"))
    assert {name for name, line in lines.items() if line.grade is not Grade.OK} <= {"disk"}
    assert set(lines) == {
        "settings", "user", "keys", "kit", "certificate", "port", "link port", "disk", "clock", "policy", "database",
        "blobs", "live state",
    }  # fmt: skip
    assert pair.deployment.fingerprint in lines["kit"].says
    for other in ("b", "log"):
        assert found(pair.folder("a"), other)["reached"].grade is Grade.WARN


def test_it_answers_programs_and_ends_with_a_code(pair: Pair) -> None:
    well = CliRunner().invoke(cli, ["preflight", "--dir", str(pair.folder("b")), "--json"])
    assert well.exit_code == 0 and json.loads(well.output)["is_ready"] is True
    (pair.folder("b") / "settings.toml").write_text("listen_port = 0x", encoding="utf-8")
    ill = CliRunner().invoke(cli, ["preflight", "--dir", str(pair.folder("b"))])
    assert ill.exit_code == 1 and ill.output.startswith("FAIL  node  settings")


def _open_key(folder: Path) -> None:
    (folder / "keys" / "storage.key").chmod(0o644)


def _lost_key(folder: Path) -> None:
    (folder / "keys" / "storage.key").rename(folder / "keys" / "elsewhere")


def _no_kit(folder: Path) -> None:
    (folder / "tls.pem").unlink()


def _foreign_certificate(folder: Path) -> None:
    (folder / "tls.pem").write_bytes((folder.parent / "b" / "tls.pem").read_bytes())


def _policy(folder: Path) -> None:
    (folder / "policy.toml").write_text("nonsense = ", encoding="utf-8")


def _database(folder: Path) -> None:
    (folder / "node.db").write_bytes(b"this is no database, whatever it is called" * 100)


@pytest.mark.parametrize(
    ("damage", "check", "says"),
    [
        (_open_key, "keys", "storage.key"),
        (_lost_key, "keys", "storage.key"),
        (_no_kit, "kit", "certificate"),
        (_foreign_certificate, "certificate", "TLS"),
        (_policy, "policy", "policy.toml"),
        (_database, "database", "cannot be used"),
    ],
)
def test_what_stops_a_start_is_named(pair: Pair, damage: Callable[[Path], None], check: str, says: str) -> None:
    damage(pair.folder("a"))
    line = found(pair.folder("a"))[check]
    assert line.grade is Grade.FAIL and says in line.says and line.advice


def test_a_port_that_is_taken(pair: Pair) -> None:
    port = int(pair.url("a").rpartition(":")[2])
    with closing(socket.create_server(("127.0.0.1", port))):
        line = found(pair.folder("a"))["port"]
    assert line.grade is Grade.FAIL and str(port) in line.says and "settings.toml" in line.advice


def test_the_folder_of_another_user_is_not_touched(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 12_345)
    assert list(found(pair.folder("a"))) == ["settings", "user"]
    assert not (pair.folder("a") / "lock").exists()


def test_a_certificate_near_its_end(pair: Pair) -> None:
    identity = load_node_identity(pair.folder("a"))
    for days, grade in ((1, Grade.OK), (800, Grade.WARN), (830, Grade.FAIL)):
        assert checks.check_certificate(identity, time.time() + days * 86_400).grade is grade


def test_a_node_that_runs_keeps_its_ports(pair: Pair) -> None:
    handle = hold_folder(pair.folder("a"))
    try:
        assert "running" in found(pair.folder("a"))["port"].says
    finally:
        os.close(handle)


@pytest.mark.expects_warnings
async def test_others_are_reached_with_their_certificates(pair: Pair) -> None:
    async with local_nodes(pair, "b"):
        lines: dict[str, Any] = await asyncio.to_thread(found, pair.folder("a"), "b")
    assert lines["reached"].grade is Grade.OK and lines["clock"].grade is Grade.OK
