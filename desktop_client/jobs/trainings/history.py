"""What happened in a project, in order: who did what and when, as codes that the window has words for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from common.pipeline import JobState
from desktop_client.jobs.trainings.course import Course
from desktop_client.jobs.trainings.rows import Training
from desktop_client.jobs.trainings.standing import ProjectView

CREATED, REVISED, ARCHIVED, RESTORED = "created", "revised", "archived", "restored"
STARTED, FINISHED, FAILED, CANCELLED = "started", "finished", "failed", "cancelled"
_ENDS: Mapping[JobState, str] = {
    JobState.FINISHED: FINISHED,
    JobState.FAILED: FAILED,
    JobState.CANCELLED: CANCELLED,
}


@dataclass(frozen=True)
class Happening:
    """``kind`` is a code: one of those above, a decision such as ``granted``, or ``asked-pause`` and its like.

    ``subject`` is what it happened to: the number of a revision, the id of a data set or a job.
    """

    time: str
    kind: str
    who: str
    subject: str
    detail: str = ""


def history(view: ProjectView, courses: Mapping[str, Course]) -> tuple[Happening, ...]:
    """Newest first; what members asked of a training is known for those whose course was followed."""
    found = [*_of_project(view), *(one for training in view.trainings for one in of_training(training))]
    for course in courses.values():
        found += [
            Happening(one.time, f"asked-{one.action}", view.name_of(one.signer), course.job) for one in course.controls
        ]
    return tuple(sorted(found, key=lambda one: one.time, reverse=True))


def of_training(training: Training) -> Iterator[Happening]:
    """Its start, and its end if it has ended."""
    yield Happening(training.created, STARTED, training.starter, training.job)
    if training.ended and training.state in _ENDS:
        yield Happening(training.ended, _ENDS[training.state], "", training.job)


def _of_project(view: ProjectView) -> Iterator[Happening]:
    for row in view.revisions:
        yield Happening(row.created, CREATED if row.number == 1 else REVISED, row.owner, str(row.number))
        for one in row.decisions:
            yield Happening(one.time, one.decision, one.owner, one.dataset, one.reason)
    if view.archive is not None:
        kind = ARCHIVED if view.archive.is_archived else RESTORED
        yield Happening(view.archive.time, kind, view.name_of(view.archive.signer), "", view.archive.reason)
