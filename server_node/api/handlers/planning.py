"""What can be done here and at what price: the operator's rules, what a job would cost, how much there is already.

→ GET  /v1/policy                                  ← {time_zone, hours, open, opens_at, datasets, projects, problem,
                                                      organisation, quota, used, quotas}
→ POST /v1/estimates {specification[, datasets]}   ← {party, images, ..., sources: [{name, refusal, stages}]}
→ GET  /v1/summary                                 ← {users, projects, jobs}
"""

from __future__ import annotations

from typing import Any

from common.accounts.model import Role
from common.errors import NotFound
from common.specification import Specification, parse_specification
from server_node.api.call import Answer, Call, while_connected
from server_node.estimate.images import Images, images_of
from server_node.policy.rules import Rules
from server_node.storage.context import to_text


async def show_policy(call: Call) -> Answer:
    """The rules of this server, and what the user's organisation has of its quota; administrators see all quotas."""
    policy, user, now = call.node.context.policy, call.user, call.node.context.now
    rules = policy.rules
    used = await call.node.datasets.usage(user.organisation)
    return {
        **rules.as_dict(),
        "open": policy.within_hours(now),
        "opens_at": to_text(policy.opens_at(now)),
        "problem": policy.problem,
        "organisation": user.organisation,
        "quota": rules.quota_of(user.organisation).as_dict(),
        "used": {"stored_bytes": used.stored_bytes, "datasets": used.datasets},
        "quotas": _quotas(rules) if user.role == Role.ADMINISTRATOR else None,
    }


def _quotas(rules: Rules) -> dict[str, Any]:
    return {"": rules.quota.as_dict(), **{name: quota.as_dict() for name, quota in rules.organisations.items()}}


async def estimate(call: Call) -> Answer:
    """Minutes, traffic and disk of a specification that nobody has signed yet, with each source of correlations."""
    spec = parse_specification(call.body["specification"])
    images = await _images(call, spec)
    return await while_connected(call.request, call.node.estimates.estimate(spec, images))


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
