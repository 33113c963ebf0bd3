"""Events as a node makes them: signed, pseudonymous, distinct, and refused if they would say too much."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from common.crypto.signing import SigningKey
from common.documents import sign_document
from common.errors import BadInput
from common.merkle.entry import Action, check_event, user_actor
from server_node.audit.events import EventMaker, Recorder
from server_node.audit.outbox import Outbox
from tests.helpers.log_events import NODE_A

USER = SigningKey.from_bytes(b"\x05" * 32)


class Identity:
    """The three fields of a node's identity that events need."""

    name, role, signing = "hospital", "a", NODE_A


class Counting:
    """Distinct bytes that a test can foresee."""

    def __init__(self) -> None:
        self.calls = 0

    def token(self, size: int) -> bytes:
        self.calls += 1
        return self.calls.to_bytes(size, "big")


@pytest.fixture
def maker() -> EventMaker:
    identity: Any = Identity()
    return EventMaker(identity, clock=lambda: 1_795_435_200.9, rng=Counting())


def test_event_by_node_is_signed_and_complete(maker: EventMaker) -> None:
    document = maker.by_node(Action.JOB_STAGE, {"job": "ab" * 16, "stage": "train"})
    checked = check_event(document)
    assert checked.signer == NODE_A.verify_key
    assert dict(checked.body) == {
        "version": 1,
        "id": f"{1:032x}",
        "time": "2026-11-23T12:00:00Z",
        "actor": "node:a",
        "action": "job-stage",
        "subject": {"job": "ab" * 16, "stage": "train"},
    }


def test_two_events_of_one_moment_differ(maker: EventMaker) -> None:
    assert check_event(maker.by_node("node-start", {})).leaf != check_event(maker.by_node("node-start", {})).leaf


def test_event_by_user_names_nobody_and_may_carry_evidence(maker: EventMaker) -> None:
    consent = sign_document("consent", {"project_hash": "ab" * 32, "dataset": "cd" * 32, "expires": None}, USER)
    body = maker.by_user("consent", USER.verify_key, {"dataset": "cd" * 32}, consent)["body"]
    assert body["actor"] == user_actor(USER.verify_key) and body["evidence"] == consent


def test_evidence_of_somebody_else_raises(maker: EventMaker) -> None:
    consent = sign_document("consent", {"dataset": "cd" * 32}, NODE_A)
    with pytest.raises(BadInput):
        maker.by_user("consent", USER.verify_key, {}, consent)
    with pytest.raises(BadInput, match="needs"):
        maker.by_user("consent", USER.verify_key, {})


@pytest.mark.parametrize("subject", [{"note": "two words"}, {"rate": 0.5}, {"x": ["y"]}, {"X": 1}])
def test_subject_with_more_than_ids_and_numbers_raises(maker: EventMaker, subject: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        maker.by_node("job-stage", subject)


async def test_recorder_tells_node_key_and_account_apart(maker: EventMaker, tmp_path: Path) -> None:
    added: list[dict[str, Any]] = []

    class Box:
        def add(self, document: dict[str, Any]) -> None:
            added.append(document)

    async def key_of(name: str) -> str | None:
        return USER.verify_key if name == "alice" else None

    box: Any = Box()
    record = Recorder(maker, box, key_of)
    await record("node-start", "hospital", {})
    await record("login", USER.verify_key, {})
    await record("login", "alice", {})
    pseudonym = user_actor(USER.verify_key)
    assert [document["body"]["actor"] for document in added] == ["node:a", pseudonym, pseudonym]
    with pytest.raises(BadInput):
        await record("login", "mallory", {})
    assert len(added) == 3


async def test_recorded_event_is_in_the_outbox(maker: EventMaker, tmp_path: Path) -> None:
    def never() -> Any:
        raise AssertionError("nothing is delivered here")

    async def nobody(name: str) -> str | None:
        return None

    outbox = Outbox(tmp_path / "outbox.db", never)
    await Recorder(maker, outbox, nobody)("node-start", "hospital", {})
    assert outbox.pending() == 1
    outbox.close()
