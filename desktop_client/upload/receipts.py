"""Receipts: a server's signed word that it holds every chunk of a data set, kept in the profile."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from common.deployment import NodeEntry
from common.documents import digest, verify_document
from common.errors import BadSignature, StoreDamaged
from common.ids import Party
from common.net.files import write_atomic
from common.sharing.manifest import Manifest

RECEIPT_KIND = "receipt"
_MAX_BYTES: Final = 64 * 1024


@dataclass(frozen=True)
class Receipt:
    """What a server confirmed."""

    dataset: str
    party: str
    chunks: int
    bytes: int
    time: str


def check_receipt(document: object, node: NodeEntry, dataset: str, manifest: Manifest) -> Receipt:
    """Compare a receipt with what was sent.

    Raises:
        BadSignature: not signed by this server, or it confirms something else than was sent.
    """
    body = verify_document(document, RECEIPT_KIND, node.verify_key)
    party = Party.from_letter(node.role)
    expected: dict[str, Any] = {
        "dataset": dataset,
        "node": node.name,
        "party": node.role,
        "chunks": len(manifest.chunks),
        "bytes": manifest.total_bytes(party),
    }
    for name, value in expected.items():
        if body.get(name) != value:
            raise BadSignature(f"The receipt of node {node.name} names another {name} than was sent.", field=name)
    return Receipt(dataset, node.role, expected["chunks"], expected["bytes"], str(body.get("time", "")))


def keep_receipt(folder: Path, document: dict[str, Any], receipt: Receipt) -> Path:
    """Store the signed document as ``<data set>-<party>.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{receipt.dataset}-{receipt.party}.json"
    write_atomic(path, json.dumps(document, indent=1).encode())
    return path


def kept_digests(folder: Path) -> dict[tuple[str, str, str], str]:
    """The receipts that are kept: name without ending, by server, data set and digest of the signed document.

    Raises:
        StoreDamaged: a file is not a receipt any more.
    """
    found = {}
    for role in ("a", "b"):
        for path in sorted(folder.glob(f"*-{role}.json")) if folder.is_dir() else ():
            found[role, path.stem.removesuffix(f"-{role}"), _digest(path)] = path.stem
    return found


def _digest(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise StoreDamaged(f"The receipt {path} is too large to be one.")
        return digest(json.loads(path.read_bytes()))
    except (ValueError, RecursionError) as error:
        raise StoreDamaged(f"The receipt {path} is damaged.") from error
