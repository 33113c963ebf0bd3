"""What the operator of this server allows.

→ GET /v1/policy  ← {time_zone, hours, open, opens_at, datasets, projects, problem, organisation, quota, used, quotas}
"""

from __future__ import annotations

from typing import Any

from common.accounts.model import Role
from server_node.api.call import Answer, Call
from server_node.policy.rules import Rules
from server_node.storage.context import to_text


async def show(call: Call) -> Answer:
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
