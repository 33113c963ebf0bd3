"""Who is in the deployment: accounts as three nodes show them, invitations, approvals, and who takes part in what."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Final

from common.accounts.model import InvitationState, fingerprint
from common.crypto.rng import SystemRandom
from common.errors import AppError, KeysDiffer
from desktop_client.jobs.office import Office
from desktop_client.upload.answers import text
from desktop_client.upload.identity import users
from desktop_client.upload.identity.repair import carry
from desktop_client.upload.identity.rows import InvitationRow
from desktop_client.upload.identity.survey import Compared, survey
from desktop_client.upload.identity.users import Pending
from desktop_client.upload.projects.fetch import fetch_project

_MENDED: Final = "Repair the accounts when it is back."
_AT_ONCE: Final = 4


@dataclass(frozen=True)
class PersonRow:
    """One account, from the node that knows most about it.

    ``standing`` is ``in-step``, ``behind`` (at ``where``), ``unknown`` (at ``where``) or ``contradiction``.
    """

    name: str
    organisation: str
    role: str
    state: str
    created: str
    last_login: str
    fingerprint: str
    standing: str
    where: tuple[str, ...]
    is_waiting: bool


@dataclass(frozen=True)
class RequestRow:
    """Keys that wait for an administrator; ``fingerprints`` by node. Approve nothing where they differ."""

    name: str
    organisation: str
    role: str
    since: str
    is_replacement: bool
    fingerprints: dict[str, str]

    @property
    def agree(self) -> bool:
        return len(set(self.fingerprints.values())) == 1


@dataclass(frozen=True)
class People:
    """Everybody, who waits, open and past invitations, and nodes that did not answer."""

    rows: tuple[PersonRow, ...]
    requests: tuple[RequestRow, ...]
    invitations: tuple[InvitationRow, ...]
    away: dict[str, AppError]


@dataclass(frozen=True)
class Guest:
    """An invitation that was made; the code is shown once."""

    name: str
    organisation: str
    role: str
    expires: str
    code: str = field(repr=False)
    away: dict[str, AppError] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """One person in one project; ``datasets`` of theirs are in it."""

    project: str
    title: str
    state: str
    user: str
    role: str
    datasets: int


@dataclass(frozen=True)
class Mended:
    """What a repair came to: how many documents were carried, what stands in the way, who is still not in step."""

    carried: int
    stuck: tuple[str, ...]
    unsettled: tuple[str, ...]


async def list_people(office: Office) -> People:
    """All accounts, requests and invitations that the nodes show.

    Raises:
        AppError: no node answered, or it is for administrators only.
    """
    found, invited = await asyncio.gather(survey(office.nodes), users.invitations(office.nodes))
    rows = tuple(_row(one) for one in found.accounts.values())
    requests = tuple(_request(one) for one in found.accounts.values() if one.waits)
    return People(rows, requests, tuple(invited), found.failed)


async def invite(office: Office, name: str, organisation: str, role: str, days: int) -> Guest:
    """Let somebody register, or an account that exists get new keys.

    Raises:
        KeysLocked: the invitation is signed.
        BadInput, UsageError: see :func:`users.invite`; AppError if no node took it.
    """
    keys = office.keys()
    guest = await users.guest(office.nodes, name, organisation or None, role, days)
    made = await users.invite(office.nodes, guest, keys, SystemRandom())
    about = made.guest
    return Guest(about.user, about.organisation, about.role, made.expires, made.code, made.outcomes.failed)


async def withdraw_invitation(office: Office, name: str) -> None:
    """Make the open invitations of somebody useless.

    Raises:
        NotFound: there is none.
        AppError: a node is away; do it again then.
    """
    (await users.withdraw_invitation(office.nodes, name)).complete("It is withdrawn at", "Do it again when it is back.")


def is_open(row: InvitationRow) -> bool:
    """Whether its code still works somewhere."""
    return InvitationState.OPEN in row.states.values()


async def look_at_request(office: Office, name: str) -> Pending:
    """A request, the same at all three nodes.

    Raises:
        NodeUnreachable, KeysDiffer, Conflict, NotFound: see :func:`users.pending`.
    """
    return await users.pending(office.nodes, name)


def is_read_out(found: Pending, typed: str) -> bool:
    """Whether these are the numbers that the person should have read out."""
    try:
        users.require_fingerprint(found, typed)
    except KeysDiffer:
        return False
    return True


async def approve(office: Office, found: Pending, typed: str, reason: str = "") -> None:
    """Make the account active, after the fingerprint that was read out was typed in.

    Raises:
        KeysDiffer: it is another one, or the request is not the one that was looked at any more.
        KeysLocked: the approval is signed.
    """
    keys = office.keys()
    users.require_fingerprint(found, typed)
    now = await users.pending(office.nodes, found.row.user)
    if now.row.keys != found.row.keys:
        raise KeysDiffer(f"The request of {found.row.user} has other keys now than a moment ago.")
    (await users.approve(office.nodes, now, keys, reason)).complete("It is approved at", _MENDED)


async def change(office: Office, name: str, reason: str = "", *, role: str = "", state: str = "") -> None:
    """Give an account another role or state; turning down a request is the state ``disabled``.

    Raises:
        KeysLocked: it is signed.
        AppError: see :func:`users.change`.
    """
    keys = office.keys()
    outcomes = await users.change(office.nodes, name, keys, reason, role=role or None, state=state or None)
    outcomes.complete("It is done at", _MENDED)


async def repair(office: Office) -> Mended:
    """Carry to each node the signed documents that it lacks.

    Raises:
        KeysLocked: some may have to be signed anew.
    """
    keys = office.keys()
    report = await carry(office.nodes, keys, [one.user for one in (await survey(office.nodes)).unsettled])
    after = await survey(office.nodes)
    return Mended(len(report.carried), tuple(report.stuck), tuple(one.user for one in after.unsettled))


async def list_parts(office: Office) -> list[Part]:
    """Who takes part in which project, for projects that the caller may see; one that cannot be verified is left out.

    Raises:
        AppError: the servers do not answer.
    """
    nodes, deployment = office.nodes, office.profile.deployment()
    listed = (await nodes.both(lambda node: node.projects()))[0]
    gate = asyncio.Semaphore(_AT_ONCE)

    async def parts(project: str, state: str) -> list[Part]:
        async with gate:
            try:
                found, _ = await fetch_project(nodes, deployment, project)
            except AppError:
                return []
        owners = [found.owner_of(one) for one in found.dataset_ids]
        roles = {member["user"]: str(member["role"]) for member in found.body["members"]}
        people = [*roles, *(name for name in dict.fromkeys(owners) if name not in roles)]
        title = str(found.body["name"])
        return [Part(project, title, state, name, roles.get(name, ""), owners.count(name)) for name in people]

    found = await asyncio.gather(*(parts(text(one, "id"), text(one, "state")) for one in listed))
    return [part for several in found for part in several]


def _row(one: Compared) -> PersonRow:
    row = one.newest
    last = max((found.last_login or "" for found in one.known.values()), default="")
    standing, where = "in-step", one.behind
    if one.contradiction is not None:
        standing = "contradiction"
    elif row.version == 0 and one.lacking:
        standing, where = "unknown", one.lacking
    elif where:
        standing = "behind"
    return PersonRow(
        row.user, row.organisation, row.role, row.state, row.created, last, row.fingerprint, standing, where, one.waits
    )


def _request(one: Compared) -> RequestRow:
    waiting = {role: row.waiting for role, row in one.known.items()}
    found = {role: request for role, request in waiting.items() if request is not None}
    marks = {role: fingerprint(one.user, each.verify_key, each.seal_key) for role, each in found.items()}
    row, first = one.newest, next(iter(found.values()))
    return RequestRow(one.user, row.organisation, row.role, first.created, row.version > 0, marks)
