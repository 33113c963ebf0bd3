"""``imguard-server policy``: look at the policy file before the node reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from common.errors import ConfigError
from server_node.policy.policy import FILE_NAME, read_rules
from server_node.policy.rules import GIB, Quota, Rules


@click.group()
def policy() -> None:
    """What the operator of this server allows, whatever a project wants."""


@policy.command()
@click.option(
    "--dir", "folder", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder of this node."
)
@click.option("--file", "path", type=click.Path(path_type=Path, dir_okay=False), help="Check this file instead.")
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object for programs.")
def check(folder: Path, path: Path | None, as_json: bool) -> None:
    """Read the policy file, say what it allows, or which line cannot be used.

    \b
    Example:
      imguard-server policy check --dir /srv/imageguard/a
      imguard-server policy check --dir /srv/imageguard/a --file new-policy.toml
    """
    if not folder.is_dir():
        raise ConfigError(f"There is no folder {folder}.")
    chosen = path or folder / FILE_NAME
    is_there = path is not None or chosen.exists()
    rules = read_rules(chosen) if is_there else Rules()
    if as_json:
        quotas = {"quota": rules.quota.as_dict()}
        named = {name: quota.as_dict() for name, quota in rules.organisations.items()}
        click.echo(json.dumps({"file": is_there, **rules.as_dict(), **quotas, "organisations": named}))
        return
    click.echo("\n".join(lines(rules)) if is_there else f"There is no {FILE_NAME}: everything is allowed.")


def lines(rules: Rules) -> Iterator[str]:
    """The rules for people, a line each."""
    zone = rules.zone.key if rules.zone else "this machine's time zone"
    yield f"jobs start           {', '.join(s.text for s in rules.hours) or 'at any time'} ({zone})"
    yield f"image                {_at_most(rules.image_pixels, 'pixels')}"
    yield f"data set             {_at_most(rules.images, 'images')}, {_in_gib(rules.dataset_bytes)}"
    yield f"models               {_names(rules.models)}"
    yield f"preparations         {_names(rules.preparations)}"
    yield f"extractors           {_names(rules.extractors)}"
    yield f"training             {_at_most(rules.epochs, 'epochs')}"
    yield f"each organisation    {_quota(rules.quota)}"
    for name, quota in sorted(rules.organisations.items()):
        yield f"{name!r}: {_quota(quota)}"


def _quota(quota: Quota) -> str:
    stored = f"{_in_gib(quota.stored_bytes)} stored"
    jobs = f"{_at_most(quota.running_jobs, 'jobs running')}, {_at_most(quota.jobs_per_day, 'jobs a day')}"
    return f"{stored}, {_at_most(quota.datasets, 'data sets')}, {jobs}"


def _at_most(limit: int | None, unit: str) -> str:
    return f"any number of {unit}" if limit is None else f"at most {limit} {unit}"


def _in_gib(limit: int | None) -> str:
    return "any number of GiB" if limit is None else f"at most {limit / GIB:g} GiB"


def _names(allowed: Any) -> str:
    return "any" if allowed is None else ", ".join(allowed) or "none"
