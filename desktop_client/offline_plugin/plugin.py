"""The face of the offline plugin: a folder of images in, two sealed bundles and a signed manifest out.

It uses no network and no clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from common.crypto.rng import RandomSource
from common.crypto.signing import SigningKey
from common.errors import BadInput, TooLarge, UsageError
from common.ids import DatasetId, Party
from common.sharing.manifest import Description, build, dataset_id, describe, sign_manifest
from common.sharing.share_chunk import MAX_CHUNKS, NONCE_BYTES
from desktop_client.offline_plugin.encode import Encoding
from desktop_client.offline_plugin.images import Limits
from desktop_client.offline_plugin.output import BundleOutput
from desktop_client.offline_plugin.reading import read_in_order
from desktop_client.offline_plugin.sources import Item, Refusal, Source, open_source
from desktop_client.offline_plugin.split import ChunkSplitter, secret_order

NAME: Final = "imguard-offline-splitter"
VERSION: Final = "1"


@dataclass(frozen=True)
class ReadOptions:
    """How files become arrays; ``classes`` fixes names and order of the labels, which all owners of a project share."""

    encoding: Encoding
    classes: tuple[str, ...] | None = None
    max_pixels: int = 64 * 1024 * 1024
    window: tuple[float, float] | None = None

    @property
    def limits(self) -> Limits:
        return Limits(self.max_pixels, self.window, max(self.encoding.height, self.encoding.width))


@dataclass(frozen=True)
class SplitOptions:
    """What the manifest says besides the images; ``created`` is a UTC time such as 2026-01-31T12:00:00Z."""

    read: ReadOptions
    name: str
    owner: str
    created: str
    visibility: str = "private"
    shared_with: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True)
class SplitKeys:
    """The owner's signing key and the public sealing keys of node A and node B."""

    owner: SigningKey = field(repr=False)
    node_a: str
    node_b: str


def _no_progress(done: int, total: int) -> None:
    del done, total


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Hooks:
    """``progress(done, total)`` is called after every file, ``cancelled()`` before."""

    progress: Callable[[int, int], None] = _no_progress
    cancelled: Callable[[], bool] = _never


@dataclass(frozen=True)
class SplitReport:
    """What was split and what was left out; ``bytes_a`` and ``bytes_b`` are what an upload sends.

    ``names`` are the files in the secret order of the data set: who asks a model about it finds the answers by it.
    """

    dataset_id: DatasetId
    count: int
    classes: tuple[str, ...]
    class_counts: tuple[int, ...]
    refused: list[Refusal]
    bytes_a: int
    bytes_b: int
    manifest_path: Path
    names: tuple[str, ...] = ()


class ImageSet(NamedTuple):
    """Images in memory: array ``[n, h, w, c]``, labels int64 ``[n]``, names and refusals."""

    array: npt.NDArray[Any]
    labels: npt.NDArray[np.int64]
    names: list[str]
    refused: list[Refusal]
    classes: tuple[str, ...]


def split_images(
    source: Path | Source,
    options: SplitOptions,
    keys: SplitKeys,
    out_dir: Path,
    rng: RandomSource,
    hooks: Hooks = Hooks(),
) -> SplitReport:
    """Split every usable image of ``source`` into two bundles in ``out_dir``, which must not exist or be empty.

    A source that is open already brings its classes along.

    Raises:
        BadInput: the source has no usable image, or the output cannot be written.
        BadManifest: a name, tag, class, key or shape no server would accept; found before any image is read.
        Conflict, DiskFull, Cancelled, TooLarge: nothing is left in ``out_dir``.
    """
    files = open_source(source, options.read.classes) if isinstance(source, Path) else source
    about = _about(options, keys, files.classes, rng)
    describe(about)
    items, refused = _listed(files, hooks)
    if len(items) > MAX_CHUNKS * about.layout.images_per_chunk:
        raise TooLarge("These are more images than one data set can hold; split them into several.")
    shuffled = [items[place] for place in secret_order(len(items), rng)]
    counts: Counter[int] = Counter()
    names: list[str] = []
    with BundleOutput(out_dir, bytes.fromhex(about.nonce)) as output:
        with (
            ChunkSplitter(about, rng, output.add) as splitter,
            closing(_readable(files, shuffled, options.read, hooks, refused)) as readable,
        ):
            for item, pixels in readable:
                splitter.add(pixels, item.label)
                counts[item.label] += 1
                names.append(item.name)
            splitter.finish()
        body = build(about, output.entries)
        manifest_path = output.commit(sign_manifest(body, keys.owner))
        totals = [sum(entry.of(party).size for entry in output.entries) for party in Party]
    per_class = tuple(counts[index] for index in range(len(files.classes)))
    return SplitReport(
        dataset_id(body),
        counts.total(),
        files.classes,
        per_class,
        sorted(refused),
        totals[0],
        totals[1],
        manifest_path,
        tuple(names),
    )


def read_images(source: Path, options: ReadOptions, hooks: Hooks = Hooks(), limit: int | None = None) -> ImageSet:
    """Read images into memory without splitting them, in the order of the source; at most ``limit`` of them.

    For looking at images, for testing a model on one's own machine, and for pictures of what a share looks like.

    Raises:
        BadInput: the source has no usable image.
        Cancelled: ``hooks.cancelled()`` became true.
    """
    if limit is not None and limit < 1:
        raise UsageError("At least one image must be read.")
    files = open_source(source, options.classes)
    items, refused = _listed(files, hooks)
    with closing(_readable(files, items, options, hooks, refused)) as readable:
        kept = list(islice(readable, limit))
    labels = np.array([item.label for item, _ in kept], np.int64)
    array = np.stack([pixels for _, pixels in kept])
    return ImageSet(array, labels, [item.name for item, _ in kept], refused, files.classes)


def _readable(
    files: Source, items: list[Item], options: ReadOptions, hooks: Hooks, refused: list[Refusal]
) -> Generator[tuple[Item, npt.NDArray[Any]], None, None]:
    """Usable images in the given order; the others are added to ``refused``. At least one, or BadInput."""
    found = 0
    with closing(read_in_order(files, items, options.encoding, options.limits, hooks.cancelled)) as results:
        for done, result in enumerate(results, start=1):
            if isinstance(result, Refusal):
                refused.append(result)
            else:
                found += 1
                yield result
            hooks.progress(done, len(items))
    if not found:
        raise BadInput("None of the files can be used as an image.", refused=len(refused))


def _about(options: SplitOptions, keys: SplitKeys, classes: tuple[str, ...], rng: RandomSource) -> Description:
    encoding = options.read.encoding
    return Description(
        name=options.name, shape=encoding.shape, bits=encoding.bits, ring_bits=encoding.ring_bits, classes=classes,
        owner=options.owner, owner_key=keys.owner.verify_key, created=options.created,
        nonce=rng.token(NONCE_BYTES).hex(), visibility=options.visibility, shared_with=options.shared_with,
        tags=options.tags, description=options.description, seal_keys=(keys.node_a, keys.node_b),
    )  # fmt: skip


def _listed(files: Source, hooks: Hooks) -> tuple[list[Item], list[Refusal]]:
    items: list[Item] = []
    refused: list[Refusal] = []
    for entry in files.items():
        if isinstance(entry, Refusal):
            refused.append(entry)
        else:
            items.append(entry)
    hooks.progress(0, len(items))
    return items, refused
