"""What the owner of a project chooses, and how edits change it: the parts of a specification that are no keys."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from common.errors import BadInput, UsageError
from common.layers import Layer, check_layers
from common.specification import ROLES

DEFAULT_HIDDEN: Final = (128, 128)
DEFAULT_RATES: Final = {"sgd": "0.05", "adam": "0.002"}
FLAT_MODELS: Final = ("logistic", "mlp")
_SUITED_RATES: Final = {"logistic": "0.5", "mlp": "0.5", "lenet": "0.2", "resnet": "0.5", "custom": "0.1"}
_MAX_LAYERS_FILE: Final = 1 << 20
SECTIONS: Final = ("hiding", "features", "model", "training")
_TRUTH: Final = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_RING: Final = {"fraction_bits": 16}


@dataclass(frozen=True)
class ProjectOptions:
    """What a project owner chooses; decimals are strings as in the specification.

    No preparation means the one that suits the size of the network.
    """

    name: str
    datasets: Sequence[str]
    purpose: str = ""
    members: Mapping[str, str] = field(default_factory=dict)
    recipients: Sequence[str] = ()
    testers: Sequence[str] | None = None
    k: int = 4
    mask: bool = True
    scale: str = "unit"
    extractor: str = "average-pool"
    model: str = "logistic"
    hidden: Sequence[int] = ()
    bias: bool = False
    layers: Sequence[Layer] = ()
    epochs: int = 4
    batch: int = 64
    loss: str = "softmax"
    optimizer: str = "sgd"
    momentum: str = "0.9"
    learning_rate: str = "0.05"
    schedule: str = "one-cycle"
    weight_decay: str = "0"
    clip: str = "0"
    validation: int = 128
    preparation: str | None = None


@dataclass(frozen=True)
class Outline:
    """A specification without keys, id and revision.

    No recipients means all owners and editors; no word of testers means the recipients, no testers means nobody; no
    preparation means the one that suits the size of the network.
    """

    name: str
    purpose: str
    members: dict[str, str]
    recipients: tuple[str, ...]
    testers: tuple[str, ...] | None
    datasets: tuple[str, ...]
    preparation: str | None
    sections: dict[str, Any]

    def parameters(self) -> dict[str, Any]:
        """The sections of the specification that the outline decides alone."""
        return {"preparation": self.preparation, "ring": dict(_RING), **copy.deepcopy(self.sections)}


_TEXTS: Final[Mapping[str, Callable[[Outline, str], Outline]]] = {
    "name": lambda outline, given: replace(outline, name=given),
    "purpose": lambda outline, given: replace(outline, purpose=given),
    "preparation": lambda outline, given: replace(outline, preparation=given or None),
    "recipients": lambda outline, given: replace(outline, recipients=tuple(filter(None, given.split(",")))),
    "testers": lambda outline, given: replace(outline, testers=tuple(filter(None, given.split(",")))),
}


def outline_of(options: ProjectOptions) -> Outline:
    """The outline that options stand for."""
    hidden = list(options.hidden or (DEFAULT_HIDDEN if options.model == "mlp" else ()))
    return Outline(
        name=options.name,
        purpose=options.purpose,
        members=dict(options.members),
        recipients=tuple(options.recipients),
        testers=None if options.testers is None else tuple(options.testers),
        datasets=tuple(options.datasets),
        preparation=options.preparation,
        sections={
            "hiding": {"k": options.k, "mask": options.mask, "scale": options.scale},
            "features": {"extractor": options.extractor},
            "model": {
                "name": options.model,
                "hidden": hidden,
                "bias": options.bias,
                "layers": list(options.layers),
            },
            "training": {
                "epochs": options.epochs,
                "batch": options.batch,
                "loss": options.loss,
                "optimizer": options.optimizer,
                "momentum": options.momentum,
                "learning_rate": options.learning_rate,
                "schedule": options.schedule,
                "weight_decay": options.weight_decay,
                "clip": options.clip,
                "validation": options.validation,
            },
        },
    )


def outline_from(body: Mapping[str, Any]) -> Outline:
    """The outline of a checked specification."""
    return Outline(
        name=body["name"],
        purpose=body["purpose"],
        members={member["user"]: member["role"] for member in body["members"]},
        recipients=tuple(body["recipients"]),
        testers=tuple(body.get("testers", ())),
        datasets=tuple(entry["id"] for entry in body["datasets"]),
        preparation=body["preparation"],
        sections={name: copy.deepcopy(body[name]) for name in SECTIONS},
    )


def outline_of_content(name: str, members: Mapping[str, str], content: Mapping[str, Any]) -> Outline:
    """The outline of a draft: what its content names, and the usual values for the rest.

    Raises:
        BadInput: the content holds something that a project has not, or of another type.
    """
    outline = outline_of(ProjectOptions(name, (), members=members))
    known = {"purpose", "recipients", "testers", "datasets", "preparation", *SECTIONS}
    if unknown := sorted(set(content) - known):
        raise BadInput(f"A draft cannot say anything about {unknown[0][:40]!r}.", field=unknown[0][:40])
    for field_name in ("recipients", "testers", "datasets"):
        value = content.get(field_name, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise BadInput(f"In a draft {field_name} is a list of texts.", field=field_name)
    for field_name in ("purpose", "preparation"):
        if not isinstance(content.get(field_name, ""), str):
            raise BadInput(f"In a draft {field_name} is a text.", field=field_name)
    return replace(
        outline,
        purpose=content.get("purpose", ""),
        recipients=tuple(content.get("recipients", ())),
        testers=tuple(content["testers"]) if "testers" in content else None,
        datasets=tuple(content.get("datasets", ())),
        preparation=content.get("preparation"),
        sections={section: _section(section, outline, content.get(section, {})) for section in SECTIONS},
    )


def content_of(outline: Outline) -> dict[str, Any]:
    """What a draft says about everything but name and members."""
    return {
        "purpose": outline.purpose,
        "recipients": list(outline.recipients),
        **({} if outline.testers is None else {"testers": list(outline.testers)}),
        "datasets": list(outline.datasets),
        **({} if outline.preparation is None else {"preparation": outline.preparation}),
        **copy.deepcopy(outline.sections),
    }


def edited(outline: Outline, edits: Sequence[str]) -> Outline:
    """The outline after edits of the form ``training.epochs=8``; a value has the type of the one it replaces.

    Raises:
        UsageError: no such field, or a value of another type.
    """
    for edit in edits:
        path, equals, given = edit.partition("=")
        section, dot, name = path.partition(".")
        if not equals:
            raise UsageError(f"{edit!r} is not of the form FIELD=VALUE, such as training.epochs=8.")
        if path in _TEXTS:
            outline = _TEXTS[path](outline, given)
        elif dot and section in SECTIONS and name in outline.sections[section]:
            sections = copy.deepcopy(outline.sections)
            sections[section][name] = _typed(path, given, sections[section][name])
            outline = replace(outline, sections=sections)
        else:
            fields = ", ".join([*_TEXTS, *(f"{s}.{n}" for s in SECTIONS for n in outline.sections[s])])
            raise UsageError(f"There is no field {path!r}; there are {fields}.")
    return outline


def parse_members(values: Sequence[str]) -> dict[str, str]:
    """``name:role`` texts as a mapping.

    Raises:
        BadInput: a text without a role, or a name twice.
    """
    members: dict[str, str] = {}
    for value in values:
        name, colon, role = value.partition(":")
        if not (name and colon and role) or name in members:
            raise BadInput(f"{value!r} is not of the form name:role, or names somebody twice.")
        members[name] = role
    return members


def check_roles(members: Mapping[str, str]) -> None:
    """Raises:
    BadInput: a role that there is not.
    """
    for name, role in members.items():
        if role not in ROLES:
            raise BadInput(f"{role!r} is no role for {name}; there are {', '.join(ROLES)}.", field="members")


def usual_extractor(model: str, flat: str = "average-pool") -> str:
    """Networks of images get squared pixels, flat ones the extractor ``flat``."""
    return flat if model in FLAT_MODELS else "square"


def suited_rate(model: str, optimizer: str) -> str:
    """A learning rate to begin with that suits model and optimiser."""
    return _SUITED_RATES[model] if optimizer == "sgd" else DEFAULT_RATES[optimizer]


def read_layers(path: Path) -> tuple[Layer, ...]:
    """The layers in a JSON file.

    Raises:
        BadInput: unreadable, too large or no JSON.
        SpecRefused: names the first layer that cannot be used.
    """
    try:
        if path.stat().st_size > _MAX_LAYERS_FILE:
            raise BadInput(f"{path.name} is too large for a list of layers.")
        return check_layers(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput(f"Cannot read the layers in {path.name}: {error}") from error


def _section(section: str, outline: Outline, given: object) -> dict[str, Any]:
    usual = outline.sections[section]
    if not isinstance(given, Mapping) or not set(given) <= set(usual):
        raise BadInput(f"In a draft {section} has some of the fields {', '.join(usual)}.", field=section)
    return {**copy.deepcopy(usual), **given}


def _typed(path: str, given: str, old: Any) -> Any:
    if isinstance(old, str):
        return given
    if isinstance(old, bool):
        if given.lower() not in _TRUTH:
            raise UsageError(f"{path} is true or false, not {given!r}.")
        return _TRUTH[given.lower()]
    if isinstance(old, int):
        if not (given.isascii() and given.isdigit() and len(given) < 16):
            raise UsageError(f"{path} is a whole number, not {given!r}.")
        return int(given)
    text = given if given.startswith("[") else f"[{given}]"
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is a list, such as 128,64 or a JSON list, not {given!r}.") from error
    return found
