"""Projects and consents; every signature is verified here, whatever the other server thinks of it.

→ POST   /v1/projects {project}                        ← {id, hash, state}
→ GET    /v1/projects                                  ← {projects}: those that concern the user
→ GET    /v1/projects/ID                               ← {id, hash, state, document, consents, missing_consents}
→ POST   /v1/projects/ID/consents {consent}            ← {missing_consents}
→ DELETE /v1/projects/ID/consents {consent-withdraw}   ← {missing_consents}
"""

from __future__ import annotations

from typing import Any

from server_node.api.call import Answer, Call
from server_node.projects.stored import StoredProject


async def create(call: Call) -> Answer:
    """Hand in a signed specification."""
    return _brief(await call.node.projects.create(call.user, call.body["document"]))


async def list_all(call: Call) -> Answer:
    """Projects of which the user is a member or data owner."""
    return {"projects": [_brief(project) for project in await call.node.projects.listed(call.user.name)]}


async def show(call: Call) -> Answer:
    """The signed specification and the consents this node holds."""
    project = call.project
    return {
        **_brief(project),
        "document": project.document,
        "consents": list(project.consents),
        "missing_consents": list(project.missing_consents),
    }


async def consent(call: Call) -> Answer:
    """Consent to a project as the owner of one of its data sets."""
    project = await call.node.projects.add_consent(call.project, call.user, call.body["document"])
    return {"missing_consents": list(project.missing_consents)}


async def withdraw(call: Call) -> Answer:
    """Take a consent back; no new job starts without it."""
    project = await call.node.projects.withdraw_consent(call.project, call.user, call.body["document"])
    return {"missing_consents": list(project.missing_consents)}


def _brief(project: StoredProject) -> dict[str, Any]:
    body = project.specification.body
    return {
        "id": project.id,
        "hash": project.specification.hash,
        "name": body["name"],
        "owner": body["owner"],
        "state": project.state,
    }
