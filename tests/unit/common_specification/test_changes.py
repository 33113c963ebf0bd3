"""Whatever differs between two specifications is told, as a field and as a sentence."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from common.agreement.changes import PARAMETERS, changes, parameters, sentences
from common.specification import parse_specification
from tests.helpers.jobs.projects import body, model_of


def told(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    parse_specification(before)
    parse_specification(after)
    return sentences(changes(before, after))


def one(field: str, before: Any, after: Any) -> list[dict[str, Any]]:
    return [{"field": field, "before": before, "after": after}]


def test_changes_of_the_same_project_are_none() -> None:
    assert changes(body(), body(revision=7)) == []


@pytest.mark.parametrize(
    ("section", "field", "value", "sentence"),
    [
        ("training", "epochs", 9, "Passes over all images: 2 → 9."),
        ("training", "batch", 16, "Images per step: 8 → 16."),
        ("training", "loss", "squared", "Loss: softmax → squared."),
        ("training", "optimizer", "adam", "Optimiser: sgd → adam."),
        ("training", "momentum", "0", "Momentum: 0.9 → 0."),
        ("training", "learning_rate", "0.1", "Learning rate: 0.5 → 0.1."),
        ("training", "schedule", "step", "Learning rate over time: one-cycle → step."),
        ("training", "weight_decay", "0.1", "Weight decay: 0 → 0.1."),
        ("training", "clip", "1", "Largest norm of gradients: 0 → 1."),
        ("training", "validation", 0, "Images kept back to measure with: 8 → 0."),
        ("hiding", "k", 2, "Images mixed: 4 → 2."),
        ("hiding", "mask", False, "Random sign mask: yes → no."),
        ("hiding", "scale", "signed", "Pixel range: unit → signed."),
        ("features", "extractor", "square", "Public features: average-pool → square."),
        ("servers", "b", "d" * 64, f"Key of server B: {'b' * 64} → {'d' * 64}."),
        ("model", "bias", True, "Bias of layers: no → yes."),
    ],
)
def test_changes_of_a_parameter(section: str, field: str, value: Any, sentence: str) -> None:
    before, after = body(), body(**{section: {field: value}})
    assert changes(before, after) == one(f"{section}.{field}", before[section][field], value)
    assert told(before, after) == [sentence]


def test_changes_of_what_a_project_is_about_come_first() -> None:
    after = body(name="lungs", purpose="", training={"epochs": 3})
    assert told(body(), after) == [
        'Name: "films" → "lungs".',
        'Purpose: "Find ill films." → "".',
        "Passes over all images: 2 → 3.",
    ]


def test_changes_of_members() -> None:
    before, after = body(testers=[]), body(testers=[], recipients=["alice", "dave"])
    after["members"] = [after["members"][0], {**after["members"][1], "role": "viewer"}]
    after["members"].append({**after["members"][0], "user": "dave", "role": "viewer"})
    assert changes(before, after) == [
        *one("members.bob", "editor", "viewer"),
        *one("members.carol", "viewer", None),
        *one("members.dave", None, "viewer"),
        *one("recipients.bob", True, None),
        *one("recipients.dave", None, True),
    ]
    assert told(before, after) == [
        "bob becomes viewer (was editor).",
        "carol leaves (was viewer).",
        "dave joins as viewer.",
        "bob no longer receives the model.",
        "dave also receives the model.",
    ]


def test_changes_of_who_may_test() -> None:
    before, after = body(), body(testers=["bob", "carol"])
    assert changes(before, after) == [*one("testers.alice", True, None), *one("testers.bob", None, True)]
    assert told(before, after) == ["alice may no longer test the model.", "bob may also test the model."]


def test_changes_from_version_3_say_who_may_test_from_now_on() -> None:
    before = {name: value for name, value in body(version=3).items() if name != "testers"}
    assert told(before, body()) == [
        "Version of the format: 3 → 4.",
        "alice may also test the model.",
        "carol may also test the model.",
    ]


def test_changes_of_keys_are_told_for_who_stays() -> None:
    before, after = body(), body()
    after["members"][1]["seal_key"] = "9" * 64
    old, new = before["members"][1], after["members"][1]
    keys = [[member["verify_key"], member["seal_key"]] for member in (old, new)]
    assert changes(before, after) == one("keys.bob", *keys)
    assert told(before, after) == ["The keys of bob are others than before."]


def test_changes_of_a_member_whose_name_has_dots() -> None:
    before, after = body(), body()
    after["members"].append({**after["members"][0], "user": "bob.keys", "role": "viewer"})
    assert told(before, after) == ["bob.keys joins as viewer."]


def test_changes_of_data_sets() -> None:
    before, after = body(), body()
    after["datasets"] = [{"id": "2" * 64, "owner": "carol"}, {"id": "3" * 64, "owner": "bob"}]
    assert told(before, after) == [
        f"Data set {'1' * 64} of alice is taken out.",
        f"Data set {'2' * 64} belongs to carol (was bob).",
        f"Data set {'3' * 64} of bob is added.",
    ]


@pytest.mark.parametrize("kind", ["members", "recipients", "testers", "datasets"])
def test_changes_of_places_only(kind: str) -> None:
    before, after = body(), body()
    after[kind] = after[kind][::-1]
    [change] = changes(before, after)
    assert change["field"] == kind and change["after"] == change["before"][::-1]
    assert told(before, after)[0].startswith("The order of the ")


def test_changes_of_whom_to_trust_say_what_it_means() -> None:
    servers = {"a": "a" * 64, "b": "b" * 64, "helper": "d" * 64}
    with_helper = body(preparation="helper", servers=servers)
    assert told(body(), with_helper) == [
        "Preparation of correlated randomness: cot → helper; "
        "a third organisation deals it, and must not collude with A or B.",
        f"Key of the helper: {'d' * 64} (new).",
    ]
    assert told(with_helper, body())[1] == f"Key of the helper: not there any more (was {'d' * 64})."


def test_changes_between_ways_of_the_two_servers_involve_nobody_else() -> None:
    assert told(body(), body(preparation="hybrid")) == [
        "Preparation of correlated randomness: cot → hybrid; "
        "A and B make it themselves, partly under encryption, and nobody else is involved."
    ]
    assert told(body(preparation="hybrid"), body()) == [
        "Preparation of correlated randomness: hybrid → cot; "
        "A and B make it themselves, and nobody else is involved."
    ]


def test_changes_of_layers_show_all_of_them() -> None:
    layers: list[dict[str, Any]] = [
        {"layer": "residual", "layers": [{"layer": "square"}]},
        {"layer": "linear", "outputs": 2, "bias": True},
    ]
    other = copy.deepcopy(layers)
    other[1]["bias"] = False
    custom = body(model=model_of("custom", layers=layers))
    assert told(body(), custom) == [
        "Model: logistic → custom.",
        "Layers of the network: none of one's own → residual [square]; linear outputs 2 bias yes.",
    ]
    assert told(custom, body(model=model_of("custom", layers=other))) == [
        "Layers of the network: residual [square]; linear outputs 2 bias yes → "
        "residual [square]; linear outputs 2 bias no."
    ]
    assert told(body(model=model_of("mlp", 5)), body(model=model_of("mlp", 5, 6))) == [
        "Neurons of hidden layers: 5 → 5, 6."
    ]


def test_changes_know_the_plain_name_of_every_parameter() -> None:
    servers = {"a": "a" * 64, "b": "b" * 64, "helper": "d" * 64}
    assert set(parameters(body(preparation="helper", servers=servers))) == set(PARAMETERS)


def test_changes_of_another_project_are_told() -> None:
    assert told(body(), body(id="e" * 32)) == [f"Project id: {'f' * 32} → {'e' * 32}."]
