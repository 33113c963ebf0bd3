"""`imguard provision` and `imguard deployment`: set up a deployment, let it grow, and take its newer description."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from common.crypto.rng import SystemRandom
from common.deployment.kit import DEPLOYMENT_NAME, MANIFEST_NAME, read_kit, require_successor
from common.errors import UsageError
from common.net.files import write_atomic
from desktop_client.cli.context import Session, emit, json_option
from desktop_client.provision.issued import AUTHORITY, KITS
from desktop_client.provision.kit import read_document, read_request, write_kit
from desktop_client.provision.office import Office

_PASSWORD = "IMGUARD_CA_PASSWORD"
_file = click.Path(exists=True, dir_okay=False, path_type=Path)
_office_option = click.option(
    "--dir",
    "folder",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder that `imguard provision new` made, with the authority in it.",
)


@click.group("provision")
def provision_group() -> None:
    """Make the authority and the kits of a deployment, and let it grow; keys of nodes and people stay where they are.

    \b
    Example:
      imguard provision new --out office a/join-request.json b/join-request.json log/join-request.json
      imguard provision organisation --dir office "North Hospital"
    """


@provision_group.command("new")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="New folder for authority and kits.")
@click.option("--name", default="imageguard", show_default=True, help="Name of the deployment.")
@click.option("--lock", is_flag=True, help="Lock the authority's key with a password.")
@click.argument("requests", nargs=-1, required=True, type=_file)
@json_option
@click.pass_obj
def new(session: Session, out: Path, name: str, lock: bool, requests: tuple[Path, ...], as_json: bool) -> None:
    """Make the authority and sign the join requests of node A, node B, the log node and perhaps a helper.

    Before you run it, compare each request with its operator by telephone or in person. Afterwards OUT/ca stays with
    you, off line if you can; OUT/kits holds a kit for each operator. None of the kits is secret. With --lock the
    password is asked for, or taken from IMGUARD_CA_PASSWORD.

    \b
    Example:
      imguard provision new --out office a/join-request.json b/join-request.json log/join-request.json
      imguard provision new --out office --lock --name hospitals a.json b.json log.json helper.json
    """
    found = [read_request(path) for path in requests]
    kit = write_kit(out, name, found, SystemRandom(), _password(is_new=True) if lock else None)
    value = {
        "fingerprint": kit.deployment.fingerprint,
        "deployment": str(out / DEPLOYMENT_NAME),
        "kits": {role: str(out / KITS / role) for role in kit.deployment.roles},
    }
    lines = [
        f"authority    {out / AUTHORITY}: keep it to yourself",
        f"fingerprint  {kit.deployment.fingerprint}",
        *(f"kit of {role:<6} {out / KITS / role}" for role in kit.deployment.roles),
        "Next: give each operator their kit; its README.md says how it is installed.",
        f"For the people of an organisation: imguard provision organisation --dir {out} NAME",
    ]
    emit(value, as_json, "\n".join(lines))


@provision_group.command("organisation")
@_office_option
@click.argument("name")
@json_option
@click.pass_obj
def organisation(session: Session, folder: Path, name: str, as_json: bool) -> None:
    """Make the kit for the people of an organisation. Nothing else changes.

    \b
    Example:
      imguard provision organisation --dir office "North Hospital"
    """
    office = _open(folder)
    kit = office.add_organisation(name)
    fingerprint = office.issued.deployment.fingerprint
    text = f"kit of {name}: {kit}\nfingerprint  {fingerprint}\nIts README.md says how people register."
    emit({"kit": str(kit), "fingerprint": fingerprint}, as_json, text)


@provision_group.command("helper")
@_office_option
@click.argument("request", type=_file)
@json_option
@click.pass_obj
def helper(session: Session, folder: Path, request: Path, as_json: bool) -> None:
    """Take a helper into the deployment. Every node and everybody's client needs the new description.

    \b
    Example:
      imguard provision helper --dir office helper/join-request.json
    """
    deployment = _open(folder).add_helper(read_request(request))
    kits = {role: str(folder / KITS / role) for role in deployment.roles}
    lines = [
        f"new fingerprint  {deployment.fingerprint}",
        "Next: every operator stops the node, runs init --kit with the new kit and starts the node again;",
        "everybody runs `imguard deployment update KIT` with the kit of their organisation.",
        *(f"kit of {role:<6} {path}" for role, path in kits.items()),
    ]
    emit({"fingerprint": deployment.fingerprint, "kits": kits}, as_json, "\n".join(lines))


@provision_group.command("renew")
@_office_option
@click.argument("request", type=_file)
@json_option
@click.pass_obj
def renew(session: Session, folder: Path, request: Path, as_json: bool) -> None:
    """Sign a new certificate for a node that made a renewal request. No other kit changes.

    \b
    Example:
      imguard provision renew --dir office a/renewal-request.json
    """
    kit = _open(folder).renew(read_document(request))
    lines = [f"kit  {kit}", "Next: the operator runs init --kit with it and starts the node again."]
    emit({"kit": str(kit)}, as_json, "\n".join(lines))


@click.group("deployment")
def deployment_group() -> None:
    """The description of the deployment that this profile belongs to.

    \b
    Example:
      imguard deployment show
    """


@deployment_group.command("show")
@json_option
@click.pass_obj
def show(session: Session, as_json: bool) -> None:
    """Name, fingerprint and nodes.

    \b
    Example:
      imguard deployment show --json
    """
    deployment = session.profile.deployment()
    nodes = [deployment.node(role) for role in deployment.roles]
    addresses = {node.role: node.url or f"{node.link_host}:{node.link_port}" for node in nodes}
    value: dict[str, Any] = {
        "name": deployment.name,
        "fingerprint": deployment.fingerprint,
        "nodes": {node.role: {"name": node.name, "address": addresses[node.role]} for node in nodes},
    }
    lines = [f"deployment   {deployment.name}", f"fingerprint  {deployment.fingerprint}"]
    lines += [f"{node.role:<12} {node.name}  {addresses[node.role]}" for node in nodes]
    emit(value, as_json, "\n".join(lines))


@deployment_group.command("update")
@click.argument("kit", type=click.Path(exists=True, file_okay=False, path_type=Path))
@json_option
@click.pass_obj
def update(session: Session, kit: Path, as_json: bool) -> None:
    """Take the description in a newer kit; it must be signed by the authority this profile trusts already.

    \b
    Example:
      imguard deployment update north-hospital-kit
    """
    profile = session.profile
    profile.deployment()
    found = read_kit(kit)
    require_successor(found, profile.root)
    write_atomic(profile.deployment_path, (kit / DEPLOYMENT_NAME).read_bytes())
    write_atomic(profile.root / MANIFEST_NAME, (kit / MANIFEST_NAME).read_bytes())
    fingerprint = found.deployment.fingerprint
    emit({"fingerprint": fingerprint}, as_json, f"fingerprint  {fingerprint}")


def _open(folder: Path) -> Office:
    key = folder / AUTHORITY / "ca.key"
    is_locked = key.exists() and b"ENCRYPTED" in key.read_bytes()
    return Office.open(folder, _password() if is_locked else None)


def _password(is_new: bool = False) -> str:
    """Of the authority's key, from IMGUARD_CA_PASSWORD or a prompt that shows nothing.

    Raises:
        UsageError: neither is there.
    """
    given = os.environ.get(_PASSWORD)
    if given:
        return given
    if not sys.stdin.isatty():
        raise UsageError(f"There is no terminal to ask for the authority's password; set {_PASSWORD}.")
    return str(click.prompt("Password of the authority", hide_input=True, confirmation_prompt=is_new, err=True))
