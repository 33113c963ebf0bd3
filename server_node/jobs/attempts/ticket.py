"""The ticket a node writes for its worker: everything the worker needs to know about one job."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.deployment import HELPER, NodeEntry
from common.documents import digest
from common.ids import JobId, Party
from common.net.files import write_private
from common.specification import Specification
from server_node.jobs.entry import Admitted
from server_node.storage.context import NodeContext

JOBS_FOLDER = "jobs"
TICKET_NAME = "ticket.json"
LOG_NAME = "worker.log"


@dataclass(frozen=True)
class Place:
    """Which attempt at which job, and which of the places for jobs that run at the same time it has."""

    job: JobId
    attempt: int
    slot: int


def job_id(document: dict[str, Any]) -> JobId:
    """The id follows from the signed start document, so a start cannot be replayed under another id."""
    return JobId(digest({"kind": "job", "start": document["body"], "signer": document["signer"]})[:32])


def job_folder(folder: Path, job: JobId) -> Path:
    """Where the worker of a job keeps its files below the node folder."""
    return folder / JOBS_FOLDER / job


def link_of(context: NodeContext, slot: int) -> dict[str, Any]:
    """Where A's worker listens, as seen from this node; ``slot`` counts the jobs that run at the same time."""
    node_a: NodeEntry = context.identity.deployment.node("a")
    host = context.settings["link_listen_host"] if context.party is Party.P0 else node_a.link_host
    return {"host": host, "port": node_a.link_port + slot}


def helper_of(context: NodeContext, specification: Specification) -> dict[str, Any] | None:
    """Who deals the correlations of a project and where, or None if the two servers make them.

    The key is the one that every owner consented to, not the one of the deployment description.
    """
    if specification.preparation != HELPER:
        return None
    node = context.identity.deployment.node(HELPER)
    key = specification.body["servers"][HELPER]
    return {"name": node.name, "host": node.link_host, "port": node.link_port, "verify_key": key}


def write_ticket(
    folder: Path, context: NodeContext, place: Place, admitted: Admitted
) -> Path:
    """Make the job's folder and write its ticket (mode 0600).

    Raises:
        DiskFull: no room for the ticket.
    """
    specification, question = admitted.project.specification, admitted.question
    work_dir = job_folder(folder, place.job)
    work_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    ticket = {
        "job": place.job,
        "attempt": place.attempt,
        "party": context.party.letter,
        "specification": specification.body,
        "datasets": [{"id": dataset.id, "manifest": dataset.document["body"]} for dataset in admitted.datasets],
        "link": link_of(context, place.slot),
        "peer_name": context.other.name,
        "helper": helper_of(context, specification),
        "device": context.settings["compute_device"],
        "lanes": context.settings["lanes"],
        "bytes_ahead": context.settings["ahead_mib"] << 20,
        "work_dir": str(work_dir),
        "question": None if question is None else question.as_json(),
        "kept": None if question is None else str(job_folder(folder, JobId(question.training))),
    }
    path = work_dir / TICKET_NAME
    write_private(path, json.dumps(ticket).encode())
    return path


def clean_job_folder(folder: Path, job: JobId, keep: set[str]) -> None:
    """Remove every file of a job but those named: correlations and checkpoints are of no use once it has ended."""
    work_dir = job_folder(folder, job)
    if not work_dir.is_dir():
        return
    for path in work_dir.iterdir():
        if path.name in keep:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
