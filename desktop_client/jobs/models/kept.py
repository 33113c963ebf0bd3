"""Models of this profile: fetched, checked, tried, exported. The work is done by the helper process."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from common.errors import AppError, BadFrame, error_from_dict
from desktop_client.jobs.child import run_child
from desktop_client.jobs.office import Office
from desktop_client.reveal.evaluation.result import Evaluation, parse_evaluation
from desktop_client.upload.projects.jobs import agreed_for

OnProgress = Callable[[dict[str, Any]], None]
"""Called with ``{"stage", "done", "total"}``."""

THUMBNAILS: Final = 64
"""How many one question may ask for."""


@dataclass(frozen=True)
class ModelRow:
    """A kept model in a list; ``error`` where its files are damaged, and then nothing else is known."""

    file: Path
    job: str = ""
    project: str = ""
    name: str = ""
    revision: int = 0
    model: str = ""
    fetched: str = ""
    bytes: int = 0
    accuracy: float | None = None
    tested: int = 0
    error: AppError | None = None


@dataclass(frozen=True)
class ModelCheck:
    """One point of what can be proved; codes and standings are those of ``reveal.kept.verify``."""

    code: str
    standing: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ModelInfo:
    """What is in a model file. ``input`` is height, width, channels; ``record`` where it came from, if known."""

    file: Path
    job: str
    project_hash: str
    epoch: int
    parameters: int
    classes: tuple[str, ...]
    input: tuple[int, int, int]
    bits: int
    nodes: tuple[tuple[str, str], ...]
    record: Mapping[str, Any] | None
    is_tested: bool


@dataclass(frozen=True)
class TrialOptions:
    """How pictures become what the model takes: ``fit`` is ``stretch`` or ``crop``, ``window`` that of DICOM.

    ``loss`` is only asked for where the model has no record: ``softmax``, ``logistic`` or ``squared``.
    """

    fit: str = "stretch"
    window: tuple[float, float] | None = None
    limit: int | None = None
    loss: str = ""

    def as_args(self) -> dict[str, Any]:
        """The form in a request."""
        window = None if self.window is None else list(self.window)
        return {"fit": self.fit, "window": window, "limit": self.limit, "loss": self.loss}


@dataclass(frozen=True)
class Trial:
    """A test: the evaluation with its mistakes, and files left out with the code why; ``left_out`` counts all."""

    evaluation: Evaluation
    refused: tuple[tuple[str, str], ...] = ()
    left_out: int = 0


@dataclass(frozen=True)
class Prediction:
    """What a model says about one picture; ``seen`` is a PNG of what the model saw."""

    classes: tuple[str, ...]
    probabilities: tuple[float, ...]
    said: int
    loss: str
    seen: bytes = field(repr=False, default=b"")


@dataclass(frozen=True)
class Thumbnail:
    """A picture of a test as the model saw it: a PNG, or why there is none."""

    file: str
    png: bytes = field(repr=False, default=b"")
    error: AppError | None = None


async def list_models(office: Office) -> list[ModelRow]:
    """The models that are kept in the profile, the newest first."""
    rows: list[ModelRow] = []
    await run_child("list_models", _profile(office), on_part=lambda part: rows.extend(map(_row, part["models"])))
    return rows


async def fetch_model(
    office: Office, job: str, on_progress: OnProgress | None = None
) -> tuple[ModelInfo, list[ModelCheck]]:
    """Fetch both shares of a finished job, add them, keep the model, and say what is proved about it.

    Raises:
        KeysLocked: the person has to enter the password first.
        NotFound: there is no such job, or no model for this user.
        PeerMismatch: the servers do not tell the same about it.
        BadSeal, BadBundle: what came is not this model for this user; nothing was kept.
    """
    keys, user = office.keys(), office.profile.user().name
    specification, project = await agreed_for(office.nodes, office.profile.deployment(), job)
    member = specification.member(user) or {}
    # The key that the specification names may have been rotated since.
    key = keys.opener(str(member.get("seal_key")))
    args = {
        **_profile(office),
        "job": job,
        "project": project,
        "specification": specification.body,
        "user": user,
        "opener": key.to_bytes().hex(),
    }
    found = await run_child("fetch_model", args, on_progress)
    return _info(found), _checks(found)


async def verify_model(office: Office, file: Path, on_progress: OnProgress | None = None) -> list[ModelCheck]:
    """What can be proved about a kept model, after looking for what is new in the log.

    Without the log node everything else is still looked at; then the points about the log are missing.
    """
    try:
        await run_child("fetch_log", _profile(office), on_progress)
    except AppError as error:
        if not error.is_temporary:
            raise
    return _checks(await run_child("verify_model", {**_profile(office), "model": str(file)}, on_progress))


async def describe_model(office: Office, file: Path) -> ModelInfo:
    """What is in a model file.

    Raises:
        BadBundle: it is no model.
    """
    return _info(await run_child("describe_model", {"model": str(file)}))


async def try_model(
    office: Office, file: Path, source: Path, options: TrialOptions, on_progress: OnProgress | None = None
) -> Trial:
    """Test a model on a labelled folder or table on this machine; the result is kept beside it.

    Raises:
        BadInput: no usable picture, or a label that the model does not know.
    """
    args = {"model": str(file), "source": str(source), **options.as_args()}
    found, lists = await _gathered("test_model", args, on_progress)
    return _trial(found, lists)


async def last_test(office: Office, file: Path) -> Trial | None:
    """The last test of a model that was kept, or None."""
    found, lists = await _gathered("last_test", {"model": str(file)}, None)
    return _trial(found, lists) if found.get("count") else None


async def predict_image(office: Office, file: Path, image: Path, options: TrialOptions) -> Prediction:
    """What a model says about one picture.

    Raises:
        BadImage: it cannot be used as one.
    """
    found = await run_child("predict_image", {"model": str(file), "image": str(image), **options.as_args()})
    return Prediction(
        tuple(map(str, found["classes"])),
        tuple(map(float, found["probabilities"])),
        int(found["said"]),
        str(found["loss"]),
        base64.b64decode(found["seen"]),
    )


async def show_mistakes(
    office: Office,
    file: Path,
    source: Path,
    files: list[str],
    options: TrialOptions,
    on_picture: Callable[[Thumbnail], None],
) -> None:
    """Pictures of a test as the model saw them, one by one; ``files`` are names below ``source``, at most 64."""
    args = {"model": str(file), "source": str(source), "files": files[:THUMBNAILS], **options.as_args()}
    await run_child("test_thumbnails", args, on_part=lambda part: on_picture(_thumbnail(part)))


async def export_formats(office: Office) -> dict[str, tuple[str, ...]]:
    """For ``onnx`` and ``torch`` the libraries that are missing here; none if a model can be written in this format."""
    return {kind: tuple(map(str, names)) for kind, names in (await run_child("export_formats", {})).items()}


async def export_model(office: Office, file: Path, kind: str, out: Path, on_progress: OnProgress | None = None) -> int:
    """Write a model as ``onnx`` or ``torch``, and give the size of the file.

    Raises:
        LibraryMissing: this takes a library that is not installed.
        StoreDamaged: the other library predicts something else; nothing was written.
    """
    found = await run_child("export_model", {"model": str(file), "kind": kind, "out": str(out)}, on_progress)
    return int(found["bytes"])


def _profile(office: Office) -> dict[str, Any]:
    return {"profile": str(office.profile.root)}


async def _gathered(
    action: str, args: dict[str, Any], on_progress: OnProgress | None
) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """The result of an action, and the lists that came in parts before it."""
    lists: dict[str, list[Any]] = {}

    def take(part: dict[str, Any]) -> None:
        for name, rows in part.items():
            lists.setdefault(name, []).extend(rows)

    return await run_child(action, args, on_progress, take), lists


def _trial(found: Mapping[str, Any], lists: Mapping[str, list[Any]]) -> Trial:
    evaluation = parse_evaluation({**found, "misclassified": lists.get("misclassified", [])})
    refused = tuple((str(one[0]), str(one[-1])) for one in lists.get("refused", []))
    return Trial(evaluation, refused, int(found["refused"]))


def _row(value: dict[str, Any]) -> ModelRow:
    if "error" in value:
        return ModelRow(Path(value["file"]), error=error_from_dict(value["error"]))
    return ModelRow(**{**value, "file": Path(value["file"])})


def _checks(found: Mapping[str, Any]) -> list[ModelCheck]:
    return [ModelCheck(**check) for check in found["checks"]]


def _info(found: Mapping[str, Any]) -> ModelInfo:
    try:
        height, width, channels = found["input"]
        return ModelInfo(
            file=Path(found["file"]),
            job=str(found["job"]),
            project_hash=str(found["project_hash"]),
            epoch=int(found["epoch"]),
            parameters=int(found["parameters"]),
            classes=tuple(map(str, found["classes"])),
            input=(int(height), int(width), int(channels)),
            bits=int(found["bits"]),
            nodes=tuple((str(node["id"]), str(node["op"])) for node in found["nodes"]),
            record=found["record"],
            is_tested=bool(found["tested"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadFrame("The helper process described the model in another form.") from error


def _thumbnail(part: dict[str, Any]) -> Thumbnail:
    if "error" in part:
        return Thumbnail(str(part["file"]), error=error_from_dict(part["error"]))
    return Thumbnail(str(part["file"]), base64.b64decode(part["png"]))
