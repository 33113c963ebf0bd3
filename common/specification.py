"""The project specification: what every owner signs and both servers check by themselves before they compute.

Decimals are strings, so that the hash of a specification is the same on every machine.
"""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass
from typing import Any

from common.documents import digest
from common.errors import SpecRefused
from common.layers import Layer, check_layers

VERSION = 4
"""Of specifications that are written now; one of version 3 is read as one that names no testers."""
PREPARATIONS = ("cot", "hybrid", "helper")
"""Who makes the correlated randomness: A and B alone with the first two, which differ in how they do it."""
MODELS = ("logistic", "mlp", "lenet", "resnet", "custom")
SCALES = ("unit", "signed")
LOSSES = ("softmax", "logistic", "squared")
OPTIMIZERS = ("sgd", "adam")
SCHEDULES = ("one-cycle", "constant", "cosine", "step")
EXTRACTORS = ("none", "square", "average-pool", "filter-bank")
MAX_HIDDEN = 16
ROLES = ("owner", "editor", "viewer")
_DECIMAL = re.compile(r"[0-9]{1,4}(\.[0-9]{1,8})?")
MAX_NAME = 100
MAX_PURPOSE = 2000
MAX_REVISION = 1_000_000
_HEX32 = re.compile(r"[0-9a-f]{32}")
_HEX64 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_FIELDS_V3 = frozenset({"version", "id", "revision", "name", "purpose", "owner", "members", "recipients", "datasets",
                        "servers", "preparation", "ring", "hiding", "features", "model", "training"})  # fmt: skip
_FIELDS = _FIELDS_V3 | {"testers"}


@dataclass(frozen=True)
class Hiding:
    """Mixup of ``k`` images and a random sign mask; ``scale`` is the pixel range before mixing."""

    k: int
    mask: bool
    scale: str


@dataclass(frozen=True)
class Training:
    """Budget, loss and optimiser of one training.

    ``momentum`` is that of sgd; ``clip`` is the largest norm of all gradients together, 0 for any.
    """

    epochs: int
    batch: int
    loss: str
    optimizer: str
    momentum: float
    learning_rate: float
    schedule: str
    weight_decay: float
    clip: float
    validation: int


@dataclass(frozen=True)
class ModelChoice:
    """The trained part: a named model, with widths of hidden layers for ``mlp`` and layers for ``custom``."""

    name: str
    hidden: tuple[int, ...]
    bias: bool
    layers: tuple[Layer, ...]


@dataclass(frozen=True)
class Specification:
    """A checked specification; ``body`` is the JSON value that was signed.

    ``testers`` may put questions to the trained model; without any the servers keep nothing of it.
    """

    body: dict[str, Any]
    dataset_ids: tuple[str, ...]
    recipients: tuple[str, ...]
    testers: tuple[str, ...]
    fraction_bits: int
    preparation: str
    hiding: Hiding
    extractor: str
    model: ModelChoice
    training: Training

    @property
    def hash(self) -> str:
        """What owners consent to, 64 hexadecimal characters."""
        return digest(self.body)

    @property
    def project_id(self) -> str:
        """Which project this is a revision of; chosen by who created it."""
        return str(self.body["id"])

    @property
    def revision(self) -> int:
        """1 for the first; every later one replaces the one before."""
        return int(self.body["revision"])

    def member(self, user: str) -> dict[str, str] | None:
        """The member entry of a user, or None."""
        return next((m for m in self.body["members"] if m["user"] == user), None)

    def owner_of(self, dataset: str) -> str:
        """Name of the user who must consent for a data set of this project."""
        return str(next(d["owner"] for d in self.body["datasets"] if d["id"] == dataset))


