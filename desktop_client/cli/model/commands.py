"""`imguard model`: put the trained model together, test it on your own images, export it."""

from __future__ import annotations

from pathlib import Path

import click

from desktop_client.cli.context import Session, emit, json_option
from desktop_client.cli.job import full_job
from desktop_client.cli.model.asking import answer_command, forget_command, query_command
from desktop_client.cli.model.scores import scores_text, scores_value
from desktop_client.offline_plugin.encode import FITS, Encoding
from desktop_client.offline_plugin.plugin import Hooks, ReadOptions, read_images
from desktop_client.plain import plain
from desktop_client.reveal.combine import Model, read_model, write_model
from desktop_client.reveal.evaluate import evaluate, predict
from desktop_client.reveal.exports.libraries import ONNX, TORCH, find_exporter
from desktop_client.reveal.fetch import fetch_model
from desktop_client.reveal.network import build_network
from desktop_client.upload.client import Nodes
from desktop_client.upload.projects.jobs import agreed_for

_model_argument = click.argument("model", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group("model")
def group() -> None:
    """Fetch, test and export trained models, or ask the servers without having one.

    \b
    Example:
      imguard model query 71ffa0c3 --data test-films
      imguard model fetch 71ffa0c3 --out model.igm
      imguard model test model.igm --data test-films
      imguard model export model.igm --onnx model.onnx
    """


for _command in (query_command, answer_command, forget_command):
    group.add_command(_command)


@group.command("fetch")
@click.argument("job")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Where the model goes.")
@json_option
@click.pass_obj
def fetch_command(session: Session, job: str, out: Path, as_json: bool) -> None:
    """Fetch both sealed shares of a finished job, open them with your keys and add them.

    The file holds the model in the clear; only you can read it. The servers never see it.

    \b
    Example:
      imguard model fetch 71ffa0c3 --out model.igm
    """
    keys = session.keys()

    async def work(nodes: Nodes) -> Model:
        full = await full_job(nodes, job)
        specification, _ = await agreed_for(nodes, session.profile.deployment(), full)
        # Sealed to the key that the specification names, which may have been rotated since.
        member = specification.member(session.profile.user().name) or {}
        key = keys.opener(str(member.get("seal_key")))
        return await fetch_model(nodes.a, nodes.b, (full, specification.hash), key)

    model = session.run(work)
    write_model(out, model)
    value = {
        "job": model.header["job"],
        "file": str(out),
        "parameters": model.parameters,
        "epoch": model.header["epoch"],
        "tensors": model.header["tensors"],
    }
    emit(value, as_json, f"{out}: {model.parameters} parameters after epoch {model.header['epoch']}")


@group.command("test")
@_model_argument
@click.option("--data", required=True, type=click.Path(exists=True, path_type=Path), help="Folder per class, or CSV.")
@click.option("--fit", type=click.Choice(FITS), default=FITS[0], show_default=True, help="Whole picture, or centre.")
@click.option("--limit", type=click.IntRange(min=1), help="Use only so many images.")
@json_option
@click.pass_obj
def test_command(session: Session, model: Path, data: Path, fit: str, limit: int | None, as_json: bool) -> None:
    """Test a model on labelled images of your own, on this machine.

    Prints the accuracy with a confidence interval, precision, recall, F1 and AUC of each class (area under the ROC
    curve), and the confusion matrix.

    \b
    Example:
      imguard model test model.igm --data test-films
    """
    network = build_network(read_model(model))
    height, width, channels = network.shape
    encoding = Encoding(height, width, channels, network.bits, fit)
    with session.progress("read", "images", as_json) as step:
        images = read_images(data, ReadOptions(encoding, network.classes), Hooks(progress=step), limit)
    with session.progress("test", "images", as_json) as step:
        logits = predict(network, images.array, step)
    for refusal in images.refused[:20]:
        session.say(plain(f"left out: {refusal.file}: {refusal.reason}"))
    result = evaluate(network, logits, images.labels)
    emit(scores_value(result, len(images.labels)), as_json, scores_text(result, len(images.labels)))


@group.command("export")
@_model_argument
@click.option("--onnx", "onnx_path", type=click.Path(dir_okay=False, path_type=Path), help="Write an ONNX model here.")
@click.option(
    "--torch", "torch_path", type=click.Path(dir_okay=False, path_type=Path), help="Write a state dictionary."
)
@json_option
@click.pass_obj
def export_command(
    session: Session, model: Path, onnx_path: Path | None, torch_path: Path | None, as_json: bool
) -> None:
    """Write a model for other tools. Each file is kept only if the other tool predicts the same as ImageGuard.

    \b
    Example:
      imguard model export model.igm --onnx model.onnx --torch model.pt
    """
    if onnx_path is None and torch_path is None:
        raise click.UsageError("Say at least one of --onnx and --torch.")
    network = build_network(read_model(model))
    written = []
    if onnx_path is not None:
        find_exporter(ONNX)(onnx_path, network)
        written.append(str(onnx_path))
    if torch_path is not None:
        find_exporter(TORCH)(torch_path, network)
        written.append(str(torch_path))
    emit({"files": written}, as_json, "\n".join(f"{path}: same predictions, checked" for path in written))
