"""`imguard dataset delete`: says what it does to projects and jobs, then deletes at both servers for good."""

from __future__ import annotations

import click

from common.agreement.reason import Reason
from common.crypto.rng import SystemRandom
from common.errors import NotFound
from desktop_client.cli.context import DATASET, Session, confirm, emit, find_id, json_option, yes_option
from desktop_client.plain import plain
from desktop_client.upload.client import Nodes
from desktop_client.upload.datasets.deletion import (
    DELETE,
    Uses,
    delete_dataset,
    keep_receipts,
    read_uses,
    require_free,
)


@click.command("delete")
@click.argument("dataset")
@click.option("--stop-jobs", is_flag=True, help="Stop unfinished jobs that need it; what they computed is lost.")
@click.option("--reason", default="", help="Kept in its history; the log shows a commitment to it only.")
@yes_option
@json_option
@click.pass_obj
def delete_command(session: Session, dataset: str, stop_jobs: bool, reason: str, yes: bool, as_json: bool) -> None:
    """Delete a data set at both servers; nobody can bring it back. DATASET is its id or the beginning of it.

    Its key is destroyed, its blobs are removed, and each server signs a receipt that is kept in the profile.
    If only one server could be reached, give the whole id to delete it at the other one later.

    \b
    Example:
      imguard dataset delete 3f2a90c1
      imguard dataset delete 3f2a90c1 --stop-jobs --reason "Consent of a patient was withdrawn"
    """
    full, uses = session.run(lambda nodes: _look(nodes, dataset))
    for line in uses.lines(DELETE):
        session.show(line)
    require_free(uses, stop_jobs)
    stopped = f" {len(uses.stopped)} unfinished jobs are stopped." if uses.stopped else ""
    confirm(f"Delete the data set {full} at both servers?{stopped} Nobody can bring it back.", yes)
    keys, words = session.keys(), Reason.give(reason, SystemRandom())
    deleted = session.run(lambda nodes: delete_dataset(nodes, full, keys, stop_jobs, words))
    kept = keep_receipts(session.profile.receipts_path, full, deleted)
    lines = [f"{full} is deleted at both servers"]
    lines += [f"job {job[:12]} was stopped" for job in deleted.stopped]
    lines += [f"receipt {plain(path)}" for path in kept]
    value = {"dataset": full, "receipts": list(deleted.receipts), "stopped": list(deleted.stopped)}
    emit(value, as_json, "\n".join(lines))


async def _look(nodes: Nodes, dataset: str) -> tuple[str, Uses]:
    full = await find_id(nodes, dataset, DATASET)
    try:
        return full, await read_uses(nodes, full)
    except NotFound:
        # Gone at both: the receipts can still be fetched again.
        return full, Uses((), ())
