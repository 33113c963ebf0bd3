"""How the demo deals images out: fairly, at random, and with a reason where there are too few."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from common.errors import BadInput, NotFound
from desktop_client.demo.pictures import deal, write_digits
from desktop_client.demo.run import batch_size
from tests.helpers.seeded import SeededRandom


def folder_of(root: Path, **counts: int) -> Path:
    """One folder a class, every picture with a grey of its own."""
    for row, (name, count) in enumerate(counts.items()):
        (root / name).mkdir(parents=True)
        for index in range(count):
            Image.fromarray(np.full((4, 4), 10 * row + index % 10, np.uint8)).save(root / name / f"{index:03d}.png")
    return root


def names(place: Path) -> dict[str, list[str]]:
    """File names of each class, without the number they were dealt with."""
    return {one.name: sorted(path.name.partition("-")[2] for path in one.iterdir()) for one in sorted(place.iterdir())}


def test_deal_gives_everybody_their_share_of_every_class(tmp_path: Path) -> None:
    source = folder_of(tmp_path / "all", cat=50, dog=50)
    found = deal(source, tmp_path / "dealt", per_owner=20, tests=10, rng=SeededRandom("deal"))
    assert found.classes == ("cat", "dog")
    assert found.origin == "all"
    dealt = [names(place) for place in (*found.owners, found.test)]
    assert [{name: len(files) for name, files in one.items()} for one in dealt] == [
        {"cat": 10, "dog": 10},
        {"cat": 10, "dog": 10},
        {"cat": 5, "dog": 5},
    ]
    for name in found.classes:
        together = [file for one in dealt for file in one[name]]
        assert len(set(together)) == len(together), "nobody has an image that somebody else has"


def test_deal_is_random(tmp_path: Path) -> None:
    source = folder_of(tmp_path / "all", cat=40, dog=40)
    one, again, other = (
        names(deal(source, tmp_path / str(number), 10, 10, SeededRandom(seed)).owners[0])
        for number, seed in enumerate(("one", "one", "other"))
    )
    assert one == again != other
    assert one["cat"] != sorted(path.name for path in (source / "cat").iterdir())[:5]


def test_deal_of_few_images_keeps_a_fifth_for_the_test(tmp_path: Path) -> None:
    source = folder_of(tmp_path / "all", cat=10, dog=3)
    found = deal(source, tmp_path / "dealt", per_owner=1000, tests=1000, rng=SeededRandom("deal"))
    counts = [{name: len(files) for name, files in names(place).items()} for place in (*found.owners, found.test)]
    assert counts == [{"cat": 4, "dog": 1}, {"cat": 4, "dog": 1}, {"cat": 2, "dog": 1}]


def test_deal_copies_and_leaves_the_source_alone(tmp_path: Path) -> None:
    source = folder_of(tmp_path / "all", cat=10, dog=10)
    before = {path: path.read_bytes() for path in source.rglob("*.png")}
    found = deal(source, tmp_path / "dealt", 5, 10, SeededRandom("deal"))
    assert {path: path.read_bytes() for path in source.rglob("*.png")} == before
    for path in (tmp_path / "dealt").rglob("*.png"):
        original = source / path.parent.name / path.name.partition("-")[2]
        assert path.read_bytes() == before[original]
    assert len(found.owners) == 2


def test_deal_needs_two_classes(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="two classes"):
        deal(folder_of(tmp_path / "all", cat=50), tmp_path / "dealt", 10, 10, SeededRandom("deal"))


def test_deal_needs_three_images_of_each_class(tmp_path: Path) -> None:
    source = folder_of(tmp_path / "all", cat=50, dog=2)
    with pytest.raises(BadInput, match="'dog' has 2"):
        deal(source, tmp_path / "dealt", 10, 10, SeededRandom("deal"))


def test_digits_are_five_thousand_in_ten_classes(tmp_path: Path) -> None:
    write_digits(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [str(digit) for digit in range(10)]
    files = list(tmp_path.rglob("*.png"))
    assert len(files) == 5000
    with Image.open(files[0]) as picture:
        assert (picture.mode, picture.size) == ("L", (28, 28))
        assert np.asarray(picture).max() > 100
        assert not np.asarray(picture)[:4].any()


def test_missing_digits_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> importlib.metadata.Distribution:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", missing)
    with pytest.raises(NotFound, match="--data"):
        write_digits(tmp_path)


@pytest.mark.parametrize(("count", "size"), [(8, 2), (40, 4), (64, 8), (200, 16), (511, 32), (512, 64), (9000, 64)])
def test_batch_leaves_several_steps_an_epoch(count: int, size: int) -> None:
    assert batch_size(count) == size
    assert count // size >= 4


@pytest.mark.parametrize("count", [0, 1, 7])
def test_batch_of_too_few_images_is_refused(count: int) -> None:
    with pytest.raises(BadInput, match="too few"):
        batch_size(count)
