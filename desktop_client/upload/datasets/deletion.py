"""What deleting or switching off a data set means, and its deletion at both servers with their signed receipts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from common.agreement.reason import Reason
from common.deployment import NodeEntry
from common.documents import sign_document, verify_document
from common.errors import BadFrame, BadSignature, Conflict, NotFound
from common.net.files import write_atomic
from common.sharing.settings import DELETE_KIND
from desktop_client.keystore import UserKeys
from desktop_client.plain import plain
from desktop_client.upload.answers import document, items, text
from desktop_client.upload.client import NodeClient, Nodes
from desktop_client.upload.datasets.overview import given, sides

RECEIPT_KIND: Final = "delete-receipt"
DELETE, DISABLE = "on_delete", "on_disable"
_EFFECTS: Final = {
    (DELETE, "cancelled"): "is stopped, and its result is lost",
    (DELETE, "goes-on"): "goes on: its work here is done",
    (DISABLE, "refused"): "is refused when its turn comes",
    (DISABLE, "goes-on"): "goes on to its end",
}


@dataclass(frozen=True)
class Uses:
    """Projects and unfinished jobs with a data set, as both servers know them."""

    projects: tuple[dict[str, Any], ...]
    jobs: tuple[dict[str, Any], ...]

    @property
    def stopped(self) -> tuple[dict[str, Any], ...]:
        """The jobs that a deletion would stop."""
        return tuple(job for job in self.jobs if job.get(DELETE) == "cancelled")

    def lines(self, action: str) -> Iterator[str]:
        """What ``on_delete`` or ``on_disable`` does to each, in plain words."""
        for project in self.projects:
            about = f"{text(project, 'name')} ({text(project, 'project')[:12]}, of {text(project, 'owner')})"
            yield plain(f"project {about}: no new job can start with this data set")
        for job in self.jobs:
            effect = _EFFECTS.get((action, text(job, action)), "may be stopped")
            about = f"{text(job, 'job')[:12]} of {text(job, 'name')}, started by {text(job, 'starter')}"
            yield plain(f"job {about}, {text(job, 'state')}: {effect}")
        if not self.projects and not self.jobs:
            yield "no project and no job uses it"


@dataclass(frozen=True)
class Deleted:
    """A data set that is gone: the receipt of each server and the jobs that were stopped for it.

    A receipt is None where the data set was deleted before and the server has none left.
    """

    receipts: tuple[dict[str, Any] | None, dict[str, Any] | None]
    stopped: tuple[str, ...]


async def read_uses(nodes: Nodes, dataset: str) -> Uses:
    """Ask both servers; what only one of them knows counts, too.

    Raises:
        AppError: of A if both failed.
    """
    found = given(await sides(nodes, lambda node: node.dataset_uses(dataset)))
    projects: dict[str, dict[str, Any]] = {}
    jobs: dict[str, dict[str, Any]] = {}
    for answer in found.values():
        for project in items(answer, "projects"):
            projects.setdefault(text(project, "project"), project)
        for job in items(answer, "jobs"):
            known = jobs.get(text(job, "job"))
            # What stops it at one server stops it.
            if known is None or job.get(DELETE) == "cancelled":
                jobs[text(job, "job")] = job
    return Uses(tuple(projects.values()), tuple(jobs.values()))


async def delete_dataset(
    nodes: Nodes, dataset: str, keys: UserKeys, stop_jobs: bool = False, reason: Reason = Reason()
) -> Deleted:
    """Delete at both servers, and check what they signed.

    Raises:
        Conflict: a job uses it, and ``stop_jobs`` is not given.
        BadSignature: a receipt is not what it must be.
        NotFound: neither server has it, or ever had it.
    """

    async def at(node: NodeClient) -> dict[str, Any] | None:
        body = {
            "dataset": dataset,
            "node_time": text(await node.info(), "time"),
            "stop_jobs": stop_jobs,
            "reason": reason.digest,
        }
        signed = sign_document(DELETE_KIND, body, keys.signing)
        try:
            answer = await node.delete_dataset(dataset, signed, reason.as_json())
        except NotFound:
            return None
        check_receipt(document(answer, "receipt"), node.node, dataset)
        return answer

    answers = await nodes.each(at)
    if answers == (None, None):
        raise NotFound(f"Neither server has the data set {dataset}.")
    receipts = [document(answer, "receipt") if answer else None for answer in answers]
    stopped = {job for answer in answers if answer for job in _stopped(answer)}
    return Deleted((receipts[0], receipts[1]), tuple(sorted(stopped)))


def check_receipt(receipt: Mapping[str, Any], node: NodeEntry, dataset: str) -> None:
    """Compare the receipt of a deletion with what was asked.

    Raises:
        BadSignature: not signed by this server, or for another data set.
    """
    body = verify_document(receipt, RECEIPT_KIND, node.verify_key)
    for name, value in {"dataset": dataset, "node": node.name, "party": node.role}.items():
        if body.get(name) != value:
            raise BadSignature(f"The receipt of node {node.name} names another {name} than was deleted.", field=name)


def keep_receipts(folder: Path, dataset: str, deleted: Deleted) -> list[Path]:
    """Store the signed documents as ``<data set>-<party>.deleted.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = []
    for role, receipt in zip("ab", deleted.receipts, strict=True):
        if receipt is not None:
            path = folder / f"{dataset}-{role}.deleted.json"
            write_atomic(path, json.dumps(receipt, indent=1).encode())
            kept.append(path)
    return kept


def require_free(uses: Uses, stop_jobs: bool) -> None:
    """Raises:
    Conflict: a job would have to be stopped, and nobody said so.
    """
    if uses.stopped and not stop_jobs:
        count = len(uses.stopped)
        raise Conflict(
            f"{count} unfinished {'job needs' if count == 1 else 'jobs need'} this data set. "
            "Wait for the end, or add --stop-jobs."
        )


def _stopped(answer: Mapping[str, Any]) -> list[str]:
    found = answer.get("stopped")
    if not isinstance(found, list) or not all(isinstance(job, str) for job in found):
        raise BadFrame("A node's answer has no valid 'stopped'.")
    return found
