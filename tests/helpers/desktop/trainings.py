"""A project of two owners and its trainings as both servers would answer, and event feeds that a test pushes into."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from common.crypto.sealing import SealingKey
from common.crypto.signing import SigningKey
from common.documents import sign_document
from common.errors import AppError
from common.specification import Specification, parse_specification
from desktop_client.jobs.bridge import Bridge
from desktop_client.keystore import UserKeys
from desktop_client.settings import Profile, UserRecord
from desktop_client.upload.answers import JobStatus
from tests.helpers.jobs.projects import body
from tests.helpers.seeded import SeededRandom
from tests.helpers.window import FakeOffice

NAMES = ("alice", "bob", "carol")
KEYS = {name: SigningKey.generate(SeededRandom(f"sign {name}")) for name in NAMES}
SEALS = {name: SealingKey.generate(SeededRandom(f"seal {name}")) for name in NAMES}
ROLES = dict(zip(NAMES, ("owner", "editor", "viewer"), strict=True))
PROJECT = "f" * 32
ONE, TWO = "1" * 64, "2" * 64
JOB, OTHER = "ab" * 16, "cd" * 16
SERVERS = {"a": "a" * 64, "b": "b" * 64, "helper": "e" * 64}


def spec(**sections: Any) -> Specification:
    """A specification whose members have real keys; alice owns it and data set ONE, bob data set TWO."""
    members = [
        {"user": n, "role": ROLES[n], "verify_key": KEYS[n].verify_key, "seal_key": SEALS[n].public} for n in NAMES
    ]
    return parse_specification(body(**{"members": members, **sections}))


def signed(specification: Specification, by: str = "alice") -> dict[str, Any]:
    """The document that publishes it."""
    return sign_document("project", specification.body, KEYS[by])


def decided(
    specification: Specification, dataset: str, decision: str = "granted", counts: bool = True
) -> dict[str, Any]:
    """What a server tells about a decision of a data owner."""
    owner = specification.owner_of(dataset)
    expires = "2027-01-01T00:00:00Z" if decision == "granted" else None
    said = {
        "project_hash": specification.hash, "dataset": dataset, "decision": decision, "reason": "",
        "expires": expires, "time": "2026-01-02T00:00:00Z",
    }  # fmt: skip
    document = sign_document("consent", said, KEYS[owner])
    return {
        "dataset": dataset, "owner": owner, "decision": decision, "reason": {"text": "", "salt": ""},
        "expires": expires, "time": said["time"], "counts": counts, "document": document,
    }  # fmt: skip


def project(specification: Specification, state: str = "ready", **more: Any) -> dict[str, Any]:
    """The answer about a project; every owner has consented unless ``decisions`` says something else."""
    given = [decided(specification, one) for one in specification.dataset_ids]
    return {
        "id": PROJECT, "name": specification.body["name"], "owner": "alice", "state": state,
        "revision": specification.revision, "hash": specification.hash, "created": "2026-01-01T00:00:00Z",
        "document": signed(specification), "archive": None, "decisions": given, **more,
    }  # fmt: skip


def job(specification: Specification, state: str = "training", **more: Any) -> dict[str, Any]:
    """A job as a server lists it."""
    facts = {"done": 5, "total": 10, "seconds": 2.0, "bytes_sent": 1000, "rounds": 3}
    return {
        "id": JOB, "project": PROJECT, "specification": specification.hash, "starter": "alice", "state": state,
        "stage": "train", "stages": {"prepare": {**facts, "done": 10}, "train": facts}, "seconds_left": 2.0, "epoch": 1,
        "attempt": 1, "wants_pause": False, "waiting": None, "error": None, "created": "2026-01-03T10:00:00Z",
        "ended": "2026-01-03T10:01:30Z" if state in ("finished", "failed", "cancelled") else None,
        "preparation": specification.preparation, "kind": "training", "controls": 0, **more,
    }  # fmt: skip


def dataset(identity: str, owner: str, counts: list[int] | None = None) -> dict[str, Any]:
    """A data set as a server lists it."""
    return {
        "id": identity, "owner": owner, "name": f"{owner}-films", "state": "usable", "enabled": True, "count": 30,
        "shape": [20, 24, 1], "classes": ["ill", "well"], "class_counts": counts, "version": 0,
        "created": "2025-12-31T00:00:00Z",
    }  # fmt: skip


def event(number: int, kind: str, **facts: Any) -> dict[str, Any]:
    return {"id": number, "kind": kind, "job": JOB, "time": f"2026-01-03T10:00:{number % 60:02d}Z", **facts}


def moved(number: int, stage: str, done: int, total: int = 10) -> dict[str, Any]:
    """Progress of a stage."""
    return event(number, "progress", stage=stage, done=done, total=total, seconds=1.0 * done, bytes_sent=100 * done)


def measured(
    number: int, epoch: int, logits: list[list[float]], attempt: int = 1
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both servers' halves of the measures of an epoch; images are of the classes 0, 1, 0, 1, ..."""
    halves: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    rng = np.random.default_rng(epoch)
    labels = np.eye(2)[[row % 2 for row in range(len(logits))]]
    for name, values in (("logits", np.array(logits)), ("labels", labels)):
        fixed = np.round(values * 65536).astype(np.int64).view(np.uint64)
        mask = rng.integers(0, 2**64, fixed.shape, np.uint64)
        for half, share in zip(halves, (mask, fixed - mask), strict=True):
            half[name] = base64.b64encode(share.astype("<u8").tobytes()).decode()
    common = {"epoch": epoch, "step": 8 * epoch, "shape": [len(logits), 2], "fraction_bits": 16, "attempt": attempt}
    first, second = (event(number, "metrics", **common, **half) for half in halves)
    return first, second


