"""The network as it is, on images neither mixed nor masked: validation after an epoch, and tests of a model."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Final

import numpy as np
import numpy.typing as npt
import torch

from common.architecture import Architecture
from common.schedule import WEIGHT_BITS, MixPlan
from common.specification import Hiding
from server_node.features.extractor import extract
from server_node.hide.mixing import hide_pixels, mix, pixel_values
from server_node.online.session import Session
from server_node.train.network import Network
from server_node.train.state import ModelState

BLOCK: Final = 512
BLOCK_ELEMENTS: Final = 1 << 20
"""Images, and pixels of them, hidden and turned into features at a time: bounds memory and the size of messages."""

Spend = Callable[[int], AbstractContextManager[None]]
"""Charges what happens inside to a stage, for so many images."""


def block_of(architecture: Architecture) -> int:
    """Images that are worked on at a time."""
    return min(BLOCK, max(1, BLOCK_ELEMENTS // math.prod(architecture.shape)))


def hidden_images(
    session: Session, architecture: Architecture, pixels: torch.Tensor, plan: MixPlan, rows: slice, hiding: Hiding
) -> torch.Tensor:
    """Shares in fixed point of some rows of a plan, mixed and masked as ``hiding`` says, channels first, flat."""
    depth = architecture.pixels.bits
    mixed = mix(pixel_values(session, pixels, hiding.scale, depth), plan, rows)
    h_w_c = (len(mixed), *architecture.shape[1:], architecture.shape[0])
    channels_first = mixed.reshape(h_w_c).permute(0, 3, 1, 2).reshape(len(mixed), -1)
    return session.run(hide_pixels(session, channels_first, hiding, depth))


def clean_logits(
    session: Session,
    architecture: Architecture,
    pixels: torch.Tensor,
    chosen: npt.NDArray[np.int64],
    state: ModelState,
    spend: Spend = lambda count: nullcontext(),
) -> torch.Tensor:
    """Share of the logits [n, classes] of the chosen images, in fixed point.

    *Rounds* those of the network, a block of images at a time; the weights are masked once. *Bytes* those of its
    layers. *Leaks* nothing: every value that is opened is under a mask.
    """
    plain = Hiding(k=1, mask=False, scale=architecture.pixels.scale)
    network = Network(architecture).inference(session, state)
    logits = [torch.empty((0, len(architecture.classes)), dtype=torch.int64, device=session.device)]
    block = block_of(architecture)
    for start in range(0, len(chosen), block):
        sources = chosen[start : start + block, None]
        with spend(len(sources)):
            plan = MixPlan(sources, np.full_like(sources, 1 << WEIGHT_BITS))
            images = hidden_images(session, architecture, pixels, plan, slice(None), plain)
            features = session.run(extract(session, architecture, images))
            logits.append(session.run(network.logits(features)))
    return torch.cat(logits)
