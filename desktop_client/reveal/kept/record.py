"""A model on disk and what lies beside it: where it came from, and how it did in its last test.

``NAME.igm`` is the model, ``NAME.json`` its record, ``NAME.evaluation.json`` its last test; all of mode 0600. The
record is written after the model: one without was brought here by other means, or the program was killed in between.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from common.documents import canonical
from common.errors import BadInput, SpecRefused, StoreDamaged
from common.net.files import write_private
from common.specification import Specification, parse_specification
from desktop_client.reveal.combine import Model, write_model
from desktop_client.reveal.evaluation.result import Evaluation, parse_evaluation

FOLDER: Final = "models"
SUFFIX: Final = ".igm"
_KIND: Final = "imguard-model-record"
_VERSION: Final = 1
_MAX_RECORD: Final = 4 << 20
_MAX_EVALUATION: Final = 64 << 20
_KEPT_WRONG: Final = 10_000
_PIECE: Final = 1 << 20


@dataclass(frozen=True)
class ModelRecord:
    """Where a model came from. Hashes are SHA-256 in hexadecimal, ``sealed_a`` and ``sealed_b`` of the shares.

    ``recipient`` is the pseudonym in the log under which the shares were sealed. ``specification`` is the body that was
    signed: it is what the model was trained by, whatever the project says today.
    """

    job: str
    project: str
    specification: dict[str, Any]
    recipient: str
    sealed_a: str
    sealed_b: str
    file_hash: str
    fetched: str

    def agreed(self) -> Specification:
        """The specification, checked.

        Raises:
            SpecRefused: no server would run it.
        """
        return parse_specification(self.specification)


def model_path(profile: Path, job: str) -> Path:
    """Where the model of a job lies in a profile.

    Raises:
        BadInput: not the id of a job.
    """
    if not job.isascii() or not job.isalnum() or len(job) > 64:
        raise BadInput("This is not the id of a job.", field="job")
    return profile / FOLDER / f"{job}{SUFFIX}"


def kept_models(profile: Path) -> list[Path]:
    """The models in a profile, the newest first."""
    found = list((profile / FOLDER).glob(f"*{SUFFIX}"))
    return sorted(found, key=lambda path: (-path.stat().st_mtime, path.name))


def keep_model(path: Path, model: Model, record: Mapping[str, Any]) -> ModelRecord:
    """Write a model and its record, which has ``record`` besides what is found here.

    Killed at any moment this leaves the old model, the new one without a record, or both.

    Raises:
        DiskFull: no room.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in (record_path(path), evaluation_path(path)):
        # They were about another file; a model without a record is better than one with a wrong one.
        old.unlink(missing_ok=True)
    write_model(path, model)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    found = ModelRecord(job=model.header["job"], file_hash=file_hash(path), fetched=now, **record)
    write_private(record_path(path), canonical({"kind": _KIND, "version": _VERSION, **asdict(found)}))
    return found


def read_record(path: Path) -> ModelRecord | None:
    """What is known about the model at ``path``; None if it has no record.

    Raises:
        StoreDamaged: there is one, and it is damaged.
    """
    value = _read(record_path(path), _MAX_RECORD)
    if value is None:
        return None
    names = {field.name for field in fields(ModelRecord)}
    is_known = isinstance(value, dict) and (value.get("kind"), value.get("version")) == (_KIND, _VERSION)
    if not is_known or set(value) != names | {"kind", "version"}:
        raise StoreDamaged("What is kept about the model is damaged; fetch the model again.")
    texts = names - {"specification"}
    if not isinstance(value["specification"], dict) or not all(isinstance(value[name], str) for name in texts):
        raise StoreDamaged("What is kept about the model is damaged; fetch the model again.")
    return ModelRecord(**{name: value[name] for name in names})


def loss_of(path: Path) -> str:
    """The loss that the model was trained with, as its record says; softmax if it has none."""
    record = read_record(path)
    try:
        return record.agreed().training.loss if record is not None else "softmax"
    except SpecRefused as error:
        raise StoreDamaged("What is kept about the model is damaged; fetch the model again.") from error


def keep_evaluation(path: Path, evaluation: Evaluation) -> None:
    """Write the last test of a model, with its 10,000 surest mistakes.

    Raises:
        DiskFull: no room.
    """
    write_private(evaluation_path(path), json.dumps(evaluation.as_json(_KEPT_WRONG), allow_nan=False).encode())


def read_evaluation(path: Path) -> Evaluation | None:
    """The last test of the model at ``path``, or None.

    Raises:
        StoreDamaged: there is one, and it is damaged.
    """
    value = _read(evaluation_path(path), _MAX_EVALUATION)
    return None if value is None else parse_evaluation(value)


def record_path(path: Path) -> Path:
    """Where the record of a model lies."""
    return path.with_name(f"{path.stem}.json")


def evaluation_path(path: Path) -> Path:
    """Where the last test of a model lies."""
    return path.with_name(f"{path.stem}.evaluation.json")


def file_hash(path: Path) -> str:
    """SHA-256 of a file.

    Raises:
        BadInput: it cannot be read.
    """
    found = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                found.update(piece)
    except OSError as error:
        raise BadInput(f"{path.name} cannot be read.") from error
    return found.hexdigest()


def _read(path: Path, limit: int) -> Any:
    try:
        with path.open("rb") as file:
            raw = file.read(limit + 1)
        if len(raw) > limit:
            raise StoreDamaged(f"{path.name} is too large.")
        return json.loads(raw)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise StoreDamaged(f"{path.name} is damaged.") from error
