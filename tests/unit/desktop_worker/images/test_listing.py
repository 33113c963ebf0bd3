"""`scan` as the window sees it."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.errors import BadInput, Cancelled
from tests.unit.desktop_worker.images.talk import Talk
from tests.unit.offline_plugin.pictures import folder_of_classes, grey, save


def test_scan_gives_rows_refusals_and_counts(tmp_path: Path) -> None:
    folder_of_classes(tmp_path, 2, ("a", "b"))
    save(tmp_path / "loose.jpg", grey(10, 20))
    (tmp_path / "b" / "00001.png").write_text("x")
    talk = Talk("scan", {"paths": [str(tmp_path)]})
    size = (tmp_path / "a" / "00000.png").stat().st_size
    assert talk.parts["rows"][0] == ["a/00000.png", "a", 8, 8, "png", size]
    assert [row[:5] for row in talk.parts["rows"][1:]] == [
        ["a/00001.png", "a", 8, 8, "png"],
        ["b/00000.png", "b", 8, 8, "png"],
        ["loose.jpg", "unlabelled", 20, 10, "jpeg"],
    ]
    assert talk.parts["refused"] == [
        ["b/00001.png", "not-a-picture", "not a readable PNG, JPEG, BMP, TIFF, WebP or DICOM picture"]
    ]
    assert talk.result["counts"] == {"a": 2, "b": 1, "unlabelled": 1}
    assert talk.progress[-1] == {"stage": "scan", "done": 5, "total": 5}


def test_scan_limit_of_pixels(tmp_path: Path) -> None:
    save(tmp_path / "a.png", grey(10, 20))
    talk = Talk("scan", {"paths": [str(tmp_path)], "max_pixels": 199})
    assert (talk.result["files"], talk.parts["refused"][0][1]) == (0, "too-many-pixels")


def test_scan_of_many_files_sends_parts_of_at_most_500(tmp_path: Path) -> None:
    one = save(tmp_path / "x" / "0.png", grey())
    for index in range(1, 600):
        (tmp_path / "x" / f"{index}.png").hardlink_to(one)
    assert len(Talk("scan", {"paths": [str(tmp_path)]}).parts["rows"]) == 600


def test_scan_stops_when_it_is_not_wanted(tmp_path: Path) -> None:
    folder_of_classes(tmp_path, 2)
    with pytest.raises(Cancelled):
        Talk("scan", {"paths": [str(tmp_path)]}, cancelled=True)


@pytest.mark.parametrize("args", [{}, {"paths": []}, {"paths": [""]}, {"paths": "x"}, {"paths": ["/none/at/all"]},
                                  {"paths": ["."], "max_pixels": 0}])  # fmt: skip
def test_scan_refuses_arguments_without_form(args: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        Talk("scan", args)
