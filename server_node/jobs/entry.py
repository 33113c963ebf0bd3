"""A job as the journal knows it, and its public form."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from common.ids import JobId
from common.pipeline import JobState, Stage
from server_node.jobs.machine import Position
from server_node.model.question import Question
from server_node.projects.stored import StoredProject
from server_node.storage.context import to_text
from server_node.storage.rows import Job
from server_node.store.datasets import StoredDataset

JOB_START, TEST_START = "job-start", "test-start"
TRAINING, TEST = "training", "test"
_COMPUTED = (Stage.HIDE.value, Stage.FEATURES.value, Stage.TRAIN.value, Stage.TEST.value)


@dataclass(frozen=True)
class Origin:
    """Which revision of which project a job computes, and who started it, of which organisation."""

    project: str
    specification: str
    starter: str
    organisation: str


@dataclass(frozen=True)
class Admitted:
    """A job that may run here, on what, and who started it; ``question`` is what a test asks."""

    project: StoredProject
    origin: Origin
    datasets: list[StoredDataset]
    question: Question | None = None

    @property
    def readers(self) -> tuple[str, ...]:
        """For whom the worker seals what comes out."""
        return self.project.specification.recipients if self.question is None else (self.question.asker,)


@dataclass(frozen=True)
class Entry:
    """One job; ``row`` is a copy of what the database holds."""

    row: Job

    @property
    def id(self) -> JobId:
        return JobId(self.row.id)

    @property
    def position(self) -> Position:
        return Position(JobState(self.row.state), self.row.is_computed)

    @property
    def origin(self) -> Origin:
        row = self.row
        return Origin(row.project, row.specification, row.starter, row.organisation)

    @property
    def document(self) -> dict[str, Any]:
        """The signed job-start or test-start document."""
        document: dict[str, Any] = json.loads(self.row.document)
        return document

    @property
    def is_test(self) -> bool:
        """Whether it asks a model that another job trained."""
        return self.document.get("kind") == TEST_START

    @property
    def asks(self) -> dict[str, str] | None:
        """Of a test: the training whose model it asks, and the data set it asks about."""
        body = self.document["body"]
        return {name: body[name] for name in ("training", "dataset")} if self.is_test else None

    @property
    def controls(self) -> list[dict[str, Any]]:
        """The signed job-control documents that were taken, in order."""
        controls: list[dict[str, Any]] = json.loads(self.row.controls)
        return controls

    @property
    def last_word(self) -> str:
        """The action of the latest control; empty without one."""
        controls = self.controls
        return str(controls[-1]["body"]["action"]) if controls else ""

    @property
    def wants_pause(self) -> bool:
        """Whether the last word of the members was to pause."""
        return self.last_word.startswith("pause")

    @property
    def model(self) -> dict[str, str]:
        """File of the sealed model share for each recipient; empty before it was made."""
        sealed: dict[str, str] = decoded(self.row.model) or {}
        return sealed

    def as_dict(self) -> dict[str, Any]:
        """The public form of a job."""
        row = self.row
        stages: dict[str, dict[str, Any]] = decoded(row.stages) or {}
        return {
            "id": row.id,
            "kind": TEST if self.is_test else TRAINING,
            **(self.asks or {"training": None, "dataset": None}),
            "project": row.project,
            "specification": row.specification,
            "starter": row.starter,
            "organisation": row.organisation,
            "state": row.state,
            "stage": row.stage,
            "progress": decoded(row.progress),
            "stages": stages,
            "seconds_left": seconds_left(stages),
            "epoch": row.epoch,
            "attempt": row.attempt,
            "controls": len(self.controls),
            "wants_pause": self.wants_pause,
            "waiting": decoded(row.waiting),
            "error": decoded(row.error),
            "created": to_text(row.created),
            "ended": None if row.ended is None else to_text(row.ended),
        }


def seconds_left(stages: dict[str, dict[str, Any]]) -> float | None:
    """Time the known stages still take at the pace of each so far; None while nobody knows.

    Correlations are made beside what is computed with them, so what takes longer counts; while that has no pace yet,
    it is the time left of preparing.
    """
    computing = [stages[name] for name in _COMPUTED if name in stages]
    preparing = [stages[Stage.PREPARE.value]] if Stage.PREPARE.value in stages else []
    left = _left(computing)
    if computing and all(stage["done"] >= stage["total"] for stage in preparing):
        return left
    return max((one for one in (left, _left(preparing)) if one is not None), default=None)


def _left(stages: list[dict[str, Any]]) -> float | None:
    """Of stages that take turns."""
    if not stages or any(not stage["done"] and stage["total"] for stage in stages):
        return None
    paces = [stage["seconds"] * (stage["total"] - stage["done"]) / max(1, stage["done"]) for stage in stages]
    return round(float(sum(paces)), 1)


def decoded(text: str | None) -> Any:
    """The value of a JSON text, or None."""
    return None if text is None else json.loads(text)
