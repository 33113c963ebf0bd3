"""Kits on disk: a folder of files with a list of them that the authority signed; written whole or not at all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from common.deployment import HELPER, Deployment
from common.deployment.kit import DEPLOYMENT_NAME, EVERYBODY, MANIFEST_NAME, kit_body, recipient_node, signed_bytes
from common.net.files import write_atomic
from common.system.permissions import sync_folder
from desktop_client.provision import texts
from desktop_client.provision.authority import Authority

README: Final = "README.md"
_SETTINGS: Final = "settings.example.toml"
_FINGERPRINTS: Final = "fingerprints.txt"
_DEFAULT_PORT: Final = 443


@dataclass(frozen=True)
class Issue:
    """What all kits of one turn have in common."""

    authority: Authority
    deployment: Deployment
    serial: int
    time: str


def deployment_bytes(deployment: Deployment) -> bytes:
    """``deployment.json`` as it is in every kit."""
    return json.dumps(deployment.body, indent=1).encode()


def certificate_name(role: str) -> str:
    """File name of a node's certificate."""
    return f"{role}.pem"


def pack_node(issue: Issue, role: str, certificate: bytes) -> dict[str, bytes]:
    """The files of the kit of a node."""
    node = issue.deployment.node(role)
    port = node.link_port if role == HELPER else urlsplit(node.url).port or _DEFAULT_PORT
    files = {
        DEPLOYMENT_NAME: deployment_bytes(issue.deployment),
        certificate_name(role): certificate,
        _SETTINGS: texts.settings_template(role, port).encode(),
        _FINGERPRINTS: texts.fingerprints(issue.deployment).encode(),
        README: texts.node_steps(issue.deployment, role).encode(),
    }
    return _signed(issue, recipient_node(role), files)


def pack_organisation(issue: Issue, name: str) -> dict[str, bytes]:
    """The files of the kit of an organisation."""
    files = {
        DEPLOYMENT_NAME: deployment_bytes(issue.deployment),
        _FINGERPRINTS: texts.fingerprints(issue.deployment).encode(),
        README: texts.organisation_steps(issue.deployment, name).encode(),
    }
    return _signed(issue, f"organisation:{name}", files)


def pack_all(issue: Issue, certificates: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of the kit that every node can be installed from."""
    named = {certificate_name(role): pem for role, pem in certificates.items()}
    return _signed(issue, EVERYBODY, {DEPLOYMENT_NAME: deployment_bytes(issue.deployment), **named})


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a kit beside its place, then put it there; an older one is replaced."""
    beside = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        beside.mkdir(parents=True)
        for name, data in files.items():
            write_atomic(beside / name, data)
        # A kit that is replaced can be made again, so there may be a moment without it.
        shutil.rmtree(folder, ignore_errors=True)
        beside.rename(folder)
        sync_folder(folder.parent)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def _signed(issue: Issue, recipient: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    body = kit_body(issue.deployment, recipient, issue.serial, issue.time, files)
    manifest = {**body, "signature": issue.authority.sign(signed_bytes(body)).hex()}
    return {**files, MANIFEST_NAME: json.dumps(manifest, indent=1).encode()}
