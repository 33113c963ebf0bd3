"""Ask both servers what a model makes of one's own images, without either of them seeing an image or an answer.

The images are split here, uploaded as a data set, and asked about; the two shares of the answer are added here. To
cancel the coroutine stops the test at the servers too; what was uploaded by then stays there until it is deleted.
"""

from __future__ import annotations

import asyncio
import base64
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import time
from typing import Any, Final

from common.crypto.rng import SystemRandom
from common.errors import AppError, BadBundle, Cancelled, Conflict, JobFailed
from common.pipeline import JobState
from desktop_client.jobs.child import run_child
from desktop_client.jobs.models.kept import Prediction, Trial, TrialOptions
from desktop_client.jobs.office import Office
from desktop_client.reveal.answers import Answer, fetch_answer
from desktop_client.reveal.evaluation.probabilities import probabilities
from desktop_client.upload.datasets.deletion import delete_dataset, keep_receipts
from desktop_client.upload.jobs.asking import Testable, forget_model, read_test, read_testable, start_test
from desktop_client.upload.jobs.follow import follow_job
from desktop_client.upload.projects.jobs import agreed_for, cancel_job

STAGES: Final = ("split", "upload", "queue", "compute", "answer")
FOLDER: Final = "tests"
_TABLE: Final = ".csv"
_RECONNECTS: Final = 40
_CANCEL_SECONDS: Final = 10.0
_LEFT_BEHIND_SECONDS: Final = 24 * 3600.0


@dataclass(frozen=True)
class Question:
    """What to ask of the model of a training: a labelled folder, a table, or one picture with or without its class."""

    job: str
    source: Path
    options: TrialOptions = TrialOptions()
    label: str = ""

    @property
    def is_picture(self) -> bool:
        """One picture instead of many."""
        return self.source.is_file() and self.source.suffix.lower() != _TABLE


@dataclass(frozen=True)
class Step:
    """Where a question stands: one of :data:`STAGES`, and how much of it is done; ``total`` 0: nobody knows.

    ``dataset`` and ``test`` are the ids at the servers as soon as they are known.
    """

    stage: str
    done: int = 0
    total: int = 0
    dataset: str = ""
    test: str = ""


@dataclass(frozen=True)
class Answered:
    """What came of a question: a trial, or for one picture of unknown class a prediction. Both servers still have the
    images as ``dataset``."""

    test: str
    dataset: str
    trial: Trial | None = None
    prediction: Prediction | None = None


OnStep = Callable[[Step], None]


@dataclass(frozen=True)
class _Sent:
    """Images at both servers, with what only this side knows: their files in order, and those that were left out."""

    dataset: str
    names: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    left_out: int
    seen: bytes


async def ask_servers(office: Office, question: Question, on_step: OnStep) -> Answered:
    """Split, upload, ask, wait, and put the answer together.

    Raises:
        KeysLocked: the password is needed first.
        Forbidden, Conflict: not a tester, or the servers do not keep the model any more.
        BadInput: no usable image, a class that the model does not know, or too many images.
        AppError: a server refused, or what the test failed with.
    """
    office.keys()
    testable = await read_testable(office.nodes, question.job)
    sent = await _send(office, testable, question, on_step)
    test = await start_test(office.nodes, testable, sent.dataset, office.keys(), SystemRandom())
    waiting = _Waiting(on_step, Step("queue", dataset=sent.dataset, test=test))
    await _finish(office, test, waiting)
    on_step(Step("answer", 0, 1, sent.dataset, test))
    answer, loss = await _fetch(office, test)
    if (answer.training, answer.dataset) != (testable.job, sent.dataset):
        raise BadBundle("The servers sent the answer to another question.")
    if question.is_picture and not question.label:
        return Answered(test, sent.dataset, prediction=_predicted(answer, loss, sent.seen))
    found = await asyncio.to_thread(answer.evaluation, loss, sent.names)
    return Answered(test, sent.dataset, Trial(found, sent.refused, sent.left_out))


async def delete_images(office: Office, dataset: str) -> None:
    """Delete the images of a test at both servers, and keep their receipts.

    Raises:
        KeysLocked: the password is needed first.
        AppError: a server refused.
    """
    deleted = await delete_dataset(office.nodes, dataset, office.keys())
    await asyncio.to_thread(keep_receipts, office.profile.receipts_path, dataset, deleted)


async def forget_at_servers(office: Office, job: str) -> tuple[bool, bool]:
    """Have both servers forget their shares of the weights; whether each had any. Raises as :func:`forget_model`."""
    return await forget_model(office.nodes, job, office.keys())


