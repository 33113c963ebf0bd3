"""A kit: what whoever provisions hands to one node or organisation, and ``kit.json``, signed by the deployment's CA.

The signature binds every file to the authority named in ``deployment.json``; that this is the right authority, people
find out by comparing fingerprints, once. Later kits must come from the same authority and be newer.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from common.crypto import domains
from common.deployment.description import Deployment
from common.documents import canonical
from common.errors import BadSignature, ConfigError, Conflict

MANIFEST_NAME: Final = "kit.json"
DEPLOYMENT_NAME: Final = "deployment.json"
EVERYBODY: Final = "*"
MAX_BYTES: Final = 64 * 1024
MAX_FILE: Final = 1 << 20
MAX_FILES: Final = 32
_FIELDS: Final = frozenset({"version", "deployment", "recipient", "serial", "issued", "files", "signature"})
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,63}")
_RECIPIENT: Final = re.compile(r"\*|node:[a-z]{1,16}|organisation:.{1,100}")
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_SIGNATURE: Final = re.compile(r"[0-9a-f]{16,160}")
_ISSUED: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass(frozen=True)
class KitManifest:
    """A checked ``kit.json``: whom the kit is for, its number, and the SHA-256 of each of its files."""

    deployment: Deployment
    recipient: str
    serial: int
    issued: str
    files: Mapping[str, str]


def recipient_node(role: str) -> str:
    """The recipient of the kit of a node."""
    return f"node:{role}"


def kit_body(deployment: Deployment, recipient: str, serial: int, issued: str, files: Mapping[str, bytes]) -> Any:
    """What is signed: everything of ``kit.json`` but the signature."""
    return {
        "version": 1,
        "deployment": deployment.fingerprint,
        "recipient": recipient,
        "serial": serial,
        "issued": issued,
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())},
    }


def signed_bytes(body: Mapping[str, Any]) -> bytes:
    """The bytes under the signature, ECDSA with P-256 and SHA-256 by the key of the authority."""
    return domains.KIT_V1.encode() + b"\x00" + canonical(dict(body))


def read_kit(folder: Path) -> KitManifest:
    """Check a kit completely: its form, its signature and every file in it.

    Raises:
        ConfigError: unreadable, or not of the form of a kit.
        BadSignature: not signed by the authority of its own deployment, or a file is not the one that was signed for.
    """
    signed = _read_manifest(folder)
    body = {name: value for name, value in signed.items() if name != "signature"}
    for name, wanted in body["files"].items():
        found = hashlib.sha256(_read(folder / name, MAX_FILE)).hexdigest()
        if not hmac.compare_digest(found, wanted):
            raise BadSignature(f"The file {name} of the kit is not the one that was signed for.")
    deployment = Deployment.load(folder / DEPLOYMENT_NAME)
    if not hmac.compare_digest(str(body["deployment"]), deployment.fingerprint):
        raise BadSignature("The kit was signed for another deployment description than the one in it.")
    _verify(deployment, body, str(signed["signature"]))
    return KitManifest(deployment, body["recipient"], body["serial"], body["issued"], body["files"])


def require_successor(new: KitManifest, installed: Path) -> None:
    """A kit may replace what is installed in a folder only if it is of the same authority and not older.

    Raises:
        ConfigError: it is of another deployment.
        Conflict: it is older.
    """
    description = installed / DEPLOYMENT_NAME
    if not description.exists():
        return
    old = Deployment.load(description)
    if old.ca_pem != new.deployment.ca_pem:
        raise ConfigError("This kit is of another deployment than the one that is installed here.")
    serial = installed_serial(installed)
    if new.serial < serial:
        raise Conflict(f"This kit (number {new.serial}) is older than the one that is installed (number {serial}).")


def installed_serial(folder: Path) -> int:
    """The number of the kit that was installed last in a folder; 0 where there was none.

    Raises:
        ConfigError: ``kit.json`` there is damaged.
    """
    return int(_read_manifest(folder)["serial"]) if (folder / MANIFEST_NAME).exists() else 0


def _verify(deployment: Deployment, body: Mapping[str, Any], signature: str) -> None:
    try:
        key = x509.load_pem_x509_certificate(deployment.ca_pem.encode()).public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise ValueError("another kind of key")
        key.verify(bytes.fromhex(signature), signed_bytes(body), ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError) as error:
        raise BadSignature("The kit was not signed by the authority of its deployment.") from error


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads(_read(folder / MANIFEST_NAME, MAX_BYTES))
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{MANIFEST_NAME} of the kit cannot be read.") from error
    if not isinstance(found, dict) or set(found) != _FIELDS or found["version"] != 1:
        raise ConfigError(f"{MANIFEST_NAME} is not the list of a kit of version 1.")
    texts = (("deployment", _HASH), ("recipient", _RECIPIENT), ("issued", _ISSUED), ("signature", _SIGNATURE))
    if not all(isinstance(found[name], str) and form.fullmatch(found[name]) for name, form in texts):
        raise ConfigError(f"{MANIFEST_NAME} of the kit has a field of the wrong form.")
    if type(found["serial"]) is not int or not 1 <= found["serial"] < 1 << 31 or not _are_files(found["files"]):
        raise ConfigError(f"{MANIFEST_NAME} of the kit has a field of the wrong form.")
    return found


def _are_files(value: object) -> bool:
    if not isinstance(value, dict) or not 1 <= len(value) <= MAX_FILES or DEPLOYMENT_NAME not in value:
        return False
    return all(_NAME.fullmatch(name) and isinstance(h, str) and _HASH.fullmatch(h) for name, h in value.items())


def _read(path: Path, limit: int) -> bytes:
    try:
        if path.stat().st_size > limit:
            raise ConfigError(f"{path.name} of the kit is too large.")
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"Cannot read {path.name} of the kit: {error.strerror}.") from error
