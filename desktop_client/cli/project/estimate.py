"""`imguard estimate`: minutes, traffic and disk of a job, before anybody signs anything."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any, Final

import click

from common.errors import NotFound, UsageError
from desktop_client.cli.context import DATASET, DRAFT, PROJECT, Session, emit, find_id, json_option, table
from desktop_client.cli.project.choices import chosen_network, network_options, training_options
from desktop_client.cli.project.opening import open_project
from desktop_client.plain import plain
from desktop_client.upload.client import Nodes
from desktop_client.upload.preflight.estimate import (
    DatasetSize,
    Estimate,
    SourceEstimate,
    Why,
    estimate,
    estimate_outline,
)
from desktop_client.upload.projects.drafts import fetch_draft
from desktop_client.upload.projects.options import DEFAULT_RATES, ProjectOptions, outline_of

_SHAPE: Final = re.compile(r"([0-9]{1,4})x([0-9]{1,4})(?:x([0-9]{1,4}))?")
_WORDS: Final = {
    Why.NONE_ALLOWED: "no server allows any of them",
    Why.ONLY_ONE: "it is the only one that both servers allow",
    Why.FASTER: "it takes the least time",
    Why.AS_FAST: "it takes about as long as the fastest, and rests on fewer assumptions",
    Why.SHORT: "it needs nobody but the two servers, and takes less than an hour",
    Why.NOT_MUCH_SLOWER: "it needs nobody but the two servers, and the others do not save much",
    Why.SAVES_TIME: "it saves much time; a third organisation must be trusted not to work with a server",
}


@click.command("estimate")
@click.argument("what", required=False)
@click.option("--dataset", "datasets", multiple=True, metavar="ID", help="May be repeated.")
@click.option("--images", type=click.IntRange(1), help="A data set that is not uploaded yet: how many images.")
@click.option("--shape", metavar="HxW[xC]", default="28x28", show_default=True, help="With --images: height and width.")
@click.option("--classes", type=click.IntRange(1), default=2, show_default=True, help="With --images.")
@click.option("--bits", type=click.Choice(["8", "12", "16"]), default="8", show_default=True, help="With --images.")
@network_options
@click.option("--mask/--no-mask", default=None, help="Random sign mask; default: on unless the extractor is none.")
@click.option("--epochs", type=int, default=4, show_default=True, help="Passes over all images.")
@click.option("--batch", type=int, default=64, show_default=True, help="Images per step.")
@training_options
@click.option("--learning-rate", help="Decimal; changes no cost.")
@click.option("--validation", type=int, default=128, show_default=True, help="Images kept back to measure with.")
@json_option
@click.pass_obj
def estimate_command(session: Session, /, what: str | None, as_json: bool, **options: Any) -> None:
    """What a job would cost, with each way to prepare it. WHAT is a project or a draft; without it options say what.

    Both servers count what the job takes and measure their machines; the slower one decides. Nothing is started. The
    first time of a day takes some seconds longer.

    \b
    Example:
      imguard estimate 5b1c22d9
      imguard estimate --dataset 3f2a90c1 --model mlp --hidden 128,128 --epochs 8
      imguard estimate --images 60000 --shape 28x28 --classes 10 --model lenet
    """
    if (what is None) == (not options["datasets"] and options["images"] is None):
        raise UsageError("Name a project or a draft, or give --dataset or --images.")
    found = session.run(lambda nodes: _ask(nodes, session, what, options))
    emit(as_value(found), as_json, "\n".join(lines(found)))


async def _ask(nodes: Nodes, session: Session, what: str | None, options: dict[str, Any]) -> Estimate:
    deployment, user = session.profile.deployment(), session.profile.user()
    if what is None:
        options["learning_rate"] = options["learning_rate"] or DEFAULT_RATES[options["optimizer"]]
        planned = [_planned(options)] if options["images"] is not None else []
        chosen = {**options, **chosen_network(options)}
        for name in ("network", "images", "shape", "classes", "bits"):
            del chosen[name]
        chosen["datasets"] = tuple([await find_id(nodes, one, DATASET) for one in options["datasets"]])
        outline = outline_of(ProjectOptions(name="estimate", **chosen))
        return await estimate_outline(nodes, deployment, user, outline, planned)
    try:
        specification, _ = await open_project(nodes, session, await find_id(nodes, what, PROJECT))
    except NotFound:
        draft = await fetch_draft(nodes, await find_id(nodes, what, DRAFT))
        return await estimate_outline(nodes, deployment, user, draft.outline)
    return await estimate(nodes, specification)


def _planned(options: dict[str, Any]) -> DatasetSize:
    found = _SHAPE.fullmatch(options["shape"])
    if found is None:
        raise UsageError(f"--shape is height x width, such as 28x28 or 64x64x3, not {options['shape']!r}.")
    height, width, channels = int(found[1]), int(found[2]), int(found[3] or 1)
    return DatasetSize(options["images"], height, width, channels, int(options["bits"]), options["classes"])


def as_value(found: Estimate) -> dict[str, Any]:
    """For programs."""
    sums = {one.name: {"bytes_sent": one.bytes_sent, "disk_bytes": one.disk_bytes} for one in found.sources}
    value = asdict(found)
    value["sources"] = [{**one, **sums[one["name"]]} for one in value["sources"]]
    value["recommendation"]["reason"] = _WORDS[found.recommendation.why]
    return value


def lines(found: Estimate) -> list[str]:
    """For people: a table of every source, and which to take."""
    link = "both servers on one machine"
    if found.round_trip_ms is not None and found.mb_per_s is not None:
        link = f"{found.round_trip_ms:.1f} ms and {found.mb_per_s:.0f} MB/s between the servers"
    to_a, to_b = found.upload_bytes
    shown = [
        f"images      {found.images}, {found.trained} of them trained on; {found.steps} steps",
        f"upload      {size(to_a)} to A, {size(to_b)} to B, by the owners together",
        f"link        {link}",
    ]
    for source in found.sources:
        shown += ["", *_source_lines(source, found.start_seconds)]
    return [*shown, "", _advice(found)]


def _source_lines(source: SourceEstimate, start: float) -> list[str]:
    if source.refusal:
        return [f"{plain(source.name)}: cannot be used. {plain(source.refusal)}"]
    rows: list[tuple[Any, ...]] = [("start", duration(start), "", "")]
    for stage in source.stages:
        rows.append((stage.stage.value, duration(stage.seconds), size(stage.bytes_sent), size(stage.disk_bytes)))
    rows.append(("all", duration(source.seconds), size(source.bytes_sent), size(source.disk_bytes)))
    return [f"{plain(source.name)}:", table(("STAGE", "TIME", "TRAFFIC", "DISK A SERVER"), rows)]


def _advice(found: Estimate) -> str:
    chosen = found.recommendation
    return f"recommended {plain(chosen.source or 'none')}: {_WORDS[chosen.why]}"


def duration(seconds: float) -> str:
    """Seconds, minutes or hours, as coarse as an estimate is."""
    if seconds < 90:
        return f"{seconds:.0f} s" if seconds >= 1 else "< 1 s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def size(count: int) -> str:
    """Bytes in the largest unit of which there is one."""
    for unit, name in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (1000, "kB")):
        if count >= unit:
            return f"{count / unit:.3g} {name}"
    return f"{count} B" if count else "-"
