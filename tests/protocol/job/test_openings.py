"""Over a whole job nothing is opened but masked values: each value under a mask that hides it and nothing else.

So no image, encoding, label, mask, feature, gradient or weight is ever seen by a server.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from common.ids import Party
from common.schedule import mix_plan
from server_node.kernels import bits
from tests.helpers.jobs.images import EXTREMES, alternating
from tests.helpers.jobs.masks import BITS, OWN, RING, Handed, record_masks
from tests.helpers.jobs.projects import model_of, specification
from tests.helpers.jobs.runs import JobRun, Work, make_work, run_job
from tests.helpers.two_party.uniformity import MINIMUM, assert_uniform_bytes

COUNT, SIDE, BATCH, EPOCHS = 48, 12, 8, 2
VALIDATION = 8
TRAINED = COUNT - VALIDATION
PUBLIC_STEPS = {
    "checkpoints", "joint-toss", "prepare-plan", "prepare-ready", "base-ot-public", "base-ot-answers",
}  # fmt: skip
PREPARATION_STEPS = {"ot-trees", "ot-corrections", "product-corrections", "bit-corrections", "ring-corrections"}
ONLINE_STEPS = {"open", "swap-bits", "sign-corrections"}
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
            flat = opened.reshape(first.shape)
            found.append((kind, flat, flat + first + second if kind == RING else flat ^ first ^ second))
        return found


def work_on(extreme: int, head: str) -> Work:
    spec = specification(
        model=model_of(head), training={"epochs": EPOCHS, "batch": BATCH, "validation": VALIDATION}
    )
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
        assert both == [mask.numel() for _, mask in seen.handed[party].of(RING, BITS)]
        alone = [value.numel() for value in seen.opened("swap-bits", party)]
        assert alone == [mask.numel() for _, mask in seen.handed[party.other].of(OWN)]
        assert len(seen.opened("sign-corrections", party)) == len(seen.handed[party].signs) == EPOCHS


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


def test_chosen_bits_of_selections_are_hidden_too(seen: Observed) -> None:
    """Where a selection follows a comparison, its bit says whether the value beside it is negative."""
    found = seen.under_masks()
    checked = 0
    for (kind, _, value), (next_kind, flipped, bit) in zip(found, found[1:], strict=False):
        if (kind, next_kind) != (RING, BITS):
            continue
        positive = bits.unpack(bit.reshape(-1), value.numel())
        assert not torch.equal(flipped, bit)
        checked += int(torch.equal(positive, (value.reshape(-1) >= 0).long()))
    assert checked >= EPOCHS * TRAINED // BATCH


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
            seen.opened("sign-corrections", party), sender, seen.handed[party].signs, strict=True
        ):
            bare = received - (pads.pad0 - pads.pad1)
            assert not bool((bare & 1).any()), "twice a share"
            chosen = torch.where(bits.unpack(own.own, received.numel()) == 1, pads.pad1, pads.pad0)
            assert torch.equal(own.chosen, chosen)
            for pad in (pads.pad0, pads.pad1):
                assert not bool((received == pad).any())


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
    for transcript in seen.run.received:
        assert {step for step, _ in transcript} == PUBLIC_STEPS | PREPARATION_STEPS | ONLINE_STEPS


def test_watch_sees_every_byte_of_the_online_phase(seen: Observed) -> None:
    for party in Party:
        for step in ("open", "swap-bits", "sign-corrections"):
            received = sum(len(body) for name, body in seen.run.received[party] if name == step)
            assert received == 8 * sum(value.numel() for value in seen.opened(step, party))