class Feed:
    """The events of a job at one node. Set as ``node.job_events``; ``opened`` lists from where it was asked."""

    def __init__(self, *events: dict[str, Any], state: str = "training") -> None:
        self.events, self.state = list(events), state
        self.opened: list[int] = []
        self.trouble: AppError | None = None
        self._news = asyncio.Event()

    @asynccontextmanager
    async def __call__(self, job: str, after: int) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        self.opened.append(after)
        yield self._read(after)

    def push(self, bridge: Bridge, *events: dict[str, Any], state: str = "", trouble: AppError | None = None) -> None:
        """From the window's thread: more events, another state, or a connection that breaks."""

        async def work() -> None:
            self.events += events
            self.state, self.trouble = state or self.state, trouble
            news, self._news = self._news, asyncio.Event()
            news.set()

        bridge.run(work)

    def status(self, name: str = JOB) -> JobStatus:
        return JobStatus.parse({"id": name, "project": PROJECT, "state": self.state})

    async def _read(self, after: int) -> AsyncIterator[dict[str, Any]]:
        while True:
            if self.trouble is not None:
                raise self.trouble
            for one in [one for one in self.events if one["id"] > after]:
                after = one["id"]
                yield one
            if self.state in ("finished", "failed", "cancelled"):
                return
            await self._news.wait()


def keys_of(name: str) -> UserKeys:
    return UserKeys(KEYS[name], SEALS[name], SigningKey.generate(SeededRandom(f"login {name}")))


def serve(
    office: FakeOffice, monkeypatch: pytest.MonkeyPatch, specification: Specification, person: str = "alice"
) -> dict[str, Feed]:
    """Let both servers know the project, one training that runs, two data sets and three people; its feeds."""
    nodes = {role: SimpleNamespace(verify_key=key) for role, key in SERVERS.items()}
    monkeypatch.setattr(Profile, "deployment", lambda self: SimpleNamespace(node=lambda role: nodes[role]))
    office.profile.save_user(UserRecord(person, KEYS[person].verify_key, SEALS[person].public))
    shown = project(specification)
    past = {name: shown[name] for name in ("revision", "hash", "owner", "created", "decisions")}
    office.both("project", shown)
    office.both("projects", [{name: shown[name] for name in ("id", "name", "owner", "state", "revision", "created")}])
    office.both("revisions", [past])
    office.both("jobs", [job(specification)])
    office.both("datasets", [dataset(ONE, "alice", [20, 10]), dataset(TWO, "bob")])
    office.both("users", [{"user": n, "organisation": f"House of {n}", "state": "active"} for n in NAMES])
    office.both("decisions", {"consents": [], "ending": [], "registrations": []})
    feeds = {"a": Feed(), "b": Feed()}
    for node in (office.a, office.b):
        feed = feeds[node.node.role]
        vars(node)["job_events"] = feed
        node.answers["job"] = lambda name, feed=feed: feed.status(name)
    return feeds
