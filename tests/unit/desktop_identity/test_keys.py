"""Keys over their life: other devices, rotation that survives any interruption, keys that were replaced elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from common.errors import (
    BadInput,
    Conflict,
    DeviceUnknown,
    KeysReplaced,
    NodeBehind,
    NodeUnreachable,
    NotFound,
    UsageError,
    WrongPassword,
)
from desktop_client.keystore import UserKeys, export_keys, open_keys, read_export
from desktop_client.settings import Profile
from desktop_client.upload.client import open_nodes
from desktop_client.upload.identity import devices, keys, users
from desktop_client.upload.identity.account import login
from desktop_client.upload.identity.keys import Locker, moved_from, rotate, take_over
from desktop_client.upload.identity.survey import survey
from tests.helpers.desktop.identity_nodes import CHEAP, PASSWORD, RNG, Clinic, Somebody, open_clinic

FILE_PASSWORD = "a password for the file"


def locker(who: Somebody) -> Locker:
    return Locker(who.profile, PASSWORD, RNG, CHEAP)


def second_device(folder: Path, alice: Somebody) -> tuple[Profile, UserKeys]:
    """Alice's keys moved to another profile by a file."""
    file = folder / "alice.keys"
    file.unlink(missing_ok=True)
    export_keys(file, moved_from(alice.profile, alice.keys), FILE_PASSWORD, RNG, CHEAP)
    profile = Profile(folder / "people" / "second")
    return profile, take_over(Locker(profile, PASSWORD, RNG, CHEAP), read_export(file, FILE_PASSWORD), "tablet")


async def test_second_device_logs_in_with_a_login_key_of_its_own(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice):
        profile, there = second_device(tmp_path, alice)
        assert (profile.user().name, profile.user().device) == ("alice", "tablet")
        assert profile.deployment().fingerprint == clinic.deployment.fingerprint
        async with open_nodes(profile) as nodes:
            with pytest.raises(DeviceUnknown):
                await login(nodes, profile, there)
            for _ in range(2):
                added = await devices.add_device(nodes, profile.user(), "tablet", there)
                assert set(added.complete("", "")) == {"a", "b", "log"}
            await login(nodes, profile, there)
        found, _ = await devices.list_devices(alice.nodes, "alice")
        assert [(one.name, one.state) for one in found] == [("laptop", "active"), ("tablet", "active")]
        assert all(one.last_login for one in found)