def parse_specification(body: object) -> Specification:
    """Check a specification completely.

    Raises:
        SpecRefused: names the first field that cannot be used, in a sentence.
    """
    root = _section(body, "", _FIELDS_V3 if _is_version_3(body) else _FIELDS)
    if type(root["version"]) is not int or root["version"] != (VERSION if "testers" in root else 3):
        raise SpecRefused(f"Only specifications of version 3 or {VERSION} can be run; create the project again.",
                          field="version")  # fmt: skip
    _about(root)
    members = _members(root)
    ids = _datasets(root["datasets"])
    recipients = _named(root["recipients"], members, "recipients", "Recipients of the model")
    if not recipients:
        raise SpecRefused("A project names at least one recipient of the model.", field="recipients")
    preparation = _choice(root["preparation"], PREPARATIONS, "preparation")
    _servers(root["servers"], preparation)
    ring = _section(root["ring"], "ring", {"fraction_bits"})
    extractor = _choice(_section(root["features"], "features", {"extractor"})["extractor"], EXTRACTORS,
                        "features.extractor")  # fmt: skip
    return Specification(
        body=root,
        dataset_ids=ids,
        recipients=recipients,
        testers=_named(root.get("testers", []), members, "testers", "Testers of the model"),
        fraction_bits=_integer(ring["fraction_bits"], 16, 16, "ring.fraction_bits"),
        preparation=preparation,
        hiding=_hiding(root["hiding"], extractor),
        extractor=extractor,
        model=_model(root["model"]),
        training=_training(root["training"]),
    )


def _is_version_3(body: object) -> bool:
    return isinstance(body, dict) and type(body.get("version")) is int and body["version"] == 3


def _about(root: dict[str, Any]) -> None:
    if not isinstance(root["id"], str) or not _HEX32.fullmatch(root["id"]):
        raise SpecRefused("A project has an id of 32 lower-case hexadecimal characters.", field="id")
    _integer(root["revision"], 1, MAX_REVISION, "revision")
    if not isinstance(root["name"], str) or not 1 <= len(root["name"]) <= MAX_NAME:
        raise SpecRefused(f"A project needs a name of 1 to {MAX_NAME} characters.", field="name")
    if not isinstance(root["purpose"], str) or len(root["purpose"]) > MAX_PURPOSE:
        raise SpecRefused(f"The purpose of a project is a text of at most {MAX_PURPOSE} characters.", field="purpose")


def _hiding(value: object, extractor: str) -> Hiding:
    raw = _section(value, "hiding", {"k", "mask", "scale"})
    if type(raw["mask"]) is not bool:
        raise SpecRefused("hiding.mask is true or false.", field="hiding.mask")
    if raw["k"] not in (1, 2, 4, 6) or type(raw["k"]) is not int:
        raise SpecRefused("hiding.k is 1, 2, 4 or 6.", field="hiding.k")
    if raw["mask"] and extractor == "none":
        raise SpecRefused("A sign mask needs an extractor, whose square takes it away again; without one "
                          "hiding.mask is false.", field="hiding.mask")  # fmt: skip
    return Hiding(raw["k"], raw["mask"], _choice(raw["scale"], SCALES, "hiding.scale"))


def _model(value: object) -> ModelChoice:
    raw = _section(value, "model", {"name", "hidden", "bias", "layers"})
    name, hidden, layers = _choice(raw["name"], MODELS, "model.name"), raw["hidden"], raw["layers"]
    if not isinstance(hidden, list) or len(hidden) > MAX_HIDDEN or bool(hidden) != (name == "mlp"):
        raise SpecRefused(f"model.hidden is a list of 1 to {MAX_HIDDEN} widths for mlp, and empty for other models.",
                          field="model.hidden")  # fmt: skip
    if not isinstance(layers, list) or bool(layers) != (name == "custom"):
        raise SpecRefused("model.layers is a list of layers for custom, and empty for other models.",
                          field="model.layers")  # fmt: skip
    if type(raw["bias"]) is not bool or (raw["bias"] and name == "custom"):
        raise SpecRefused("model.bias is true or false, and false for custom, where each layer says it.",
                          field="model.bias")  # fmt: skip
    widths = tuple(_integer(width, 1, 4096, "model.hidden") for width in hidden)
    return ModelChoice(name, widths, raw["bias"], check_layers(layers) if layers else ())


