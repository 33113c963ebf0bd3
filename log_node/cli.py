"""The command ``imguard-log``."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from pathlib import Path

import click

from common.config import render_settings
from common.crypto.rng import SystemRandom
from common.deployment import Deployment
from common.errors import AppError, ConfigError, Conflict, UsageError
from common.logs import setup_logging
from common.net.files import write_atomic
from common.net.identity import NodeAddress, NodeIdentity, create_node_keys, install_kit, load_node_identity
from common.net.renewal import RENEWAL_NAME, create_renewal
from common.version import program_version
from log_node.accounts.desk import renew_bootstrap
from log_node.app import Node, serve
from log_node.auditor.verify import verify_ledger
from log_node.ledger.writer import Ledger
from log_node.settings import DEFAULT_PORT, SETTINGS, ledger_path, load, settings_path

_FOLDER = click.option(
    "--dir", "folder", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder of this node."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object for programs.")


@click.group()
@click.version_option(program_version(), prog_name="imguard-log")
def cli() -> None:
    """The log node of ImageGuard: an append-only record that nobody can rewrite unnoticed."""


@cli.command()
@_FOLDER
@click.option("--name", help="Name of this node in the deployment.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Host name or address others reach it by.")
@click.option("--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(1, 65535), help="Its port.")
@click.option("--kit", type=click.Path(path_type=Path, file_okay=False), help="Kit of the deployment, for step two.")
@_JSON
def init(folder: Path, name: str | None, host: str, port: int, kit: Path | None, as_json: bool) -> None:
    """Prepare this node, in two steps.

    First `init --dir DIR --name NAME --host HOST --port PORT`: makes keys and join-request.json.
    Give join-request.json to whoever runs `imguard provision new`; the keys stay here.
    Then `init --dir DIR --kit KIT`: installs the certificate and the deployment description, and
    prints the token with which the first administrator registers. It is shown once.
    """
    if (kit is None) == (name is None):
        raise UsageError("Give --name to begin, or --kit to finish.")
    if kit is not None:
        _install(folder, kit, as_json)
        return
    address = NodeAddress(f"https://{_bracketed(host)}:{port}")
    request = create_node_keys(folder, "log", str(name), address, SystemRandom())
    write_atomic(settings_path(folder), render_settings(SETTINGS, {"host": host, "port": port}).encode())
    path = folder / "join-request.json"
    answer = {"request": str(path), "verify_key": request["signer"]}
    _say(answer, f"Send {path} to whoever runs `imguard provision new`.", as_json)


@cli.command()
@_FOLDER
@_JSON
def bootstrap(folder: Path, as_json: bool) -> None:
    """Make a new token for the first administrator, in place of an older one.

    Only while there is no administrator; the node may be running.

    \b
    Example:
      imguard-log bootstrap --dir DIR
    """
    _identity(folder)
    token = renew_bootstrap(folder, SystemRandom())
    _say({"bootstrap_token": token}, _about_token(token), as_json)


@cli.command()
@_FOLDER
@_JSON
def renew(folder: Path, as_json: bool) -> None:
    """Ask for a new certificate: makes a new TLS key and renewal-request.json.

    The node goes on with its old certificate, also while it runs. Give the request to whoever provisions, stop the
    node, install the kit that comes back with `init --kit`, and start it again.

    \b
    Example:
      imguard-log renew --dir DIR
    """
    create_renewal(folder)
    path = folder / RENEWAL_NAME
    _say({"request": str(path)}, f"Send {path} to `imguard provision renew`.", as_json)


@cli.command()
@_FOLDER
def run(folder: Path) -> None:
    """Serve the log until stopped."""
    settings = load(folder)
    setup_logging("imguard-log", settings["log_level"], settings["log_format"])
    node = Node(folder, _identity(folder), settings, program_version())
    asyncio.run(serve(node, lambda url: click.echo(f"imguard-log answers at {url}")))


@cli.command()
@_FOLDER
def verify(folder: Path) -> None:
    """Replay the whole log of this folder, offline, and name the first bad row."""
    deployment = Deployment.load(folder / "deployment.json")
    report = verify_ledger(ledger_path(folder), deployment)
    click.echo(f"{report.size} rows, root {report.root.hex()}: every row, signature and checkpoint is in order.")
    for action, count in sorted(report.actions.items()):
        click.echo(f"{count:10d}  {action}")


def _identity(folder: Path) -> NodeIdentity:
    identity = load_node_identity(folder)
    if identity.role != "log":
        raise ConfigError(f"{folder} belongs to node {identity.role!r}, not to a log node.")
    return identity


def _install(folder: Path, kit: Path, as_json: bool) -> None:
    deployment = install_kit(folder, kit)
    identity = _identity(folder)
    if not ledger_path(folder).exists():
        Ledger.create(ledger_path(folder), identity.signing)
    answer = {"deployment": deployment.name, "fingerprint": deployment.fingerprint}
    lines = [f"Deployment {deployment.name}, fingerprint {deployment.fingerprint}"]
    with contextlib.suppress(Conflict):
        # Installing a newer kit on a node that has its administrator makes no token.
        token = renew_bootstrap(folder, SystemRandom())
        answer, lines = {**answer, "bootstrap_token": token}, [*lines, _about_token(token)]
    _say(answer, "\n".join([*lines, f"Start it with: imguard-log run --dir {folder}"]), as_json)


def _about_token(token: str) -> str:
    return f"Token for the first administrator, shown once: {token}"


def _say(answer: dict[str, str], text: str, as_json: bool) -> None:
    click.echo(json.dumps(answer) if as_json else text)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def main() -> None:
    """Entry point; named errors become one sentence and an exit code."""
    try:
        cli(standalone_mode=False)
    except AppError as error:
        click.echo(f"{error}\n{error.advice}", err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
