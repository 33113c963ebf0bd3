"""The part of cot_v2.json about silent rounds: a small set that needs a smaller one first, and several rounds of it."""

from __future__ import annotations

import hashlib
from dataclasses import astuple
from functools import partial
from typing import Any

import numpy as np

from common.ids import Party
from common.net.channel import Channel
from server_node.offline.ot.extension import ExtensionReceiver, ExtensionSender, together
from server_node.offline.ot.hashing import Words
from server_node.offline.ot.silent.ends import SilentEnds
from server_node.offline.ot.silent.parameters import START_BLOCK_BITS, Parameters, whole_words
from tests.helpers.seeded import SeededRandom
from tests.helpers.simulate import run_two
from tests.helpers.two_party.channels import Transcript, listen

SESSION = b"cot_v2 silent session"
FIRST = Parameters(8, 5, 6)
PARAMETERS = Parameters(24, 8, 5)
CALLS = (1, 5, 3)
"""Words of choices of each call."""


def silent() -> dict[str, Any]:
    choices = np.frombuffer(SeededRandom("silent choices").token(8 * sum(CALLS)), np.uint64)
    ends = {party: SilentEnds(party, SESSION, PARAMETERS, FIRST) for party in Party}
    heard: dict[Party, Transcript] = {}

    def play(party: Party, channel: Channel) -> Words:
        heard[party] = listen(channel)
        if party is Party.P0:
            sender, made = ends[party].sender(channel, SeededRandom("silent sender")), []
            for words in CALLS:
                sender.refill(64 * words)
                made.append(together(64 * words, partial(sender.extend, 64 * words)))
            return np.concatenate(made)
        receiver, made, first = ends[party].receiver(channel, SeededRandom("silent receiver")), [], 0
        for words in CALLS:
            receiver.refill(64 * words)
            made.append(together(64 * words, partial(receiver.extend, choices[first : first + words])))
            first += words
        return np.concatenate(made)

    q, t = run_two(play).results
    delta, start_q, start_choices = _start()
    return {
        "session": SESSION.hex(),
        "receiver": int(Party.P1),
        "sets": [list(astuple(FIRST)), list(astuple(PARAMETERS))],
        "delta": delta.tobytes().hex(),
        "start_q": start_q.tobytes().hex(),
        "start_choices": start_choices.tobytes().hex(),
        "sums": [_short(body) for step, body in heard[Party.P1] if step == "silent-sums"],
        "calls": list(CALLS),
        "choices": choices.tobytes().hex(),
        "flips": [body.hex() for step, body in heard[Party.P0] if step == "ot-choices"],
        "q_first": [row.tobytes().hex() for row in q[:4]],
        "t_first": [row.tobytes().hex() for row in t[:4]],
        "q_sha256": hashlib.sha256(q.tobytes()).hexdigest(),
        "t_sha256": hashlib.sha256(t.tobytes()).hexdigest(),
    }


def _short(body: bytes) -> dict[str, Any]:
    return {"bytes": len(body), "first": body[:16].hex(), "sha256": hashlib.sha256(body).hexdigest()}


def _start() -> tuple[Words, Words, Words]:
    """Delta, q and choices of the first transfers: the extension that they come from, run with the same randomness."""
    count = whole_words(FIRST.reserve)

    def play(party: Party, channel: Channel) -> tuple[Words, Words]:
        if party is Party.P0:
            sender = ExtensionSender(channel, SeededRandom("silent sender"), START_BLOCK_BITS, is_odd=True)
            return sender.delta, together(count, partial(sender.extend, count))
        rng = SeededRandom("silent receiver")
        receiver = ExtensionReceiver(channel, rng, START_BLOCK_BITS)
        choices = np.frombuffer(rng.token(count // 8), np.uint64)
        together(count, partial(receiver.extend, choices))
        return choices, choices

    (delta, keys), (choices, _) = run_two(play).results
    return delta, keys, choices
