"""The source hybrid: every kind of product through real segments, what it sends, and what ends it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
import torch

from common.crypto.rng import RandomSource
from common.errors import BadFrame, PeerGone
from common.ids import Party
from common.net.channel import Channel
from server_node.kernels.windows import Window
from server_node.offline.lattice import prices, session
from server_node.offline.lattice.source import HybridSource
from server_node.offline.plan import PlanRecorder, Segment
from server_node.offline.preparation import Job, Prepared, prepare
from server_node.offline.segments import ready_path
from server_node.offline.sources import source_of
from server_node.offline.views import PLAIN, TRANSPOSED, Fold, View
from server_node.online.session import Session
from tests.helpers.seeded import SeededRandom
from tests.helpers.simulate import run_two
from tests.helpers.two_party.channels import Transcript, bodies, damage, listen
from tests.helpers.two_party.operations import StoreSource
from tests.helpers.two_party.uniformity import assert_uniform_bytes

T = TypeVar("T")
LATTICE_STEPS = {session.KEYS, session.REQUESTS, session.REPLIES}


def segment() -> Segment:
    """Every kind that can be made under encryption."""
    recorder = PlanRecorder()
    a, b = recorder.mask((40, 30)), recorder.mask((30, 20))
    recorder.product(a, a)
    recorder.square(a, 40)
    recorder.private_values(70)
    recorder.matmul(a, b, (PLAIN, PLAIN), 48)
    recorder.matmul(a, a, (TRANSPOSED, PLAIN), 56)
    return recorder.requests


def prepared(
    party: Party,
    channel: Channel,
    folder: Path,
    requests: Segment,
    rng: RandomSource | None = None,
    told: list[tuple[int, int]] | None = None,
) -> Prepared:
    job = Job([requests], frozenset({0}), source=HybridSource())
    report = (lambda done, total: told.append((done, total))) if told is not None else lambda done, total: None
    return prepare(channel, party, job, folder / party.letter, rng or SeededRandom(f"{party}"), report)


@pytest.fixture
def source(tmp_path: Path, always_encrypted: None) -> StoreSource:
    return StoreSource(tmp_path, HybridSource())


def taken(source: StoreSource, ask: Callable[[Session], list[torch.Tensor]]) -> list[torch.Tensor]:
    """What both parties' shares add up to."""
    first, second = source.run(ask).results
    return [x + y for x, y in zip(first, second, strict=True)]


@pytest.mark.parametrize("ring_bits", [8, 40, 48, 64])
def test_products_and_squares_are_exact(source: StoreSource, ring_bits: int) -> None:
    def ask(session: Session) -> list[torch.Tensor]:
        make = session.correlations
        a, b = make.mask((7, 5)), make.mask((5,))
        return [a.share, b.share, make.product(a, b, ring_bits), make.square(a, ring_bits), make.square(b, ring_bits)]

    a, b, product, square, other = taken(source, ask)
    for found, expected in ((product, a * b), (square, a * a), (other, b * b)):
        assert not ((found - expected) << (64 - ring_bits)).any()


@pytest.mark.parametrize("size", [1, 2, 63])
def test_private_values_are_exact(source: StoreSource, size: int) -> None:
    first, second = source.run(lambda session: session.correlations.private_values(size, 56)).results
    assert not ((first.product + second.product - first.own * second.own) << 8).any()


def test_matrices_of_views_are_exact(source: StoreSource) -> None:
    window = Window((2, 2))

    def ask(session: Session) -> list[torch.Tensor]:
        make = session.correlations
        image, kernel = make.mask((2, 4, 4, 3)), make.mask((8, 5))
        view = View(channels=(1, 3), window=window)
        grown = make.mask((18, 5))
        fold = Fold(window, (2, 4, 4, 2))
        return [
            image.share,
            kernel.share,
            grown.share,
            make.matmul(image, kernel, (view, PLAIN), 48),
            make.matmul(grown, kernel, (PLAIN, TRANSPOSED), 40, fold),
        ]

    image, kernel, grown, product, folded = taken(source, ask)
    view = View(channels=(1, 3), window=window).of(image)
    assert not ((product - view @ kernel) << 16).any()
    assert not ((folded - Fold(window, (2, 4, 4, 2)).of(grown @ kernel.T)) << 24).any()


