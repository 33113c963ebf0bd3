"""The command line against three real nodes: how people come in, log in, move, lose keys, are locked out and mended."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from common.errors import (
    AccountDisabled,
    Conflict,
    DeviceUnknown,
    Forbidden,
    KeysDiffer,
    KeysReplaced,
    LastAdministrator,
    NodeBehind,
    NodeUnreachable,
    NotApproved,
    NotLoggedIn,
    NotRegistered,
    UnknownCertificate,
    UsageError,
    WrongPassword,
)
from desktop_client.cli.main import run
from desktop_client.poc import process
from tests.helpers.desktop.local_world import Shell, own_profile, running_deployment

Capture = pytest.CaptureFixture[str]
PASSWORD = "correct horse battery"


def _register(shell: Shell, place: Path, name: str, code: str, *options: str) -> int:
    words = ("register", "--kit", shell.local.kit, "--name", name, "--organisation", "City Bank", "--code", code)
    return own_profile(place, PASSWORD).run(*words, *options)


def _let_in(alice: Shell, capsys: Capture, place: Path, name: str) -> None:
    code = alice.json(capsys, "users", "invite", name, "--organisation", "City Bank")["code"]
    assert _register(alice, place, name, code) == 0
    mark = own_profile(place, PASSWORD).json(capsys, "keys", "fingerprint")["fingerprint"]
    assert alice.json(capsys, "users", "approve", name, "--fingerprint", mark)["nodes"] == ["a", "b", "log"]


def test_person_is_invited_compared_approved_and_logs_in(alice: Shell, capsys: Capture, tmp_path: Path) -> None:
    code = alice.json(capsys, "users", "invite", "carol", "--organisation", "City Bank")["code"]
    carol = own_profile(tmp_path, PASSWORD)
    assert _register(alice, tmp_path, "carol", "WRONG" * 5) == Forbidden.exit_code
    assert _register(alice, tmp_path, "carol", code) == 0
    assert _register(alice, tmp_path, "carol", code) == 0, "a registration that was cut off can be repeated"
    assert carol.run("login") == NotApproved.exit_code
    mark = carol.json(capsys, "keys", "fingerprint")["fingerprint"]
    waiting = {one["user"]: one for one in alice.json(capsys, "users", "requests")}
    assert waiting["carol"]["fingerprints"] == {"a": mark, "b": mark, "log": mark} and waiting["carol"]["agree"]
    assert alice.run("users", "approve", "carol", "--fingerprint", "00000 " * 6) == KeysDiffer.exit_code
    assert alice.run("users", "approve", "carol") == UsageError.exit_code, "no terminal and no --yes"
    assert carol.run("login") == NotApproved.exit_code
    assert alice.run("users", "approve", "carol", "--fingerprint", mark) == 0
    found = carol.json(capsys, "login")
    assert (found["role"], found["nodes"], found["behind"]) == ("user", ["a", "b", "log"], [])
    assert carol.json(capsys, "log", "verify")["size"] > 0
    assert carol.run("users", "invite", "dave", "--organisation", "X") == Forbidden.exit_code
    assert PASSWORD not in "".join(capsys.readouterr())


def test_register_with_another_fingerprint_makes_nothing(alice: Shell, tmp_path: Path) -> None:
    code = _register(alice, tmp_path / "dave", "dave", "X" * 20, "--fingerprint", "00" * 32)
    assert code == UnknownCertificate.exit_code
    assert not (tmp_path / "dave").exists()


def test_login_needs_the_password_and_a_device_that_is_known(alice: Shell, capsys: Capture, tmp_path: Path) -> None:
    assert own_profile(alice.local.client(2), "another password").run("login") == WrongPassword.exit_code
    assert _register(alice, tmp_path, "erin", "X" * 20) == Forbidden.exit_code
    assert own_profile(tmp_path, PASSWORD).run("login") == DeviceUnknown.exit_code


def test_logout_ends_the_login(alice: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    assert alice.run("logout") == 0
    monkeypatch.delenv("IMGUARD_PASSWORD", raising=False)
    for command in (["dataset", "list"], ["users", "list"], ["log", "verify"]):
        assert run(["--profile", str(alice.local.client(1)), *command]) == NotLoggedIn.exit_code


def test_logout_ends_a_login_that_a_server_has_ended_before(alice: Shell) -> None:
    path = alice.local.client(1) / "session.json"
    path.write_text(json.dumps({"a": "00" * 32, "b": "11" * 32, "log": "22" * 32}), encoding="utf-8")
    assert alice.run("logout") == 0
    assert not path.exists() or not json.loads(path.read_text(encoding="utf-8"))


def test_login_that_ran_out_is_renewed_where_the_password_is_at_hand(alice: Shell) -> None:
    path = alice.local.client(1) / "session.json"
    stale = {"a": "00" * 32, "b": "11" * 32, "log": "22" * 32}
    path.write_text(json.dumps(stale), encoding="utf-8")
    assert alice.run("users", "list") == 0
    renewed = json.loads(path.read_text(encoding="utf-8"))
    assert set(renewed) == set(stale) and not set(renewed.values()) & set(stale.values())


def test_disabled_account_is_out_at_once(alice: Shell, capsys: Capture, tmp_path: Path) -> None:
    _let_in(alice, capsys, tmp_path, "frank")
    frank = own_profile(tmp_path, PASSWORD)
    assert frank.run("login") == 0 and frank.run("dataset", "list") == 0
    assert alice.json(capsys, "users", "disable", "frank", "--yes", "--reason", "left")["state"] == "disabled"
    assert frank.run("dataset", "list") == AccountDisabled.exit_code
    assert frank.run("login") == AccountDisabled.exit_code
    assert alice.run("users", "enable", "frank", "--yes") == 0
    assert frank.run("login") == 0
    history = alice.json(capsys, "users", "show", "frank")["history"]
    assert [(one["version"], one["state"], one["reason"]) for one in history] == [
        (1, "active", ""), (2, "disabled", "left"), (3, "active", ""),
    ]  # fmt: skip
    assert alice.run("users", "disable", "alice", "--yes") == LastAdministrator.exit_code


def test_second_device_by_a_key_file_and_its_end(
    alice: Shell, capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _let_in(alice, capsys, tmp_path / "first", "grace")
    first, second = own_profile(tmp_path / "first", PASSWORD), own_profile(tmp_path / "second", PASSWORD)
    monkeypatch.setenv("IMGUARD_FILE_PASSWORD", "a password for the file")
    assert first.run("login") == 0
    assert first.run("keys", "export", tmp_path / "grace.keys") == 0
    assert first.run("keys", "export", tmp_path / "grace.keys") == Conflict.exit_code
    assert second.json(capsys, "keys", "import", tmp_path / "grace.keys", "--device", "tablet")["is_new"]
    assert second.run("login") == DeviceUnknown.exit_code
    assert second.run("device", "add") == 0 and second.run("login") == 0
    listed = first.json(capsys, "device", "list")
    # Made within one second, they come in either order.
    assert sorted((one["is_this"], one["state"]) for one in listed) == [(False, "active"), (True, "active")]
    monkeypatch.setenv("IMGUARD_NEW_PASSWORD", "the next password")
    assert second.run("keys", "password") == 0
    assert second.run("device", "list") == 0, "the login still works"
    assert second.run("logout", "--everywhere") == WrongPassword.exit_code
    second = own_profile(tmp_path / "second", "the next password")
    assert second.run("logout", "--everywhere") == 0
    assert first.run("login") == 0
    assert first.run("device", "revoke", "tablet", "--yes") == 0
    assert second.run("login") == DeviceUnknown.exit_code


def test_rotation_and_what_other_devices_say_to_it(
    alice: Shell, capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _let_in(alice, capsys, tmp_path / "first", "heidi")
    first, second = own_profile(tmp_path / "first", PASSWORD), own_profile(tmp_path / "second", PASSWORD)
    monkeypatch.setenv("IMGUARD_FILE_PASSWORD", "a password for the file")
    assert first.run("keys", "export", tmp_path / "one.keys") == 0
    assert second.run("keys", "import", tmp_path / "one.keys") == 0 and second.run("device", "add") == 0
    before = first.json(capsys, "keys", "fingerprint")["fingerprint"]
    after = first.json(capsys, "keys", "rotate", "--yes")["fingerprint"]
    assert before != after == alice.json(capsys, "users", "show", "heidi")["fingerprint"]
    assert first.run("login") == 0
    assert second.run("login") == KeysReplaced.exit_code
    assert first.run("keys", "export", tmp_path / "two.keys") == 0
    assert second.run("keys", "import", tmp_path / "two.keys") == 0 and second.run("login") == 0
    own = {event["action"] for event in first.json(capsys, "log", "verify")["own"]}
    assert {"register", "login", "account-rotate"} <= own, "under the old key and the new one"


def test_lost_keys_are_replaced_by_a_new_invitation(alice: Shell, capsys: Capture, tmp_path: Path) -> None:
    _let_in(alice, capsys, tmp_path, "ivan")
    lost = own_profile(tmp_path, "what was it again?")
    assert lost.run("login") == WrongPassword.exit_code
    invited = alice.json(capsys, "users", "invite", "ivan")
    assert (invited["organisation"], invited["role"]) == ("City Bank", "user")
    words = ("register", "--kit", alice.local.kit, "--name", "ivan", "--organisation", "City Bank", "--new-keys")
    assert lost.run(*words, "--code", invited["code"]) == 0
    assert sorted(path.name for path in tmp_path.glob("keys*")) == ["keys-1.enc", "keys.enc"]
    assert lost.run("login") == DeviceUnknown.exit_code
    mark = lost.json(capsys, "keys", "fingerprint")["fingerprint"]
    assert alice.run("users", "approve", "ivan", "--fingerprint", mark) == 0
    assert lost.run("login") == 0


def test_node_that_was_away_is_named_and_mended(capsys: Capture, tmp_path: Path) -> None:
    """A deployment of its own, because its server B is stopped and started again."""
    with running_deployment(tmp_path / "poc") as local:
        alice = Shell(local, 1).logged_in()
        _let_in(alice, capsys, tmp_path / "judy", "judy")
        judy = own_profile(tmp_path / "judy", PASSWORD)
        assert judy.run("login") == 0
        process.stop_processes([local.running()["b"]], local.folder, 15.0)
        capsys.readouterr()
        assert alice.run("users", "disable", "judy", "--yes") == NodeUnreachable.exit_code
        assert "It is done at server A and the log node." in capsys.readouterr().err
        assert alice.run("users", "approve", "judy") == NodeUnreachable.exit_code
        assert judy.run("login") == AccountDisabled.exit_code
        local.stop()
        local.start()
        assert alice.run("users", "status") == NodeBehind.exit_code
        shown = alice.json(capsys, "users", "list")
        assert {one["user"]: one["status"] for one in shown}["judy"] == "server B is behind"
        found: dict[str, Any] = alice.json(capsys, "users", "repair")
        assert [(one["node"], one["user"], one["version"]) for one in found["carried"]] == [("b", "judy", 2)]
        assert found["after"]["unsettled"] == [] and alice.run("users", "status") == 0
        assert judy.run("login") == AccountDisabled.exit_code


def test_log_is_copied_and_verified_without_a_login(alice: Shell, capsys: Capture, tmp_path: Path) -> None:
    size = alice.json(capsys, "log", "save", tmp_path / "copy.jsonl")["size"]
    auditor = own_profile(tmp_path / "auditor", PASSWORD)
    (tmp_path / "auditor").mkdir()
    (tmp_path / "auditor" / "deployment.json").write_bytes((alice.local.kit / "deployment.json").read_bytes())
    assert auditor.run("log", "verify") == NotRegistered.exit_code
    found = auditor.json(capsys, "log", "verify", "--file", tmp_path / "copy.jsonl")
    assert (found["size"], found["own"]) == (size, [])
