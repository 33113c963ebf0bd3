"""A client killed with -9 at random moments goes on when it is run again: nothing is lost, doubled or half written.

``KILLS`` moments are drawn for each command; IMGUARD_TEST_KILLS asks for more of them.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from common.crypto import domains
from common.ids import DatasetId
from common.net.identity import load_node_identity
from common.sharing.bundle import BundleReader, parse_chunk
from common.sharing.manifest import verify_manifest
from desktop_client.poc.deployment import LocalDeployment
from desktop_client.reveal.combine import read_model
from desktop_client.settings import Profile
from desktop_client.upload.receipts import check_receipt
from server_node.store.shares import open_share_store
from tests.helpers.commands.program import Place, wait_for_line
from tests.helpers.desktop.local_world import running_deployment, write_images

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

KILLS: Final = int(os.environ.get("IMGUARD_TEST_KILLS", "6"))
PER_CLASS: Final = 70
"""Of three classes, ten images of 256 x 256 in colour to a chunk."""


@dataclass(frozen=True)
class World:
    local: LocalDeployment
    alice: Place
    folder: Path

    def blobs(self, role: str) -> list[Path]:
        """Every file of the store of shares of a server, unfinished ones included."""
        return [path for path in (self.local.node(role) / "shares" / "blobs").rglob("*") if path.is_file()]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    with running_deployment(folder / "poc") as local:
        alice = Place(folder).with_user(local.client(1))
        alice.run("login", "--json").json()
        yield World(local, alice, folder)


def split(world: World, name: str, per_class: int, *options: str) -> str:
    images = write_images(world.folder / f"images-{name}", per_class)
    named = ("--out", world.folder / name, "--name", name)
    return str(world.alice.run("dataset", "split", images, *named, *options, "--json").json()["dataset"])


def kill(process: subprocess.Popen[str]) -> bool:
    """Whether it was still running."""
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL


def check_stored(world: World, dataset: str, folder: Path) -> None:
    """Each server holds exactly the chunks of its bundle, in order, each once, and its receipt says so."""
    signed = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    _, manifest = verify_manifest(signed)
    receipts = Profile(world.local.client(1)).receipts_path
    for role in ("a", "b"):
        identity = load_node_identity(world.local.node(role))
        store = open_share_store(world.local.node(role), identity)
        stored = [bytes(chunk.payload) for chunk in store.iter_chunks(DatasetId(dataset))]
        with BundleReader(folder / f"server-{role}.bundle") as bundle:
            sealed = list(bundle)
            party = bundle.party
        plain = [identity.sealing.open(domains.CHUNK_SEAL_V1, one) for one in sealed]
        sent = [parse_chunk(one, manifest.expectation(n, party)).payload for n, one in enumerate(plain)]
        assert stored == [bytes(one) for one in sent]
        assert len(stored) == len(manifest.chunks) == len(world.blobs(role))
        receipt = json.loads((receipts / f"{dataset}-{role}.json").read_text(encoding="utf-8"))
        node = identity.deployment.node(role)
        assert check_receipt(receipt, node, dataset, manifest).chunks == len(stored)


def test_upload_goes_on_after_every_kill(world: World) -> None:
    folder = world.folder / "films"
    dataset = split(world, "films", PER_CLASS, "--size", "256x256", "--channels", "3")
    chunks = len(json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["body"]["chunks"])
    (world.local.client(1) / "settings.toml").write_text("parallel_chunks = 1\n", encoding="utf-8")
    met = Counter[str]()
    for number in range(KILLS):
        before = len(world.blobs("a"))
        # From before the first chunk to after the last one: a kill each where the way is cut into equal parts.
        wanted = number * (chunks + 1) // KILLS
        with world.alice.started("dataset", "upload", folder, "--json") as process:
            while process.poll() is None and len(world.blobs("a")) < wanted:
                time.sleep(0.001)
            time.sleep(secrets.randbelow(100) / 1000)
            if not kill(process):
                met["over"] += 1
        now = len(world.blobs("a"))
        assert now >= before, "what a server has it keeps"
        met["cut" if 0 < now < chunks else "edge"] += 1
    uploaded = world.alice.run("dataset", "upload", folder, "--json").json()
    assert (uploaded["dataset"], uploaded["states"]) == (dataset, ["usable", "usable"])
    check_stored(world, dataset, folder)
    assert world.alice.run("dataset", "upload", folder, "--json").json()["states"] == ["usable", "usable"]
    check_stored(world, dataset, folder)
    print(f"upload: {dict(met)} of {chunks} chunks")
    assert met["cut"] >= KILLS // 3, "uploads were over before they could be cut"


def train(world: World, epochs: int) -> str:
    dataset = split(world, f"bars-{epochs}", 24, "--size", "12x12")
    world.alice.run("dataset", "upload", world.folder / f"bars-{epochs}", "--json").json()
    options = ("--k", "2", "--epochs", str(epochs), "--validation", "12", "--batch", "16", "--json")
    project = str(world.alice.run("project", "create", "bars", "--dataset", dataset, *options).json()["id"])
    world.alice.run("consent", "give", project, "--yes", "--json").json()
    return str(world.alice.run("job", "start", project, "--json").json()["job"])


def test_job_does_not_mind_who_watches_it_and_no_half_model_is_fetched(world: World) -> None:
    job = train(world, 8)
    for moment in ("state: preparing", "state: training", "epoch 1:"):
        with world.alice.started("job", "watch", job) as process:
            wait_for_line(process, moment)
            assert kill(process)
    outcome: dict[str, Any] = world.alice.run("job", "watch", job, "--json").json()
    assert outcome["states"] == {"a": "finished", "b": "finished"}
    status = world.alice.run("job", "status", job, "--json").json()
    assert [status[role]["attempt"] for role in ("a", "b")] == [1, 1]

    began = time.monotonic()
    whole = world.folder / "whole.igm"
    world.alice.run("model", "fetch", job, "--out", whole, "--json").json()
    seconds = time.monotonic() - began
    target = world.folder / "model.igm"
    for number in range(KILLS):
        with world.alice.started("model", "fetch", job, "--out", target, "--json") as process:
            time.sleep(seconds * (number + secrets.randbelow(1000) / 1000) / KILLS)
            kill(process)
        if target.exists():
            assert target.read_bytes() == whole.read_bytes()
            target.unlink()
    fetched = world.alice.run("model", "fetch", job, "--out", target, "--json").json()
    assert fetched["epoch"] == read_model(target).header["epoch"] == 8
    assert target.read_bytes() == whole.read_bytes()
    assert [path.name for path in world.folder.glob("model.igm*")] == ["model.igm"], "no part of it is left"
