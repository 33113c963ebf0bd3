"""A specification is taken only if every field of it can be run; the error names the field."""

from __future__ import annotations

import copy
import json
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.documents import canonical, digest
from common.errors import SpecRefused
from common.specification import ModelChoice, parse_specification
from tests.helpers.jobs.projects import body, model_of, specification

Path = tuple[str | int, ...]
FOREIGN: list[Any] = [None, True, -1, 2**70, 0.5, "", "\u0663", "x" * 5000, [], [[]], {}, {"a": {}}]
"""What is refused in place of any value; the exceptions are in ALLOWED."""
ALLOWED: dict[Path, list[Any]] = {
    ("name",): ["\u0663"],
    ("purpose",): ["", "\u0663"],
    ("hiding", "mask"): [True],
    ("datasets", 0, "owner"): ["", "\u0663", "x" * 5000],
    ("testers",): [[]],
    ("model", "hidden"): [[]],
    ("model", "layers"): [[]],
    ("model", "bias"): [True],
}
WRONG: list[tuple[Path, Any, str]] = [
    (("version",), 2, "version"),
    (("version",), 5, "version"),
    (("version",), True, "version"),
    (("version",), "1", "version"),
    (("id",), "f" * 31, "id"),
    (("id",), "F" * 32, "id"),
    (("id",), "f" * 32 + "\n", "id"),
    (("revision",), 0, "revision"),
    (("revision",), 1_000_001, "revision"),
    (("revision",), True, "revision"),
    (("revision",), "1", "revision"),
    (("name",), "n" * 101, "name"),
    (("purpose",), "p" * 2001, "purpose"),
    (("purpose",), None, "purpose"),
    (("owner",), "bob", "owner"),
    (("owner",), "mallory", "owner"),
    (("members",), [], "members"),
    (("members", 1, "user"), "alice", "members"),
    (("members", 1, "user"), "Bob", "members"),
    (("members", 1, "user"), "bob\n", "members"),
    (("members", 1, "user"), "../bob", "members"),
    (("members", 1, "role"), "admin", "members.role"),
    (("members", 1, "verify_key"), "c" * 63, "members"),
    (("members", 1, "seal_key"), "C" * 64, "members"),
    (("members", 0, "role"), "editor", "owner"),
    (("recipients",), ["alice", "mallory"], "recipients"),
    (("recipients",), ["alice", "alice"], "recipients"),
    (("recipients",), [["alice"]], "recipients"),
    (("recipients",), "alice", "recipients"),
    (("recipients",), [], "recipients"),
    (("testers",), ["alice", "mallory"], "testers"),
    (("testers",), ["alice", "alice"], "testers"),
    (("testers",), [["alice"]], "testers"),
    (("testers",), None, "testers"),
    (("datasets", 1, "id"), "1" * 64, "datasets"),
    (("datasets", 1, "id"), "2" * 64 + "\n", "datasets"),
    (("servers", "b"), "a" * 64, "servers"),
    (("servers", "b"), "b" * 62, "servers"),
    (("preparation",), "dealer", "preparation"),
    (("preparation",), "helper", "servers"),
    (("ring", "fraction_bits"), 15, "ring.fraction_bits"),
    (("ring", "fraction_bits"), 17, "ring.fraction_bits"),
    (("hiding", "k"), 3, "hiding.k"),
    (("hiding", "k"), 8, "hiding.k"),
    (("hiding", "k"), True, "hiding.k"),
    (("hiding", "k"), 4.0, "hiding.k"),
    (("hiding", "mask"), 1, "hiding.mask"),
    (("hiding", "scale"), "double", "hiding.scale"),
    (("features", "extractor"), "resnet", "features.extractor"),
    (("model", "name"), "alexnet", "model.name"),
    (("model", "name"), "mlp", "model.hidden"),
    (("model", "name"), "custom", "model.layers"),
    (("model", "hidden"), [8], "model.hidden"),
    (("model", "layers"), [{"layer": "relu"}], "model.layers"),
    (("model", "bias"), 1, "model.bias"),
    (("model",), {"name": "mlp", "hidden": [8, 0], "bias": False, "layers": []}, "model.hidden"),
    (("model",), {"name": "mlp", "hidden": [4097], "bias": False, "layers": []}, "model.hidden"),
    (("model",), {"name": "mlp", "hidden": [8.0], "bias": False, "layers": []}, "model.hidden"),
    (("model",), {"name": "mlp", "hidden": [8] * 17, "bias": False, "layers": []}, "model.hidden"),
    (("model",), {"name": "custom", "hidden": [], "bias": True, "layers": [{"layer": "relu"}]}, "model.bias"),
    (("hiding",), {"k": 4, "mask": "on", "scale": "unit"}, "hiding.mask"),
    (("features", "extractor"), "none", "hiding.mask"),
    (("training", "epochs"), 0, "training.epochs"),
    (("training", "epochs"), 1001, "training.epochs"),
    (("training", "batch"), 1, "training.batch"),
    (("training", "batch"), 48, "training.batch"),
    (("training", "batch"), 8192, "training.batch"),
    (("training", "loss"), "hinge", "training.loss"),
    (("training", "optimizer"), "lion", "training.optimizer"),
    (("training", "weight_decay"), "0.6", "training.weight_decay"),
    (("training", "weight_decay"), 0, "training.weight_decay"),
    (("training", "clip"), "1001", "training.clip"),
    (("training", "clip"), "-1", "training.clip"),
    (("training", "momentum"), "1.0", "training.momentum"),
    (("training", "momentum"), 0.9, "training.momentum"),
    (("training", "learning_rate"), "0", "training.learning_rate"),
    (("training", "learning_rate"), "4.1", "training.learning_rate"),
    (("training", "learning_rate"), "1e-2", "training.learning_rate"),
    (("training", "learning_rate"), "0.1\n", "training.learning_rate"),
    (("training", "learning_rate"), "nan", "training.learning_rate"),
    (("training", "schedule"), "linear", "training.schedule"),
    (("training", "validation"), -1, "training.validation"),
    (("training", "validation"), 4097, "training.validation"),
]


