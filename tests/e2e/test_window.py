"""The real window on a screen, against real nodes: from a folder of images to a tested model, with pictures of all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from PIL import Image

from tests.helpers.desktop.local_world import running_deployment
from tests.helpers.driving.tour import LANGUAGES, LOOKS, PAGES

pytestmark = pytest.mark.timeout(900)
ROOT = Path(__file__).parents[2]
SECONDS = 840
LEAST_COLOURS = 12


def test_window_from_images_to_a_tested_model(tmp_path: Path) -> None:
    """Run in a process of its own: on the screen that Xvfb makes, where there is one, else without a screen."""
    out = Path(os.environ.get("IMGUARD_SCREENSHOTS", tmp_path / "shots"))
    screen = ["xvfb-run", "-a", "-s", "-screen 0 1600x1000x24"] if shutil.which("xvfb-run") else []
    environment = {**os.environ, "QT_QPA_PLATFORM": "xcb" if screen else "offscreen", "TZ": "UTC", "LANG": "C.UTF-8"}
    is_kept = "IMGUARD_SCREENSHOTS" in os.environ
    place = tmp_path / "poc"
    if is_kept:
        # Paths are to be seen on some pages: pictures that are kept show one that tells nothing.
        place = Path(tempfile.gettempdir()) / "imageguard"
        shutil.rmtree(place, ignore_errors=True)
    with running_deployment(place) as local:
        tour = [
            sys.executable,
            "-m",
            "tests.helpers.driving.tour",
            str(local.folder),
            str(out),
            *([] if is_kept else ["--first-tabs"]),
        ]
        done = subprocess.run(
            [*screen, *tour], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SECONDS
        )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-6000:]
    for language in LANGUAGES:
        for look in LOOKS:
            folder = out / language / look.value
            for page in (*PAGES, "dataset", "project-1", "model-1", "login", "first-start"):
                with Image.open(folder / f"{page}.png") as picture:
                    assert picture.width >= 1024
                    assert len(picture.convert("RGB").getcolors(1 << 20) or ()) > LEAST_COLOURS, f"{page} is blank"
    assert _differ(out, "dashboard"), "languages and looks are told apart"


def _differ(out: Path, page: str) -> bool:
    pictures = [(out / language / look.value / f"{page}.png").read_bytes() for language in LANGUAGES for look in LOOKS]
    return len(set(pictures)) == len(pictures)