async def test_revoked_device_is_out_at_once_and_for_ever(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (_, alice):
        profile, there = second_device(tmp_path, alice)
        async with open_nodes(profile) as nodes:
            await devices.add_device(nodes, profile.user(), "tablet", there)
            await login(nodes, profile, there)
            found, _ = await devices.list_devices(alice.nodes, "alice")
            tablet = devices.find_device(found, "tablet")
            revoked = await devices.revoke_device(alice.nodes, alice.profile.user(), tablet, alice.keys)
            assert set(revoked.complete("", "")) == {"a", "b", "log"}
            with pytest.raises(DeviceUnknown):
                await login(nodes, profile, there)
            again = await devices.add_device(nodes, profile.user(), "tablet", there)
            assert {type(error) for error in again.failed.values()} == {Conflict}
        found, _ = await devices.list_devices(alice.nodes, "alice")
        assert {one.name: one.state for one in found} == {"laptop": "active", "tablet": "revoked"}


def test_device_by_name_or_beginning_of_its_key() -> None:
    both: dict[str, str | None] = {"a": "active", "b": "active"}
    one, two = devices.Device("x", "aa" * 32, both, None), devices.Device("y", "aa" * 31 + "bb", both, None)
    gone = devices.Device("x", "cc" * 32, {"a": "revoked"}, None)
    assert devices.find_device([one, two, gone], "x") is one
    assert devices.find_device([one, two, gone], "cccccc") is gone
    assert devices.Device("x", "aa" * 32, {"a": "active", "b": None}, None).state == "partly"
    with pytest.raises(UsageError, match="Several"):
        devices.find_device([one, two], "aaaaaa")
    for unknown in ("z", "aa"):
        with pytest.raises(NotFound):
            devices.find_device([one, two], unknown)


async def test_clock_that_is_wrong_is_told_with_both_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_clinic(tmp_path) as (_, alice):
        monkeypatch.setattr("desktop_client.upload.identity.account.now_text", lambda: "2020-01-01T00:00:00Z")
        outcomes = await devices.add_device(alice.nodes, alice.profile.user(), "x", alice.keys)
        with pytest.raises(BadInput, match="Clocks differ: the node says 20.*, this machine 20") as found:
            outcomes.complete("", "")
        assert "node_time" in found.value.details


async def test_rotation_replaces_the_keys_everywhere_and_keeps_the_device(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (_, alice):
        fresh = await rotate(alice.nodes, locker(alice), alice.keys)
        assert fresh.signing.verify_key != alice.keys.signing.verify_key
        assert fresh.login.to_bytes() == alice.keys.login.to_bytes()
        assert [key.public for key in fresh.retired] == [alice.keys.sealing.public]
        assert alice.profile.user().verify_key == fresh.signing.verify_key
        assert alice.profile.user().former == (alice.keys.signing.verify_key,)
        assert open_keys(alice.profile.keys_path, PASSWORD).signing.verify_key == fresh.signing.verify_key
        await login(alice.nodes, alice.profile, fresh)
        account = (await survey(alice.nodes)).accounts["alice"]
        assert (account.newest.keys, account.status()) == ((fresh.signing.verify_key, fresh.sealing.public), "in step")


async def test_other_devices_learn_that_the_keys_were_replaced(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (_, alice):
        profile, there = second_device(tmp_path, alice)
        async with open_nodes(profile) as nodes:
            await devices.add_device(nodes, profile.user(), "tablet", there)
            alice.keys = await rotate(alice.nodes, locker(alice), alice.keys)
            with pytest.raises(KeysReplaced, match="newer keys of alice"):
                await login(nodes, profile, there)
            _, renewed = second_device(tmp_path, alice)
            assert renewed.login.to_bytes() == there.login.to_bytes(), "a profile keeps its login key"
            assert [key.public for key in renewed.retired] == [there.sealing.public]
            await login(nodes, profile, renewed)


async def _again(clinic: Clinic, alice: Somebody) -> UserKeys:
    """As the next command would: what is on disk, and a login with it."""
    found = open_keys(alice.profile.keys_path, PASSWORD)
    with pytest.raises(Conflict, match="keys rotate"):
        await login(alice.nodes, alice.profile, found)
    return await rotate(alice.nodes, locker(alice), found)


async def test_rotation_that_missed_a_node_is_finished_by_doing_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_clinic(tmp_path) as (clinic, alice):

        async def cut_off(*given: Any) -> dict[str, Any]:
            raise NodeUnreachable("cut off")

        with monkeypatch.context() as patch:
            patch.setattr(alice.nodes.b, "rotate", cut_off)
            with pytest.raises(NodeUnreachable, match="The new keys are known to server A and the log node"):
                await rotate(alice.nodes, locker(alice), alice.keys)
        assert clinic.at["b"].node.storage.tables.accounts["alice"].version == 0
        kept = open_keys(alice.profile.keys_path, PASSWORD)
        assert kept.prepared is not None and kept.signing.verify_key == alice.keys.signing.verify_key
        fresh = await _again(clinic, alice)
        assert fresh.signing.verify_key == kept.prepared.signing.verify_key
        await login(alice.nodes, alice.profile, fresh)
        assert (await survey(alice.nodes)).unsettled == []


@pytest.mark.parametrize("moment", ["before anything is sent", "after all was sent"])
async def test_rotation_that_was_killed_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    async with open_clinic(tmp_path) as (clinic, alice):
        with monkeypatch.context() as patch:
            if moment == "before anything is sent":
                patch.setattr(keys, "_rotation", _killed)
            else:
                patch.setattr(UserKeys, "rotated", _killed)
            with pytest.raises(KeyboardInterrupt):
                await rotate(alice.nodes, locker(alice), alice.keys)
        prepared = open_keys(alice.profile.keys_path, PASSWORD).prepared
        assert prepared is not None
        fresh = await _again(clinic, alice)
        assert (fresh.signing.verify_key, fresh.prepared) == (prepared.signing.verify_key, None)
        await login(alice.nodes, alice.profile, fresh)


def _killed(*given: Any) -> Any:
    raise KeyboardInterrupt


async def test_rotation_needs_all_nodes_and_nodes_in_step(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice), clinic.person("bob") as bob:
        await clinic.let_in(alice, bob)
        clinic.at["log"].is_away = True
        with pytest.raises(NodeUnreachable, match="at all nodes or at none"):
            await rotate(bob.nodes, locker(bob), bob.keys)
        await users.change(alice.nodes, "bob", alice.keys, role="administrator")
        clinic.at["log"].is_away = False
        for node in (bob.nodes.a, bob.nodes.b):
            node.relogin = lambda client: clinic.log_in(bob)
        with pytest.raises(NodeBehind, match="log node"):
            await rotate(bob.nodes, locker(bob), bob.keys)
        assert open_keys(bob.profile.keys_path, PASSWORD).prepared is None, "nothing was begun"


async def test_keys_do_not_move_in_the_middle_of_a_rotation(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (_, alice):
        with pytest.raises(Conflict, match="rotation"):
            moved_from(alice.profile, alice.keys.prepare(RNG))


async def test_keys_of_somebody_else_are_not_taken_over(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as (clinic, alice), clinic.person("bob") as bob:
        moved = moved_from(alice.profile, alice.keys)
        with pytest.raises(Conflict, match="belongs to bob"):
            take_over(locker(bob), moved)
        with pytest.raises(WrongPassword):
            take_over(Locker(alice.profile, "another password", RNG, CHEAP), moved)
        assert open_keys(bob.profile.keys_path, PASSWORD).signing.verify_key == bob.keys.signing.verify_key
