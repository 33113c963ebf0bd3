"""The way in without a window: connecting, registering, logging in, moving, and every reason why not."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from common.deployment.kit import MANIFEST_NAME
from common.documents import canonical
from common.errors import (
    AccountDisabled,
    BadSignature,
    ConfigError,
    Conflict,
    DeviceUnknown,
    KeysLocked,
    NodeUnreachable,
    NotApproved,
    NotLoggedIn,
    WrongPassword,
)
from common.net.files import write_atomic
from desktop_client.jobs import entry
from desktop_client.jobs.entry import Application
from desktop_client.jobs.office import Office, Person
from desktop_client.keystore import export_keys
from desktop_client.settings import Profile, UserRecord
from desktop_client.upload.identity import users
from desktop_client.upload.identity.keys import moved_from
from tests.helpers.desktop.identity_nodes import CHEAP, CLINIC, PASSWORD, RNG, Clinic, Somebody, new_clinic
from tests.helpers.desktop.offices import cheap_keys, clinic_office, new_office
from tests.helpers.desktop.trainings import keys_of
from tests.helpers.window import FakeOffice

BOB = Person("bob", CLINIC, "user")


async def _approve(clinic: Clinic, alice: Somebody, name: str) -> None:
    await users.approve(alice.nodes, await users.pending(alice.nodes, name), alice.keys)


async def test_from_a_kit_to_a_login(tmp_path: Path) -> None:
    async with clinic_office(tmp_path) as (clinic, alice, _), new_office(tmp_path / "bob") as office:
        found = await entry.read_deployment(tmp_path / "kit")
        assert found.body == clinic.deployment.body and not entry.is_registered(office)
        await entry.adopt(office, found)
        code = await clinic.invite(alice, "bob")
        made = await entry.register(office, Application("bob", CLINIC, PASSWORD, code, "laptop"))
        assert (made.name, made.is_active, len(made.fingerprint.split())) == ("bob", False, 6)
        assert entry.is_registered(office) and entry.known_user(office) == made
        with pytest.raises(NotApproved):
            await entry.log_in_again(office)
        await _approve(clinic, alice, "bob")
        assert await entry.log_in_again(office) == BOB
        office.lock()
        assert await entry.come_back(office) == BOB and not office.is_unlocked
        with pytest.raises(KeysLocked):
            await entry.log_in_again(office)
        assert await entry.log_in(office, PASSWORD) == BOB
        await entry.log_out(office)
        with pytest.raises(NotLoggedIn):
            await entry.come_back(office)


async def test_first_administrator_is_in_with_the_tokens_of_the_nodes(tmp_path: Path) -> None:
    with cheap_keys():
        async with new_clinic(tmp_path) as clinic, new_office(tmp_path / "carol") as office:
            tokens = {role: node.desk.bootstrap.renew(RNG) for role, node in clinic.at.items()}
            await entry.adopt(office, clinic.deployment)
            made = await entry.register(office, Application("carol", CLINIC, PASSWORD, tokens))
            assert made.is_active
            assert (await entry.log_in_again(office)).is_administrator


async def test_registration_that_is_refused_can_be_done_again_with_the_same_password_only(tmp_path: Path) -> None:
    async with clinic_office(tmp_path) as (clinic, alice, _), new_office(tmp_path / "bob") as office:
        await entry.adopt(office, clinic.deployment)
        with pytest.raises(Exception, match="no such invitation"):
            await entry.register(office, Application("bob", CLINIC, PASSWORD, "0" * 32))
        code = await clinic.invite(alice, "bob")
        with pytest.raises(WrongPassword):
            await entry.register(office, Application("bob", CLINIC, PASSWORD + "x", code))
        assert (await entry.register(office, Application("bob", CLINIC, PASSWORD, code))).name == "bob"


async def test_lost_password_makes_room_for_new_keys(tmp_path: Path) -> None:
    async with clinic_office(tmp_path) as (clinic, alice, _), clinic.person("bob") as bob:
        await clinic.let_in(alice, bob)
        code = await clinic.invite(alice, "bob")
        async with new_office(bob.profile.root) as office:
            beside = await entry.put_keys_aside(office)
            assert beside is not None and beside.exists() and not bob.profile.keys_path.exists()
            made = await entry.register(office, Application("bob", CLINIC, "another password", code))
            await _approve(clinic, alice, "bob")
            assert await entry.log_in_again(office) == BOB and made.name == "bob"


async def test_keys_are_moved_to_a_new_device_in_one_step(tmp_path: Path) -> None:
    file = tmp_path / "bob.keys"
    async with clinic_office(tmp_path) as (clinic, alice, _), clinic.person("bob") as bob:
        await clinic.let_in(alice, bob)
        export_keys(file, moved_from(bob.profile, bob.keys), "password of the file", RNG, CHEAP)
        async with new_office(tmp_path / "second") as office:
            with pytest.raises(WrongPassword):
                await entry.move_in(office, file, "another password", PASSWORD)
            assert not office.profile.keys_path.exists()
            assert await entry.move_in(office, file, "password of the file", PASSWORD) == BOB
            assert await entry.come_back(office) == BOB


async def test_unknown_device_is_introduced_by_its_account_key(tmp_path: Path) -> None:
    file = tmp_path / "bob.keys"
    async with clinic_office(tmp_path) as (clinic, alice, _), clinic.person("bob") as bob:
        await clinic.let_in(alice, bob)
        export_keys(file, moved_from(bob.profile, bob.keys), "password of the file", RNG, CHEAP)
        async with new_office(tmp_path / "second") as office:
            for node in clinic.at.values():
                node.is_away = True
            with pytest.raises(Exception):
                await entry.move_in(office, file, "password of the file", PASSWORD)
            for node in clinic.at.values():
                node.is_away = False
            with pytest.raises(DeviceUnknown):
                await entry.log_in(office, PASSWORD)
            assert await entry.introduce_device(office) == BOB


async def test_disabled_account_is_told_as_such(tmp_path: Path) -> None:
    async with clinic_office(tmp_path) as (clinic, alice, _), clinic.person("bob") as bob:
        await clinic.let_in(alice, bob)
        await users.change(alice.nodes, "bob", alice.keys, state="disabled")
        async with new_office(bob.profile.root) as office:
            with pytest.raises(AccountDisabled):
                await entry.log_in(office, PASSWORD)


async def test_keys_of_one_deployment_stay_with_it(tmp_path: Path) -> None:
    async with clinic_office(tmp_path) as (_, _, office):
        async with clinic_office(tmp_path / "other") as (other, _, _):
            with pytest.raises(Conflict):
                await entry.adopt(office, other.deployment)


async def test_kits_that_were_changed_and_other_files_are_refused(tmp_path: Path) -> None:
    async with clinic_office(tmp_path) as (clinic, _, _):
        kit = tmp_path / "kit"
        write_atomic(kit / "deployment.json", canonical({**clinic.deployment.body, "name": "other"}))
        for path in (kit, kit / MANIFEST_NAME):
            with pytest.raises(BadSignature):
                await entry.read_deployment(path)
        with pytest.raises(ConfigError):
            await entry.read_deployment(kit / "a.pem")
        assert (await entry.read_deployment(kit / "deployment.json")).name == "other"


async def test_forgotten_login_is_gone_from_the_disk(tmp_path: Path) -> None:
    async with clinic_office(tmp_path) as (_, alice, office):
        assert set(alice.profile.tokens()) == {"a", "b", "log"}
        entry.forget_login(office)
        assert alice.profile.tokens() == {}
        with pytest.raises(NotLoggedIn):
            await entry.come_back(office)


@pytest.mark.parametrize(
    "password, level, missing",
    [
        ("", 0, 10),
        ("short", 0, 5),
        ("aaaaaaaaaaaa", 1, 0),
        ("abcdefghijkl", 1, 0),
        ("bob-bob-bob-bob", 1, 0),
        ("Tr0ub4dor&x", 2, 0),
        ("correct horse battery staple", 3, 0),
    ],
)
def test_strength_of_passwords(password: str, level: int, missing: int) -> None:
    found = entry.strength(password, "bob")
    assert (found.level, found.missing) == (level, missing)


async def test_keys_that_nobody_can_compare_stay_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office, keys = FakeOffice(Profile(tmp_path)), keys_of("alice")
    office.profile.save_user(UserRecord("alice", keys.signing.verify_key, keys.sealing.public))

    async def open_now(self: Office, password: str) -> None:
        self.use(keys)

    monkeypatch.setattr(Office, "unlock", open_now)
    for node in (office.a, office.b, office.log):
        node.answers["user"] = NodeUnreachable("away", node=node.node.role)
    with pytest.raises(NodeUnreachable):
        await entry.unlock(office, PASSWORD)
    assert not office.is_unlocked


async def test_login_that_is_stopped_leaves_no_open_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office, begun = FakeOffice(Profile(tmp_path)), asyncio.Event()

    async def open_now(self: Office, password: str) -> None:
        self.use(keys_of("alice"))

    async def slow(self: Office) -> None:
        begun.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(Office, "unlock", open_now)
    monkeypatch.setattr(Office, "connect", slow)
    login = asyncio.create_task(entry.log_in(office, PASSWORD))
    await begun.wait()
    assert office.is_unlocked
    login.cancel()
    with pytest.raises(asyncio.CancelledError):
        await login
    assert not office.is_unlocked
