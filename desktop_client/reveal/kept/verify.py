"""What can be proved about a model on this machine, point by point: codes and numbers, words are the window's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from common.architecture import Architecture, build_architecture
from common.errors import AppError, SpecRefused
from common.specification import Specification
from desktop_client.reveal.combine import Model, read_model
from desktop_client.reveal.kept.record import ModelRecord, file_hash, read_record
from desktop_client.reveal.network import build_network


class Point(StrEnum):
    """What is looked at. The first two were proved when the model was fetched, or it would not have been kept."""

    SEALED_FOR_ME = "sealed-for-me"
    HALVES_FIT = "halves-fit"
    RIGHT_JOB = "right-job"
    SPECIFICATION = "specification"
    FILE_UNCHANGED = "file-unchanged"
    NETWORK = "network"
    AGREED_NETWORK = "agreed-network"
    EPOCHS = "epochs"
    LOGGED_A = "logged-a"
    LOGGED_B = "logged-b"
    HONEST_TRAINING = "honest-training"


class Standing(StrEnum):
    """``missing``: what it takes to tell is not here. ``unprovable``: nothing could tell."""

    PROVED = "proved"
    FAILED = "failed"
    MISSING = "missing"
    UNPROVABLE = "unprovable"


@dataclass(frozen=True)
class Check:
    """One point and how it stands; ``details`` has the numbers and hashes that go with it."""

    code: str
    standing: str
    details: dict[str, Any] = field(default_factory=dict)


Logged = Callable[[str, str, str], int | None]
"""``(role, job, hash)`` gives the row of the verified log where this server says that it sealed this share, or None."""


def verify_model(path: Path, logged: Logged | None) -> list[Check]:
    """Look at a model that is kept here; ``logged`` is None if there is no verified copy of the log.

    Raises:
        BadBundle: the file is no model at all.
        StoreDamaged: what is kept about it is damaged.
    """
    model, record = read_model(path), read_record(path)
    return [
        *_from_record(path, model, record),
        _network(model),
        *_agreed(model, record),
        *_logged(record, logged),
        Check(Point.HONEST_TRAINING, Standing.UNPROVABLE),
    ]


def _from_record(path: Path, model: Model, record: ModelRecord | None) -> Iterator[Check]:
    points = (Point.SEALED_FOR_ME, Point.HALVES_FIT, Point.RIGHT_JOB, Point.SPECIFICATION)
    if record is None:
        yield from (Check(point, Standing.MISSING) for point in (*points, Point.FILE_UNCHANGED))
        return
    yield Check(Point.SEALED_FOR_ME, Standing.PROVED, {"recipient": record.recipient})
    yield Check(Point.HALVES_FIT, Standing.PROVED, {"a": record.sealed_a, "b": record.sealed_b})
    yield _point(Point.RIGHT_JOB, model.header["job"] == record.job, {"job": record.job, "project": record.project})
    specification = _specification(record)
    is_agreed = specification is not None and specification.hash == model.header["project_hash"]
    details = {"hash": model.header["project_hash"], "revision": specification.revision if specification else 0}
    yield _point(Point.SPECIFICATION, is_agreed, details)
    found = file_hash(path)
    yield _point(Point.FILE_UNCHANGED, found == record.file_hash, {"hash": found, "kept": record.file_hash})


def _network(model: Model) -> Check:
    """Architecture and tensors fit each other, and every number is finite."""
    try:
        network = build_network(model)
    except AppError as error:
        return Check(Point.NETWORK, Standing.FAILED, {"reason": str(error)})
    return Check(
        Point.NETWORK, Standing.PROVED, {"parameters": model.parameters, "nodes": len(network.architecture.nodes)}
    )


def _agreed(model: Model, record: ModelRecord | None) -> Iterator[Check]:
    """The network is the one the specification stands for, and was trained as long as it says."""
    specification = _specification(record) if record is not None else None
    if specification is None:
        yield Check(Point.AGREED_NETWORK, Standing.MISSING)
        yield Check(Point.EPOCHS, Standing.MISSING)
        return
    wanted = _architecture(specification, model.architecture)
    is_same = wanted is not None and wanted.as_json() == model.architecture
    yield _point(Point.AGREED_NETWORK, is_same, {"model": specification.model.name})
    agreed, found = specification.training.epochs, int(model.header["epoch"])
    yield _point(Point.EPOCHS, agreed == found, {"agreed": agreed, "found": found})


def _logged(record: ModelRecord | None, logged: Logged | None) -> Iterator[Check]:
    for point, role in ((Point.LOGGED_A, "a"), (Point.LOGGED_B, "b")):
        if record is None or logged is None:
            yield Check(point, Standing.MISSING)
            continue
        row = logged(role, record.job, record.sealed_a if role == "a" else record.sealed_b)
        yield Check(point, Standing.MISSING if row is None else Standing.PROVED, {} if row is None else {"row": row})


def _specification(record: ModelRecord) -> Specification | None:
    try:
        return record.agreed()
    except SpecRefused:
        return None


def _architecture(specification: Specification, found: Mapping[str, Any]) -> Architecture | None:
    """The network of the specification for images such as the model takes."""
    try:
        channels, height, width = found["input"]
        bits, classes = found["pixels"]["bits"], list(found["classes"])
        return build_architecture(specification, (height, width, channels), bits, classes)
    except (SpecRefused, KeyError, TypeError, ValueError):
        return None


def _point(code: Point, is_right: bool, details: dict[str, Any]) -> Check:
    return Check(code, Standing.PROVED if is_right else Standing.FAILED, details)
