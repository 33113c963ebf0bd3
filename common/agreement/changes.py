"""What is different between two revisions of a project: for programs as fields, for people as sentences.

A data owner reads the sentences before consenting, so they are computed from the two signed documents where they are
shown, and nothing that differs may be left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from common.layers import Layer

Change = dict[str, Any]
"""``{"field", "before", "after"}``; None where the field is not there."""

PARAMETERS: Final[Mapping[str, str]] = {
    "id": "Project id",
    "name": "Name",
    "purpose": "Purpose",
    "owner": "Signed by",
    "version": "Version of the format",
    "preparation": "Preparation of correlated randomness",
    "servers.a": "Key of server A",
    "servers.b": "Key of server B",
    "servers.helper": "Key of the helper",
    "ring.fraction_bits": "Fraction bits of numbers",
    "hiding.k": "Images mixed",
    "hiding.mask": "Random sign mask",
    "hiding.scale": "Pixel range",
    "features.extractor": "Public features",
    "model.name": "Model",
    "model.hidden": "Neurons of hidden layers",
    "model.bias": "Bias of layers",
    "model.layers": "Layers of the network",
    "training.epochs": "Passes over all images",
    "training.batch": "Images per step",
    "training.loss": "Loss",
    "training.optimizer": "Optimiser",
    "training.momentum": "Momentum",
    "training.learning_rate": "Learning rate",
    "training.schedule": "Learning rate over time",
    "training.weight_decay": "Weight decay",
    "training.clip": "Largest norm of gradients",
    "training.validation": "Images kept back to measure with",
}
"""The plain name of every parameter, in the order in which changes are told."""

_LISTS: Final[Mapping[str, str]] = {
    "members": "members",
    "recipients": "recipients",
    "testers": "testers",
    "datasets": "data sets",
}
_ENTRIES: Final = ("members", "keys", "recipients", "testers", "datasets")
_ABOUT: Final = ("id", "name", "purpose", "owner", "version")
_TRUST: Final[Mapping[Any, str]] = {
    "helper": "a third organisation deals it, and must not collude with A or B",
    "cot": "A and B make it themselves, and nobody else is involved",
    "hybrid": "A and B make it themselves, partly under encryption, and nobody else is involved",
}


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Every difference between two checked specifications except the number of the revision.

    Members are fields ``members.NAME`` with their role, and ``keys.NAME`` where their keys are others; recipients
    ``recipients.NAME``, testers ``testers.NAME``; data sets ``datasets.ID`` with their owner. A list whose entries only
    changed places is a field of its own name.
    """
    old, new = dict(_fields(before)), dict(_fields(after))
    fields = sorted({*old, *new})
    entries = [field for kind in _ENTRIES for field in fields if field.startswith(f"{kind}.")]
    found = [
        {"field": field, "before": old.get(field), "after": new.get(field)}
        for field in dict.fromkeys([*_ABOUT, *entries, *PARAMETERS, *fields])
        if old.get(field) != new.get(field) and not _goes_with_a_member(field, old, new)
    ]
    return found + _places(before, after)


def sentences(found: Sequence[Change]) -> list[str]:
    """One sentence for each change, in words a person without knowledge of the format can check."""
    return [_sentence(change["field"], change["before"], change["after"]) for change in found]


def parameters(body: Mapping[str, Any]) -> dict[str, Any]:
    """Every parameter of a specification by its dotted name; people, data sets and the revision are none."""
    return {field: value for field, value in _fields(body) if field.partition(".")[0] not in _ENTRIES}


def _fields(body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in body.items():
        if name in _LISTS or name == "revision":
            continue
        if isinstance(value, Mapping):
            yield from ((f"{name}.{inner}", found) for inner, found in value.items())
        else:
            yield name, value
    for member in body["members"]:
        yield f"members.{member['user']}", member["role"]
        yield f"keys.{member['user']}", [member["verify_key"], member["seal_key"]]
    for recipient in body["recipients"]:
        yield f"recipients.{recipient}", True
    for tester in body.get("testers", []):
        yield f"testers.{tester}", True
    for dataset in body["datasets"]:
        yield f"datasets.{dataset['id']}", dataset["owner"]


def _goes_with_a_member(field: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """The keys of somebody who comes or goes are no change of their own."""
    return field.startswith("keys.") and None in (old.get(field), new.get(field))


def _places(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    found = []
    for kind, name in (("members", "user"), ("recipients", ""), ("testers", ""), ("datasets", "id")):
        old, new = ([entry[name] if name else entry for entry in body.get(kind, [])] for body in (before, after))
        if sorted(old) == sorted(new) and old != new:
            found.append({"field": kind, "before": old, "after": new})
    return found


def _sentence(field: str, before: Any, after: Any) -> str:
    kind, _, name = field.partition(".")
    if field in _LISTS:
        return f"The order of the {_LISTS[field]} is another: {', '.join(after)}."
    if kind == "keys":
        return f"The keys of {name} are others than before."
    if kind == "members":
        return _member(name, before, after)
    if kind == "recipients":
        return f"{name} {'also receives the model' if after else 'no longer receives the model'}."
    if kind == "testers":
        return f"{name} {'may also test the model' if after else 'may no longer test the model'}."
    if kind == "datasets":
        return _dataset(name, before, after)
    title = PARAMETERS.get(field, field)
    if before is None:
        return f"{title}: {_shown(field, after)} (new)."
    if after is None:
        return f"{title}: not there any more (was {_shown(field, before)})."
    trust = f"; {_TRUST[after]}" if field == "preparation" and after in _TRUST else ""
    return f"{title}: {_shown(field, before)} → {_shown(field, after)}{trust}."


def _member(name: str, before: Any, after: Any) -> str:
    if before is None:
        return f"{name} joins as {after}."
    if after is None:
        return f"{name} leaves (was {before})."
    return f"{name} becomes {after} (was {before})."


def _dataset(name: str, before: Any, after: Any) -> str:
    if before is None:
        return f"Data set {name} of {after} is added."
    if after is None:
        return f"Data set {name} of {before} is taken out."
    return f"Data set {name} belongs to {after} (was {before})."


def _shown(field: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if field == "model.layers":
        return _layers(value) or "none of one's own"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return f'"{value}"' if field in ("name", "purpose") else str(value)


def _layers(layers: Sequence[Layer]) -> str:
    return "; ".join(_layer(layer) for layer in layers)


def _layer(layer: Layer) -> str:
    values = [f"{name} {_shown('', value)}" for name, value in layer.items() if name not in ("layer", "layers")]
    inside = [f"[{_layers(layer['layers'])}]"] if "layers" in layer else []
    return " ".join([layer["layer"], *values, *inside])
