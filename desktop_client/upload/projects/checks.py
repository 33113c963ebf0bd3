"""Whether an outline can become a project, asked of nobody: every field that cannot be used with its own sentence."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from common.architecture import Architecture, Suited, build_architecture, check_project, suited_preparation
from common.errors import SpecRefused
from common.specification import PREPARATIONS, Specification, parse_specification
from desktop_client.upload.projects.options import DEFAULT_HIDDEN, Outline, ProjectOptions, outline_of
from desktop_client.upload.projects.publish import Found, body_of, roles_of

_ANY_KEY: Final = "0" * 64
_ANY_ID: Final = "0" * 32
_MOST: Final = 24
_NETWORK: Final = "model.name"
_PLACES: Final = {"architecture": _NETWORK, "features": "features.extractor"}


@dataclass(frozen=True)
class Images:
    """What the data sets of a project have in common, as far as it is known; ``shape`` is [h, w, c]."""

    counts: tuple[int, ...]
    shape: tuple[int, int, int]
    bits: int
    classes: tuple[str, ...]


def refusals(outline: Outline, user: str, owners: Mapping[str, str], images: Images | None) -> dict[str, SpecRefused]:
    """What would be refused, by field such as ``training.batch``; empty if everything can be used.

    A field that is refused is taken to have its usual value while the others are looked at. What depends on the images
    is looked at once they are known and the rest can be used.
    """
    found: dict[str, SpecRefused] = {}
    specification = _usable(outline, user, owners, found)
    if specification is None or images is None or any(name.startswith(("model", "features")) for name in found):
        return found
    try:
        check_project(specification, list(images.counts), images.shape, images.bits, list(images.classes))
    except SpecRefused as error:
        name = str(error.details.get("field", ""))
        found.setdefault(_PLACES.get(name, name), error)
    return found


def network(outline: Outline, user: str, images: Images) -> Architecture:
    """The network of an outline for such images, whatever else is not said yet.

    Raises:
        SpecRefused: model and extractor cannot be used, or do not fit such images.
    """
    found: dict[str, SpecRefused] = {}
    specification = _usable(outline, user, {}, found)
    wrong = [error for name, error in found.items() if name.startswith(("model", "features"))]
    if specification is None or wrong:
        raise wrong[0] if wrong else next(iter(found.values()))
    return build_architecture(specification, images.shape, images.bits, list(images.classes))


def suited(outline: Outline, user: str, images: Images | None) -> Suited | None:
    """The preparation that suits the network; None as long as there is no network, or nothing to put into it."""
    try:
        return None if images is None else suited_preparation(network(outline, user, images))
    except SpecRefused:
        return None


def training_of(outline: Outline, user: str) -> Specification | None:
    """A specification with the usual value in every field that cannot be used; to show what the others mean."""
    return _usable(outline, user, {}, {})


def _usable(
    outline: Outline, user: str, owners: Mapping[str, str], found: dict[str, SpecRefused]
) -> Specification | None:
    """The specification with every refused field put right; ``found`` takes what was refused."""
    body = _provisional(outline, user, owners)
    for _ in range(_MOST):
        try:
            return parse_specification(body)
        except SpecRefused as error:
            name = str(error.details.get("field", ""))
            if name in found or not _put_right(body, name):
                found.setdefault(name, error)
                return None
            found[name] = error
    return None


def _provisional(outline: Outline, user: str, owners: Mapping[str, str]) -> dict[str, Any]:
    """A body as it would be published, with keys of nobody."""
    roles = roles_of(outline, (owners[one] for one in outline.datasets if one in owners), user)
    members = tuple(
        {"user": name, "role": role, "verify_key": _ANY_KEY, "seal_key": _ANY_KEY}
        for name, role in sorted(roles.items())
    )
    sets = {dataset: owners.get(dataset, user) for dataset in outline.datasets}
    names = ("a", "b", "helper") if outline.preparation == "helper" else ("a", "b")
    servers = {name: f"{number:064x}" for number, name in enumerate(names, start=1)}
    body = body_of(outline, Found(user, members, sets, servers), _ANY_ID, 1)
    return {**body, "preparation": PREPARATIONS[0]} if outline.preparation is None else body


def _put_right(body: dict[str, Any], name: str) -> bool:
    """Give a refused field its usual value; False if there is none that helps."""
    options = ProjectOptions("-", (_ANY_KEY,), preparation=PREPARATIONS[0])
    usual = body_of(outline_of(options), _nobody(body), _ANY_ID, 1)
    section, _, field = name.partition(".")
    if name == "hiding.mask":
        body["hiding"]["mask"] = False
    elif section == "model":
        _put_model_right(body, field)
    elif field and section in usual:
        body[section][field] = usual[section][field]
    elif section in ("name", "purpose", "datasets", "recipients", "testers", "members", "preparation"):
        follows = {"preparation": ["servers"], "members": ["recipients", "testers"]}.get(section, [])
        if section == "recipients" and body["testers"] == body["recipients"]:
            follows = ["testers"]
        for one in (section, *follows):
            body[one] = copy.deepcopy(usual[one])
    else:
        return False
    return True


def _put_model_right(body: dict[str, Any], field: str) -> None:
    model = body["model"]
    if field == "hidden":
        model["hidden"] = list(DEFAULT_HIDDEN) if model["name"] == "mlp" else []
    elif field == "bias":
        model["bias"] = False
    else:
        body["model"] = {"name": "logistic", "hidden": [], "bias": False, "layers": []}


def _nobody(body: Mapping[str, Any]) -> Found:
    member = {"user": body["owner"], "role": "owner", "verify_key": _ANY_KEY, "seal_key": _ANY_KEY}
    return Found(body["owner"], (member,), {_ANY_KEY: body["owner"]}, {"a": f"{1:064x}", "b": f"{2:064x}"})


def misfit(first: Images, other: Images) -> Sequence[str]:
    """In what two data sets do not go together: some of ``shape``, ``bits`` and ``classes``."""
    return [name for name in ("shape", "bits", "classes") if getattr(first, name) != getattr(other, name)]
