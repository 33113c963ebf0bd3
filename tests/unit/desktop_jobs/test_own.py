"""The own keys, devices, nodes and folder: over nodes that keep accounts by the real rules."""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from common.errors import BadInput, Conflict, DeviceUnknown, KeysLocked, NotLoggedIn, NotReady, WrongPassword
from desktop_client.jobs import entry
from desktop_client.jobs.importing import desk
from desktop_client.jobs.importing.document import Phase
from desktop_client.jobs.own import keys, nodes, storage
from desktop_client.jobs.own.storage import Kind, Part
from desktop_client.keystore import open_keys, read_export
from desktop_client.settings import Profile
from tests.helpers.desktop.identity_nodes import CLINIC, PASSWORD
from tests.helpers.desktop.offices import clinic_office, new_office
from tests.helpers.window import FakeOffice


async def test_password_is_changed_on_this_device_only(tmp_path: Path) -> None:
    async with clinic_office(tmp_path) as (_, alice, office):
        with pytest.raises(WrongPassword):
            await keys.change_own_password(office, "not the password", "quite another one")
        await keys.change_own_password(office, PASSWORD, "quite another one")
        assert open_keys(alice.profile.keys_path, "quite another one").signing.verify_key == (
            alice.keys.signing.verify_key
        )


async def test_export_never_replaces_a_file_and_needs_open_keys(tmp_path: Path) -> None:
    file = tmp_path / "alice.keys"
    async with clinic_office(tmp_path) as (_, _, office):
        await keys.export(office, file, "password of the file")
        assert read_export(file, "password of the file").user == "alice"
        with pytest.raises(Conflict):
            await keys.export(office, file, "password of the file")
        office.lock()
        with pytest.raises(KeysLocked):
            await keys.export(office, tmp_path / "other.keys", "password of the file")


async def test_rotation_gives_new_keys_everywhere_and_stays_logged_in(tmp_path: Path) -> None:
    async with clinic_office(tmp_path) as (_, alice, office):
        before = keys.card(office)
        assert (before.name, before.organisation, before.device) == ("alice", CLINIC, "laptop")
        with pytest.raises(WrongPassword):
            await keys.rotate_keys(office, "not the password")
        after = await keys.rotate_keys(office, PASSWORD)
        assert after.fingerprint != before.fingerprint and after == keys.card(office)
        assert office.keys().signing.verify_key == after.verify_key
        assert (await entry.come_back(office)).name == "alice"


async def test_lost_device_is_revoked_and_cannot_log_in(tmp_path: Path) -> None:
    async with clinic_office(tmp_path) as (_, _, office):
        await keys.export(office, tmp_path / "moved.keys", "password of the file")
        async with new_office(tmp_path / "lost") as lost:
            await entry.move_in(lost, tmp_path / "moved.keys", "password of the file", PASSWORD)
            rows, away = await keys.list_devices(office)
            assert [(row.is_this, row.may_log_in) for row in rows] == [(True, True), (False, True)] and away == {}
            await keys.revoke(office, rows[1].device)
            rows, _ = await keys.list_devices(office)
            assert [(row.is_this, row.state) for row in rows] == [(True, "active"), (False, "revoked")]
            with pytest.raises(DeviceUnknown):
                await entry.log_in(lost, PASSWORD)


async def test_log_out_everywhere_ends_the_other_devices_too(tmp_path: Path) -> None:
    async with clinic_office(tmp_path) as (_, _, office):
        await keys.export(office, tmp_path / "moved.keys", "password of the file")
        async with new_office(tmp_path / "second") as second:
            await entry.move_in(second, tmp_path / "moved.keys", "password of the file", PASSWORD)
            await entry.log_out(office, is_everywhere=True)
            second.lock()
            with pytest.raises(NotLoggedIn):
                await entry.come_back(second)


@pytest.fixture
def fake(tmp_path: Path) -> FakeOffice:
    return FakeOffice(Profile(tmp_path))


async def test_nodes_are_shown_with_state_version_and_clock(fake: FakeOffice) -> None:
    def info(key: str, ahead: float) -> dict[str, Any]:
        moment = time.gmtime(time.time() + ahead)
        return {"verify_key": key, "version": "9.9", "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", moment)}

    class Ready:
        def __init__(self, answer: Any) -> None:
            self.answer = answer

        async def json(self, *given: Any) -> Any:
            if isinstance(self.answer, BaseException):
                raise self.answer
            return self.answer

    states = ({"status": "ready"}, NotReady("no"), {"status": "degraded"})
    for node, state in zip((fake.a, fake.b, fake.log), states, strict=True):
        node.node.verify_key = "11" * 32
        setattr(node, "transport", Ready(state))
        node.answers["info"] = info("11" * 32, 60)
    fake.log.answers["info"] = info("22" * 32, 0)
    a, b, log = await nodes.look_at_nodes(fake)
    assert (a.state, a.version, a.error) == ("ready", "9.9", None) and a.ahead is not None and 58 < a.ahead < 62
    assert b.state == "not-ready"
    assert log.state == "away" and log.error is not None and log.error.code == "unknown-certificate"


async def test_folder_is_measured_by_its_parts(fake: FakeOffice, tmp_path: Path) -> None:
    for name, count in (
        ("keys.enc", 5), ("window.ini", 2), ("models/x.igm", 70), ("runs/x.json", 3), ("log/book.db", 11),
        ("imports/ab.json", 1), ("imports/ab/bundles/server-a.bundle", 400), ("receipts/r.json", 9), ("note", 1),
    ):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(count))
    found = await storage.measure(fake)
    assert found.parts == (
        Part(Kind.KEYS, 2, 7), Part(Kind.BUNDLES, 1, 400), Part(Kind.IMPORTS, 1, 1), Part(Kind.MODELS, 2, 73),
        Part(Kind.RECEIPTS, 1, 9), Part(Kind.LOG, 1, 11), Part(Kind.OTHER, 1, 1),
    )  # fmt: skip
    assert found.free > 0
    await storage.clean(fake, Kind.LOG)
    assert not (tmp_path / "log").exists()
    with pytest.raises(BadInput):
        await storage.clean(fake, Kind.KEYS)
    assert (tmp_path / "keys.enc").exists()


async def test_only_bundles_that_are_uploaded_are_cleaned_up(fake: FakeOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        SimpleNamespace(id=name, phase=phase, is_brought=brought, is_damaged=damaged)
        for name, phase, brought, damaged in (
            ("done", Phase.UPLOADED, False, False), ("busy", Phase.UPLOADED, False, False),
            ("going", Phase.UPLOADING, False, False), ("brought", Phase.UPLOADED, True, False),
            ("broken", Phase.UPLOADED, False, True),
        )
    ]  # fmt: skip
    gone: list[str] = []

    async def listed(office: object) -> list[SimpleNamespace]:
        return rows

    async def discard(office: object, number: str) -> None:
        gone.append(number)
        if number == "busy":
            raise Conflict("It runs just now.")

    monkeypatch.setattr(desk, "list_imports", listed)
    monkeypatch.setattr(desk, "discard_bundles", discard)
    await storage.clean(fake, Kind.BUNDLES)
    assert gone == ["done", "busy"]
