"""`imguard dataset list|show|history|uses`: what both servers have and know of data sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from common.errors import AppError
from desktop_client.cli.context import DATASET, Session, emit, find_id, json_option, table
from desktop_client.plain import plain
from desktop_client.upload.client import NodeClient, Nodes
from desktop_client.upload.datasets.deletion import DELETE, DISABLE, read_uses
from desktop_client.upload.datasets.overview import Filter, Sides, given, merged, refusals, sides

_VISIBILITIES = ("private", "shared", "public")
_STATES = ("uploading", "received", "usable", "mismatched")


@click.command("list")
@click.option("--mine", is_flag=True, help="Your own only.")
@click.option("--owner", metavar="USER", help="Of this owner only.")
@click.option("--tag", "tags", multiple=True, help="With this tag; may be repeated, then with all of them.")
@click.option("--visibility", type=click.Choice(_VISIBILITIES), help="With this visibility.")
@click.option("--state", type=click.Choice(_STATES), help="In this state.")
@click.option("--name", help="Whose name holds this text.")
@click.option("--enabled/--disabled", "enabled", default=None, help="Switched on or off by their owners.")
@json_option
@click.pass_obj
def list_command(session: Session, /, as_json: bool, **options: Any) -> None:
    """Data sets you can see: your own, those shared with you, public ones.

    \b
    Example:
      imguard dataset list
      imguard dataset list --mine --tag lungs --enabled
    """
    if options.pop("mine"):
        options["owner"] = session.profile.user().name
    found = session.run(lambda nodes: sides(nodes, NodeClient.datasets))
    tell(session, found)
    lists = given(found)
    rows = merged(lists, Filter(**options))
    cells = [
        (d["id"], d.get("name"), d.get("owner"), d.get("count"), _state(d), d.get("visibility"), _joined(d.get("tags")))
        for d in rows
    ]
    emit(rows, as_json, table(("ID", "NAME", "OWNER", "IMAGES", "STATE", "FOR", "TAGS"), cells))


@click.command("show")
@click.argument("dataset")
@json_option
@click.pass_obj
def show_command(session: Session, dataset: str, as_json: bool) -> None:
    """One data set as both servers have it; DATASET is its id or the beginning of it.

    \b
    Example:
      imguard dataset show 3f2a90c1
    """
    found = session.run(lambda nodes: _show(nodes, dataset))
    tell(session, found)
    answers = given(found)
    newest = max(answers.values(), key=lambda one: one.get("version", 0))
    lines = [f"{name:<12} {plain(newest.get(name))}" for name in ("id", "name", "owner", "count", "shape")]
    lines += [f"{'classes':<12} {_classes(newest)}", f"{'for':<12} {_audience(newest)}"]
    lines += [f"{'tags':<12} {_joined(newest.get('tags'))}", f"{'description':<12} {plain(newest.get('description'))}"]
    for role, one in answers.items():
        missing = len(one.get("missing") or [])
        switched = "on" if one.get("enabled", True) else "off"
        state = f"{plain(one.get('state'))}, switched {switched}, settings {plain(one.get('version'))}"
        lines.append(f"{'server ' + role.upper():<12} {state}, {missing} chunks missing")
    if len({one.get("version") for one in answers.values()}) > 1:
        lines.append(f"The servers have different settings; run `imguard dataset repair {newest.get('id')}`.")
    emit({role: answers.get(role) for role in ("a", "b")}, as_json, "\n".join(lines))


@click.command("history")
@click.argument("dataset")
@json_option
@click.pass_obj
def history_command(session: Session, dataset: str, as_json: bool) -> None:
    """What happened to a data set of yours at each server: who did it, when, and what changed.

    Of a data set that was deleted give the whole id.

    \b
    Example:
      imguard dataset history 3f2a90c1
    """

    async def ask(nodes: Nodes) -> Sides[list[dict[str, Any]]]:
        full = await find_id(nodes, dataset, DATASET)
        return await sides(nodes, lambda node: node.dataset_history(full))

    found = session.run(ask)
    tell(session, found)
    events = [(role, event) for role, all_of in given(found).items() for event in all_of]
    events.sort(key=lambda pair: str(pair[1].get("time")))
    rows = [(e.get("time"), role.upper(), e.get("actor"), e.get("kind"), _facts(e)) for role, e in events]
    emit(given(found), as_json, table(("TIME", "SERVER", "WHO", "WHAT", ""), rows))


@click.command("uses")
@click.argument("dataset")
@json_option
@click.pass_obj
def uses_command(session: Session, dataset: str, as_json: bool) -> None:
    """Projects and unfinished jobs with a data set of yours, and what becomes of them without it.

    \b
    Example:
      imguard dataset uses 3f2a90c1
    """

    async def ask(nodes: Nodes) -> Any:
        return await read_uses(nodes, await find_id(nodes, dataset, DATASET))

    found = session.run(ask)
    lines = ["If you switch it off, or withdraw a consent:", *(f"  {line}" for line in found.lines(DISABLE))]
    lines += ["If you delete it:", *(f"  {line}" for line in found.lines(DELETE))]
    emit({"projects": found.projects, "jobs": found.jobs}, as_json, "\n".join(lines))


def tell(session: Session, answers: Sides[Any]) -> None:
    """Say which server did not answer; what the other one says is shown all the same."""
    for role, error in refusals(answers).items():
        session.say(f"server {role.upper()}: {plain(error)}")


async def _show(nodes: Nodes, dataset: str) -> dict[str, dict[str, Any] | AppError]:
    full = await find_id(nodes, dataset, DATASET)
    return await sides(nodes, lambda node: node.dataset(full))


def _state(one: Mapping[str, Any]) -> str:
    """The state at both servers in a few words."""
    states = one["servers"]
    if one["agree"]:
        return plain(one.get("state")) + ("" if one.get("enabled", True) else ", off")
    return ", ".join(f"{plain(state or 'absent')} at {role.upper()}" for role, state in states.items())


def _classes(one: Mapping[str, Any]) -> str:
    names, counts = one.get("classes"), one.get("class_counts")
    if not isinstance(names, list):
        return ""
    if not isinstance(counts, list) or len(counts) != len(names):
        return _joined(names)
    return ", ".join(f"{plain(name)} ({plain(count)})" for name, count in zip(names, counts, strict=True))


def _audience(one: Mapping[str, Any]) -> str:
    with_whom = f" with {_joined(one.get('shared_with'))}" if one.get("visibility") == "shared" else ""
    return plain(one.get("visibility")) + with_whom


def _joined(names: object) -> str:
    return ", ".join(plain(name) for name in names) if isinstance(names, list) else ""


def _facts(event: Mapping[str, Any]) -> str:
    """What changed, of an event that changed something."""
    facts = event.get("facts")
    changes = facts.get("changes") if isinstance(facts, dict) else None
    if not isinstance(changes, list):
        return ""
    return "; ".join(
        f"{plain(c.get('field'))}: {plain(c.get('before'))} -> {plain(c.get('after'))}"
        for c in changes
        if isinstance(c, dict)
    )
