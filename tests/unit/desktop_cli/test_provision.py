"""`imguard provision` and `imguard deployment`: what they print, write and refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from common.crypto.rng import SystemRandom
from common.deployment import HELPER
from common.deployment.kit import read_kit
from common.net.files import write_atomic
from common.net.identity import NodeAddress, create_node_keys
from common.net.renewal import create_renewal
from desktop_client.cli.main import run

RNG = SystemRandom()
ROLES = ("a", "b", "log")


@pytest.fixture
def requests(tmp_path: Path) -> list[str]:
    for number, role in enumerate(ROLES):
        link = () if role == "log" else ("127.0.0.1", 9101)
        create_node_keys(tmp_path / role, role, f"node-{role}", NodeAddress(f"https://h{number}:9001", *link), RNG)
    return [str(tmp_path / role / "join-request.json") for role in ROLES]


@pytest.fixture
def office(tmp_path: Path, requests: list[str], capsys: pytest.CaptureFixture[str]) -> Path:
    assert run(["provision", "new", "--out", str(tmp_path / "office"), *requests]) == 0
    capsys.readouterr()
    return tmp_path / "office"


def answer(capsys: pytest.CaptureFixture[str], *words: str | Path) -> dict[str, Any]:
    code = run([*map(str, words), "--json"])
    found = capsys.readouterr()
    assert code == 0, found.err
    value: dict[str, Any] = json.loads(found.out)
    return value


def test_new_names_the_kits_and_the_fingerprint(
    tmp_path: Path, requests: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    found = answer(capsys, "provision", "new", "--out", tmp_path / "office", *requests)
    assert set(found["kits"]) == set(ROLES)
    assert read_kit(Path(found["kits"]["a"])).deployment.fingerprint == found["fingerprint"]


def test_organisation_helper_and_renewal(tmp_path: Path, office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kit = Path(answer(capsys, "provision", "organisation", "--dir", office, "North Bank")["kit"])
    assert read_kit(kit).serial == 1
    create_renewal(tmp_path / "a")
    renewed = answer(capsys, "provision", "renew", "--dir", office, tmp_path / "a" / "renewal-request.json")["kit"]
    assert read_kit(Path(renewed)).serial == 2 and read_kit(kit).serial == 1
    create_node_keys(tmp_path / HELPER, HELPER, "third", NodeAddress("", "h9", 9201), RNG)
    found = answer(capsys, "provision", "helper", "--dir", office, tmp_path / HELPER / "join-request.json")
    assert HELPER in found["kits"] and read_kit(kit).deployment.fingerprint == found["fingerprint"]


def test_a_locked_authority_is_opened_by_the_environment(
    tmp_path: Path, requests: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMGUARD_CA_PASSWORD", "correct horse battery")
    answer(capsys, "provision", "new", "--lock", "--out", tmp_path / "office", *requests)
    answer(capsys, "provision", "organisation", "--dir", tmp_path / "office", "North Bank")
    monkeypatch.setenv("IMGUARD_CA_PASSWORD", "another")
    assert run(["provision", "organisation", "--dir", str(tmp_path / "office"), "South Bank"]) == 22
    assert "correct horse" not in capsys.readouterr().err


def test_a_client_takes_newer_descriptions_only(
    tmp_path: Path, office: Path, requests: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    profile = tmp_path / "profile"
    profile.mkdir()
    first = Path(answer(capsys, "provision", "organisation", "--dir", office, "North Bank")["kit"])
    write_atomic(profile / "deployment.json", (first / "deployment.json").read_bytes())
    old = {path.name: path.read_bytes() for path in first.iterdir()}
    create_node_keys(tmp_path / HELPER, HELPER, "third", NodeAddress("", "h9", 9201), RNG)
    answer(capsys, "provision", "helper", "--dir", office, tmp_path / HELPER / "join-request.json")
    mine = ("--profile", str(profile))
    updated = answer(capsys, *mine, "deployment", "update", first)
    shown = answer(capsys, *mine, "deployment", "show")
    assert shown["fingerprint"] == updated["fingerprint"] and shown["nodes"][HELPER]["address"] == "h9:9201"
    for name, data in old.items():
        (first / name).write_bytes(data)
    assert run([*mine, "deployment", "update", str(first)]) == 27
    assert run(["provision", "new", "--out", str(tmp_path / "other"), *requests]) == 0
    assert run([*mine, "deployment", "update", str(tmp_path / "other")]) == 3
    capsys.readouterr()
    assert answer(capsys, *mine, "deployment", "show") == shown