async def _send(office: Office, testable: Testable, question: Question, on_step: OnStep) -> _Sent:
    now = datetime.now(UTC)
    home = office.profile.root / FOLDER
    folder = home / now.strftime("%Y%m%dT%H%M%S%f")
    await asyncio.to_thread(_prepare, home)
    lists: dict[str, list[Any]] = {"names": [], "refused": []}

    def take(part: dict[str, Any]) -> None:
        for name, rows in part.items():
            lists[name].extend(rows)

    try:
        args = _split_args(office, testable, question, now)
        told = await run_child("split_test", {**args, "out": str(folder)}, _telling(on_step, "split"), take)
        login = office.keys().login.to_bytes().hex()
        where = {"profile": str(office.profile.root), "folder": str(folder), "login": login}
        done = await run_child("upload", where, _telling(on_step, "upload"))
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, True)
    dataset = str(done["dataset"])
    on_step(Step("queue", dataset=dataset))
    if set(done["states"]) != {"usable"}:
        raise Conflict("The servers have not compared the images yet; ask again in a moment.", dataset=dataset)
    refused = tuple((str(one[0]), str(one[-1])) for one in lists["refused"])
    return _Sent(
        dataset, tuple(map(str, lists["names"])), refused, int(told["refused"]), base64.b64decode(told["seen"])
    )


def _split_args(office: Office, testable: Testable, question: Question, now: datetime) -> dict[str, Any]:
    height, width, channels = testable.shape
    deployment, options = office.profile.deployment(), question.options.as_args()
    return {
        "source": str(question.source),
        "classes": list(testable.classes),
        "height": height,
        "width": width,
        "channels": channels,
        "bits": testable.bits,
        "most": testable.most,
        "fit": options["fit"],
        "window": options["window"],
        "label": question.label,
        "name": f"test of {testable.job[:8]}",
        "owner": office.profile.user().name,
        "created": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "signing": office.keys().signing.to_bytes().hex(),
        "seal_keys": {role: deployment.node(role).seal_key for role in ("a", "b")},
    }


class _Waiting:
    """Turns events of both servers into steps; what the driving server A says counts."""

    def __init__(self, on_step: OnStep, step: Step) -> None:
        self._on_step, self._step = on_step, step
        on_step(step)

    def take(self, role: str, event: dict[str, Any]) -> None:
        if role != "a":
            return
        done, total = event.get("done"), event.get("total")
        if event.get("kind") == "progress" and type(done) is int and type(total) is int:
            self._move(replace(self._step, stage="compute", done=max(done, 0), total=max(total, 0)))
        elif event.get("kind") == "state" and event.get("state") == JobState.QUEUED:
            self._move(replace(self._step, stage="queue", done=0, total=0))

    def _move(self, step: Step) -> None:
        self._step = step
        self._on_step(step)


async def _finish(office: Office, test: str, waiting: _Waiting) -> None:
    """Follow a test to its end; one that is cancelled here is cancelled at the servers.

    Raises:
        AppError: what it failed with.
    """
    try:
        states = await follow_job(office.nodes, test, waiting.take, _RECONNECTS)
    except asyncio.CancelledError:
        with suppress(AppError, TimeoutError):
            await asyncio.wait_for(cancel_job(office.nodes, test), _CANCEL_SECONDS)
        raise
    if set(states.values()) == {JobState.FINISHED}:
        return
    if JobState.CANCELLED in states.values():
        raise Cancelled("The test was cancelled.")
    reasons = [status.failure() for status in await office.nodes.both(lambda node: node.job(test))]
    raise next((one for one in reasons if one is not None), None) or JobFailed("The test stopped without a reason.")


async def _fetch(office: Office, test: str) -> tuple[Answer, str]:
    """The answer, and the loss that the model was trained with."""
    asked, keys = await read_test(office.nodes, test), office.keys()
    sealing = (keys.sealing, *keys.retired)
    answer = await fetch_answer(office.nodes.a, office.nodes.b, (test, asked.specification), sealing)
    specification, _ = await agreed_for(office.nodes, office.profile.deployment(), asked.training)
    if specification.hash != asked.specification:
        raise BadBundle("The test was about another revision than the training.")
    return answer, specification.training.loss


def _predicted(answer: Answer, loss: str, seen: bytes) -> Prediction:
    chances = probabilities(answer.logits, loss)[0]
    said = int(answer.logits[0].argmax())
    return Prediction(answer.classes, tuple(chances.tolist()), said, loss, seen)


def _telling(on_step: OnStep, stage: str) -> Callable[[dict[str, Any]], None]:
    return lambda found: on_step(Step(stage, int(found["done"]), int(found["total"])))


def _prepare(home: Path) -> None:
    """Make the folder, and remove what a program that was killed left in it long ago."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in home.iterdir():
        with suppress(OSError):
            if time() - old.stat().st_mtime > _LEFT_BEHIND_SECONDS:
                shutil.rmtree(old, ignore_errors=True)
