"""Checks decisions_v4.json with a second, slow and obvious implementation that shares no code with the product.

Run it: ``python -m tests.vectors.verify.project.decisions_v4``.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

VECTORS = Path(__file__).resolve().parents[2] / "decisions_v4.json"
DOMAIN = b"imguard/document/v1"


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(value: object) -> str:
    return hashlib.sha256(b"imguard/digest/v1\x00" + canonical(value)).hexdigest()


def check_documents(vector: dict[str, Any]) -> None:
    """Signatures over kind and body; the forms of the bodies; what they name."""
    before, after, granted, declined, withdrawn, archived, draft = vector["documents"]
    for document in vector["documents"]:
        message = canonical({"kind": document["kind"], "body": document["body"]})
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(document["signer"]))
        key.verify(bytes.fromhex(document["signature"]), len(DOMAIN).to_bytes(2, "big") + DOMAIN + message)
    hashes = [digest(before["body"]), digest(after["body"])]
    assert vector["hashes"] == hashes
    assert (before["body"]["id"], before["body"]["revision"] + 1) == (after["body"]["id"], after["body"]["revision"])
    for document in (granted, declined, withdrawn):
        assert document["body"]["project_hash"] == hashes[1]
        assert document["body"]["reason"] in ("", vector["reason"]["digest"])
    names = {"project_hash", "dataset", "decision", "reason", "expires", "time"}
    assert set(granted["body"]) == set(declined["body"]) == names
    assert set(withdrawn["body"]) == names - {"decision", "expires"}
    assert (granted["body"]["decision"], declined["body"]["decision"]) == ("granted", "declined")
    assert declined["body"]["expires"] is None and granted["body"]["expires"] > granted["body"]["time"]
    assert set(archived["body"]) == {"project", "archived", "reason", "time"}
    assert set(draft["body"]) == {"id", "version", "name", "members", "content", "time"}


def check_reason(vector: dict[str, Any]) -> None:
    reason = vector["reason"]
    assert reason["digest"] == digest({"reason": reason["text"], "salt": reason["salt"]})


def check_changes(vector: dict[str, Any]) -> None:
    """Every difference is named once, nothing else is, and the values are those of the two bodies."""
    old, new = (flat(document["body"]) for document in vector["documents"][:2])
    wanted = {name for name in {*old, *new} if old.get(name) != new.get(name)}
    wanted -= {name for name in wanted if name.startswith("keys.") and not (name in old and name in new)}
    found = {change["field"]: (change["before"], change["after"]) for change in vector["changes"]}
    assert len(found) == len(vector["changes"])
    assert found == {name: (old.get(name), new.get(name)) for name in wanted}


def flat(body: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for member in body["members"]:
        found["members." + member["user"]] = member["role"]
        found["keys." + member["user"]] = [member["verify_key"], member["seal_key"]]
    found |= {"recipients." + name: True for name in body["recipients"]}
    found |= {"testers." + name: True for name in body["testers"]}
    found |= {"datasets." + entry["id"]: entry["owner"] for entry in body["datasets"]}
    for name in set(body) - {"members", "recipients", "testers", "datasets", "revision"}:
        inside = body[name]
        found |= (
            {f"{name}.{key}": value for key, value in inside.items()} if isinstance(inside, dict) else {name: inside}
        )
    return found


def main() -> None:
    vector = json.loads(VECTORS.read_text(encoding="utf-8"))
    for check in (check_documents, check_reason, check_changes):
        check(vector)
    print(f"{VECTORS.name}: second implementation agrees")


if __name__ == "__main__":
    main()
