"""Makes upload_v2.json from the product's own code: signed settings and a deletion of a data set, and its reason.

Run it: ``python -m tests.vectors.generate.datasets.upload_v2 > tests/vectors/upload_v2.json``;
``tests/vectors/verify/datasets/upload_v2.py`` checks it with a second implementation.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from common.agreement.reason import Reason
from common.crypto.signing import SigningKey
from common.documents import digest, sign_document
from common.sharing.settings import DELETE_KIND, KIND, changes_between, first_settings

DATASET = "ab" * 32
SEED = bytes(range(32))
MANIFEST = {
    "visibility": "private",
    "shared_with": [],
    "tags": [],
    "description": "",
    "created": "2026-01-01T00:00:00Z",
}


def vectors() -> dict[str, Any]:
    owner = SigningKey.from_bytes(SEED)
    first = first_settings(DATASET, MANIFEST)
    people = {"visibility": "shared", "shared_with": ("bob", "carol"), "description": "Röntgen, «2025»"}
    second = first.after(1, "2026-01-31T12:00:00Z", tags=("lungs",), class_counts=(8, 2), **people)
    third = second.after(5, "2026-02-01T00:00:00Z", enabled=False)
    reason = Reason("A patient withdrew.", "0f" * 16)
    deletion = {"dataset": DATASET, "node_time": "2026-02-02T00:00:00Z", "stop_jobs": True, "reason": reason.digest}
    return {
        "about": "signed settings and a deletion of a data set, with the commitment to its reason",
        "source": "tests/vectors/generate/datasets/upload_v2.py",
        "check": "tests/vectors/verify/datasets/upload_v2.py",
        "seed": SEED.hex(),
        "manifest": MANIFEST,
        "documents": [_signed(KIND, one.body(), owner) for one in (second, third)]
        + [_signed(DELETE_KIND, deletion, owner)],
        "changes": changes_between(first.shown(), third.shown()),
        "reason": reason.as_json(),
    }


def _signed(kind: str, body: dict[str, Any], owner: SigningKey) -> dict[str, Any]:
    document = sign_document(kind, body, owner)
    return {"document": document, "digest": digest(document)}


if __name__ == "__main__":
    json.dump(vectors(), sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")
