"""The whole way once: two owners, two servers and a log on this machine; every step is the one real users take."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np

from common.crypto.rng import RandomSource, SystemRandom
from common.errors import BadInput
from common.pipeline import JobState, Stage
from common.specification import Specification
from desktop_client.cli.watching import failure
from desktop_client.demo.pictures import Pictures, deal, write_digits
from desktop_client.demo.stages import StageBoard
from desktop_client.keystore import UserKeys, open_keys
from desktop_client.offline_plugin.contact_sheet import save_sheet, sheet_rows
from desktop_client.offline_plugin.encode import Encoding
from desktop_client.offline_plugin.plugin import (
    Hooks,
    ImageSet,
    ReadOptions,
    SplitKeys,
    SplitOptions,
    read_images,
    split_images,
)
from desktop_client.offline_plugin.split import secret_order
from desktop_client.poc.deployment import USERS, LocalDeployment
from desktop_client.reveal.combine import Model, write_model
from desktop_client.reveal.evaluate import evaluate, predict
from desktop_client.reveal.exports.libraries import ONNX, TORCH, find_exporter
from desktop_client.reveal.fetch import fetch_model
from desktop_client.reveal.metrics import MetricPairs, parse_metric
from desktop_client.reveal.network import Network, build_network
from desktop_client.settings import Profile
from desktop_client.upload.audit import LogCheck, verify_log, write_proof
from desktop_client.upload.client import Nodes, open_nodes
from desktop_client.upload.identity.account import login
from desktop_client.upload.jobs.follow import follow_job
from desktop_client.upload.projects.consents import give_consent
from desktop_client.upload.projects.fetch import own_datasets
from desktop_client.upload.projects.jobs import start_job
from desktop_client.upload.projects.options import FLAT_MODELS, ProjectOptions
from desktop_client.upload.projects.publish import create_project
from desktop_client.upload.transfer import open_dataset, upload

_CLEAR_RUNS: Final = 3
_CLEAR_RUNS_OF_IMAGES: Final = 1
"""Trainings in the clear that the demo takes the mean of: convolutions take longer."""
_RECONNECTS: Final = 3
_SHEET_ROWS: Final = 5
_T = TypeVar("_T")


@dataclass(frozen=True)
class Plan:
    """What the demo does: whose images, how many, and the project for so many classes but for its data sets."""

    data: Path | None
    per_owner: int
    tests: int
    height: int
    width: int
    project: Callable[[int], ProjectOptions]


@dataclass(frozen=True)
class Outcome:
    """What came of it; accuracies are on images that were never uploaded."""

    accuracy: float
    clear_accuracy: float
    agreement: float
    specification: Specification
    tests: int
    trained: int
    parameters: int
    model_path: Path
    sheet_path: Path
    proof_path: Path
    check: LogCheck


class Owner:
    """One data owner: a profile of its own with keys of its own."""

    def __init__(self, deployment: LocalDeployment, number: int) -> None:
        self.name = USERS[number - 1]
        self.profile = Profile(deployment.client(number))
        self.keys: UserKeys = open_keys(self.profile.keys_path, deployment.password(number))
        self.run(lambda nodes: login(nodes, self.profile, self.keys))

    def run(self, work: Callable[[Nodes], Awaitable[_T]]) -> _T:
        """Asynchronous work with clients for all nodes, logged in as this owner."""

        async def connected() -> _T:
            async with open_nodes(self.profile) as nodes:
                return await work(nodes)

        return asyncio.run(connected())


class Demo:
    """Runs the stages in order; all but the first need the deployment to be up."""

    def __init__(self, plan: Plan, deployment: LocalDeployment, folders: tuple[Path, Path], board: StageBoard) -> None:
        self._plan, self._deployment, self._board = plan, deployment, board
        self._work, self._results = folders
        self._rng: RandomSource = SystemRandom()

    def read(self) -> tuple[Pictures, dict[Path, ImageSet]]:
        """Deal the images out and look at them; the deployment need not run for that.

        Raises:
            BadInput, NotFound: there are no images the demo could use.
        """
        pictures = self._pictures()
        return pictures, self._read(pictures)

    def run(self, pictures: Pictures, images: dict[Path, ImageSet]) -> Outcome:
        """All other stages; leaves model, exports, contact sheet and log proof in the results folder."""
        owners = [Owner(self._deployment, number) for number in (1, 2)]
        counts = [len(images[place].labels) for place in pictures.owners]
        datasets = self._split_and_upload(owners, pictures)
        specification = self._agree(owners, datasets, sum(counts), len(pictures.classes))
        model = self._reveal(owners[0], specification, self._train(owners[0], specification))
        network = build_network(model)
        accuracy, clear, agreement = self._test(network, specification, images, (pictures, counts))
        self._export(network)
        check = self._verify_log(owners[0])
        return Outcome(
            accuracy=accuracy,
            clear_accuracy=clear,
            agreement=agreement,
            specification=specification,
            tests=len(images[pictures.test].labels),
            trained=sum(counts),
            parameters=network.architecture.parameters,
            model_path=self._results / "model.igm",
            sheet_path=self._results / "what-the-servers-see.png",
            proof_path=self._results / "log-proof.json",
            check=check,
        )

    def _pictures(self) -> Pictures:
        plan = self._plan
        source = plan.data or write_digits(self._work / "digits")
        return deal(source, self._work / "images", plan.per_owner, plan.tests, self._rng)

    def _read(self, pictures: Pictures) -> dict[Path, ImageSet]:
        """Everybody looks at their own images; the demo needs them in the clear to compare with."""
        places = (*pictures.owners, pictures.test)
        found: dict[Path, ImageSet] = {}
        with self._board.stage(Stage.READ) as step:
            for index, place in enumerate(places):

                def move(done: int, total: int, base: int = index) -> None:
                    step(base * total + done, len(places) * total)

                found[place] = read_images(place, self._options(pictures), Hooks(progress=move))
        self._board.finish(Stage.READ)
        for images in found.values():
            for refusal in images.refused[:_SHEET_ROWS]:
                self._board.say(f"left out: {refusal.file}: {refusal.reason}")
        first = found[pictures.owners[0]]
        chosen = np.linspace(0, len(first.labels) - 1, min(_SHEET_ROWS, len(first.labels))).astype(int)
        titles = [first.classes[first.labels[i]] for i in chosen]
        rows = sheet_rows(first.array[chosen], first.labels[chosen], titles, 8, self._rng)
        save_sheet(rows, self._results / "what-the-servers-see.png")
        return found

    def _options(self, pictures: Pictures) -> ReadOptions:
        return ReadOptions(Encoding(self._plan.height, self._plan.width), pictures.classes)

    def _split_and_upload(self, owners: list[Owner], pictures: Pictures) -> list[str]:
        deployment = owners[0].profile.deployment()
        seal_keys = (deployment.node("a").seal_key, deployment.node("b").seal_key)
        folders = []
        for owner, place in zip(owners, pictures.owners, strict=True):
            folders.append(self._work / f"split-{owner.name}")
            options = SplitOptions(
                read=self._options(pictures),
                name=f"{owner.name}-{pictures.origin}".lower().replace(" ", "-")[:60],
                owner=owner.name,
                created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                visibility="shared",
                shared_with=tuple(name for name in USERS if name != owner.name),
            )
            keys = SplitKeys(owner.keys.signing, *seal_keys)
            with self._board.stage(Stage.SPLIT) as step:
                split_images(place, options, keys, folders[-1], self._rng, Hooks(progress=step))
        self._board.finish(Stage.SPLIT)
        datasets = []
        for owner, folder in zip(owners, folders, strict=True):
            dataset = open_dataset(folder, owner.profile.user(), seal_keys)
            with self._board.stage(Stage.UPLOAD) as step:
                done = owner.run(partial(upload, profile=owner.profile, dataset=dataset, progress=step))
            self._board.sent(Stage.UPLOAD, sum(receipt.bytes for receipt in done.receipts))
            datasets.append(done.dataset)
        self._board.finish(Stage.UPLOAD)
        return datasets

    def _agree(self, owners: list[Owner], datasets: list[str], count: int, classes: int) -> Specification:
        """The first owner writes the specification; each owner signs a consent to its hash."""
        first = owners[0]
        project = self._plan.project(classes)
        options = replace(project, datasets=datasets, batch=batch_size(count), validation=min(100, count // 10))
        deployment = first.profile.deployment()

        async def create(nodes: Nodes) -> Specification:
            return await create_project(nodes, deployment, first.profile.user(), first.keys, options)

        specification = first.run(create)
        for owner in owners:
            for dataset in own_datasets(specification, owner.profile.user()):
                consent = partial(give_consent, specification=specification, dataset=dataset, keys=owner.keys, days=1)
                owner.run(consent)
        return specification

    def _train(self, owner: Owner, specification: Specification) -> str:
        pairs = MetricPairs()

        def on_event(role: str, event: dict[str, Any]) -> None:
            if event.get("kind") == "progress":
                self._board.on_event(role, event)
            elif event.get("kind") == "metrics":
                found = pairs.add(role, parse_metric(event))
                if found is not None:
                    self._board.say(
                        f"epoch {found.epoch} of {specification.training.epochs}: loss {found.loss:.3f}, accuracy "
                        f"{found.accuracy:.1%} on {found.count} validation images"
                    )

        async def work(nodes: Nodes) -> str:
            job = await start_job(nodes, specification, owner.keys, self._rng)
            states = await follow_job(nodes, job, on_event, _RECONNECTS)
            if set(states.values()) != {JobState.FINISHED}:
                raise failure(await nodes.both(lambda node: node.job(job)))
            return job

        return owner.run(work)

    def _reveal(self, owner: Owner, specification: Specification, job: str) -> Model:
        with self._board.stage(Stage.REVEAL):
            model = owner.run(
                lambda nodes: fetch_model(nodes.a, nodes.b, (job, specification.hash), owner.keys.sealing)
            )
            write_model(self._results / "model.igm", model)
        self._board.sent(Stage.REVEAL, 2 * 8 * model.parameters)
        self._board.finish(Stage.REVEAL)
        return model

    def _test(
        self,
        network: Network,
        specification: Specification,
        images: dict[Path, ImageSet],
        owned: tuple[Pictures, list[int]],
    ) -> tuple[float, float, float]:
        """Accuracy, accuracy of the same training in the clear, and how often the shared model agrees with itself."""
        # This library takes seconds to load; nothing before this stage needs it.
        # Optimisers make torch load its compiler, which makes a folder for a cache: let it end with the demo.
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(self._work / "torch")
        from desktop_client.demo.clear import train_in_clear

        pictures, counts = owned
        test = images[pictures.test]
        with self._board.stage(Stage.TEST) as step:
            logits = predict(network, test.array)
            accuracy = evaluate(network, logits, test.labels).accuracy
            # In random order, as shares are: the first images of each owner are held back from training.
            orders = [secret_order(count, self._rng) for count in counts]
            owned_images = [(images[place], order) for place, order in zip(pictures.owners, orders, strict=True)]
            together = np.concatenate([found.array[order] for found, order in owned_images])
            labels = np.concatenate([found.labels[order] for found, order in owned_images])
            clear, same = [], []
            runs = _CLEAR_RUNS if specification.model.name in FLAT_MODELS else _CLEAR_RUNS_OF_IMAGES
            for run in range(runs):
                plain = train_in_clear(specification, together, labels, counts, pictures.classes, self._rng)
                plain_logits = predict(plain, test.array)
                clear.append(evaluate(plain, plain_logits, test.labels).accuracy)
                same.append(float((plain_logits.argmax(axis=1) == logits.argmax(axis=1)).mean()))
                step(run + 1, runs)
        self._board.finish(Stage.TEST)
        return accuracy, float(np.mean(clear)), float(np.mean(same))

    def _export(self, network: Network) -> None:
        # These libraries take seconds to load; nothing before this stage needs them.
        write_onnx, write_torch = find_exporter(ONNX), find_exporter(TORCH)
        with self._board.stage(Stage.EXPORT) as step:
            write_onnx(self._results / "model.onnx", network)
            step(1, 2)
            write_torch(self._results / "model.pt", network)
        self._board.finish(Stage.EXPORT)

    def _verify_log(self, owner: Owner) -> LogCheck:
        deployment = owner.profile.deployment()

        async def work(nodes: Nodes) -> LogCheck:
            return await verify_log(nodes.log, deployment, owner.profile, lambda done, total: None)

        check = owner.run(work)
        write_proof(self._results / "log-proof.json", check)
        return check


def batch_size(count: int) -> int:
    """The largest power of two up to 64 that leaves at least eight steps an epoch.

    Raises:
        BadInput: too few images to train on.
    """
    size = 64
    while size > 2 and count // size < 8:
        size //= 2
    if count // size < 4:
        raise BadInput(f"{count} images are too few to train on.")
    return size
