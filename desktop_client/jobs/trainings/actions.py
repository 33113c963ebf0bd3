"""Starting and steering a training, and why somebody may not do it now."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from common.crypto.rng import SystemRandom
from common.errors import Conflict
from common.pipeline import JobState
from common.specification import Specification
from desktop_client.jobs.office import Office
from desktop_client.jobs.trainings.rows import Training
from desktop_client.upload.jobs import control as words
from desktop_client.upload.projects.fetch import fetch_project
from desktop_client.upload.projects.jobs import cancel_job, start_job


class Action(StrEnum):
    """What members do with a training; all but starting and stopping are signed controls of this name."""

    START = "start"
    PAUSE = words.PAUSE
    PAUSE_NOW = words.PAUSE_NOW
    RESUME = words.RESUME
    RETRY = words.RETRY
    STOP = "stop"


class Hindrance(StrEnum):
    """Why not."""

    ONLY_OWNERS = "only-owners"
    ONLY_EDITORS = "only-editors"
    ARCHIVED = "archived"
    NO_CONSENT = "no-consent"
    NO_JOB = "no-job"
    ENDED = "ended"
    PAUSED_ALREADY = "paused-already"
    PAUSES_ALREADY = "pauses-already"
    NOT_PAUSED = "not-paused"
    NOT_FAILED = "not-failed"
    OLD_REVISION = "old-revision"
    BUSY = "busy"


READY: Final = "ready"
ARCHIVED: Final = "archived"


@dataclass(frozen=True)
class Standpoint:
    """Who looks at which project: the person's role in it, its state, and the hash of its newest revision."""

    role: str
    state: str
    hash: str


def hindrance(action: Action, who: Standpoint, training: Training | None) -> Hindrance | None:
    """Why this cannot be done now; None: it can. The servers decide for themselves all the same."""
    if action is Action.START:
        return _against_start(who)
    if who.role not in ("owner", "editor"):
        return Hindrance.ONLY_EDITORS
    if training is None:
        return Hindrance.NO_JOB
    if action in (Action.PAUSE, Action.PAUSE_NOW):
        return _against_pause(action, training)
    if action is Action.STOP:
        return Hindrance.ENDED if training.state.is_final else None
    return _against_going_on(action, who, training)


async def start(office: Office, specification: Specification) -> str:
    """Sign the start of the revision that was shown; the id of the job.

    Raises:
        KeysLocked: the password is needed first.
        Conflict: the project was revised meanwhile; nothing is signed.
        ConsentMissing, PolicyRefused: a server will not compute this.
    """
    keys = office.keys()
    newest, _ = await fetch_project(office.nodes, office.profile.deployment(), specification.project_id)
    if newest.hash != specification.hash:
        raise Conflict("The project has a newer revision than the one that was shown; look at it first.")
    return await start_job(office.nodes, specification, keys, SystemRandom())


async def control(office: Office, job: str, action: Action) -> JobState:
    """Pause, resume or retry; the state at server A afterwards. Raises as :func:`control_job`, and KeysLocked."""
    return (await words.control_job(office.nodes, job, action.value, office.keys())).state


async def stop(office: Office, job: str) -> None:
    """Cancel a job at both servers; what it computed is lost. Raises as :func:`cancel_job`."""
    await cancel_job(office.nodes, job)


def _against_start(who: Standpoint) -> Hindrance | None:
    if who.role != "owner":
        return Hindrance.ONLY_OWNERS
    if who.state == ARCHIVED:
        return Hindrance.ARCHIVED
    return None if who.state == READY else Hindrance.NO_CONSENT


def _against_pause(action: Action, training: Training) -> Hindrance | None:
    if training.state.is_final:
        return Hindrance.ENDED
    if training.state is JobState.PAUSED:
        return Hindrance.PAUSED_ALREADY
    return Hindrance.PAUSES_ALREADY if action is Action.PAUSE and training.wants_pause else None


def _against_going_on(action: Action, who: Standpoint, training: Training) -> Hindrance | None:
    if action is Action.RETRY and training.state is not JobState.FAILED:
        return Hindrance.NOT_FAILED
    is_pausing = training.wants_pause and not training.state.is_final
    if action is Action.RESUME and training.state is not JobState.PAUSED and not is_pausing:
        return Hindrance.NOT_PAUSED
    if training.specification != who.hash:
        return Hindrance.OLD_REVISION
    if who.state == ARCHIVED:
        return Hindrance.ARCHIVED
    return None if who.state == READY else Hindrance.NO_CONSENT
