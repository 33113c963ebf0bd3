"""`imguard demo --data` on a folder of one's own, with files in it that are no images."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.helpers.commands.pictures import spoil, write_bars
from tests.helpers.commands.program import Place

pytestmark = pytest.mark.timeout(300)


def test_demo_on_own_images_lists_what_it_cannot_use_and_learns_the_rest(tmp_path: Path) -> None:
    place = Place(tmp_path)
    images = write_bars(tmp_path / "my-films", 60)
    broken = spoil(images)
    before = {path: path.read_bytes() for path in images.rglob("*") if path.is_file()}
    options = ("--size", "12x12", "--epochs", "4", "--k", "2", "--json", "report.json")
    result = place.run("demo", "--data", "my-films", *options)
    assert result.code == 0, result.err

    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["accuracy"] > 0.85 and report["clear_accuracy"] > 0.85
    assert report["hiding"]["k"] == 2
    refused = [line for line in result.err.splitlines() if line.startswith("left out: ")]
    assert len(refused) >= 3
    assert all(any(Path(name).name in line for name in broken) for line in refused)
    assert all(len(line.rpartition(": ")[2]) > 5 for line in refused), "every one with its reason"
    dealt = report["images_trained"] + report["images_tested"] + len(refused)
    assert 180 <= dealt <= 186, "the good ones are all used, up to one a class that does not share evenly"
    assert {path: path.read_bytes() for path in images.rglob("*") if path.is_file()} == before
    assert place.leftover() == [] and list(place.temporary.iterdir()) == []
    assert {path.name for path in (tmp_path / "imguard-demo").iterdir()} >= {"model.igm", "model.onnx"}


@pytest.mark.parametrize(
    ("make", "said"),
    [("nothing", "one folder inside for each class"), ("one class", "two classes"), ("only letters", "image")],
)
def test_demo_on_a_folder_it_cannot_use_says_why_and_leaves_nothing(tmp_path: Path, make: str, said: str) -> None:
    place = Place(tmp_path)
    images = tmp_path / "my-films"
    images.mkdir()
    if make == "one class":
        (write_bars(tmp_path / "all", 10) / "bar0").rename(images / "bar0")
    elif make == "only letters":
        for name in ("a", "b"):
            (images / name).mkdir()
            for number in range(8):
                (images / name / f"{number}.png").write_bytes(b"Dear doctor")
    result = place.run("demo", "--data", "my-films", "--size", "12x12")
    assert said in result.error(4)
    assert place.leftover() == [] and list(place.temporary.iterdir()) == []
