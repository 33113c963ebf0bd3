"""`imguard dataset split|upload`: from a folder of images to shares at two servers."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from common.crypto.rng import SystemRandom
from common.errors import UsageError
from desktop_client.cli.context import Session, emit, json_option
from desktop_client.offline_plugin.encode import FITS, Encoding
from desktop_client.offline_plugin.plugin import Hooks, ReadOptions, SplitKeys, SplitOptions, SplitReport, split_images
from desktop_client.plain import plain
from desktop_client.upload.transfer import Uploaded, open_dataset, upload

_SHOWN_REFUSALS = 20


def parse_size(value: str) -> tuple[int, int]:
    """Height and width from ``HxW``.

    Raises:
        UsageError: another form.
    """
    found = re.fullmatch(r"(\d{1,5})x(\d{1,5})", value)
    if not found:
        raise UsageError("A size has the form HEIGHTxWIDTH, such as 28x28.")
    return int(found[1]), int(found[2])


def parse_classes(value: str | None) -> tuple[str, ...] | None:
    """Class names from a text with commas; None stands for the names found."""
    return tuple(name.strip() for name in value.split(",")) if value else None


def parse_window(value: str | None) -> tuple[float, float] | None:
    """Centre and width from ``CENTRE,WIDTH``, such as -600,1500; None stands for each file's own.

    Raises:
        UsageError: another form, or a width below 1.
    """
    if value is None:
        return None
    found = re.fullmatch(r"(-?\d{1,6}(?:\.\d{1,6})?),(\d{1,6}(?:\.\d{1,6})?)", value)
    if not found or float(found[2]) < 1:
        raise UsageError("A window has the form CENTRE,WIDTH, such as -600,1500; its width is at least 1.")
    return float(found[1]), float(found[2])


@click.command("split")
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="New folder for manifest and bundles.")
@click.option("--name", required=True, help="Name of the data set; both servers see it.")
@click.option("--size", required=True, help="HEIGHTxWIDTH every image is brought to, such as 28x28.")
@click.option("--channels", type=click.Choice(["1", "3"]), default="1", show_default=True, help="Grey or colour.")
@click.option("--bits", type=click.Choice(["8", "16"]), default="8", show_default=True, help="Bits of a pixel.")
@click.option("--fit", type=click.Choice(FITS), default=FITS[0], show_default=True, help="Whole picture, or centre.")
@click.option("--window", metavar="CENTRE,WIDTH", help="Range of a DICOM file's values, instead of its own.")
@click.option("--classes", help="Class names in order, with commas; all owners of a project need the same.")
@click.option("--share-with", multiple=True, metavar="USER", help="Who may use it in a project; may be repeated.")
@click.option("--public", is_flag=True, help="Everybody of the deployment may use it in a project.")
@click.option("--tag", "tags", multiple=True, help="May be repeated.")
@click.option("--description", default="", help="Free text; both servers see it.")
@json_option
@click.pass_obj
def split_command(session: Session, /, source: Path, out: Path, as_json: bool, **options: Any) -> None:
    """Split images into two secret shares, on this machine and without any network.

    SOURCE is a folder with one folder per class, or a CSV file of file and label. What cannot be used is listed with
    the reason and left out. Each share alone is random noise and is sealed to one server.

    \b
    Example:
      imguard dataset split films --out split --name films --size 64x64 --classes healthy,ill
      imguard dataset split labels.csv --out split --name films --size 64x64 --share-with bob
    """
    user, deployment, keys = session.profile.user(), session.profile.deployment(), session.keys()
    height, width = parse_size(options["size"])
    if options["public"] and options["share_with"]:
        raise UsageError("A data set is either --public or shared with named users.")
    encoding = Encoding(height, width, int(options["channels"]), int(options["bits"]), options["fit"])
    shared = "shared" if options["share_with"] else "private"
    split_options = SplitOptions(
        read=ReadOptions(encoding, parse_classes(options["classes"]), window=parse_window(options["window"])),
        name=options["name"],
        owner=user.name,
        created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        visibility="public" if options["public"] else shared,
        shared_with=tuple(options["share_with"]),
        tags=tuple(options["tags"]),
        description=options["description"],
    )
    split_keys = SplitKeys(keys.signing, deployment.node("a").seal_key, deployment.node("b").seal_key)
    with session.progress("split", "images", as_json) as step:
        report = split_images(source, split_options, split_keys, out, SystemRandom(), Hooks(progress=step))
    for refusal in report.refused[:_SHOWN_REFUSALS]:
        session.say(plain(f"left out: {refusal.file}: {refusal.reason}"))
    if len(report.refused) > _SHOWN_REFUSALS:
        session.say(f"left out: {len(report.refused) - _SHOWN_REFUSALS} more; --json lists all")
    emit(_split_value(report), as_json, _split_text(report, out))


@click.command("upload")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@json_option
@click.pass_obj
def upload_command(session: Session, folder: Path, as_json: bool) -> None:
    """Send a split data set to both servers at the same time and keep their signed receipts in the profile.

    If the upload is cut off, run the same command again: it continues at the first chunk a server does not have.

    \b
    Example:
      imguard dataset upload split
    """
    deployment = session.profile.deployment()
    seal_keys = (deployment.node("a").seal_key, deployment.node("b").seal_key)
    dataset = open_dataset(folder, session.profile.user(), seal_keys)
    with session.progress("upload", "bytes", as_json) as step:
        done = session.run(lambda nodes: upload(nodes, session.profile, dataset, step))
    value = {"dataset": done.dataset, "states": list(done.states), "bytes": [r.bytes for r in done.receipts]}
    emit(value, as_json, _upload_text(done))


def _split_value(report: SplitReport) -> dict[str, Any]:
    return {
        "dataset": report.dataset_id,
        "count": report.count,
        "classes": dict(zip(report.classes, report.class_counts, strict=True)),
        "refused": [{"name": refusal.file, "reason": refusal.reason} for refusal in report.refused],
        "bytes": {"a": report.bytes_a, "b": report.bytes_b},
        "manifest": str(report.manifest_path),
    }


def _split_text(report: SplitReport, out: Path) -> str:
    per_class = ", ".join(f"{n} {c}" for n, c in zip(report.classes, report.class_counts, strict=True))
    lines = [
        f"data set  {report.dataset_id}",
        f"images    {report.count} ({per_class}), {len(report.refused)} left out",
        f"bytes     {report.bytes_a} for server A, {report.bytes_b} for server B",
        f"Next: imguard dataset upload {out}",
    ]
    return "\n".join(lines)


def _upload_text(done: Uploaded) -> str:
    state = done.states[0] if done.states[0] == done.states[1] else f"{done.states[0]} at A, {done.states[1]} at B"
    chunks, size = done.receipts[0].chunks, sum(receipt.bytes for receipt in done.receipts)
    return f"data set  {done.dataset}\nstate     {state}\nreceipts  2, for {chunks} chunks and {size} bytes in all"
