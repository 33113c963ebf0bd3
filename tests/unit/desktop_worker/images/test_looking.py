"""`thumbnails`, `preview`, `shares` and `hiding` as the window sees them."""

from __future__ import annotations

import base64
import io
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from common.errors import BadImage, BadInput, UsageError
from desktop_client.offline_plugin.gathering.selection import Reading
from desktop_client.worker.channel import MAX_LINE
from tests.unit.desktop_worker.images.talk import Talk
from tests.unit.offline_plugin.pictures import dicom_file, folder_of_classes, grey, save


def reading(**changes: Any) -> dict[str, Any]:
    return {**asdict(Reading(8, 8)), **changes}


def size(picture: str) -> tuple[int, int]:
    with Image.open(io.BytesIO(base64.b64decode(picture))) as image:
        return image.size


def test_thumbnails_and_refusals_arrive_in_parts(tmp_path: Path) -> None:
    folder_of_classes(tmp_path, 10)
    (tmp_path / "a" / "x.png").write_text("x")
    names = [f"{c}/{n:05d}.png" for c in "abc" for n in range(10)]
    talk = Talk("thumbnails", {"paths": [str(tmp_path)], "names": [*names, "a/x.png"], "size": 16})
    assert [row[:3] for row in talk.parts["thumbnails"]] == [[name, 8, 8] for name in names]
    assert size(talk.parts["thumbnails"][0][3]) == (8, 8)
    assert talk.parts["refused"][0][:2] == ["a/x.png", "not-a-picture"]
    assert talk.result == {"shown": 30, "refused": 1}


def test_preview_has_everything_a_page_shows(tmp_path: Path) -> None:
    dicom_file(tmp_path / "a.dcm", grey(20, 30), WindowCenter=100, WindowWidth=50)
    args = {"paths": [str(tmp_path)], "name": "a.dcm", "reading": reading(fit="crop", window=[128, 256])}
    result = Talk("preview", args).result
    assert (size(result["before"]), size(result["after"])) == ((30, 20), (8, 8))
    assert (result["size"], result["shape"], result["is_dicom"]) == ([30, 20], [8, 8, 1], True)
    assert (result["window"], result["values"]) == ([100.0, 50.0], [0.0, 255.0])
    assert ["dicom", "PatientName"] in result["dropped"]
    assert len(result["histogram_before"]) == len(result["histogram_after"]) == 256


def test_shares_differ_each_time_and_say_how_uniform_they_are(tmp_path: Path) -> None:
    save(tmp_path / "a.png", np.zeros((8, 8), np.uint8))
    args = {"paths": [str(tmp_path)], "name": "a.png", "reading": reading(height=32, width=32)}
    first, second = Talk("shares", args).result, Talk("shares", args).result
    assert first["original"] == second["original"] and first["a"]["png"] != second["a"]["png"]
    assert (first["bits"], first["ring_bits"]) == (8, 16)
    for role in ("a", "b"):
        assert sum(first[role]["histogram"]) == 2048 and first[role]["uniformity"]["p"] > 1e-9
        assert size(first[role]["png"]) == (32, 32) and abs(first[role]["correlation"]) < 0.3


def test_hiding_keeps_its_partners_with_its_seed(tmp_path: Path) -> None:
    folder_of_classes(tmp_path, 2, ("a", "b"))
    args = {"paths": [str(tmp_path)], "names": ["a/00000.png", "a/00001.png", "b/00000.png"], "reading": reading(),
            "k": 4, "mask": True, "scale": "signed"}  # fmt: skip
    first = Talk("hiding", args).result
    again = Talk("hiding", {**args, "seed": first["seed"]}).result
    assert first["local"] is True
    assert [one["weights"] for one in first["images"]] == [one["weights"] for one in again["images"]]
    assert [one["mixed"] for one in first["images"]] == [one["mixed"] for one in again["images"]]
    assert first["images"][0]["hidden"] != again["images"][0]["hidden"]


@pytest.mark.parametrize(
    "changes",
    [
        {"names": []},
        {"k": None},
        {"k": 99},
        {"scale": 1},
        {"seed": "zz"},
        {"seed": "00"},
        {"reading": {}},
        {"paths": []},
    ],
)
def test_hiding_refuses_arguments_without_form(tmp_path: Path, changes: dict[str, Any]) -> None:
    save(tmp_path / "a.png", grey())
    args = {"paths": [str(tmp_path)], "names": ["a.png"], "reading": reading(), "k": 1, "mask": False, "scale": "unit"}
    with pytest.raises((BadInput, UsageError)):
        Talk("hiding", {**args, **changes})


@pytest.mark.parametrize("action", ["preview", "shares"])
def test_looking_at_a_file_outside_is_refused(tmp_path: Path, action: str) -> None:
    save(tmp_path / "secret.png", grey())
    save(tmp_path / "in" / "a.png", grey())
    with pytest.raises(BadImage):
        Talk(action, {"paths": [str(tmp_path / "in")], "name": "../secret.png", "reading": reading()})


@pytest.mark.parametrize("action", ["preview", "shares", "hiding"])
def test_looking_at_the_largest_image_fits_into_a_line(tmp_path: Path, action: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (840, 830, 3), dtype=np.uint8)
    save(tmp_path / "a.png", noise)
    large = reading(height=840, width=830, channels=3)
    args = {"paths": [str(tmp_path)], "name": "a.png", "names": ["a.png"] * 16, "reading": large,
            "k": 6, "mask": True, "scale": "unit"}  # fmt: skip
    result = Talk(action, args).result
    assert sum(len(str(value)) for value in result.values()) < MAX_LINE
