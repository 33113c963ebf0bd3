"""Which data sets go together, and why one does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desktop_client.jobs.datasets import DatasetRow
from desktop_client.upload.projects.checks import Images, misfit

USABLE = "usable"


@dataclass(frozen=True)
class Balance:
    """How many images of a class each owner brings; ``unknown`` are images whose owners do not tell."""

    classes: tuple[str, ...]
    owners: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    """By owner, then by class."""
    unknown: dict[str, int]


def images_of(rows: Sequence[DatasetRow]) -> Images | None:
    """What data sets have in common: the form is that of the first; None if there are none."""
    if not rows:
        return None
    height, width, channels = rows[0].shape
    return Images(tuple(row.count for row in rows), (height, width, channels), rows[0].bits, rows[0].classes)


def reasons(row: DatasetRow, chosen: Sequence[DatasetRow]) -> list[str]:
    """Why a data set cannot be taken in beside those that are chosen: its state unless that is ``usable``, and what
    differs from the first one: ``shape``, ``bits``, ``classes``.
    """
    found = [] if row.state == USABLE else [row.state]
    first, own = images_of(chosen[:1]), images_of([row])
    if first is not None and own is not None and row.id != chosen[0].id:
        found += misfit(first, own)
    return found


def balance(rows: Sequence[DatasetRow]) -> Balance:
    """Images by class and owner, as far as owners tell."""
    classes = rows[0].classes if rows else ()
    owners = tuple(dict.fromkeys(row.owner for row in rows))
    counts = {owner: [0] * len(classes) for owner in owners}
    unknown: dict[str, int] = {}
    for row in rows:
        if row.class_counts is None or len(row.class_counts) != len(classes):
            unknown[row.owner] = unknown.get(row.owner, 0) + row.count
        else:
            counts[row.owner] = [a + b for a, b in zip(counts[row.owner], row.class_counts, strict=True)]
    return Balance(classes, owners, tuple(tuple(counts[owner]) for owner in owners), unknown)
