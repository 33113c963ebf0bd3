"""Makes triples_v1.json from the product's own code: plan, seeds, every kind of correlation, the segment file.

Run it: ``python -m tests.vectors.generate.triples_v1 > tests/vectors/triples_v1.json``;
``tests/vectors/verify/triples_v1.py`` checks it with a second implementation.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from common.documents import canonical
from common.ids import Party
from common.net.channel import Channel
from server_node.offline.generate import SegmentMaker, own_words
from server_node.offline.ot import kernels
from server_node.offline.ot.cots import CotEngine
from server_node.offline.ot.hashing import Words
from server_node.offline.plan import PlanRecorder, Segment, plan_digest
from server_node.offline.store import SegmentFile, SegmentName, ready_path
from tests.helpers.seeded import SeededRandom
from tests.helpers.simulate import run_two

SEEDS = (bytes(range(32)), bytes(range(32, 64)))


def plan() -> Segment:
    """Every kind once or twice, small."""
    recorder = PlanRecorder()
    a, b, c = recorder.mask((2, 3)), recorder.mask((3, 2)), recorder.mask((2, 1))
    recorder.product(a, c)
    recorder.square(a)
    recorder.square(c, 40)
    recorder.matmul(a, b, "nn")
    recorder.matmul(a, a, "tn", 48)
    recorder.bit_triples(2)
    recorder.private_and(2)
    recorder.private_product(5, 2)
    recorder.selectors(5)
    recorder.signs(5)
    return recorder.requests


def vectors() -> dict[str, Any]:
    requests = plan()
    results = _made(requests)
    own = [[own_words(SEEDS[party], index, r) for index, r in enumerate(requests)] for party in Party]
    return {
        "about": "triples-v1: plan and digest, own words, results of every kind, products by Gilboa, segment file",
        "source": "tests/vectors/generate/triples_v1.py",
        "check": "tests/vectors/verify/triples_v1.py",
        "seeds": [seed.hex() for seed in SEEDS],
        "plan": [json.loads(canonical(request.as_json())) for request in requests],
        "plan_digest": plan_digest([requests]).hex(),
        "two_segments_digest": plan_digest([requests, requests[:3]]).hex(),
        "own": [[_hex(words) for words in party] for party in own],
        "results": [[_hex(words) for words in _split(requests, part)] for part in results],
        "gilboa": [_gilboa(16, 1), _gilboa(24, 3)],
        "segment_file": _segment_file(requests, results[0]),
    }


def _hex(words: Words) -> list[str]:
    """Each word as 16 hexadecimal digits, most significant first."""
    return [f"{int(word):016x}" for word in words]


def _made(requests: Segment) -> tuple[Words, Words]:
    def play(party: Party, channel: Channel) -> Words:
        results = np.zeros(sum(request.result_words for request in requests), np.uint64)
        engine = CotEngine(channel, party, SeededRandom(f"triples {party.letter}"), b"triples_v1 session")
        SegmentMaker(engine, requests, SEEDS[party], results, lambda count: None).run()
        return results

    return run_two(play).results


def _split(requests: Segment, results: Words) -> list[Words]:
    ends = np.cumsum([request.result_words for request in requests])
    return [results[int(end) - r.result_words : int(end)] for end, r in zip(ends, requests, strict=True)]


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


def _segment_file(requests: Segment, results: Words) -> dict[str, Any]:
    name = SegmentName(plan_digest([requests]).hex(), 7, "0f" * 16)
    with tempfile.TemporaryDirectory() as folder:
        file = SegmentFile(Path(folder), name, SEEDS[0], requests)
        file.results[:] = results
        file.publish()
        content = ready_path(Path(folder), name.segment).read_bytes()
    return {"plan": name.plan, "segment": name.segment, "nonce": name.nonce, "content": content.hex()}


if __name__ == "__main__":
    json.dump(vectors(), sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")
