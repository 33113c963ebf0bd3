"""A node's own keys: made on its host, never sent; only a signed request leaves and only a certificate comes back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.crypto.rng import RandomSource
from common.crypto.sealing import SealingKey
from common.crypto.signing import SigningKey
from common.deployment import Deployment
from common.deployment.kit import MANIFEST_NAME, read_kit, require_successor
from common.documents import sign_document
from common.errors import ConfigError, Conflict
from common.net.files import write_atomic, write_private
from common.net.renewal import CERTIFICATE, KEYS, TLS_KEY, make_tls_key, read_request, require_key, settle_tls_key

REQUEST_KIND = "join-request"


@dataclass(frozen=True)
class NodeIdentity:
    """Everything a running node is: keys, certificate files and the deployment it belongs to."""

    name: str
    role: str
    signing: SigningKey
    sealing: SealingKey
    storage_key: bytes
    deployment: Deployment
    cert_path: Path
    key_path: Path

    @property
    def ca_pem(self) -> str:
        return self.deployment.ca_pem


@dataclass(frozen=True)
class NodeAddress:
    """Where a node will answer: a server with both, the log node by its url, a helper by its link."""

    url: str
    link_host: str = ""
    link_port: int = 0


def create_node_keys(
    folder: Path, role: str, name: str, address: NodeAddress, rng: RandomSource
) -> dict[str, Any]:
    """Make keys under ``folder/keys`` and write ``folder/join-request.json``; returns the request document.

    Raises:
        Conflict: the folder has keys already; they are never overwritten.
    """
    keys = folder / KEYS
    if keys.exists():
        raise Conflict(f"{folder} has keys already; use another folder or remove it first.")
    keys.mkdir(parents=True, mode=0o700)
    signing, sealing = SigningKey.generate(rng), SealingKey.generate(rng)
    write_private(keys / "identity.key", signing.to_bytes())
    write_private(keys / "sealing.key", sealing.to_bytes())
    write_private(keys / "storage.key", rng.token(32))
    csr = make_tls_key(keys / TLS_KEY, name)
    body = {
        "role": role,
        "name": name,
        "url": address.url,
        "link_host": address.link_host,
        "link_port": address.link_port,
        "verify_key": signing.verify_key,
        "seal_key": sealing.public,
        "csr": csr,
    }
    request = sign_document(REQUEST_KIND, body, signing)
    write_atomic(folder / "join-request.json", json.dumps(request, indent=1).encode())
    return request


def install_kit(folder: Path, kit: Path) -> Deployment:
    """Check a kit and copy the deployment description and this node's certificate into ``folder``; again does no harm.

    Raises:
        ConfigError: no keys here yet, or the kit was made for other keys or another deployment.
        BadSignature: the kit is not as the authority of its deployment signed it.
        Conflict: a newer kit is installed.
    """
    request = read_request(folder)
    role = str(request["role"])
    manifest = read_kit(kit)
    if manifest.deployment.node(role).verify_key != request["verify_key"]:
        raise ConfigError("This kit was made for another node: its key is not the one in this folder.")
    require_successor(manifest, folder)
    if f"{role}.pem" not in manifest.files:
        raise ConfigError("The kit holds no certificate for this node.")
    pem = (kit / f"{role}.pem").read_bytes()
    require_key(folder / KEYS, pem)
    # The certificate first: whatever stops this, the key that fits it is found.
    write_atomic(folder / CERTIFICATE, pem)
    settle_tls_key(folder)
    write_atomic(folder / "deployment.json", (kit / "deployment.json").read_bytes())
    write_atomic(folder / MANIFEST_NAME, (kit / MANIFEST_NAME).read_bytes())
    return manifest.deployment


def load_node_identity(folder: Path) -> NodeIdentity:
    """Raises:
    ConfigError: the folder was not initialised, or has no kit installed.
    """
    request = read_request(folder)
    if not (folder / CERTIFICATE).exists():
        raise ConfigError(f"{folder} has no certificate yet; run init with --kit first.")
    settle_tls_key(folder)
    keys = folder / KEYS
    try:
        signing = SigningKey.from_bytes((keys / "identity.key").read_bytes())
        sealing = SealingKey.from_bytes((keys / "sealing.key").read_bytes())
        storage_key = (keys / "storage.key").read_bytes()
    except OSError as error:
        raise ConfigError(f"Cannot read the keys in {folder}: {error}") from error
    return NodeIdentity(
        name=str(request["name"]),
        role=str(request["role"]),
        signing=signing,
        sealing=sealing,
        storage_key=storage_key,
        deployment=Deployment.load(folder / "deployment.json"),
        cert_path=folder / CERTIFICATE,
        key_path=keys / TLS_KEY,
    )
