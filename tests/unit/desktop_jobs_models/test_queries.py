"""A question to the servers, step by step, with the servers' halves played by canned answers."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from common.errors import BadBundle, Conflict, JobFailed, KeysLocked
from common.pipeline import JobState
from desktop_client.jobs.models import queries
from desktop_client.jobs.models.queries import Question, Step, ask_servers
from desktop_client.reveal.answers import Answer
from desktop_client.upload.answers import JobStatus
from tests.helpers.desktop.kept_models import JOB, agreed, pictures
from tests.helpers.models.at_hand import PROJECT, job_body, prepare
from tests.helpers.window import FakeDesk

DATASET, TEST = "da" * 32, "7e" * 16
CLASSES = ("healthy", "ill", "unclear")
LOGITS = np.array([[0.0, 2.0, 0.0], [1.0, 0.0, 0.0]])


class _Servers:
    """What the steps after the split answer."""

    states: tuple[str, str] = ("usable", "usable")
    end = JobState.FINISHED
    answer = Answer(TEST, JOB, DATASET, CLASSES, LOGITS, np.array([1, 1]))


@pytest.fixture
def servers(desk: FakeDesk, monkeypatch: pytest.MonkeyPatch) -> _Servers:
    made = _Servers()
    prepare(desk, monkeypatch)
    key = SimpleNamespace(to_bytes=lambda: bytes(32))
    keys = SimpleNamespace(signing=key, login=key, sealing=key, retired=())
    monkeypatch.setattr(desk.office, "keys", lambda: keys)
    seals = SimpleNamespace(node=lambda role: SimpleNamespace(seal_key="00" * 32))
    monkeypatch.setattr(type(desk.office.profile), "deployment", lambda self: seals)

    async def child(do: str, args: Any, on_progress: Any = None, on_part: Any = None) -> dict[str, Any]:
        on_progress({"stage": do, "done": 1, "total": 2})
        if do == "upload":
            return {"dataset": DATASET, "states": made.states}
        Path(args["out"]).mkdir()
        on_part({"names": ["ill/0.png", "ill/1.png"]})
        on_part({"refused": [["bad.png", "no picture", "unusable"]]})
        return {"count": 2, "refused": 1, "seen": ""}

    async def start(*given: object) -> str:
        return TEST

    async def follow(nodes: object, job: str, take: Any, retries: int) -> dict[str, JobState]:
        take("b", {"kind": "progress", "done": 9, "total": 9})
        take("a", {"kind": "progress", "done": 1, "total": 4})
        return {"a": made.end, "b": made.end}

    async def fetch(*given: object) -> Answer:
        return made.answer

    async def asked(*given: object) -> Any:
        return SimpleNamespace(specification=agreed().hash, training=JOB)

    async def revision(*given: object) -> Any:
        return agreed(), PROJECT

    for name, value in {
        "run_child": child, "start_test": start, "follow_job": follow, "fetch_answer": fetch, "read_test": asked,
        "agreed_for": revision,
    }.items():  # fmt: skip
        monkeypatch.setattr(queries, name, value)
    return made


async def test_folder_is_split_sent_asked_and_evaluated(desk: FakeDesk, servers: _Servers, tmp_path: Path) -> None:
    steps: list[Step] = []
    found = await ask_servers(desk.office, Question(JOB, tmp_path), steps.append)
    assert [step.stage for step in steps] == ["split", "upload", "queue", "queue", "compute", "answer"]
    assert steps[4] == Step("compute", 1, 4, DATASET, TEST)
    assert found.prediction is None and found.trial is not None
    assert (found.trial.evaluation.accuracy, found.trial.left_out) == (0.5, 1)
    assert found.trial.refused == (("bad.png", "unusable"),)
    assert [one.file for one in found.trial.evaluation.misclassified] == ["ill/1.png"]
    assert list((desk.office.profile.root / "tests").iterdir()) == [], "no share stays on this device"


async def test_one_picture_without_a_class_gets_probabilities(
    desk: FakeDesk, servers: _Servers, tmp_path: Path
) -> None:
    servers.answer = Answer(TEST, JOB, DATASET, CLASSES, LOGITS[:1], np.array([0]))
    picture = pictures(tmp_path / "images", 1) / "ill" / "0.png"
    found = await ask_servers(desk.office, Question(JOB, picture), lambda step: None)
    assert found.trial is None and found.prediction is not None
    assert found.prediction.said == 1 and sum(found.prediction.probabilities) == pytest.approx(1.0)


async def test_answer_to_another_question_is_refused(desk: FakeDesk, servers: _Servers, tmp_path: Path) -> None:
    servers.answer = Answer(TEST, JOB, "ee" * 32, CLASSES, LOGITS, np.array([1, 1]))
    with pytest.raises(BadBundle):
        await ask_servers(desk.office, Question(JOB, tmp_path), lambda step: None)


async def test_images_that_are_not_compared_yet_are_named(desk: FakeDesk, servers: _Servers, tmp_path: Path) -> None:
    servers.states = ("usable", "complete")
    steps: list[Step] = []
    with pytest.raises(Conflict):
        await ask_servers(desk.office, Question(JOB, tmp_path), steps.append)
    assert steps[-1].dataset == DATASET, "they can be deleted"


async def test_failed_test_tells_the_reason_of_the_servers(desk: FakeDesk, servers: _Servers, tmp_path: Path) -> None:
    servers.end = JobState.FAILED
    with pytest.raises(JobFailed):
        await ask_servers(desk.office, Question(JOB, tmp_path), lambda step: None)
    reason = Conflict("The model is gone.").as_dict()
    desk.office.both(
        "job",
        lambda job: JobStatus.parse(job_body(job, **({} if job == JOB else {"state": "failed", "error": reason}))),
    )
    with pytest.raises(Conflict, match="The model is gone"):
        await ask_servers(desk.office, Question(JOB, tmp_path), lambda step: None)


async def test_locked_keys_are_asked_for_first(
    desk: FakeDesk, servers: _Servers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def locked() -> Any:
        raise KeysLocked

    monkeypatch.setattr(desk.office, "keys", locked)
    with pytest.raises(KeysLocked):
        await ask_servers(desk.office, Question(JOB, tmp_path), lambda step: None)


async def test_what_a_killed_program_left_long_ago_is_removed(
    desk: FakeDesk, servers: _Servers, tmp_path: Path
) -> None:
    home = desk.office.profile.root / "tests"
    for name in ("old", "new"):
        (home / name).mkdir(parents=True)
    os.utime(home / "old", (0, 0))
    await ask_servers(desk.office, Question(JOB, tmp_path), lambda step: None)
    assert [path.name for path in home.iterdir()] == ["new"]
