"""`imguard dataset edit|share|enable|disable|repair`: settings that the owner signs and both servers take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from common.errors import UsageError
from common.sharing.settings import changes_between
from desktop_client.cli.context import DATASET, Session, confirm, emit, find_id, json_option, yes_option
from desktop_client.cli.dataset.looking import tell
from desktop_client.plain import plain
from desktop_client.upload.client import Nodes
from desktop_client.upload.datasets.deletion import DISABLE, read_uses
from desktop_client.upload.datasets.overview import Sides
from desktop_client.upload.datasets.settings import (
    Held,
    Outcome,
    change,
    in_step,
    newest,
    read_both,
    repair,
    require_owner,
)

Edit = Callable[[Held], dict[str, Any]]


@click.command("edit")
@click.argument("dataset")
@click.option("--description", help="New text; an empty one removes it.")
@click.option("--tag", "tags", multiple=True, help="Add a tag; may be repeated.")
@click.option("--untag", "untags", multiple=True, help="Remove a tag; may be repeated.")
@click.option("--class-counts", metavar="N,N,...", help="Images of each class, in the order of the classes.")
@click.option("--no-class-counts", is_flag=True, help="Say no longer how many images each class has.")
@yes_option
@json_option
@click.pass_obj
def edit_command(session: Session, /, dataset: str, yes: bool, as_json: bool, **options: Any) -> None:
    """Change what is said about a data set of yours.

    \b
    Example:
      imguard dataset edit 3f2a90c1 --tag lungs --description "Films of 2025"
      imguard dataset edit 3f2a90c1 --class-counts 800,200
    """
    if options["class_counts"] and options["no_class_counts"]:
        raise UsageError("Give --class-counts or --no-class-counts, not both.")

    def edit(held: Held) -> dict[str, Any]:
        changes: dict[str, Any] = {}
        if options["description"] is not None:
            changes["description"] = options["description"].strip()
        if options["tags"] or options["untags"]:
            kept = [tag for tag in held.settings.tags if tag not in options["untags"]]
            changes["tags"] = tuple(dict.fromkeys([*kept, *options["tags"]]))
        if options["class_counts"] or options["no_class_counts"]:
            changes["class_counts"] = parse_counts(options["class_counts"]) if options["class_counts"] else None
        return changes

    _apply(session, dataset, edit, yes, as_json)


@click.command("share")
@click.argument("dataset")
@click.option("--with", "names", multiple=True, metavar="USER", help="Share with this user, too; may be repeated.")
@click.option("--not-with", "without", multiple=True, metavar="USER", help="No longer with this user; may be repeated.")
@click.option("--public", is_flag=True, help="Everybody of the deployment may use it in a project.")
@click.option("--private", is_flag=True, help="Nobody else may use it in a project.")
@yes_option
@json_option
@click.pass_obj
def share_command(session: Session, /, dataset: str, yes: bool, as_json: bool, **options: Any) -> None:
    """Say who may use a data set of yours in a project. Every project still needs your consent.

    A project whose owner may not see the data set any more starts no new job.

    \b
    Example:
      imguard dataset share 3f2a90c1 --with bob --with carol
      imguard dataset share 3f2a90c1 --private
    """
    named = bool(options["names"] or options["without"])
    if named + options["public"] + options["private"] != 1:
        raise UsageError("Give --with or --not-with, or --public, or --private.")

    def edit(held: Held) -> dict[str, Any]:
        if not named:
            return {"visibility": "public" if options["public"] else "private", "shared_with": ()}
        people = [name for name in held.settings.shared_with if name not in options["without"]]
        people = list(dict.fromkeys([*people, *options["names"]]))
        return {"visibility": "shared" if people else "private", "shared_with": tuple(people)}

    _apply(session, dataset, edit, yes, as_json)


@click.command("enable")
@click.argument("dataset")
@yes_option
@json_option
@click.pass_obj
def enable_command(session: Session, dataset: str, yes: bool, as_json: bool) -> None:
    """Switch a data set of yours on again: jobs may use it where you have consented.

    \b
    Example:
      imguard dataset enable 3f2a90c1
    """
    _apply(session, dataset, lambda held: {"enabled": True}, yes, as_json)


@click.command("disable")
@click.argument("dataset")
@yes_option
@json_option
@click.pass_obj
def disable_command(session: Session, dataset: str, yes: bool, as_json: bool) -> None:
    """Switch a data set of yours off: no new job may use it until you switch it on again. Nothing is deleted.

    \b
    Example:
      imguard dataset disable 3f2a90c1
    """

    async def ask(nodes: Nodes) -> Any:
        return await read_uses(nodes, await find_id(nodes, dataset, DATASET))

    for line in session.run(ask).lines(DISABLE):
        session.show(line)
    confirm("Switch this data set off?", yes)
    _apply(session, dataset, lambda held: {"enabled": False}, yes, as_json)


@click.command("repair")
@click.argument("dataset")
@yes_option
@json_option
@click.pass_obj
def repair_command(session: Session, dataset: str, yes: bool, as_json: bool) -> None:
    """Bring the settings of a data set of yours into step, after one of the servers could not be reached.

    \b
    Example:
      imguard dataset repair 3f2a90c1
    """
    keys = session.keys()

    async def ask(nodes: Nodes) -> tuple[str, Sides[Held]]:
        full = await find_id(nodes, dataset, DATASET)
        return full, await read_both(nodes, full, keys.signing.verify_key)

    full, found = session.run(ask)
    best = newest(found)
    require_owner(best, session.profile.user().name)
    if not in_step(found):
        _show_signed(session, best, {}, yes)
    outcome = session.run(lambda nodes: repair(nodes, keys, full, found))
    _finish(full, outcome, as_json)


def parse_counts(value: str) -> tuple[int, ...]:
    """Numbers from a text with commas.

    Raises:
        UsageError: something else.
    """
    parts = [part.strip() for part in value.split(",")]
    if not all(part.isascii() and part.isdigit() and len(part) <= 12 for part in parts):
        raise UsageError("Counts have the form 800,200: whole numbers with commas.")
    return tuple(int(part) for part in parts)


def _apply(session: Session, dataset: str, edit: Edit, yes: bool, as_json: bool) -> None:
    """Read the settings, change them, show what is signed, sign it and give it to both servers."""
    keys = session.keys()

    async def ask(nodes: Nodes) -> tuple[str, Sides[Held]]:
        full = await find_id(nodes, dataset, DATASET)
        return full, await read_both(nodes, full, keys.signing.verify_key)

    full, found = session.run(ask)
    tell(session, found)
    held = newest(found)
    require_owner(held, session.profile.user().name)
    changes = edit(held)
    if not changes:
        raise UsageError("Say what to change; --help lists the options.")
    after = held.settings.after(held.settings.version + 1, held.settings.time, **changes)
    if after.shown() == held.settings.shown() and in_step(found):
        _finish(full, Outcome(held.settings, {"a": None, "b": None}), as_json)
        return
    _show_signed(session, held, after.shown(), yes)
    _finish(full, session.run(lambda nodes: change(nodes, keys, held, **changes)), as_json)


def _show_signed(session: Session, held: Held, after: dict[str, Any], yes: bool) -> None:
    """Every change; and all settings if they come from keys that are not known here, which a person must look at."""
    before = held.settings.shown()
    for one in changes_between(before, {**before, **after}):
        session.show(plain(f"{one['field']}: {one['before']} -> {one['after']}"))
    if not held.is_own:
        session.show("These settings were signed with other keys than your present ones. You sign all of them now:")
        for name, value in {**before, **after}.items():
            session.show(plain(f"  {name}: {value}"))
        confirm("Are these the settings you want?", yes)


def _finish(dataset: str, outcome: Outcome, as_json: bool) -> None:
    """Print what is in force where; a server that did not take it is the error of the command."""
    answers = {role: error is None for role, error in outcome.answers.items()}
    where = " and ".join(role.upper() for role, is_done in answers.items() if is_done) or "neither server"
    text = f"{dataset}: settings {outcome.settings.version} are in force at {where}"
    value = {"dataset": dataset, "settings": outcome.settings.body(), "servers": answers}
    if outcome.failure is None:
        emit(value, as_json, text)
        return
    click.echo(f"{text}; when the other server answers again, run `imguard dataset repair {dataset}`", err=True)
    raise outcome.failure
