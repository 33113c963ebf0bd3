"""The TLS key of a node and its renewal: a new key is made on the node and counts once its certificate is installed."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from common.crypto.signing import SigningKey
from common.documents import sign_document
from common.errors import ConfigError
from common.net.files import write_atomic, write_private

KEYS: Final = "keys"
TLS_KEY: Final = "tls.key"
NEXT_TLS_KEY: Final = "tls.key.next"
CERTIFICATE: Final = "tls.pem"
RENEWAL_KIND: Final = "renewal-request"
RENEWAL_NAME: Final = "renewal-request.json"


def make_tls_key(path: Path, name: str) -> str:
    """Make a P-256 key in a file of mode 0600; gives a certificate request for it, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    form = serialization.PrivateFormat.PKCS8
    write_private(path, key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    return _certificate_request(path, name)


def create_renewal(folder: Path) -> dict[str, Any]:
    """Make a new TLS key and ``renewal-request.json``; the node goes on with the old one until a kit is installed.

    Until then another request is one for the same new key, so that whichever is answered fits.

    Raises:
        ConfigError: the folder was not initialised.
    """
    request = read_request(folder)
    try:
        signing = SigningKey.from_bytes((folder / KEYS / "identity.key").read_bytes())
    except OSError as error:
        raise ConfigError(f"Cannot read the keys in {folder}: {error}") from error
    following, name = folder / KEYS / NEXT_TLS_KEY, str(request["name"])
    body = {
        "role": str(request["role"]),
        "name": name,
        "csr": _certificate_request(following, name) if following.exists() else make_tls_key(following, name),
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    document = sign_document(RENEWAL_KIND, body, signing)
    write_atomic(folder / RENEWAL_NAME, json.dumps(document, indent=1).encode())
    return document


def require_key(keys: Path, certificate: bytes) -> None:
    """Raises:
    ConfigError: neither the TLS key in use nor the next one fits the certificate.
    """
    if not any(_fits(keys / name, certificate) for name in (TLS_KEY, NEXT_TLS_KEY)):
        raise ConfigError("The certificate in the kit does not fit the key in this folder.")


def settle_tls_key(folder: Path) -> None:
    """Put the next TLS key in place if the installed certificate belongs to it; it may be called at any time."""
    following = folder / KEYS / NEXT_TLS_KEY
    if following.exists() and _fits(following, (folder / CERTIFICATE).read_bytes()):
        os.replace(following, folder / KEYS / TLS_KEY)
        (folder / RENEWAL_NAME).unlink(missing_ok=True)


def read_request(folder: Path) -> dict[str, Any]:
    """The body of the join request this node made.

    Raises:
        ConfigError: there is none.
    """
    try:
        body = json.loads((folder / "join-request.json").read_text(encoding="utf-8"))["body"]
        if not isinstance(body, dict):
            raise ValueError("not a request")
        return body
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{folder} was not initialised; run init first.") from error


def _certificate_request(path: Path, name: str) -> str:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError) as error:
        raise ConfigError(f"Cannot read the key {path.name} of this node: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ConfigError(f"The key {path.name} of this node is of another kind.")
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()


def _fits(key: Path, certificate: bytes) -> bool:
    if not key.exists():
        return False
    try:
        private = serialization.load_pem_private_key(key.read_bytes(), None)
        return x509.load_pem_x509_certificate(certificate).public_key() == private.public_key()
    except (OSError, ValueError) as error:
        raise ConfigError(f"Cannot read the key or certificate of this node: {error}") from error
