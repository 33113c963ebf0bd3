"""Makes helper_v1.json from the product's own code: what a helper derives, deals and says.

Run it: ``python -m tests.vectors.generate.helper.helper_v1 > tests/vectors/helper_v1.json``;
``tests/vectors/verify/helper_v1.py`` checks it with a second implementation.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np

from common.crypto.signing import SigningKey
from common.documents import sign_document
from common.errors import PeerMismatch
from common.ids import Party
from server_node.offline.helper.deal import deal
from server_node.offline.helper.protocol import WELCOME_KIND, Kind, Line, Opening, requests_digest, write_ask
from server_node.offline.helper.requests import write_requests
from server_node.offline.layout import HELPER, Layout, derived_bytes, own_words
from server_node.offline.plan import Segment
from tests.helpers.seeded import SeededRandom
from tests.vectors.generate.triples_v3 import SEEDS, plan

OPENING = Opening("0f" * 16, "1e" * 32, "2d" * 16, "3c" * 32)


class _Written:
    """A stream that keeps what is written."""

    def __init__(self) -> None:
        self.content = b""

    def write(self, pieces: Any) -> None:
        self.content += b"".join(bytes(piece) for piece in pieces)

    def read_into(self, out: memoryview) -> None:
        raise EOFError


def vectors() -> dict[str, Any]:
    requests = plan()
    layouts = [Layout(requests, party, HELPER) for party in Party]
    stored = [np.zeros(layout.stored_bytes, np.uint8) for layout in layouts]
    deal(requests, SEEDS, (stored[0], stored[1]), None)
    own = [[own_words(SEEDS[party], index, r, party) for index, r in enumerate(requests)] for party in Party]
    written = write_requests(requests)
    return {
        "about": "helper-v1: what follows from seeds, corrections of every kind, messages",
        "source": "tests/vectors/generate/helper/helper_v1.py",
        "check": "tests/vectors/verify/helper_v1.py",
        "seeds": [seed.hex() for seed in SEEDS],
        "plan": written,
        "requests_digest": requests_digest(written).hex(),
        "own": [[[f"{int(word):016x}" for word in words] for words in party] for party in own],
        "derived": [_derived(party, layouts[party]) for party in Party],
        "stored": [[part.tobytes().hex() for part in _cut(stored[party], layouts[party])] for party in Party],
        "messages": _messages(requests),
    }


def _derived(party: Party, layout: Layout) -> list[str]:
    parts = [np.zeros(size, np.uint8) for size in layout.derived]
    for index, part in enumerate(parts):
        derived_bytes(SEEDS[party], index, part)
    return [part.tobytes().hex() for part in parts]


def _cut(stored: np.ndarray[Any, np.dtype[np.uint8]], layout: Layout) -> list[np.ndarray[Any, np.dtype[np.uint8]]]:
    return [stored[place] for place in layout.places()]


def _messages(requests: Segment) -> dict[str, Any]:
    """One of each kind, header and body."""
    key = SigningKey.generate(SeededRandom("helper vectors"))
    welcome = {"challenge": OPENING.challenge, "job": OPENING.job, "certificate": "4b" * 32}
    bodies: dict[Kind, Any] = {
        Kind.OPEN: OPENING.as_json(),
        Kind.WELCOME: sign_document(WELCOME_KIND, welcome, key),
        Kind.ERROR: PeerMismatch("They differ.").as_dict(),
    }
    found = {}
    for kind in Kind:
        stream = _Written()
        line = Line(stream)
        if kind in bodies:
            line.send_json(kind, bodies[kind])
        elif kind is Kind.ASK:
            line.send(kind, write_ask(7, write_requests(requests[:1])))
        else:
            line.send(kind, SEEDS[0] if kind is Kind.SEED else b"\x01\x02\x03")
        found[kind.name] = stream.content.hex()
    return {"verify_key": key.verify_key, **found}


if __name__ == "__main__":
    json.dump(vectors(), sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")
