"""`imguard model query`, `answer` and `forget`: ask the servers what a model makes of your images."""

from __future__ import annotations

import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import click

from common.crypto.rng import SystemRandom
from common.errors import BadBundle, BadInput, Conflict, UsageError
from common.specification import Specification
from desktop_client.cli.context import DATASET, Session, confirm, emit, find_id, json_option, yes_option
from desktop_client.cli.job import full_job
from desktop_client.cli.model.scores import chances_text, mistaken_text, mistaken_value, scores_text, scores_value
from desktop_client.cli.watching import watch
from desktop_client.offline_plugin.encode import FITS, Encoding
from desktop_client.offline_plugin.plugin import Hooks, ReadOptions, SplitKeys, SplitOptions, SplitReport, split_images
from desktop_client.offline_plugin.single import OnePicture
from desktop_client.plain import plain
from desktop_client.reveal.answers import Answer, fetch_answer
from desktop_client.reveal.evaluation.probabilities import probabilities
from desktop_client.upload.client import Nodes
from desktop_client.upload.datasets.deletion import delete_dataset, keep_receipts
from desktop_client.upload.jobs.asking import Testable, forget_model, read_test, read_testable, start_test
from desktop_client.upload.projects.fetch import fetch_history, fetch_revision
from desktop_client.upload.transfer import open_dataset, upload

_SHOWN_REFUSALS: Final = 20
_TABLE: Final = ".csv"


class _Images(NamedTuple):
    """Where the images of a test are, and what is known of them here; ``source`` None: they are at the servers."""

    source: Path | None
    label: str | None
    dataset: str | None

    @property
    def is_picture(self) -> bool:
        """One picture instead of a folder or a table."""
        return self.source is not None and self.source.is_file() and self.source.suffix.lower() != _TABLE


@click.command("query")
@click.argument("job")
@click.option("--data", type=click.Path(exists=True, path_type=Path), help="Folder per class, CSV, or one picture.")
@click.option("--label", help="Class of the one picture, if you know it.")
@click.option("--dataset", help="A data set of yours that is uploaded already, instead of --data.")
@click.option("--fit", type=click.Choice(FITS), default=FITS[0], show_default=True, help="Whole picture, or centre.")
@click.option("--delete/--keep", "is_deleted", default=None, help="The images at the servers, afterwards.")
@json_option
@click.pass_obj
def query_command(
    session: Session, /, job: str, fit: str, is_deleted: bool | None, as_json: bool, **given: Any
) -> None:
    """Ask the servers what the model of a finished JOB makes of your images.

    The images are split and uploaded as secret shares, as for a training. Neither server learns an image, a label or an
    answer; the answers are put together here. You must be a tester of the project; you need not receive its model.

    \b
    Example:
      imguard model query 71ffa0c3 --data test-films --delete
      imguard model query 71ffa0c3 --data film.png
      imguard model query 71ffa0c3 --dataset 3f2a90c1
    """
    images = _Images(given["data"], given["label"], given["dataset"])
    _check(images)
    session.keys()
    testable = session.run(lambda nodes: _look(nodes, job))
    names: tuple[str, ...] = ()
    if images.source is not None:
        dataset, names = _send(session, testable, images, fit, as_json)
    else:
        dataset = session.run(lambda nodes: find_id(nodes, str(images.dataset), DATASET))
    answer, trained = session.run(lambda nodes: _ask(nodes, session, testable, dataset, as_json))
    _show(answer, trained, names, images.is_picture and images.label is None, as_json)
    if trained.hiding.scale == "signed" and trained.hiding.k > 1:
        session.say("The model was trained on signed mixtures and asked about clean images, as its validation was.")
    _tidy(session, dataset, images.source is not None, is_deleted, as_json)


@click.command("answer")
@click.argument("test")
@json_option
@click.pass_obj
def answer_command(session: Session, test: str, as_json: bool) -> None:
    """Fetch and show the answer of a TEST that you began, also after it was cut off here.

    \b
    Example:
      imguard model answer 88d0e4b7
    """
    session.keys()

    async def work(nodes: Nodes) -> tuple[Answer, Specification]:
        return await _fetch(nodes, session, await full_job(nodes, test))

    answer, trained = session.run(work)
    _show(answer, trained, (), False, as_json)


@click.command("forget")
@click.argument("job")
@yes_option
@json_option
@click.pass_obj
def forget_command(session: Session, job: str, yes: bool, as_json: bool) -> None:
    """Have both servers forget their shares of the model of a JOB; nobody can ask it any more.

    Models that were sealed for recipients stay. This takes an owner of the project; archiving the project does it, too.

    \b
    Example:
      imguard model forget 71ffa0c3
    """
    full = session.run(lambda nodes: full_job(nodes, job))
    confirm(f"Forget the model of job {full} at both servers? Nobody can test it there any more.", yes)
    keys = session.keys()
    had = dict(zip("ab", session.run(lambda nodes: forget_model(nodes, full, keys)), strict=True))
    words = {True: "forgotten", False: "nothing was kept"}
    emit({"job": full, "forgotten": had}, as_json, f"{full}: {words[had['a']]} at A, {words[had['b']]} at B")


