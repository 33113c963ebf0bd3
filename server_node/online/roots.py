"""Square roots, their inverses and quotients of shares over a wide range, by the place of the leading one.

With the leading one of x at place k, x = m 2^(k + 1) and m in [1/2, 1), where a short polynomial is enough. The place
comes as additive shares of a one-hot row, so every factor that depends on k alone is a local sum over the row.
``docs/decisions/0015-numerics-on-shares.md`` has the error analysis.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import torch

from server_node.kernels import bits
from server_node.kernels.bits import WORD_BITS
from server_node.kernels.matmul import ring_matmul
from server_node.online.circuits import carry_out, multiply_bits, prefix_or_from_top, sum_bits
from server_node.online.comparison import to_ring
from server_node.online.linear import Masked, mask_values, multiply, square
from server_node.online.session import Session, priced
from server_node.online.steps import Steps, together
from server_node.online.truncation import truncate

WIDTH: Final = 31
"""What is under a root or a divisor is below 2^31 in the ring."""
ROOT_ERROR: Final = 2.0**-10
QUOTIENT_ERROR: Final = 2.0**-10

# Best in relative error on [1/2, 1]: 4.8e-4 for the inverse root, 7e-5 for the root, 3e-4 for the reciprocal, which is
# the product of two quadratics.
_INVERSE_ROOT: Final = (2.60531184, -3.63964859, 2.99053102, -0.95667328)
_ROOT: Final = (0.26159867, 1.11429172, -0.51688837, 0.14106739)
_RECIPROCAL: Final = ((1.59102072, -2.28773208, 2.20722464), (4.44435916, -5.98936033, 2.20722464))
_HALF_PLACES: Final = 52
_ROOT_OF_TWO: Final = (math.isqrt(2 << 2 * _HALF_PLACES + 2) + 1) >> 1
"""sqrt(2) with 52 binary places, rounded."""
_CUBIC_PLACES: Final = 31
_SQUARE_PLACES: Final = 17
_QUADRATIC_PLACES: Final = 14
_NORMAL_PLACES: Final = 16
_RECIPROCAL_PLACES: Final = 28


@priced(rounds=12, item_bits=774, opens="shares - masks, bits ^ random bits")
def inverse_square_root(session: Session, x: torch.Tensor, x_places: int, places: int) -> Steps[torch.Tensor]:
    """Share of 1 / sqrt(x) with ``places`` fractional bits, for x in [0, 2^31) in the ring with ``x_places`` of them.

    The relative error is at most ``ROOT_ERROR``, and rounding adds less than one unit. 0 gives what one unit gives,
    2^(x_places / 2). There are at most 30 - x_places / 2 places, rounded down: then the result is below 2^31.

    *Rounds* 12. *Bytes* 96.8 per element each way. *Opens* shares less masks, bits under one-time bits.

    Raises:
        ValueError: there are more places.
    """
    odd = x_places % 2
    finest = 30 - (x_places + odd) // 2
    halves = [59 - k - odd for k in range(WIDTH)]
    at_zero = round(half_power(60 - odd) / _INVERSE_ROOT[0])
    return (yield from _cubic(session, x, _INVERSE_ROOT, (halves, at_zero), finest - places))


@priced(rounds=12, item_bits=774, opens="shares - masks, bits ^ random bits")
def square_root(session: Session, x: torch.Tensor, x_places: int, places: int) -> Steps[torch.Tensor]:
    """Share of sqrt(x) with ``places`` fractional bits, for x in [0, 2^31) in the ring with ``x_places`` of them.

    The relative error is at most ``ROOT_ERROR``, and rounding adds less than one unit. There are at most
    15 + x_places / 2 places, rounded down: then the result is below 2^31.

    *Rounds* 12. *Bytes* 96.8 per element each way. *Opens* shares less masks, bits under one-time bits.

    Raises:
        ValueError: there are more places.
    """
    odd = x_places % 2
    finest = 15 + (x_places - odd) // 2
    halves = [31 + k - odd for k in range(WIDTH)]
    return (yield from _cubic(session, x, _ROOT, (halves, 0), finest - places))


def half_power(halves: int) -> int:
    """2^(halves / 2) to 53 bits, rounded to a whole number.

    A public factor must be the same at both parties, whatever computes powers there: hence whole numbers only.
    """
    whole, is_odd = divmod(halves, 2)
    value = _ROOT_OF_TWO if is_odd else 1 << _HALF_PLACES
    return round(Fraction(value << whole, 1 << _HALF_PLACES))


@priced(rounds=14, item_bits=968, opens="shares - masks, bits ^ random bits")
def divide(session: Session, a: torch.Tensor, b: torch.Tensor) -> Steps[torch.Tensor]:
    """Share of a / b in ``fraction_bits`` for b in [1, 2^31) in the ring and a quotient within [-2^31, 2^31).

    Both have the same number of fractional bits, and one shape. The relative error is at most ``QUOTIENT_ERROR``, and
    rounding adds less than two units. Where b is 0, so is the result.

    *Rounds* 14. *Bytes* 121 per element each way. *Opens* shares less masks, bits under one-time bits.
    """
    flat, places = b.reshape(-1), session.fraction_bits
    (masked, masked_a, masked_squared), row = yield from together(
        _with_square(session, flat, a.reshape(-1)), _leading_one(session, flat)
    )
    up = _sums(session, row, [[1 << (WIDTH - 1 - k), 1 << 2 * (WIDTH - 1 - k)] for k in range(WIDTH)])
    masked_up, masked_twice = yield from mask_values(session, up[0], up[1])
    normal, normal_squared, numerator = yield from truncate(
        session,
        (multiply(session, masked, masked_up), WIDTH - _NORMAL_PLACES),
        (multiply(session, masked_squared, masked_twice), 2 * WIDTH - _NORMAL_PLACES),
        (multiply(session, masked_a, masked_up), WIDTH - places - 1),
    )
    first, second = yield from mask_values(
        session, *(_quadratic(session, normal, normal_squared, factor) for factor in _RECIPROCAL)
    )
    down = 2 * (_NORMAL_PLACES + _QUADRATIC_PLACES) - _RECIPROCAL_PLACES
    (inverse,) = yield from truncate(session, (multiply(session, first, second), down))
    masked_inverse, masked_numerator = yield from mask_values(session, inverse, numerator)
    quotient = multiply(session, masked_inverse, masked_numerator)
    (out,) = yield from truncate(session, (quotient, _RECIPROCAL_PLACES + 1))
    return out.reshape(b.shape)


def _quadratic(session: Session, m: torch.Tensor, squared: torch.Tensor, factor: Sequence[float]) -> torch.Tensor:
    """Share of c0 + c1 m + c2 m^2 with 14 fractional bits more than m has. Local."""
    c0, c1, c2 = (round(c * 2**_QUADRATIC_PLACES) for c in factor)
    return session.public(c0 << _NORMAL_PLACES, m) + m * c1 + squared * c2


def _cubic(
    session: Session, x: torch.Tensor, cubic: Sequence[float], scales: tuple[Sequence[int], int], cut: int
) -> Steps[torch.Tensor]:
    """Share of z (c0 + c1 m + c2 m^2 + c3 m^3) / 2^cut where z is the scale for the place of the leading one of x.

    The products z m and m^2 are each one product of x or x^2 with a sum over the row, exact in the ring, and the cubic
    is then c0 z + c1 (z m) + m^2 (c2 z + c3 (z m)).

    Args:
        scales: for every place the number of halves whose power of two is the scale, and the scale for x = 0; the
            result is below 2^31 in the ring before the cut.
    """
    if cut < 0:
        raise ValueError(f"a root of such a number has {-cut} fractional bits less")
    flat = x.reshape(-1)
    (masked, _, masked_squared), row = yield from together(
        _with_square(session, flat, flat[:0]), _leading_one(session, flat)
    )
    top, (halves, at_zero) = WIDTH - 1, scales
    weights = [
        [1 << 2 * (top - k), half_power(halves[k] + 2 * (top - k)), half_power(halves[k]) - at_zero]
        for k in range(WIDTH)
    ]
    twice, scaled, scale = _sums(session, row, weights)
    scale = scale + session.public(at_zero, scale)
    masked_twice, masked_scaled = yield from mask_values(session, twice, scaled)
    squared, product = yield from truncate(
        session,
        (multiply(session, masked_squared, masked_twice), 2 * WIDTH - _SQUARE_PLACES),
        (multiply(session, masked, masked_scaled), WIDTH),
    )
    c2, c3 = (round(c * 2.0 ** (_CUBIC_PLACES - _SQUARE_PLACES)) for c in cubic[2:])
    c0, c1 = (round(c * 2.0**_CUBIC_PLACES) for c in cubic[:2])
    masked_square, masked_rest = yield from mask_values(session, squared, scale * c2 + product * c3)
    value = scale * c0 + product * c1 + multiply(session, masked_square, masked_rest)
    (out,) = yield from truncate(session, (value, _CUBIC_PLACES + cut))
    return out.reshape(x.shape)


def _with_square(session: Session, x: torch.Tensor, other: torch.Tensor) -> Steps[tuple[Masked, Masked, Masked]]:
    """x, the other value and x^2, masked in two rounds."""
    masked, masked_other = yield from mask_values(session, x, other)
    (masked_square,) = yield from mask_values(session, square(session, masked))
    return masked, masked_other, masked_square


def _leading_one(session: Session, x: torch.Tensor) -> Steps[torch.Tensor]:
    """Additive shares [31, n] of a row for each x in [0, 2^31): 1 at the place of its leading one, else 0.

    Whether all bits from k on are zero follows from bit k and from the own bits above it: out of a zero bit i the carry
    is the OR of the own bits there, so bit i + 1 is zero too if that equals the xor of the own bits at i + 1. The
    prefixes of these tests, a leading-zero anticipator (Schmookler and Nowka, ARITH 2001), run beside the addition.

    *Rounds* 8.
    """
    own = bits.planes(x, WIDTH)
    found, higher = yield from together(sum_bits(session, own), _bits_above(session, own))
    (both,) = yield from multiply_bits(session, [(found[:-1], higher)])
    reached = torch.cat([found[:-1] ^ higher ^ both, found[-1:]])
    leading = torch.cat([reached[:-1] ^ reached[1:], reached[-1:]])
    size = leading.numel() * WORD_BITS
    row = yield from to_ring(session, leading.reshape(-1), size)
    return row.reshape(WIDTH, -1)[:, : x.numel()]


def _bits_above(session: Session, own: torch.Tensor) -> Steps[torch.Tensor]:
    """Xor shares [30, words]: row k is 1 if a bit above k is, provided that bit k is zero, and 0 if none is."""
    both = yield from carry_out(session, own[:-1].reshape(1, -1))
    either = own[:-1] ^ both.reshape(own[:-1].shape)
    return (yield from prefix_or_from_top(session, own[1:] ^ either))


def _sums(session: Session, row: torch.Tensor, weights: Sequence[Sequence[int]]) -> torch.Tensor:
    """Shares [m, n] of the weights [31, m] at the places that the row [31, n] has. Local."""
    matrix = torch.tensor(weights, dtype=torch.int64, device=session.device)
    return ring_matmul(matrix.T, row)
