"""The stages of the way from an image to a model, in order, and the states of a job."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

MAX_LOG_TEXT: Final = 1000
"""Characters of one line of a worker that members may read."""


class Stage(StrEnum):
    """What happens to the data, in the order it happens."""

    READ = "read"
    SPLIT = "split"
    UPLOAD = "upload"
    PREPARE = "prepare"
    HIDE = "hide"
    FEATURES = "features"
    TRAIN = "train"
    SEAL = "seal"
    REVEAL = "reveal"
    TEST = "test"
    EXPORT = "export"


class JobState(StrEnum):
    """Where a job stands; every change is an event. ``testing`` is to a test what hiding and training are to others."""

    QUEUED = "queued"
    PREPARING = "preparing"
    HIDING = "hiding"
    TRAINING = "training"
    TESTING = "testing"
    PAUSED = "paused"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_computing(self) -> bool:
        """Whether workers are at it."""
        return self in (JobState.PREPARING, JobState.HIDING, JobState.TRAINING, JobState.TESTING)

    @property
    def is_final(self) -> bool:
        return self in (JobState.FINISHED, JobState.FAILED, JobState.CANCELLED)
