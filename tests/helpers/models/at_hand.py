"""A desk whose person has a kept model and two servers that keep its weights; the helper process runs inline."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from common.errors import NodeUnreachable, NotFound
from common.pipeline import JobState
from desktop_client.jobs.models import cards, kept, queries
from desktop_client.reveal.kept.record import keep_model, model_path
from desktop_client.settings import UserRecord
from desktop_client.upload.answers import JobStatus
from tests.helpers.desktop.inline_child import run_inline
from tests.helpers.desktop.kept_models import JOB, agreed, trained
from tests.helpers.window import FakeDesk

PROJECT = "77" * 16
OTHER = "6c" * 16


def prepare(desk: FakeDesk, monkeypatch: pytest.MonkeyPatch) -> FakeDesk:
    """Alice is here, the servers have one finished training and keep its weights; nothing is fetched yet."""
    desk.office.profile.create()
    desk.office.profile.save_user(UserRecord("alice", "11" * 32, "22" * 32))
    desk.office.both("jobs", [job_body()])
    desk.office.both("job", lambda job: JobStatus.parse(job_body(job)))
    told = {"kept": True, "shape": [16, 20, 1], "bits": 8, "classes": ["healthy", "ill", "unclear"], "most": 1000}
    desk.office.both("testable", told)
    desk.office.both("dataset", NotFound("There is no such data set."))
    for module in (kept, cards, queries):
        monkeypatch.setattr(module, "run_child", _without_log)
    return desk


async def _without_log(do: str, args: Mapping[str, Any], *more: Any, **named: Any) -> dict[str, Any]:
    """Inline, and the log node is away."""
    if do == "fetch_log":
        raise NodeUnreachable("away", node="log")
    return await run_inline(do, args, *more, **named)


def keep(desk: FakeDesk, job: str = JOB) -> Path:
    """A fetched model of the project ``films``."""
    path = model_path(desk.office.profile.root, job)
    known = {"project": PROJECT, "recipient": "user:1", "sealed_a": "aa" * 32, "sealed_b": "bb" * 32}
    keep_model(path, trained(job=job), {**known, "specification": agreed().body})
    return path


def job_body(job: str = JOB, **changes: Any) -> dict[str, Any]:
    """A finished training as a server lists it."""
    return {
        "id": job, "project": PROJECT, "kind": "training", "state": JobState.FINISHED.value, "stage": "seal",
        "specification": agreed().hash, "starter": "alice", "created": "2026-01-31T12:00:00Z",
        "ended": "2026-01-31T12:30:00Z", "stages": {}, **changes,
    }  # fmt: skip
