"""One epoch on shares: hide, extract features, train, the logits of the validation images, then the range check.

The same code runs three times: to record the plan, with a dealer in tests, and for real.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import torch

from common.architecture import Architecture
from common.pipeline import Stage
from common.schedule import MixPlan, batch_order, learning_rates, mix_plan
from common.specification import Specification
from server_node.features.extractor import extract
from server_node.hide.mixing import mix, mixed_labels
from server_node.hide.samples import Samples
from server_node.online.session import Session
from server_node.train.guard import in_range
from server_node.train.inference import block_of, clean_logits, hidden_images
from server_node.train.layers.layer import Moment
from server_node.train.meter import Meter
from server_node.train.network import Network
from server_node.train.optimizer import Optimizer
from server_node.train.state import ModelState


@dataclass(frozen=True)
class Epochs:
    """What all epochs of a job have in common. ``seed`` is the joint toss.

    ``halvings`` says how often the learning rate was halved.
    """

    spec: Specification
    architecture: Architecture
    seed: bytes
    trained: int
    halvings: int = 0

    @property
    def block(self) -> int:
        """Images that are worked on at a time."""
        return block_of(self.architecture)

    @property
    def steps(self) -> int:
        """Steps of one epoch; a last incomplete batch is left out."""
        return self.trained // self.spec.training.batch

    @cached_property
    def network(self) -> Network:
        """The trained part, with its loss and optimiser."""
        training = self.spec.training
        return Network(self.architecture, training.loss, Optimizer.of(training))

    @property
    def planned_rates(self) -> list[int]:
        """Learning rate of every step of the job, over 2^16, as planned before any was halved."""
        return learning_rates(self.spec.training, self.steps * self.spec.training.epochs)

    @cached_property
    def rates(self) -> list[int]:
        """Learning rate of every step of the job, over 2^16."""
        return [max(1, rate >> self.halvings) for rate in self.planned_rates]

    def announce(self, meter: Meter, epochs: int) -> None:
        """Tell the meter how much there is to do."""
        meter.expect(Stage.HIDE, self.trained * epochs)
        meter.expect(Stage.FEATURES, self.trained * epochs)
        meter.expect(Stage.TRAIN, self.steps * epochs)


@dataclass(frozen=True)
class EpochEnd:
    """Share of the validation logits [v, classes], and whether all values stayed in their range."""

    logits: torch.Tensor
    is_in_range: bool


def run_epoch(session: Session, job: Epochs, samples: Samples, state: ModelState, epoch: int, meter: Meter) -> EpochEnd:
    """Train one epoch in place."""
    features, labels = _hidden_features(session, job, samples, epoch, meter)
    batch = job.spec.training.batch
    order = batch_order(job.seed, epoch, job.trained)
    first_step = session.recorded
    seen: list[torch.Tensor] = []
    for step in range(1 if session.is_recording else job.steps):
        chosen = order[step * batch : (step + 1) * batch]
        rate, moment = job.rates[epoch * job.steps + step], Moment(job.seed, epoch, step)
        data = _rows(features, chosen), _rows(labels, chosen)
        with meter.spend(Stage.TRAIN, 1):
            seen.append(session.run(job.network.train_step(session, state, *data, rate, moment)))
    session.repeat_recorded(first_step, job.steps - 1)
    seen *= job.steps if session.is_recording else 1
    with meter.spend(Stage.TRAIN):
        logits = validate(session, job, samples, state)
        checked = torch.cat([*seen, logits])
        return EpochEnd(logits, session.run(in_range(session, state, job.architecture.statistics, checked)))


def validate(session: Session, job: Epochs, samples: Samples, state: ModelState) -> torch.Tensor:
    """Share of the logits of the images held back, which are not mixed and not masked."""
    return clean_logits(session, job.architecture, samples.pixels, samples.validation, state)


def _hidden_features(
    session: Session, job: Epochs, samples: Samples, epoch: int, meter: Meter
) -> tuple[torch.Tensor, torch.Tensor]:
    """Shares of the features [n, f] and mixed labels [n, classes] of a freshly hidden epoch."""
    local = mix_plan(job.seed, epoch, job.trained, job.spec.hiding.k)
    plan = MixPlan(samples.training[local.sources], local.weights)
    features, labels = [], []
    full, first_block = job.trained // job.block, session.recorded
    for start in range(0, job.trained, job.block):
        if session.is_recording and 0 < start < full * job.block:
            continue
        rows = slice(start, min(start + job.block, job.trained))
        count = rows.stop - start
        with meter.spend(Stage.HIDE, count):
            hidden = hidden_images(session, job.architecture, samples.pixels, plan, rows, job.spec.hiding)
            labels.append(mixed_labels(session, mix(samples.labels, plan, rows)))
        with meter.spend(Stage.FEATURES, count):
            features.append(session.run(extract(session, job.architecture, hidden)))
        if start == 0:
            session.repeat_recorded(first_block, full - 1)
    return torch.cat(features), torch.cat(labels)


def _rows(values: torch.Tensor, chosen: npt.NDArray[np.int64]) -> torch.Tensor:
    if values.is_meta:
        return values.new_empty((len(chosen), *values.shape[1:]))
    return values[torch.from_numpy(chosen).to(values.device)]
