"""Makes decisions_v4.json from the product's own code: the documents about a project, and what changed in it.

Run it: ``python -m tests.vectors.generate.project.decisions_v4 > tests/vectors/decisions_v4.json``;
``tests/vectors/verify/project/decisions_v4.py`` checks it with a second implementation.
"""

from __future__ import annotations

import copy
import json
import sys
from typing import Any

from common.agreement.changes import changes
from common.agreement.reason import Reason
from common.crypto.signing import SigningKey
from common.documents import sign_document
from common.specification import parse_specification
from tests.vectors.generate.project.project_v4 import MODELS, specification

KEY = SigningKey.from_bytes(bytes(range(32)))
REASON = Reason("no vote of the ethics committee — yet", "00112233445566778899aabbccddeeff")
TIME, EXPIRES = "2027-01-31T12:00:00Z", "2027-04-30T12:00:00Z"


def revisions() -> tuple[dict[str, Any], dict[str, Any]]:
    """A specification, and one in which a bit of everything is another."""
    before = specification(MODELS[1]).body
    before["members"][0]["verify_key"] = KEY.verify_key
    bob = {"user": "bob", "role": "editor", "verify_key": "99" * 32, "seal_key": "aa" * 32}
    before["members"].append(bob)
    before["recipients"].append("bob")
    after = copy.deepcopy(before)
    after |= {"revision": 3, "purpose": "Tell ill from healthy, and unclear ones apart.", "recipients": ["alice"],
              "testers": ["carol"]}  # fmt: skip
    after["members"][0]["seal_key"] = "bb" * 32
    after["members"][1] = {**bob, "user": "carol", "role": "viewer"}
    after["datasets"] = [{"id": "88" * 32, "owner": "bob"}, *before["datasets"]]
    after["training"]["epochs"], after["model"]["hidden"] = 8, [5]
    return before, after


def vectors() -> dict[str, Any]:
    before, after = revisions()
    specifications = [parse_specification(body) for body in (before, after)]
    about = {"project_hash": specifications[1].hash, "dataset": "33" * 32}
    draft = {
        "id": "cc" * 16, "version": 2, "name": "films", "members": [{"user": "alice", "role": "owner"}],
        "content": {"training": {"epochs": 8}}, "time": TIME,
    }  # fmt: skip
    bodies: list[tuple[str, dict[str, Any]]] = [
        ("project", before),
        ("project", after),
        ("consent", {**about, "decision": "granted", "reason": "", "expires": EXPIRES, "time": TIME}),
        ("consent", {**about, "decision": "declined", "reason": REASON.digest, "expires": None, "time": TIME}),
        ("consent-withdraw", {**about, "reason": REASON.digest, "time": TIME}),
        ("project-archive", {"project": after["id"], "archived": True, "reason": "the study is over", "time": TIME}),
        ("project-draft", draft),
    ]
    return {
        "about": "signed documents about projects, the commitment to a reason, and changes, of project-v4",
        "source": "tests/vectors/generate/project/decisions_v4.py",
        "check": "tests/vectors/verify/project/decisions_v4.py",
        "reason": {**REASON.as_json(), "digest": REASON.digest},
        "documents": [sign_document(kind, body, KEY) for kind, body in bodies],
        "hashes": [one.hash for one in specifications],
        "changes": changes(before, after),
    }


if __name__ == "__main__":
    json.dump(vectors(), sys.stdout, indent=1)
    sys.stdout.write("\n")
