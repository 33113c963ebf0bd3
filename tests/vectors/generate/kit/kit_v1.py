"""Makes kit_v1.json from the product's own code.

Run it: ``python -m tests.vectors.generate.kit.kit_v1 > tests/vectors/kit_v1.json``;
``tests/vectors/verify/kit/kit_v1.py`` checks it with a second implementation. The signature is the deterministic one of
RFC 6979, so that the file is the same each time; the product draws its own.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from common.crypto.sealing import SealingKey
from common.crypto.signing import SigningKey
from common.deployment.description import Deployment
from common.deployment.kit import kit_body, signed_bytes
from desktop_client.provision.packing import deployment_bytes

KEY = ec.derive_private_key(0x1234567890ABCDEF, ec.SECP256R1())
START = datetime(2026, 1, 1, tzinfo=UTC)
TIME = "2026-01-31T12:00:00Z"


def _authority() -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ImageGuard vectors")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(KEY.public_key())
    builder = builder.serial_number(1).not_valid_before(START).not_valid_after(START + timedelta(days=825))
    signed = builder.sign(KEY, hashes.SHA256(), ecdsa_deterministic=True)
    return signed.public_bytes(serialization.Encoding.PEM).decode()


def _node(number: int, role: str) -> dict[str, Any]:
    verify_key = SigningKey.from_bytes(bytes([number]) * 32).verify_key
    node: dict[str, Any] = {"name": f"node-{role}", "verify_key": verify_key, "url": f"https://{role}.example:9001"}
    if role != "log":
        seal_key = SealingKey.from_bytes(bytes([number]) * 32).public
        node |= {"link_host": f"{role}.example", "link_port": 9101, "seal_key": seal_key}
    return node


def vectors() -> dict[str, Any]:
    """Everything that stands in the file."""
    nodes = {role: _node(number, role) for number, role in enumerate(("a", "b", "log"), start=1)}
    body = {"version": 2, "name": "vectors", "created": "2026-01-01T00:00:00Z", "ca": _authority(), "nodes": nodes}
    deployment = Deployment.from_json(body)
    files = {"deployment.json": deployment_bytes(deployment), "README.md": "für alle\n".encode()}
    kits = []
    for serial, recipient in ((1, "*"), (2, "node:a"), (2, "organisation:St. Mary's Hospital (Nord-Süd)")):
        unsigned = kit_body(deployment, recipient, serial, TIME, files)
        message = signed_bytes(unsigned)
        signature = KEY.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        kits.append({"kit.json": {**unsigned, "signature": signature.hex()}, "signed": message.hex()})
    numbers = KEY.public_key().public_numbers()
    return {
        "authority": {"x": f"{numbers.x:064x}", "y": f"{numbers.y:064x}"},
        "fingerprint": deployment.fingerprint,
        "files": {name: data.decode() for name, data in files.items()},
        "kits": kits,
    }


def main() -> None:
    json.dump(vectors(), sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
