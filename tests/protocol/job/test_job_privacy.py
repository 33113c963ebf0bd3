"""What one server has of a job, on its disk and on its wire, is noise whatever the images are."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from common.ids import Party
from common.sharing import share_chunk
from common.sharing.share_chunk import ChunkKind
from server_node.hide.samples import gather
from server_node.kernels import bits
from tests.helpers.jobs.classify import as_bits, assert_at_chance, centroid_accuracy, linear_accuracy
from tests.helpers.jobs.images import EXTREMES, Images, alternating, black, white
from tests.helpers.jobs.projects import architecture, model_of, specification
from tests.helpers.jobs.runs import JobRun, Work, run_job
from tests.helpers.jobs.stores import StoredSet, store_images
from tests.helpers.two_party.uniformity import MINIMUM, assert_uniform_bytes

SIDE = 12
PIXELS = SIDE * SIDE
PUBLIC_STEPS = {
    "checkpoints", "go-on", "prepare-plan", "prepare-ready", "prepare-lanes", "prepare-lane", "prepare-done",
    "base-ot-public", "base-ot-answers",
}  # fmt: skip
"""Which checkpoints there are, whether to pause, digests and nonces of plan and segments, how many lanes there are,
points of a group: no image in it."""

Make = Callable[[int, int], Images]
by_image = pytest.mark.parametrize("make", EXTREMES, ids=lambda make: str(make.__name__))


@pytest.fixture(autouse=True, scope="module")
def small_chunks() -> Generator[None]:
    """Many chunks of a few images instead of one of thousands, so that each node has seeds and data."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(share_chunk, "MAX_PAYLOAD", 1 << 13)
        yield


def stored(root: Path, make: Make, count: int) -> StoredSet:
    return store_images(root, make(count, SIDE).astype(np.uint8), alternating(count), make.__name__)


