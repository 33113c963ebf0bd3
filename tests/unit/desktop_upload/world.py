"""A registered user, a split data set and clients of fake nodes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from nacl import pwhash
from PIL import Image

from common.crypto.rng import SystemRandom
from common.deployment import Deployment
from desktop_client.keystore import Cost, UserKeys
from desktop_client.offline_plugin.encode import Encoding
from desktop_client.offline_plugin.plugin import ReadOptions, SplitKeys, SplitOptions, split_images
from desktop_client.settings import Profile
from desktop_client.upload.client import Nodes, open_nodes
from desktop_client.upload.identity.account import Person, prepare_profile
from desktop_client.upload.transfer import LocalDataset, open_dataset
from tests.helpers.desktop.fake_nodes import FakeNode, fake_deployment

CHEAP = Cost(pwhash.argon2id.OPSLIMIT_MIN, pwhash.argon2id.MEMLIMIT_MIN)
PASSWORD = "correct horse battery"


@dataclass
class World:
    """Everything a test of the upload needs."""

    folder: Path
    deployment: Deployment
    fakes: dict[str, FakeNode]
    profile: Profile
    keys: UserKeys
    nodes: Nodes

    def split(self, images: int = 3, side: int = 24) -> LocalDataset:
        """A small colour data set of two classes, split."""
        source = self.folder / "source"
        for index in range(images):
            (source / f"class{index % 2}").mkdir(parents=True, exist_ok=True)
            pixels = np.full((side, side), 40 * index, np.uint8)
            Image.fromarray(pixels).save(source / f"class{index % 2}" / f"{index}.png")
        read = ReadOptions(Encoding(side, side, 3))
        options = SplitOptions(read, "films", "alice", "2026-01-01T00:00:00Z")
        seal_keys = (self.deployment.node("a").seal_key, self.deployment.node("b").seal_key)
        split_images(source, options, SplitKeys(self.keys.signing, *seal_keys), self.folder / "split", SystemRandom())
        return open_dataset(self.folder / "split", self.profile.user(), seal_keys)


@asynccontextmanager
async def open_world(folder: Path, settings: dict[str, int] | None = None) -> AsyncIterator[World]:
    """Fake nodes are up and the user is logged in while the context is open."""
    async with fake_deployment(folder) as (deployment, fakes):
        profile = Profile(folder / "profile")
        keys = prepare_profile(profile, deployment, Person("alice", "City Clinic"), PASSWORD, SystemRandom(), CHEAP)
        profile.save_tokens({role: fakes[role].token for role in ("a", "b", "log")})
        lines = [f"{name} = {json.dumps(value)}" for name, value in (settings or {}).items()]
        (profile.root / "settings.toml").write_text("\n".join(lines), encoding="utf-8")
        async with open_nodes(profile) as nodes:
            yield World(folder, deployment, fakes, profile, keys, nodes)
