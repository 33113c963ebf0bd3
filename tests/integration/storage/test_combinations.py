"""The whole way of a data set, from upload to deletion, with the same nodes on every combination of real components."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.errors import NotFound, NotLoggedIn, RateLimited, StoreDamaged
from common.ids import DatasetId
from tests.helpers.nodes.members import open_members
from tests.services.places import (
    Places,
    agreed,
    combinations,
    delete,
    deployment,
    kept,
    last_events,
    pixels,
    running,
    stores,
)

# There is no log node here, and the nodes warn about that.
pytestmark = pytest.mark.expects_warnings


@combinations
async def test_data_set_from_upload_to_deletion(tmp_path: Path, places: Places) -> None:
    async with deployment(tmp_path, places) as pair, open_members(pair, "alice") as [alice]:
        async with running(pair):
            await alice.join()
            dataset = alice.split(count=1100, side=64)
            chunks = len(dataset.sealed["a"])
            assert chunks == 3
            body = await agreed(alice, dataset)
        # Everything that matters outlasts the processes.
        async with running(pair), stores(pair) as both:
            assert b"".join(pixels(both, dataset)) == dataset.images.tobytes()
            for role in ("a", "b"):
                assert len(kept(pair, role)) == chunks
                assert [path.name[:3] for path in kept(pair, role)].count("baf") == (chunks if places.ipfs else 0)
                report = await alice.administrate(role, "GET", "/readyz")
                said = {name: part["says"] for name, part in report["components"].items()}
                assert (said["database"], said["blobs"], said["live state"]) == ("ok", "ok", "ok")
            job = await alice.start(body)
            for role, last in zip(("a", "b"), await last_events(alice, job["id"]), strict=True):
                assert (last["kind"], last["state"]) == ("state", "finished"), last
                events = [event async for event in alice.events(role, job["id"])]
                assert [event["step"] for event in events if event["kind"] == "metrics"] == [1100]
            for role, store in zip(("a", "b"), both, strict=True):
                receipt = (await delete(alice, dataset, role))["receipt"]["body"]
                assert (receipt["dataset"], receipt["chunks"]) == (dataset.id, chunks)
                assert kept(pair, role) == []
                with pytest.raises(NotFound):
                    await alice.ask(role, "GET", f"/v1/datasets/{dataset.id}")
                with pytest.raises(StoreDamaged):
                    list(store.iter_chunks(DatasetId(dataset.id)))
                store.blobs.tend()
                assert kept(pair, role, "doomed") == []


@pytest.mark.parametrize("places", [Places(), Places(redis=True)], ids=str)
async def test_attempts_to_log_in_are_limited(tmp_path: Path, places: Places) -> None:
    async with deployment(tmp_path, places, logins_per_minute=8) as pair, open_members(pair, "alice") as [alice]:
        async with running(pair):
            await alice.join()
            refused = 0
            for _ in range(10):
                try:
                    await alice.answer("a", "00" * 32)
                except NotLoggedIn:
                    refused += 1
                except RateLimited:
                    break
            assert 0 < refused < 8
        # A node that was restarted starts to count anew, unless Redis counts for it.
        async with running(pair):
            if places.redis:
                with pytest.raises(RateLimited):
                    await alice.answer("a", "00" * 32)
            else:
                with pytest.raises(NotLoggedIn):
                    await alice.answer("a", "00" * 32)
