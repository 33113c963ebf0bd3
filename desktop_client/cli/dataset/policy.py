"""`imguard policy`: what the operators of both servers allow, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import click

from desktop_client.cli.context import Session, emit, json_option, table
from desktop_client.cli.dataset.looking import tell
from desktop_client.plain import plain
from desktop_client.upload.client import NodeClient
from desktop_client.upload.datasets.overview import given, sides

_GIB: Final = 1 << 30
_RULES: Final = (
    ("jobs start", ("hours",)),
    ("time zone", ("time_zone",)),
    ("jobs may start now", ("open",)),
    ("largest image, pixels", ("datasets", "largest_image_pixels")),
    ("images of a data set", ("datasets", "images_per_dataset")),
    ("size of a data set", ("datasets", "dataset_bytes")),
    ("models", ("projects", "models")),
    ("preparations", ("projects", "preparations")),
    ("extractors", ("projects", "extractors")),
    ("epochs", ("projects", "largest_epochs")),
    ("stored by yours, at most", ("quota", "stored_bytes")),
    ("stored by yours now", ("used", "stored_bytes")),
    ("data sets of yours, at most", ("quota", "datasets")),
    ("data sets of yours now", ("used", "datasets")),
    ("jobs of yours at a time", ("quota", "running_jobs")),
    ("jobs of yours a day", ("quota", "jobs_per_day")),
)


@click.command("policy")
@json_option
@click.pass_obj
def policy_command(session: Session, as_json: bool) -> None:
    """What the operators of both servers allow, and what your organisation has of its quota. A project needs both.

    \b
    Example:
      imguard policy
    """
    found = session.run(lambda nodes: sides(nodes, NodeClient.policy))
    tell(session, found)
    answers = given(found)
    rows = [(label, *(shown(answer, path) for answer in answers.values())) for label, path in _RULES]
    lines = [table(("RULE", *(f"SERVER {role.upper()}" for role in answers)), rows)]
    for role, answer in answers.items():
        if answer.get("problem"):
            lines.append(plain(f"server {role.upper()}: older rules are in force: {answer['problem']}"))
        if answer.get("open") is False:
            lines.append(plain(f"server {role.upper()}: jobs start again at {answer.get('opens_at')}"))
    emit(answers, as_json, "\n".join(lines))


def shown(answer: Mapping[str, Any], path: tuple[str, ...]) -> str:
    """A rule in words; no rule is any."""
    value: Any = answer
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    if value is None or value == [] and path == ("hours",):
        return "any" if path != ("hours",) else "at any time"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(plain(one) for one in value) or "none"
    if path[-1].endswith("_bytes") and isinstance(value, int):
        return f"{value / _GIB:.3g} GiB"
    return plain(value)
