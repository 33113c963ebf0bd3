"""Batch normalisation (Ioffe and Szegedy, ICML 2015): per channel, on shares.

With N values of a channel, d = x - mean, r = 1 / sqrt(variance + epsilon) and s = weight * r, the output is s d + bias.
Backward, with the error e and q = mean of e d over the N values:

    error of x       s e - s mean(e) - d q weight r^3
    of the weight    N q r
    of the bias      N mean(e)

Sums over a channel are the diagonal of a product of two masked matrices, so they take no correlation per value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch

from common.architecture import Node
from common.errors import SpecRefused
from server_node.offline.views import PLAIN, TRANSPOSED
from server_node.online.linear import Masked, matmul, multiply
from server_node.online.roots import inverse_square_root
from server_node.online.session import Session
from server_node.online.steps import Steps, together
from server_node.online.truncation import multiples, truncate
from server_node.train.layers.layer import Gradient, Pass
from server_node.train.layers.values import Scaled, mean_factor, ring_for, settled

EPSILON: Final = 1e-5
_SHARE: Final = (6554, 16)
"""What a batch changes in running statistics: about a tenth, as a factor over 2^16."""
_FINE: Final = 8
"""Further places of means over a channel: each enters many values, whose errors then add up."""
_VARIANCE: Final = 4
"""Further places of a variance, which must be below 2^(15 - 4)."""
_MOST_VALUES: Final = 1 << 19
"""Of a channel: then the sum of their squares, with 32 places, is below 2^62 for every such variance."""


@dataclass(frozen=True)
class _Kept:
    """For the way back: d, s and r masked, and as they come out of products: s r^2 and (variance + epsilon) r^2."""

    difference: Masked
    scale: Masked
    inverse: Masked
    cube: torch.Tensor
    whole: torch.Tensor


@dataclass(frozen=True)
class BatchNorm:
    """(x - mean) / sqrt(variance + epsilon) * weight + bias for each channel; running statistics outside training."""

    node: Node

    def prepare(self, run: Pass) -> Steps[None]:
        """Scale and offset of a network that does not train, once for all batches.

        *Rounds* those of the inverse square root and 4.
        """
        session, weights = run.session, run.weights
        variance = weights[self.node["variance"]] << _VARIANCE
        inverse = yield from _inverse_deviation(session, _with_epsilon(session, variance))
        masked, mean = yield from run.mask(inverse, weights[self.node["mean"]])
        product = multiply(session, run.masked_weights[self.node["weight"]], masked)
        (scale,) = yield from truncate(session, (product, session.fraction_bits))
        (masked_scale,) = yield from run.mask(scale)
        offset = (weights[self.node["bias"]] << session.fraction_bits) - multiply(session, masked_scale, mean)
        run.prepared[self.node["id"]] = (masked_scale, offset)

    def forward(self, run: Pass) -> Steps[Scaled]:
        if run.is_training:
            return (yield from self._train(run))
        x = yield from run.operand(self.node["in"][0])
        scale, offset = run.prepared[self.node["id"]]
        surplus = run.session.fraction_bits + x.surplus
        ring_bits = ring_for(run.session, surplus)
        out = multiply(run.session, x.masked, scale, ring_bits) + (offset << x.surplus)
        return Scaled(out, surplus, ring_bits)

    def _train(self, run: Pass) -> Steps[Scaled]:
        """*Rounds* those of the inverse square root and 7, besides rounding the input.

        Raises:
            SpecRefused: a batch has too many values of a channel; it shows while the plan is recorded.
        """
        session, bits = run.session, run.session.fraction_bits
        x = yield from settled(session, run.values[self.node["in"][0]])
        count = x.numel() // x.shape[-1]
        if count > _MOST_VALUES:
            raise SpecRefused(
                f"A batch normalisation takes at most {_MOST_VALUES} values of a channel; a batch here has {count}; "
                "use a smaller batch.",
                field="training.batch",
            )
        factor, places = mean_factor(count)
        mean = yield from _over(session, _channel_sums(x), factor, places)
        (difference,) = yield from run.mask(x - mean)
        squares = _inner(session, difference, difference)
        (variance,) = yield from multiples(session, squares, [(factor, places + bits - _VARIANCE)])
        wide = _with_epsilon(session, variance)
        inverse, _ = yield from together(_inverse_deviation(session, wide), self._remember(run, mean, variance, count))
        masked, masked_wide = yield from run.mask(inverse, wide)
        weight = run.masked_weights[self.node["weight"]]
        scale, square = yield from truncate(
            session, (multiply(session, weight, masked), bits), (multiply(session, masked, masked), bits - _VARIANCE)
        )
        masked_scale, masked_square = yield from run.mask(scale, square)
        cube, whole = multiply(session, masked_scale, masked_square), multiply(session, masked_wide, masked_square)
        run.kept[self.node["id"]] = _Kept(difference, masked_scale, masked, cube, whole)
        ring_bits = ring_for(session, bits)
        out = multiply(session, difference, masked_scale, ring_bits)
        return Scaled(out + (run.weights[self.node["bias"]] << bits), bits, ring_bits)

    def _remember(self, run: Pass, mean: torch.Tensor, variance: torch.Tensor, count: int) -> Steps[None]:
        """Move the running statistics a tenth of the way to those of the batch. *Rounds* 1."""
        session, (factor, places) = run.session, _SHARE
        old_mean, old_variance = run.weights[self.node["mean"]], run.weights[self.node["variance"]]
        unbiased = round(factor * count / (count - 1))
        (mean_step,), (gain,), (loss,) = yield from together(
            multiples(session, mean - old_mean, [(factor, places)]),
            multiples(session, variance, [(unbiased, places + _VARIANCE)]),
            multiples(session, old_variance, [(factor, places)]),
        )
        run.statistics[self.node["mean"]] = old_mean + mean_step
        run.statistics[self.node["variance"]] = old_variance + gain - loss

    def backward(self, run: Pass, error: Scaled, wanted: bool) -> Steps[Sequence[Scaled]]:
        """*Rounds* 6: rounding and masking the error, then twice for each of the two products of a channel.

        s r^2 gets a Newton step, s r^2 (2 - (variance + epsilon) r^2): what is taken away along d must be exact, or
        the error would grow along the weights before.
        """
        session, bits, kept = run.session, run.session.fraction_bits, run.kept[self.node["id"]]
        fine = bits + _VARIANCE
        share, (cube, whole) = yield from together(
            settled(session, error), truncate(session, (kept.cube, bits), (kept.whole, fine))
        )
        masked, *factors = yield from run.mask(share, cube, session.public(2 << fine, whole) - whole)
        factor, places = mean_factor(share.numel() // share.shape[-1])
        sums, products = _channel_sums(share), _inner(session, masked, kept.difference)
        mean, (product, product_mean), (cube,) = yield from together(
            _over(session, sums, factor, places - _FINE),
            multiples(session, products, [(1, bits), (factor, places + bits - _FINE)]),
            truncate(session, (multiply(session, factors[0], factors[1]), fine)),
        )
        masked_mean, masked_product, masked_fine, masked_cube = yield from run.mask(mean, product, product_mean, cube)
        run.gradients[self.node["weight"]] = Gradient(multiply(session, masked_product, kept.inverse), bits, 64)
        run.gradients[self.node["bias"]] = Gradient(sums, 0, 64)
        if not wanted:
            return []
        (along,) = yield from truncate(session, (multiply(session, masked_fine, masked_cube), fine))
        (masked_along,) = yield from run.mask(along)
        ring_bits = ring_for(session, bits + _FINE)
        out = multiply(session, masked, kept.scale, ring_bits) << _FINE
        out = out - multiply(session, kept.difference, masked_along, ring_bits)
        out = out - multiply(session, masked_mean, kept.scale, ring_bits)
        return [Scaled(out, bits + _FINE, ring_bits)]


def _with_epsilon(session: Session, variance: torch.Tensor) -> torch.Tensor:
    """The variance plus epsilon, with ``_VARIANCE`` further places. Local."""
    return variance + session.public(round(EPSILON * (1 << (session.fraction_bits + _VARIANCE))), variance)


def _inverse_deviation(session: Session, wide: torch.Tensor) -> Steps[torch.Tensor]:
    """1 / sqrt(wide) for numbers with ``_VARIANCE`` further places."""
    return (yield from inverse_square_root(session, wide, session.fraction_bits + _VARIANCE, session.fraction_bits))


def _channel_sums(x: torch.Tensor) -> torch.Tensor:
    """[..., c] to [c]."""
    return x.reshape(-1, x.shape[-1]).sum(dim=0)


def _inner(session: Session, a: Masked, b: Masked) -> torch.Tensor:
    """Share of the sum of the products of each channel [c], with twice the fractional bits."""
    return matmul(session, a, b, (TRANSPOSED, PLAIN)).diagonal().contiguous()


def _over(session: Session, x: torch.Tensor, factor: int, places: int) -> Steps[torch.Tensor]:
    """x * factor / 2^places, which may be a product by a power of two. *Rounds* 1 or 0."""
    if places <= 0:
        return x * (factor << -places)
    (share,) = yield from multiples(session, x, [(factor, places)])
    return share
