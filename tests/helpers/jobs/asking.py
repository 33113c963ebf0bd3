"""Runs a test of a model by both servers in one process, from kept shares of the weights to sealed answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from common.ids import Party
from common.net.channel import Channel
from desktop_client.reveal.answers import Answer, combine_answer, open_answer_share
from server_node.model.question import Question
from server_node.model.release import Release
from server_node.model.snapshot import Checkpoint
from server_node.train.state import ModelState
from server_node.worker.answering import Answering
from server_node.worker.task import Task
from tests.helpers.jobs.projects import KEYS
from tests.helpers.jobs.runs import Notes, Opened, Rng, Work, seeded
from tests.helpers.simulate import run_two
from tests.helpers.two_party.channels import Transcript, listen

TRAINING, TEST, DATASET = "ab" * 16, "cd" * 16, "ef" * 32


@dataclass
class AskedRun:
    """Everything about a test, by party; folders stay."""

    folders: tuple[Path, Path]
    notes: tuple[Notes, Notes]
    opened: tuple[Opened, Opened]
    received: tuple[Transcript, Transcript]
    releases: tuple[Release, Release]

    def sealed(self) -> list[bytes]:
        """What each server gives to who asked."""
        pairs = zip(self.folders, self.releases, strict=True)
        return [(folder / release.files["carol"]).read_bytes() for folder, release in pairs]

    def answer(self) -> Answer:
        """What who asked puts together."""
        shares = [open_answer_share(KEYS["carol"], sealed) for sealed in self.sealed()]
        return combine_answer(shares[0], shares[1])


def kept_shares(
    work: Work, weights: dict[str, npt.NDArray[np.float64]], attempts: tuple[int, int] = (1, 1)
) -> dict[Party, Checkpoint]:
    """Both servers' kept shares of weights in the clear."""
    draws = np.random.default_rng(7)
    first, second = {}, {}
    for name, value in weights.items():
        whole = torch.from_numpy(np.rint(value * 2.0**work.spec.fraction_bits).astype(np.int64))
        first[name] = torch.from_numpy(draws.integers(-(2**62), 2**62, value.shape, np.int64))
        second[name] = whole - first[name]
    states = (ModelState(first), ModelState(second))
    epochs = work.spec.training.epochs
    return {p: Checkpoint(TRAINING, epochs, bytes(32), states[p], attempt=attempts[p]) for p in Party}


def ask(
    work: Work, kept: dict[Party, Checkpoint], root: Path, rng: Rng | None = None, timeout: float = 60.0, **changes: Any
) -> AskedRun:
    """Prepare, run the network and seal for carol. Raises the first error of either party."""
    draws = rng or seeded("test")
    notes, folders = (Notes(), Notes()), (root / "a", root / "b")
    opened: tuple[Opened, Opened] = ([], [])
    received: list[Transcript] = [[], []]
    question = Question(**{"training": TRAINING, "dataset": DATASET, "asker": "carol", "verify_key": "c" * 64,
                           "seal_key": KEYS["carol"].public, **changes})  # fmt: skip

    def play(party: Party, channel: Channel) -> Release:
        folders[party].mkdir(parents=True, exist_ok=True)
        received[party] = listen(channel)
        task = Task(
            TEST, party, work.spec, work.architecture, work.shares[party], work.counts, folders[party], draws(party),
            lambda step, value: opened[party].append((step, value.clone())),
        )  # fmt: skip
        return Answering(task, question, kept[party], channel, notes[party]).run()

    outcome = run_two(play, timeout=timeout)
    return AskedRun(folders, notes, opened, (received[0], received[1]), outcome.results)