def two_kinds(count: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Black and white images in a mixed order: as easy to tell apart as images can be."""
    labels = np.random.default_rng(5).permutation(alternating(count))
    images = np.where(labels[:, None, None, None] == 0, black(count, SIDE), white(count, SIDE))
    return images.astype(np.uint8), labels


# --- on the disk -------------------------------------------------------------------------------------------------


@by_image
def test_stored_shares_of_extreme_images_are_uniform(tmp_path: Path, make: Make) -> None:
    """Opened with the node's own keys: what an operator, a thief of the machine or a backup has."""
    found = stored(tmp_path, make, 240)
    for party in Party:
        chunks = found.chunks(party)
        assert {chunk.expect.kind for chunk in chunks} == {ChunkKind.SEED, ChunkKind.DATA}
        kept = b"".join(bytes(chunk.payload) for chunk in chunks)
        assert_uniform_bytes(kept, f"{make.__name__}, node {party.letter}, payloads")
        assert_uniform_bytes(found.pixels(party).tobytes(), f"{make.__name__}, node {party.letter}, pixels")
    together = found.pixels(Party.P0) + found.pixels(Party.P1)
    np.testing.assert_array_equal(together, make(240, SIDE))


@by_image
def test_files_of_extreme_images_are_uniform(tmp_path: Path, make: Make) -> None:
    """And without the node's keys even more so."""
    found = stored(tmp_path, make, 240)
    for party in Party:
        assert_uniform_bytes(b"".join(found.files(party)), f"{make.__name__}, files of node {party.letter}")


def test_classifier_on_stored_shares_guesses(tmp_path: Path) -> None:
    images, labels = two_kinds(2000)
    found = store_images(tmp_path, images, labels, "two kinds")
    for party in Party:
        view = as_bits(np.concatenate([found.pixels(party).reshape(2000, -1), found.labels(party)], axis=1))
        assert_at_chance(view, labels, f"node {party.letter}")
    both = found.pixels(Party.P0) + found.pixels(Party.P1)
    for classify in (centroid_accuracy, linear_accuracy):
        assert classify(as_bits(both), labels) == 1.0, "both shares together give everything away"


def test_labels_of_one_server_are_uniform(tmp_path: Path) -> None:
    found = store_images(tmp_path, black(3000, SIDE).astype(np.uint8), np.zeros(3000, np.int64), "one class")
    for party in Party:
        assert_uniform_bytes(found.labels(party).tobytes(), f"labels at node {party.letter}")


# --- on the wire -------------------------------------------------------------------------------------------------


def job_on(found: StoredSet, count: int, **sections: Any) -> Work:
    """A job that reads its shares from the stores of both nodes."""
    spec = specification(**sections)
    shares = {party: gather(found.stores[party].iter_chunks(found.dataset), 16) for party in Party}
    return Work(spec, architecture(spec, (SIDE, SIDE, 1)), shares, [count])


def whole_job(root: Path, make: Make) -> JobRun:
    found = stored(root, make, 48)
    return run_job(job_on(found, 48, model=model_of("mlp", 20), training={"epochs": 2}), root)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[JobRun]:
    """One whole job for each kind of image, with the same randomness on both sides."""
    return [whole_job(tmp_path_factory.mktemp(make.__name__), make) for make in EXTREMES]


@pytest.mark.parametrize("index", range(len(EXTREMES)), ids=[make.__name__ for make in EXTREMES])
def test_whole_transcript_of_a_server_is_uniform(runs: list[JobRun], index: int) -> None:
    for party, transcript in enumerate(runs[index].received):
        by_step: dict[str, bytes] = {}
        for step, body in transcript:
            by_step[step] = by_step.get(step, b"") + body
        hiding = {step: data for step, data in by_step.items() if step not in PUBLIC_STEPS}
        assert_uniform_bytes(b"".join(hiding.values()), f"party {party}, everything")
        judged = [step for step, data in hiding.items() if len(data) >= MINIMUM]
        assert {"online", "ot-corrections", "bit-corrections"} <= set(judged)
        for step in judged:
            assert_uniform_bytes(by_step[step], f"party {party}, {step}")


def test_form_of_a_transcript_does_not_depend_on_the_images(runs: list[JobRun]) -> None:
    """Same steps, same lengths, same order."""
    forms = [[[(step, len(body)) for step, body in part] for part in run.received] for run in runs]
    assert forms[0] == forms[1] == forms[2]


def test_preparation_and_public_steps_do_not_depend_on_the_images(runs: list[JobRun]) -> None:
    """Byte for byte, under the same randomness: preparation has seen no share yet."""
    for party in Party:
        before = [[part for part in run.received[party] if part[0] != "online"] for run in runs]
        assert before[0] == before[1] == before[2]
        assert runs[0].received[party] != runs[1].received[party]


@pytest.mark.parametrize("index", range(len(EXTREMES)), ids=[make.__name__ for make in EXTREMES])
def test_checkpoint_and_model_share_of_a_server_are_uniform(runs: list[JobRun], index: int) -> None:
    """The weights themselves are small numbers; each server's part of them is noise."""
    run = runs[index]
    assert max(float(np.abs(weight).max()) for weight in run.weights().values()) < 16
    for folder in run.folders:
        state = (folder / "checkpoint-00002").read_bytes()
        tensors = state[4 + int.from_bytes(state[:4], "little") : -32]
        assert_uniform_bytes(tensors, f"checkpoint of {folder.name}")


# --- image by image ----------------------------------------------------------------------------------------------


@dataclass
class Views:
    """For every image of a job without mixing, all that one server saw of it."""

    views: dict[Party, npt.NDArray[np.float64]]
    labels: npt.NDArray[np.int64]


COUNT = 512
FEATURES = PIXELS // 4


@pytest.fixture(scope="module")
def image_views(tmp_path_factory: pytest.TempPathFactory) -> Views:
    root = tmp_path_factory.mktemp("views")
    images, labels = two_kinds(COUNT)
    found = store_images(root, images, labels, "two kinds")
    sections = {"hiding": {"k": 1}, "training": {"epochs": 1, "validation": 0, "batch": 64}}
    run = run_job(job_on(found, COUNT, **sections), root)
    views = {}
    for party in Party:
        own = found.pixels(party).reshape(COUNT, -1), found.labels(party)
        views[party] = np.concatenate([as_bits(one) for one in (*own, *_seen_of_each_image(run, party))], axis=1)
    return Views(views, labels)


def _seen_of_each_image(run: JobRun, party: Party) -> list[npt.NDArray[Any]]:
    """Rows of everything opened until the features are there: sign corrections, masked pixels, private top bits."""
    words = [value for step, value in run.opened[party] if step != "swap-bits" and value.numel() == COUNT * PIXELS]
    assert len(words) == 2
    sizes = [PIXELS + 2, PIXELS, FEATURES]
    packed = [value for step, value in run.opened[party] if step == "swap-bits"][: len(sizes)]
    private = [bits.unpack(value, COUNT * size).reshape(COUNT, size) for value, size in zip(packed, sizes, strict=True)]
    return [value.reshape(COUNT, -1).numpy() for value in words] + [one.numpy().astype(np.uint8) for one in private]


@pytest.mark.parametrize("party", Party)
def test_classifier_on_everything_a_server_saw_of_an_image_guesses(image_views: Views, party: Party) -> None:
    view = image_views.views[party]
    assert view.shape[1] > 64 * 2 * PIXELS
    assert_at_chance(view, image_views.labels, f"server {party.letter}")


def test_classifiers_would_find_a_weak_leak(image_views: Views) -> None:
    """A few hundred bits in many thousands that say the class of one image in five are noticed."""
    leaking = image_views.views[Party.P0].copy()
    generator = np.random.default_rng(3)
    for column in range(0, 3000, 10):
        tells = generator.random(COUNT) < 0.2
        leaking[tells, column] = 2.0 * image_views.labels[tells] - 1
    with pytest.raises(AssertionError, match="apart"):
        assert_at_chance(leaking, image_views.labels, "leak")
