"""What can be done with a training: by whom, in which state, and why not; and what is signed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from common.documents import verify_document
from common.errors import Conflict, KeysLocked
from common.pipeline import JobState
from desktop_client.jobs.trainings import actions
from desktop_client.jobs.trainings.actions import Action, Hindrance, Standpoint, hindrance
from desktop_client.jobs.trainings.rows import Training
from desktop_client.settings import Profile
from desktop_client.upload.answers import JobStatus
from tests.helpers.desktop.trainings import JOB, KEYS, PROJECT, job, keys_of, project, serve, spec
from tests.helpers.window import FakeOffice

SPEC = spec()
RUNS = Training(JOB, PROJECT, SPEC.hash, "alice", JobState.TRAINING, {}, {}, "2026-01-03T10:00:00Z")
OWNER = Standpoint("owner", "ready", SPEC.hash)
EDITOR, VIEWER = replace(OWNER, role="editor"), replace(OWNER, role="viewer")
STEERING = (Action.PAUSE, Action.PAUSE_NOW, Action.RESUME, Action.RETRY, Action.STOP)


def _can(who: Standpoint, training: Training | None) -> set[Action]:
    return {action for action in Action if hindrance(action, who, training) is None}


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (JobState.QUEUED, {Action.PAUSE, Action.PAUSE_NOW, Action.STOP}),
        (JobState.PREPARING, {Action.PAUSE, Action.PAUSE_NOW, Action.STOP}),
        (JobState.HIDING, {Action.PAUSE, Action.PAUSE_NOW, Action.STOP}),
        (JobState.TRAINING, {Action.PAUSE, Action.PAUSE_NOW, Action.STOP}),
        (JobState.PAUSED, {Action.RESUME, Action.STOP}),
        (JobState.FAILED, {Action.RETRY}),
        (JobState.FINISHED, set()),
        (JobState.CANCELLED, set()),
    ],
)
def test_owners_and_editors_steer_by_state_and_viewers_never(state: JobState, expected: set[Action]) -> None:
    training = replace(RUNS, state=state)
    assert _can(OWNER, training) == {Action.START, *expected}
    assert _can(EDITOR, training) == expected
    assert _can(VIEWER, training) == set()
    assert {hindrance(action, VIEWER, training) for action in STEERING} == {Hindrance.ONLY_EDITORS}


def test_a_start_takes_an_owner_and_every_consent() -> None:
    assert hindrance(Action.START, OWNER, None) is None
    assert hindrance(Action.START, EDITOR, None) is Hindrance.ONLY_OWNERS
    assert hindrance(Action.START, replace(OWNER, state="archived"), None) is Hindrance.ARCHIVED
    assert hindrance(Action.START, replace(OWNER, state="awaiting-consent"), None) is Hindrance.NO_CONSENT
    assert hindrance(Action.STOP, OWNER, None) is Hindrance.NO_JOB


def test_one_that_pauses_can_be_paused_at_once_or_go_on() -> None:
    pausing = replace(RUNS, wants_pause=True)
    assert hindrance(Action.PAUSE, OWNER, pausing) is Hindrance.PAUSES_ALREADY
    assert _can(EDITOR, pausing) == {Action.PAUSE_NOW, Action.RESUME, Action.STOP}
    assert hindrance(Action.PAUSE, OWNER, replace(RUNS, state=JobState.PAUSED)) is Hindrance.PAUSED_ALREADY
    assert hindrance(Action.PAUSE, OWNER, replace(RUNS, state=JobState.FAILED)) is Hindrance.ENDED


@pytest.mark.parametrize(("action", "state"), [(Action.RESUME, JobState.PAUSED), (Action.RETRY, JobState.FAILED)])
def test_going_on_takes_the_newest_revision_and_its_consents(action: Action, state: JobState) -> None:
    training = replace(RUNS, state=state)
    assert hindrance(action, replace(OWNER, hash="0" * 64), training) is Hindrance.OLD_REVISION
    assert hindrance(action, replace(OWNER, state="archived"), training) is Hindrance.ARCHIVED
    assert hindrance(action, replace(OWNER, state="awaiting-consent"), training) is Hindrance.NO_CONSENT
    assert hindrance(action, OWNER, RUNS) in (Hindrance.NOT_PAUSED, Hindrance.NOT_FAILED)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeOffice:
    made = FakeOffice(Profile(tmp_path))
    serve(made, monkeypatch, SPEC)
    return made


async def test_the_start_of_the_revision_that_was_shown_is_signed(office: FakeOffice) -> None:
    with pytest.raises(KeysLocked):
        await actions.start(office, SPEC)
    office.use(keys_of("alice"))
    office.a.answers["start_job"] = {"id": JOB}
    assert await actions.start(office, SPEC) == JOB
    (document,) = next(given for name, given in office.a.calls if name == "start_job")
    assert verify_document(document, "job-start", KEYS["alice"].verify_key)["project_hash"] == SPEC.hash


async def test_a_revision_that_nobody_saw_is_not_started(office: FakeOffice) -> None:
    office.use(keys_of("alice"))
    office.both("project", project(spec(revision=2)))
    with pytest.raises(Conflict):
        await actions.start(office, SPEC)
    assert "start_job" not in [name for name, _ in office.a.calls]


async def test_a_control_is_signed_with_the_next_number(office: FakeOffice) -> None:
    office.use(keys_of("bob"))
    status = JobStatus.parse(job(SPEC, "training", controls=4))
    office.a.answers |= {"job": status, "control_job": JobStatus.parse(job(SPEC, "paused"))}
    assert await actions.control(office, JOB, Action.PAUSE_NOW) is JobState.PAUSED
    identity, document = next(given for name, given in office.a.calls if name == "control_job")
    body = verify_document(document, "job-control", KEYS["bob"].verify_key)
    assert (identity, body["job"], body["action"], body["sequence"]) == (JOB, JOB, "pause-now", 5)


async def test_a_training_is_stopped_at_both_servers(office: FakeOffice) -> None:
    office.both("cancel_job", {})
    await actions.stop(office, JOB)
    assert [("cancel_job", (JOB,)) in node.calls for node in (office.a, office.b)] == [True, True]
