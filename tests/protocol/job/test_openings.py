"""Over a whole job nothing is opened but masked values: each value under a mask that hides it and nothing else.

So no image, encoding, label, mask, feature, gradient or weight is ever seen by a server.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from common.ids import Party
from common.schedule import mix_plan
from server_node.kernels import bits
from server_node.offline.provider import RandomOts
from tests.helpers.jobs.images import EXTREMES, alternating
from tests.helpers.jobs.masks import BITS, OWN, RING, Handed, record_masks
from tests.helpers.jobs.projects import model_of, specification
from tests.helpers.jobs.runs import JobRun, Work, make_work, run_job
from tests.helpers.two_party.uniformity import MINIMUM, assert_uniform_bytes

COUNT, SIDE, BATCH, EPOCHS = 48, 12, 8, 2
VALIDATION = 8
TRAINED = COUNT - VALIDATION
PUBLIC_STEPS = {
    "checkpoints", "go-on", "joint-toss-kept", "joint-toss", "prepare-plan", "prepare-ready", "prepare-lanes",
    "prepare-lane", "prepare-done", "base-ot-public", "base-ot-answers",
}  # fmt: skip
PREPARATION_STEPS = {"ot-trees", "ot-corrections", "product-corrections", "bit-corrections"}
ONE_WAY = {"ring-corrections"}
"""A step of the preparation that only the second party receives."""
WATCHED = {"open", "swap-bits", "swap", "corrections", "open-bit"}
LOOKED_UP = {"indices", "entries"}
"""What tables send; only one of the servers receives each."""
SMALL = 2**48
"""Fixed-point values of a job are far below, a uniform ring element is with a chance of 2^-15 only."""


@dataclass
class Observed:
    """A finished job with everything both parties were handed and shown."""

    run: JobRun
    handed: tuple[Handed, Handed]

    def opened(self, step: str, party: Party = Party.P0) -> list[torch.Tensor]:
        return [value for name, value in self.run.opened[party] if name == step]

    def under_masks(self) -> list[tuple[str, torch.Tensor, torch.Tensor]]:
        """(kind, opened value, value without its mask) of everything that both servers open together, in order."""
        masks = zip(self.handed[0].of(RING, BITS), self.handed[1].of(RING, BITS), strict=True)
        found = []
        for opened, ((kind, first), (_, second)) in zip(self.opened("open"), masks, strict=True):
            flat = opened.reshape(-1)
            # The lowest node of a tree needs one product less than its triple has.
            mask = [part.reshape(-1)[: len(flat)] for part in (first, second)]
            plain = flat + mask[0] + mask[1] if kind == RING else flat ^ mask[0] ^ mask[1]
            found.append((kind, opened, plain.reshape(opened.shape)))
        return found


def work_on(extreme: int, head: str) -> Work:
    spec = specification(model=model_of(head), training={"epochs": EPOCHS, "batch": BATCH, "validation": VALIDATION})
    return make_work(spec, EXTREMES[extreme](COUNT, SIDE), alternating(COUNT))


@pytest.fixture(scope="module", params=[(0, "logistic"), (1, "mlp"), (2, "logistic")], ids=["black", "white", "board"])
def seen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[Observed]:
    """One job for each kind of image, prepared for real."""
    with pytest.MonkeyPatch.context() as patch:
        handed = record_masks(patch)
        yield Observed(run_job(work_on(*request.param), tmp_path_factory.mktemp("job")), handed)


# --- everything that is opened looks random ----------------------------------------------------------------------


def test_every_opened_value_is_uniform(seen: Observed) -> None:
    """One by one where there are bytes enough to judge, and by size for the small ones of all steps together."""
    for party in Party:
        small: dict[tuple[str, int], bytes] = {}
        judged = 0
        for step, value in seen.run.opened[party]:
            data = value.numpy().tobytes()
            if step in ("open-bit", "indices"):
                continue
            if len(data) >= MINIMUM:
                assert_uniform_bytes(data, f"party {party}, {step} {tuple(value.shape)}")
                judged += 1
            else:
                small[step, len(data)] = small.get((step, len(data)), b"") + data
        assert judged >= 4
        for (step, size), data in small.items():
            if len(data) >= MINIMUM:
                assert_uniform_bytes(data, f"party {party}, {step} of {size} bytes")
        assert_uniform_bytes(b"".join(small.values()), f"party {party}, small ones")


def test_indices_of_tables_are_uniform(seen: Observed) -> None:
    """They have fewer bits than their bytes: every place of a table comes as often as any other."""
    for party in Party:
        places = np.concatenate([value.numpy().reshape(-1) for value in seen.opened("indices", party)] or [np.zeros(0)])
        if not len(places):
            continue
        size = 1 << int(places.max()).bit_length()
        counts = np.bincount(places.astype(np.int64), minlength=size)
        expected = len(places) / size
        assert ((counts - expected) ** 2 / expected).sum() < size + 6 * (2 * size) ** 0.5


def test_no_opened_value_is_small(seen: Observed) -> None:
    """What fixed point holds, opened by mistake, would show: pixels, labels, features, gradients and weights."""
    for kind, opened, _ in seen.under_masks():
        if kind == RING and opened.numel() >= 16:
            assert float((opened.abs() < SMALL).double().mean()) < 0.1


def test_both_servers_open_the_same(seen: Observed) -> None:
    for first, second in zip(seen.opened("open"), seen.opened("open", Party.P1), strict=True):
        assert torch.equal(first, second)


# --- and is a value minus its own mask ---------------------------------------------------------------------------


def test_every_opening_uses_the_next_mask_and_every_mask_hides_one_value(seen: Observed) -> None:
    """Both lists have the same length, the same shapes and the same order: no opening without a fresh mask."""
    for party in Party:
        both = [value.numel() for value in seen.opened("open", party)]
        masks = [mask.numel() for _, mask in seen.handed[party].of(RING, BITS)]
        assert len(both) == len(masks) and all(size <= mask for size, mask in zip(both, masks, strict=True))
        assert sum(both) > 0.9 * sum(masks)
        alone = [value.numel() for value in seen.opened("swap-bits", party)]
        assert alone == [mask.numel() for _, mask in seen.handed[party.other].of(OWN)]
        sent = [_parts(hiding) for hiding in seen.handed[party.other].swaps]
        swapped = [(value.numel(), value.element_size()) for value in seen.opened("swap", party)]
        assert swapped == [part for parts in sent for part in parts]
        assert len(seen.opened("corrections", party)) == len(seen.handed[party].signs) == EPOCHS
        assert len(seen.opened("open-bit", party)) == EPOCHS


def _parts(hiding: torch.Tensor | tuple[RandomOts, int]) -> list[tuple[int, int]]:
    """(number, bytes) of the whole numbers that carry a value hidden by this."""
    if isinstance(hiding, torch.Tensor):
        return [(hiding.numel(), 8)]
    ots, size = hiding
    return [(ots.chosen.numel(), width) for width in (8, 4, 2, 1) if size & width]


def test_value_under_every_mask_is_a_fixed_point_number(seen: Observed) -> None:
    """Adding both shares of the mask gives small numbers: it was value minus this very mask."""
    count = 0
    for kind, _, value in seen.under_masks():
        if kind == RING:
            assert int(value.abs().max()) < SMALL
            count += 1
    assert count > 100


def test_no_mask_comes_twice(seen: Observed) -> None:
    for handed in seen.handed:
        words = torch.cat([mask.reshape(-1) for _, mask in handed.masks])
        assert len(torch.unique(words)) == words.numel() > 20_000


def test_masks_of_the_servers_are_uniform_on_their_own(seen: Observed) -> None:
    """A server's own part of a mask says nothing about the other's."""
    parts = [torch.cat([mask.reshape(-1) for _, mask in handed.of(RING)]) for handed in seen.handed]
    for data in (*parts, parts[0] + parts[1], parts[0] ^ parts[1]):
        assert_uniform_bytes(data.numpy().tobytes())


def test_selections_hide_their_bits_and_their_values(seen: Observed) -> None:
    """Without the pads and the one-time bits, what is selected by a comparison shows: bits are the signs of values."""
    widths = [_parts(hiding) for hiding in seen.handed[0].swaps]
    values = {party: iter(seen.opened("swap", party.other)) for party in Party}
    hidden = {party: iter(_after_selections(seen, party)) for party in Party}
    matching = 0
    for index, parts in enumerate(widths):
        received = {party: [next(values[party]).reshape(-1) for _ in parts] for party in Party}
        if isinstance(seen.handed[0].swaps[index], torch.Tensor):
            continue
        size = 8 * sum(width for _, width in parts)
        shares, own = [], []
        for party in Party:
            ots, _ = seen.handed[party].swaps[index]
            bit = bits.unpack(next(hidden[party]) ^ ots.own, ots.chosen.numel())
            bare = _whole(received[party]) - (ots.pad0 - ots.pad1)
            shares.append(bare * (1 - 2 * bit))
            own.append(bit)
        value = ((shares[0] + shares[1]) << (64 - size)) >> (64 - size)
        matching += int(torch.equal(own[0] ^ own[1], (value >= 0).long()))
    assert matching >= (EPOCHS * TRAINED // BATCH if len(seen.run.work.architecture.tensors) > 1 else 0)


def _after_selections(seen: Observed, party: Party) -> Iterator[torch.Tensor]:
    """What a party sent in place of the bits of its selections."""
    chosen = [hiding[0].own for hiding in seen.handed[party].swaps if not isinstance(hiding, torch.Tensor)]
    waiting = iter(chosen)
    mask = next(waiting, None)
    for sent, (_, own) in zip(seen.opened("swap-bits", party.other), seen.handed[party].of(OWN), strict=True):
        if mask is not None and own.shape == mask.shape and torch.equal(own, mask):
            yield sent
            mask = next(waiting, None)


def _whole(parts: list[torch.Tensor]) -> torch.Tensor:
    """Numbers from their parts, the lowest first."""
    total, done = torch.zeros(parts[0].shape, dtype=torch.int64), 0
    for part in parts:
        low = part.to(torch.int64)
        total += (low if part.element_size() == 8 else low & ((1 << 8 * part.element_size()) - 1)) << done
        done += 8 * part.element_size()
    return total


def test_private_bits_are_sent_under_one_time_bits(seen: Observed) -> None:
    """Of about half of them the mask changes the bit, whatever the bits are."""
    for party in Party:
        masks = [mask.reshape(-1) for _, mask in seen.handed[party.other].of(OWN)]
        sent = [value.reshape(-1) for value in seen.opened("swap-bits", party)]
        plain = torch.cat([value ^ mask for value, mask in zip(sent, masks, strict=True)])
        for words in (torch.cat(masks), torch.cat(sent)):
            assert_uniform_bytes(words.numpy().tobytes())
        assert float((plain != torch.cat(sent)).double().mean()) > 0.99


def test_sign_corrections_are_the_share_under_a_pad_the_receiver_lacks(seen: Observed) -> None:
    for party in Party:
        sender = seen.handed[party.other].signs
        for received, pads, own in zip(
            seen.opened("corrections", party), sender, seen.handed[party].signs, strict=True
        ):
            bare = received - (pads.pad0 - pads.pad1)
            assert not bool((bare & 1).any()), "twice a share"
            chosen = torch.where(bits.unpack(own.own, received.numel()) == 1, pads.pad1, pads.pad0)
            assert torch.equal(own.chosen, chosen)
            for pad in (pads.pad0, pads.pad1):
                assert not bool((received == pad).any())


def test_one_bit_an_epoch_is_opened_and_says_that_all_is_in_range(seen: Observed) -> None:
    shares = [torch.cat(seen.opened("open-bit", party)) for party in Party]
    assert bool(((shares[0] | shares[1]) <= 1).all())
    assert (shares[0] ^ shares[1]).tolist() == [1] * EPOCHS


# --- the test looks at what it means to --------------------------------------------------------------------------


def test_what_lies_under_the_masks_is_the_job_itself(seen: Observed) -> None:
    """Images, features, labels and weights are there, each under its mask: the watch misses nothing."""
    work = seen.run.work
    values = [value for kind, _, value in seen.under_masks() if kind == RING]
    pixels = work.shares[Party.P0].values + work.shares[Party.P1].values
    images = (pixels[:, : SIDE * SIDE] % 2**16).numpy()
    plan = mix_plan(seen.run.seed, 0, TRAINED, 4)
    mixtures = np.einsum("nkp,nk->np", images[VALIDATION:][plan.sources], plan.weights)
    hidden = values[0].reshape(TRAINED, -1).numpy()
    np.testing.assert_array_equal(np.abs(hidden), mixtures)
    after_first_epoch = {
        name: torch.from_numpy(np.round(weight * 2**16).astype(np.int64))
        for name, weight in seen.run.weights(1).items()
    }
    for weight in after_first_epoch.values():
        assert any(value.shape == weight.shape and torch.equal(value, weight) for value in values)


def test_transcript_has_no_other_step(seen: Observed) -> None:
    for party, transcript in zip(Party, seen.run.received, strict=True):
        expected = PUBLIC_STEPS | PREPARATION_STEPS | {"online"}
        assert {step for step, _ in transcript} == expected | (ONE_WAY if party is Party.P1 else set())
        assert {step for step, _ in seen.run.opened[party]} - LOOKED_UP == WATCHED


def test_watch_sees_every_byte_of_the_online_phase(seen: Observed) -> None:
    for party in Party:
        received = sum(len(body) for name, body in seen.run.received[party] if name == "online")
        assert received == sum(value.numel() * value.element_size() for _, value in seen.run.opened[party])
