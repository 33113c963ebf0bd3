"""What a training changes: shares of all tensors and of what the optimiser remembers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import torch

from common.architecture import Architecture, initial_tensors
from common.ids import Party

VELOCITY: Final = "velocity"
FIRST: Final = "first"
SECOND: Final = "second"
SLOTS: Final = (VELOCITY, FIRST, SECOND)
"""All kinds of memory that optimisers have: the velocity of momentum, the first and the second moment of Adam."""


@dataclass
class ModelState:
    """Shares in fixed point: ``weights`` has every tensor in network order, running statistics too; ``slots`` the
    optimiser's memory by kind and tensor. ``steps`` counts updates.

    ``within`` is an xor share [words] of whether all gradients so far were in the optimiser's range, for each element;
    None if it has no range of its own. It lasts for the range check of an epoch and is in no checkpoint.
    """

    weights: dict[str, torch.Tensor]
    slots: dict[str, dict[str, torch.Tensor]] = field(default_factory=dict)
    steps: int = 0
    within: torch.Tensor | None = None

    def on(self, device: torch.device) -> ModelState:
        """The same on another device."""
        slots = {kind: {name: value.to(device) for name, value in group.items()} for kind, group in self.slots.items()}
        return ModelState({name: value.to(device) for name, value in self.weights.items()}, slots, self.steps)


def initial_state(
    party: Party,
    fraction_bits: int,
    architecture: Architecture,
    seed: bytes,
    slots: Sequence[str] = (),
) -> ModelState:
    """The public start that ``seed`` stands for, held by party 0; it becomes secret with the first step.

    Args:
        slots: kinds of memory of the optimiser; each starts at zero for every tensor that is trained.
    """
    drawn = initial_tensors(architecture, seed, fraction_bits)
    weights = {name: torch.from_numpy(value) for name, value in drawn.items()}
    if party is not Party.P0:
        weights = {name: torch.zeros_like(value) for name, value in weights.items()}
    trained = trained_names(architecture)
    memory = {kind: {name: torch.zeros_like(weights[name]) for name in trained} for kind in slots}
    return ModelState(weights, memory)


def trained_names(architecture: Architecture) -> list[str]:
    """Tensors that gradients change, in network order."""
    return [name for name in architecture.tensors if name not in architecture.statistics]
