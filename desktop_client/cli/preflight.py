"""`imguard preflight`: whether everything is well before work begins."""

from __future__ import annotations

import click

from common.monitoring.lines import exit_code, render, report
from common.version import program_version
from desktop_client.cli.context import Session, emit, json_option
from desktop_client.upload.client import Nodes
from desktop_client.upload.preflight.gather import Wishes, preflight


@click.command("preflight")
@click.option("--link", is_flag=True, help="Have the way between server A and B measured; for administrators.")
@json_option
@click.pass_obj
def preflight_command(session: Session, link: bool, as_json: bool) -> int:
    """Look at every node: name, port, certificate, clock, versions, formats, state and policy. Nothing is changed.

    One line each: OK, WARN or FAIL, and what to do. Administrators who are logged in see every part of a node, its
    disk among them. The exit code is 0 without a FAIL, and 1 with one.

    \b
    Example:
      imguard preflight
      imguard preflight --link --json
    """
    deployment = session.profile.deployment()
    wishes = Wishes(program_version(), link)

    async def look(nodes: Nodes) -> int:
        lines = await preflight(nodes, deployment, wishes)
        emit(report(lines), as_json, render(lines))
        return exit_code(lines)

    return session.run(look)