def test_the_source_is_known_by_its_name(tmp_path: Path) -> None:
    assert source_of("hybrid").name == "hybrid"
    run_two(lambda party, channel: prepared(party, channel, tmp_path, segment()))
    for party in Party:
        assert b'"source":"hybrid"' in ready_path(tmp_path / party.letter, 0).read_bytes()[:512]


def test_tiny_products_are_made_by_transfers(tmp_path: Path) -> None:
    def play(party: Party, channel: Channel) -> Transcript:
        notes = listen(channel)
        prepared(party, channel, tmp_path, tiny())
        return notes

    for notes in run_two(play).results:
        assert LATTICE_STEPS.isdisjoint(step for step, _ in notes)
    assert prices.portion(tiny()).transfers == tiny()


def tiny() -> Segment:
    recorder = PlanRecorder()
    a = recorder.mask((2, 2))
    recorder.product(a, a)
    recorder.matmul(a, a)
    return recorder.requests


def test_large_products_are_made_under_encryption_and_the_rest_is_left() -> None:
    recorder = PlanRecorder()
    a, b = recorder.mask((100, 400)), recorder.mask((400, 50))
    recorder.matmul(a, b)
    recorder.square(a)
    recorder.bit_triples(3)
    found = prices.portion(recorder.requests)
    assert [request.kind for request in found.transfers] == ["mask", "mask", "bit-triples"]
    assert found.bytes > 0
    assert found.rows >= 1


def test_everything_sent_is_uniform(tmp_path: Path, always_encrypted: None) -> None:
    def play(party: Party, channel: Channel) -> Transcript:
        notes = listen(channel)
        prepared(party, channel, tmp_path, segment())
        return notes

    for notes in run_two(play).results:
        for step in LATTICE_STEPS:
            assert_uniform_bytes(bodies([note for note in notes if note[0] == step]), step)


def test_progress_ends_at_the_whole(tmp_path: Path, always_encrypted: None) -> None:
    def play(party: Party, channel: Channel) -> tuple[int, list[tuple[int, int]]]:
        told: list[tuple[int, int]] = []
        prepared(party, channel, tmp_path, segment(), told=told)
        return HybridSource().effort(segment(), party), told

    for effort, told in run_two(play).results:
        assert told[-1] == (effort, effort)


class _Counting:
    """Counts the messages of one end by step."""

    def __init__(self, channel: Channel) -> None:
        self.steps: list[str] = []
        plain = getattr(channel, "_send_frame")

        def sending(step: str, parts: object) -> None:
            self.steps.append(step)
            plain(step, parts)

        setattr(channel, "_send_frame", sending)


def places_of(tmp_path: Path) -> dict[str, int]:
    """The number of the first message of each lattice step of P0."""

    def play(party: Party, channel: Channel) -> list[str]:
        counting = _Counting(channel)
        prepared(party, channel, tmp_path / "count", segment())
        return counting.steps

    steps = run_two(play).results[0]
    return {step: steps.index(step) for step in {session.SEED, *LATTICE_STEPS}}


@pytest.mark.parametrize("step", sorted({session.SEED, *LATTICE_STEPS}))
def test_a_message_with_another_label_is_refused(tmp_path: Path, always_encrypted: None, step: str) -> None:
    number = places_of(tmp_path)[step]

    def play(party: Party, channel: Channel) -> None:
        if party is Party.P0:
            damage(channel, number, 5)
        prepared(party, channel, tmp_path, segment())

    with pytest.raises(BadFrame):
        run_two(play)
    assert not ready_path(tmp_path / "b", 0).exists()


def test_a_server_that_goes_away_ends_the_other(tmp_path: Path, always_encrypted: None) -> None:
    def play(party: Party, channel: Channel) -> None:
        if party is Party.P0:
            sending, limit = getattr(channel, "_send_frame"), 40

            def leaving(step: str, parts: object) -> None:
                nonlocal limit
                limit -= step in LATTICE_STEPS
                if limit < 32:
                    channel.close()
                sending(step, parts)

            setattr(channel, "_send_frame", leaving)
        prepared(party, channel, tmp_path, segment())

    with pytest.raises(PeerGone):
        run_two(play)
    assert not any(ready_path(tmp_path / party.letter, 0).exists() for party in Party)
