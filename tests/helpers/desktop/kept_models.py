"""A trained model as its recipient finds it: agreed on, sealed in two shares, and labelled pictures to try it on."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from common.crypto import domains
from common.crypto.rng import SystemRandom
from common.crypto.sealing import SealingKey, seal
from common.specification import Specification, parse_specification
from desktop_client.reveal.combine import Model
from desktop_client.worker.channel import Channel, Lines
from tests.unit.desktop_reveal.models import architecture, random_model, shares_of, specification

JOB = "5b" * 16
KEY = SealingKey.generate(SystemRandom())


def agreed(**changes: Any) -> Specification:
    """What everybody signed; the model goes to alice."""
    return parse_specification({**specification(), **changes})


def trained(spec: Specification | None = None, **header: Any) -> Model:
    """A model of that specification with random weights."""
    model = random_model(architecture("average-pool", "mlp", "unit", 1))
    return Model({**model.header, "job": JOB, "project_hash": (spec or agreed()).hash, **header}, model.tensors)


def sealed(model: Model, key: SealingKey = KEY) -> dict[str, bytes]:
    """Both shares as the servers keep them."""
    return {role: seal(key.public, domains.MODEL_SEAL_V1, share) for role, share in shares_of(model).items()}


def pictures(folder: Path, per_class: int, classes: tuple[str, ...] = ("healthy", "ill", "unclear")) -> Path:
    """Noise of 16 x 20 pixels, a folder a class."""
    rng = np.random.default_rng(5)
    for name in classes:
        (folder / name).mkdir(parents=True)
        for number in range(per_class):
            Image.fromarray(rng.integers(0, 256, (16, 20), np.uint8)).save(folder / name / f"{number}.png")
    return folder


def new_channel() -> tuple[Channel, io.BytesIO]:
    """A way back for one action, without a limit on how often it tells its progress, and what was said."""
    ticks = iter(range(1, 1_000_000))
    sink = io.BytesIO()
    return Channel(Lines(io.BytesIO(), sink), 1, lambda: float(next(ticks))), sink


def said(sink: io.BytesIO, kind: str) -> list[Any]:
    """All progress or parts so far."""
    return [line[kind] for line in map(json.loads, sink.getvalue().splitlines()) if kind in line]
