"""People of a clinic at their window: an office over a profile, with nodes that keep accounts by the real rules."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from desktop_client.jobs.office import Office
from desktop_client.keystore import Cost
from desktop_client.settings import Profile
from tests.helpers.desktop.identity_nodes import CHEAP, Clinic, Somebody, open_clinic


@contextmanager
def cheap_keys() -> Iterator[None]:
    """Key files that are quick to open."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Cost.__init__, "__defaults__", (CHEAP.passes, CHEAP.memory))
        yield


@asynccontextmanager
async def new_office(folder: Path) -> AsyncIterator[Office]:
    """An office that belongs to nobody yet."""
    office = Office(Profile(folder))
    try:
        yield office
    finally:
        await office.disconnect()


@asynccontextmanager
async def office_of(who: Somebody, is_unlocked: bool = True) -> AsyncIterator[Office]:
    """The office of somebody who is logged in."""
    async with new_office(who.profile.root) as office:
        if is_unlocked:
            office.use(who.keys)
        await office.connect()
        yield office


@asynccontextmanager
async def clinic_office(folder: Path) -> AsyncIterator[tuple[Clinic, Somebody, Office]]:
    """A clinic, alice its administrator, and her office with open keys."""
    with cheap_keys():
        async with open_clinic(folder) as (clinic, alice), office_of(alice) as office:
            yield clinic, alice, office
