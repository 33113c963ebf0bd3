"""Checks model_v1.json with a second, slow and obvious implementation that shares no code with the product.

Run it: ``python -m tests.vectors.verify.model_v1``.
"""

from __future__ import annotations

import hashlib
import json
import struct
from pathlib import Path
from typing import Any

from nacl.public import PrivateKey, SealedBox

VECTORS = Path(__file__).resolve().parents[1] / "model_v1.json"
TAG = b"imguard/model-seal/v1"


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def read_share(raw: bytes, code: str) -> tuple[dict[str, Any], list[Any]]:
    """Header and all elements; the bytes end with the last one."""
    length = int.from_bytes(raw[:4], "little")
    text = raw[4 : 4 + length]
    header: dict[str, Any] = json.loads(text)
    assert canonical(header) == text
    count = 0
    for entry in header["tensors"]:
        size = 1
        for side in entry["shape"]:
            size *= side
        count += size
    return header, list(struct.unpack(f"<{count}{code}", raw[4 + length :]))


def check_seals(vector: dict[str, Any]) -> None:
    box = SealedBox(PrivateKey(bytes.fromhex(vector["recipient_secret"])))
    for party in "ab":
        framed = box.decrypt(bytes.fromhex(vector[f"sealed_{party}"]))
        assert framed == len(TAG).to_bytes(2, "big") + TAG + bytes.fromhex(vector[f"plain_{party}"])


def check_headers(vector: dict[str, Any]) -> None:
    expected = hashlib.sha256(b"imguard/digest/v1\x00" + canonical(vector["specification"])).hexdigest()
    headers = [read_share(bytes.fromhex(vector[f"plain_{party}"]), "q")[0] for party in "ab"]
    for header, party in zip(headers, "ab", strict=True):
        assert header.pop("party") == party
        assert header["version"] == 1 and header["project_hash"] == expected
    assert headers[0] == headers[1]


def check_model(vector: dict[str, Any]) -> None:
    """The model is the sum of the shares mod 2^64, as signed numbers over 2^16."""
    header, first = read_share(bytes.fromhex(vector["plain_a"]), "q")
    _, second = read_share(bytes.fromhex(vector["plain_b"]), "q")
    sums = [(a + b + (1 << 63)) % (1 << 64) - (1 << 63) for a, b in zip(first, second, strict=True)]
    values = [total / 65536 for total in sums]
    found = [value for name in vector["tensors"] for row in vector["tensors"][name] for value in row]
    assert found == values
    assert list(vector["tensors"]) == [entry["name"] for entry in header["tensors"]]
    model_header, model_values = read_share(bytes.fromhex(vector["model_file"]), "d")
    assert model_values == values
    assert model_header == {name: value for name, value in header.items() if name != "party"}


def check_checkpoint(vector: dict[str, Any]) -> None:
    raw = bytes.fromhex(vector["checkpoint_file"])
    body, digest = raw[:-32], raw[-32:]
    assert hashlib.sha256(body).digest() == digest
    assert digest.hex() == vector["checkpoint_hash"]
    header, values = read_share(body, "q")
    assert vector["checkpoint_name"] == f"checkpoint-{header['epochs_done']:05d}"
    assert set(header) == {"version", "job", "epochs_done", "seed", "tensors"}
    assert [entry["group"] for entry in header["tensors"]] == ["weights", "weights", "velocity", "velocity"]
    share, elements = read_share(bytes.fromhex(vector["plain_a"]), "q")
    assert [{"name": e["name"], "shape": e["shape"]} for e in header["tensors"][:2]] == share["tensors"]
    assert values[: len(elements)] == elements


def main() -> None:
    vector = json.loads(VECTORS.read_text(encoding="utf-8"))
    for check in (check_seals, check_headers, check_model, check_checkpoint):
        check(vector)
    print(f"{VECTORS.name}: second implementation agrees")


if __name__ == "__main__":
    main()
