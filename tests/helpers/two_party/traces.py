"""Deterministic runs of every protocol whose messages ``tests/vectors/wire_trace.baseline`` pins.

Seeds and inputs are fixed, so the bytes on the wire are too. What a trace does not see: how messages are cut into
packets, TLS, the greeting of two workers, and anything that is never sent.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import torch

from common.ids import Party
from common.net.channel import Channel
from server_node.hide.mixing import flip_signs
from server_node.offline.generate import SOURCE, SegmentMaker
from server_node.offline.layout import Layout
from server_node.offline.ot import base_ot
from server_node.offline.ot.cots import CotEngine
from server_node.offline.ot.extension import SoftSpoken
from server_node.offline.ot.silent.ends import SilentEnds
from server_node.offline.ot.silent.parameters import Parameters
from server_node.offline.plan import PlanRecorder, Segment
from server_node.offline.preparation import Job, prepare
from server_node.offline.store import StoredCorrelations
from server_node.offline.views import PLAIN, TRANSPOSED
from server_node.online import comparison, linear, maximum, nonlinear, roots, truncation
from server_node.online.session import Session
from server_node.online.steps import Steps
from tests.helpers.dealer import Dealer
from tests.helpers.seeded import SeededRandom
from tests.helpers.simulate import run_two
from tests.helpers.two_party.operations import carry_out, record, share, uniform

BASELINE = Path(__file__).resolve().parents[2] / "vectors" / "wire_trace.baseline"
Play = Callable[[Party, Channel], object]
Operation = Callable[[Session, torch.Tensor], object]


def _rng(party: Party) -> SeededRandom:
    return SeededRandom(f"wire trace {party.letter}")


def _base_ot(party: Party, channel: Channel) -> None:
    if party is Party.P0:
        base_ot.send(channel, 4, _rng(party))
    else:
        base_ot.receive(channel, np.array([0, 1, 1, 0], np.uint8), _rng(party))


def _extension(block_bits: int) -> Play:
    def play(party: Party, channel: Channel) -> None:
        rng = _rng(party)
        engine = CotEngine(channel, party, rng, b"wire trace", SoftSpoken(block_bits))
        for _ in range(2):
            engine.extend(np.frombuffer(rng.token(16), np.uint64), 128)

    return play


def _silent(party: Party, channel: Channel) -> None:
    """Both directions, over the rounds of a small set."""
    rng = _rng(party)
    ends = SilentEnds(party, b"wire trace", Parameters(24, 8, 5), Parameters(8, 5, 6))
    engine = CotEngine(channel, party, rng, b"wire trace", ends)
    for words in (2, 7):
        engine.extend(np.frombuffer(rng.token(8 * words), np.uint64), 64 * words)


def _made(ask: Callable[[PlanRecorder], object]) -> Play:
    """One kind of correlation, made by OT."""

    def play(party: Party, channel: Channel) -> None:
        recorder = PlanRecorder(party)
        ask(recorder)
        requests: Segment = recorder.requests
        stored = np.zeros(Layout(requests, party, SOURCE).stored_bytes, np.uint8)
        rng = _rng(party)
        engine = CotEngine(channel, party, rng, b"wire trace")
        SegmentMaker(engine, requests, rng.token(32), stored, lambda count: None).run()

    return play


def _online(operation: Operation, low: int = -(2**31), high: int = 2**31, by_digits: bool = False) -> Play:
    """An online operation on a secret matrix [4, 10] with the dealer's correlations."""

    def play(party: Party, channel: Channel) -> None:
        mine = share(uniform(low, high, 4, 10))[party]
        carry_out(Session(party, Dealer(party, by_digits=by_digits), channel), operation, [mine])

    return play


