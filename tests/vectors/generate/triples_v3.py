"""Makes triples_v3.json from the product's own code: plan, seeds, every kind of correlation, the segment file.

Run it: ``python -m tests.vectors.generate.triples_v3 > tests/vectors/triples_v3.json``;
``tests/vectors/verify/triples_v3.py`` checks it with a second implementation.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from common.documents import canonical
from common.ids import Party
from common.net.channel import Channel
from server_node.kernels.windows import Window
from server_node.offline.generate import SOURCE, SegmentMaker
from server_node.offline.layout import Layout, own_words
from server_node.offline.ot import kernels
from server_node.offline.ot.cots import CotEngine
from server_node.offline.ot.hashing import Words
from server_node.offline.plan import PlanRecorder, Segment, plan_digest
from server_node.offline.segments import SegmentFile, SegmentName, ready_path
from server_node.offline.views import PLAIN, TRANSPOSED, Fold, View
from tests.helpers.seeded import SeededRandom
from tests.helpers.simulate import run_two

Octets = npt.NDArray[np.uint8]
SEEDS = (bytes(range(32)), bytes(range(32, 64)))


def plan() -> Segment:
    """Every kind once or twice, small."""
    recorder = PlanRecorder()
    a, b, c = recorder.mask((2, 3)), recorder.mask((3, 2)), recorder.mask((2, 1))
    recorder.product(a, c)
    recorder.square(a)
    recorder.square(c, 40)
    recorder.matmul(a, b)
    recorder.matmul(a, a, (TRANSPOSED, PLAIN), 48)
    image, kernel = recorder.mask((1, 3, 3, 2)), recorder.mask((4, 2))
    recorder.matmul(image, kernel, (View(channels=(1, 2), window=Window((2, 2))), PLAIN), 48)
    places, taps = recorder.mask((4, 2)), recorder.mask((2, 4))
    recorder.matmul(places, taps, (PLAIN, PLAIN), 48, Fold(Window((2, 2)), (1, 3, 3, 1)))
    recorder.bit_triples(2)
    recorder.private_and(2)
    recorder.private_pairs(2)
    recorder.digit_pads(2, (3, 4))
    recorder.digit_pads(1, (0, 2))
    recorder.private_product(5, 2)
    recorder.private_values(3, 56)
    recorder.random_ots(5, 6)
    recorder.lookups(3, 2, 5)
    return recorder.requests


def vectors() -> dict[str, Any]:
    requests = plan()
    results = _made(requests)
    own = [[own_words(SEEDS[party], index, r, party) for index, r in enumerate(requests)] for party in Party]
    return {
        "about": "triples-v3: plan and digest, own words, results of every kind, products by Gilboa, segment file",
        "source": "tests/vectors/generate/triples_v3.py",
        "check": "tests/vectors/verify/triples_v3.py",
        "seeds": [seed.hex() for seed in SEEDS],
        "plan": [json.loads(canonical(request.as_json())) for request in requests],
        "plan_digest": plan_digest([requests]).hex(),
        "two_segments_digest": plan_digest([requests, requests[:3]]).hex(),
        "own": [[_hex(words) for words in party] for party in own],
        "results": [_split(requests, party, part) for party, part in zip(Party, results, strict=True)],
        "gilboa": [_gilboa(16, 1), _gilboa(24, 3)],
        "segment_file": _segment_file(requests, results[0]),
    }


def _hex(words: Words) -> list[str]:
    """Each word as 16 hexadecimal digits, most significant first."""
    return [f"{int(word):016x}" for word in words]


def _made(requests: Segment) -> tuple[Octets, Octets]:
    def play(party: Party, channel: Channel) -> Octets:
        stored = np.zeros(Layout(requests, party, SOURCE).stored_bytes, np.uint8)
        engine = CotEngine(channel, party, SeededRandom(f"triples {party.letter}"), b"triples_v3 session")
        SegmentMaker(engine, requests, SEEDS[party], stored, lambda count: None).run()
        return stored

    return run_two(play).results


def _split(requests: Segment, party: Party, stored: Octets) -> list[str]:
    return [stored[place].tobytes().hex() for place in Layout(requests, party, SOURCE).places()]


def _gilboa(bits: int, width: int) -> dict[str, Any]:
    """One factor times a vector, with all pads and corrections, as the loops of the product make them."""
    rng = SeededRandom(f"gilboa {bits} {width}")
    pad_bytes = 16 * (-(-bits // 8 * width // 16) + 1)
    pads = [np.frombuffer(rng.token(bits * pad_bytes), np.uint8).reshape(bits, pad_bytes) for _ in range(2)]
    values = np.frombuffer(rng.token(8 * width), np.uint64).reshape(1, width)
    choice = np.frombuffer(rng.token(8), np.uint64)
    sent, received, message = np.zeros((1, width), np.uint64), np.zeros((1, width), np.uint64), b""
    for octet in range(bits // 8):
        group = (8 * octet, bits // 8 - octet)
        zero, one = (np.ascontiguousarray(table[8 * octet : 8 * octet + 8]) for table in pads)
        factor = np.ascontiguousarray(choice.view(np.uint8)[octet : octet + 1])
        packed = np.empty((8, group[1] * width), np.uint8)
        kernels.gilboa_send(zero, one, values, group, packed, sent)
        chosen = np.where(np.unpackbits(factor, bitorder="little")[:, None] == 1, one, zero)
        kernels.gilboa_receive(chosen, factor, group, packed, received)
        message += packed.tobytes()
    return {
        "bits": bits,
        "values": _hex(values[0]),
        "choice": _hex(choice)[0],
        "pads0": [row.tobytes().hex() for row in pads[0]],
        "pads1": [row.tobytes().hex() for row in pads[1]],
        "corrections": message.hex(),
        "sender_shares": _hex(sent[0]),
        "receiver_shares": _hex(received[0]),
    }


def _segment_file(requests: Segment, stored: Octets) -> dict[str, Any]:
    name = SegmentName(plan_digest([requests]).hex(), 7, SOURCE, "0f" * 16)
    with tempfile.TemporaryDirectory() as folder:
        file = SegmentFile(Path(folder), name, SEEDS[0], len(stored))
        file.stored[:] = stored
        file.publish()
        content = ready_path(Path(folder), name.segment).read_bytes()
    return {
        "plan": name.plan,
        "segment": name.segment,
        "source": name.source,
        "nonce": name.nonce,
        "content": content.hex(),
    }


if __name__ == "__main__":
    json.dump(vectors(), sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")
