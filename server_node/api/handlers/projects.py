"""Projects and consents; every signature is verified here, whatever the other server thinks of it.

→ POST   /v1/projects {project}                                 ← {id, hash, revision, state, ...}
→ GET    /v1/projects                                           ← {projects}: those that concern the user
→ GET    /v1/projects/ID                                        ← {..., document, changes, consents, missing_consents}
→ GET    /v1/projects/ID/revisions                              ← {revisions}: oldest first, with what changed
→ GET    /v1/projects/ID/revisions/N                            ← as GET /v1/projects/ID
→ POST   /v1/projects/ID/archive {project-archive}              ← {id, state, ...}
→ POST   /v1/projects/ID/reminders                              ← {reminded, spared}
→ POST   /v1/projects/ID/consents {consent, reason}             ← {missing_consents}
→ DELETE /v1/projects/ID/consents {consent-withdraw, reason}    ← {missing_consents}
→ GET    /v1/decisions                                          ← {consents, ending, registrations}
"""

from __future__ import annotations

from typing import Any

from common.agreement.changes import changes
from common.agreement.reason import Reason
from server_node.api.call import Answer, Call
from server_node.projects.decisions import Ending, Waiting
from server_node.projects.stored import GRANTED, Decision, StoredProject
from server_node.storage.context import to_text


async def create(call: Call) -> Answer:
    """Hand in a signed specification: a new project, or the next revision of one."""
    project = await call.node.projects.create(call.user, call.body["document"])
    await call.node.keeping.look()
    return _brief(project)


async def list_all(call: Call) -> Answer:
    """Projects of which the user is a member or data owner."""
    return {"projects": [_brief(project) for project in await call.node.projects.listed(call.user.name)]}


async def show(call: Call) -> Answer:
    """The newest signed specification, what changed, and the decisions this node holds about it."""
    return {**await _shown(call, call.project), "archive": call.project.archive}


async def list_revisions(call: Call) -> Answer:
    """Every revision with what changed in it and what data owners decided."""
    found, rows, before = await call.node.projects.history(call.project.id), [], None
    for revision in found:
        decided = [_decision(one) for one in revision.decisions]
        rows.append({**_brief(revision), "changes": _changes(before, revision), "decisions": decided})
        before = revision
    return {"revisions": rows}


async def show_revision(call: Call) -> Answer:
    """One revision with its signed specification."""
    return await _shown(call, await call.node.projects.at(call.project.id, int(call.part("number"))))


async def archive(call: Call) -> Answer:
    """Archive a project, or restore it."""
    project = await call.node.projects.archive(call.project, call.user, call.body["document"])
    await call.node.keeping.look()
    return _brief(project)


async def remind(call: Call) -> Answer:
    """Remind data owners who have not decided, each at most once a day."""
    reminded, spared = await call.node.decisions.remind(call.project, call.user.name)
    return {"reminded": reminded, "spared": spared}


async def consent(call: Call) -> Answer:
    """Consent to a project, or decline, as the owner of one of its data sets."""
    project = await call.node.projects.add_consent(call.project, call.user, call.body["document"], _reason(call))
    return {"missing_consents": list(project.missing_consents)}


async def withdraw(call: Call) -> Answer:
    """Take a consent back; no new job starts without it."""
    project = await call.node.projects.withdraw_consent(call.project, call.user, call.body["document"], _reason(call))
    return {"missing_consents": list(project.missing_consents)}


async def list_decisions(call: Call) -> Answer:
    """Everything that waits for the user: consents, those that end soon, requests of people who registered."""
    waiting, ending = await call.node.decisions.waiting(call.user.name)
    people = await call.node.accounts.listed(call.user) if call.user.is_administrator else []
    return {
        "consents": [
            {
                **_about(one),
                "since": to_text(one.since),
                "reminded": None if one.reminded is None else to_text(one.reminded),
            }
            for one in waiting
        ],
        "ending": [{**_about(one), "expires": to_text(one.expires)} for one in ending],
        "registrations": [_request(row) for row in people if row["request"] is not None],
    }


def _reason(call: Call) -> Reason:
    return Reason(**call.body["reason"]) if "reason" in call.body else Reason()


def _request(row: dict[str, Any]) -> dict[str, Any]:
    asked = row["request"]
    return {
        "user": row["user"],
        "organisation": asked["organisation"],
        "fingerprint": asked["fingerprint"],
        "since": asked["created"],
    }


def _brief(project: StoredProject) -> dict[str, Any]:
    body = project.specification.body
    return {
        "id": project.id,
        "name": body["name"],
        "owner": body["owner"],
        "state": project.state,
        "revision": project.specification.revision,
        "hash": project.specification.hash,
        "created": to_text(project.created),
    }


async def _shown(call: Call, project: StoredProject) -> dict[str, Any]:
    number = project.specification.revision
    before = await call.node.projects.at(project.id, number - 1) if number > 1 else None
    return {
        **_brief(project),
        "document": project.document,
        "changes": _changes(before, project),
        "consents": list(project.consents),
        "missing_consents": list(project.missing_consents),
        "declined": [_decision(one) for one in project.decisions if one.decision != GRANTED],
        "decisions": [_decision(one) for one in project.decisions],
    }


def _changes(before: StoredProject | None, after: StoredProject) -> list[dict[str, Any]]:
    return [] if before is None else changes(before.specification.body, after.specification.body)


def _decision(one: Decision) -> dict[str, Any]:
    return {
        "dataset": one.dataset,
        "owner": one.owner,
        "decision": one.decision,
        "reason": one.reason,
        "expires": None if one.expires is None else to_text(one.expires),
        "time": to_text(one.time),
        "counts": one.counts,
        "document": one.document,
    }


def _about(one: Waiting | Ending) -> dict[str, Any]:
    spec = one.project.specification
    return {
        "project": one.project.id,
        "name": spec.body["name"],
        "revision": spec.revision,
        "hash": spec.hash,
        "dataset": one.dataset,
    }
