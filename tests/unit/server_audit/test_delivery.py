"""A delivery believes nothing: every way in which a log server can lie ends in a named error."""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from common.crypto.signing import SigningKey
from common.errors import (
    AppError,
    BadInput,
    BadSignature,
    DiskFull,
    LogFork,
    LogTampered,
    NodeUnreachable,
    TooLarge,
)
from common.merkle.checkpoint import Checkpoint, origin_of, sign_checkpoint
from common.merkle.entry import check_event
from common.merkle.proof import encode_proof, prove_consistency, prove_inclusion
from common.merkle.tree import MerkleTree, leaf_hash
from common.merkle.witness import Witness
from server_node.audit.delivery import MAX_ANSWER, EventRefused, LogNode, connect
from tests.helpers.log_events import LOG_KEY, event_document

Answer = dict[str, Any]


class SmallLog:
    """An honest log in memory; ``twist`` may change an answer on its way out."""

    def __init__(self) -> None:
        self.tree = MerkleTree()
        self.key = LOG_KEY
        self.twist: Callable[[str, Answer], Any] = lambda path, answer: answer

    def note(self) -> str:
        checkpoint = Checkpoint(origin_of(LOG_KEY.verify_key), self.tree.size, self.tree.root())
        return sign_checkpoint(checkpoint, self.key)

    async def post(self, request: web.Request) -> web.StreamResponse:
        leaves = [check_event(document).leaf for document in (await request.json())["documents"]]
        positions = [self.tree.append(leaf) for leaf in leaves]
        entries = [
            {
                "index": index,
                "leaf_hash": leaf.hex(),
                "proof": encode_proof(prove_inclusion(self.tree, index, self.tree.size)),
            }
            for index, leaf in zip(positions, leaves, strict=True)
        ]
        return self.answer("entries", {"entries": entries, "checkpoint": self.note()})

    async def consistency(self, request: web.Request) -> web.StreamResponse:
        first, second = int(request.query["first"]), int(request.query["second"])
        return self.answer("proof", {"proof": encode_proof(prove_consistency(self.tree, first, second))})

    def answer(self, path: str, value: Answer) -> web.StreamResponse:
        twisted = self.twist(path, value)
        return twisted if isinstance(twisted, web.StreamResponse) else web.json_response(twisted)


@pytest.fixture
def log() -> SmallLog:
    return SmallLog()


@pytest.fixture
async def node(log: SmallLog, tmp_path: Path) -> AsyncIterator[LogNode]:
    app = web.Application()
    app.router.add_post("/v1/entries", log.post)
    app.router.add_get("/v1/proof/consistency", log.consistency)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    witness = Witness(tmp_path / "checkpoint.txt", LOG_KEY.verify_key)
    yield LogNode(f"http://127.0.0.1:{port}", ssl.create_default_context(), witness)
    await runner.cleanup()


async def deliver(node: LogNode, first: int, end: int) -> list[int]:
    async with connect(node) as courier:
        return await courier.deliver([event_document(n) for n in range(first, end)])


def changed(path: str, change: Callable[[Answer], None]) -> Callable[[str, Answer], Any]:
    def twist(asked: str, answer: Answer) -> Answer:
        if asked == path:
            change(answer)
        return answer

    return twist


async def test_honest_answers_are_accepted_and_remembered(log: SmallLog, node: LogNode) -> None:
    assert await deliver(node, 0, 1) == [0]
    assert await deliver(node, 1, 6) == [1, 2, 3, 4, 5]
    log.tree.append(leaf_hash(b"another node's event"))
    assert await deliver(node, 6, 7) == [7]
    assert node.witness.size == 8


def flip_proof(answer: Answer) -> None:
    proof = answer["entries"][1]["proof"]
    proof[0] = "0" * 64


def set_entry(key: str, value: Any) -> Callable[[Answer], None]:
    return lambda answer: answer["entries"][1].update({key: value})


LIES: list[Callable[[Answer], Any]] = [
    flip_proof,
    set_entry("index", 0),
    set_entry("index", True),
    set_entry("index", "1"),
    set_entry("index", -1),
    set_entry("index", 99),
    set_entry("leaf_hash", "ab" * 32),
    set_entry("leaf_hash", None),
    set_entry("proof", None),
    lambda answer: answer["entries"][1].clear(),
    lambda answer: answer["entries"].pop(),
    lambda answer: answer["entries"].append(answer["entries"][0]),
    lambda answer: answer.update(entries="none"),
    lambda answer: answer.update(entries=[1, 2]),
    lambda answer: answer.update(checkpoint=None),
    lambda answer: answer.update(checkpoint="text"),
    lambda answer: answer.clear(),
]


