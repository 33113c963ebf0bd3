"""What a job would cost, before anybody signs anything; and how much there is of everything.

→ POST /v1/estimates {specification[, datasets]}   ← {party, images, ..., sources: [{name, refusal, stages}]}
→ GET  /v1/summary                                 ← {users, projects, jobs}
"""

from __future__ import annotations

from typing import Any

from common.errors import NotFound
from common.specification import Specification, parse_specification
from server_node.api.call import Answer, Call
from server_node.estimate.images import Images, images_of


async def create(call: Call) -> Answer:
    """Minutes, traffic and disk of a specification that nobody has signed yet, with each source of correlations."""
    spec = parse_specification(call.body["specification"])
    return await call.node.estimates.estimate(spec, await _images(call, spec))


async def summary(call: Call) -> Answer:
    """How many users, projects and jobs there are that the user may know of."""
    return await call.node.summary.of(call.user.name)


async def _images(call: Call, spec: Specification) -> Images:
    """Of data sets that this node has and shows to the user, and of those that the request describes."""
    given: dict[str, dict[str, Any]] = call.body.get("datasets", {})
    found = []
    for dataset in spec.dataset_ids:
        if dataset in given:
            found.append(given[dataset])
            continue
        info = await call.node.datasets.info(dataset)
        if not info.is_visible_to(call.user.name):
            raise NotFound("There is no such data set.")
        found.append({**info.about, "classes": len(info.about["classes"])})
    return images_of(found)
