"""The words of this page for codes: states, stages, roles, decisions, and why something cannot be done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from PySide6.QtCore import QCoreApplication

from common.pipeline import JobState, Stage
from desktop_client.jobs.trainings.actions import Action, Hindrance
from desktop_client.jobs.trainings.history import Happening
from desktop_client.jobs.trainings.standing import DECLINED, GRANTED, WITHDRAWN, ConsentRow, ProjectView
from desktop_client.ui.words import fill, short_id

translate = QCoreApplication.translate
ROLES: Final = ("a", "b")


def project_state(state: str) -> tuple[str, str]:
    """The word and the tone for the state of a project."""
    words = {
        "awaiting-consent": (translate("ProjectWords", "Waits for consents"), "warn"),
        "ready": (translate("ProjectWords", "Ready"), "good"),
        "archived": (translate("ProjectWords", "Archived"), "neutral"),
        "replaced": (translate("ProjectWords", "Replaced"), "neutral"),
    }
    return words.get(state, (state, "neutral"))


def job_state(state: JobState | None) -> tuple[str, str]:
    """The word and the tone for the state of a training."""
    words = {
        JobState.QUEUED: (translate("ProjectWords", "Waiting"), "warn"),
        JobState.PREPARING: (translate("ProjectWords", "Preparing"), "info"),
        JobState.HIDING: (translate("ProjectWords", "Hiding"), "info"),
        JobState.TRAINING: (translate("ProjectWords", "Training"), "info"),
        JobState.PAUSED: (translate("ProjectWords", "Paused"), "warn"),
        JobState.FINISHED: (translate("ProjectWords", "Finished"), "good"),
        JobState.FAILED: (translate("ProjectWords", "Failed"), "bad"),
        JobState.CANCELLED: (translate("ProjectWords", "Stopped"), "neutral"),
    }
    return words.get(state, (str(state), "neutral")) if state else (translate("ProjectWords", "Unknown"), "neutral")


def stage_name(stage: str) -> str:
    """A stage as a short heading."""
    words = {
        Stage.PREPARE: translate("ProjectWords", "Prepare"),
        Stage.HIDE: translate("ProjectWords", "Hide"),
        Stage.FEATURES: translate("ProjectWords", "Features"),
        Stage.TRAIN: translate("ProjectWords", "Train"),
        Stage.SEAL: translate("ProjectWords", "Seal"),
    }
    return next((text for one, text in words.items() if one.value == stage), stage)


def stage_tip(stage: str) -> str:
    """What happens in a stage, in a sentence."""
    words = {
        Stage.PREPARE: translate("ProjectWords", "Correlated randomness is made; it depends on no image."),
        Stage.HIDE: translate("ProjectWords", "Images are mixed and masked while they are shared between the servers."),
        Stage.FEATURES: translate("ProjectWords", "Public features are computed on hidden images."),
        Stage.TRAIN: translate("ProjectWords", "The network is trained on shares; neither server sees a number of it."),
        Stage.SEAL: translate("ProjectWords", "Shares of the model are encrypted for those who receive it."),
    }
    return next((text for one, text in words.items() if one.value == stage), "")


def role_name(role: str) -> str:
    """What somebody is in a project."""
    words = {
        "owner": translate("ProjectWords", "Owner"),
        "editor": translate("ProjectWords", "Editor"),
        "viewer": translate("ProjectWords", "Viewer"),
    }
    return words.get(role, translate("ProjectWords", "No member"))


def server_name(role: str) -> str:
    """``a`` as Server A."""
    return translate("ProjectWords", "Server %1").replace("%1", role.upper())


def action_name(action: Action) -> str:
    """What is written on a button."""
    return {
        Action.START: translate("ProjectWords", "Start training"),
        Action.PAUSE: translate("ProjectWords", "Pause"),
        Action.PAUSE_NOW: translate("ProjectWords", "Pause now"),
        Action.RESUME: translate("ProjectWords", "Resume"),
        Action.RETRY: translate("ProjectWords", "Try again"),
        Action.STOP: translate("ProjectWords", "Stop"),
    }[action]


def action_tip(action: Action) -> str:
    """What a button does."""
    return {
        Action.START: translate("ProjectWords", "Sign and start the newest revision."),
        Action.PAUSE: translate("ProjectWords", "Pause at the end of this epoch; nothing is computed twice."),
        Action.PAUSE_NOW: translate("ProjectWords", "Pause at once; this epoch is computed again later."),
        Action.RESUME: translate("ProjectWords", "Go on from the last checkpoint."),
        Action.RETRY: translate("ProjectWords", "Try again from the last checkpoint, once the cause is mended."),
        Action.STOP: translate("ProjectWords", "End this training for good; what it computed is lost."),
    }[action]


def hindrance_text(why: Hindrance) -> str:
    """Why something cannot be done, as a tooltip."""
    return {
        Hindrance.ONLY_OWNERS: translate("ProjectWords", "Only an owner of the project starts a training."),
        Hindrance.ONLY_EDITORS: translate("ProjectWords", "Only owners and editors of the project may do this."),
        Hindrance.ARCHIVED: translate("ProjectWords", "The project is archived; restore it first."),
        Hindrance.NO_CONSENT: translate("ProjectWords", "A data owner has not consented to this revision."),
        Hindrance.NO_JOB: translate("ProjectWords", "There is no training yet."),
        Hindrance.ENDED: translate("ProjectWords", "This training has ended."),
        Hindrance.PAUSED_ALREADY: translate("ProjectWords", "This training is paused already."),
        Hindrance.PAUSES_ALREADY: translate("ProjectWords", "It pauses at the end of this epoch already."),
        Hindrance.NOT_PAUSED: translate("ProjectWords", "This training is not paused."),
        Hindrance.NOT_FAILED: translate("ProjectWords", "Only a training that failed is tried again."),
        Hindrance.OLD_REVISION: translate("ProjectWords", "This training is of an older revision; start a new one."),
        Hindrance.BUSY: translate("ProjectWords", "One moment."),
    }[why]


def preparation(name: str) -> tuple[str, str]:
    """The name of a preparation source, and whom one has to trust."""
    if name == "helper":
        trust = translate(
            "ProjectWords",
            "A third organisation deals correlated randomness. It sees no image, no share and no model, "
            "but it must not collude with server A or B.",
        )
        return translate("ProjectWords", "Helper"), trust
    if name == "hybrid":
        encrypted = translate(
            "ProjectWords",
            "Servers A and B make all correlated randomness themselves, partly under encryption; nobody else is "
            "involved.",
        )
        return translate("ProjectWords", "Servers alone, with encryption"), encrypted
    alone = translate(
        "ProjectWords", "Servers A and B make all correlated randomness themselves; nobody else is involved."
    )
    return translate("ProjectWords", "Servers alone"), alone


def consent_state(row: ConsentRow) -> tuple[str, str]:
    """The word and the tone for what was decided about a data set."""
    if row.decision == GRANTED and row.counts:
        return translate("ProjectWords", "Given"), "good"
    words = {
        GRANTED: (translate("ProjectWords", "Does not count any more"), "warn"),
        DECLINED: (translate("ProjectWords", "Declined"), "bad"),
        WITHDRAWN: (translate("ProjectWords", "Withdrawn"), "bad"),
    }
    return words.get(row.decision, (translate("ProjectWords", "Missing"), "warn"))


def happening(one: Happening, names: Mapping[str, str]) -> str:
    """What happened, in a sentence; who and when stand beside it. ``names`` are those of data sets, by id."""
    subject = names.get(one.subject) or short_id(one.subject)
    sentences = {
        "created": translate("ProjectWords", "created the project"),
        "revised": fill(translate("ProjectWords", "published revision %1"), one.subject),
        "archived": translate("ProjectWords", "archived the project"),
        "restored": translate("ProjectWords", "took the project out of the archive"),
        "granted": fill(translate("ProjectWords", "consented to the use of data set %1"), subject),
        "declined": fill(translate("ProjectWords", "declined the use of data set %1"), subject),
        "withdrawn": fill(translate("ProjectWords", "took back the consent for data set %1"), subject),
        "started": fill(translate("ProjectWords", "started training %1"), subject),
        "finished": fill(translate("ProjectWords", "Training %1 is finished"), subject),
        "failed": fill(translate("ProjectWords", "Training %1 failed"), subject),
        "cancelled": fill(translate("ProjectWords", "Training %1 was stopped"), subject),
        "asked-pause": fill(translate("ProjectWords", "paused training %1 at the end of its epoch"), subject),
        "asked-pause-now": fill(translate("ProjectWords", "paused training %1 at once"), subject),
        "asked-resume": fill(translate("ProjectWords", "resumed training %1"), subject),
        "asked-retry": fill(translate("ProjectWords", "had training %1 tried again"), subject),
        "brought": fill(translate("ProjectWords", "brought in the data set %1"), one.subject),
    }
    return sentences.get(one.kind, one.kind)


def next_step(view: ProjectView) -> str:
    """What has to happen next, in one sentence."""
    if view.is_archived:
        return translate("ProjectWords", "The project is archived; an owner can restore it.")
    if any(not row.counts for row in view.own):
        return translate("ProjectWords", "Your consent is missing: look at what you would sign on the tab Consents.")
    if not view.is_ready:
        names = ", ".join(dict.fromkeys(row.owner for row in view.missing))
        return fill(translate("ProjectWords", "Waiting for the consent of %1."), names)
    newest = view.trainings[0] if view.trainings else None
    if newest is None or newest.specification != view.specification.hash:
        if view.role == "owner":
            return translate("ProjectWords", "Everybody has consented: start the training.")
        return translate("ProjectWords", "Everybody has consented; an owner of the project can start the training.")
    return _after_start(newest.state, view.role)


def _after_start(state: JobState, role: str) -> str:
    words: dict[JobState, str] = {
        JobState.FINISHED: translate("ProjectWords", "The model is trained: receivers fetch and test it on its page."),
        JobState.FAILED: translate("ProjectWords", "The training failed: read why, mend it, and try again."),
        JobState.CANCELLED: translate("ProjectWords", "The training was stopped; an owner can start another one."),
        JobState.PAUSED: translate("ProjectWords", "The training is paused; an owner or editor resumes it."),
        JobState.QUEUED: translate("ProjectWords", "The training waits for its turn and goes on by itself."),
    }
    return words.get(state, translate("ProjectWords", "The servers are training; nothing has to be done."))


def shown_value(value: Any) -> str:
    """A value of a specification for people."""
    if isinstance(value, bool):
        return translate("ProjectWords", "yes") if value else translate("ProjectWords", "no")
    if value is None:
        return "–"
    if isinstance(value, list):
        return ", ".join(shown_value(one) for one in value) or translate("ProjectWords", "none")
    if isinstance(value, dict):
        return " ".join(f"{name} {shown_value(one)}" for name, one in value.items())
    return str(value)
