"""Checks upload_v2.json with a second, slow and obvious implementation that shares no code with the product.

Run it: ``python -m tests.vectors.verify.datasets.upload_v2``.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

VECTORS = Path(__file__).resolve().parents[2] / "upload_v2.json"
FIELDS = ("visibility", "shared_with", "tags", "description", "class_counts", "enabled")


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(value: object) -> str:
    return hashlib.sha256(b"imguard/digest/v1\x00" + canonical(value)).hexdigest()


def check_documents(vector: dict[str, Any]) -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(vector["seed"]))
    domain = b"imguard/document/v1"
    for case in vector["documents"]:
        document = case["document"]
        assert set(document) == {"kind", "body", "signer", "signature"}
        assert document["signer"] == key.public_key().public_bytes_raw().hex()
        message = canonical({"kind": document["kind"], "body": document["body"]})
        assert document["signature"] == key.sign(len(domain).to_bytes(2, "big") + domain + message).hex()
        assert case["digest"] == digest(document)


def check_settings(vector: dict[str, Any]) -> None:
    kept = [case["document"]["body"] for case in vector["documents"] if case["document"]["kind"] == "dataset-settings"]
    for body in kept:
        assert set(body) == {"dataset", "version", "time", *FIELDS}
        assert (body["visibility"] == "shared") == bool(body["shared_with"])
    assert [body["version"] for body in kept] == sorted({body["version"] for body in kept})
    before = {**vector["manifest"], "class_counts": None, "enabled": True}
    changes = [
        {"field": name, "before": before[name], "after": kept[-1][name]}
        for name in FIELDS
        if before[name] != kept[-1][name]
    ]
    assert vector["changes"] == changes


def check_deletion(vector: dict[str, Any]) -> None:
    [body] = [case["document"]["body"] for case in vector["documents"] if case["document"]["kind"] == "dataset-delete"]
    assert set(body) == {"dataset", "node_time", "stop_jobs", "reason"} and body["stop_jobs"] is True
    words = vector["reason"]
    assert body["reason"] == digest({"reason": words["text"], "salt": words["salt"]})
    assert words["text"] not in json.dumps(body)


CHECKS = (check_documents, check_settings, check_deletion)


def main() -> None:
    vector = json.loads(VECTORS.read_text(encoding="utf-8"))
    for check in CHECKS:
        check(vector)
    print(f"{VECTORS.name}: the second implementation agrees")


if __name__ == "__main__":
    main()