@pytest.mark.parametrize("lie", LIES)
async def test_answer_that_does_not_show_the_events_raises(
    log: SmallLog, node: LogNode, lie: Callable[[Answer], None]
) -> None:
    log.twist = changed("entries", lie)
    with pytest.raises(LogTampered):
        await deliver(node, 0, 2)


async def test_checkpoint_of_another_key_raises(log: SmallLog, node: LogNode) -> None:
    log.key = SigningKey.from_bytes(bytes(32))
    with pytest.raises(BadSignature):
        await deliver(node, 0, 2)
    assert node.witness.size == 0


async def test_rewritten_history_raises_and_keeps_the_evidence(log: SmallLog, node: LogNode) -> None:
    await deliver(node, 0, 3)
    log.tree = MerkleTree()
    log.tree.append(leaf_hash(b"other"))
    with pytest.raises(LogFork):
        await deliver(node, 1, 5)
    assert node.witness.size == 3 and node.witness.evidence_path.exists()


async def test_log_that_starts_again_raises(log: SmallLog, node: LogNode) -> None:
    await deliver(node, 0, 3)
    log.tree = MerkleTree()
    with pytest.raises(LogFork):
        await deliver(node, 3, 4)


async def test_consistency_proof_that_is_wrong_raises(log: SmallLog, node: LogNode) -> None:
    await deliver(node, 0, 3)
    log.twist = changed("proof", lambda answer: answer.update(proof=["00" * 32]))
    with pytest.raises(LogFork):
        await deliver(node, 3, 4)
    log.twist = changed("proof", lambda answer: answer.update(proof="none"))
    with pytest.raises(LogTampered):
        await deliver(node, 4, 5)


def refusal(error: AppError) -> Callable[[str, Answer], Any]:
    return lambda path, answer: web.json_response({"error": error.as_dict()}, status=error.status)


@pytest.mark.parametrize(
    "error", [BadInput("no", position=1), BadSignature("no", position=1), TooLarge("no", position=1)]
)
async def test_refusal_that_names_an_event_says_which(log: SmallLog, node: LogNode, error: AppError) -> None:
    log.twist = refusal(error)
    with pytest.raises(EventRefused) as raised:
        await deliver(node, 0, 2)
    assert raised.value.position == 1 and type(raised.value.error) is type(error)


@pytest.mark.parametrize(
    "error", [BadInput("no"), BadInput("no", position=7), BadInput("no", position="1"), DiskFull("no", position=0)]
)
async def test_refusal_that_names_no_event_is_for_later(log: SmallLog, node: LogNode, error: AppError) -> None:
    log.twist = refusal(error)
    with pytest.raises(type(error)):
        await deliver(node, 0, 2)


@pytest.mark.parametrize(
    "response",
    [
        lambda: web.Response(text="<html>login</html>", content_type="text/html"),
        lambda: web.Response(body=b"\xff\xfe"),
        lambda: web.Response(body=b"[" * 100_000),
        lambda: web.Response(body=b"[]"),
        lambda: web.Response(status=502, text="bad gateway"),
        lambda: web.Response(status=302, headers={"Location": "/elsewhere"}),
        lambda: web.Response(body=b" " * (MAX_ANSWER + 1)),
    ],
)
async def test_something_that_is_no_log_node_raises(
    log: SmallLog, node: LogNode, response: Callable[[], web.Response]
) -> None:
    log.twist = lambda path, answer: response()
    with pytest.raises(NodeUnreachable):
        await deliver(node, 0, 1)


async def test_error_of_wrong_form_is_a_named_error(log: SmallLog, node: LogNode) -> None:
    log.twist = lambda path, answer: web.json_response({"error": 5}, status=500)
    with pytest.raises(AppError):
        await deliver(node, 0, 1)


async def test_nobody_at_the_address_raises(node: LogNode) -> None:
    gone = LogNode("http://127.0.0.1:1", node.tls, node.witness)
    with pytest.raises(NodeUnreachable):
        await deliver(gone, 0, 1)


async def test_witness_with_damaged_memory_stops_the_delivery(log: SmallLog, node: LogNode, tmp_path: Path) -> None:
    (tmp_path / "checkpoint.txt").write_text(json.dumps("damaged"), encoding="utf-8")
    with pytest.raises(LogTampered):
        await deliver(node, 0, 1)
