"""The people of a local deployment: the first becomes administrator, invites the others and approves them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from common.accounts.model import fingerprint
from common.crypto.rng import SystemRandom
from common.deployment import Deployment
from desktop_client.keystore import Cost, UserKeys
from desktop_client.settings import Profile
from desktop_client.upload.client import Nodes, open_nodes
from desktop_client.upload.identity import users
from desktop_client.upload.identity.account import Person, login, prepare_profile, register

ORGANISATIONS = ("General Hospital", "City Bank")


@dataclass(frozen=True)
class Place:
    """One user: the name, an empty profile, and the password for its keys, which prints as nothing."""

    name: str
    profile: Profile
    password: str

    def __repr__(self) -> str:
        return f"Place({self.name})"


async def admit_users(
    places: Sequence[Place],
    deployment: Deployment,
    tokens: dict[str, str],
    cost: Cost | None,
    say: Callable[[str], None],
) -> None:
    """Register everybody at all three nodes; afterwards only the administrator is logged in.

    Raises:
        AppError: a node refused or is away.
    """
    first, *others = places
    say(f"registering {first.name}, the first administrator")
    keys = _prepare(0, first, deployment, cost)
    async with open_nodes(first.profile) as nodes:
        (await register(nodes, first.profile.user(), keys, tokens)).complete("", "")
        await login(nodes, first.profile, keys)
        for number, place in enumerate(others, start=1):
            say(f"registering {place.name}, invited and approved by {first.name}")
            await _admit(nodes, keys, place, _prepare(number, place, deployment, cost))


async def _admit(by: Nodes, by_keys: UserKeys, place: Place, keys: UserKeys) -> None:
    user = place.profile.user()
    invited = await users.invite(by, users.Guest(user.name, user.organisation), by_keys, SystemRandom())
    invited.outcomes.complete("", "")
    async with open_nodes(place.profile) as nodes:
        (await register(nodes, user, keys, invited.code)).complete("", "")
    found = await users.pending(by, user.name)
    users.require_fingerprint(found, fingerprint(user.name, user.verify_key, user.seal_key))
    (await users.approve(by, found, by_keys)).complete("", "")


def _prepare(number: int, place: Place, deployment: Deployment, cost: Cost | None) -> UserKeys:
    organisation = ORGANISATIONS[number] if number < len(ORGANISATIONS) else f"Organisation {number + 1}"
    person = Person(place.name, organisation)
    return prepare_profile(place.profile, deployment, person, place.password, SystemRandom(), cost)
