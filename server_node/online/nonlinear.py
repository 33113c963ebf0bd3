"""Exponential, sigmoid, reciprocal and softmax on shares in few rounds, with stated range and error.

Three means do the work: powers of own parts, which only have to be multiplied; tables of polynomial pieces, found at a
secret place by an oblivious transfer; and Newton steps whose remainder is known without a product, because the parts
of a whole add up to it. ``docs/decisions/0015-numerics-on-shares.md`` has the error analysis.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import torch

from server_node.kernels import bits
from server_node.kernels.bits import Moved
from server_node.online.circuits import carry_out, flip
from server_node.online.comparison import select, to_ring
from server_node.online.linear import Masked, mask_values, multiply, square
from server_node.online.maximum import maximum
from server_node.online.opening import receive_entries, receive_indices, send_entries, send_indices, swap_masked
from server_node.online.session import Session, priced
from server_node.online.steps import Steps, together
from server_node.online.truncation import truncate

EXP_LOWEST: Final = -32000
EXP_ERROR: Final = 2.0**-20
"""Less than one unit of the result's fractional bits is added to it by rounding."""
SIGMOID_RANGE: Final = 16000
SIGMOID_ERROR: Final = 2.5e-4
RECIPROCAL_ERROR: Final = 1.5e-4
SOFTMAX_ERROR: Final = 4.0e-4
"""For up to 100 classes; 1.2e-3 for 1000."""
HIGHEST: Final = 1000
"""Most classes, and the largest number whose reciprocal is found."""

PART_PLACES: Final = 18
_MANY_PLACES: Final = 24
_NEWTON_PLACES: Final = 30
_FEW: Final = 16
_REST: Final = 1e-4
_INDEX_SHIFT: Final = 30
_MOST_INDEX_BITS: Final = 10

_WINDOW: Final = 16
_MARGIN: Final = 1 / 16
_POWER_PLACES: Final = 31
_REACH: Final = 15

_EDGE: Final = 9
_PIECE_BITS: Final = 5


@priced(
    rounds=5,
    item_bits=308,
    opens="powers of own parts - random values; bits ^ random bits; table entries ^ pads; as select",
    digit_bits=(334, 323),
)
def exp_nonpositive(session: Session, x: torch.Tensor, places: int = PART_PLACES) -> Steps[torch.Tensor]:
    """Share of e^x with ``places`` fractional bits, at most 30, for x in [-32000, 1/16) with ``fraction_bits``.

    With a, b in [0, 16) the own parts of x + 16 = a + b - 16 w, the result is e^(a - 8) e^(b - 8), or if the parts wrap
    e^(a - 16) e^(b - 16): products of values that one party each knows. Below -13.9 it may be, from -16 on it is 0.

    *Rounds* 5. *Bytes* 38.5 per element each way, by digits 41.8 from P0 and 40.4 from P1. *Opens* own values less
    random ones, bits under one-time bits, table entries under pads.
    """
    one = 1 << session.fraction_bits
    flat = x.reshape(-1)
    # The margin keeps x = 0 inside the window; both powers make up for half of it.
    y = flat + session.public(_WINDOW * one - round(_MARGIN * one), flat)
    value, negative = yield from together(
        _power_in_window(session, y, places), _is_negative_above(session, y, session.fraction_bits, _REACH)
    )
    return (yield from select(session, flip(session, negative), value)).reshape(x.shape)


def sigmoid(session: Session, x: torch.Tensor) -> Steps[torch.Tensor]:
    """Share of 1 / (1 + e^-x) in ``fraction_bits`` for x in [-16000, 16000]; error ``SIGMOID_ERROR`` and one unit.

    Between -9 and 9 a quadratic piece from a table, outside exactly 0 and 1.

    *Rounds* 5. *Bytes* about 53 per element each way, by digits 56 from P0 and 62 from P1; P0 sends 384 more, 480 if
    ``fraction_bits`` is above 16.
    """
    flat = x.reshape(-1)
    one, shift = 1 << session.fraction_bits, session.fraction_bits - 2
    edge = session.public(_EDGE * one, flat)
    # Cutting shares loses less than two units: without these, a value above the upper edge could seem to be below it.
    lost = session.public(2 << shift, flat)
    value, under, not_over = yield from together(
        _sigmoid_piece(session, flat),
        _is_negative_above(session, flat + edge, shift, _REACH + 1),
        _is_negative_above(session, flat - edge + lost, shift, _REACH + 1),
    )
    inside, over = yield from together(
        select(session, under ^ not_over, value), to_ring(session, flip(session, not_over), flat.numel())
    )
    return (inside + over * one).reshape(x.shape)


