"""Exponential, reciprocal and softmax on shares, with stated range and error.

Inside, values carry ``_FINE`` = 26 fractional bits so that rounding stays far below the error of the method.
"""

from __future__ import annotations

from typing import Final

import torch

from server_node.online.linear import mask_values, multiply, square
from server_node.online.maximum import maximum
from server_node.online.session import Session
from server_node.online.steps import Steps
from server_node.online.truncation import truncate

_FINE: Final = 26
_SQUARINGS: Final = 8
EXP_LOWEST: Final = -480.0
EXP_ERROR: Final = 0.0025
RECIPROCAL_ERROR: Final = 1e-5
SOFTMAX_ERROR: Final = 0.0042
"""For up to ten classes. It grows with the square of the logarithm of their number: 0.0055 for 16, 0.0125 for 100."""


def exp_nonpositive(session: Session, x: torch.Tensor) -> Steps[torch.Tensor]:
    """Share of e^x with 26 fractional bits, for x in [-480, 0] with ``fraction_bits`` fractional bits.

    (1 + x / 256)^256 by eight squarings; absolute error at most ``EXP_ERROR``.

    *Rounds* 16. *Bytes* 65 per element each way.
    """
    up = _FINE - session.fraction_bits - _SQUARINGS
    start = x << up if up >= 0 else x
    value = start + session.public(1 << _FINE, x)
    for _ in range(_SQUARINGS):
        (masked,) = yield from mask_values(session, value)
        (value,) = yield from truncate(session, (square(session, masked), _FINE))
    return value


def reciprocal(session: Session, s: torch.Tensor, highest: int) -> Steps[torch.Tensor]:
    """Share of 1 / s with 26 fractional bits, for s in [1, highest] with 26 fractional bits.

    Chebyshev start a - b s, then r <- r (1 + e), e <- e^2; relative error at most ``RECIPROCAL_ERROR``, to which
    rounding adds at most (4 + highest / 8) * 2^-26 to the result, as good as nothing for a sum of probabilities.

    *Rounds* 3 + 2 per step; three to thirteen steps.
    """
    slope, offset, error = _start(highest)
    fine = 1 << _FINE
    fine_slope = _FINE + highest.bit_length()  # the slope is about 8 / highest^2: it needs more bits than values do
    (falling,) = yield from truncate(session, (s * round(slope * (1 << fine_slope)), fine_slope))
    result = session.public(round(offset * fine), s) - falling
    masked_s, masked_result = yield from mask_values(session, s, result)
    (product,) = yield from truncate(session, (multiply(session, masked_s, masked_result), _FINE))
    rest = session.public(fine, s) - product
    while error > RECIPROCAL_ERROR:
        masked_result, masked_rest = yield from mask_values(session, result, rest)
        grown = multiply(session, masked_result, masked_rest)
        step, rest = yield from truncate(session, (grown, _FINE), (square(session, masked_rest), _FINE))
        result = result + step
        error = error * error
    return result


def softmax(session: Session, logits: torch.Tensor) -> Steps[torch.Tensor]:
    """Share of the row-wise softmax of logits [rows, classes], in ``fraction_bits``; error ``SOFTMAX_ERROR``.

    The spread of a row must stay below 480. *Rounds* 7 per halving of the classes, plus about 31.
    """
    classes = logits.shape[1]
    largest = yield from maximum(session, logits)
    powers = yield from exp_nonpositive(session, logits - largest)
    inverse = yield from reciprocal(session, powers.sum(dim=1, keepdim=True), classes)
    masked_powers, masked_inverse = yield from mask_values(session, powers, inverse)
    product = multiply(session, masked_powers, masked_inverse)
    (out,) = yield from truncate(session, (product, 2 * _FINE - session.fraction_bits))
    return out


def _start(highest: int) -> tuple[float, float, float]:
    """Slope, offset and largest relative error of the best linear start for 1/s on [1, highest]."""
    if highest <= 1:
        return 0.0, 1.0, 0.0
    centre = (highest + 1) / (highest - 1)
    width = 2 / (highest - 1)
    error = 1 / (2 * centre * centre - 1)
    return 2 * error * width * width, 4 * error * width * centre, error
