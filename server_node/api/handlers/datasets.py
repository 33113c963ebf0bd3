"""Data sets: a signed manifest first, then its sealed chunks in any order, then a receipt; settings, and the end.

→ POST   /v1/datasets {manifest}                   ← {id, missing, state}; repeating it resumes an upload
→ GET    /v1/datasets                              ← {datasets}: own, shared with me, public
→ GET    /v1/datasets/ID                           ← {..., manifest, settings, missing, receipt, peer_confirmed}
→ PUT    /v1/datasets/ID/chunks/N  sealed bytes    ← {missing_count}
→ POST   /v1/datasets/ID/finish                    ← {receipt, state}
→ POST   /v1/datasets/ID/settings {dataset-settings}  ← {version, enabled}
→ GET    /v1/datasets/ID/history                   ← {events}
→ GET    /v1/datasets/ID/uses                      ← {projects, jobs}
→ DELETE /v1/datasets/ID {dataset-delete, reason}  ← {receipt, stopped}
"""

from __future__ import annotations

import json
from typing import Any

from common.agreement.reason import Reason
from common.errors import Conflict
from common.ids import JobId
from common.pipeline import JobState
from server_node.api.call import Answer, Call
from server_node.jobs.entry import Entry
from server_node.projects.stored import StoredProject
from server_node.storage.context import to_text
from server_node.store.datasets import DELETED, DatasetInfo

_WAITING = (JobState.QUEUED, JobState.PAUSED)
CANCELLED, REFUSED, GOES_ON = "cancelled", "refused", "goes-on"


async def create(call: Call) -> Answer:
    """Announce a data set, or continue an upload that was cut off."""
    dataset = await call.node.datasets.create(call.user, call.body["document"])
    return {"id": dataset.id, "missing": await call.node.uploads.missing(dataset), "state": dataset.row.state}


async def list_all(call: Call) -> Answer:
    """Every data set the user may see."""
    return {"datasets": [_brief(dataset) for dataset in await call.node.datasets.listed(call.user.name)]}


async def show(call: Call) -> Answer:
    """One data set with its manifest, its settings, the missing chunks and the receipt."""
    dataset = await call.node.datasets.get(call.dataset.id)
    return {
        **_brief(dataset),
        "description": dataset.about["description"],
        "manifest": dataset.document,
        "settings": _parsed(dataset.row.settings),
        "missing": await call.node.uploads.missing(dataset),
        "receipt": _parsed(dataset.row.receipt),
        "peer_confirmed": dataset.row.peer_confirmed,
    }


async def put_chunk(call: Call) -> Answer:
    """Store one sealed chunk; its announced hash and length are compared before a byte of it is read."""
    dataset = await call.node.datasets.parsed(call.dataset)
    number = int(call.part("number"))
    size = call.node.uploads.expected_size(dataset, number, str(call.headers["X-Chunk-Hash"]))
    async with call.node.uploads.gate.slot:
        sealed = await call.read_exactly(size)
        return {"missing_count": await call.node.uploads.save_chunk(dataset, number, sealed)}


async def finish(call: Call) -> Answer:
    """Ask for the receipt once every chunk is here."""
    dataset = await call.node.datasets.get(call.dataset.id)
    receipt = await call.node.uploads.finish(dataset)
    call.node.confirmer.wake()
    return {"receipt": receipt, "state": (await call.node.datasets.info(dataset.id)).row.state}


async def settings(call: Call) -> Answer:
    """Change who may use a data set, what is said about it, and whether it may be used at all."""
    changed = await call.node.changes.apply(call.dataset, call.user, call.body["document"])
    return {"version": changed.row.version, "enabled": changed.row.enabled}


async def show_history(call: Call) -> Answer:
    """Who did what to a data set and when, also after it was deleted."""
    return {"events": await call.node.history.of(call.dataset.id)}


async def uses(call: Call) -> Answer:
    """Projects and unfinished jobs with a data set, and what would become of them without it."""
    dataset = await call.node.datasets.info(call.dataset.id)
    projects = await call.node.projects.listed(call.user.name)
    jobs = await _jobs_with(call, dataset.id)
    return {
        "projects": [_project(project, dataset.id) for project in projects if _has(project, dataset.id)],
        "jobs": [_job(entry, project) for entry, project in jobs],
    }


async def delete(call: Call) -> Answer:
    """Destroy a data set; jobs that need it are stopped if the owner signed that, else nothing happens."""
    if call.dataset.row.state == DELETED:
        return {"receipt": await call.node.deletions.again(call.dataset), "stopped": []}
    given = call.body.get("reason", {"text": "", "salt": ""})
    request = call.node.deletions.check(call.dataset, call.user, call.body["document"], Reason(**given))
    stopped = await _free(call, request.stop_jobs)
    receipt = await call.node.deletions.delete(call.dataset, call.user, request)
    return {"receipt": receipt, "stopped": stopped}


async def _free(call: Call, stop_jobs: bool) -> list[JobId]:
    """Stop every job that still reads the data set; one that is computed here only waits for the other server."""
    found = await _reading(call)
    if found and not stop_jobs:
        raise Conflict("Jobs still use this data set; stop them together with it, or wait.", jobs=found)
    for job in found:
        try:
            await call.node.dispatcher.cancel(job)
        except Conflict:
            # It ended by itself meanwhile, or it is looked at again below.
            continue
    left = await _reading(call)
    if left:
        raise Conflict("A job with this data set cannot be stopped now; try again in a moment.", jobs=left)
    return found


async def _reading(call: Call) -> list[JobId]:
    return [entry.id for entry, _ in await _jobs_with(call, call.dataset.id) if not entry.position.is_computed]


async def _jobs_with(call: Call, dataset: str) -> list[tuple[Entry, StoredProject]]:
    """Unfinished jobs, each with the revision of the project that it was started with."""
    found = []
    for entry in await call.node.journal.unfinished():
        project = await call.node.projects.revision(entry.row.specification)
        read = [entry.asks["dataset"]] if entry.asks is not None else project.specification.dataset_ids
        if dataset in read:
            found.append((entry, project))
    return found


def _has(project: StoredProject, dataset: str) -> bool:
    return dataset in project.specification.dataset_ids


def _project(project: StoredProject, dataset: str) -> dict[str, Any]:
    body = project.specification.body
    return {
        "project": project.id,
        "name": body["name"],
        "owner": body["owner"],
        "revision": project.specification.revision,
        "specification": project.specification.hash,
        "state": project.state,
        "is_consented": dataset not in project.missing_consents,
    }


def _job(entry: Entry, project: StoredProject) -> dict[str, Any]:
    is_waiting = entry.position.state in _WAITING
    return {
        "job": entry.id,
        "project": project.id,
        "name": project.specification.body["name"],
        "starter": entry.row.starter,
        "state": entry.row.state,
        "created": to_text(entry.row.created),
        "on_delete": GOES_ON if entry.position.is_computed else CANCELLED,
        "on_disable": REFUSED if is_waiting else GOES_ON,
    }


def _brief(dataset: DatasetInfo) -> dict[str, Any]:
    row = dataset.row
    about = {name: value for name, value in dataset.about.items() if name != "description"}
    facts = {"state": row.state, "enabled": row.enabled, "version": row.version, "bytes": row.size}
    return {"id": dataset.id, "owner": row.owner, **facts, **about}


def _parsed(text: str | None) -> Any:
    return json.loads(text) if text else None
