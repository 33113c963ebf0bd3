"""A node's own keys: made on its host, never sent; only a signed request leaves and only a certificate comes back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from common.crypto.rng import RandomSource
from common.crypto.sealing import SealingKey
from common.crypto.signing import SigningKey
from common.deployment import Deployment
from common.documents import sign_document
from common.errors import ConfigError, Conflict
from common.net.files import write_atomic, write_private

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
    keys = folder / "keys"
    if keys.exists():
        raise Conflict(f"{folder} has keys already; use another folder or remove it first.")
    keys.mkdir(parents=True, mode=0o700)
    signing, sealing = SigningKey.generate(rng), SealingKey.generate(rng)
    write_private(keys / "identity.key", signing.to_bytes())
    write_private(keys / "sealing.key", sealing.to_bytes())
    write_private(keys / "storage.key", rng.token(32))
    tls = ec.generate_private_key(ec.SECP256R1())
    pem = tls.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_private(keys / "tls.key", pem)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    csr = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(tls, hashes.SHA256())
    body = {
        "role": role,
        "name": name,
        "url": address.url,
        "link_host": address.link_host,
        "link_port": address.link_port,
        "verify_key": signing.verify_key,
        "seal_key": sealing.public,
        "csr": csr.public_bytes(serialization.Encoding.PEM).decode(),
    }
    request = sign_document(REQUEST_KIND, body, signing)
    write_atomic(folder / "join-request.json", json.dumps(request, indent=1).encode())
    return request


def install_kit(folder: Path, kit: Path) -> Deployment:
    """Copy the deployment description and this node's certificate into ``folder`` after checking that they fit.

    Raises:
        ConfigError: no keys here yet, or the kit was made for other keys.
    """
    request = _read_request(folder)
    role = str(request["role"])
    deployment = Deployment.load(kit / "deployment.json")
    if deployment.node(role).verify_key != request["verify_key"]:
        raise ConfigError("This kit was made for another node: its key is not the one in this folder.")
    try:
        pem = (kit / f"{role}.pem").read_bytes()
        certificate = x509.load_pem_x509_certificate(pem)
        key = serialization.load_pem_private_key((folder / "keys" / "tls.key").read_bytes(), None)
    except (OSError, ValueError) as error:
        raise ConfigError(f"Cannot read the kit: {error}") from error
    if certificate.public_key() != key.public_key():
        raise ConfigError("The certificate in the kit does not fit the key in this folder.")
    write_atomic(folder / "tls.pem", pem)
    write_atomic(folder / "deployment.json", (kit / "deployment.json").read_bytes())
    return deployment


def load_node_identity(folder: Path) -> NodeIdentity:
    """Raises:
    ConfigError: the folder was not initialised, or has no kit installed.
    """
    request = _read_request(folder)
    if not (folder / "tls.pem").exists():
        raise ConfigError(f"{folder} has no certificate yet; run init with --kit first.")
    keys = folder / "keys"
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
        cert_path=folder / "tls.pem",
        key_path=keys / "tls.key",
    )


def _read_request(folder: Path) -> dict[str, Any]:
    try:
        body = json.loads((folder / "join-request.json").read_text(encoding="utf-8"))["body"]
        if not isinstance(body, dict):
            raise ValueError("not a request")
        return body
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{folder} was not initialised; run init first.") from error
