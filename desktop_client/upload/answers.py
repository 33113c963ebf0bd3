"""What nodes answer, checked field by field: a node is not trusted to send well-formed JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from common.errors import AppError, BadFrame, error_from_dict
from common.pipeline import JobState


@dataclass(frozen=True)
class UploadState:
    """Where the upload of a data set stands at one node."""

    dataset: str
    missing: tuple[int, ...]
    state: str


@dataclass(frozen=True)
class JobStatus:
    """Where a job stands according to one node; ``error`` is an error description or None."""

    job: str
    project: str
    state: JobState
    stage: str
    body: dict[str, Any]

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> JobStatus:
        """Raises:
        BadFrame: a field is missing or a state is unknown.
        """
        try:
            state = JobState(text(body, "state"))
        except ValueError as error:
            raise BadFrame("A node names a job state that is not known here.") from error
        stage = body.get("stage")
        return cls(text(body, "id"), text(body, "project"), state, stage if isinstance(stage, str) else "", dict(body))

    def waits_for(self) -> AppError | None:
        """Why a queued job does not go on now, as a named error."""
        return error_from_dict(self.body.get("waiting")) if self.body.get("waiting") else None

    def seconds_left(self) -> float | None:
        """How long its stages still take at their pace so far, where the server can tell."""
        left = self.body.get("seconds_left")
        return float(left) if isinstance(left, (int, float)) and 0 <= left < 1e9 else None

    def failure(self) -> AppError | None:
        """The reason a failed job was given, as a named error."""
        return error_from_dict(self.body.get("error")) if self.body.get("error") else None


def text(body: Mapping[str, Any], name: str) -> str:
    """A text field of at most 4096 characters.

    Raises:
        BadFrame: missing or of another type.
    """
    value = body.get(name)
    if not isinstance(value, str) or len(value) > 4096:
        raise BadFrame(f"A node's answer has no valid {name!r}.")
    return value


def number(body: Mapping[str, Any], name: str) -> int:
    """A whole number from 0 to 2^53; errors as :func:`text`."""
    value = body.get(name)
    if type(value) is not int or not 0 <= value <= 2**53:
        raise BadFrame(f"A node's answer has no valid {name!r}.")
    return value


def document(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    """An object field; errors as :func:`text`."""
    value = body.get(name)
    if not isinstance(value, dict):
        raise BadFrame(f"A node's answer has no valid {name!r}.")
    return value


def items(body: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """A list of objects; errors as :func:`text`."""
    value = body.get(name)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise BadFrame(f"A node's answer has no valid {name!r}.")
    return value


def texts(body: Mapping[str, Any], name: str) -> list[str]:
    """A list of texts; errors as :func:`text`."""
    value = body.get(name)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BadFrame(f"A node's answer has no valid {name!r}.")
    return value


def indices(body: Mapping[str, Any], name: str, count: int) -> tuple[int, ...]:
    """A list of different chunk numbers below ``count``; errors as :func:`text`."""
    value = body.get(name)
    if not isinstance(value, list) or len(value) > count:
        raise BadFrame(f"A node's answer has no valid {name!r}.")
    if any(type(item) is not int or not 0 <= item < count for item in value) or len(set(value)) != len(value):
        raise BadFrame(f"A node's answer has no valid {name!r}.")
    return tuple(value)
