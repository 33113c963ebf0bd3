"""Options that choose hiding, network and optimiser, wherever a project is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from common.errors import UsageError
from common.specification import EXTRACTORS, LOSSES, MODELS, OPTIMIZERS, PREPARATIONS, SCALES, SCHEDULES
from desktop_client.upload.projects.options import read_layers, usual_extractor

_Command = TypeVar("_Command", bound=Callable[..., Any])


def network_options(command: _Command) -> _Command:
    """Options that choose hiding and network; :func:`chosen_network` turns them into those of a project."""
    for option in reversed(
        [
            click.option("--k", type=click.Choice(["1", "2", "4", "6"]), default="4", show_default=True,
                         help="Images mixed."),
            click.option("--scale", type=click.Choice(SCALES), default=SCALES[0], show_default=True,
                         help="Pixel range."),
            click.option("--extractor", type=click.Choice(EXTRACTORS), help="Public features; default by model."),
            click.option("--model", type=click.Choice([name for name in MODELS if name != "custom"]),
                         help="The trained part; default: logistic."),
            click.option("--hidden", metavar="N,N,...", help="Neurons of each hidden layer of mlp; default: 128,128."),
            click.option("--network", type=click.Path(exists=True, dir_okay=False, path_type=Path),
                         help="A network of your own: a JSON list of layers."),
            click.option("--bias/--no-bias", default=False, show_default=True, help="Give layers a bias."),
        ]
    ):  # fmt: skip
        command = option(command)
    return command


def training_options(command: _Command) -> _Command:
    """Options of the optimiser and the preparation that have the same default everywhere."""
    for option in reversed(
        [
            click.option("--loss", type=click.Choice(LOSSES), default=LOSSES[0], show_default=True,
                         help="What is made small."),
            click.option("--optimizer", type=click.Choice(OPTIMIZERS), default=OPTIMIZERS[0], show_default=True,
                         help="How weights follow gradients."),
            click.option("--momentum", default="0.9", show_default=True, help="Decimal; of sgd."),
            click.option("--schedule", type=click.Choice(SCHEDULES), default=SCHEDULES[0], show_default=True,
                         help="Learning rate over time."),
            click.option("--weight-decay", default="0", show_default=True, help="Decimal."),
            click.option("--clip", default="0", show_default=True, help="Largest norm of all gradients; 0 for any."),
            click.option("--preparation", type=click.Choice(PREPARATIONS),
                         help="Who makes correlated randomness: both servers (cot, hybrid), or a helper; default by "
                         "the size of the network: cot for small ones, hybrid for others."),
        ]
    ):  # fmt: skip
        command = option(command)
    return command


def chosen_network(options: Mapping[str, Any], flat: str = "average-pool") -> dict[str, Any]:
    """Fields of :class:`ProjectOptions` for what :func:`network_options` read; ``flat`` is the default extractor.

    Networks of images get squared pixels by default, flat ones the extractor ``flat``.

    Raises:
        UsageError: options that exclude each other.
        BadInput, SpecRefused: the file is no list of layers.
    """
    file, model, hidden = options["network"], options["model"] or MODELS[0], options["hidden"]
    if file is not None and (options["model"] is not None or options["bias"]):
        raise UsageError("With --network the file says everything about the model: leave out --model and --bias.")
    layers = read_layers(file) if file is not None else ()
    model = "custom" if layers else model
    if hidden is not None and model != "mlp":
        raise UsageError("--hidden is for --model mlp.")
    extractor = options["extractor"] or usual_extractor(model, flat)
    return {
        "k": int(options["k"]),
        "scale": options["scale"],
        "mask": extractor != "none" if options.get("mask") is None else options["mask"],
        "extractor": extractor,
        "model": model,
        "hidden": _widths(hidden) if hidden is not None else (),
        "bias": options["bias"],
        "layers": layers,
    }


def _widths(text: str) -> tuple[int, ...]:
    if not re.fullmatch(r"[0-9]{1,5}(,[0-9]{1,5})*", text):
        raise UsageError(f"--hidden takes widths separated by commas, such as 128,128, not {text!r}.")
    return tuple(map(int, text.split(",")))
