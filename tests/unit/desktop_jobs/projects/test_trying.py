"""Own images are mixed by the helper process; nothing of it leaves the machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from common.errors import BadFrame, BadInput
from desktop_client.jobs.projects import trying
from desktop_client.jobs.projects.trying import Form, try_hiding
from tests.helpers.desktop.inline_child import run_inline

FORM = Form((8, 8, 1), 8, 2, True, "unit")


def pictures(folder: Path, count: int) -> list[Path]:
    made = []
    for number in range(count):
        made.append(folder / f"{number}.png")
        Image.fromarray(np.full((8, 8), 30 * number, np.uint8)).save(made[-1])
    return made


async def test_own_images_are_mixed_with_their_shares(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying, "run_child", run_inline)
    found = await try_hiding(pictures(tmp_path, 4), FORM)
    assert len(found.sources) == 2 and sum(found.shares) == pytest.approx(1.0)
    assert found.mixed.startswith(b"\x89PNG") and found.trained.startswith(b"\x89PNG")
    assert all(source.startswith(b"\xff\xd8") for source in found.sources)


async def test_files_that_are_no_images_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying, "run_child", run_inline)
    path = tmp_path / "a.png"
    path.write_text("no image", encoding="utf-8")
    with pytest.raises(BadInput, match="None of these files"):
        await try_hiding([path], FORM)


async def test_an_answer_that_makes_no_sense_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def lie(do: str, args: Any, on_progress: Any = None, on_part: Any = None) -> dict[str, Any]:
        if do == "hiding":
            return {"images": [{"sources": [7], "weights": [256], "mixed": "", "hidden": ""}]}
        return await run_inline(do, args, on_progress, on_part)

    monkeypatch.setattr(trying, "run_child", lie)
    with pytest.raises(BadFrame):
        await try_hiding(pictures(tmp_path, 2), FORM)
