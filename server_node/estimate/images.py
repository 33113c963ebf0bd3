"""What an estimate must know of the images: how many, and what one of them is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from common.errors import SpecRefused
from common.ids import Party
from common.sharing.compact import RING_BITS_OF
from common.sharing.share_chunk import NONCE_BYTES, ChunkExpectation, ChunkLayout

MAX_IMAGES: Final = 1 << 24


@dataclass(frozen=True)
class Images:
    """Images of all data sets of a job; ``shape`` is [h, w, c]."""

    counts: tuple[int, ...]
    shape: tuple[int, int, int]
    bits: int
    classes: int

    def as_json(self) -> dict[str, Any]:
        """As the process of an estimate reads it; names of classes cost nothing."""
        return {
            "counts": list(self.counts),
            "shape": list(self.shape),
            "bits": self.bits,
            "ring_bits": RING_BITS_OF[self.bits],
            "classes": [f"class {index}" for index in range(self.classes)],
        }

    def upload_bytes(self, party: Party) -> int:
        """What the owners send to one server altogether, in sealed chunks."""
        layout = ChunkLayout(self.shape, self.classes, RING_BITS_OF[self.bits])
        return sum(_sealed(layout, party, count) for count in self.counts)


def images_of(found: Sequence[Mapping[str, Any]]) -> Images:
    """From descriptions of data sets with ``count``, ``shape``, ``bits`` and the number of ``classes``.

    Raises:
        SpecRefused: data sets that do not fit each other, or images that no chunk can hold.
    """
    first = found[0]
    for name in ("shape", "bits", "classes"):
        if any(one[name] != first[name] for one in found):
            raise SpecRefused(f"All data sets of a project need the same {name}.", field="datasets")
    if sum(one["count"] for one in found) > MAX_IMAGES:
        raise SpecRefused(f"No estimate is made for more than {MAX_IMAGES} images.", field="datasets")
    height, width, channels = first["shape"]
    images = Images(
        tuple(int(one["count"]) for one in found), (height, width, channels), first["bits"], first["classes"]
    )
    if not ChunkLayout(images.shape, images.classes, RING_BITS_OF[images.bits]).images_per_chunk:
        raise SpecRefused("One image alone is larger than a chunk of 4 MiB; choose a smaller shape.", field="datasets")
    return images


def _sealed(layout: ChunkLayout, party: Party, count: int) -> int:
    """Chunks of a kind have one size, but for the last."""
    per_chunk = layout.images_per_chunk
    whole, rest = divmod(count, per_chunk)

    def size(index: int, images: int) -> int:
        return ChunkExpectation(layout, bytes(NONCE_BYTES), party, index, images).sealed_size

    even, odd = -(-whole // 2), whole // 2
    return even * size(0, per_chunk) + odd * size(1, per_chunk) + (size(whole, rest) if rest else 0)