def _training(value: object) -> Training:
    raw = _section(value, "training", {"epochs", "batch", "loss", "optimizer", "momentum", "learning_rate", "schedule",
                                       "weight_decay", "clip", "validation"})  # fmt: skip
    return Training(
        epochs=_integer(raw["epochs"], 1, 1000, "training.epochs"),
        batch=_batch(raw["batch"]),
        loss=_choice(raw["loss"], LOSSES, "training.loss"),
        optimizer=_choice(raw["optimizer"], OPTIMIZERS, "training.optimizer"),
        momentum=_decimal(raw["momentum"], 0.0, 0.99, "training.momentum"),
        learning_rate=_decimal(raw["learning_rate"], 0.000001, 4.0, "training.learning_rate"),
        schedule=_choice(raw["schedule"], SCHEDULES, "training.schedule"),
        weight_decay=_decimal(raw["weight_decay"], 0.0, 0.5, "training.weight_decay"),
        clip=_decimal(raw["clip"], 0.0, 1000.0, "training.clip"),
        validation=_integer(raw["validation"], 0, 4096, "training.validation"),
    )


def _members(root: dict[str, Any]) -> set[str]:
    members = root["members"]
    if not isinstance(members, list) or not 1 <= len(members) <= 200:
        raise SpecRefused("A project has 1 to 200 members.", field="members")
    names: set[str] = set()
    for member in members:
        entry = _section(member, "members", {"user", "role", "verify_key", "seal_key"})
        keys = (entry["verify_key"], entry["seal_key"])
        if not all(isinstance(k, str) and _HEX64.fullmatch(k) for k in keys):
            raise SpecRefused("Every member needs two public keys.", field="members")
        if not isinstance(entry["user"], str) or not _NAME.fullmatch(entry["user"]) or entry["user"] in names:
            raise SpecRefused("Members need different, valid names.", field="members")
        _choice(entry["role"], ROLES, "members.role")
        names.add(entry["user"])
    owners = {m["user"] for m in members if m["role"] == "owner"}
    if not isinstance(root["owner"], str) or root["owner"] not in owners:
        raise SpecRefused("The owner must be a member with the role owner.", field="owner")
    return names


def _named(value: object, members: set[str], field: str, who: str) -> tuple[str, ...]:
    """A list of different members."""
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise SpecRefused(f"{field} is a list of names of members.", field=field)
    if not set(value) <= members or len(set(value)) != len(value):
        raise SpecRefused(f"{who} must be different members of the project.", field=field)
    return tuple(value)


def _datasets(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= 200:
        raise SpecRefused("A project needs 1 to 200 data sets.", field="datasets")
    entries = [_section(item, "datasets", {"id", "owner"}) for item in value]
    ids = tuple(entry["id"] for entry in entries)
    if not all(isinstance(i, str) and _HEX64.fullmatch(i) for i in ids) or len(set(ids)) != len(ids):
        raise SpecRefused("Data sets need different, valid ids.", field="datasets")
    if not all(isinstance(entry["owner"], str) for entry in entries):
        raise SpecRefused("Every data set names its owner.", field="datasets")
    return ids


def _servers(value: object, preparation: str) -> None:
    names = {"a", "b"} | ({"helper"} if preparation == "helper" else set())
    servers = _section(value, "servers", names)
    keys = list(servers.values())
    if not all(isinstance(key, str) and _HEX64.fullmatch(key) for key in keys) or len(set(keys)) != len(keys):
        who = "A, B and the helper" if preparation == "helper" else "A and B"
        raise SpecRefused(f"servers names the different verify keys of {who}.", field="servers")


def _section(value: object, name: str, keys: Set[str]) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != keys:
        where = name or "the specification"
        raise SpecRefused(f"{where} must have exactly the fields {', '.join(sorted(keys))}.", field=name)
    return value


def _choice(value: object, allowed: tuple[str, ...], name: str) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise SpecRefused(f"{name} must be one of {', '.join(allowed)}.", field=name)
    return value


def _integer(value: object, low: int, high: int, name: str) -> int:
    if type(value) is not int or not low <= value <= high:
        raise SpecRefused(f"{name} must be a whole number from {low} to {high}.", field=name)
    return value


def _decimal(value: object, low: float, high: float, name: str) -> float:
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value) or not low <= float(value) <= high:
        raise SpecRefused(f'{name} must be a decimal in quotes from {low} to {high}, such as "0.05".', field=name)
    return float(value)


def _batch(value: object) -> int:
    size = _integer(value, 2, 4096, "training.batch")
    if size & (size - 1):
        raise SpecRefused("training.batch must be a power of two, so that the mean is an exact shift.",
                          field="training.batch")  # fmt: skip
    return size
