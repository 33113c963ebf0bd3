"""The options of a network: defaults that fit each other, and a reason for what does not go together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest

from common.errors import BadInput, SpecRefused, UsageError
from desktop_client.cli.project.choices import chosen_network, network_options, training_options
from desktop_client.upload.projects.options import read_layers

LAYERS: list[dict[str, Any]] = [
    {"layer": "dropout", "drop": 10},
    {"layer": "flatten"},
    {"layer": "linear", "outputs": 3, "bias": True},
]


@click.command()
@network_options
@training_options
def take(**options: Any) -> None:
    """A command that has all these options."""


def options_of(*words: str) -> dict[str, Any]:
    return take.make_context("take", list(words)).params


def chosen(*words: str) -> dict[str, Any]:
    return chosen_network(options_of(*words))


def write(folder: Path, value: Any) -> str:
    (folder / "network.json").write_text(json.dumps(value), encoding="utf-8")
    return str(folder / "network.json")


def test_choices_have_defaults_that_fit() -> None:
    assert chosen() == {
        "k": 4, "scale": "unit", "mask": True, "extractor": "average-pool", "model": "logistic", "hidden": (),
        "bias": False, "layers": (),
    }  # fmt: skip
    optimiser = options_of()
    assert (optimiser["loss"], optimiser["optimizer"], optimiser["schedule"]) == ("softmax", "sgd", "one-cycle")
    assert (optimiser["weight_decay"], optimiser["clip"], optimiser["preparation"]) == ("0", "0", None)


def test_choices_of_networks_of_images_keep_images() -> None:
    for model in ("lenet", "resnet"):
        found = chosen("--model", model)
        assert (found["extractor"], found["mask"]) == ("square", True)
    assert chosen("--model", "lenet", "--extractor", "none")["mask"] is False
    assert chosen_network(options_of("--model", "mlp"), flat="filter-bank")["extractor"] == "filter-bank"


def test_choices_read_hidden_widths() -> None:
    assert chosen("--model", "mlp", "--hidden", "128,64,8")["hidden"] == (128, 64, 8)
    for wrong in ("", "128,", "a", "1 2", "-5", "123456"):
        with pytest.raises(UsageError, match="widths"):
            chosen("--model", "mlp", "--hidden", wrong)
    with pytest.raises(UsageError, match="mlp"):
        chosen("--model", "lenet", "--hidden", "128")


def test_choices_read_a_network_from_a_file(tmp_path: Path) -> None:
    found = chosen("--network", write(tmp_path, LAYERS))
    assert (found["model"], found["layers"], found["extractor"]) == ("custom", tuple(LAYERS), "square")
    for extra in (("--model", "mlp"), ("--bias",)):
        with pytest.raises(UsageError, match="--network"):
            chosen("--network", write(tmp_path, LAYERS), *extra)


@pytest.mark.parametrize("value", [{}, [], [{"layer": "gelu"}], [{"layer": "relu", "slope": 1}], "relu"])
def test_file_that_is_no_list_of_layers_is_refused(value: Any, tmp_path: Path) -> None:
    with pytest.raises(SpecRefused):
        read_layers(Path(write(tmp_path, value)))


@pytest.mark.parametrize("raw", [b"", b"[", b"\xff\xfe", b"[" * 100_000, b" " * ((1 << 20) + 1)])
def test_file_that_is_no_json_is_refused(raw: bytes, tmp_path: Path) -> None:
    (tmp_path / "network.json").write_bytes(raw)
    with pytest.raises(BadInput, match="network.json"):
        read_layers(tmp_path / "network.json")


def test_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="network.json"):
        read_layers(tmp_path / "network.json")
