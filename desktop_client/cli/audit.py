"""`imguard log`: check the record of what was done, trusting nobody."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from common.merkle.checkpoint import open_checkpoint
from desktop_client.cli.context import Session, emit, json_option
from desktop_client.upload.audit import LogCheck, verify_log, write_proof
from desktop_client.upload.audit_copy import LogCopy, LogSource, save_log
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
@click.option("--file", "copy", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Check this copy of the log, made by `imguard log save`, without network and login.")  # fmt: skip
@json_option
@click.pass_obj
def verify_command(session: Session, proof: Path | None, copy: Path | None, as_json: bool) -> None:
    """Download every entry, rebuild the tree and compare it with the signed checkpoint.

    Checks the signature of each entry, that the log only grew since you looked last, and that each server
    recorded the very receipts it gave you. Names the first bad row if there is one. The proof file lets others check
    your own events offline. Reading the log needs a login; checking a copy needs deployment.json in the profile only.

    \b
    Example:
      imguard log verify --proof log-proof.json
      imguard --profile auditor log verify --file log-copy.jsonl
    """
    deployment = session.profile.deployment()

    async def work(source: LogSource) -> LogCheck:
        with session.progress("log", "rows", as_json) as step:
            return await verify_log(source, deployment, session.profile, step)

    check = session.run(lambda nodes: work(nodes.log)) if copy is None else asyncio.run(work(LogCopy(copy)))
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


@group.command("save")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_option
@click.pass_obj
def save_command(session: Session, file: Path, as_json: bool) -> None:
    """Write the whole log to one file, which others verify without a login. It holds no names.

    \b
    Example:
      imguard log save log-copy.jsonl
    """
    log_key = session.profile.deployment().node("log").verify_key

    async def work(nodes: Nodes) -> int:
        note = await nodes.log.checkpoint()
        size = open_checkpoint(note, log_key).size
        with session.progress("log", "rows", as_json) as step:
            await save_log(nodes.log, size, note, file, step)
        return size

    size = session.run(work)
    emit({"file": str(file), "size": size}, as_json, f"{size} rows are in {file}")


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