def reciprocal(session: Session, s: torch.Tensor, highest: int) -> Steps[torch.Tensor]:
    """Share of 1 / s in ``fraction_bits`` for s in [1, highest] with ``fraction_bits``; highest at most 1000.

    The relative error is at most ``RECIPROCAL_ERROR``, and rounding adds less than two units.

    *Rounds* 5 for ``highest`` up to 16, 6 up to 333, then 8.
    """
    flat = s.reshape(-1, 1)
    places = max(PART_PLACES, session.fraction_bits)
    fine = flat << (places - session.fraction_bits)
    parts = torch.cat([session.public(1 << places, fine), fine], dim=1)
    found = yield from _divided(session, parts, fine, Division.up_to(highest, places), lambda y: y[:, 1:])
    return found[:, 0].reshape(s.shape)


def softmax(session: Session, logits: torch.Tensor) -> Steps[torch.Tensor]:
    """Share of the row-wise softmax of logits [rows, classes], in ``fraction_bits``; error ``SOFTMAX_ERROR``.

    At most 1000 classes. Differences within a row must be below 32000 and in the range of ``is_negative``; shares that
    hold mod 2^32 are enough.

    *Rounds* those of ``maximum``, 5 for the powers, 5 to 8 for the division: 20 for ten classes.
    """
    largest = yield from maximum(session, logits)
    division = Division.up_to(logits.shape[1], PART_PLACES if logits.shape[1] <= _FEW else _MANY_PLACES)
    powers = yield from exp_nonpositive(session, logits - largest, division.places)
    return (yield from _divided(session, powers, _total(powers), division, _total))


@dataclass(frozen=True)
class Bins:
    """A secret value in [0, (2^index_bits - 1) 2^shift] is looked at in steps of 2^shift."""

    index_bits: int
    shift: int

    @property
    def top(self) -> int:
        return ((1 << self.index_bits) - 1) << self.shift


Pieces = Callable[[torch.Tensor, torch.Tensor], Sequence[torch.Tensor]]
"""From lower and upper bounds of bins (float64, in units of the value that is looked up) to their int64 entries."""


def look_up(
    session: Session, x: torch.Tensor, bins: Bins, pieces: Pieces, count: int, value_bytes: int = 8
) -> Steps[list[torch.Tensor]]:
    """Shares mod 2^(8 value_bytes) of the ``count`` entries that ``pieces`` has for the place where x lies.

    With r whole steps as the share of P1, x is in [x_0 + r 2^shift, x_0 + (r + 1) 2^shift). P0 makes the entries for
    every r from its exact share x_0, so a bin is one step wide although the carry from below is unknown. P1 tells r
    less the secret index of a one-of-many OT, P0 answers with entries, less its own random share of them, under pads.

    *Rounds* 2, one way each. *Bytes* P1 sends ``count`` indices, P0 ``count`` * 2^index_bits * ``value_bytes``.
    *Opens* an index less a random one; entries under pads, one of which P1 has.
    """
    flat = x.reshape(-1)
    size, entries = flat.numel(), 1 << bins.index_bits
    ots = [session.correlations.lookups(size, bins.index_bits, value_bytes) for _ in range(count)]
    pads = torch.stack([ot.pads for ot in ots])
    shares = torch.stack([session.correlations.mask((size,)).share for _ in range(count)])
    if session.is_first:
        moved = yield from receive_indices(session, (count, size), bins.index_bits)
        order = (torch.arange(entries, device=session.device) + moved[..., None]) & (entries - 1)
        table = torch.stack(list(pieces(*_bounds(flat, bins))))
        yield from send_entries(session, table.gather(-1, order) - shares[..., None], pads, value_bytes)
    else:
        index = torch.stack([ot.index for ot in ots])
        yield from send_indices(session, flat >> bins.shift, index, bins.index_bits)
        shares = (yield from receive_entries(session, index[..., None], pads, entries, value_bytes))[..., 0]
    limit = (1 << 8 * value_bytes) - 1 if value_bytes < 8 else -1
    return [(share & limit).reshape(x.shape) for share in shares]


def _bounds(own: torch.Tensor, bins: Bins) -> tuple[torch.Tensor, torch.Tensor]:
    """Bounds [n, 2^index_bits] of the value for every share in whole steps that the peer may have."""
    step, span = 1 << bins.shift, 1 << (bins.index_bits + bins.shift)
    peer = torch.arange(1 << bins.index_bits, device=own.device) << bins.shift
    low = (own[:, None] + peer) & (span - 1)
    # A bin across the end of the ring holds values from its beginning only: the last step is not used.
    low = torch.where(low > bins.top, low - span, low)
    return low.clamp(min=0).double(), (low + step).clamp(max=bins.top).double()


