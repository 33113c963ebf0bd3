"""``imguard-server preflight``: the checks of a node's own machine, in the order in which they would stop a start."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

import click

from common.errors import AppError
from common.monitoring.health import Finding, Grade
from common.monitoring.lines import Line, exit_code, line_of, render, report
from common.net.identity import load_node_identity
from server_node.preflight import checks
from server_node.preflight.others import check_others
from server_node.settings import load


def gather(folder: Path) -> list[Line]:
    """All lines; after settings or a kit that cannot be used there are no more."""
    try:
        settings = load(folder)
        lines = [Line(Grade.OK, "node", "settings", "Every value can be used.")]
    except AppError as error:
        return [line_of("node", "settings", Finding(Grade.FAIL, str(error)), error.advice)]
    lines.append(checks.check_user(folder))
    if lines[-1].grade is Grade.FAIL:
        return lines
    lines.append(checks.check_keys(folder))
    try:
        identity = load_node_identity(folder)
    except AppError as error:
        return [*lines, line_of("node", "kit", Finding(Grade.FAIL, str(error)), error.advice)]
    deployment = identity.deployment
    lines.append(Line(Grade.OK, "node", "kit", f"{deployment.name}, fingerprint {deployment.fingerprint}."))
    certificate = checks.check_certificate(identity, time.time())
    lines.append(certificate)
    if checks.is_running(folder):
        lines.append(Line(Grade.OK, "node", "port", "The node is running, so its ports are its own."))
    else:
        lines += checks.check_ports(settings, identity)
    lines += [checks.check_space(folder, settings), checks.check_clock(identity), checks.check_policy(folder)]

    async def components() -> list[Line]:
        return [
            await checks.check_database(folder, settings),
            await checks.check_blobs(folder, settings),
            await checks.check_live(folder, settings, identity),
        ]

    # Without a certificate nobody would let this node in.
    others = [] if certificate.grade is Grade.FAIL else check_others(identity)
    return [*lines, *asyncio.run(components()), *others]


@click.command("preflight")
@click.option("--dir", "folder", required=True, type=click.Path(path_type=Path, file_okay=False), help="Node's folder.")
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object for programs.")
def preflight(folder: Path, as_json: bool) -> None:
    """Look whether this node can start and work: nothing is changed, and it may be running.

    One line each: OK, WARN or FAIL, and what to do. The exit code is 0 without a FAIL, and 1 with one.

    \b
    Example:
      imguard-server preflight --dir DIR
    """
    lines = gather(folder)
    click.echo(json.dumps(report(lines)) if as_json else render(lines))
    sys.exit(exit_code(lines))
