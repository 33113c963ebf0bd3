"""Ask a trained model about images of one's own that are at the servers already, and have a model forgotten.

The answer is fetched with :func:`desktop_client.reveal.answers.fetch_answer`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from common.crypto.rng import RandomSource
from common.documents import sign_document
from common.errors import BadFrame, Conflict, PeerMismatch
from desktop_client.keystore import UserKeys
from desktop_client.upload.answers import JobStatus, number, text, texts
from desktop_client.upload.client import NodeClient, Nodes

START_KIND: Final = "test-start"
FORGET_KIND: Final = "model-forget"
TRAINING, TEST = "training", "test"


@dataclass(frozen=True)
class Testable:
    """The images about which the model of a training can be asked: ``shape`` is [h, w, c], ``most`` how many at a time.

    ``specification`` is the hash of the revision that was trained.
    """

    __test__ = False
    job: str
    specification: str
    shape: tuple[int, int, int]
    bits: int
    classes: tuple[str, ...]
    most: int


@dataclass(frozen=True)
class Asked:
    """A test as both servers show it."""

    job: str
    specification: str
    training: str
    dataset: str
    starter: str


async def read_testable(nodes: Nodes, training: str) -> Testable:
    """What may be asked of the model of a training, the same at both servers.

    Raises:
        Conflict: it is not finished, or a server does not keep its share of the model.
        Forbidden: the project does not name this user as a tester.
        PeerMismatch: the servers tell different things.
    """
    statuses = await nodes.both(lambda node: node.job(training))
    for status in statuses:
        if status.body.get("kind") != TRAINING:
            raise Conflict("This job is a test; name the training whose model you want to ask.")
        if not status.state.is_final:
            raise Conflict(f"The training is {status.state}; it can be asked once it is finished.")
    found = await nodes.both(lambda node: node.testable(training))
    for node, told in zip(nodes.servers, found, strict=True):
        if told.get("kept") is not True:
            raise Conflict(f"{_named(node)} does not keep its share of this model, so it cannot be tested there.")
    answers = [_testable(status, told) for status, told in zip(statuses, found, strict=True)]
    if answers[0] != answers[1]:
        raise PeerMismatch("The servers tell different things about the model of this job.")
    return answers[0]


async def start_test(nodes: Nodes, testable: Testable, dataset: str, keys: UserKeys, rng: RandomSource) -> str:
    """Sign the start of a test and give it to server A, which proposes it to B; each checks everything. The job id.

    Raises:
        Forbidden: not one's own data set, or not a tester.
        Conflict: the data set is not usable (yet), the model is not kept any more, or the queue is full.
        SpecRefused: images of another kind than the model was trained on.
    """
    body = {
        "project_hash": testable.specification,
        "training": testable.job,
        "dataset": dataset,
        "nonce": rng.token(16).hex(),
    }
    answer = await nodes.a.start_test(testable.job, sign_document(START_KIND, body, keys.signing))
    return text(answer, "id")


async def read_test(nodes: Nodes, test: str) -> Asked:
    """A test, the same at both servers.

    Raises:
        Conflict: the job is no test.
        PeerMismatch: the servers tell different things.
    """
    found = [_asked(status) for status in await nodes.both(lambda node: node.job(test))]
    if found[0] != found[1]:
        raise PeerMismatch("The servers tell different things about this test.")
    return found[0]


async def forget_model(nodes: Nodes, job: str, keys: UserKeys) -> tuple[bool, bool]:
    """Have both servers forget the weights of a job; whether each had any. It cannot be tested any more.

    Raises:
        Forbidden: this takes an owner of the project.
        AppError: of A if both failed; the other one may have forgotten it all the same.
    """

    async def at(node: NodeClient) -> bool:
        body = {"job": job, "time": text(await node.info(), "time")}
        answer = await node.forget_model(job, sign_document(FORGET_KIND, body, keys.signing))
        if not isinstance(answer.get("forgotten"), bool):
            raise BadFrame("A node does not say whether it forgot a model.")
        return answer["forgotten"] is True

    return await nodes.each(at)


def _testable(status: JobStatus, told: dict[str, Any]) -> Testable:
    shape = told.get("shape")
    if not isinstance(shape, list) or len(shape) != 3 or any(type(side) is not int or side < 1 for side in shape):
        raise BadFrame("A node names no shape of images.")
    height, width, channels = shape
    return Testable(
        status.job,
        text(status.body, "specification"),
        (height, width, channels),
        number(told, "bits"),
        tuple(texts(told, "classes")),
        number(told, "most"),
    )


def _asked(status: JobStatus) -> Asked:
    if status.body.get("kind") != TEST:
        raise Conflict("This job is a training; its model is fetched with `imguard model fetch`.")
    words = [text(status.body, name) for name in ("specification", "training", "dataset", "starter")]
    return Asked(status.job, *words)


def _named(node: NodeClient) -> str:
    return f"Server {node.node.role.upper()}"

