"""``imguard-server helper``: the program of the third organisation that deals correlations."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click

from common.config import render_settings
from common.crypto.rng import SystemRandom
from common.deployment import HELPER
from common.errors import ConfigError, UsageError
from common.logs import setup_logging
from common.net.files import write_atomic
from common.net.identity import NodeAddress, create_node_keys, install_kit, load_node_identity
from common.net.renewal import RENEWAL_NAME, create_renewal
from server_node.settings import FILE_NAME, HELPER_SETTINGS, load_helper

_folder = click.option(
    "--dir", "folder", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder of this helper."
)


@click.group()
def helper() -> None:
    """A third organisation that deals correlations to both servers, for projects that choose it."""


@helper.command()
@_folder
@click.option("--name", help="Name of this helper in the deployment.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Host name or address the servers reach it by.")
@click.option("--port", default=9201, show_default=True, type=click.IntRange(1, 65535), help="Port it listens on.")
@click.option("--kit", type=click.Path(path_type=Path, file_okay=False), help="Kit of the deployment, for step two.")
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object for programs.")
def init(folder: Path, kit: Path | None, as_json: bool, **options: Any) -> None:
    """Prepare this helper, in two steps.

    \b
    1. helper init --dir DIR --name NAME --host HOST --port PORT
       makes keys, settings.toml and join-request.json. The keys stay here;
       give join-request.json to whoever runs `imguard provision new`.
    2. helper init --dir DIR --kit KIT
       installs the certificate and the deployment description.
    """
    if (kit is None) == (options["name"] is None):
        raise UsageError("Give --name to begin, or --kit to finish.")
    if kit is not None:
        deployment = install_kit(folder, kit)
        answer = {"deployment": deployment.name, "fingerprint": deployment.fingerprint}
        _say(answer, f"Deployment {deployment.name}, fingerprint {deployment.fingerprint}", as_json)
        return
    request = _make_helper(folder, options)
    path = folder / "join-request.json"
    _say({"request": str(path), "verify_key": request["signer"]}, f"Send {path} to `imguard provision new`.", as_json)


@helper.command()
@_folder
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object for programs.")
def renew(folder: Path, as_json: bool) -> None:
    """Ask for a new certificate: makes a new TLS key and renewal-request.json.

    The node goes on with its old certificate, also while it runs. Give the request to whoever provisions, stop the
    node, install the kit that comes back with `init --kit`, and start it again.

    \b
    Example:
      imguard-server helper renew --dir DIR
    """
    create_renewal(folder)
    path = folder / RENEWAL_NAME
    _say({"request": str(path)}, f"Send {path} to `imguard provision renew`.", as_json)


@helper.command()
@_folder
def run(folder: Path) -> None:
    """Deal until stopped. Prints `ready HOST:PORT` once workers are answered."""
    os.umask(0o077)
    settings = load_helper(folder)
    setup_logging("imguard-helper", settings["log_level"], settings["log_format"])
    identity = load_node_identity(folder)
    if identity.role != HELPER:
        raise ConfigError("This folder belongs to another kind of node, not to a helper.")
    # Only here are the numeric libraries needed; the other commands start without them.
    from server_node.helper.daemon import HelperPlan, run_helper

    run_helper(HelperPlan(folder, identity, settings), lambda address: click.echo(f"ready {address}"))


def _make_helper(folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    host, port = options["host"], options["port"]
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    request = create_node_keys(folder, HELPER, options["name"], NodeAddress("", host, port), SystemRandom())
    values = {"listen_host": host, "listen_port": port}
    write_atomic(folder / FILE_NAME, render_settings(HELPER_SETTINGS, values).encode())
    return request


def _say(answer: dict[str, Any], text: str, as_json: bool) -> None:
    click.echo(json.dumps(answer) if as_json else text)