def _job(party: Party, channel: Channel) -> None:
    """Two segments prepared and used: a layer forward, then a square."""

    def layer(session: Session, x: torch.Tensor) -> Steps[object]:
        (masked,) = yield from linear.mask_values(session, x)
        product = linear.matmul(session, masked, masked, (PLAIN, TRANSPOSED))
        (out,) = yield from truncation.truncate(session, (product, 16))
        return (yield from comparison.relu(session, out))

    mine = share(uniform(-(2**17), 2**17, 4, 10))[party]
    operations: list[Operation] = [layer, _square]
    plan = [record(operation, party, mine) for operation in operations]
    with tempfile.TemporaryDirectory() as folder:
        job = Job(plan, frozenset(range(len(plan))))
        prepared = prepare(channel, party, job, Path(folder), _rng(party), lambda done, total: None)
        for name, segment, operation in zip(prepared.names, plan, operations, strict=True):
            with closing(StoredCorrelations(Path(folder), name, segment, party)) as correlations:
                carry_out(Session(party, correlations, channel), operation, [mine])


def _product(recorder: PlanRecorder) -> None:
    recorder.product(recorder.mask((3, 5)), recorder.mask((3, 1)))


def _matmul(recorder: PlanRecorder) -> None:
    recorder.matmul(recorder.mask((3, 5)), recorder.mask((4, 5)), (PLAIN, TRANSPOSED))


def _square(session: Session, x: torch.Tensor) -> Steps[torch.Tensor]:
    (masked,) = yield from linear.mask_values(session, x)
    return linear.square(session, masked)


def _select(session: Session, x: torch.Tensor) -> Steps[torch.Tensor]:
    return comparison.select(session, torch.zeros(1, dtype=torch.int64), x)


TRACES: dict[str, Play] = {
    "base-ot": _base_ot,
    "extension-1": _extension(1),
    "extension-2": _extension(2),
    "extension-4": _extension(4),
    "extension-8": _extension(8),
    "extension-silent": _silent,
    "make-product": _made(_product),
    "make-square": _made(lambda recorder: recorder.square(recorder.mask((7,)))),
    "make-matmul": _made(_matmul),
    "make-bit-triples": _made(lambda recorder: recorder.bit_triples(3)),
    "make-private-and": _made(lambda recorder: recorder.private_and(3)),
    "make-private-product": _made(lambda recorder: recorder.private_product(70, 2)),
    "make-private-pairs": _made(lambda recorder: recorder.private_pairs(3)),
    "make-digit-pads": _made(lambda recorder: recorder.digit_pads(3, (3, 4))),
    "make-private-values": _made(lambda recorder: recorder.private_values(7, 56)),
    "make-random-ots": _made(lambda recorder: recorder.random_ots(70, 6)),
    "make-lookups": _made(lambda recorder: recorder.lookups(5, 4, 5)),
    "mask-and-square": _online(_square),
    "truncate": _online(lambda session, x: truncation.truncate(session, (x, 16))),
    "lift": _online(lambda session, x: truncation.lift(session, x & 0xFFFF, 16)),
    "is-negative": _online(comparison.is_negative),
    "is-negative-by-digits": _online(comparison.is_negative, by_digits=True),
    "select": _online(_select),
    "relu": _online(comparison.relu),
    "maximum": _online(maximum.maximum, -(2**20), 2**20),
    "exp": _online(nonlinear.exp_nonpositive, -(2**22), 1),
    "sigmoid": _online(nonlinear.sigmoid, -(2**20), 2**20),
    "reciprocal": _online(lambda session, x: nonlinear.reciprocal(session, x, 10), 2**16, 10 * 2**16),
    "inverse-square-root": _online(lambda session, x: roots.inverse_square_root(session, x, 16, 22), 1),
    "divide": _online(lambda session, x: roots.divide(session, x, x), 1),
    "softmax": _online(nonlinear.softmax, -(2**20), 2**20),
    "flip-signs": _online(flip_signs),
    "job": _job,
}


def trace(name: str) -> str:
    """One line: the protocol, then for each direction the bytes and the SHA-256 of all headers and bodies."""
    outcome = run_two(TRACES[name], trace=True)
    first, second = outcome.channels
    forth, back = first.trace()
    assert (back, forth) == second.trace(), "what one sent is not what the other received"
    return f"{name} a>b {first.stats.bytes_sent} {forth} b>a {second.stats.bytes_sent} {back}"


def baseline() -> dict[str, str]:
    """The pinned lines by protocol."""
    lines = [line for line in BASELINE.read_text(encoding="ascii").splitlines() if not line.startswith("#")]
    return {line.split(" ", 1)[0]: line for line in lines}
