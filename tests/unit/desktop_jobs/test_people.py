"""What administrators do, over nodes that keep accounts by the real rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.errors import Forbidden, KeysDiffer, KeysLocked, LastAdministrator, NotFound
from desktop_client.jobs import people
from desktop_client.upload.identity.account import register
from tests.helpers.desktop.identity_nodes import CLINIC
from tests.helpers.desktop.offices import clinic_office, office_of
from tests.helpers.jobs.projects import specification


async def test_invite_approve_after_comparing_and_list(tmp_path: Path) -> None:
    async with clinic_office(tmp_path) as (clinic, _, office), clinic.person("bob") as bob:
        guest = await people.invite(office, "bob", CLINIC, "user", 7)
        assert (guest.name, guest.role, guest.away, len(guest.code)) == ("bob", "user", {}, 32)
        assert guest.code not in repr(guest)
        [invitation] = (await people.list_people(office)).invitations
        assert (invitation.user, invitation.status, people.is_open(invitation)) == ("bob", "open", True)
        await register(bob.nodes, bob.profile.user(), bob.keys, guest.code)
        found = await people.list_people(office)
        [request] = found.requests
        assert (request.name, request.is_replacement, request.agree) == ("bob", False, True)
        assert [(row.name, row.is_waiting, row.standing) for row in found.rows] == [
            ("alice", False, "in-step"), ("bob", True, "in-step"),
        ]  # fmt: skip
        pending = await people.look_at_request(office, "bob")
        wrong = pending.fingerprint[:-1] + ("1" if pending.fingerprint[-1] != "1" else "2")
        assert people.is_read_out(pending, pending.fingerprint.replace(" ", "-"))
        assert not people.is_read_out(pending, wrong)
        with pytest.raises(KeysDiffer):
            await people.approve(office, pending, wrong)
        await people.approve(office, pending, pending.fingerprint)
        row = (await people.list_people(office)).rows[1]
        assert (row.state, row.is_waiting, row.fingerprint) == ("active", False, pending.fingerprint)
        await clinic.log_in(bob)
        assert (await people.list_people(office)).rows[1].last_login != ""


async def test_changes_of_role_and_state_reach_all_nodes(tmp_path: Path) -> None:
    async with clinic_office(tmp_path) as (clinic, alice, office), clinic.person("bob") as bob:
        await clinic.let_in(alice, bob)
        with pytest.raises(LastAdministrator):
            await people.change(office, "alice", role="user")
        await people.change(office, "bob", "helps out", role="administrator")
        await people.change(office, "bob", "left", state="disabled")
        row = (await people.list_people(office)).rows[1]
        assert (row.role, row.state, row.standing) == ("administrator", "disabled", "in-step")
        await people.change(office, "bob", state="active")
        office.lock()
        with pytest.raises(KeysLocked):
            await people.change(office, "bob", state="disabled")


async def test_node_that_missed_a_change_is_shown_and_mended(tmp_path: Path) -> None:
    async with clinic_office(tmp_path) as (clinic, alice, office), clinic.person("bob") as bob:
        await clinic.let_in(alice, bob)
        clinic.at["b"].is_away = True
        with pytest.raises(Exception, match="Server B"):
            await people.change(office, "bob", state="disabled")
        assert set((await people.list_people(office)).away) == {"b"}
        clinic.at["b"].is_away = False
        row = (await people.list_people(office)).rows[1]
        assert (row.standing, row.where) == ("behind", ("b",))
        done = await people.repair(office)
        assert (done.carried, done.stuck, done.unsettled) == (1, (), ())


async def test_invitation_is_withdrawn_once(tmp_path: Path) -> None:
    async with clinic_office(tmp_path) as (_, _, office):
        await people.invite(office, "bob", CLINIC, "user", 7)
        await people.withdraw_invitation(office, "bob")
        [row] = (await people.list_people(office)).invitations
        assert (row.status, people.is_open(row)) == ("withdrawn", False)
        with pytest.raises(NotFound):
            await people.withdraw_invitation(office, "bob")


async def test_list_is_for_administrators(tmp_path: Path) -> None:
    async with clinic_office(tmp_path) as (clinic, alice, _), clinic.person("bob") as bob:
        await clinic.let_in(alice, bob)
        async with office_of(bob) as his:
            with pytest.raises(Forbidden):
                await people.list_people(his)


async def test_parts_name_members_and_owners_of_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = specification()

    async def fetch(nodes: object, deployment: object, project: str) -> tuple[object, dict[str, str]]:
        if project != spec.project_id:
            raise NotFound("gone")
        return spec, {}

    async with clinic_office(tmp_path) as (_, _, office):
        listed = [{"id": spec.project_id, "state": "ready"}, {"id": "ee" * 16, "state": "ready"}]

        async def projects() -> list[dict[str, str]]:
            return listed

        monkeypatch.setattr(people, "fetch_project", fetch)
        monkeypatch.setattr(office.nodes.a, "projects", projects)
        monkeypatch.setattr(office.nodes.b, "projects", projects)
        found = await people.list_parts(office)
    assert [(part.user, part.role, part.datasets) for part in found] == [
        ("alice", "owner", 1), ("bob", "editor", 1), ("carol", "viewer", 0),
    ]  # fmt: skip
