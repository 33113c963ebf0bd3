"""Makes cot_v2.json from the product's own code: base OTs, trees, extension and pads with all middle values.

Run it: ``python -m tests.vectors.generate.transfers.cot_v2 > tests/vectors/cot_v2.json``;
``tests/vectors/verify/transfers/cot_v2.py`` checks it with a second implementation.
"""

from __future__ import annotations

import hashlib
import json
import sys
from functools import partial
from typing import Any

import numpy as np

from common.ids import Party
from common.net.channel import Channel
from server_node.offline.ot import base_ot, trees
from server_node.offline.ot.extension import ExtensionReceiver, ExtensionSender, together
from server_node.offline.ot.hashing import PadHash, Words
from tests.helpers.seeded import SeededRandom
from tests.helpers.simulate import run_two
from tests.helpers.two_party.channels import Transcript, listen
from tests.vectors.generate.transfers.silent import silent

SESSION = b"cot_v2 session"
CHOICES = np.array([0x0123456789ABCDEF, 0xF0F0F0F0F0F0F0F0], np.uint64)
BLOCK_BITS = (1, 2, 4, 8)
HASHED = 1000


def vectors() -> dict[str, Any]:
    return {
        "about": "cot-v2: base OTs, trees, two words of OT extension for each block size, silent rounds, pads",
        "source": "tests/vectors/generate/transfers/cot_v2.py",
        "check": "tests/vectors/verify/transfers/cot_v2.py",
        "base_ot": _base_ot(),
        "trees": _trees(),
        "extension": [_extension(block_bits) for block_bits in BLOCK_BITS],
        "silent": silent(),
        "pads": _pads(),
        "accumulated": {"count": HASHED, "sha256": accumulated(HASHED)},
    }


def accumulated(count: int) -> str:
    """SHA-256 over the pads of so many keys, four words each, from a start where the index passes 2^32."""
    keys = np.frombuffer(SeededRandom("accumulated").token(16 * count), np.uint64).reshape(-1, 2)
    return hashlib.sha256(PadHash(SESSION).pads(keys, 2**32 - count // 2, 4).tobytes()).hexdigest()


def _base_ot() -> dict[str, Any]:
    choices = np.array([0, 1, 1], np.uint8)
    heard: dict[Party, Transcript] = {}
    pairs: list[tuple[bytes, bytes]] = []

    def play(party: Party, channel: Channel) -> list[bytes]:
        heard[party] = listen(channel)
        if party is Party.P1:
            return base_ot.receive(channel, choices, SeededRandom("receiver"))
        pairs.extend(base_ot.send(channel, len(choices), SeededRandom("sender")))
        return []

    keys = run_two(play).results[1]
    answers = heard[Party.P0][0][1]
    return {
        "sender_token": SeededRandom("sender").token(64).hex(),
        "receiver_tokens": [token.hex() for token in _tokens("receiver", 64, len(choices))],
        "choices": choices.tolist(),
        "public": heard[Party.P1][0][1].hex(),
        "answers": [answers[at : at + 32].hex() for at in range(0, len(answers), 32)],
        "pairs": [[key.hex() for key in pair] for pair in pairs],
        "keys": [key.hex() for key in keys],
    }


def _tokens(seed: str, size: int, count: int) -> list[bytes]:
    rng = SeededRandom(seed)
    return [rng.token(size) for _ in range(count)]


def _trees() -> dict[str, Any]:
    depth, missing = 2, [2, 1]
    heard: dict[Party, Transcript] = {}

    def play(party: Party, channel: Channel) -> trees.Leaves:
        heard[party] = listen(channel)
        if party is Party.P0:
            return trees.plant(channel, len(missing), depth, SeededRandom("holder"))
        return trees.graft(channel, np.array(missing, np.int64), depth, SeededRandom("other"))

    full, punctured = run_two(play).results
    corrections = heard[Party.P1][1][1]
    return {
        "depth": depth,
        "missing": missing,
        "roots": [token[:16].hex() for token in _tokens("holder", 64, 1 + len(missing))[1:]],
        "corrections": corrections.hex(),
        "leaves": [[leaf.hex() if leaf else None for leaf in tree] for tree in full],
        "punctured": [[leaf.hex() if leaf else None for leaf in tree] for tree in punctured],
    }


def _extension(block_bits: int) -> dict[str, Any]:
    heard: dict[Party, Transcript] = {}
    state: dict[str, Any] = {}

    def play(party: Party, channel: Channel) -> Words:
        heard[party] = listen(channel)
        if party is Party.P0:
            sender = ExtensionSender(channel, SeededRandom("extension sender"), block_bits)
            state["delta"] = sender.delta.tobytes().hex()
            return together(64 * len(CHOICES), partial(sender.extend, 64 * len(CHOICES)))
        receiver = ExtensionReceiver(channel, SeededRandom("extension receiver"), block_bits)
        return together(64 * len(CHOICES), partial(receiver.extend, CHOICES))

    q, t = run_two(play).results
    corrections = dict(heard[Party.P0])["ot-corrections"]
    return {
        "block_bits": block_bits,
        **state,
        "roots": [token[:16].hex() for token in _tokens("extension receiver", 64, 1 + 128 // block_bits)[1:]],
        "choices": CHOICES.tobytes().hex(),
        "corrections": corrections.hex(),
        "q_first": [row.tobytes().hex() for row in q[:4]],
        "t_first": [row.tobytes().hex() for row in t[:4]],
        "q_sha256": hashlib.sha256(q.tobytes()).hexdigest(),
        "t_sha256": hashlib.sha256(t.tobytes()).hexdigest(),
    }


def _pads() -> list[dict[str, Any]]:
    keys = np.frombuffer(SeededRandom("pads").token(48), np.uint64).reshape(-1, 2)
    cases = [(0, 2), (5, 2), (2**32 - 1, 4)]
    return [
        {
            "session": SESSION.hex(),
            "keys": [key.tobytes().hex() for key in keys],
            "start": start,
            "words": words,
            "pads": [row.tobytes().hex() for row in PadHash(SESSION).pads(keys, start, words)],
        }
        for start, words in cases
    ]


if __name__ == "__main__":
    json.dump(vectors(), sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")
