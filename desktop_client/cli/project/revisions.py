"""`imguard project changes|revisions|clone|repair`: how a project came to be what it is, and making another of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from common.agreement.changes import changes, sentences
from common.errors import UsageError
from common.specification import Specification
from desktop_client.cli.context import (
    DATASET,
    PROJECT,
    Session,
    confirm,
    emit,
    find_id,
    full_id,
    json_option,
    table,
    yes_option,
)
from desktop_client.cli.project.opening import author_of, open_project
from desktop_client.cli.project.shown import next_step
from desktop_client.plain import plain
from desktop_client.upload.client import Nodes
from desktop_client.upload.projects.fetch import Past, fetch_history, fetch_revision
from desktop_client.upload.projects.options import Outline, edited, outline_from, parse_members
from desktop_client.upload.projects.publish import Author, compose, new_id, publish, repair_project
from desktop_client.upload.projects.words import change_lines, decision_line, summary


@click.command("changes")
@click.argument("project")
@click.option("--from", "first", type=click.IntRange(1), metavar="N", help="Revision; default: the one before.")
@click.option("--to", "second", type=click.IntRange(1), metavar="N", help="Revision; default: the newest.")
@json_option
@click.pass_obj
def changes_command(session: Session, project: str, first: int | None, second: int | None, as_json: bool) -> None:
    """What differs between two revisions, computed from the signed documents.

    \b
    Example:
      imguard project changes 5b1c22d9
      imguard project changes 5b1c22d9 --from 1 --to 3
    """

    async def work(nodes: Nodes) -> tuple[Specification, Specification]:
        newest, _ = await open_project(nodes, session, project)
        after = newest if second is None else await fetch_revision(nodes, newest.project_id, second)
        number = first if first is not None else after.revision - 1
        if number < 1:
            raise UsageError("This is the first revision; there is none before it.")
        return await fetch_revision(nodes, newest.project_id, number), after

    before, after = session.run(work)
    found = changes(before.body, after.body)
    value = {
        "project": after.project_id,
        "from": before.revision,
        "to": after.revision,
        "changes": found,
        "sentences": sentences(found),
    }
    lines = [f"from revision {before.revision} to {after.revision}:", *change_lines(before, after)]
    emit(value, as_json, "\n".join(lines))


@click.command("revisions")
@click.argument("project")
@json_option
@click.pass_obj
def revisions_command(session: Session, project: str, as_json: bool) -> None:
    """Every revision of a project and what was decided about it, as server A tells it.

    \b
    Example:
      imguard project revisions 5b1c22d9
    """

    async def work(nodes: Nodes) -> list[Past]:
        return (await fetch_history(nodes, await find_id(nodes, project, PROJECT)))[0]

    found = session.run(work)
    value = [
        {
            "revision": past.revision,
            "hash": past.hash,
            "owner": past.owner,
            "created": past.created,
            "decisions": list(past.decisions),
        }
        for past in found
    ]
    rows = [(past.revision, past.created, past.owner, past.hash[:16], len(past.decisions)) for past in found]
    lines = [table(("REVISION", "PUBLISHED", "BY", "HASH", "DECISIONS"), rows)]
    lines += [f"  {past.revision}: {decision_line(one)}" for past in found for one in past.decisions]
    emit(value, as_json, "\n".join(lines))


@click.command("clone")
@click.argument("project")
@click.option("--set", "edits", multiple=True, metavar="FIELD=VALUE", help="Such as training.epochs=8; repeatable.")
@click.option("--name", help="Name of the new project or revision; default: as before.")
@click.option("--add-dataset", multiple=True, metavar="ID", help="May be repeated.")
@click.option("--remove-dataset", multiple=True, metavar="ID", help="May be repeated.")
@click.option("--member", "members", multiple=True, metavar="USER:ROLE", help="Adds somebody, or changes the role.")
@click.option("--remove-member", multiple=True, metavar="USER", help="May be repeated.")
@click.option("--revise", is_flag=True, help="The next revision of this project instead of a new one.")
@yes_option
@json_option
@click.pass_obj
def clone_command(session: Session, /, project: str, as_json: bool, **options: Any) -> None:
    """A new project like this one, or with --revise its next revision; keys of members are those registered now.

    Whatever changes, every owner of data is asked again.

    \b
    Example:
      imguard project clone 5b1c22d9 --set training.epochs=8
      imguard project clone 5b1c22d9 --revise --set hiding.k=6 --remove-member carol
    """
    author = author_of(session)

    async def prepare(nodes: Nodes) -> tuple[Specification, Specification]:
        found, _ = await open_project(nodes, session, project)
        return found, await _composed(nodes, author, found, options)

    before, after = session.run(prepare)
    if options["revise"] and not changes(before.body, after.body):
        raise UsageError("Nothing would change; name a change with --set or one of the other options.")
    lines = [summary(after), f"compared with revision {before.revision}:", *change_lines(before, after)]
    if not (as_json and options["yes"]):
        session.show("\n".join(lines))
    confirm("Publish this revision?" if options["revise"] else "Create this project?", options["yes"])
    session.run(lambda nodes: publish(nodes, author, after))
    value = {
        "id": after.project_id,
        "revision": after.revision,
        "hash": after.hash,
        "changes": changes(before.body, after.body),
        "specification": after.body,
    }
    done = f"published revision {after.revision} of" if options["revise"] else "created"
    emit(value, as_json, f"{done} {after.project_id}\n{next_step(after)}")


@click.command("repair")
@click.argument("project")
@json_option
@click.pass_obj
def repair_command(session: Session, project: str, as_json: bool) -> None:
    """Carry revisions that reached one server only to the other; whoever signed them can.

    \b
    Example:
      imguard project repair 5b1c22d9
    """

    async def work(nodes: Nodes) -> tuple[str, dict[str, list[int]]]:
        identity = await find_id(nodes, project, PROJECT)
        return identity, await repair_project(nodes, identity)

    identity, carried = session.run(work)
    lines = [f"revision {number} carried to server {role.upper()}" for role in carried for number in carried[role]]
    emit({"project": identity, "carried": carried}, as_json, "\n".join(lines) or "both servers have the same revisions")


async def _composed(nodes: Nodes, author: Author, found: Specification, options: dict[str, Any]) -> Specification:
    outline = _with_people(edited(outline_from(found.body), options["edits"]), options)
    if options["name"] is not None:
        outline = replace(outline, name=options["name"])
    gone = {full_id(one, outline.datasets, DATASET) for one in options["remove_dataset"]}
    new = [await find_id(nodes, one, DATASET) for one in options["add_dataset"]]
    datasets = tuple(one for one in outline.datasets if one not in gone)
    outline = replace(outline, datasets=(*datasets, *(one for one in new if one not in datasets)))
    if options["revise"]:
        return await compose(nodes, author, outline, found.project_id, found.revision + 1)
    return await compose(nodes, author, outline, new_id())


def _with_people(outline: Outline, options: dict[str, Any]) -> Outline:
    gone = set(options["remove_member"])
    if unknown := sorted(gone - set(outline.members)):
        raise UsageError(f"{plain(unknown[0])} is no member of this project.")
    members = {**outline.members, **parse_members(options["members"])}
    return replace(
        outline,
        members={user: role for user, role in members.items() if user not in gone},
        recipients=tuple(user for user in outline.recipients if user not in gone),
        testers=None if outline.testers is None else tuple(user for user in outline.testers if user not in gone),
    )
