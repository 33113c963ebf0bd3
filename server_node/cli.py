"""The command ``imguard-server``."""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import click

from common.config import render_settings
from common.crypto.rng import SystemRandom
from common.errors import AppError, ConfigError, Conflict, DatabaseGone, UsageError
from common.heap import keep_freed
from common.logs import setup_logging
from common.net.files import write_atomic
from common.net.identity import NodeAddress, create_node_keys, install_kit, load_node_identity
from common.net.renewal import RENEWAL_NAME, create_renewal
from common.net.tls import use_small_buffers
from common.version import program_version
from server_node.app import Plan, run_node
from server_node.backup.command import backup, migrate, restore
from server_node.helper.command import helper
from server_node.identity.command import about_token, bootstrap, renew_token
from server_node.policy.command import policy
from server_node.preflight.command import preflight
from server_node.settings import FILE_NAME, SETTINGS, load

PROGRAM = "imguard-server"
_KEPT_BYTES = 24 * 1024 * 1024
_PR_SET_PDEATHSIG = 1

_folder = click.option(
    "--dir", "folder", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder of this node."
)
_json = click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object for programs.")


@click.group()
@click.version_option(program_version(), prog_name=PROGRAM)
def cli() -> None:
    """One of the two servers of ImageGuard: keeps shares and computes on them with the other one."""


@cli.command()
@_folder
@click.option("--party", type=click.Choice(["a", "b"]), help="Which of the two servers this is.")
@click.option("--name", help="Name of this node in the deployment.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Host name or address others reach it by.")
@click.option("--port", default=9001, show_default=True, type=click.IntRange(1, 65535), help="Port of its HTTPS.")
@click.option(
    "--link-port", default=9101, show_default=True, type=click.IntRange(1, 65528), help="Port of its workers."
)
@click.option("--kit", type=click.Path(path_type=Path, file_okay=False), help="Kit of the deployment, for step two.")
@_json
def init(folder: Path, kit: Path | None, as_json: bool, **options: Any) -> None:
    """Prepare this node, in two steps.

    \b
    1. init --dir DIR --party a --name NAME --host HOST --port PORT --link-port PORT
       makes keys, settings.toml and join-request.json. The keys stay here;
       give join-request.json to whoever runs `imguard provision new`.
    2. init --dir DIR --kit KIT
       installs the certificate and the deployment description, and prints the token
       with which the first administrator registers. It is shown once.
    """
    if (kit is None) == (options["party"] is None):
        raise UsageError("Give --party and --name to begin, or --kit to finish.")
    if kit is not None:
        _install(folder, kit, as_json)
        return
    if not options["name"]:
        raise UsageError("Give --name, the name of this node in the deployment.")
    request = _make_node(folder, options)
    path = folder / "join-request.json"
    _say({"request": str(path), "verify_key": request["signer"]}, f"Send {path} to `imguard provision new`.", as_json)


@cli.command()
@_folder
@_json
def renew(folder: Path, as_json: bool) -> None:
    """Ask for a new certificate: makes a new TLS key and renewal-request.json.

    The node goes on with its old certificate, also while it runs. Give the request to whoever provisions, stop the
    node, install the kit that comes back with `init --kit`, and start it again.

    \b
    Example:
      imguard-server renew --dir DIR
    """
    create_renewal(folder)
    path = folder / RENEWAL_NAME
    _say({"request": str(path)}, f"Send {path} to `imguard provision renew`.", as_json)


@cli.command()
@_folder
def run(folder: Path) -> None:
    """Serve until stopped. Prints `ready https://HOST:PORT` once requests are answered."""
    os.umask(0o077)
    keep_freed(_KEPT_BYTES)
    use_small_buffers()
    settings = load(folder)
    setup_logging(PROGRAM, settings["log_level"], settings["log_format"])
    identity = load_node_identity(folder)
    if identity.role not in ("a", "b"):
        raise ConfigError("This folder belongs to another kind of node: use imguard-log or imguard-server helper.")
    plan = Plan(folder, identity, settings, program_version())
    asyncio.run(run_node(plan, lambda address: click.echo(f"ready {address}")))


@cli.command()
@_folder
@click.option("--ticket", required=True, type=click.Path(path_type=Path, dir_okay=False), help="Ticket of the job.")
def worker(folder: Path, ticket: Path) -> None:
    """Compute one job; started by the node itself, never by hand."""
    _end_with_parent()
    # Only the worker needs the numeric libraries; the other commands start without them.
    from server_node.worker.run import run as run_worker

    sys.exit(run_worker(folder, ticket))


@cli.command()
@_folder
def estimate(folder: Path) -> None:
    """Estimate one job; started by the node itself, never by hand."""
    _end_with_parent()
    from server_node.estimate.run import run as run_estimate

    sys.exit(run_estimate(folder))


cli.add_command(bootstrap)
cli.add_command(helper)
cli.add_command(preflight)
cli.add_command(backup)
cli.add_command(restore)
cli.add_command(migrate)
cli.add_command(policy)


def main() -> None:
    """Entry point: a named error becomes its exit code, a sentence and what to do next."""
    try:
        cli.main(standalone_mode=False)
    except AppError as error:
        _report(error)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)


def _make_node(folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    host, port = options["host"], options["port"]
    shown = f"[{host}]" if ":" in host else host
    address = NodeAddress(f"https://{shown}:{port}", host, options["link_port"])
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    request = create_node_keys(folder, options["party"], options["name"], address, SystemRandom())
    values = {"listen_host": host, "listen_port": port, "link_listen_host": host}
    write_atomic(folder / FILE_NAME, render_settings(SETTINGS, values).encode())
    return request


def _install(folder: Path, kit: Path, as_json: bool) -> None:
    deployment = install_kit(folder, kit)
    answer = {"deployment": deployment.name, "fingerprint": deployment.fingerprint}
    text = f"Deployment {deployment.name}, fingerprint {deployment.fingerprint}"
    try:
        token = renew_token(folder, load(folder), SystemRandom())
        answer, text = {**answer, "bootstrap_token": token}, f"{text}\n{about_token(token)}"
    except Conflict:
        # A newer kit for a node that has its administrator.
        pass
    except DatabaseGone as error:
        text = f"{text}\nNo token was made: {error} When it answers, run `{PROGRAM} bootstrap`."
    _say(answer, text, as_json)


def _say(answer: dict[str, Any], text: str, as_json: bool) -> None:
    click.echo(json.dumps(answer) if as_json else text)


def _report(error: AppError) -> None:
    if "--json" in sys.argv:
        click.echo(json.dumps({"error": error.as_dict()}))
    else:
        click.echo(f"{PROGRAM}: {error}\n{error.advice}", err=True)


def _end_with_parent() -> None:
    """Have the system kill this process when the node dies, however it dies (prctl(2), Linux)."""
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)
