"""`imguard log`: check the record of what was done, trusting nobody."""

from __future__ import annotations

from pathlib import Path

import click

from desktop_client.cli.context import Session, emit, json_option
from desktop_client.upload.audit import LogCheck, verify_log, write_proof
from desktop_client.upload.client import Nodes


@click.group("log")
def group() -> None:
    """Verify the log without trusting the log server.

    \b
    Example:
      imguard log verify
    """


@group.command("verify")
@click.option("--proof", type=click.Path(dir_okay=False, path_type=Path), help="Write a proof of your own events here.")
@json_option
@click.pass_obj
def verify_command(session: Session, proof: Path | None, as_json: bool) -> None:
    """Download every entry, rebuild the tree and compare it with the signed checkpoint.

    Checks the signature of each entry, that the log only grew since you looked last, and that each server
    recorded the very receipts it gave you. Names the first bad row if there is one. The proof file lets others check
    your own events offline.

    \b
    Example:
      imguard log verify --proof log-proof.json
    """
    deployment = session.profile.deployment()

    async def work(nodes: Nodes) -> LogCheck:
        with session.progress("log", "rows", as_json) as step:
            return await verify_log(nodes.log, deployment, session.profile, step)

    check = session.run(work)
    if proof is not None:
        write_proof(proof, check)
    value = {
        "size": check.report.size,
        "root": check.report.root.hex(),
        "remembered_size": check.remembered_size,
        "actions": check.report.actions,
        "own": [{"index": e.index, "time": e.time, "action": e.action} for e in check.own],
        "unlogged": check.unlogged,
    }
    emit(value, as_json, _text(check, proof))


def _text(check: LogCheck, proof: Path | None) -> str:
    lines = [
        f"the log is intact: {check.report.size} rows, every signature right, root {check.report.root.hex()[:16]}",
        f"it continues the log of {check.remembered_size} rows you saw before",
        f"your own events: {len(check.own)}",
    ]
    lines += [f"  {event.time}  row {event.index}  {event.action}" for event in check.own]
    lines += [
        f"not in the log yet: the receipt of server {role.upper()} for {dataset}"
        for dataset, _, role in (name.rpartition("-") for name in check.unlogged)
    ]
    if proof is not None:
        lines.append(f"proof written to {proof}")
    return "\n".join(lines)
