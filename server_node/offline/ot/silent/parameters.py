"""The parameter sets of the silent extension: how long the secret is, and how much noise there is in how many outputs.

Learning parity with regular noise: a code word of a 10-local code plus one wrong bit in every block. The sets are those
that emp-ot publishes for Ferret (b10 to b13, ``emp-ot/tuning.h``), at the floor of 128 bits against all attacks known
on regular noise; ``docs/decisions/0025-silent-transfers.md`` has the estimate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LOCALITY: Final = 10
SPARE: Final = 128
WORD_BITS: Final = 64
START_BLOCK_BITS: Final = 4
"""Block size of the SoftSpoken extension that the very first transfers come from."""


@dataclass(frozen=True)
class Parameters:
    """One round: ``trees`` blocks of 2^depth outputs, each with one wrong bit, under a secret of 2^log_secret bits."""

    trees: int
    log_secret: int
    depth: int

    @property
    def secret(self) -> int:
        """Transfers that are the secret of the code."""
        return 1 << self.log_secret

    @property
    def block(self) -> int:
        """Outputs of a tree."""
        return 1 << self.depth

    @property
    def outputs(self) -> int:
        """Transfers that a round makes."""
        return self.trees << self.depth

    @property
    def reserve(self) -> int:
        """Transfers that a round uses up: the secret, one for each level of each tree, and the published spare."""
        return self.secret + self.trees * self.depth + SPARE

    @property
    def gain(self) -> int:
        """Transfers of a round that are left when the reserve of the next is put aside."""
        return self.outputs - self.reserve

    @property
    def sums(self) -> int:
        """Blocks of 16 bytes that the party with delta sends in a round."""
        return self.trees * (self.depth - 1)


SETS: Final = {
    10: Parameters(850, 16, 10),
    11: Parameters(1170, 17, 11),
    12: Parameters(1520, 18, 12),
    13: Parameters(1900, 19, 13),
}
"""By the depth of their trees."""


def ladder(wanted: Parameters, first: Parameters | None = None) -> list[Parameters]:
    """Rounds that lead to ``wanted``: a large reserve comes from one round of the smallest set, a small one directly.

    Args:
        first: the smallest set; of :data:`SETS` if not given.
    """
    small = first or SETS[min(SETS)]
    return [small, wanted] if wanted.reserve > 2 * small.reserve else [wanted]


def whole_words(count: int) -> int:
    """The next multiple of 64."""
    return -(-count // WORD_BITS) * WORD_BITS
