"""The helper process composes a project out of what both servers say, and refuses what they would refuse."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from common.errors import BadInput, SpecRefused
from common.specification import parse_specification
from desktop_client.upload.projects.options import Outline, ProjectOptions, content_of, outline_of
from desktop_client.worker.table import find_action
from tests.helpers.desktop.kept_models import new_channel
from tests.unit.desktop_upload.world import World, open_world

NAME = "ab" * 16


def _outline(world: World, **options: Any) -> Outline:
    dataset = world.split(6)
    for fake in world.fakes.values():
        fake.manifests[dataset.id] = dataset.document
    return outline_of(ProjectOptions("films", (dataset.id,), **options))


async def _compose(world: World, outline: Outline, **more: Any) -> dict[str, Any]:
    args = {
        "profile": str(world.profile.root), "name": outline.name, "members": outline.members,
        "content": content_of(outline), "project": NAME, "revision": 2, **more,
    }  # fmt: skip
    return await asyncio.to_thread(find_action("compose"), args, new_channel()[0])


async def test_compose_gives_the_specification_that_owners_will_sign(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        outline = _outline(world, batch=2, validation=0, extractor="square")
        found = parse_specification((await _compose(world, outline))["specification"])
        assert (found.project_id, found.revision, found.dataset_ids) == (NAME, 2, outline.datasets)
        assert found.body["members"] == [
            {"user": "alice", "role": "owner", "verify_key": world.profile.user().verify_key,
             "seal_key": world.profile.user().seal_key}
        ]  # fmt: skip


async def test_compose_refuses_what_does_not_fit_the_images(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        with pytest.raises(SpecRefused, match="less than a batch"):
            await _compose(world, _outline(world, batch=4096))


async def test_compose_refuses_a_request_that_makes_no_sense(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        with pytest.raises(BadInput, match="revision"):
            await _compose(world, _outline(world), revision=0)
