"""`imguard demo`: from a folder of images to a trained model that only its owners can put together."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console

from common.errors import Conflict
from common.net.files import write_atomic
from desktop_client.cli.dataset.splitting import parse_size
from desktop_client.cli.project.choices import network_options, training_options
from desktop_client.demo.network import network_of
from desktop_client.demo.report import as_json, as_text
from desktop_client.demo.run import Demo, Plan
from desktop_client.demo.stages import StageBoard
from desktop_client.poc.deployment import LocalDeployment
from desktop_client.upload.projects.options import ProjectOptions

LEAST_CLASSES: Final = 2
_RESULTS: Final = Path("imguard-demo")
_COPIED: Final = ("epochs", "loss", "optimizer", "momentum", "schedule", "weight_decay", "clip", "preparation")


@click.command("demo")
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Your folder per class.")
@click.option("--images", type=click.IntRange(20, 50_000), default=2000, show_default=True, help="Images per owner.")
@click.option("--tests", type=click.IntRange(10, 10_000), default=500, show_default=True, help="Images held out.")
@click.option("--size", default="28x28", show_default=True, help="HEIGHTxWIDTH of the images.")
@click.option("--epochs", type=click.IntRange(1, 100), default=4, show_default=True, help="Passes over all images.")
@network_options
@training_options
@click.option("--learning-rate", help="Decimal; default: one that suits model and optimiser.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=_RESULTS, show_default=True,
              help="Where model, exports, contact sheet and log proof go.")  # fmt: skip
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path), help="Keep the whole deployment here.")
@click.option("--json", "json_path", type=click.Path(dir_okay=False, path_type=Path), help="Write the report here.")
def demo(out: Path, keep: Path | None, json_path: Path | None, **options: Any) -> None:
    """Take real images the whole way on this machine, with every part real.

    Starts a log node and the servers A and B (with --preparation helper a helper too) as processes with mutual TLS;
    two owners split their images, upload the shares, and train one model that neither server can read. Compares it with
    the same training in the clear. Nothing is left running afterwards.

    \b
    Example:
      imguard demo
      imguard demo --model mlp --hidden 128,128 --extractor none --k 1
      imguard demo --data my-images --size 32x32 --images 500 --keep demo-state --json report.json
    """
    height, width = parse_size(options["size"])
    project = partial(chosen_project, options, (height, width))
    # Options that exclude each other are told of before anything is started.
    project(LEAST_CLASSES)
    plan = Plan(options["data"], options["images"], options["tests"], height, width, project)
    if keep is not None and keep.exists() and any(keep.iterdir()):
        raise Conflict(f"{keep} is not empty; choose a new folder for --keep.")
    console = Console(stderr=True)
    out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="imguard-demo-")))
        deployment = LocalDeployment(
            keep or work / "deployment",
            say=lambda line: console.print(line, highlight=False),
            helper=options["preparation"] == "helper",
        )
        with StageBoard(console) as board:
            stages = Demo(plan, deployment, (work, out.absolute()), board)
            material = stages.read()
            with deployment:
                outcome = stages.run(*material)
        value = as_json(outcome, board, len(deployment.leftover_processes()))
    if json_path is not None:
        write_atomic(json_path, json.dumps(value, indent=1).encode())
    click.echo(as_text(value))
    if keep is not None:
        click.echo(f"deployment    {keep}: `imguard poc up --dir {keep}` starts it again")


def chosen_project(options: Mapping[str, Any], size: tuple[int, int], classes: int) -> ProjectOptions:
    """The project the options stand for with images of a size in so many classes, without data sets."""
    copied = {name: options[name] for name in _COPIED}
    return ProjectOptions(name="demo", datasets=(), **network_of(options, size, classes), **copied)