@dataclass(frozen=True)
class Division:
    """How the parts e of a whole s are divided by it: y = (a - b s) e by pieces of the line, then Newton steps.

    Args:
        places: fractional bits of the parts and of the whole.
        bins: for ``(s - lowest) * scale``.
        spare: fractional bits that the first y has more than ``_NEWTON_PLACES``.
        steps: how often y <- y (1 + (1 - sum of y)).
    """

    places: int
    bins: Bins
    lowest: int
    scale: int
    spare: int
    steps: int

    @classmethod
    def up_to(cls, highest: int, places: int) -> Division:
        """For s in [1, highest], with the smallest table that needs one step only, or else 2^10 entries.

        Raises:
            ValueError: highest is not in 1..1000.
        """
        if not 1 <= highest <= HIGHEST:
            raise ValueError(f"there are reciprocals of numbers up to {HIGHEST}, not {highest}")
        one = 1 << places
        # Rounded parts may add up to a little less than 1 or more than the highest.
        lowest = one - (one >> 8)
        width = highest * one + (highest * one >> 8) - lowest
        index_bits, steps = 2, 1
        while _first_error(width / lowest, index_bits) ** 2 > _REST and index_bits < _MOST_INDEX_BITS:
            index_bits += 1
        while _first_error(width / lowest, index_bits) ** (2**steps) > _REST:
            steps += 1
        bins = Bins(index_bits, _INDEX_SHIFT)
        return cls(places, bins, lowest, bins.top // width, 0 if highest <= _FEW else _NEWTON_PLACES, steps)

    @property
    def scaled_places(self) -> int:
        """Fractional bits of e s."""
        return 26 if self.spare else 16

    def pieces(self, low: torch.Tensor, high: torch.Tensor) -> list[torch.Tensor]:
        """The line a - b s that comes nearest to 1 / s between the bounds, in relative terms."""
        bottom, top = ((bound / self.scale + self.lowest) / (1 << self.places) for bound in (low, high))
        centre, spread = (bottom + top) / 2, ((top - bottom) / (top + bottom)) ** 2
        height = (1 + spread / (2 - spread)) / centre
        places = _NEWTON_PLACES + self.spare
        return [_fixed(2 * height, places - self.places), _fixed(height / centre, places - self.scaled_places)]


def _first_error(width: float, index_bits: int) -> float:
    """Largest relative error of the pieces for [1, 1 + width]: that of the first, which is the widest relatively."""
    step = width / ((1 << index_bits) - 1)
    spread = (step / (2 + step)) ** 2
    return spread / (2 - spread)


def _divided(
    session: Session,
    parts: torch.Tensor,
    whole: torch.Tensor,
    division: Division,
    total: Callable[[torch.Tensor], torch.Tensor],
) -> Steps[torch.Tensor]:
    """Share of parts [n, m] / whole [n, 1] in ``fraction_bits``; ``total`` adds results up to what must be 1 [n, 1].

    *Rounds* 3 + 2 per Newton step, and one more if there is something to spare.
    """
    index = (whole - session.public(division.lowest, whole)) * division.scale
    (a, b), (masked, scaled) = yield from together(
        look_up(session, index, division.bins, division.pieces, 2), _scaled(session, parts, whole, division)
    )
    masked_a, masked_b, masked_scaled = yield from mask_values(session, a, b, scaled)
    y = multiply(session, masked, masked_a) - multiply(session, masked_scaled, masked_b)
    if division.spare:
        (y,) = yield from truncate(session, (y, division.spare))
    for step in range(division.steps):
        rest = session.public(1 << _NEWTON_PLACES, whole) - total(y)
        masked_y, masked_rest = yield from mask_values(session, y, rest)
        grown = (y << _NEWTON_PLACES) + multiply(session, masked_y, masked_rest)
        is_last = step == division.steps - 1
        (y,) = yield from truncate(
            session, (grown, 2 * _NEWTON_PLACES - session.fraction_bits if is_last else _NEWTON_PLACES)
        )
    return y


def _scaled(
    session: Session, parts: torch.Tensor, whole: torch.Tensor, division: Division
) -> Steps[tuple[Masked, torch.Tensor]]:
    """The parts masked, and a share of parts times whole."""
    masked_parts, masked_whole = yield from mask_values(session, parts, whole)
    product = multiply(session, masked_parts, masked_whole)
    (scaled,) = yield from truncate(session, (product, 2 * division.places - division.scaled_places))
    return masked_parts, scaled


def _total(parts: torch.Tensor) -> torch.Tensor:
    return parts.sum(dim=1, keepdim=True)


def _power_in_window(session: Session, y: torch.Tensor, places: int) -> Steps[torch.Tensor]:
    """Share of e^(y - 16) for y in [0, 16), and anything for other y."""
    low = bits.planes(y, _WINDOW.bit_length() - 1, Moved(shift=session.fraction_bits))
    wrap, (plain, wrapped) = yield from together(carry_out(session, low), _powers(session, y, places))
    return plain + (yield from select(session, wrap, wrapped - plain))


def _powers(session: Session, y: torch.Tensor, places: int) -> Steps[tuple[torch.Tensor, torch.Tensor]]:
    """Shares of e^(a + b - 16) and e^(a + b - 32) for the own parts a, b of y; the wrong one may have overflowed."""
    one = 1 << session.fraction_bits
    exponent = (y & (_WINDOW * one - 1)).double() / one + _MARGIN / 2
    own = _fixed(torch.exp(torch.cat([exponent - _WINDOW / 2, exponent - _WINDOW])), _POWER_PLACES)
    private = session.correlations.private_values(own.numel())
    _, theirs = yield from swap_masked(session, own, private.own)
    product = private.product + theirs * (own if session.is_first else private.own)
    (powers,) = yield from truncate(session, (product, 2 * _POWER_PLACES - places), signed=False)
    plain, wrapped = powers.chunk(2)
    return plain, wrapped


def _is_negative_above(session: Session, y: torch.Tensor, shift: int, width: int) -> Steps[torch.Tensor]:
    """Xor share of (floor(y / 2^shift) or one less) < 0, if that is in [-2^width, 2^width): shares are cut locally."""
    own = bits.planes(y, width + 1, Moved(shift=shift))
    return own[width] ^ (yield from carry_out(session, own[:width]))


def _sigmoid_piece(session: Session, x: torch.Tensor) -> Steps[torch.Tensor]:
    """Share of the sigmoid of x [n] in [-9, 9], and anything outside."""
    places = session.fraction_bits
    ring_bits = 32 if places <= 16 else 40
    slope_places = ring_bits - 3 - places
    bins = Bins(_PIECE_BITS, places + 8)
    scale = bins.top // (2 * _EDGE << places)

    def pieces(low: torch.Tensor, high: torch.Tensor) -> list[torch.Tensor]:
        left, right = (bound / (scale << places) - _EDGE for bound in (low, high))
        return _parabolas(left, right, places, slope_places)

    index = (x + session.public(_EDGE << places, x)) * scale
    (start, slope, bend), (masked, squared) = yield from together(
        look_up(session, index, bins, pieces, 3, ring_bits // 8), _with_square(session, x)
    )
    masked_slope, masked_bend, masked_squared = yield from mask_values(session, slope, bend, squared)
    line = start + multiply(session, masked, masked_slope, ring_bits)
    curve = line + multiply(session, masked_squared, masked_bend, ring_bits)
    (value,) = yield from truncate(session, (curve, slope_places), ring_bits=ring_bits)
    return value


def _with_square(session: Session, x: torch.Tensor) -> Steps[tuple[Masked, torch.Tensor]]:
    (masked,) = yield from mask_values(session, x)
    (squared,) = yield from truncate(session, (square(session, masked), session.fraction_bits))
    return masked, squared


def _parabolas(low: torch.Tensor, high: torch.Tensor, places: int, slope_places: int) -> list[torch.Tensor]:
    """Start, slope and bend of the parabola through the sigmoid at three Chebyshev nodes between the bounds.

    What rounding the bend and the slope changes is mended at the centre by those that follow.
    """
    centre, far = (low + high) / 2, (high - low) * 3**0.5 / 4
    middle, left, right = (torch.sigmoid(node) for node in (centre, centre - far, centre + far))
    far = far.clamp(min=2.0**-10)
    unit = 1 << slope_places
    bend = _fixed((left + right - 2 * middle) / (2 * far * far), slope_places)
    slope = _fixed((right - left) / (2 * far) - 2 * centre * bend / unit, slope_places)
    start = middle - centre * slope / unit - centre * centre * bend / unit
    return [_fixed(start, slope_places + places), slope, bend]


def _fixed(values: torch.Tensor, places: int) -> torch.Tensor:
    return (values * 2.0**places).round().to(torch.int64)
