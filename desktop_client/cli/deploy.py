"""`imguard poc`: a whole deployment on this machine."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click

from common.deployment import HELPER
from desktop_client.cli.context import Session, confirm, emit, json_option, yes_option
from desktop_client.poc.deployment import LocalDeployment, find_local

_dir_option = click.option(
    "--dir",
    "folder",
    default="imguard-poc",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the deployment.",
)


@click.group("poc")
def poc_group() -> None:
    """Two servers, a log and two users on this machine: real processes, real keys, loopback only.

    \b
    Example:
      imguard poc up --dir try
      imguard poc down --dir try --remove
    """


@poc_group.command("up")
@_dir_option
@click.option("--helper", is_flag=True, help="With a helper, a third organisation that deals correlated randomness.")
@json_option
@click.pass_obj
def up(session: Session, folder: Path, helper: bool, as_json: bool) -> None:
    """Set up and start a deployment; start it again if it was stopped. It keeps running after this command.

    \b
    Example:
      imguard poc up --dir try
      imguard poc up --dir try-helper --helper
    """
    local = LocalDeployment(folder, session.say, helper=helper)
    local.start()
    emit(_state(local), as_json, _next_commands(local))


@poc_group.command("down")
@_dir_option
@click.option("--remove", is_flag=True, help="Delete keys, data sets and models of the deployment as well.")
@yes_option
@json_option
@click.pass_obj
def down(session: Session, folder: Path, remove: bool, yes: bool, as_json: bool) -> None:
    """Stop a deployment; with --remove delete everything it holds.

    \b
    Example:
      imguard poc down --dir try
      imguard poc down --dir try --remove --yes
    """
    local = find_local(folder)
    if remove:
        confirm(f"Delete the deployment in {local.folder} with all keys, data sets and models?", yes)
    local.stop()
    if remove:
        local.remove()
    state = {"folder": str(local.folder), "running": {}, "removed": remove}
    emit(state, as_json, f"{local.folder} is {'removed' if remove else 'stopped'}")


@poc_group.command("status")
@_dir_option
@json_option
@click.pass_obj
def status(session: Session, folder: Path, as_json: bool) -> None:
    """Which nodes of a deployment run.

    \b
    Example:
      imguard poc status --dir try --json
    """
    local = find_local(folder)
    state = _state(local)
    lines = [f"{role:<6} {'runs, process ' + str(pid) if pid else 'stopped'}" for role, pid in state["running"].items()]
    emit(state, as_json, "\n".join(lines))


def _state(local: LocalDeployment) -> dict[str, Any]:
    running = local.running()
    return {
        "folder": str(local.folder),
        "running": {role: running[role].pid if role in running else None for role in local.roles},
    }


def _next_commands(local: LocalDeployment) -> str:
    alice, password = shlex.quote(str(local.client(1))), shlex.quote(str(local.client(1) / "password"))
    helper, choice = (", the helper", " --preparation helper") if HELPER in local.roles else ("", "")
    lines = [
        f"The deployment in {local.folder} runs: node A, node B, the log{helper}. "
        "Users: alice (client-1, administrator), bob (client-2).",
        "",
        "Try, as alice:",
        f'  export IMGUARD_PROFILE={alice} IMGUARD_PASSWORD="$(cat {password})"',
        "  imguard login",
        "  imguard dataset split FOLDER-OF-CLASS-FOLDERS --out split --name first --size 28x28",
        "  imguard dataset upload split",
        f"  imguard project create first --dataset DATASET-ID{choice}",
        "  imguard consent give PROJECT-ID",
        "  imguard job start PROJECT-ID --watch",
        "  imguard model fetch JOB-ID --out model.igm",
        "",
        f"Stop it with: imguard poc down --dir {shlex.quote(str(local.folder))}",
    ]
    return "\n".join(lines)