def _check(images: _Images) -> None:
    if (images.source is None) == (images.dataset is None):
        raise UsageError("Say either --data, with images of this machine, or --dataset, with uploaded ones.")
    if images.label is not None and not images.is_picture:
        raise UsageError("--label is for one picture; a folder or a table says the classes itself.")


async def _look(nodes: Nodes, job: str) -> Testable:
    return await read_testable(nodes, await full_job(nodes, job))


def _send(
    session: Session, testable: Testable, images: _Images, fit: str, as_json: bool
) -> tuple[str, tuple[str, ...]]:
    """Split and upload the images; the id of the data set, and the files in its order."""
    now = datetime.now(UTC)
    folder = session.profile.root / "tests" / now.strftime("%Y%m%dT%H%M%S%f")
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        report = _split(session, testable, images, folder, (fit, now.strftime("%Y-%m-%dT%H:%M:%SZ"), as_json))
        if report.count > testable.most:
            raise BadInput(f"A model answers for at most {testable.most} images at a time; these are {report.count}.")
        deployment = session.profile.deployment()
        seal_keys = (deployment.node("a").seal_key, deployment.node("b").seal_key)
        local = open_dataset(folder, session.profile.user(), seal_keys)
        with session.progress("upload", "bytes", as_json) as step:
            done = session.run(lambda nodes: upload(nodes, session.profile, local, step))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if set(done.states) != {"usable"}:
        raise Conflict(
            f"The servers have not compared the images yet; ask again with --dataset {done.dataset[:12]} in a moment."
        )
    return done.dataset, report.names


def _split(
    session: Session, testable: Testable, images: _Images, folder: Path, how: tuple[str, str, bool]
) -> SplitReport:
    fit, created, as_json = how
    height, width, channels = testable.shape
    read = ReadOptions(Encoding(height, width, channels, testable.bits, fit), testable.classes)
    user, deployment, keys = session.profile.user(), session.profile.deployment(), session.keys()
    options = SplitOptions(read, f"test of {testable.job[:8]}", user.name, created, tags=("test",))
    split_keys = SplitKeys(keys.signing, deployment.node("a").seal_key, deployment.node("b").seal_key)
    assert images.source is not None
    source = OnePicture(images.source, testable.classes, images.label) if images.is_picture else images.source
    with session.progress("split", "images", as_json) as step:
        report = split_images(source, options, split_keys, folder, SystemRandom(), Hooks(progress=step))
    for refusal in report.refused[:_SHOWN_REFUSALS]:
        session.say(plain(f"left out: {refusal.file}: {refusal.reason}"))
    return report


async def _ask(
    nodes: Nodes, session: Session, testable: Testable, dataset: str, as_json: bool
) -> tuple[Answer, Specification]:
    test = await start_test(nodes, testable, dataset, session.keys(), SystemRandom())
    session.say(f"test {test}")
    await watch(nodes, session, test, as_json)
    answer, trained = await _fetch(nodes, session, test)
    if (answer.training, answer.dataset) != (testable.job, dataset):
        raise BadBundle("The servers sent the answer to another question.")
    return answer, trained


async def _fetch(nodes: Nodes, session: Session, test: str) -> tuple[Answer, Specification]:
    """The answer, and the revision that was trained."""
    asked, keys = await read_test(nodes, test), session.keys()
    answer = await fetch_answer(nodes.a, nodes.b, (test, asked.specification), (keys.sealing, *keys.retired))
    project = (await nodes.a.job(test)).project
    known, _ = await fetch_history(nodes, project)
    numbers = [past.revision for past in known if past.hash == asked.specification]
    if not numbers:
        raise BadBundle("Server A does not list the revision of the project that the model was trained for.")
    return answer, await fetch_revision(nodes, project, numbers[0])


def _show(answer: Answer, trained: Specification, names: tuple[str, ...], is_unlabelled: bool, as_json: bool) -> None:
    chances = probabilities(answer.logits, trained.training.loss)
    value: dict[str, Any] = {"test": answer.test, "job": answer.training, "dataset": answer.dataset}
    if is_unlabelled:
        said = answer.classes[int(answer.logits[0].argmax())]
        odds = {name: float(chance) for name, chance in zip(answer.classes, chances[0], strict=True)}
        emit({**value, "taken_for": said, "probabilities": odds}, as_json, chances_text(answer.classes, chances[0]))
        return
    result, count = answer.evaluation(trained.training.loss, names), len(answer.labels)
    value |= {**scores_value(result, count), "mistaken": mistaken_value(result)}
    emit(value, as_json, scores_text(result, count) + mistaken_text(result))


def _tidy(session: Session, dataset: str, is_new: bool, is_deleted: bool | None, as_json: bool) -> None:
    """What becomes of the images at the servers."""
    if is_deleted is None and is_new and not as_json and sys.stdin.isatty():
        is_deleted = click.confirm("Delete the images of this test at both servers?", default=True, err=True)
    if not is_deleted:
        session.say(f"The images stay at both servers. Next: imguard dataset delete {dataset[:12]}")
        return
    keys = session.keys()
    keep_receipts(session.profile.receipts_path, dataset, session.run(lambda n: delete_dataset(n, dataset, keys)))
    session.say(f"The images {dataset[:12]} are deleted at both servers.")