def places(value: Any, path: Path = ()) -> list[Path]:
    """Every place in a JSON value, containers included."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [place for key, child in children for place in places(child, (*path, key))]


PLACES = places(body())


def put(path: Path, value: Any) -> dict[str, Any]:
    """A good specification with another value at one place."""
    changed = body()
    inside: Any = changed
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = copy.deepcopy(value)
    return changed


def is_allowed(path: Path, value: Any) -> bool:
    if path[0] == "datasets" and path[-1] == "owner":
        path = ("datasets", 0, "owner")
    return any(value is one or (type(value) is type(one) and value == one) for one in ALLOWED.get(path, []))


def test_specification_gives_its_values() -> None:
    spec = specification()
    assert spec.dataset_ids == ("1" * 64, "2" * 64)
    assert (spec.recipients, spec.testers) == (("alice", "bob"), ("alice", "carol"))
    assert (spec.hiding.k, spec.hiding.mask, spec.hiding.scale) == (4, True, "unit")
    assert (spec.extractor, spec.fraction_bits, spec.preparation) == ("average-pool", 16, "cot")
    assert spec.model == ModelChoice("logistic", (), False, ())
    training = spec.training
    assert (training.loss, training.optimizer, training.weight_decay, training.clip) == ("softmax", "sgd", 0.0, 0.0)
    assert (training.epochs, training.batch, training.validation, training.schedule) == (2, 8, 8, "one-cycle")
    assert (training.learning_rate, training.momentum) == (0.5, 0.9)


def test_specification_of_an_older_version_says_what_to_do() -> None:
    with pytest.raises(SpecRefused, match="version 3 or 4 can be run; create the project again"):
        parse_specification(body(version=2))


def test_specification_of_version_3_names_no_testers() -> None:
    value = {name: part for name, part in body(version=3).items() if name != "testers"}
    spec = parse_specification(value)
    assert spec.testers == () and spec.hash == digest(value)
    for other in (body(version=3), {**value, "version": 4}):
        with pytest.raises(SpecRefused):
            parse_specification(other)


def test_specification_gives_its_model() -> None:
    layers = [{"layer": "dropout", "drop": 64}, {"layer": "linear", "outputs": 2, "bias": True}]
    assert specification(model=model_of("mlp", 128, 64, bias=True)).model == ModelChoice("mlp", (128, 64), True, ())
    assert specification(model=model_of("lenet", bias=True)).model == ModelChoice("lenet", (), True, ())
    custom = specification(model=model_of("custom", layers=layers)).model
    assert custom == ModelChoice("custom", (), False, tuple(layers))


def test_specification_with_a_helper_names_its_key() -> None:
    servers = {"a": "a" * 64, "b": "b" * 64, "helper": "d" * 64}
    assert specification(preparation="helper", servers=servers).preparation == "helper"
    for wrong in ({**servers, "helper": "a" * 64}, {**servers, "helper": ""}, {**servers, "c": "c" * 64}):
        with pytest.raises(SpecRefused) as refusal:
            parse_specification({**body(preparation="helper"), "servers": wrong})
        assert refusal.value.details["field"] == "servers"
    with pytest.raises(SpecRefused):
        parse_specification({**body(), "servers": servers})


@pytest.mark.parametrize("preparation", ["cot", "hybrid"])
def test_specification_of_two_servers_alone_names_nobody_else(preparation: str) -> None:
    assert specification(preparation=preparation).preparation == preparation
    servers = {"a": "a" * 64, "b": "b" * 64, "helper": "d" * 64}
    with pytest.raises(SpecRefused) as refusal:
        parse_specification({**body(preparation=preparation), "servers": servers})
    assert refusal.value.details["field"] == "servers"


def test_specification_without_extractor_has_no_mask() -> None:
    spec = specification(features={"extractor": "none"}, hiding={"mask": False})
    assert (spec.extractor, spec.hiding.mask) == ("none", False)


def test_specification_names_owner_and_members() -> None:
    spec = specification()
    assert (spec.owner_of("1" * 64), spec.owner_of("2" * 64)) == ("alice", "bob")
    member = spec.member("bob")
    assert member is not None and member["role"] == "editor"
    assert spec.member("mallory") is None


def test_specification_hash_is_that_of_the_signed_value() -> None:
    value = body()
    spec = parse_specification(value)
    assert spec.hash == digest(value) == parse_specification(json.loads(canonical(value))).hash
    assert (spec.project_id, spec.revision) == ("f" * 32, 1)


@pytest.mark.parametrize("path", PLACES, ids=str)
def test_specification_hash_depends_on_every_field(path: Path) -> None:
    assert digest(put(path, "something else")) != digest(body())


@pytest.mark.parametrize("path", PLACES, ids=str)
def test_specification_of_foreign_types_is_refused_and_named(path: Path) -> None:
    for value in FOREIGN:
        if is_allowed(path, value):
            parse_specification(put(path, value))
            continue
        with pytest.raises(SpecRefused) as refusal:
            parse_specification(put(path, value))
        assert str(path[0]) == str(refusal.value.details["field"]).split(".")[0]


@pytest.mark.parametrize(("path", "value", "field"), WRONG, ids=str)
def test_specification_with_a_wrong_value_is_refused_by_name(path: Path, value: Any, field: str) -> None:
    with pytest.raises(SpecRefused) as refusal:
        parse_specification(put(path, value))
    assert refusal.value.details["field"] == field
    assert str(refusal.value).endswith(".") and refusal.value.advice


@pytest.mark.parametrize("section", ["", "ring", "hiding", "features", "model", "training", "servers"])
def test_specification_with_more_or_fewer_fields_is_refused(section: str) -> None:
    more, fewer = body(), body()
    (more[section] if section else more)["extra"] = 1
    (fewer[section] if section else fewer).popitem()
    for value in (more, fewer):
        with pytest.raises(SpecRefused) as refusal:
            parse_specification(value)
        assert refusal.value.details["field"] == section


@pytest.mark.parametrize("name", ["members", "datasets"])
def test_specification_lists_are_capped(name: str) -> None:
    value = body()
    value[name] = value[name] * 101
    with pytest.raises(SpecRefused) as refusal:
        parse_specification(value)
    assert refusal.value.details["field"] == name


@pytest.mark.parametrize("value", [None, [], "", 5, [["version", 1]]])
def test_specification_that_is_no_object_is_refused(value: object) -> None:
    with pytest.raises(SpecRefused):
        parse_specification(value)


ATOMS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(string.printable, max_size=8))
JSON = st.recursive(
    ATOMS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(string.ascii_lowercase), inner, max_size=3),
    max_leaves=6,
)


@given(path=st.sampled_from(PLACES), value=JSON)
def test_specification_is_either_taken_or_refused(path: Path, value: Any) -> None:
    """Nothing but the named error, whatever stands in whichever place."""
    try:
        spec = parse_specification(put(path, value))
    except SpecRefused as refusal:
        assert "field" in refusal.details
    else:
        assert spec.training.epochs >= 1


@given(JSON)
def test_specification_of_anything_else_is_refused(value: Any) -> None:
    with pytest.raises(SpecRefused):
        parse_specification(value)


@given(rate=st.decimals("0.000001", "4", places=6), momentum=st.decimals("0", "0.99", places=2))
def test_specification_decimals_are_read_exactly(rate: Any, momentum: Any) -> None:
    training = specification(training={"learning_rate": f"{rate:f}", "momentum": f"{momentum:f}"}).training
    assert (training.learning_rate, training.momentum) == (float(rate), float(momentum))
