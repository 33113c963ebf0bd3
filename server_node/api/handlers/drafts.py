"""Drafts of projects, which members write together before one of them publishes.

→ GET    /v1/drafts                     ← {drafts}: those that name the user
→ GET    /v1/drafts/ID                  ← {id, name, version, role, author, changed, document}
→ PUT    /v1/drafts/ID {project-draft}  ← the same
→ DELETE /v1/drafts/ID                  ← {}
"""

from __future__ import annotations

from typing import Any

from server_node.api.call import Answer, Call
from server_node.projects.drafts import StoredDraft
from server_node.storage.context import to_text


async def list_all(call: Call) -> Answer:
    """Drafts that the user takes part in."""
    name = call.user.name
    return {"drafts": [_brief(draft, name) for draft in await call.node.drafts.listed(name)]}


async def show(call: Call) -> Answer:
    """The newest version of a draft."""
    return {**_brief(call.draft, call.user.name), "document": call.draft.document}


async def save(call: Call) -> Answer:
    """Begin a draft, or hand in its next version."""
    draft = await call.node.drafts.save(call.part("id"), call.user, call.body["document"])
    return {**_brief(draft, call.user.name), "document": draft.document}


async def remove(call: Call) -> Answer:
    """Throw a draft away."""
    await call.node.drafts.remove(call.draft)
    return {}


def _brief(draft: StoredDraft, user: str) -> dict[str, Any]:
    body = draft.body
    return {
        "id": body["id"],
        "name": body["name"],
        "version": body["version"],
        # An owner may have left with this very version.
        "role": draft.roles.get(user),
        "author": draft.author,
        "changed": to_text(draft.changed),
    }
