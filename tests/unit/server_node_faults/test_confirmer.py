"""The comparison of data sets goes on when the database does not answer for a while."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from common.errors import StoreDamaged
from server_node.jobs.peers import Confirmer, PeerCalls
from server_node.store.datasets import DatasetInfo, Datasets


class Failing:
    """A catalogue that cannot be read the first few times."""

    def __init__(self) -> None:
        self.errors: list[Exception] = [StoreDamaged(), OSError("disk")]
        self.is_read = asyncio.Event()

    async def unconfirmed(self) -> list[DatasetInfo]:
        if self.errors:
            raise self.errors.pop()
        self.is_read.set()
        return []


@pytest.mark.expects_warnings
async def test_confirmer_outlives_a_database_that_cannot_be_read() -> None:
    datasets = Failing()
    confirmer = Confirmer(cast(Datasets, datasets), cast(PeerCalls, None), 0.001)
    task = asyncio.create_task(confirmer.run())
    try:
        async with asyncio.timeout(10):
            await datasets.is_read.wait()
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.wait([task])
