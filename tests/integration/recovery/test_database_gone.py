"""The database server of a node goes away while members work and a job runs, and comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.errors import DatabaseGone
from tests.helpers.databases.proxy import proxied
from tests.helpers.databases.server import fresh_database, needs_mysql
from tests.helpers.nodes.local import again, local_nodes, order, team
from tests.helpers.nodes.pair import make_pair
from tests.integration.recovery.test_restore import ends, ready

pytestmark = [needs_mysql, pytest.mark.expects_warnings]


async def test_requests_say_so_and_the_job_goes_on_by_itself(tmp_path: Path) -> None:
    pair = make_pair(tmp_path)
    for role in ("a", "b"):
        order(pair, role, "after-signal")
    async with fresh_database() as place, proxied(place) as (proxy, seen):
        pair.settings("a", database_url=seen.url.render_as_string(hide_password=False))
        async with local_nodes(pair), team(pair, "alice") as [alice]:
            job = str((await alice.start(await ready(alice)))["id"])
            for role in ("a", "b"):
                await alice.until(role, job, lambda event: event.get("state") == "training")
            proxy.cut()
            with pytest.raises(DatabaseGone) as refused:
                await alice.ask("a", "GET", "/v1/datasets")
            assert refused.value.status == 503 and "Try again" in refused.value.advice
            for role in ("a", "b"):
                (pair.folder(role) / "go-on").touch()
            with pytest.raises(DatabaseGone):
                await alice.ask("a", "GET", f"/v1/jobs/{job}")
            proxy.mend()
            assert len((await alice.ask("a", "GET", "/v1/datasets"))["datasets"]) == 1
            assert await ends(alice, job) == ["finished", "finished"]
            async with again(alice) as later:
                await later.log_in("a")
